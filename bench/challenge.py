"""Attacks that obey as well as they can, and drawn people who obey: who passes the challenge.

    python bench/challenge.py --clips 5 --seed 0 [--steps 2] [--out FILE.json]

A clip is one challenge.

Nothing but the challenge is asked here: every face counts as recognised and compared, and passive
liveness as unsure, so what is let in is let in by the challenge alone. An attacker who holds a
picture turns, tilts or bends it as is asked, as fast as people are. Films show a head that turns
at random, with pauses; they are drawn, or photographs of lfw-dev that are moved by the depth of a
drawn head. Seeds from 100 were used while the limits were chosen, those below 10 are for the
report.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import cv2
import numpy as np
from lfw_embeddings import DATA
from liveness import interval
from liveness_scenes import PEOPLE, background

from faceaccess.camera.drawn_look import DrawnPerson, Light, Pose
from faceaccess.camera.drawn_obedience import ASIDE, TRAVEL, UP, ObedientHead
from faceaccess.camera.drawn_people import geometry
from faceaccess.camera.drawn_render import lay_over, render
from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.frames import Frame, Image
from faceaccess.core.home import DataHome
from faceaccess.core.reasons import Reason
from faceaccess.core.settings import Settings
from faceaccess.door.challenge import Outcome as Judged
from faceaccess.pipeline.head_challenges import HeadChallenges
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.build import build_analyser

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "vision" / "liveness"))
from sheets import HEIGHT, WIDTH, SheetPose, Shown, laid, turned_photograph

START = datetime(2026, 1, 1, tzinfo=UTC)
FPS = 12.5
SECONDS = 9.0
"""Of a clip at most; it ends with its first challenge."""
KNOWN = Decision(Outcome.GRANTED, Reason.RECOGNISED, "id", "Somebody")
HOW = ("turned", "turned far", "bent", "folded", "bent as asked")
SCREENS = ("phone film", "tablet film", "full-frame film", "mounted film", "restless film")
Seen = Callable[[float, ObedientHead], Image]


class RandomFilm:
    """A head that turns at random, with people's speed, and looks straight in between."""

    def __init__(self, random: np.random.Generator, *, restless: bool) -> None:
        self._random = random
        self._head = ObedientHead(random)
        pause = (0.0, 0.2) if restless else (0.1, 1.2)
        stay = (0.0, 0.2) if restless else (0.0, 0.8)
        self._moves: list[tuple[float, float, tuple[float, float], tuple[float, float]]] = []
        at = float(random.uniform(0.0, 1.5))
        while at < SECONDS + 2:
            aside, up = float(random.uniform(*ASIDE)), float(random.uniform(*UP))
            goal = [(aside, 0.0), (-aside, 0.0), (0.0, up), (0.0, -up)][int(random.integers(4))]
            for start, end, rest in (((0.0, 0.0), goal, stay), (goal, (0.0, 0.0), pause)):
                lasts = float(random.uniform(*TRAVEL))
                self._moves.append((at, lasts, start, end))
                at += lasts + float(random.uniform(*rest))

    def at(self, moment: float) -> tuple[float, float]:
        """Return the turn aside and up, degrees."""
        for began, lasts, start, end in reversed(self._moves):
            if moment >= began:
                t = min(1.0, (moment - began) / lasts)
                share = t**3 * (10 - 15 * t + 6 * t * t)
                return (
                    start[0] + (end[0] - start[0]) * share,
                    start[1] + (end[1] - start[1]) * share,
                )
        return (0.0, 0.0)


