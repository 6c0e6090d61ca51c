"""When the screen is bright, dimmed or dark. Pure."""

from enum import Enum

DIM_AFTER = 6.0
"""Seconds without anybody after which the screen is dimmed."""
DARK_AFTER = 120.0
"""Seconds without anybody after which it is dark."""


class Light(Enum):
    """How bright the screen is."""

    BRIGHT = "bright"
    DIMMED = "dimmed"
    DARK = "dark"


class Sleep:
    """Follows whether anybody is there.

    Args:
        moment: now, monotonic seconds.
    """

    def __init__(self, moment: float) -> None:
        self._last = moment

    def wake(self, moment: float) -> None:
        """Take notice of somebody: a face, a touch, a key."""
        self._last = moment

    def light(self, moment: float, *, trouble: bool) -> Light:
        """Return how bright the screen is.

        Args:
            moment: now, monotonic seconds.
            trouble: whether something about the door is to be read: then it does not get dark,
                for a face may not wake it.
        """
        alone = moment - self._last
        if alone < DIM_AFTER:
            return Light.BRIGHT
        return Light.DIMMED if trouble or alone < DARK_AFTER else Light.DARK


SHIFT_EVERY = 60.0
"""Seconds after which everything moves a little, so that nothing burns into the screen."""
SHIFT = 4
"""Farthest pixels from the middle, each way."""


def shift_at(moment: float) -> tuple[int, int]:
    """Return by how many pixels right and down everything stands at a moment.

    A path through all places of a grid of 3 x 3, one step each `SHIFT_EVERY` seconds.
    """
    path = ((0, 0), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))
    x, y = path[int(moment // SHIFT_EVERY) % len(path)]
    return x * SHIFT, y * SHIFT
