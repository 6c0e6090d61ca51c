"""How a face moved between two views: the similarity transform that its points follow."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.vision.alignment import Points, similarity_transform
from faceaccess.vision.liveness.views import FacePair

LEAST_POINTS = 10
"""Points of the face that must follow one transform."""
LEAST_SHARE = 0.5
"""Share of the points that were followed which must follow one transform."""
_BACK = 1.0  # pixels by which a point followed there and back may miss itself
_TOLERANCE = 1.5  # pixels by which a point may miss the transform
_WINDOW = (15, 15)
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.03)


@dataclass(frozen=True, eq=False)
class FaceMotion:
    """A face's motion.

    Attributes:
        transform: (2, 3) float64, from the earlier window to the later.
        shift: length of the motion of the middle of the face, pixels of the windows.
    """

    transform: NDArray[np.float64]
    shift: float


def face_motion(pair: FacePair) -> FaceMotion | None:
    """Return how the face moved, or None where it cannot be followed: that is not "no motion"."""
    if min(pair.before.shape) < 2 * _WINDOW[0]:
        return None
    found = cv2.goodFeaturesToTrack(
        pair.before, 80, 0.01, max(2.0, 0.08 * pair.eye_distance), mask=_face_mask(pair)
    )
    if found is None or len(found) < LEAST_POINTS:
        return None
    guess = similarity_transform(pair.face_before, pair.face_after)
    start = np.ascontiguousarray(cv2.transform(found, guess), np.float32)
    there, ok, _ = cv2.calcOpticalFlowPyrLK(
        pair.before,
        pair.after,
        found,
        start,
        winSize=_WINDOW,
        maxLevel=2,
        criteria=_STOP,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    back, ok_back, _ = cv2.calcOpticalFlowPyrLK(
        pair.after,
        pair.before,
        there,
        found.copy(),
        winSize=_WINDOW,
        maxLevel=2,
        criteria=_STOP,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    missed = np.linalg.norm(back - found, axis=2).ravel()
    kept = (ok.ravel() == 1) & (ok_back.ravel() == 1) & (missed < _BACK)
    if kept.sum() < LEAST_POINTS:
        return None
    source = np.ascontiguousarray(found[kept])
    target = np.ascontiguousarray(there[kept])
    cv2.setRNGSeed(1)  # RANSAC: the same pictures give the same answer
    transform, followed = cv2.estimateAffinePartial2D(
        source, target, method=cv2.RANSAC, ransacReprojThreshold=_TOLERANCE
    )
    if transform is None or not np.isfinite(transform).all():
        return None
    count = int(followed.sum())
    if count < LEAST_POINTS or count < LEAST_SHARE * len(source):
        return None
    return FaceMotion(
        np.asarray(transform, np.float64), _shift(np.asarray(transform), pair.face_before)
    )


def _shift(transform: NDArray[np.float64], landmarks: Points) -> float:
    middle = landmarks.mean(axis=0).astype(np.float64)
    return float(np.linalg.norm(transform @ np.append(middle, 1.0) - middle))


def _face_mask(pair: FacePair) -> NDArray[np.uint8]:
    mask = np.zeros(pair.before.shape, np.uint8)
    x, y = pair.face_before.mean(axis=0)
    axes = (round(1.0 * pair.eye_distance), round(1.25 * pair.eye_distance))
    cv2.ellipse(mask, (round(float(x)), round(float(y))), axes, 0, 0, 360, 255, -1)
    return mask
