"""Which pictures there are to learn from, and what each one shows; listed before any is opened."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RejectedPicture:
    """A file, a folder or a line of a list that was not taken, and why in one sentence."""

    picture: str
    reason: str


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """Pictures with their classes.

    Attributes:
        classes: names, sorted, each with one picture or more.
        files: one a picture, sorted by class and path (or in a list's order).
        labels: (pictures,) int64, places in `classes`.
        rejected: what was found and could not be listed.
    """

    classes: tuple[str, ...]
    files: tuple[Path, ...]
    labels: NDArray[np.int64]
    rejected: tuple[RejectedPicture, ...]
