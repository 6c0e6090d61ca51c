"""The frames of a source that a command was given: all of a recording, the newest of a camera."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from faceaccess.cli import output
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


def source_of(app: "App", address: str) -> "CameraSource":
    """Return the source that an address means: recordings as fast as they are read.

    Raises:
        KnownError: if the address means nothing.
    """
    from faceaccess.camera.open import open_source

    settings = app.settings.get()
    source = open_source(address, app.clock, as_fast_as_it_goes=False)
    # Visits at the door's own camera carry the door's name, others what was looked at.
    name = settings.camera_name if address == settings.camera else source.address
    # Drawn people and cameras keep their own time; a recording is read as fast as it goes.
    return open_source(address, app.clock, name=name, as_fast_as_it_goes=not source.live)


@contextmanager
def frames_of(app: "App", source: "CameraSource") -> Iterator[Iterator[Frame]]:
    """Give the frames: all of a recording, the newest of a camera, which is told when it is lost.

    Raises:
        KnownError: if a live source gives no picture in `GIVE_UP` seconds.
    """
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
