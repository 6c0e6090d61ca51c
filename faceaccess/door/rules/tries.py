"""Tries in a row, and the growing delay after them.

After NIST SP 800-63B (revision 3), 5.2.3: no more than five failed biometric tries in a row, then a
delay of at least 30 s before the next, growing exponentially with each further one.
"""

import math
from dataclasses import dataclass

from faceaccess.core.access_rules import MOST_TRIES

FIRST_DELAY = 30.0
"""Seconds of the delay after the last free try; each further failure doubles it ..."""
MOST_DELAY = 3600.0
"""... up to so many seconds."""


def delay_after(failures: int, free: int = MOST_TRIES) -> float:
    """Return how long the next try must wait after failures in a row, s.

    Args:
        failures: 0 or more.
        free: failure after which the first delay begins, 1 or more.
    """
    if failures < free:
        return 0.0
    doublings = min(failures - free, 16)  # far beyond `MOST_DELAY`, and no overflow
    return min(FIRST_DELAY * 2.0**doublings, MOST_DELAY)


@dataclass(frozen=True)
class Tries:
    """Failures in a row. Moments are monotonic seconds: a clock that is set changes no delay.

    Attributes:
        failures: how many, 0 or more.
        until: the moment before which nothing is tried again.
    """

    failures: int = 0
    until: float = -math.inf

    def failed(self, moment: float, free: int = MOST_TRIES) -> "Tries":
        """Return the tries after one more failure.

        What fails during a delay is not a try, so it neither counts nor lengthens the delay.
        """
        if self.wait(moment) > 0:
            return self
        failures = self.failures + 1
        return Tries(failures, max(self.until, moment + delay_after(failures, free)))

    def wait(self, moment: float) -> float:
        """Return how long the next try must still wait, s, 0 or more."""
        return max(0.0, self.until - moment)
