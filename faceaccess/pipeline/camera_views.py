"""What a fixed camera's picture looks like in its parts: detail, where its edges are, sharpness.

A picture is taken as a grid of every n-th pixel, about 160 x 120, and that in 8 x 6 parts. Where
many pictures are averaged first, noise and who walks through fall away.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.frames import Image

COLUMNS, ROWS = 8, 6
_SAMPLES = 160  # across the picture

Samples = NDArray[np.uint8]
"""(height, width) grey levels, both multiples of the parts."""
Parts = NDArray[np.float64]
"""(ROWS, COLUMNS), one figure a part."""


def samples(image: Image) -> Samples:
    """Return every n-th pixel of a picture's green channel (or of a grey picture)."""
    step = max(1, image.shape[1] // _SAMPLES)
    taken = image[::step, ::step, 1] if image.ndim == 3 else image[::step, ::step]
    height, width = taken.shape[0] // ROWS * ROWS, taken.shape[1] // COLUMNS * COLUMNS
    return np.ascontiguousarray(taken[:height, :width])


def in_parts(values: NDArray[np.float32]) -> Parts:
    """Return the mean of each part."""
    height, width = values.shape[0] // ROWS, values.shape[1] // COLUMNS
    cut = values.reshape(ROWS, height, COLUMNS, width)
    return np.asarray(cut.mean(axis=(1, 3), dtype=np.float64))


def change(one: Samples, other: Samples) -> float:
    """Return by how many grey levels two pictures differ in their middling part.

    The median of the parts: somebody who walks, or a clock that is shown, changes few of them.
    """
    return float(np.median(in_parts(cv2.absdiff(one, other).astype(np.float32))))


@dataclass(frozen=True, eq=False)
class View:
    """The edges of a picture.

    Attributes:
        across, down: (height, width) how the grey levels rise from sample to sample.
        detail: mean square of both, grey levels squared, by part.
        fine: mean square of the Laplacian by part: falls faster than `detail` when focus is lost.
    """

    across: NDArray[np.float32]
    down: NDArray[np.float32]
    detail: Parts
    fine: Parts

    @classmethod
    def of(cls, mean: NDArray[np.float32]) -> "View":
        """Look at a picture (height, width) of mean grey levels, as `samples` cuts it."""
        across = cv2.Sobel(mean, cv2.CV_32F, 1, 0, scale=1 / 8)
        down = cv2.Sobel(mean, cv2.CV_32F, 0, 1, scale=1 / 8)
        bends = cv2.Laplacian(mean, cv2.CV_32F)
        return cls(
            np.asarray(across, np.float32),
            np.asarray(down, np.float32),
            in_parts(np.asarray(across * across + down * down, np.float32)),
            in_parts(np.asarray(bends * bends, np.float32)),
        )

    def agreement(self, other: "View") -> Parts:
        """Return how far the edges are the same, by part: 1 the same, 0 unrelated, -1 opposite.

        Brighter or darker light changes nothing; a part without any edge agrees with none.
        """
        common = in_parts(np.asarray(self.across * other.across + self.down * other.down))
        size = np.sqrt(self.detail * other.detail)
        return np.divide(common, size, out=np.zeros_like(common), where=size > 0)

    def sharpness(self) -> Parts:
        """Return `fine` over `detail` by part, whatever the light; 0 without detail."""
        none = np.zeros_like(self.detail)
        return np.divide(self.fine, self.detail, out=none, where=self.detail > 0)
