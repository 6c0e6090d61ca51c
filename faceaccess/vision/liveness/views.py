"""Small grey views of a camera and the faces in them: what the measures of motion work on."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame
from faceaccess.vision.alignment import Points, frontal_eye_distance

VIEW_WIDTH = 960
"""Pixels to which wider pictures are made smaller."""
SMALL_WIDTH = 320
"""Pixels to which pictures are made smaller where the whole view is looked at."""
WORKING_EYES = 40.0
"""Pixels between the eyes to which larger faces are made smaller before they are measured."""

Window = NDArray[np.float32]
"""Part of a view, (height, width) float32 grey levels."""


@dataclass(frozen=True, eq=False)
class View:
    """One picture of a camera, grey.

    Attributes:
        moment: as in `Frame.moment`.
        grey: (height, width) uint8, at most `VIEW_WIDTH` wide.
        scale: pixels of the view for one of the frame.
        small: the same, `SMALL_WIDTH` wide and a little blurred.
    """

    moment: float
    grey: NDArray[np.uint8]
    scale: float
    small: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class FaceInView:
    """A face in a view.

    Attributes:
        view: the view.
        landmarks: (5, 2) float32, pixels of the view; order as in `Face`.
    """

    view: View
    landmarks: Points

    @cached_property
    def eye_distance(self) -> float:
        """Pixels of the view between the eyes, as from the front."""
        return frontal_eye_distance(self.landmarks)

    @cached_property
    def eyes(self) -> NDArray[np.float64]:
        """The middle between the eyes, (2,), pixels of the view."""
        return np.asarray(self.landmarks[:2].mean(axis=0), np.float64)

    @cached_property
    def middle(self) -> NDArray[np.float64]:
        """The middle of the five landmarks, (2,), pixels of the view."""
        return np.asarray(self.landmarks.mean(axis=0), np.float64)


@dataclass(frozen=True, eq=False)
class FacePair:
    """One face in two views, cut out of both at the same place and size.

    Attributes:
        before, after: windows of the earlier and the later view, (height, width) uint8.
        face_before, face_after: (5, 2) float32 landmarks, pixels of the windows.
        eye_distance: pixels of the windows between the eyes, in the later view.
        origin: of the windows, (2,), pixels of the view.
        scale: pixels of the windows for one of the view.
    """

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    face_before: Points
    face_after: Points
    eye_distance: float
    origin: NDArray[np.float64]
    scale: float


def view_of(frame: Frame) -> View:
    """Return a frame as a small grey view."""
    image = frame.image
    scale = min(1.0, VIEW_WIDTH / image.shape[1])
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
    if scale < 1.0:
        size = (VIEW_WIDTH, max(1, round(image.shape[0] * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    height, width = grey.shape
    size = (SMALL_WIDTH, max(1, round(height * SMALL_WIDTH / width)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 0.8)
    return View(frame.moment, np.asarray(grey, np.uint8), scale, np.asarray(small, np.uint8))


def face_in(view: View, face: Face) -> FaceInView:
    """Return a face of the frame that `view` was made of."""
    return FaceInView(view, np.asarray(face.landmarks * view.scale, np.float32))


def brightness_ratio(before: NDArray[Any], after: NDArray[Any]) -> float:
    """Return the factor by which a view became brighter as a whole: light flickers."""
    part, now = (np.asarray(v[::6, ::6], np.float32) for v in (before, after))
    lit = part > 20.0
    if lit.sum() < 100:
        return 1.0
    return float(np.clip(np.median(now[lit] / part[lit]), 0.7, 1.4))


REACH = 3.8
"""How far windows reach around the eyes, in eye distances."""


def pair_of(before: FaceInView, after: FaceInView) -> FacePair:
    """Cut the surroundings of a face out of two views of one camera.

    Args:
        before: the face earlier.
        after: the same face later; the windows lie around it.
    """
    height, width = after.view.grey.shape
    eyes, reach = after.eyes, REACH * after.eye_distance
    x0, y0 = (max(0, int(v)) for v in eyes - reach)
    x1, y1 = min(width, int(eyes[0] + reach) + 1), min(height, int(eyes[1] + reach) + 1)
    scale = min(1.0, WORKING_EYES / after.eye_distance)
    origin = np.array([x0, y0], np.float64)

    def cut(view: View) -> NDArray[np.uint8]:
        window = view.grey[y0:y1, x0:x1]
        if scale < 1.0:
            size = (max(1, round(window.shape[1] * scale)), max(1, round(window.shape[0] * scale)))
            window = np.asarray(cv2.resize(window, size, interpolation=cv2.INTER_AREA), np.uint8)
        return window

    def moved(face: FaceInView) -> Points:
        return np.asarray((face.landmarks - origin) * scale, np.float32)

    earlier, later = cut(before.view), cut(after.view)
    ratio = brightness_ratio(earlier, later)
    return FacePair(
        np.asarray(cv2.convertScaleAbs(earlier, alpha=ratio), np.uint8),
        later,
        moved(before),
        moved(after),
        after.eye_distance * scale,
        origin,
        scale,
    )
