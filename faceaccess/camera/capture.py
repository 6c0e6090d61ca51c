"""How OpenCV opens and reads devices, streams and files: quietly, and with time-outs."""

import os
from typing import Any

import cv2
import numpy as np

from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image

OPEN_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 5.0  # seconds
LONGEST_SIDE = 1280  # pixels; larger pictures are scaled down


def quiet() -> None:
    """Keep OpenCV and FFmpeg from writing to stderr: what fails is told by a KnownError.

    Also bounds how long a Video4Linux read may block. Both libraries look at these once.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(round(READ_TIMEOUT)))
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def fitted(image: Image, *, quickly: bool = False) -> Image:
    """Return `image`, scaled down so that its longer side is at most `LONGEST_SIDE`.

    Args:
        image: (height, width) or (height, width, 3).
        quickly: down to the half, at a quarter of the cost: each pixel of the four around it.
    """
    height, width = image.shape[:2]
    factor = LONGEST_SIDE / max(height, width)
    if factor >= 1:
        return image
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    how = cv2.INTER_LINEAR if quickly and factor >= 0.5 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)


class Capture:
    """An OpenCV capture that is either open and gave a first picture, or raises.

    Args:
        target: device number, device path, address or file.
        backend: OpenCV's `CAP_...`.
        options: pairs of property and value that are handed over at opening.
    """

    def __init__(self, target: int | str, backend: int, options: tuple[int, ...] = ()) -> None:
        quiet()
        self._capture: Any = cv2.VideoCapture(target, backend, list(options))
        self.is_large = False
        """Whether the last picture had to be scaled down."""

    @property
    def opened(self) -> bool:
        """Whether the device, stream or file could be opened."""
        return bool(self._capture.isOpened())

    def set(self, name: int, value: float) -> None:
        """Ask for a property; devices may ignore it."""
        self._capture.set(name, value)

    def get(self, name: int) -> float:
        """Return a property, 0 where the backend does not know it."""
        return float(self._capture.get(name))

    def read(self) -> Image | None:
        """Return the next picture, (height, width, 3) uint8, or None if none came.

        Raises:
            KnownError: if the backend fails on the data.
        """
        return self.retrieve() if self.grab() else None

    def grab(self) -> bool:
        """Wait for the next picture, without making an array of it; return whether one came.

        Raises:
            KnownError: if the backend fails on the data.
        """
        try:
            return bool(self._capture.grab())
        except cv2.error as error:
            raise KnownError(f"The picture cannot be decoded: {error.err}.") from error

    def retrieve(self, *, quickly: bool = False) -> Image | None:
        """Return the picture that was grabbed, (height, width, 3) uint8, or None.

        Args:
            quickly: see `fitted`.

        Raises:
            KnownError: if the backend fails on the data.
        """
        try:
            done, image = self._capture.retrieve()
        except cv2.error as error:
            raise KnownError(f"The picture cannot be decoded: {error.err}.") from error
        if not done or image is None or image.size == 0:
            return None
        if image.ndim == 2:
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        self.is_large = max(image.shape[:2]) > LONGEST_SIDE
        return fitted(np.asarray(image, np.uint8), quickly=quickly)

    def release(self) -> None:
        """Give the device back."""
        self._capture.release()
