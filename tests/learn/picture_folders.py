"""Folders of class folders that tests of preparing lay out."""

from pathlib import Path

import numpy as np

from faceaccess.images.codec import encode_png


def noise(seed: int, height: int = 6, width: int = 6) -> np.ndarray:
    """A picture unlike that of every other seed."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def save(path: Path, image: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(image))
    return path


def lay_out(root: Path, **classes: int) -> Path:
    """Write so many pictures for each class, all different."""
    for number, (name, pictures) in enumerate(sorted(classes.items())):
        for i in range(pictures):
            save(root / name / f"{i}.png", noise(1000 * number + i))
    return root
