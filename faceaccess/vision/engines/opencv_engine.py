"""Runs an ONNX file with OpenCV's own network module: no torch needed."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError, KnownError


class OpenCvEngine:
    """A network read by `cv2.dnn`. Pictures of a batch run one after another: the files that it
    is used with declare a batch of one.

    Args:
        onnx: the file's bytes.
        name: what errors call it.

    Raises:
        KnownError: if OpenCV cannot read the network.
    """

    def __init__(self, onnx: bytes, name: str) -> None:
        try:
            self._network = cv2.dnn.readNetFromONNX(np.frombuffer(onnx, dtype=np.uint8))
        except cv2.error as error:
            raise KnownError(
                f"OpenCV cannot read the network {name}: {error.err}.",
                "Choose the engine torch in the settings.",
            ) from error

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the network's output for (n, channels, height, width) float32, n >= 1."""
        if len(batch) == 0:
            raise BugError("an empty batch")
        rows = []
        for picture in batch:
            self._network.setInput(np.ascontiguousarray(picture[None], dtype=np.float32))
            rows.append(self._network.forward().copy())
        result: NDArray[np.float32] = np.concatenate(rows).astype(np.float32)
        return result
