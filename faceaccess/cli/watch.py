"""`faceaccess watch`: the door without a window; a line whenever its decision changes."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import frame_record
from faceaccess.core.decisions import FrameResult
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame

if TYPE_CHECKING:
    from faceaccess.app import App
    from faceaccess.camera.protocol import CameraSource
    from faceaccess.camera.reader import Subscription

GIVE_UP = 6.0
"""Seconds after which a live source that never gave a picture ends the command. A camera's own
time-out of 5 s and loading the networks come on top; all in all it stays under 15 s."""
_LOOK = 0.25
"""Seconds between two looks at the state of a camera that gives no picture."""


@click.command(
    short_help="Recognise people before a camera, without a window.",
    epilog=examples("faceaccess watch 0", "faceaccess watch recording.mp4 --json"),
)
@common
@click.argument("source", metavar="SOURCE")
@click.option("--frames", metavar="N", type=click.IntRange(1), help="End after so many frames.")
@pass_state
def watch(state: State, source: str, frames: int | None) -> None:
    """Recognise people before a camera and print each change of the door's decision.

    SOURCE is a camera's number, an rtsp:// or http:// address, a video file, a folder of pictures,
    or demo: for drawn people. A file or folder is read to its end; a camera goes on until Ctrl-C,
    and is tried again when it is lost. Every visit is recorded as an event.
    """
    seen = results(state.app, source, frames=frames)
    with closing(seen):
        for result in changes(seen):
            tell(state, result)


def results(
    app: "App", address: str, *, frames: int | None = None, seconds: float | None = None
) -> Generator[FrameResult, None, None]:
    """Yield the door's answer on every frame of a source.

    Args:
        app: the context.
        address: the source.
        frames: end after so many frames, or None.
        seconds: end so long after the first picture, or None.

    Raises:
        KnownError: if the source is not there, or a live one gives no picture in `GIVE_UP` seconds.
    """
    source = _source(app, address)
    # Left in this order: the visits in view are recorded, then the camera is given back.
    with _frames_of(app, source) as taken, closing(app.new_recogniser()) as recogniser:
        first: float | None = None
        for count, frame in enumerate(taken, start=1):
            yield recogniser.process(frame)
            now = app.clock.monotonic()
            first = now if first is None else first
            if count == frames or (seconds is not None and now - first >= seconds):
                return


def changes(results: Iterable[FrameResult]) -> Iterator[FrameResult]:
    """Yield only the results whose decision differs from the one before; the first always."""
    last: tuple[object, ...] | None = None
    for result in results:
        decision = result.decision
        key = (decision.outcome, decision.reason, decision.person_id)
        if key != last:
            last = key
            yield result


def tell(state: State, result: FrameResult, *, remark: str = "", **more: object) -> None:
    """Write one decision.

    Args:
        state: this run.
        result: the frame that brought the decision.
        remark: what stands behind it, for people.
        more: goes into the JSON object.
    """
    if state.json:
        output.json_line({**frame_record(result), **more})
        return
    decision = result.decision
    who = "" if decision.person is None else f" {decision.person}"
    sure = "" if decision.similarity is None else f" ({decision.similarity:.2f})"
    when = result.time.astimezone().strftime("%H:%M:%S")
    output.answer(
        f"{when}  frame {result.frame:>6}  {decision.outcome.value:<7}{who}{sure}: "
        f"{decision.reason.sentence}{remark}"
    )


def _source(app: "App", address: str) -> "CameraSource":
    from faceaccess.camera.open import open_source

    settings = app.settings.get()
    source = open_source(address, app.clock, as_fast_as_it_goes=False)
    # Visits at the door's own camera carry the door's name, others what was looked at.
    name = settings.camera_name if address == settings.camera else source.address
    # Drawn people and cameras keep their own time; a recording is read as fast as it goes.
    return open_source(address, app.clock, name=name, as_fast_as_it_goes=not source.live)


@contextmanager
def _frames_of(app: "App", source: "CameraSource") -> Iterator[Iterator[Frame]]:
    """Give the frames: all of a recording, the newest of a camera."""
    from faceaccess.camera.reader import CameraReader, read_all

    if not source.live:
        try:
            yield read_all(source)
        finally:
            source.close()
        return
    settings = app.settings.get()
    reader = CameraReader(
        source,
        app.clock,
        retry_seconds=settings.camera_retry,
        stall_seconds=settings.camera_stall,
    )
    newest = reader.subscribe()
    started = app.clock.monotonic()
    reader.start()  # while the networks load, the camera opens
    try:
        yield _newest(app, source, newest, started)
    finally:
        newest.close()
        reader.stop()


def _newest(
    app: "App", source: "CameraSource", newest: "Subscription", started: float
) -> Iterator[Frame]:
    """Yield the newest picture of a camera, again and again, and tell when it is lost."""
    told = _Told(output.say)
    while True:
        frame = newest.next(_LOOK)
        if frame is not None:
            yield frame
            continue
        now = newest.state
        told.say(now.kind, now.text)
        over = now.kind in {"ended", "failed"}
        if now.ever_opened:
            if over:
                return
        elif over or app.clock.monotonic() - started > GIVE_UP:
            raise _never_opened(source, now.text)


def _never_opened(source: "CameraSource", why: str) -> KnownError:
    if why:
        return KnownError(why)  # with its own remedy in it
    return KnownError(
        f"{source.address} gives no picture.",
        "Check that it is connected and switched on; `faceaccess camera list` shows cameras.",
    )


class _Told:
    """Tells a camera's state when it changes to something that a person should know."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._last = ""

    def say(self, kind: str, text: str) -> None:
        """Tell the state unless it is the one told last."""
        if kind == "lost" and text != self._last:
            self._last = text
            self._say(f"{text} Trying again.")
