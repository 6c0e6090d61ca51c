"""Passive liveness on simulated attacks and on drawn people: APCER by kind, BPCER, by seed.

    python bench/liveness.py run FILE [--seed S] [--from N] [--to N] [--kinds K...] [--detect]
    python bench/liveness.py tell FILE... [--out FILE]

`run` judges clips N to N and adds a line of JSON for each to FILE; clips that are in it already are
left out, so that it goes on where it was ended. One clip in 60 is of the same cell: a kind of
attack (print, phone, tablet, full-frame, mounted, mounted wide) with drawn people or photographs
(lfw-dev), as picture or film, with the doorway seen empty before or not; or drawn people who walk
up, stand, talk, hardly move, have somebody walk by behind them, or stand in flickering light. An
attack is let in if any frame of its 3 seconds is answered "live" (recognition is left out: every
face counts as enrolled). Every fourth clip of a cell is also judged by each cue alone.

Where the face is comes from how the scene was made, give or take what the detector errs; with
`--detect` the detector looks for it in every frame (four times slower). `tell` gives the shares
with exact 95 % intervals (C. Clopper and E. Pearson 1934); terms of ISO/IEC 30107-3. Simulation is
not reality: see `docs/adr/liveness.md`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from lfw_embeddings import DATA
from liveness_scenes import (
    HEIGHT,
    KINDS,
    MANNERS,
    Attack,
    Person,
    Photograph,
    Scene,
    background,
    frames,
)
from scipy.stats import beta

from faceaccess.camera import drawn_render
from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame, Image
from faceaccess.core.home import DataHome
from faceaccess.core.liveness import Verdict
from faceaccess.core.settings import Settings
from faceaccess.vision.alignment import Points
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.build import build_analyser
from faceaccess.vision.liveness.measures import Measures
from faceaccess.vision.liveness.passive import PassiveLiveness, judged
from faceaccess.vision.liveness.silhouette import Silhouette

START = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 3.0
CONTENTS = ("drawn picture", "drawn film", "photograph", "photograph film")
PATIENT = (1.2, 2.0, 3.0)
"""Seconds after the first face at which it is told how many of the people are let in."""
ERROR = 0.012
"""Error of the detector's landmarks, standard deviation in eye distances, from frame to frame."""
WHOLE = 4
"""One in so many clips of a cell is judged to its end, also by each cue alone."""


@dataclass(frozen=True)
class Cell:
    """What clips are of: `content` is empty for bona fide, `empty` are seconds."""

    group: str
    kind: str
    content: str
    empty: float


CELLS = [
    *(Cell("attack", k, c, e) for k in KINDS for c in CONTENTS for e in (0.0, 8.0)),
    *(Cell("bona fide", m, "", e) for m in MANNERS for e in (0.0, 8.0)),
]

_PERSON = Silhouette((1.2, 1.2), (2.6, 2.6), (4.5, 4.5), 0.7, 3.5)
"""The outline of a person."""
_IDEAL: dict[str, dict[str, object]] = {
    "co-motion": {"co_motion": -1.0, "still": 1.0, "sides": 3},
    "trembling": {"tremble": 0.0},
    "moving edges": {"edges": 0.0},
    "whole view": {"view": None},
    "empty doorway": {"replaced": None, "presence": None},
    "outline": {"outline": _PERSON},
}
"""Each cue, and the measures with which it says nothing against life."""


def alone(windows: Iterable[Measures], cue: str) -> bool:
    """Return whether somebody would be let in if a cue were the only one.

    The gate (the face was followed, moved, and enough is around it) is always there.
    """
    made = []
    for window in windows:
        quiet: dict[str, object] = {}
        for other, ideal in _IDEAL.items():
            quiet |= {} if other == cue else ideal
        made.append(replace(window, **quiet))
    found = [judged(made[: n + 1], w.moment).verdict for n, w in enumerate(made)]
    return Verdict.LIVE in found


