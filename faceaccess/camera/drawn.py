"""Drawn people as a camera: staff and strangers come to a doorway one after another.

The address is `demo:`, with options after a question mark, in any order:

    demo:?seed=3&fps=25&who=all

    seed   whole number from 0; who comes when and how (default 1)
    fps    frames a second, 1 to 60 (default 25)
    who    all, staff or strangers (default all); sitter: one more person, who stays
           before the camera and looks around to be enrolled

The same address always gives the same pictures, unless a door asks somebody to turn their head:
then they stay, obey as fast as people do, and go on when nothing more is asked.
"""

import urllib.parse
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from faceaccess.camera.drawn_look import Pose
from faceaccess.camera.drawn_obedience import ORDERS, ObedientHead
from faceaccess.camera.drawn_people import SITTER, STAFF, STRANGERS
from faceaccess.camera.drawn_render import (
    PREPARE_STEPS,
    add_noise,
    geometry,
    lay_over,
    lit,
    prepare,
)
from faceaccess.camera.drawn_scene import Visit, daylight, doorway, sitting, visits
from faceaccess.camera.pace import Pace
from faceaccess.core.clock import Clock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.frames import FaceTruth, Frame, Image
from faceaccess.core.reasons import Reason

WIDTH, HEIGHT = 640, 480
_STRAIGHT = 0.5  # degrees up to which a head looks straight again

_GRAMMAR = "Write it as demo: or demo:?seed=3&fps=25&who=all (all, staff, strangers or sitter)."


@dataclass(frozen=True)
class DemoOptions:
    """What a `demo:` address says; see the module's text."""

    seed: int = 1
    fps: int = 25
    who: str = "all"

    @classmethod
    def parse(cls, address: str) -> "DemoOptions":
        """Read an address.

        Raises:
            KnownError: if there is an unknown option or a value outside its bounds.
        """
        rest = address.strip()[len("demo:") :].lstrip("/").removeprefix("?")
        try:
            pairs = urllib.parse.parse_qsl(rest, keep_blank_values=True, strict_parsing=bool(rest))
        except ValueError as error:
            raise KnownError(f"The options of {address!r} cannot be read.", _GRAMMAR) from error
        given = dict(pairs)
        unknown = set(given) - {"seed", "fps", "who"}
        if unknown:
            raise KnownError(f"{address!r} has an unknown option {min(unknown)!r}.", _GRAMMAR)
        who = given.get("who", "all")
        if who not in ("all", "staff", "strangers", "sitter"):
            raise KnownError(f"who={who} in {address!r} is none of its values.", _GRAMMAR)
        seed = _whole(address, "seed", given.get("seed", "1"), 0, 2**32 - 1)
        return cls(seed, _whole(address, "fps", given.get("fps", "25"), 1, 60), who)


def _whole(address: str, name: str, text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and low <= int(text) <= high):
        raise KnownError(
            f"{name}={text} in {address!r} is not a whole number from {low} to {high}.", _GRAMMAR
        )
    return int(text)


class DrawnPeopleSource:
    """The doorway as a camera, 640 x 480. `Frame.truth` tells who is really in view.

    Strangers have the name None in the truth, whatever they are called in `STRANGERS`.

    Args:
        address: see the module's text.
        clock: keeps the speed and gives the frames' times.
        name: the camera's name as people call it.
        as_fast_as_it_goes: never wait; the frames' moments are seconds of the recording.

    Raises:
        KnownError: if the address has a wrong option.
    """

    def __init__(
        self,
        address: str,
        clock: Clock,
        *,
        name: str = "Demo",
        as_fast_as_it_goes: bool = False,
    ) -> None:
        self._address = address
        self._options = DemoOptions.parse(address)
        self._name = name
        self._pace = Pace(clock, as_fast_as_it_goes=as_fast_as_it_goes)
        self._stage: _Stage | None = None
        self._number = 0
        self._heard = Reason.NOBODY

    @property
    def address(self) -> str:
        """The address as given."""
        return self._address

    @property
    def live(self) -> bool:
        """Drawn people never stop coming."""
        return True

    def open(self) -> None:
        """Begin from the first frame."""
        self._stage = _Stage(self._options)
        self._number = 0
        self._pace.restart()

    def read(self) -> Frame | None:
        """Return the next frame when its moment has come; None only after `interrupt`."""
        if self._stage is None:
            raise BugError(f"read from {self._address} before it was opened")
        position = self._number / self._options.fps
        image, truth = self._stage.seen(position, self._heard)
        if not self._pace.wait_for(position):
            return None
        moment, time = self._pace.stamp(position)
        frame = Frame(image, self._name, self._number, moment, time, truth)
        self._number += 1
        return frame

    def close(self) -> None:
        """Forget the scene."""
        self._stage = None

    def hear(self, reason: Reason) -> None:
        """Take what the door says to whoever stands there. Safe from any thread."""
        self._heard = reason

    def interrupt(self) -> None:
        """Wake a read that waits for its moment."""
        self._pace.break_off()


