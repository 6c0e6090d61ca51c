"""How a drawn person obeys a door that asks for turns of the head: late as people are, smoothly."""

import math

import numpy as np

from faceaccess.core.reasons import Reason

# Where the head goes: share of the amplitude aside (in the picture) and up. Whoever faces the
# camera has their own left on the picture's right.
_GOALS = {
    Reason.TURN_LEFT: (1.0, 0.0),
    Reason.TURN_RIGHT: (-1.0, 0.0),
    Reason.LOOK_UP: (0.0, 1.0),
    Reason.LOOK_DOWN: (0.0, -1.0),
    Reason.LOOK_STRAIGHT: (0.0, 0.0),
}
ORDERS = frozenset(_GOALS)
"""The reasons that ask for something of the head."""
SCREEN = 0.06
"""Seconds until an order is seen on a screen."""
CHOOSING, RETURNING = 0.45, 0.35
"""Median reaction times, seconds: to an order that has to be read, and to "look straight"."""
_SPREAD = 0.22  # of their logarithm
_QUICKEST = 0.22  # seconds
ASIDE, UP = (19.0, 32.0), (15.0, 24.0)
"""Bounds of how far heads are turned, degrees."""
TRAVEL = (0.3, 0.5)
"""Bounds of the seconds that a turn of the head takes."""


class ObedientHead:
    """Turns as it is told.

    Args:
        random: everything that varies.
        slowness: factor on all times.
    """

    def __init__(self, random: np.random.Generator, *, slowness: float = 1.0) -> None:
        self._random, self._slowness = random, slowness
        self._order: Reason | None = None
        self._begins = self._lasts = 0.0
        self._from = self._to = (0.0, 0.0)

    @property
    def order(self) -> Reason | None:
        """What was asked for last, or None when nothing is asked for."""
        return self._order

    def hear(self, reason: Reason, moment: float) -> None:
        """Take what the door says at a moment; the same again is no new order."""
        order = reason if reason in ORDERS else None
        if order is self._order:
            return
        self._order = order
        goal = _GOALS.get(reason, (0.0, 0.0))
        median = RETURNING if goal == (0.0, 0.0) else CHOOSING
        reaction = max(_QUICKEST, median * math.exp(self._random.normal(0.0, _SPREAD)))
        self._from = self.at(moment)
        self._begins = moment + SCREEN + self._slowness * reaction
        self._lasts = self._slowness * float(self._random.uniform(*TRAVEL))
        aside, up = self._random.uniform(*ASIDE), self._random.uniform(*UP)
        self._to = (float(goal[0] * aside), float(goal[1] * up))

    def at(self, moment: float) -> tuple[float, float]:
        """Return how far the head is turned aside (in the picture) and up, degrees.

        Smooth as heads move (least jerk; T. Flash, N. Hogan, 1985).
        """
        if self._lasts == 0.0:
            return (0.0, 0.0)
        t = min(1.0, max(0.0, (moment - self._begins) / self._lasts))
        share = t**3 * (10 - 15 * t + 6 * t * t)
        a, b = self._from, self._to
        return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
