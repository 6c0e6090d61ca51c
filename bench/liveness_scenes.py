"""Drawn people, and attacks with pictures of faces, before a fixed camera: frames from a seed.

Attacks: a picture or a film (somebody drawn who moves before a room of their own; of a photograph,
one that is moved and zoomed) on a sheet, a phone or a tablet, each held (drift, trembling, tilt,
sometimes fingers at its side, sometimes brought nearer), or standing still on something
("mounted"; "mounted wide" is a monitor), or a screen so close that it fills the view.

Where the face is seen is known from how the scene was made and is told with each frame, so that a
clip can be judged without a detector.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.camera.drawn_look import DrawnPerson, Light, Pose
from faceaccess.camera.drawn_people import STAFF, STRANGERS
from faceaccess.camera.drawn_render import geometry, lay_over
from faceaccess.camera.drawn_scene import doorway
from faceaccess.core.frames import Image
from faceaccess.vision.alignment import Points

WIDTH, HEIGHT = 640, 480
RATE = 12.5
"""Frames a second."""
PEOPLE = (*STAFF, *STRANGERS)
KINDS = ("print", "phone", "tablet", "full-frame", "mounted", "mounted wide")
MANNERS = ("walks up", "stands", "talks", "hardly moves", "somebody behind", "flickering light")
_LIGHT = Light(1.0, 0.0, 0.1)
_SPEECH = 6.0  # mouth movements a second

Random = np.random.Generator


class Scene(Protocol):
    """What is before the camera."""

    def image(self, second: float) -> Image:
        """Return the view, (480, 640, 3)."""

    def landmarks(self, second: float) -> Points:
        """Return where the five landmarks of the face in front are, pixels."""


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
    """Somebody drawn who stands before a background and moves a little.

    Args:
        random: everything that varies.
        near: distance between the eyes, share of the view's width.
        amount: how much they move; 1 as somebody who stands and waits.
        behind: the background.
        manner: one of `MANNERS`.
    """

    def __init__(
        self, random: Random, *, near: float, amount: float, behind: Image, manner: str = "stands"
    ) -> None:
        self.person: DrawnPerson = PEOPLE[int(random.integers(len(PEOPLE)))]
        self._behind, self._near, self._manner = behind, near, manner
        self._spot = float(random.uniform(0.4, 0.6))
        self._eye_line = float(random.uniform(0.36, 0.46))
        self._phases = random.uniform(0, 6, 5)
        self._rates = random.uniform(0.6, 1.4, 5)
        self._amount = amount
        self._arrival = float(random.uniform(0.7, 1.3))
        self._other = PEOPLE[int(random.integers(len(PEOPLE)))]
        self._way = float(random.choice([-1, 1]))
        p = self.person
        self._open = replace(p, lip_lower=p.lip_lower + 0.05, mouth_y=p.mouth_y + 0.03)

    def pose(self, second: float) -> Pose:
        share = 1.0
        if self._manner == "walks up":
            share = 0.6 + 0.4 * min(1.0, second / self._arrival)
        turn, tilt, size, aside, up = np.sin(
            self._rates * np.array([2.1, 1.7, 2.7, 1.9, 3.5]) * second + self._phases
        )
        a = self._amount
        nod = 2.0 * a * math.sin(2 * math.pi * 1.3 * second) if self._manner == "talks" else 0.0
        return Pose(
            turn=6.5 * a * turn,
            tilt=3 * a * tilt,
            eyes=self._near * share * (1 + 0.012 * a * size),
            x=self._spot + 0.008 * a * aside,
            y=self._eye_line + 0.004 * a * up,
            nod=nod,
            closed=1.0 if (second + self._phases[0]) % 2.6 < 0.1 else 0.0,
        )

    def image(self, second: float) -> Image:
        image = self._behind.copy()
        if self._manner == "somebody behind":
            x = 0.5 + self._way * (0.9 - 0.55 * second)
            pose = Pose(turn=-20 * self._way, eyes=0.55 * self._near, x=x, y=self._eye_line)
            lay_over(image, self._other, pose, _LIGHT)
        person = self.person
        if self._manner == "talks" and math.sin(_SPEECH * second + self._phases[1]) > 0:
            person = self._open
        lay_over(image, person, self.pose(second), _LIGHT)
        if self._manner == "flickering light":
            gain = 1 + 0.05 * math.sin(2 * math.pi * 3.7 * second + self._phases[2])
            image = cv2.convertScaleAbs(image, alpha=gain)
        return np.asarray(image, np.uint8)

    def landmarks(self, second: float) -> Points:
        return geometry(self.person, pose=self.pose(second)).landmarks


class Photograph:
    """A real picture; as a film it is moved and zoomed.

    Args:
        picture: square.
        landmarks: (5, 2) of its face, pixels of the picture made as high as the view.
        random: for the motion.
        film: whether it moves.
    """

    def __init__(self, picture: Image, landmarks: Points, random: Random, *, film: bool) -> None:
        self._picture = picture
        self._landmarks = landmarks
        self._swing = Swing.of(random, 8, 2, 0.03, 0.4) if film else None

    def _matrix(self, second: float) -> NDArray[np.float64]:
        if self._swing is None:
            return np.eye(2, 3)
        x, y, degrees, size = self._swing.at(second)
        matrix = cv2.getRotationMatrix2D((HEIGHT / 2, HEIGHT / 2), degrees, 1.05 + size)
        matrix[:, 2] += (x, y)
        return np.asarray(matrix, np.float64)

    def image(self, second: float) -> Image:
        moved = cv2.warpAffine(
            self._picture, self._matrix(second), (HEIGHT, HEIGHT), borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(moved, np.uint8)

    def landmarks(self, second: float) -> Points:
        return np.asarray(cv2.transform(self._landmarks[None], self._matrix(second))[0], np.float32)


@dataclass(frozen=True)
class _Make:
    """A sheet or screen.

    Width by height, rim as a share of the width, its grey, height as a share of the view's, how far
    what it shows is zoomed in, degrees of tilt and of roll, hands that are seen, seconds in which
    it is brought nearer.
    """

    shape: float
    rim: float
    grey: int
    high: float
    zoom: float
    tilt: tuple[float, float]
    roll: float
    hands: int
    approach: float

    @classmethod
    def of(cls, random: Random, kind: str, *, propped: bool) -> "_Make":
        held = kind in ("print", "phone", "tablet")
        by_hand = held and not propped
        shape = {
            "print": (0.65, 0.8),
            "phone": (0.46, 0.56),
            "tablet": (0.65, 0.8),
            "full-frame": (1.2, 1.5),
            "mounted": (0.6, 0.85),
            "mounted wide": (1.3, 1.78),
        }[kind]
        high = {
            "print": (0.7, 1.05),
            "phone": (0.6, 1.1),
            "tablet": (0.75, 1.1),
            "full-frame": (1.5, 1.7),
            "mounted": (0.75, 1.15),
            "mounted wide": (0.7, 0.95),
        }[kind]
        bezel = str(random.choice(["dark", "light", "none"], p=[0.5, 0.25, 0.25]))
        rim = 0.0 if bezel == "none" else float(random.uniform(0.02, 0.07))
        dark, light = random.integers(8, 40), random.integers(200, 250)
        return cls(
            float(random.uniform(*shape)),
            rim,
            int(light if kind == "print" or bezel == "light" else dark),
            float(random.uniform(*high)),
            float(random.uniform(1.0, 1.25)),
            tuple(random.uniform(-12, 12, 2)) if held else (0.0, 0.0),
            float(random.uniform(-8, 8)) if held else 0.0,
            int(random.choice([0, 1, 2], p=[0.4, 0.4, 0.2])) if by_hand else 0,
            float(random.uniform(0.6, 1.2)) if by_hand and random.random() < 0.25 else 0.0,
        )


class Attack:
    """A picture or film on something before a background.

    Args:
        random: everything that varies.
        kind: one of `KINDS`.
        content: what is shown, with the face in the middle.
        behind: the doorway.
    """

    def __init__(
        self, random: Random, kind: str, content: Person | Photograph, behind: Image
    ) -> None:
        self._content, self._behind = content, behind
        self._gain = float(random.uniform(0.75, 1.25))
        held = {"print": 7.0, "phone": 6.0, "tablet": 6.0, "full-frame": 6.0}.get(kind, 0.0)
        # Propped on something, a steady hand, up to a restless one.
        unrest = float(random.choice([0.1, 0.25, 1.0, 2.0]))
        held *= unrest
        self._swing = Swing.of(random, held, held / 6, held / 300, 0.5)
        self.make = _Make.of(random, kind, propped=unrest < 0.2)
        self._place = np.array([random.uniform(0.42, 0.58), random.uniform(0.45, 0.55)])
        self._skin = tuple(int(v) for v in np.array([120, 150, 200]) * random.uniform(0.5, 1.1))
        self._high = round(self.make.high * HEIGHT)
        self._wide = round(self._high * self.make.shape)

    def _into_sheet(self) -> NDArray[np.float64]:
        """Return the transform from the content to the sheet: it fills the middle and is cut."""
        size = (WIDTH, HEIGHT) if isinstance(self._content, Person) else (HEIGHT, HEIGHT)
        rim = self.make.rim * self._wide
        scale = max((self._wide - 2 * rim) / size[0], (self._high - 2 * rim) / size[1])
        scale *= self.make.zoom
        middle = self._content.landmarks(0.0).mean(axis=0)
        spare = np.array(size) * scale - (self._wide - 2 * rim, self._high - 2 * rim)
        # The face comes to the middle across, as far as the picture reaches; high it stays.
        aside = np.clip(middle[0] * scale - (self._wide / 2 - rim), 0, spare[0])
        down = np.clip(spare[1] / 2, 0, spare[1])
        return np.array([[scale, 0, rim - aside], [0, scale, rim - down], [0, 0, 1]], np.float64)

    def _into_view(self, second: float) -> NDArray[np.float64]:
        """Return the perspective transform from the sheet to the view."""
        dx, dy, degrees, size = self._swing.at(second)
        size += 1
        if self.make.approach:
            size *= 0.6 + 0.4 * min(1.0, second / self.make.approach)
        wide, high = self._wide, self._high
        turn, nod = np.radians(self.make.tilt)
        roll = math.radians(degrees + self.make.roll)
        corners = np.array([(-wide, -high), (wide, -high), (wide, high), (-wide, high)]) / 2
        x, y = corners.T
        depth = 1 + (x * math.sin(turn) + y * math.sin(nod)) / (2.5 * HEIGHT)
        flat = np.stack([x * math.cos(turn) / depth, y * math.cos(nod) / depth], axis=1) * size
        turned = flat @ np.array(
            [[math.cos(roll), math.sin(roll)], [-math.sin(roll), math.cos(roll)]]
        )
        there = turned + self._place * (WIDTH, HEIGHT) + (dx, dy)
        return np.asarray(
            cv2.getPerspectiveTransform(
                (corners + np.array([wide / 2, high / 2])).astype(np.float32),
                there.astype(np.float32),
            ),
            np.float64,
        )

    def image(self, second: float) -> Image:
        shown = self._content.image(second)
        rim = round(self.make.rim * self._wide)
        sheet = np.full((self._high, self._wide, 3), self.make.grey, np.uint8)
        inner = cv2.warpAffine(shown, self._into_sheet()[:2], (self._wide, self._high))
        inner = cv2.convertScaleAbs(inner, alpha=self._gain)
        stop = (self._high - rim, self._wide - rim)
        sheet[rim : stop[0], rim : stop[1]] = inner[rim : stop[0], rim : stop[1]]
        matrix = self._into_view(second)
        image = self._behind.copy()
        cv2.warpPerspective(
            sheet, matrix, (WIDTH, HEIGHT), dst=image, borderMode=cv2.BORDER_TRANSPARENT
        )
        for hand in range(self.make.hands):
            self._hand(image, matrix, left=hand == 1)
        return cv2.GaussianBlur(image, (0, 0), 0.5)

    def _hand(self, image: Image, matrix: NDArray[np.float64], *, left: bool) -> None:
        """Draw an arm from below and fingers at one side, which move as the sheet does."""
        w, h = float(self._wide), float(self._high)
        arm = [(0.75 * w, h * 1.6), (w * 1.05, 0.72 * h), (w * 1.25, 0.75 * h), (1.5 * w, h * 1.6)]
        shapes = [np.array(arm)]
        shapes += [
            np.array([(0.96 * w, row * h), (1.2 * w, (row - 0.02) * h),
                      (1.2 * w, (row + 0.06) * h), (0.96 * w, (row + 0.05) * h)])
            for row in (0.68, 0.76, 0.84)
        ]  # fmt: skip
        for number, right in enumerate(shapes):
            shape = np.array([w, 0]) + right * (-1, 1) if left else right
            seen = cv2.perspectiveTransform(shape[None], matrix)[0]
            colour = tuple(int(v * (0.9 + 0.07 * (number % 2))) for v in self._skin)
            points = np.round(seen * 16).astype(np.int32)
            cv2.fillConvexPoly(image, points, colour, cv2.LINE_AA, 4)

    def landmarks(self, second: float) -> Points:
        matrix = self._into_view(second) @ self._into_sheet()
        points = self._content.landmarks(second).astype(np.float64)
        return np.asarray(cv2.perspectiveTransform(points[None], matrix)[0], np.float32)


class Sensor:
    """Noise of single pixels, and in some clips the blocks of a compressed stream."""

    def __init__(self, random: Random) -> None:
        self._random = random
        strength = float(random.uniform(1.0, 4.0))
        field = np.round(random.normal(0, strength, (HEIGHT + 64, WIDTH + 64, 1)))
        field = np.repeat(field, 3, axis=2)
        self._more = np.maximum(field, 0).astype(np.uint8)
        self._less = np.maximum(-field, 0).astype(np.uint8)
        self._quality = int(random.integers(70, 96)) if random.random() < 0.5 else 0

    def see(self, image: Image) -> Image:
        x, y = (int(v) for v in self._random.integers(0, 64, 2))
        more, less = self._more, self._less
        if self._random.random() < 0.5:
            more, less = less, more
        here = (slice(y, y + HEIGHT), slice(x, x + WIDTH))
        seen = cv2.subtract(cv2.add(image, more[here]), less[here])
        if self._quality:
            coded = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, self._quality])[1]
            seen = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        return np.asarray(seen, np.uint8)


def frames(
    scene: Scene, behind: Image, random: Random, *, empty: float, seconds: float
) -> Iterator[tuple[float, Image, Points | None]]:
    """Yield moment, picture and the landmarks of the face in front (None where nobody is there).

    Args:
        scene: what is seen after that.
        behind: the empty doorway.
        random: for the sensor's noise.
        empty: seconds for which the doorway is seen empty before (1 picture a second).
        seconds: for which the scene is seen.
    """
    sensor = Sensor(random)
    for step in range(round(empty)):
        yield float(step), sensor.see(behind), None
    for step in range(round(seconds * RATE)):
        at = step / RATE
        yield empty + at, sensor.see(scene.image(at)), scene.landmarks(at)
