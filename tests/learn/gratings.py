"""Drawn pictures for tests of training: gratings whose direction is the class."""

import numpy as np

from faceaccess.learn.prepared_set import PreparedSet, from_arrays


def gratings(
    classes: int, each: int, *, seed: int, size: int = 16, noise: float = 0.5
) -> PreparedSet:
    """Return gray gratings of random phase, wave length and contrast under noise.

    Args:
        classes: directions, spread evenly over half a turn.
        each: pictures of a class.
        seed: of all that is random.
        size: side in pixels.
        noise: standard deviation of the noise as a share of the strongest grating's amplitude.
    """
    rng = np.random.default_rng(seed)
    n = classes * each
    labels = np.arange(n) % classes
    angle = labels * np.pi / classes
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    along = np.cos(angle)[:, None, None] * x + np.sin(angle)[:, None, None] * y
    waves, phase, contrast = (
        rng.uniform(low, high, (n, 1, 1)) for low, high in ((1.5, 3.5), (0, 2 * np.pi), (0.4, 1.0))
    )
    pattern = contrast * np.sin(2 * np.pi * waves * along / size + phase)
    pixels = 127.5 + 60 * (pattern + noise * rng.standard_normal(pattern.shape))
    pictures = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)[:, None]
    names = tuple(f"{180 * k / classes:05.1f} degrees" for k in range(classes))
    return from_arrays(pictures, labels, names, colour=False)
