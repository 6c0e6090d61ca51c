"""`faceaccess watch`: the door without a window; a line whenever its decision changes."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import frame_record
from faceaccess.cli.source_frames import frames_of, source_of
from faceaccess.core.decisions import FrameResult

if TYPE_CHECKING:
    from faceaccess.app import App


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
        KnownError: if the source is not there, or a live one gives no picture.
    """
    source = source_of(app, address)
    # Left in this order: the visits in view are recorded, then the camera is given back.
    with frames_of(app, source) as taken, closing(app.new_recogniser()) as recogniser:
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
