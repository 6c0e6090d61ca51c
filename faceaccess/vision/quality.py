"""How good a picture of a face is, in stated units, and what the person should do about it."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from faceaccess.core.faces import Face, Quality, QualityIssue
from faceaccess.core.frames import Image
from faceaccess.core.reasons import Reason
from faceaccess.core.settings import Settings
from faceaccess.vision.alignment import (
    SFACE_POINTS,
    SFACE_SIDE,
    Points,
    aligned_crop,
    frontal_eye_distance,
    grayscale,
)

FILE_MIN_EYE_DISTANCE = 25.0
"""Pixels between the eyes below which a picture from a file is refused."""

# The nose tip stands before the plane of eyes and mouth by about these shares of the distance
# between the eyes, and of that from the eyes to the mouth; on that scale a frontal nose tip lies at
# this share of the way from the eyes to the mouth (medians over lfw-dev).
_NOSE_DEPTH_OF_EYES = 0.6
_NOSE_DEPTH_OF_FACE = 0.45
_FRONTAL_NOSE = 0.54


@dataclass(frozen=True)
class QualityLimits:
    """What a gate asks for; units as in `Quality`.

    Attributes:
        max_face_share: height of the face box as a share of the picture's, beyond which the person
            should step back.
    """

    min_eye_distance: float
    min_sharpness: float
    min_brightness: float
    max_brightness: float
    min_contrast: float
    max_yaw: float
    max_roll: float
    max_pitch: float = 40.0
    max_cut_off: float = 0.15
    max_face_share: float = 0.95

    @classmethod
    def from_settings(cls, settings: Settings) -> "QualityLimits":
        """Return the camera's gate as it is set."""
        return cls(
            min_eye_distance=settings.min_eye_distance,
            min_sharpness=settings.min_sharpness,
            min_brightness=settings.min_brightness,
            max_brightness=settings.max_brightness,
            min_contrast=settings.min_contrast,
            max_yaw=settings.max_yaw,
            max_roll=settings.max_roll,
        )


FILE_LIMITS = replace(
    QualityLimits.from_settings(Settings()), min_eye_distance=FILE_MIN_EYE_DISTANCE
)
"""For pictures from files: only `min_eye_distance` refuses, the rest warns."""


def measure(image: Image, face: Face, crop: Image, limits: QualityLimits | None = None) -> Quality:
    """Measure one face; with `limits` the issues are filled in.

    Args:
        image: (height, width, 3) uint8, the picture in which the face was found.
        face: the face.
        crop: its aligned crop, grayscale or colour. Sharpness, brightness and contrast are those of
            a 112 x 112 crop; one of another size is cut anew.
        limits: what to compare with, or None.
    """
    if crop.shape[0] != SFACE_SIDE:
        crop = aligned_crop(image, face.landmarks, SFACE_POINTS, SFACE_SIDE)
    luma = grayscale(crop)
    # The middle, without the corners that show background or lie outside the picture.
    middle = luma[16:-8, 20:-20]
    yaw, pitch, roll = estimate_pose(face.landmarks)
    quality = Quality(
        eye_distance=frontal_eye_distance(face.landmarks),
        sharpness=float(cv2.Laplacian(luma, cv2.CV_32F).var()),
        brightness=float(middle.mean()),
        contrast=float(middle.std()),
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        cut_off=_cut_off(face, image),
    )
    if limits is None:
        return quality
    share = face.box[3] / image.shape[0]
    return judged(quality, limits, face_share=share)


def estimate_pose(landmarks: Points) -> tuple[float, float, float]:
    """Return yaw, pitch and roll in degrees, estimated from five points; rough.

    The face is taken for a plane through eyes and mouth with the nose tip before it. Turned by an
    angle a about an axis, the nose tip leaves its frontal place by depth * sin(a) while lengths
    across the axis shrink by cos(a), so the ratio of both is proportional to tan(a). Measured
    after turning the eyes level:

        yaw   = atan(sideways distance of the nose from the middle line / (0.6 * eye distance))
        pitch = atan((0.54 - share of the way from eyes to mouth at the nose) / 0.45)

    Args:
        landmarks: (5, 2), pixels; order as in `Face`.
    """
    points = np.asarray(landmarks, dtype=np.float64)
    across = points[1] - points[0]
    eye_distance = float(np.hypot(*across))
    if eye_distance < 1e-6:  # a hard profile: both eyes in one place
        return (90.0, 0.0, 0.0)
    roll = math.degrees(math.atan2(across[1], across[0]))
    along = across / eye_distance
    down = np.array([-along[1], along[0]])
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    height = float((mouth - eyes) @ down)
    nose = points[2] - eyes
    if height < 1e-6:  # the mouth above the eyes: no face that could be measured
        return (0.0, 90.0, roll)
    share = float(nose @ down) / height
    middle = share * float((mouth - eyes) @ along)
    sideways = float(nose @ along) - middle
    yaw = math.degrees(math.atan(sideways / (_NOSE_DEPTH_OF_EYES * eye_distance)))
    pitch = math.degrees(math.atan((_FRONTAL_NOSE - share) / _NOSE_DEPTH_OF_FACE))
    return (yaw, pitch, roll)


def _cut_off(face: Face, image: Image) -> float:
    x, y, width, height = face.box
    if width <= 0 or height <= 0:
        return 1.0
    inside_x = max(0.0, min(x + width, image.shape[1]) - max(x, 0.0))
    inside_y = max(0.0, min(y + height, image.shape[0]) - max(y, 0.0))
    return float(1.0 - inside_x * inside_y / (width * height))


def judged(quality: Quality, limits: QualityLimits, *, face_share: float = 0.0) -> Quality:
    """Return `quality` with the issues that `limits` find in it, worst first.

    Worst is what misses its limit by the largest factor (sharpness, a square, by its root).

    Args:
        quality: the measures.
        limits: the gate.
        face_share: height of the face box as a share of the picture's.
    """
    low = [
        (Reason.TOO_FAR, quality.eye_distance, limits.min_eye_distance, "px"),
        (Reason.TOO_DARK, quality.brightness, limits.min_brightness, "0-255"),
        (Reason.LOW_CONTRAST, quality.contrast, limits.min_contrast, "grey levels"),
        (Reason.BLURRED, quality.sharpness, limits.min_sharpness, "grey levels squared"),
    ]
    high = [
        (Reason.TOO_CLOSE, face_share, limits.max_face_share, "share"),
        (Reason.CUT_OFF, quality.cut_off, limits.max_cut_off, "share"),
        (Reason.TOO_BRIGHT, quality.brightness, limits.max_brightness, "0-255"),
        (Reason.TURNED_AWAY, abs(quality.yaw), limits.max_yaw, "degrees"),
        (Reason.TURNED_AWAY, abs(quality.pitch), limits.max_pitch, "degrees"),
        (Reason.HEAD_TILTED, abs(quality.roll), limits.max_roll, "degrees"),
    ]
    found: list[tuple[float, QualityIssue]] = []
    for reason, value, limit, unit in low:
        if value < limit:
            factor = limit / max(value, 1e-3)
            factor = math.sqrt(factor) if reason is Reason.BLURRED else factor
            found.append((factor, QualityIssue(reason, value, limit, unit)))
    for reason, value, limit, unit in high:
        if value > limit:
            found.append((value / max(limit, 1e-3), QualityIssue(reason, value, limit, unit)))
    found.sort(key=lambda one: -one[0])
    return replace(quality, issues=tuple(issue for _, issue in found))