def sheet(shown: Shown, how: str, behind: Image, random: np.random.Generator) -> Seen:
    """Return a picture on a sheet that is turned as is asked."""
    base = SheetPose(
        x=float(random.uniform(0.42, 0.58)),
        y=float(random.uniform(0.42, 0.5)),
        eyes=float(random.uniform(45, 75)),
        distance=float(random.uniform(5, 12)),
        roll=float(random.uniform(-5, 5)),
    )
    if how == "bent":
        base = replace(base, bend=float(random.uniform(0.2, 1.0)))
    elif how == "folded":
        base = replace(base, fold=float(random.uniform(10, 40)))
    reach = {"turned far": 2.0}.get(how, 1.0) * float(random.uniform(0.8, 1.3))
    tremble = random.uniform(0, 6, 4)
    strength = float(random.choice([0.3, 1.0, 2.0]))

    def seen(second: float, head: ObedientHead) -> Image:
        aside, up = head.at(second)
        shake = strength * np.sin(second * np.array([5.0, 7.0, 9.0, 6.0]) + tremble)
        pose = replace(
            base,
            turn=reach * aside + shake[0],
            nod=reach * up + shake[1],
            x=base.x + 0.003 * shake[2] + 0.002 * aside / 10,
            y=base.y + 0.003 * shake[3],
        )
        if how == "bent as asked":
            pose = replace(pose, bend=abs(aside + up) / 25)
        return laid(behind, shown, pose)

    return seen


def film(
    content: Callable[[float, float], Shown], how: str, behind: Image, random: np.random.Generator
) -> Seen:
    """Return a screen that shows somebody who turns their head at random."""
    moves = RandomFilm(random, restless=how == "restless film")
    held = {"mounted film": 0.0, "full-frame film": 0.5}.get(how, 1.0)
    base = SheetPose(
        x=float(random.uniform(0.45, 0.55)),
        y=float(random.uniform(0.42, 0.5)),
        eyes=float(random.uniform(50, 70)),
        distance=float(random.uniform(5, 12)),
    )
    phase = random.uniform(0, 6, 4)

    def seen(second: float, head: ObedientHead) -> Image:  # noqa: ARG001  # a film hears nothing
        shake = held * np.sin(second * np.array([2.0, 2.6, 3.1, 2.3]) + phase)
        pose = replace(
            base,
            turn=float(shake[0]),
            nod=float(shake[1]),
            x=base.x + 0.004 * float(shake[2]),
            y=base.y + 0.004 * float(shake[3]),
        )
        return laid(behind, content(*moves.at(second)), pose)

    return seen


def person(who: DrawnPerson, behind: Image, random: np.random.Generator) -> Seen:
    """Return somebody drawn who obeys."""
    near, spot = float(random.uniform(0.09, 0.13)), float(random.uniform(0.42, 0.58))
    phase = float(random.uniform(0, 6))

    def seen(second: float, head: ObedientHead) -> Image:
        aside, up = head.at(second)
        sway = second * 1.5 + phase
        pose = Pose(
            turn=aside + 1.5 * np.sin(sway),
            nod=up,
            tilt=2 * np.sin(0.8 * sway),
            eyes=near * (1 + 0.01 * np.sin(1.3 * sway)),
            x=spot + 0.004 * np.sin(0.9 * sway),
            y=0.42 + 0.003 * np.sin(1.7 * sway),
        )
        image = behind.copy()
        lay_over(image, who, pose, Light(1.0, 0.0, 0.1))
        return image

    return seen


def tried(seen: Seen, analyser: FaceAnalyser, random: np.random.Generator, steps: int) -> str:
    """Return how a clip's first challenge ends.

    That is "passed" with the seconds since the first order, or why it failed; "none" where there
    was none, because no face was found or it never looked straight.
    """
    challenges = HeadChallenges(Random(int(random.integers(2**31))))
    challenges.steps = steps
    head = ObedientHead(random)
    grain = random.normal(0, random.uniform(1.0, 3.0), (HEIGHT + 64, WIDTH + 64, 1))
    first = 0.0
    for number in range(round(SECONDS * FPS)):
        moment = number / FPS
        image = seen(moment, head)
        y, x = random.integers(0, 64, 2)
        image = image + grain[y : y + HEIGHT, x : x + WIDTH]
        frame = Frame(np.clip(image, 0, 255).astype(np.uint8), "bench", number, moment, START)
        named = [("front", face) for face in analyser.detect(frame.image)[:1]]
        under = challenges.under_way("front")
        challenges.see(frame, named, [name for name, _ in named])
        if under is not None and under.outcome is Judged.FAILED:
            return under.why
        if not named:
            continue
        decision = challenges.admit(KNOWN, "front", frame)
        if decision.outcome is Outcome.GRANTED:
            return f"passed {moment - first:.2f}"
        if under is None and challenges.under_way("front") is not None:
            first = moment
        head.hear(decision.reason, moment)
    return "none"


