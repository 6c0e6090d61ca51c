"""The camera of a running door: opened, tried again for ever, and its frames fit for use or not."""

import contextlib
from collections.abc import Iterator

from faceaccess.camera.protocol import CameraSource, Hearing
from faceaccess.camera.reader import CameraReader, CameraState, Subscription, read_all
from faceaccess.core.clock import Clock
from faceaccess.core.frames import Frame
from faceaccess.core.reasons import Reason
from faceaccess.core.settings import Settings
from faceaccess.door.policy import FRESH
from faceaccess.pipeline.camera_watch import CameraTrouble, CameraWatch

LOOK = 0.25
"""Seconds between two looks at the state of a camera that gives no picture."""


class DoorCamera:
    """The camera of one door.

    Args:
        source: not opened yet.
        clock: tells how old a frame is.
    """

    def __init__(self, source: CameraSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._camera: Subscription | None = None
        self._watch = CameraWatch()
        self._trouble: CameraTrouble | None = None

    @property
    def address(self) -> str:
        """The camera's address, without a password."""
        return self._source.address

    @property
    def live(self) -> bool:
        """Whether it is a camera and not a recording."""
        return self._source.live

    @property
    def state(self) -> CameraState | None:
        """How the camera is; None for a recording, and before it is opened."""
        return None if self._camera is None else self._camera.state

    @contextlib.contextmanager
    def opened(self, settings: Settings) -> Iterator[Iterator[Frame | None]]:
        """Give all frames of a recording, or the newest of a camera with None where none came."""
        if not self._source.live:
            try:
                yield read_all(self._source)
            finally:
                self._source.close()
            return
        reader = CameraReader(
            self._source,
            self._clock,
            retry_seconds=settings.camera_retry,
            stall_seconds=settings.camera_stall,
        )
        self._camera = reader.subscribe()
        reader.start()  # while the networks load, the camera opens
        try:
            yield _newest(self._camera)
        finally:
            self._camera.close()
            reader.stop()

    def tell(self, reason: Reason) -> None:
        """Let drawn people hear what the door says; nobody else is before the camera to hear."""
        if isinstance(self._source, Hearing):
            self._source.hear(reason)

    def trouble_of(self, frame: Frame) -> str:
        """Return why a frame says nothing about who stands there now, in a sentence; "" if it does.

        To be asked once for every frame, in their order.
        """
        if not self._source.live:
            return ""
        if not 0 <= self._clock.monotonic() - frame.moment <= FRESH:
            return "The camera's pictures come too late; they are not used."
        self._trouble = self._watch.see(frame)
        return "" if self._trouble is None else self._trouble.text

    @property
    def tampering(self) -> str:
        """What looks as if somebody had tampered with the camera, in a sentence; "" for nothing.

        It lasts while the camera gives no picture: who unplugs it ends no alarm.
        """
        trouble = self._trouble
        return trouble.text if trouble is not None and trouble.tampered else ""

    @property
    def loss(self) -> str:
        """Why there is no picture, in a sentence; "" where one may still come."""
        state = self.state
        return f"{state.text} Trying again." if state is not None and state.kind == "lost" else ""


def _newest(camera: Subscription) -> Iterator[Frame | None]:
    while True:
        yield camera.next(LOOK)
