"""Straight edges around a face that move: those of a sheet, a phone or a tablet that is held."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.vision.liveness.face_motion import FaceMotion
from faceaccess.vision.liveness.surroundings import HEAD_TOP, HEAD_WIDTH, LOWEST
from faceaccess.vision.liveness.views import FacePair

FACE_LENGTH = 2.4
"""A face's height in eye distances."""
SHORTEST = 0.8
"""Length of a segment that counts, in eye distances."""
_STEP = 0.7  # pixels that the face's motion must shift a segment across itself
_SAMPLES = 16
_REACH = 5  # pixels to each side of a segment that are compared
_CLEAR = 0.5  # the better hypothesis has at most this share of the other's error


def moving_edges(pair: FacePair, motion: FaceMotion) -> float:
    """Return the summed length of straight segments beside and above the head that moved with the
    face, in lengths of the face.

    Segments are found in the later window (LSD; R. Grompone von Gioi and others, 2012). The grey
    levels across each are compared with the earlier window where it stands still, and where the
    face's motion takes it.
    """
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(pair.after)[0]
    if found is None:
        return 0.0
    back = cv2.invertAffineTransform(motion.transform)
    before, after = (cv2.GaussianBlur(w, (0, 0), 1.0) for w in (pair.before, pair.after))
    length = 0.0
    for x0, y0, x1, y1 in found.reshape(-1, 4).astype(np.float64):
        ends = np.array([[x0, y0], [x1, y1]])
        long = float(np.hypot(*(ends[1] - ends[0])))
        if long < SHORTEST * pair.eye_distance or not _around(ends, pair):
            continue
        places = _places(ends, long)
        came_from = places @ back[:, :2].T + back[:, 2]
        across = np.array([-(y1 - y0), x1 - x0]) / long
        step = np.abs((came_from - places).mean(axis=(0, 1)) @ across)
        if step < _STEP:
            continue
        now = _levels(after, places)
        stayed = float(((now - _levels(before, places)) ** 2).mean())
        moved = float(((now - _levels(before, came_from)) ** 2).mean())
        if moved < _CLEAR * stayed:
            length += long
    return length / (FACE_LENGTH * pair.eye_distance)


def _around(ends: NDArray[np.float64], pair: FacePair) -> bool:
    """Whether a segment's middle lies beside or above the head, not on the head or the body."""
    unit = pair.eye_distance
    middle = (ends.mean(axis=0) - pair.face_after[:2].mean(axis=0)) / unit
    beside = abs(middle[0]) > 0.85 * HEAD_WIDTH or middle[1] < -HEAD_TOP
    return bool(beside and middle[1] < LOWEST)


def _places(ends: NDArray[np.float64], long: float) -> NDArray[np.float64]:
    """Return (samples, across, 2) places along a segment and to both sides of it."""
    along = (ends[1] - ends[0]) / long
    across = np.array([-along[1], along[0]])
    share = np.linspace(0.1, 0.9, _SAMPLES)[:, None, None]
    aside = np.arange(-_REACH, _REACH + 1)[None, :, None]
    return np.asarray(ends[0] + share * long * along + aside * across, np.float64)


def _levels(window: NDArray[np.uint8], places: NDArray[np.float64]) -> NDArray[np.float32]:
    at = places.astype(np.float32)
    found = cv2.remap(
        window,
        np.ascontiguousarray(at[..., 0]),
        np.ascontiguousarray(at[..., 1]),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(found, np.float32)
