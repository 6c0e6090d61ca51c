"""Pictures of drawn people for the tests of the use cases; each is drawn once a run."""

from functools import lru_cache

import numpy as np

from faceaccess.camera.drawn_people import DrawnPerson, Pose, render
from faceaccess.core.clock import ManualClock
from faceaccess.core.frames import FaceTruth, Frame, Image

POSES = tuple(enumerate((-12.0, 0.0, 12.0)))
"""Number and turn of the head, degrees, of the pictures that a person is enrolled with."""


@lru_cache(maxsize=256)
def _drawn(person: DrawnPerson, pose: Pose, seed: int) -> Image:
    image = render(person, pose=pose, seed=seed)
    image.setflags(write=False)
    return image


def drawing(
    person: DrawnPerson,
    turn: float = 0.0,
    *,
    eyes: float = 0.14,
    x: float = 0.5,
    seed: int = 0,
) -> Image:
    """Return a (480, 640, 3) picture of one drawn person."""
    return _drawn(person, Pose(turn=turn, eyes=eyes, x=x), seed)


def beside(left: Image, right: Image) -> Image:
    """Return two pictures as one, (480, 1280, 3)."""
    return np.concatenate([left, right], axis=1)


class Frames:
    """Makes frames of a camera that takes `fps` pictures a second, moving the clock along."""

    def __init__(self, clock: ManualClock, fps: float = 25.0) -> None:
        self._clock = clock
        self._step = 1 / fps
        self._number = 0

    def of(self, image: Image, truth: tuple[FaceTruth, ...] | None = None) -> Frame:
        self._clock.advance(self._step)
        frame = Frame(
            image, "Door", self._number, self._clock.monotonic(), self._clock.now(), truth
        )
        self._number += 1
        return frame

    def pause(self, seconds: float) -> None:
        self._clock.advance(seconds)
