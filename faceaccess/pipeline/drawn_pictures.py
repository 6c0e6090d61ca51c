"""Drawn faces as labelled pictures: a small set that needs no data, the same from the same seed.

Every person of the demo is a class. A picture is the face as the drawing places it, without any
detector, so that a reader with nothing but the program can train and compare on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.camera.drawn_people import (
    SITTER,
    STAFF,
    STRANGERS,
    DrawnPerson,
    Light,
    Pose,
    render,
)
from faceaccess.core.progress import Job, Progress
from faceaccess.learn.prepared_set import PreparedSet, from_arrays

PEOPLE: tuple[DrawnPerson, ...] = tuple(
    sorted((*STAFF, *STRANGERS, SITTER), key=lambda person: person.name)
)
"""Who is drawn, by name."""

SIZE = 32
"""Side of a picture in pixels."""

TRAINING, TEST = 100, 25
"""Pictures of each person in the two parts."""

_TURN, _TILT = 25.0, 12.0  # degrees to each side
_EYES = (0.24, 0.38)  # distance between the eyes, share of the picture's width
_X, _Y = (0.4, 0.6), (0.35, 0.49)  # the point between the eyes, share of the picture
_LEVELS = (0.35, 1.3)
_SIDES = (-0.8, -0.4, 0.0, 0.4, 0.8)  # few: each is a drawing of its own
_NOISE = 8.0  # grey levels


@dataclass(frozen=True)
class DrawnPictures:
    """Two sets of pictures of the same people, drawn from different random numbers."""

    training: PreparedSet
    test: PreparedSet


def draw(
    seed: int, *, training: int = TRAINING, test: int = TEST, people: Sequence[DrawnPerson] = PEOPLE
) -> Job[DrawnPictures]:
    """Draw a set for training and one for testing.

    Args:
        seed: of everything that chance decides.
        training: pictures of each person, in the first set.
        test: pictures of each person, in the second set.
        people: the classes, sorted by name.

    Yields:
        Progress("Drawing faces", done, total).
    """
    random = np.random.default_rng(seed)
    each = training + test
    total = each * len(people)
    pictures = np.empty((len(people), each, 1, SIZE, SIZE), np.uint8)
    # Person by person: the layers of one are drawn once and kept meanwhile.
    for number, person in enumerate(people):
        for place in range(each):
            if place % 25 == 0:
                done = number * each + place
                yield Progress("Drawing faces", done, total, person.name)
            pictures[number, place, 0] = _drawn(person, random)
    yield Progress("Drawing faces", total, total)
    return DrawnPictures(
        _labelled(pictures[:, :training], people), _labelled(pictures[:, training:], people)
    )


def _drawn(person: DrawnPerson, random: np.random.Generator) -> NDArray[np.uint8]:
    """Return one picture, (SIZE, SIZE) uint8: pose, light and noise are up to chance."""
    pose = Pose(
        turn=float(random.uniform(-_TURN, _TURN)),
        tilt=float(random.uniform(-_TILT, _TILT)),
        eyes=float(random.uniform(*_EYES)),
        x=float(random.uniform(*_X)),
        y=float(random.uniform(*_Y)),
        closed=float(random.choice((0.0, 1.0))),
    )
    light = Light(float(random.uniform(*_LEVELS)), float(random.choice(_SIDES)))
    seed = int(random.integers(2**31))
    image = render(person, width=SIZE, height=SIZE, pose=pose, light=light, seed=seed)
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    noisy = gray + random.normal(0, _NOISE, gray.shape)
    seen: NDArray[np.uint8] = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    return seen


def _labelled(pictures: NDArray[np.uint8], people: Sequence[DrawnPerson]) -> PreparedSet:
    """Return (people, n, 1, SIZE, SIZE) as one set, person by person."""
    labels = np.repeat(np.arange(len(people)), pictures.shape[1])
    flat = np.ascontiguousarray(pictures.reshape(-1, 1, SIZE, SIZE))
    return from_arrays(flat, labels, [person.name for person in people], colour=False)
