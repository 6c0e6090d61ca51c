"""Tailgating on drawn people: what share is noticed, and how often it is said wrongly, by kind.

    python bench/tailgating.py [--scenes N] [--seed S] [--out FILE]

Drawn people before a fixed camera beside the door, 640 x 480 at 12.5 frames a second; detector and
following (by place) are the product's, who is let in and what the contact says is known from how
the scene was made. Exact intervals (C. Clopper and E. Pearson 1934). Drawn people are no crowd at a
real door, and a camera outside never sees who passes: see `docs/adr/alarms.md`.
"""

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from scipy.stats import beta

from faceaccess.camera.drawn_look import DrawnPerson, Light, Pose
from faceaccess.camera.drawn_people import STAFF, STRANGERS
from faceaccess.camera.drawn_render import lay_over
from faceaccess.camera.drawn_scene import doorway
from faceaccess.core.frames import Image
from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.door.visits import VisitTracker
from faceaccess.pipeline.tailgating import FaceInView, Tailgating
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.build import build_analyser

WIDTH, HEIGHT, RATE = 640, 480, 12.5
PULSE, SECONDS = 3.0, 11.0
LET_IN = 2.0  # when the first one is let in; the door opens a moment later
TAILGATES = ("follows", "beside", "two follow")
RIGHT = ("alone", "waits behind", "comes up after", "draws back", "passes by", "turns round beside")


@dataclass(frozen=True)
class Walker:
    """Somebody who comes up, and then goes in, stays, draws back or turns round.

    Attributes:
        who: drawn.
        comes: when they begin to come up, s.
        near: share of the view's width between the eyes when they have come up.
        far: the same before.
        x: where they stand, share of the width.
        leaves: when they leave, s.
        way: "in", "stays", "back", "round" or "by".
        side: -1 or 1, where the door is.
    """

    who: DrawnPerson
    comes: float
    near: float
    far: float
    x: float
    leaves: float
    way: str
    side: float

    def pose(self, second: float) -> Pose | None:
        """Return how they are seen, or None when their face is not."""
        if second < self.comes:
            return None
        up = min(1.0, (second - self.comes) / 1.2)
        eyes, x, turn = self.far + (self.near - self.far) * up, self.x, 0.0
        gone = second - self.leaves
        if self.way == "by":
            x += self.side * (gone / 2.0)
            turn = 20 * self.side
        elif gone > 0 and self.way == "in":
            x += self.side * 0.9 * gone
            eyes *= 1 + 0.35 * min(gone, 1.0)
            turn = min(30.0, 40 * gone) * self.side
        elif gone > 0 and self.way == "back":
            eyes *= max(0.3, 1 - 0.55 * gone)
            if gone > 2.0:
                return None
        elif gone > 0 and self.way == "round":
            turn = 60 * gone * self.side
            if gone > 0.7:
                return None
        if not -0.15 < x < 1.15:
            return None
        sway = np.sin(second * 2.1 + self.x * 9)
        return Pose(turn=turn + 3 * sway, eyes=eyes * (1 + 0.01 * sway), x=x, y=0.42)


