"""A file that one process holds: let go by the system when the process ends, however it ends."""

import os
import sys
from pathlib import Path


class HeldFile:
    """An exclusive hold on a file, until `release` or the end of the process.

    The file itself stays: removing it would let two processes hold two files of one name.

    Args:
        path: made where it is not there, for its owner alone; its folder must exist.

    Raises:
        BlockingIOError: if another process (or another object of this one) holds it.
        OSError: if it cannot be made or opened.
    """

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._handle)
        except BaseException:
            os.close(self._handle)
            raise
        self._held = True

    def release(self) -> None:
        """Let go; harmless when done already."""
        if self._held:
            self._held = False
            os.close(self._handle)


if sys.platform == "win32":

    def _lock(handle: int) -> None:
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(*error.args) from error

else:

    def _lock(handle: int) -> None:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
