"""How much of a lock's second is left."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from faceaccess.core.locks import LockError


class Deadline:
    """A moment by which an answer must be there. By the machine's own clock: what is waited for
    are devices and networks, which no other clock can hurry.

    Args:
        seconds: from now on.
    """

    def __init__(self, seconds: float) -> None:
        self._started = time.monotonic()
        self._seconds = seconds

    def left(self) -> float:
        """Seconds until then, 0.0 when it is over."""
        return max(0.0, self._seconds - self.taken())

    def taken(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._started


@contextmanager
def turn(commands: threading.Lock, deadline: Deadline, shown: str) -> Iterator[None]:
    """Hold a lock's mutex, which is had within the deadline or not at all.

    Raises:
        LockError: if an earlier command still waits for its answer.
    """
    if not commands.acquire(timeout=deadline.left()):
        raise LockError(
            f"The lock {shown} does not answer: an earlier command still waits.",
            "Look at its power and cable.",
        )
    try:
        yield
    finally:
        commands.release()
