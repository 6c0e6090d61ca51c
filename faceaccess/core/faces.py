"""What is seen of a face: where it is, how good its picture is, and the vector made of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.frames import Box, Image
from faceaccess.core.reasons import Reason


@dataclass(frozen=True, eq=False)
class Face:
    """A detected face.

    Attributes:
        box: x, y, width, height in pixels of the picture that was searched.
        landmarks: (5, 2) float32, x and y in pixels: the eye on the picture's left, the eye on its
            right, nose tip, left and right corner of the mouth (left and right as seen in the
            picture).
        score: the detector's confidence, 0 to 1.
    """

    box: Box
    landmarks: NDArray[np.float32]
    score: float


@dataclass(frozen=True)
class QualityIssue:
    """One measure outside its limit.

    Attributes:
        reason: which measure, as the door would say it.
        value: the measured value.
        limit: the limit that it misses.
        unit: the unit of both ("px", "degrees", "0-255", "share", ...).
    """

    reason: Reason
    value: float
    limit: float
    unit: str

    @property
    def sentence(self) -> str:
        """What the person should do, in plain words."""
        return self.reason.sentence


@dataclass(frozen=True)
class Quality:
    """How good a picture of a face is.

    Attributes:
        eye_distance: pixels between the eyes in the original picture; of a head turned aside, what
            they would be from the front.
        sharpness: variance of the Laplacian of the 112 x 112 crop's luma, in squared grey levels.
        brightness: mean luma of the crop, 0 to 255.
        contrast: standard deviation of the crop's luma, in grey levels.
        yaw: estimated turn of the head left (-) or right (+) in the picture, degrees, rough.
        pitch: estimated nod up (+) or down (-), degrees, rough.
        roll: tilt of the line through the eyes, degrees, positive clockwise.
        cut_off: share of the face box that lies outside the picture, 0 to 1.
        issues: measures outside the gate's limits, worst first; empty when the picture is good.
    """

    eye_distance: float
    sharpness: float
    brightness: float
    contrast: float
    yaw: float
    pitch: float
    roll: float
    cut_off: float
    issues: tuple[QualityIssue, ...] = ()

    @property
    def good(self) -> bool:
        """Whether no measure misses its limit."""
        return not self.issues


@dataclass(frozen=True)
class EmbeddingSpace:
    """Where embeddings can be compared: same network, same preprocessing, same length.

    Attributes:
        model: the embedder's name ("sface", "dlib", "facenet").
        preprocessing: how the crop was made ("5pt-112-gray", "5pt-112-colour", ...).
        dimension: length of the vector.
    """

    model: str
    preprocessing: str
    dimension: int

    def __str__(self) -> str:
        return f"{self.model}/{self.preprocessing}/{self.dimension}"


@dataclass(frozen=True, eq=False)
class Embedding:
    """A face as a vector.

    Attributes:
        vector: (dimension,) float32 of length 1 (L2).
        space: which network and preprocessing made it; vectors of different spaces never meet.
    """

    vector: NDArray[np.float32]
    space: EmbeddingSpace


@dataclass(frozen=True, eq=False)
class Observation:
    """One face of one picture, looked at completely.

    Attributes:
        face: where it is.
        quality: how good it is.
        crop: the aligned normalised crop as the embedder takes it: (side, side) uint8 in grayscale,
            (side, side, 3) uint8 blue-green-red in colour.
        embedding: its vector, or None where embedding was not asked for.
    """

    face: Face
    quality: Quality
    crop: Image
    embedding: Embedding | None = None
