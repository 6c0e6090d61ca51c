"""The MTCNN detector of facenet-pytorch."""

import io
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from facenet_pytorch import MTCNN

from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Face
from faceaccess.core.frames import Image

SMALLEST_FACE = 40
"""Height in pixels of the smallest face that is looked for: about 20 pixels between the eyes."""

LARGEST_SIDE = 2048
"""Longer pictures are made smaller first, for memory's sake."""

THRESHOLDS = (0.6, 0.7, 0.9)
"""Least scores of the three networks. The last one is 0.7 in facenet-pytorch, at which textiles
and shadows are now and then taken for faces."""


class MtcnnDetector:
    """Finds faces with three networks one after another. Not thread-safe.

    MTCNN orders its landmarks as `Face` does: left and right as seen in the picture.

    Args:
        states: bytes of the three state dictionaries (P-, R- and O-net), verified.

    Raises:
        KnownError: if they do not fit the networks.
    """

    def __init__(self, states: Sequence[bytes]) -> None:
        self._networks = MTCNN(
            keep_all=True, min_face_size=SMALLEST_FACE, thresholds=list(THRESHOLDS)
        ).eval()
        parts = (self._networks.pnet, self._networks.rnet, self._networks.onet)
        try:
            for network, state in zip(parts, states, strict=True):
                network.load_state_dict(torch.load(io.BytesIO(state), weights_only=True))
        except (RuntimeError, ValueError, EOFError) as error:
            raise KnownError(
                f"The weights of MTCNN do not fit its networks: {error}.",
                "Install them anew: pip install --force-reinstall facenet-pytorch",
            ) from error

    @property
    def name(self) -> str:
        """Short name."""
        return "mtcnn"

    def detect(self, image: Image) -> list[Face]:
        """Return all faces of (height, width, 3) uint8 blue-green-red, largest first."""
        factor = min(1.0, LARGEST_SIDE / max(image.shape[:2]))
        if factor < 1.0:
            image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        # Its pyramid is empty, and it fails, where a side is smaller than the smallest face.
        if min(image.shape[:2]) <= SMALLEST_FACE:
            return []
        red_green_blue = np.ascontiguousarray(image[:, :, ::-1])
        boxes, scores, points = self._networks.detect(red_green_blue, landmarks=True)
        if boxes is None:
            return []
        faces = [
            Face(
                box=(float(x), float(y), float(right - x), float(bottom - y)),
                landmarks=np.asarray(five, dtype=np.float32) / np.float32(factor),
                score=min(1.0, float(score)),
            )
            for (x, y, right, bottom), score, five in zip(
                np.asarray(boxes, dtype=np.float64) / factor, scores, points, strict=True
            )
        ]
        return sorted(faces, key=lambda face: -face.box[2] * face.box[3])
