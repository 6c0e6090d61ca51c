"""The YuNet detector, run by OpenCV."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Face
from faceaccess.core.frames import Image

SCORE_THRESHOLD = 0.7
NMS_THRESHOLD = 0.3
MOST_FACES = 200
LONG_SIDE = 640


class YuNetDetector:
    """Finds faces with `cv2.FaceDetectorYN`. Not thread-safe.

    YuNet names its landmarks as the person would (first the right eye); seen in the picture that is
    the left one, so its order is the order of `Face`.

    Args:
        onnx: bytes of the network's file.

    Raises:
        KnownError: if OpenCV cannot read the network.
    """

    def __init__(self, onnx: bytes) -> None:
        try:
            self._network = cv2.FaceDetectorYN.create(
                "onnx",
                np.frombuffer(onnx, dtype=np.uint8),
                np.empty(0, dtype=np.uint8),
                (320, 240),
                SCORE_THRESHOLD,
                NMS_THRESHOLD,
                MOST_FACES,
            )
        except cv2.error as error:
            raise KnownError(
                f"OpenCV cannot read the detector YuNet: {error.err}.",
                "Install opencv-python-headless 4.12 or later, below 5.",
            ) from error

    @property
    def name(self) -> str:
        """Short name."""
        return "yunet"

    def detect(self, image: Image) -> list[Face]:
        """Return all faces of (height, width, 3) uint8 blue-green-red, largest first."""
        height, width = image.shape[:2]
        factor = min(1.0, LONG_SIDE / max(height, width))
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        small = image if factor == 1.0 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        self._network.setInputSize(size)
        _, rows = self._network.detect(small)
        if rows is None:
            return []
        scale = np.array([width / size[0], height / size[1]], dtype=np.float32)
        faces = [_face(row, scale) for row in rows]
        return sorted(faces, key=lambda face: -face.box[2] * face.box[3])


def _face(row: NDArray[np.float32], scale: NDArray[np.float32]) -> Face:
    """Read one row: x, y, width, height, five points, score."""
    x, y = row[0:2] * scale
    width, height = row[2:4] * scale
    return Face(
        box=(float(x), float(y), float(width), float(height)),
        landmarks=(row[4:14].reshape(5, 2) * scale).astype(np.float32),
        score=float(row[14]),
    )
