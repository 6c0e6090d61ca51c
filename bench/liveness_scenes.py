"""Drawn people, and attacks with pictures of faces, before a fixed camera: frames from a seed.

Attacks: a picture or a film (somebody drawn who moves; of a photograph, one that is moved and
zoomed) on a sheet, a phone or a tablet, each held (drift and trembling), or standing still on
something ("mounted"), or a screen so close that it fills the view.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.camera.drawn_look import DrawnPerson, Light, Pose
from faceaccess.camera.drawn_people import STAFF, STRANGERS
from faceaccess.camera.drawn_render import lay_over
from faceaccess.camera.drawn_scene import doorway
from faceaccess.core.frames import Image

WIDTH, HEIGHT = 640, 480
PEOPLE = (*STAFF, *STRANGERS)
KINDS = ("print", "phone", "tablet", "full-frame", "mounted")
_LIGHT = Light(1.0, 0.0, 0.1)

Random = np.random.Generator


@dataclass(frozen=True)
class Swing:
    """A smooth motion: sums of sines in x and y (pixels), angle (degrees) and size (share)."""

    amplitudes: NDArray[np.float64]
    rates: NDArray[np.float64]
    phases: NDArray[np.float64]

    @classmethod
    def of(cls, random: Random, pixels: float, degrees: float, size: float, rate: float) -> "Swing":
        amplitude = np.array([pixels, pixels, degrees, size])[:, None] * random.uniform(
            0.3, 1, (4, 2)
        )
        amplitude[:, 1] *= 0.25
        rates = rate * random.uniform(0.5, 1.5, (4, 2)) * np.array([1.0, 5.0])
        return cls(amplitude, rates, random.uniform(0, 2 * math.pi, (4, 2)))

    def at(self, second: float) -> NDArray[np.float64]:
        angle = 2 * math.pi * self.rates * second + self.phases
        found: NDArray[np.float64] = (self.amplitudes * np.sin(angle)).sum(axis=1)
        return found


def background(random: Random) -> Image:
    """Return a doorway, sometimes another room: a wall with frames, shelves and a window."""
    if random.random() < 0.4:
        return doorway(WIDTH, HEIGHT)
    image = np.full((HEIGHT, WIDTH, 3), random.uniform(110, 210, 3), np.uint8)
    for _ in range(int(random.integers(6, 25))):
        x, y = int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT))
        w, h = (int(v) for v in random.integers(20, 180, 2))
        colour = tuple(int(v) for v in random.integers(20, 240, 3))
        cv2.rectangle(image, (x, y), (x + w, y + h), colour, int(random.choice([-1, 2, 4])))
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.8), np.uint8)


class Person:
    """Somebody drawn who stands before a background and moves a little."""

    def __init__(
        self, random: Random, *, near: float, amount: float, behind: Image, walks: bool = False
    ) -> None:
        self._person: DrawnPerson = PEOPLE[int(random.integers(len(PEOPLE)))]
        self._behind = behind
        self._near = near
        self._spot = float(random.uniform(0.4, 0.6))
        self._phase = float(random.uniform(0, 6))
        self._amount = amount
        self._walks = walks

    def image(self, second: float) -> Image:
        share = 1.0 if not self._walks else min(1.0, 0.6 + 0.4 * second / 0.9)
        sway = second * 2.1 + self._phase
        a = self._amount
        image = self._behind.copy()
        pose = Pose(
            turn=6.5 * a * math.sin(sway),
            tilt=3 * a * math.sin(0.8 * sway + 1),
            eyes=self._near * share * (1 + 0.012 * a * math.sin(1.3 * sway)),
            x=self._spot + 0.008 * a * math.sin(0.9 * sway),
            y=0.42 + 0.004 * a * math.sin(1.7 * sway),
        )
        lay_over(image, self._person, pose, _LIGHT)
        return image


class Photograph:
    """A real picture; as a film it is moved and zoomed."""

    def __init__(self, picture: Image, random: Random, *, film: bool) -> None:
        self._picture = cv2.resize(picture, (HEIGHT, HEIGHT), interpolation=cv2.INTER_CUBIC)
        self._swing = Swing.of(random, 8, 2, 0.03, 0.4) if film else None

    def image(self, second: float) -> Image:
        if self._swing is None:
            return self._picture
        x, y, degrees, size = self._swing.at(second)
        matrix = cv2.getRotationMatrix2D((HEIGHT / 2, HEIGHT / 2), degrees, 1.05 + size)
        matrix[:, 2] += (x, y)
        moved = cv2.warpAffine(
            self._picture, matrix, (HEIGHT, HEIGHT), borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(moved, np.uint8)


class Attack:
    """A picture or film on something before a background.

    Args:
        random: everything that varies.
        kind: one of `KINDS`.
        content: what is shown; images of any size with the face in the middle.
        behind: the doorway.
    """

    def __init__(
        self, random: Random, kind: str, content: Person | Photograph, behind: Image
    ) -> None:
        self._content, self._behind, self._kind = content, behind, kind
        self._gain = float(random.uniform(0.8, 1.2))
        held = {"print": 7.0, "phone": 6.0, "tablet": 6.0, "full-frame": 6.0, "mounted": 0.0}[kind]
        held *= float(random.choice([0.25, 1.0, 2.0]))  # a steady hand to a restless one
        self._swing = Swing.of(random, held, held / 6, held / 300, 0.5)
        # Height of the screen as a share of the view's, width by height, rim as a share of width.
        self._high = float(
            {
                "print": random.uniform(0.7, 1.0),
                "phone": random.uniform(0.75, 1.1),
                "tablet": random.uniform(0.8, 1.1),
                "full-frame": 1.6,
                "mounted": random.uniform(0.8, 1.2),
            }[kind]
        )
        self._shape = {"print": 0.75, "phone": 0.5, "tablet": 0.75, "full-frame": 1.34}.get(
            kind, 0.8
        )
        self._rim = {"print": 0.04, "phone": 0.04, "tablet": 0.07, "full-frame": 0.02}.get(
            kind, 0.07
        )
        self._place = np.array([random.uniform(0.42, 0.58), random.uniform(0.45, 0.55)])

    def image(self, second: float) -> Image:
        shown = self._content.image(second)
        high = round(1.5 * HEIGHT)
        wide = round(high * self._shape)
        sheet = np.full((high, wide, 3), 245 if self._kind == "print" else 18, np.uint8)
        rim = round(self._rim * wide)
        inner = (wide - 2 * rim, high - 2 * rim)
        scale = max(inner[0] / shown.shape[1], inner[1] / shown.shape[0])
        large = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        x, y = (large.shape[1] - inner[0]) // 2, (large.shape[0] - inner[1]) // 2
        part = large[y : y + inner[1], x : x + inner[0]]
        part = np.clip(part.astype(np.float32) * self._gain, 0, 255).astype(np.uint8)
        sheet[rim : rim + inner[1], rim : rim + inner[0]] = part
        dx, dy, degrees, size = self._swing.at(second)
        factor = self._high * HEIGHT / high * (1 + size)
        matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, factor)
        middle = self._place * (WIDTH, HEIGHT) + (dx, dy)
        matrix[:, 2] += middle - (wide / 2, high / 2)
        image = self._behind.copy()
        cv2.warpAffine(
            sheet,
            matrix,
            (WIDTH, HEIGHT),
            dst=image,
            flags=cv2.INTER_AREA,
            borderMode=cv2.BORDER_TRANSPARENT,
        )
        return image


def frames(
    scene: Person | Attack, behind: Image, random: Random, *, empty: float, seconds: float
) -> Iterator[tuple[float, Image, bool]]:
    """Yield moment, picture and whether somebody is there, 12.5 a second.

    Args:
        scene: what is seen after that.
        behind: the empty doorway.
        random: for the sensor's noise.
        empty: seconds for which the doorway is seen empty before (2 pictures a second).
        seconds: for which the scene is seen.
    """
    strength = float(random.uniform(1.0, 3.0))
    for step in range(round(empty * 2)):
        yield step / 2, _noisy(behind, random, strength), False
    for step in range(round(seconds * 12.5)):
        at = step / 12.5
        yield empty + at, _noisy(scene.image(at), random, strength), True


def _noisy(image: Image, random: Random, strength: float) -> Image:
    noise = random.normal(0, strength, image.shape[:2])[:, :, None]
    return np.clip(image + noise, 0, 255).astype(np.uint8)
