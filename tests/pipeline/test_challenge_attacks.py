"""Attackers who do what is asked with what they have; `bench/challenge.py` tries hundreds."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from random import Random

import numpy as np
import pytest

from faceaccess.camera.drawn_obedience import ObedientHead
from faceaccess.camera.drawn_people import STAFF, Pose, geometry, render
from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.head_challenges import HeadChallenges

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vision" / "liveness"))
from sheets import SheetPose, Shown, laid, laid_place

KNOWN = Decision(Outcome.GRANTED, Reason.RECOGNISED, "id", "Li Wei")
WALL = np.full((480, 640, 3), 160, np.uint8)
FPS = 12.5
Held = Callable[[float, ObedientHead], tuple[Shown, SheetPose]]


@lru_cache(maxsize=64)
def picture(aside: float = 0.0, up: float = 0.0) -> Shown:
    pose = Pose(turn=aside, nod=up, eyes=0.16, y=0.5)
    return Shown(render(STAFF[3], pose=pose), geometry(STAFF[3], pose=replace(pose)).landmarks)


def ended(held: Held, seed: int) -> str:
    """Return why the first challenge of what is held before the camera failed, or "passed"."""
    challenges, head = HeadChallenges(Random(seed)), ObedientHead(np.random.default_rng(seed))
    for number in range(80):
        moment = number / FPS
        shown, pose = held(moment, head)
        places = [laid_place(shown, place, pose) for place in shown.landmarks]
        face = Face((0, 0, 1, 1), np.array(places, np.float32), 1.0)
        image = laid(WALL, shown, pose)
        frame = Frame(image, "door", number, moment, datetime(2026, 1, 1, tzinfo=UTC))
        under = challenges.under_way("visit")
        challenges.see(frame, [("visit", face)], ["visit"])
        if under is not None and under.why:
            return under.why
        said = challenges.admit(KNOWN, "visit", frame)
        if said.outcome is Outcome.GRANTED:
            return "passed"
        head.hear(said.reason, moment)
    return "no end"


@pytest.mark.parametrize(
    ("reach", "held"),
    [
        (1.0, SheetPose()),
        (1.6, SheetPose(eyes=65)),
        (1.0, SheetPose(bend=0.6)),
        (1.2, SheetPose(bend=0.9, roll=5)),
        (1.0, SheetPose(fold=20)),
    ],
)
def test_a_picture_that_is_turned_as_asked_is_not_let_in(reach: float, held: SheetPose) -> None:
    def turned(moment: float, head: ObedientHead) -> tuple[Shown, SheetPose]:
        aside, up = head.at(moment)
        return picture(), replace(held, turn=reach * aside, nod=reach * up)

    assert ended(turned, seed=round(10 * reach)) == "did not turn as asked"


def test_a_picture_that_is_bent_as_asked_is_not_let_in() -> None:
    def bent(moment: float, head: ObedientHead) -> tuple[Shown, SheetPose]:
        aside, up = head.at(moment)
        return picture(), SheetPose(turn=aside, nod=up, bend=(abs(aside) + abs(up)) / 30)

    assert ended(bent, seed=4) == "did not turn as asked"


def test_a_film_of_a_head_that_keeps_turning_is_not_let_in() -> None:
    def film(moment: float, _: ObedientHead) -> tuple[Shown, SheetPose]:
        # Straight at first, so that it is asked at all.
        aside = 0.0 if moment < 0.4 else 26 * np.sin(2.6 * (moment - 0.4))
        return picture(round(2 * float(aside)) / 2), SheetPose()

    whys = {ended(film, seed) for seed in range(3)}
    assert "passed" not in whys
    assert "no end" not in whys


def test_a_film_of_somebody_who_obeys_another_door_is_not_let_in() -> None:
    other = ObedientHead(np.random.default_rng(8))

    def film(moment: float, _: ObedientHead) -> tuple[Shown, SheetPose]:
        orders = {0: Reason.TURN_LEFT, 1: Reason.LOOK_STRAIGHT, 2: Reason.TURN_RIGHT}
        other.hear(orders.get(int(moment / 1.2), Reason.LOOK_STRAIGHT), moment)
        aside, up = other.at(moment)
        return picture(round(2 * aside) / 2, round(2 * up) / 2), SheetPose()

    assert ended(film, seed=1) != "passed"
