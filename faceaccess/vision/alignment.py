"""Alignment: a similarity transform takes five landmarks to where the embedder wants them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError
from faceaccess.core.frames import Image

Points = NDArray[np.float32]

LARGEST_CANVAS = 4096
"""Longest side, pixels, of the enlarged window that `warped` averages."""

SFACE_SIDE = 112
SFACE_POINTS: Points = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
    dtype=np.float32,
)
"""Where the eyes, the nose tip and the corners of the mouth lie in a crop of 112 x 112 pixels
(the template of ArcFace and of OpenCV's FaceRecognizerSF)."""


EYES_OF_FACE = 0.85
"""Distance between the eyes of a frontal face as a share of that from the eyes to the mouth."""


def frontal_eye_distance(landmarks: Points) -> float:
    """Return the pixels between the eyes as they are, or would be if the head were not turned.

    A head turned aside has its eyes close together in the picture without being any smaller; the
    distance from the middle of the eyes to the middle of the mouth does not shrink by it. So this
    is the larger of the distance between the eyes and `EYES_OF_FACE` times that height.

    Args:
        landmarks: (5, 2), pixels; order as in `Face`.
    """
    across = float(np.linalg.norm(landmarks[1] - landmarks[0]))
    height = float(np.linalg.norm(landmarks[:2].mean(axis=0) - landmarks[3:].mean(axis=0)))
    return max(across, EYES_OF_FACE * height)


def similarity_transform(source: Points, target: Points) -> NDArray[np.float64]:
    """Return the (2, 3) matrix of the rotation, scale and shift that takes `source` to `target`.

    Least squares over all points, without reflection (S. Umeyama, "Least-squares estimation of
    transformation parameters between two point patterns", 1991). In the plane the optimum has a
    closed form: with both sets centred and read as complex numbers z and w, the factor is
    sum(conj(z) w) / sum(|z|^2), which no reflection can enter.

    Args:
        source: (n, 2), n >= 2.
        target: (n, 2).

    Raises:
        BugError: if the source points all lie in one place.
    """
    source = np.asarray(source, dtype=np.float64)
    target = np.asarray(target, dtype=np.float64)
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    z = (source - source_mean) @ (1, 1j)
    w = (target - target_mean) @ (1, 1j)
    spread = float(np.sum(np.abs(z) ** 2))
    if spread < 1e-9:
        raise BugError("landmarks that all lie in one place cannot be aligned")
    factor = np.sum(np.conj(z) * w) / spread
    rotation = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    shift = target_mean - rotation @ source_mean
    return np.hstack([rotation, shift[:, None]])


def aligned_crop(image: Image, landmarks: Points, template: Points, side: int) -> Image:
    """Return the (side, side, 3) uint8 crop in which `landmarks` lie on `template`.

    Outside the picture it is black.

    Args:
        image: (height, width, 3) uint8, blue-green-red.
        landmarks: (5, 2), pixels of `image`.
        template: (5, 2), pixels of the crop.
        side: of the crop, pixels.
    """
    return warped(image, similarity_transform(landmarks, template), side)


def warped(image: Image, matrix: NDArray[np.float64], side: int) -> Image:
    """Return the (side, side) window of `image` under a similarity transform.

    Where the transform makes the picture smaller by a factor of 1.5 or more, every pixel is the
    mean of n x n samples (n the rounded factor): sampling single pixels of a large face would turn
    its detail into noise.

    Args:
        image: (height, width, 3) or (height, width) uint8; black outside.
        matrix: (2, 3), from pixels of `image` to pixels of the window.
        side: of the window, pixels.
    """
    factor = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    samples = int(np.clip(round(1 / max(factor, 1e-6)), 1, LARGEST_CANVAS // side))
    if samples == 1:
        window: Image = cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR)
        return window
    finer = matrix * samples
    finer[:, 2] += (samples - 1) / 2  # the middle of n x n pixels lies between them
    canvas = cv2.warpAffine(image, finer, (side * samples, side * samples), flags=cv2.INTER_LINEAR)
    mean: Image = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    return mean


def grayscale(crop: Image) -> Image:
    """Return the luma of a blue-green-red picture, (height, width) uint8; grayscale as it is."""
    if crop.ndim == 2:
        return crop
    luma: Image = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    return luma
