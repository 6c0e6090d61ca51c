"""Tells a live camera that gives the same picture over and over from one that sees somebody."""

import numpy as np

from faceaccess.core.frames import Frame, Image

FROZEN_AFTER = 0.5
"""Seconds of the very same picture after which it says nothing about who stands there now. A camera
has noise: no two of its pictures are the same, but a driver may give one twice."""


class FrozenCamera:
    """Watches the frames of one live camera, in their order."""

    def __init__(self) -> None:
        self._picture: Image | None = None
        self._since = 0.0

    def is_frozen(self, frame: Frame) -> bool:
        """Return whether a frame shows, pixel for pixel, what has been shown for too long."""
        if self._picture is None or not _are_same(self._picture, frame.image):
            self._picture, self._since = frame.image, frame.moment
            return False
        return frame.moment - self._since > FROZEN_AFTER


def _are_same(one: Image, other: Image) -> bool:
    # A few rows tell nearly always, at a small part of the cost.
    return np.array_equal(one[::32], other[::32]) and np.array_equal(one, other)
