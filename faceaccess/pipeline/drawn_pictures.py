"""Drawn faces as labelled pictures: a set that needs no data, the same from the same seed.

Every person of the demo is a class. A face stands before the demo's doorway as the drawing places
it, without any detector; head, light and picture are up to chance, and every second picture is
partly hidden. So a small network learns for a while instead of knowing everything after an epoch,
and a reader with nothing but the program sees optimizers differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.camera.drawn_people import SITTER, STAFF, STRANGERS, DrawnPerson, Light, Pose
from faceaccess.camera.drawn_render import lay_over
from faceaccess.camera.drawn_scene import doorway
from faceaccess.core.frames import Image
from faceaccess.core.progress import Job, Progress
from faceaccess.learn.prepared_set import PreparedSet, from_arrays

PEOPLE: tuple[DrawnPerson, ...] = tuple(
    sorted((*STAFF, *STRANGERS, SITTER), key=lambda person: person.name)
)
"""Who is drawn, by name."""

SIZE = 32
"""Side of a picture in pixels."""

TRAINING, TEST = 400, 80
"""Pictures of each person in the two parts."""

_VIEWS = 4  # pictures of one drawing: a drawing costs as much as thirty views of it
_CLOSE_UP = 2 * SIZE  # side of a drawing, pixels
_SCENE = (320, 240)  # width and height of the doorway that a drawing is a part of, pixels

# Ranges of chance; for a side, only a few values: each is lit anew.
_TURN, _TILT = 28.0, 14.0  # of the head, degrees to each side
_SIDES = (-0.8, -0.4, 0.0, 0.4, 0.8)
_BLINKING = 0.2  # share of the drawings with closed eyes
_SCALE = (0.56, 0.94)  # pixels of a picture for one of the drawing
_SHIFT = 0.12  # of the face, share of the picture to each side
_LEVEL = (0.35, 1.3)  # of the light
_HIDDEN = 0.5  # share of the pictures with something before the face
_HIDDEN_SIDE = (SIZE // 4, SIZE // 2)  # of that thing, pixels
_NOISE = 14.0  # of the sensor, grey levels

Picture = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class DrawnPictures:
    """Two sets of pictures of the same people; no drawing is in both."""

    training: PreparedSet
    test: PreparedSet


def draw(
    seed: int, *, training: int = TRAINING, test: int = TEST, people: Sequence[DrawnPerson] = PEOPLE
) -> Job[DrawnPictures]:
    """Draw a set for training and one for testing.

    Args:
        seed: of everything that chance decides.
        training: pictures of each person in the first set.
        test: pictures of each person in the second set.
        people: the classes, sorted by name.

    Yields:
        Progress("Drawing faces", done, total).
    """
    random = np.random.default_rng(seed)
    scene = doorway(*_SCENE)
    each = training + test
    total = each * len(people)
    pictures = np.empty((len(people), each, 1, SIZE, SIZE), np.uint8)
    # Person by person: the layers of one are drawn once and kept meanwhile.
    for number, person in enumerate(people):
        for begin, end in ((0, training), (training, each)):
            for place in range(begin, end, _VIEWS):
                yield Progress("Drawing faces", number * each + place, total, person.name)
                drawing = _drawing(person, scene, random)
                for view in range(place, min(place + _VIEWS, end)):
                    pictures[number, view, 0] = _view(drawing, random)
    yield Progress("Drawing faces", total, total)
    return DrawnPictures(
        _labelled(pictures[:, :training], people), _labelled(pictures[:, training:], people)
    )


def _drawing(person: DrawnPerson, scene: Image, random: np.random.Generator) -> Picture:
    """Return a face before a part of the doorway, (_CLOSE_UP, _CLOSE_UP) gray."""
    x = int(random.integers(0, _SCENE[0] - _CLOSE_UP))
    y = int(random.integers(0, _SCENE[1] - _CLOSE_UP))
    image = scene[y : y + _CLOSE_UP, x : x + _CLOSE_UP].copy()
    pose = Pose(
        turn=random.uniform(-_TURN, _TURN),
        tilt=random.uniform(-_TILT, _TILT),
        eyes=0.2,
        x=0.5,
        y=0.46,
        closed=float(random.random() < _BLINKING),
    )
    lay_over(image, person, pose, Light(side=float(random.choice(_SIDES))))
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def _view(drawing: Picture, random: np.random.Generator) -> Picture:
    """Return one picture of a drawing, (SIZE, SIZE): from near or far, mirrored or not."""
    scale = random.uniform(*_SCALE)
    side = scale if random.random() < 0.5 else -scale
    middle = np.array([0.5, 0.52]) * _CLOSE_UP
    place = SIZE * (0.5 + random.uniform(-_SHIFT, _SHIFT, 2))
    warp = np.array(
        [[side, 0.0, place[0] - side * middle[0]], [0.0, scale, place[1] - scale * middle[1]]]
    )
    seen = cv2.warpAffine(drawing, warp, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT)
    lit = seen * random.uniform(*_LEVEL)
    if random.random() < _HIDDEN:
        width, height = random.integers(*_HIDDEN_SIDE, 2, endpoint=True)
        x, y = random.integers(0, SIZE - width), random.integers(0, SIZE - height)
        lit[y : y + height, x : x + width] = random.uniform(20, 235)
    noisy: Picture = np.clip(lit + random.normal(0, _NOISE, lit.shape), 0, 255).astype(np.uint8)
    return noisy


def _labelled(pictures: NDArray[np.uint8], people: Sequence[DrawnPerson]) -> PreparedSet:
    """Return (people, n, 1, SIZE, SIZE) as one set, person by person."""
    labels = np.repeat(np.arange(len(people)), pictures.shape[1])
    flat = np.ascontiguousarray(pictures.reshape(-1, 1, SIZE, SIZE))
    return from_arrays(flat, labels, [person.name for person in people], colour=False)
