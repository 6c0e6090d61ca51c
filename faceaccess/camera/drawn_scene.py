"""The doorway of the demo: its empty picture, and who comes by when and how.

A recording without an end, fixed by its seed: visits follow one another, each with a way in, a
stand before the camera and a way out, and a moment without anybody after it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from faceaccess.camera.drawn_look import DrawnPerson, Light, Pose
from faceaccess.core.frames import Image

Way = Literal["door", "left", "right"]

_FAR = 0.048  # distance between the eyes as a share of the picture's width, in the doorway
_EYE_LINE = 0.4  # height of the eyes near the camera, share of the picture's height
_BLINK = 0.2  # seconds
_SHUT = 0.7  # how far the eyes shut in a blink: shut completely, a drawn face is hard to know


@dataclass(frozen=True)
class Visit:
    """One person coming by.

    Attributes:
        person: who.
        known: whether that is staff.
        start: second of the recording at which the person comes into view.
        approach, stand, leave: seconds of walking in, of standing, of walking out.
        way_in, way_out: through the door at the back, or past the left or right edge.
        near: distance between the eyes while standing, as a share of the picture's width.
        spot: where the person stands, share of the picture's width.
        side: from where the light falls, see `Light`.
        phase: of the small movements, radians.
        looking: degrees to each side that the head turns while standing.
    """

    person: DrawnPerson
    known: bool
    start: float
    approach: float
    stand: float
    leave: float
    way_in: Way
    way_out: Way
    near: float
    spot: float
    side: float
    phase: float
    looking: float = 6.5

    @property
    def end(self) -> float:
        """Second at which the person is out of view."""
        return self.start + self.approach + self.stand + self.leave

    def is_standing(self, second: float) -> bool:
        """Whether the person stands before the camera at a second of the recording."""
        return 0 <= second - self.start - self.approach < self.stand

    def pose(self, second: float) -> Pose | None:
        """Return how the person is seen at a second of the recording; None when out of view."""
        at = second - self.start
        leaving = at - self.approach - self.stand
        if at < 0 or leaving >= self.leave:
            return None
        if leaving >= 0:
            share, way, out = 1 - _eased(leaving / self.leave), self.way_out, True
        else:
            share, way, out = _eased(min(1.0, at / self.approach)), self.way_in, False
        return self._seen(at, share, way, out=out)

    def _seen(self, at: float, share: float, way: Way, *, out: bool) -> Pose:
        """Return the pose `share` (0 outside to 1 before the camera) of the way."""
        sway = at * 2.1 + self.phase
        walking = 1 - share
        step = 0.008 * min(1.0, 3 * walking) * abs(math.sin(at * 8.5))
        if way == "door":
            eyes = _FAR + (self.near - _FAR) * share
            x = 0.5 + (self.spot - 0.5) * share
            y = 0.385 + (_EYE_LINE - 0.385) * share
            turn = (0.5 - self.spot) * 30 * walking
        else:
            side = -1 if way == "left" else 1
            eyes = self.near * (0.82 + 0.18 * share)
            x = 0.5 + side * 0.72 + (self.spot - 0.5 - side * 0.72) * share
            y = _EYE_LINE - 0.01 * walking
            # Who comes in looks ahead into the picture, who leaves out of it.
            turn = side * (16 if out else -16) * min(1.0, 1.6 * walking)
        return Pose(
            turn=turn + self.looking * math.sin(sway) * share,
            tilt=3.0 * math.sin(0.8 * sway + 1),
            eyes=eyes * (1 + 0.012 * math.sin(1.3 * sway)),
            x=x + 0.008 * math.sin(0.9 * sway),
            y=y - step + 0.004 * math.sin(1.7 * sway),
            closed=self._closed(at),
        )

    def _closed(self, at: float) -> float:
        """Return how far the eyes are shut: a blink every two to three seconds."""
        since = (at + 0.4 * self.phase) % (2.0 + 0.15 * self.phase)
        return _SHUT * (1 - abs(2 * since / _BLINK - 1)) if since < _BLINK else 0.0


def visits(
    staff: Sequence[DrawnPerson], strangers: Sequence[DrawnPerson], seed: int
) -> Iterator[Visit]:
    """Yield visits without end, two of staff for each stranger, in an order fixed by the seed.

    With both kinds given, four of staff and two strangers have stood before the camera in the
    first 25 seconds.
    """
    random = np.random.default_rng(seed)
    second = 0.0
    for person, known in _order(staff, strangers, random):
        ways: list[Way] = ["door", "door", "left", "right"]
        visit = Visit(
            person=person,
            known=known,
            start=second + float(random.uniform(0.45, 0.75)),
            approach=float(random.uniform(0.75, 0.95)),
            stand=float(random.uniform(1.5, 1.9)),
            leave=float(random.uniform(0.5, 0.65)),
            way_in=ways[int(random.integers(4))],
            way_out=ways[int(random.integers(1, 4))],
            near=float(random.uniform(0.098, 0.116)),
            spot=float(random.uniform(0.42, 0.58)),
            side=round(float(random.uniform(-0.5, 0.5)), 1),
            phase=float(random.uniform(0, 2 * math.pi)),
        )
        yield visit
        second = visit.end


def sitting(person: DrawnPerson) -> Iterator[Visit]:
    """Yield one visit that goes on: somebody who looks around before the camera to be enrolled."""
    yield Visit(
        person=person,
        known=False,
        start=0.3,
        approach=0.9,
        stand=1e9,
        leave=0.6,
        way_in="door",
        way_out="left",
        near=0.116,
        spot=0.5,
        side=0.2,
        phase=0.0,
        looking=18.0,
    )


def daylight(second: float, side: float, seed: int) -> Light:
    """Return the light at a second of the recording: clouds and sun come and go within a minute."""
    cloud, sun = (2 * math.pi * (second / period + seed * 0.37) for period in (37, 53))
    return Light(0.97 + 0.08 * math.sin(cloud), side, 0.1 + 0.5 * math.sin(sun))


def doorway(width: int, height: int) -> Image:
    """Return the empty scene: a wall, a glass door with daylight behind it, a floor, a plant."""
    scale = 2  # drawn larger and made smaller, for smooth edges
    w, h = width * scale, height * scale
    down = np.linspace(0, 1, h)[:, None]
    across = np.linspace(-1, 1, w)[None, :]
    wall = np.array([196.0, 204.0, 208.0])
    picture = (wall * (1.03 - 0.14 * down - 0.08 * across**2)[..., None]).astype(np.uint8)

    def box(x0: float, y0: float, x1: float, y1: float, colour: tuple[int, int, int]) -> None:
        corners = (round(x0 * w), round(y0 * h)), (round(x1 * w), round(y1 * h))
        cv2.rectangle(picture, *corners, colour, -1)

    box(0, 0.86, 1, 1, (120, 132, 142))
    box(0, 0.845, 1, 0.862, (228, 230, 232))
    box(0.315, 0.07, 0.685, 0.9, (92, 84, 78))
    box(0.332, 0.095, 0.668, 0.9, (205, 196, 176))
    _view_outside(picture, w, h)
    box(0.496, 0.095, 0.504, 0.9, (92, 84, 78))
    box(0.332, 0.52, 0.668, 0.53, (92, 84, 78))
    box(0.478, 0.47, 0.484, 0.6, (215, 215, 215))
    box(0.516, 0.47, 0.522, 0.6, (215, 215, 215))
    box(0.775, 0.3, 0.935, 0.44, (96, 74, 52))
    box(0.781, 0.308, 0.929, 0.432, (222, 214, 196))
    box(0.8, 0.35, 0.86, 0.362, (110, 96, 84))
    box(0.8, 0.378, 0.91, 0.388, (160, 150, 140))
    _plant(picture, w, h)
    picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    # The background lies a little out of focus.
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.3 * width / 640), np.uint8)


def _view_outside(picture: Image, w: int, h: int) -> None:
    part = picture[round(0.095 * h) : round(0.9 * h), round(0.332 * w) : round(0.668 * w)]
    down = np.linspace(0, 1, part.shape[0])[:, None, None]
    sky, street = np.array([238, 226, 206]), np.array([176, 186, 180])
    part[:] = (sky + (street - sky) * np.clip(down * 1.4 - 0.3, 0, 1)).astype(np.uint8)
    for x, y, r in ((0.2, 0.62, 0.2), (0.42, 0.66, 0.16), (0.8, 0.6, 0.22), (0.62, 0.68, 0.14)):
        centre = (round(x * part.shape[1]), round(y * part.shape[0]))
        cv2.circle(part, centre, round(r * part.shape[1]), (150, 184, 158), -1, cv2.LINE_AA)
    part[round(0.78 * part.shape[0]) :] = (182, 190, 190)


def _plant(picture: Image, w: int, h: int) -> None:
    x, y = 0.12 * w, 0.78 * h
    for angle in (-68, -42, -18, 6, 30, 55, 76):
        tip = np.array([math.sin(math.radians(angle)), -math.cos(math.radians(angle))])
        middle = (round(x + 0.1 * w * tip[0]), round(y + 0.12 * w * tip[1]))
        green = (88 + abs(angle) // 3, 128 + angle // 4, 84)
        cv2.ellipse(
            picture, middle, (round(0.11 * w), round(0.022 * w)), angle - 90, 0, 360, green, -1,
            cv2.LINE_AA,
        )  # fmt: skip
    pot = np.array([(0.075, 0.78), (0.165, 0.78), (0.152, 0.93), (0.088, 0.93)]) * (w, h)
    cv2.fillConvexPoly(picture, pot.astype(np.int32), (96, 120, 186), cv2.LINE_AA)


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)


def _order(
    staff: Sequence[DrawnPerson], strangers: Sequence[DrawnPerson], random: np.random.Generator
) -> Iterator[tuple[DrawnPerson, bool]]:
    """Yield people in rounds of six, four of staff and two strangers where there are both."""
    turns = {True: _rounds(staff, random), False: _rounds(strangers, random)}
    kinds = [bool(staff)] * 4 + [not strangers] * 2
    while True:
        for known in random.permutation(np.array(kinds)):
            yield next(turns[bool(known)]), bool(known)


def _rounds(people: Sequence[DrawnPerson], random: np.random.Generator) -> Iterator[DrawnPerson]:
    """Yield everybody in a new order each round, nobody twice in a row."""
    last: DrawnPerson | None = None
    while True:
        order = [people[int(i)] for i in random.permutation(len(people))]
        if len(order) > 1 and order[0] is last:
            order.append(order.pop(0))
        yield from order
        last = order[-1]
