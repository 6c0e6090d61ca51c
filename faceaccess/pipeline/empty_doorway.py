"""Spares the detector while nobody stands at the door.

A frame of an empty doorway is looked at when it differs from the one that was looked at last, and
at least every `LOOK_AFTER` seconds however alike it is, so that whoever slips through the
comparison waits no longer than that.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.decisions import FrameResult
from faceaccess.core.frames import Frame

EMPTY_AFTER = 2.0
"""Seconds without a face, after which the doorway counts as empty."""
LOOK_AFTER = 0.25
"""Longest time between two looks at an empty doorway, seconds."""
CHANGED = 12.0
"""Grey levels by which some cell of the picture must differ to count as a change."""
_CELLS = (40, 30)  # a cell of 640 x 480 is 16 x 16 pixels, whose noise averages out


class EmptyDoorway:
    """Tells which frames of one camera are worth a look."""

    def __init__(self) -> None:
        self._busy_until = -np.inf
        self._looked = -np.inf
        self._seen: NDArray[np.uint8] | None = None

    def worth_a_look(self, frame: Frame) -> bool:
        """Return whether a frame may show somebody; the caller looks at those that may."""
        if frame.moment <= self._busy_until:
            self._looked, self._seen = frame.moment, None
            return True
        cells = _cells(frame)
        due = not 0 <= frame.moment - self._looked < LOOK_AFTER
        if not due and self._seen is not None:
            change = cv2.absdiff(cells, self._seen).max()
            due = bool(change >= CHANGED)
        if due or self._seen is None:
            self._looked, self._seen = frame.moment, cells
            return True
        return False

    def looked(self, frame: Frame, result: FrameResult) -> None:
        """Learn what a look has found."""
        if result.faces:
            self._busy_until = frame.moment + EMPTY_AFTER


def _cells(frame: Frame) -> NDArray[np.uint8]:
    # Every second pixel is enough for a mean, and halves the cost.
    small = cv2.resize(frame.image[::2, ::2], _CELLS, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY) if small.ndim == 3 else small
    return np.asarray(grey, np.uint8)
