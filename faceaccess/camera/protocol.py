"""What a source of frames is."""

from typing import Protocol, runtime_checkable

from faceaccess.core.frames import Frame
from faceaccess.core.reasons import Reason


class CameraSource(Protocol):
    """One camera, recording or drawing. Used by one thread only (the reader's); `interrupt` by any.

    `open`, `read` and `close` may be called again after `close`: a lost camera is opened anew.
    """

    @property
    def address(self) -> str:
        """The address that it was made from, without a password."""
        ...

    @property
    def live(self) -> bool:
        """Whether it goes on by itself (camera, stream, drawn people) and is tried again when lost;
        a file or a folder ends.
        """
        ...

    def open(self) -> None:
        """Open the device.

        Raises:
            KnownError: if it is not there, is busy, or refuses.
        """
        ...

    def read(self) -> Frame | None:
        """Return the next frame, waiting for it at the source's own pace; None at a file's end.

        Raises:
            KnownError: if the camera went away or the picture is unreadable.
        """
        ...

    def close(self) -> None:
        """Give the device back; harmless when it is not open."""
        ...

    def interrupt(self) -> None:
        """Wake a `read` that waits for its moment; it and later ones return None until `open`.

        May be called from any thread. A read that waits for a device or a network cannot be woken:
        it ends by its own time-out.
        """
        ...


@runtime_checkable
class Hearing(Protocol):
    """A source that shows people who hear what the door says: drawn ones."""

    def hear(self, reason: Reason) -> None:
        """Take what is said to whoever stands there. May be called from any thread."""
        ...