class _Stage:
    """Draws the scene second after second; seconds only grow."""

    def __init__(self, options: DemoOptions) -> None:
        staff = STAFF if options.who != "strangers" else ()
        strangers = STRANGERS if options.who != "staff" else ()
        self._seed = options.seed
        if options.who == "sitter":
            self._coming = sitting(SITTER)
        else:
            self._coming = visits(staff, strangers, options.seed)
        self._visit = next(self._coming)
        self._prepared = 0
        self._empty = doorway(WIDTH, HEIGHT)
        self._noise = _noise(np.random.default_rng(options.seed))
        self._shifts = np.random.default_rng([options.seed, 1])
        self._head = ObedientHead(np.random.default_rng([options.seed, 2]))
        self._last = self._held = 0.0
        for step in range(PREPARE_STEPS):
            self._prepare(step)

    def seen(self, now: float, heard: Reason) -> tuple[Image, tuple[FaceTruth, ...]]:
        """Return the picture at a second of the recording, and who is in it.

        Args:
            now: the second.
            heard: what the door says.
        """
        asked = heard in ORDERS and self._visit.is_standing(now - self._held)
        self._head.hear(heard if asked else Reason.NOBODY, now)
        aside, up = self._head.at(now)
        obeying = asked or max(abs(aside), abs(up)) > _STRAIGHT
        if obeying:  # everything else waits
            self._held += now - self._last
        self._last = now
        second = now - self._held
        while second >= self._visit.end:
            self._visit = next(self._coming)
            self._prepared = 0
        visit = self._visit
        image = self._empty.copy()
        pose = visit.pose(second)
        light = daylight(second, visit.side, self._seed)
        if pose is not None and obeying:
            pose = replace(pose, turn=pose.turn + aside, nod=up, closed=0.0)
        if pose is not None:
            lay_over(image, visit.person, pose, light)
        elif self._prepared < PREPARE_STEPS:  # while nobody is there, a late frame is not seen
            self._prepare(self._prepared)
        return self._grained(lit(image, light)), _truth(visit, pose)

    def _prepare(self, step: int) -> None:
        prepare(self._visit.person, step, self._visit.side)
        self._prepared = step + 1

    def _grained(self, image: Image) -> Image:
        """Return the picture with the sensor's noise, shifted anew in each frame."""
        y, x = (int(v) for v in self._shifts.integers(0, 64, 2))
        return add_noise(image, self._noise[y : y + HEIGHT, x : x + WIDTH])


def _noise(random: np.random.Generator) -> NDArray[np.int8]:
    grey = random.normal(0, 1.8, (HEIGHT + 64, WIDTH + 64, 1))
    colour = random.normal(0, 0.9, (HEIGHT + 64, WIDTH + 64, 3))
    noise: NDArray[np.int8] = np.round(grey + colour).astype(np.int8)
    return noise


def _truth(visit: Visit, pose: Pose | None) -> tuple[FaceTruth, ...]:
    """Return the face in view, if its middle lies inside the picture."""
    if pose is None:
        return ()
    box = geometry(visit.person, width=WIDTH, height=HEIGHT, pose=pose).box
    x, y, width, height = box
    if not (0 <= x + width / 2 < WIDTH and 0 <= y + height / 2 < HEIGHT):
        return ()
    return (FaceTruth(visit.person.name if visit.known else None, box),)