def people(kind: str, random: np.random.Generator) -> tuple[list[Walker], float]:
    """Return who comes, and when the door is shut again, s."""
    names = random.permutation(len(STAFF) + len(STRANGERS))
    who = [(*STAFF, *STRANGERS)[int(number)] for number in names[:3]]
    side = float(random.choice([-1, 1]))
    near = float(random.uniform(0.1, 0.14))
    first = Walker(who[0], 0.0, near, 0.05, 0.5, LET_IN + 1.0, "in", side)
    shut = LET_IN + float(random.uniform(3.5, 5.0))

    def other(**changes: object) -> Walker:
        fields = {
            "who": who[1],
            "comes": float(random.uniform(0.2, 0.8)),
            "near": near * float(random.uniform(0.45, 0.6)),
            "far": 0.04,
            "x": 0.5 - side * float(random.uniform(0.22, 0.3)),
            "leaves": LET_IN + 1.5,
            "way": "stays",
            "side": side,
        }
        return Walker(**{**fields, **changes})  # type: ignore[arg-type]  # by name

    near_by = near * float(random.uniform(0.85, 0.95))
    close = near * float(random.uniform(0.9, 1.05))
    behind = other(comes=LET_IN + 0.4, near=close, far=0.055, leaves=LET_IN + 2.2, way="in")
    third = {"who": who[2], "x": 0.5, "comes": LET_IN + 1.0, "near": close, "far": 0.05}
    others = {
        "alone": [],
        "beside": [other(near=near_by, leaves=LET_IN + float(random.uniform(1.2, 2)), way="in")],
        "turns round beside": [other(near=near_by, way="round", leaves=LET_IN + 2.0)],
        "follows": [behind],
        "two follow": [other(**third, leaves=LET_IN + 2.9, way="in"), behind],
        "waits behind": [other()],
        "comes up after": [other(comes=shut + 0.3, near=near, leaves=20.0)],
        "draws back": [other(way="back", leaves=LET_IN + 2.0, near=near * 0.85)],
        "passes by": [other(way="by", near=near * 0.5, x=0.5, leaves=LET_IN + 2.0)],
    }
    return [*others[kind], first], max(shut, LET_IN + 4.6) if kind == "two follow" else shut


def watched(
    walkers: list[Walker], shut: float, analyser: FaceAnalyser, behind: Image
) -> tuple[bool, bool]:
    """Return whether tailgating is reported: with a contact, without."""
    tracker, watches, told = VisitTracker(1.0, 0.5), (Tailgating(), Tailgating()), [False, False]
    light, let_in = Light(1.0, 0.0, 0.1), False
    for number in range(int(SECONDS * RATE)):
        second = number / RATE
        image = behind.copy()
        for walker in walkers:
            pose = walker.pose(second)
            if pose is not None:
                lay_over(image, walker.who, pose, light)
        boxes = [face.box for face in analyser.detect(image)]
        visits = tracker.follow(boxes, second)
        tracker.end(second)
        faces = [FaceInView(v.id, box) for v, box in zip(visits, boxes, strict=True)]
        is_open = LET_IN + 0.6 <= second < shut
        for which, contact in enumerate((is_open, None)):
            told[which] |= bool(watches[which].seen(faces, second, contact))
        if not let_in and second >= LET_IN and faces:
            front = max(faces, key=lambda face: face.box[3])
            for watch in watches:
                watch.let_in(front.visit, second, PULSE)
            let_in = True
    return told[0], told[1]


def interval(count: int, of: int) -> list[float]:
    """Return the exact 95 % interval of a share."""
    low = 0.0 if count == 0 else float(beta.ppf(0.025, count, of - count + 1))
    high = 1.0 if count == of else float(beta.ppf(0.975, count + 1, of - count))
    return [round(low, 3), round(high, 3)]


def main() -> None:
    """Run and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=20, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    began = time.monotonic()
    behind = doorway(WIDTH, HEIGHT)
    found: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as folder:
        analyser = build_analyser(Settings(), DataHome(Path(folder)))
        for kind in (*TAILGATES, *RIGHT):
            told = np.zeros(2, int)
            for scene in range(options.scenes):
                random = np.random.default_rng([options.seed, sum(kind.encode()), scene])
                walkers, shut = people(kind, random)
                told += watched(walkers, shut, analyser, behind)
            counts = {
                name: {"told": int(count), "interval": interval(int(count), options.scenes)}
                for name, count in zip(("with a contact", "without"), told, strict=True)
            }
            found[kind] = {"tailgating": kind in TAILGATES, **counts}
            print(kind, json.dumps(found[kind]), flush=True)
    result = {
        "scenes": options.scenes,
        "seed": options.seed,
        "seconds": round(time.monotonic() - began),
        "kinds": found,
    }
    if options.out is not None:
        options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