class Bench:
    """Makes and judges clips; keeps what is slow to make."""

    def __init__(self, *, detect: bool) -> None:
        done = subprocess.run(
            [sys.executable, DATA / "unpack.py", "lfw-dev"],
            check=True,
            capture_output=True,
            text=True,
        )
        self._pictures = sorted(Path(done.stdout.strip().splitlines()[-1]).rglob("*_0001.jpg"))
        self._detect = detect
        self._analyser: FaceAnalyser | None = None

    @property
    def analyser(self) -> FaceAnalyser:
        if self._analyser is None:
            self._analyser = build_analyser(Settings(), DataHome(Path(tempfile.mkdtemp())))
        return self._analyser

    def scene(self, cell: Cell, random: np.random.Generator) -> tuple[Scene, Image]:
        behind = background(random)
        if cell.group == "bona fide":
            still = cell.kind == "hardly moves"
            amount = float(random.uniform(0.15, 0.35) if still else random.uniform(0.6, 1.4))
            near = float(random.uniform(0.09, 0.116))
            person = Person(random, near=near, amount=amount, behind=behind, manner=cell.kind)
            return person, behind
        film = cell.content.endswith("film")
        shown: Person | Photograph
        if cell.content.startswith("drawn"):
            shown = Person(
                random,
                near=float(random.uniform(0.11, 0.15)),
                amount=float(random.uniform(0.3, 1.5)) if film else 0.0,
                behind=background(random),
            )
        else:
            shown = Photograph(*self._photograph(random), random, film=film)
        return Attack(random, cell.kind, shown, behind), behind

    def judge(self, cell: Cell, random: np.random.Generator, *, whole: bool) -> dict[str, object]:
        """Return how a clip ends, and when."""
        scene, behind = self.scene(cell, random)
        passive, began, seen = PassiveLiveness(), None, 0
        end, seconds = "unsure", None
        for number, (moment, image, landmarks) in enumerate(
            frames(scene, behind, random, empty=cell.empty, seconds=SECONDS)
        ):
            found = None if landmarks is None else self._seen(image, landmarks, random)
            faces = [] if found is None else [("front", found)]
            passive.see(Frame(image, "bench", number, moment, START), faces)
            if found is None:
                continue
            seen += 1
            began = moment if began is None else began
            verdict = passive.answer("front", moment).verdict
            if verdict is Verdict.LIVE and end != "live":
                end, seconds = "live", round(moment - began, 2)
            elif verdict is Verdict.ATTACK and end == "unsure":
                end, seconds = "attack", round(moment - began, 2)
            if end != "unsure" and not whole:
                break
        row: dict[str, object] = {"end": end if seen >= 5 else "no face", "seconds": seconds}
        if whole:
            windows = passive.windows("front")
            row["alone"] = {cue: alone(windows, cue) for cue in _IDEAL}
        return row

    def _seen(self, image: Image, landmarks: Points, random: np.random.Generator) -> Face | None:
        """Return the face in front as the detector would give it, or does."""
        x, y = landmarks.min(axis=0)
        width, height = np.ptp(landmarks, axis=0)
        if self._detect:
            middle = landmarks.mean(axis=0)
            faces = self.analyser.detect(image)
            near = [f for f in faces if np.hypot(*(f.landmarks.mean(axis=0) - middle)) < 2 * width]
            return near[0] if near else None
        if x < 0 or y < 0 or x + width > image.shape[1] or y + height > image.shape[0]:
            return None
        error = random.normal(0, ERROR * width, landmarks.shape)
        points = np.asarray(landmarks + error, np.float32)
        box = (float(x - 0.5 * width), float(y - height), float(2 * width), float(2.6 * height))
        return Face(box, points, 1.0)

    def _photograph(self, random: np.random.Generator) -> tuple[Image, Points]:
        while True:
            found = self._looked_at(int(random.integers(len(self._pictures))))
            if found is not None:
                return found

    @lru_cache(maxsize=500)  # noqa: B019 one bench lives as long as the process
    def _looked_at(self, number: int) -> tuple[Image, Points] | None:
        picture = cv2.imread(str(self._pictures[number]))
        picture = np.asarray(
            cv2.resize(picture, (HEIGHT, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8
        )
        faces = self.analyser.detect(picture)
        return (picture, faces[0].landmarks) if faces else None


def run(options: argparse.Namespace) -> None:
    """Judge clips and write them down."""
    keep_layers()
    bench = Bench(detect=options.detect)
    done = set()
    if options.file.exists():
        done = {json.loads(line)["clip"] for line in options.file.read_text().splitlines()}
    with options.file.open("a") as file:
        for clip in range(getattr(options, "from"), options.to):
            cell = CELLS[clip % len(CELLS)]
            if clip in done or (options.kinds and cell.kind not in options.kinds):
                continue
            began = time.process_time()
            whole = clip // len(CELLS) % WHOLE == 0
            found = bench.judge(cell, np.random.default_rng([options.seed, clip]), whole=whole)
            row = {"clip": clip, "seed": options.seed, **cell.__dict__, **found}
            row["processor seconds"] = round(time.process_time() - began, 2)
            file.write(json.dumps(row) + "\n")
            file.flush()


def keep_layers() -> None:
    """Let the drawn camera keep the layers of all people: a clip draws nobody anew."""
    for name in ("_canvas_layer", "_stack"):
        drawing: Callable[..., object] = getattr(drawn_render, name).__wrapped__
        setattr(drawn_render, name, lru_cache(maxsize=400)(drawing))


def interval(count: int, of: int) -> list[float]:
    """Return the exact 95 % interval of a share."""
    low = 0.0 if count == 0 else float(beta.ppf(0.025, count, of - count + 1))
    high = 1.0 if count == of else float(beta.ppf(0.975, count + 1, of - count))
    return [round(low, 4), round(high, 4)]


def tell(options: argparse.Namespace) -> None:
    """Sum up the clips of some files."""
    rows = [json.loads(line) for file in options.files for line in file.read_text().splitlines()]
    groups: dict[str, list[dict]] = defaultdict(list)
    for row in rows:
        doorway = "doorway seen empty" if row["empty"] else "never seen empty"
        names = [row["group"], f"{row['group']} | {doorway}", f"{row['group']} | {row['kind']}"]
        names.append(f"{names[2]} | {doorway}")
        if row["content"]:
            names.append(f"{names[2]} | {row['content']}")
        for name in names:
            groups[name].append(row)
    report = {"seeds": sorted({row["seed"] for row in rows}), "clips": len(rows), "groups": {}}
    for name, found in sorted(groups.items()):
        report["groups"][name] = told(found)
        print(name, json.dumps(report["groups"][name]))
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n")


def told(rows: list[dict]) -> dict[str, object]:
    """Return the figures of some clips; clips without a face are not counted."""
    counted = [r for r in rows if r["end"] != "no face"]
    ends = {end: sum(r["end"] == end for r in counted) for end in ("live", "attack", "unsure")}
    figures: dict[str, object] = {"clips": len(counted), **ends}
    if not counted:
        return figures
    figures["intervals"] = {end: interval(n, len(counted)) for end, n in ends.items()}
    times = sorted(r["seconds"] for r in counted if r["end"] == "live")
    if times:
        figures["seconds to live, median and 95 %"] = [
            times[len(times) // 2],
            times[min(len(times) - 1, int(0.95 * len(times)))],
        ]
        figures["live within"] = {s: sum(t <= s for t in times) for s in PATIENT}
    whole = [r["alone"] for r in counted if "alone" in r]
    if whole:
        figures["live by one cue alone"] = {
            cue: [sum(r[cue] for r in whole), len(whole)] for cue in whole[0]
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    ways = parser.add_subparsers(required=True)
    one = ways.add_parser("run")
    one.add_argument("file", type=Path)
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--from", type=int, default=0)
    one.add_argument("--to", type=int, default=600)
    one.add_argument("--kinds", nargs="+", default=None, help="only these")
    one.add_argument("--detect", action="store_true")
    one.set_defaults(do=run)
    two = ways.add_parser("tell")
    two.add_argument("files", type=Path, nargs="+")
    two.add_argument("--out", type=Path, default=None)
    two.set_defaults(do=tell)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    options.do(options)


if __name__ == "__main__":
    main()
