"""`stdin:` what is typed into the process: by a reader that acts as a keyboard, or a pipe."""

import os
import select
import sys
from collections.abc import Callable

from faceaccess.core.errors import KnownError
from faceaccess.door.readers.reader import LOOK

_AT_ONCE = 256


class StdinSource:
    """A `ByteSource` on standard input, or another handle. A terminal does not show what is typed.

    Args:
        handle: file descriptor; else that of standard input.
    """

    def __init__(self, handle: int | None = None) -> None:
        self._given = handle
        self._handle = -1
        self._restore: Callable[[], None] | None = None

    def open(self) -> None:
        """See `ByteSource.open`."""
        try:
            self._handle = sys.stdin.fileno() if self._given is None else self._given
            os.fstat(self._handle)
        except (OSError, ValueError, AttributeError):  # closed, or none at all
            raise KnownError(
                "The reader stdin: cannot be used: the process has no standard input.",
                "Start the door from a terminal or with a pipe, or use serial:.",
            ) from None
        self._restore = _unseen(self._handle)

    def read(self) -> bytes | None:
        """See `ByteSource.read`; on Windows it waits for the next line."""
        try:
            if sys.platform != "win32" and not select.select([self._handle], [], [], LOOK)[0]:
                return b""
            return os.read(self._handle, _AT_ONCE) or None
        except OSError:  # the terminal is gone
            return None

    def close(self) -> None:
        """See `ByteSource.close`: the terminal is as it was before."""
        restore, self._restore = self._restore, None
        if restore is not None:
            restore()


def _unseen(handle: int) -> Callable[[], None] | None:
    """Switch a terminal's echo off; returns what switches it on again."""
    if sys.platform == "win32" or not os.isatty(handle):
        return None
    import contextlib
    import termios

    try:
        before = termios.tcgetattr(handle)
        changed = [*before]
        changed[3] &= ~termios.ECHO
        # A process in the background may not change its terminal: it would be stopped.
        if os.tcgetpgrp(handle) != os.getpgrp():
            return None
        termios.tcsetattr(handle, termios.TCSANOW, changed)
    except (termios.error, OSError):
        return None

    def restore() -> None:
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(handle, termios.TCSANOW, before)

    return restore
