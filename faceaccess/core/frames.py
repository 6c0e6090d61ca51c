"""A camera's picture and what came with it."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A picture: (height, width, 3), uint8, channels blue-green-red (OpenCV's order); or
(height, width) where it is said to be grayscale."""

Box = tuple[float, float, float, float]
"""x, y (top left corner), width, height, in pixels; may reach over the picture's edge."""


@dataclass(frozen=True)
class FaceTruth:
    """Who really stands there: known only for drawn people and labelled recordings.

    Attributes:
        name: the person's name, or None for a stranger.
        box: where the face is, in pixels.
    """

    name: str | None
    box: Box


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a camera.

    Attributes:
        image: (height, width, 3) uint8, blue-green-red; never written to.
        camera: the camera's name as people call it.
        number: 0 for the first frame since the source was opened, then counted up by the source
            (frames that were dropped on the way leave gaps).
        moment: monotonic seconds at which it was taken; for files played as fast as they go, the
            position in the recording. Differences are durations; the origin means nothing.
        time: wall-clock time at which it was taken, aware, in UTC.
        truth: the faces that are really there, or None where nobody can say.
        still: whether it is a single picture given as a file: it has no motion, and whether its
            face is alive is not checked.
    """

    image: Image
    camera: str
    number: int
    moment: float
    time: datetime
    truth: tuple[FaceTruth, ...] | None = None
    still: bool = False