def shown_of(who: DrawnPerson, turn: float = 0.0, nod: float = 0.0) -> Shown:
    """Return a drawn face as a sheet or screen shows it."""
    pose = Pose(turn=turn, nod=nod, eyes=0.2)
    return Shown(render(who, pose=pose), geometry(who, pose=Pose(eyes=0.2)).landmarks)


def contents(pictures: Sequence[Path], analyser: FaceAnalyser, random: np.random.Generator):
    """Yield the names of contents, and what shows each turned by degrees aside and up."""
    who = PEOPLE[int(random.integers(len(PEOPLE)))]
    yield "drawn", lambda aside, up: shown_of(who, aside, up)
    while True:
        picture = cv2.imread(str(pictures[int(random.integers(len(pictures)))]))
        picture = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        faces = analyser.detect(picture)
        if faces:
            break
    photograph = Shown(picture, faces[0].landmarks)
    yield "photograph", lambda aside, up: turned_photograph(photograph, aside, up)


def scenes(
    how: str, pictures: Sequence[Path], analyser: FaceAnalyser, random: np.random.Generator
) -> Iterator[tuple[str, Seen]]:
    """Yield the clips of a kind: what is shown, and how it is seen."""
    behind = background(random)
    if how == "bona fide":
        who = PEOPLE[int(random.integers(len(PEOPLE)))]
        yield "drawn", person(who, behind, random)
        return
    for name, content in contents(pictures, analyser, random):
        if how in HOW:
            yield name, sheet(content(0.0, 0.0), how, behind, random)
        else:
            yield name, film(content, how, behind, random)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=5, help="clips a cell")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--only", default="", help="kinds that contain this text")
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, DATA / "unpack.py", "lfw-dev"], check=True, capture_output=True, text=True
    )
    pictures = sorted(Path(done.stdout.strip().splitlines()[-1]).rglob("*_0001.jpg"))
    analyser = build_analyser(Settings(), DataHome(Path(tempfile.mkdtemp())))
    cells: dict[str, list[str]] = defaultdict(list)
    kinds = [how for how in (*HOW, *SCREENS, "bona fide") if options.only in how]
    for clip, how in itertools.product(range(options.clips), kinds):
        random = np.random.default_rng([options.seed, clip, sum(map(ord, how))])
        for name, scene in scenes(how, pictures, analyser, random):
            cells[f"{how} | {name}"].append(tried(scene, analyser, random, options.steps))
    attacks = [f for name, found in cells.items() if "bona fide" not in name for f in found]
    report = {
        "seed": options.seed,
        "clips a cell": options.clips,
        "steps": options.steps,
        "seconds": round(time.perf_counter() - began, 1),
        "cells": {name: told(found) for name, found in cells.items()},
        "attacks": told(attacks),
    }
    for name, figures in report["cells"].items():
        print(name, figures)
    print("attacks", report["attacks"])
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n")


def told(found: Sequence[str]) -> dict[str, object]:
    """Return the figures of some clips; those without a challenge are not counted."""
    counted = [f for f in found if f != "none"]
    seconds = sorted(float(f.split()[1]) for f in counted if f.startswith("passed"))
    why = Counter(f for f in counted if not f.startswith("passed"))
    figures: dict[str, object] = {
        "clips": len(counted),
        "no challenge": len(found) - len(counted),
        "passed": len(seconds),
    }
    if counted:
        figures["passed, interval"] = interval(len(seconds), len(counted))
    if seconds:
        figures["seconds, median"] = seconds[len(seconds) // 2]
        figures["seconds, most"] = seconds[-1]
    figures["failed because"] = dict(why.most_common())
    return figures


if __name__ == "__main__":
    main()
