"""Passive liveness on simulated attacks and on drawn people: APCER by kind, BPCER, by seed.

    python bench/liveness.py [--clips N] [--seed S] [--out FILE]

N clips a cell; a cell is a kind of attack (print, phone, tablet, full-frame, mounted) with drawn
people or with photographs (lfw-dev), as picture or film, with the doorway seen empty before or not;
and drawn bona-fide people who walk up, stand, or hardly move. An attack is let in if any frame of
its 3 seconds is answered "live" (recognition is left out: every face counts as enrolled). Terms and
exact intervals: ISO/IEC 30107-3, C. Clopper and E. Pearson 1934. Simulation is not reality: see
`docs/adr/liveness.md`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from lfw_embeddings import DATA
from liveness_scenes import KINDS, Attack, Person, Photograph, background, frames
from scipy.stats import beta

from faceaccess.core.frames import Frame
from faceaccess.core.home import DataHome
from faceaccess.core.liveness import Verdict
from faceaccess.core.settings import Settings
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.build import build_analyser
from faceaccess.vision.liveness.passive import PassiveLiveness

START = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 3.0


def interval(count: int, of: int) -> list[float]:
    """Return the exact 95 % interval of a share."""
    low = 0.0 if count == 0 else float(beta.ppf(0.025, count, of - count + 1))
    high = 1.0 if count == of else float(beta.ppf(0.975, count + 1, of - count))
    return [round(low, 4), round(high, 4)]


def look(scene: Person | Attack, behind, random, empty: float, analyser: FaceAnalyser) -> str:
    """Return how a clip ends: live (with the seconds), attack, or unsure; no face at all: none."""
    passive = PassiveLiveness()
    answers, began, seen = set(), None, 0
    for number, (moment, image, there) in enumerate(
        frames(scene, behind, random, empty=empty, seconds=SECONDS)
    ):
        frame = Frame(image, "bench", number, moment, START)
        faces = analyser.detect(image) if there else []
        passive.see(frame, [("front", faces[0])] if faces else [])
        if faces:
            seen += 1
            began = moment if began is None else began
            verdict = passive.answer("front", moment).verdict
            if verdict is Verdict.LIVE:
                return f"live {moment - began:.2f}"
            answers.add(verdict)
    if seen < 5:
        return "none"
    return "attack" if Verdict.ATTACK in answers else "unsure"


def photographs(pictures: list[Path], random: np.random.Generator, count: int):
    for place in random.choice(len(pictures), count, replace=False):
        yield cv2.imread(str(pictures[place]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
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
    for clip in range(options.clips):
        for empty in (0.0, 8.0):
            before = "doorway seen empty" if empty else "never seen empty"
            for index, kind in enumerate(KINDS):
                for content in ("drawn picture", "drawn film", "photograph", "photograph film"):
                    random = np.random.default_rng(
                        [options.seed, clip, index, bool(empty), len(content)]
                    )
                    behind = background(random)
                    shown: Person | Photograph
                    if content.startswith("drawn"):
                        amount = (
                            0.0 if content == "drawn picture" else float(random.uniform(0.3, 1.5))
                        )
                        shown = Person(
                            random,
                            near=float(random.uniform(0.11, 0.15)),
                            amount=amount,
                            behind=background(random),
                        )
                    else:
                        picture = next(photographs(pictures, random, 1))
                        shown = Photograph(picture, random, film=content.endswith("film"))
                    scene = Attack(random, kind, shown, behind)
                    cells[f"attack | {kind} | {content} | {before}"].append(
                        look(scene, behind, random, empty, analyser)
                    )
            for index, (how, amount) in enumerate(
                (("walks up", 1.0), ("stands", 1.0), ("hardly moves", 0.25))
            ):
                random = np.random.default_rng([options.seed, clip, 100 + index, bool(empty)])
                behind = background(random)
                person = Person(
                    random,
                    near=float(random.uniform(0.09, 0.116)),
                    amount=amount,
                    behind=behind,
                    walks=how == "walks up",
                )
                cells[f"bona fide | {how} | {before}"].append(
                    look(person, behind, random, empty, analyser)
                )
    report = {
        "seed": options.seed,
        "clips a cell": options.clips,
        "seconds": round(time.perf_counter() - began, 1),
        "cells": {},
        "totals": {},
    }
    totals: dict[str, list[str]] = defaultdict(list)
    for name, found in sorted(cells.items()):
        report["cells"][name] = told(found)
        parts = name.split(" | ")
        totals[f"{parts[0]} | {parts[1]} | {parts[-1]}"] += found
        totals[f"{parts[0]} | {parts[-1]}"] += found
    for name, found in sorted(totals.items()):
        report["totals"][name] = told(found)
        print(name, report["totals"][name])
    text = json.dumps(report, indent=1)
    if options.out:
        options.out.write_text(text + "\n")
    else:
        print(text)


def told(found: list[str]) -> dict[str, object]:
    """Return the figures of some clips; clips without a face are not counted."""
    counted = [f for f in found if f != "none"]
    live = sorted(float(f.split()[1]) for f in counted if f.startswith("live"))
    figures = {
        "clips": len(counted),
        "no face": len(found) - len(counted),
        "live": len(live),
        "attack": counted.count("attack"),
        "unsure": counted.count("unsure"),
    }
    if counted:
        figures["live interval"] = interval(len(live), len(counted))
    if live:
        figures["seconds to live, median"] = live[len(live) // 2]
        figures["seconds to live, 95 %"] = live[min(len(live) - 1, int(0.95 * len(live)))]
    return figures


if __name__ == "__main__":
    main()
