"""Folders of small labelled pictures that are told apart at once; a clock that runs by itself."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from faceaccess.images.codec import encode_png
from faceaccess.learn.hyperparameters import Hyperparameters

CLASSES = {"dark": 40, "light": 210, "middle": 125}
"""Mean grey of each class."""

QUICK = Hyperparameters(
    network="fc 8 | relu | classes",
    optimizer="adam",
    batch=4,
    epochs=3,
    shift=0,
    mirror=False,
    averaged_weights=False,
)
"""A training that takes a moment; enough to tell the classes apart is `PLENTY`."""

PLENTY = replace(QUICK, initial_step=0.02, epochs=30)


def picture(grey: int, seed: int, side: int = 12) -> np.ndarray:
    """A noisy square, (side, side, 3) uint8."""
    noise = np.random.default_rng([grey, seed]).normal(grey, 12, (side, side, 3))
    return np.clip(noise, 0, 255).astype(np.uint8)


def labelled_folder(folder: Path, each: int = 6, *, first: int = 0) -> Path:
    """Write `each` pictures a class into `folder`; other values of `first` give other pictures."""
    for name, grey in CLASSES.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(first, first + each):
            path = folder / name / f"{number:03}.png"
            path.write_bytes(encode_png(picture(grey, number)))
    return folder


def rejected_names(rejected: object) -> list[str]:
    """The file names of rejected pictures."""
    return [Path(one.picture).name for one in rejected]  # type: ignore[attr-defined]  # any iterable


class RunningClock:
    """A clock that goes on by a second whenever it is asked: time-outs come without waiting."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    def monotonic(self) -> float:
        self.seconds += 1.0
        return self.seconds
