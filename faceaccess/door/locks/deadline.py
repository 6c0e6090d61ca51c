"""How much of a lock's second is left."""

import errno
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from faceaccess.core.locks import LockError

# How long a device that somebody else holds is waited for: the guard of a station that was killed
# holds it for the moments that it takes to shut it, s.
_FREE_WITHIN = 0.5
_TRY_AFTER = 0.01

Held = TypeVar("Held")


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
def turn(commands: threading.Lock, deadline: Deadline, named: str) -> Iterator[None]:
    """Hold a lock's mutex, which is had within the deadline or not at all.

    Raises:
        LockError: if an earlier command still waits for its answer.
    """
    if not commands.acquire(timeout=deadline.left()):
        raise LockError(
            f"The {named} does not answer: an earlier command still waits.",
            "Look at its power and cable.",
        )
    try:
        yield
    finally:
        commands.release()


def when_free(take: Callable[[], Held], deadline: Deadline) -> Held:
    """Return what `take` returns, trying again for a while if somebody else holds the device.

    Raises:
        OSError: what `take` raised; EAGAIN or EBUSY if it was not free in time.
    """
    waiting = Deadline(min(_FREE_WITHIN, deadline.left()))
    while True:
        try:
            return take()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EBUSY) or not waiting.left():
                raise
        time.sleep(_TRY_AFTER)
