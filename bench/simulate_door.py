"""A door before a referee who knows the truth: wrong openings, wrong refusals, lost events.

    python bench/simulate_door.py [--visits N] [--seed S] [--processes P] [--whole] [--out FILE]

Plays visits with injected faults (`faceaccess door simulate` does the same) on several processes,
each with seeds of its own. Without --whole people are embeddings alone, and everything else is the
product's: scoring, policy, rules, station, lock and record of visits. With --whole drawn people
are looked at by the real networks, without the check for a live face (drawn pictures do not move).
Set TMPDIR to a disk of memory: every event is brought to the disk.

Prints claim, machine and figures, and saves them with the hash of the simulation's sources under
bench/results/ or as --out.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faceaccess.core.progress import run
from faceaccess.pipeline.simulation.simulate import (
    SimulationResult,
    drawn_stages,
    made_up_stages,
    simulate,
)

ROOT = Path(__file__).resolve().parents[1]


def part(visits: int, seed: int, whole: bool) -> SimulationResult:  # noqa: FBT001  # mapped over
    if whole:
        import torch

        torch.set_num_threads(1)
    return run(simulate(visits, seed, drawn_stages() if whole else made_up_stages))


def sources() -> str:
    files = sorted((ROOT / "faceaccess" / "pipeline" / "simulation").glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    visits = asked.visits or (2_000 if asked.whole else 1_000_000)
    began = time.monotonic()
    counts = [
        visits * (i + 1) // asked.processes - visits * i // asked.processes
        for i in range(asked.processes)
    ]
    seeds = [asked.seed * 1000 + i for i in range(asked.processes)]
    with ProcessPoolExecutor(asked.processes) as pool:
        parts = list(pool.map(part, counts, seeds, [asked.whole] * asked.processes))
    figures = {
        "claim": "0 wrong openings, 0 events lost",
        "level": "whole pipeline" if asked.whole else "policy and evidence",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end",
        "source": sources(),
        "seeds": seeds,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "visits": sum(one.visits for one in parts),
        "wrong_openings": sum(one.wrong_openings for one in parts),
        "wrong_refusals": sum(one.wrong_refusals for one in parts),
        "faults": sum(one.faults for one in parts),
        "events_lost": sum(one.events_lost for one in parts),
        "openings": sum(one.openings for one in parts),
        "had_to_be_let_in": sum(one.due for one in parts),
        "findings": dict(Counter(f.kind for one in parts for _, f in one.findings)),
        "first_findings": [
            {"seed": seed, "day": day, "visit": f.visit, "kind": f.kind, "text": f.text}
            for seed, one in zip(seeds, parts, strict=True)
            for day, f in one.findings[:20]
        ],
    }
    text = json.dumps(figures, indent=2)
    print(text)
    name = "simulate_door_whole.json" if asked.whole else "simulate_door.json"
    (asked.out or ROOT / "bench" / "results" / name).write_text(text + "\n")


if __name__ == "__main__":
    main()
