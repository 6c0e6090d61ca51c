"""What a lock is."""

import math
from typing import Protocol

from faceaccess.core.locks import LockError, LockReport

# A lock answers within this time or has failed, s.
ANSWER_WITHIN = 1.0
# Lengths of a pulse, s. Whoever holds a door open for longer commands pulse after pulse: then it
# locks by itself when the commands cease.
SHORTEST_PULSE = 0.1
LONGEST_PULSE = 60.0


class Lock(Protocol):
    """One lock. Every method may be called from any thread; commands wait for each other.

    Nothing is asked of the device when the object is made; it is reached by the first command.
    """

    @property
    def address(self) -> str:
        """The address without secrets, for people; the same for the same lock."""
        ...

    def open(self, seconds: float) -> LockReport:
        """Open for `seconds` from now on (a pulse that runs already is replaced) and return when
        the lock has acknowledged. The report's outcome is always acknowledged.

        Args:
            seconds: 0.1 to 60 s. The pulse ends by the board's own timer where there is one, else
                by one of ours, which `close` and the end of the process run down as well.

        Raises:
            LockError: if there was no acknowledgement within `ANSWER_WITHIN`, or `seconds` is out
                of range. The lock has been told to stay shut if it can be told anything.
        """
        ...

    def lock(self) -> None:
        """End any pulse now.

        Raises:
            LockError: if the lock did not acknowledge; where the pulse is timed by us it is tried
                again until it does.
        """
        ...

    def check(self) -> LockReport:
        """Ask whether the lock can be reached, without opening it.

        Raises:
            LockError: if it cannot be reached.
        """
        ...

    def close(self) -> None:
        """End any pulse that we time and give the device back; harmless when done already.

        Never raises: a lock that cannot be told is logged as a warning.
        """
        ...


def checked_pulse(seconds: float) -> float:
    """Return a pulse's length if a lock may be given it.

    Raises:
        LockError: if it is no number or out of range.
    """
    if not math.isfinite(seconds) or not SHORTEST_PULSE <= seconds <= LONGEST_PULSE:
        raise LockError(
            f"A lock cannot be opened for {seconds:g} seconds.",
            f"Give {SHORTEST_PULSE:g} to {LONGEST_PULSE:g} seconds.",
        )
    return float(seconds)
