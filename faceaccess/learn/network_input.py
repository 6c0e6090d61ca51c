"""From prepared pixels to what a network takes; training and classifying use this one function."""

import numpy as np
import torch
from numpy.typing import NDArray


def network_input(pixels: NDArray[np.uint8]) -> torch.Tensor:
    """Scale pixels to [-1, 1]: x / 127.5 - 1.

    Args:
        pixels: (b, channels, size, size) uint8.

    Returns:
        The same shape, float32, with memory of its own.
    """
    return torch.from_numpy(pixels.astype(np.float32)).div_(127.5).sub_(1.0)
