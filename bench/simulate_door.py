"""Doors before a referee who knows the truth: wrong openings, wrong refusals, lost events.

    python bench/simulate_door.py [--visits N] [--seed S] [--processes P] [--whole] [--out FILE]
                                  [--pieces FILE]

Plays visits with injected faults (`faceaccess door simulate` does the same) on several processes,
in pieces of 10,000 visits (100 with --whole) with seeds of their own. Each piece that is done is
appended to --pieces at once, and a piece that stands there already is not played again: a run that
was ended goes on where it was. Without --whole people are embeddings alone, liveness's answers are
given by the script, and everything else is the product's: scoring, policy, rules, second factors,
station, lock, journal and record of visits. With --whole drawn people are looked at by the real
networks. Set TMPDIR to a disk of memory: every event is brought to the disk.

Prints claim, machine and figures of all pieces of this seed, and saves them with the hash of the
sources of simulation, door, policy and store under bench/results/ or as --out.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faceaccess.core.progress import run
from faceaccess.pipeline.simulation.simulate import (
    drawn_stages,
    made_up_stages,
    simulate,
)

ROOT = Path(__file__).resolve().parents[1]


PIECE = 10_000
WHOLE_PIECE = 100


def play(visits: int, seed: int, whole: bool) -> dict[str, Any]:  # noqa: FBT001  # mapped over
    if whole:
        import torch

        torch.set_num_threads(1)
    began = time.process_time()
    result = run(simulate(visits, seed, drawn_stages() if whole else made_up_stages))
    return {
        "seed": seed,
        "whole": whole,
        "source": sources(),
        "visits": result.visits,
        "wrong_openings": result.wrong_openings,
        "wrong_refusals": result.wrong_refusals,
        "faults": result.faults,
        "events_lost": result.events_lost,
        "openings": result.openings,
        "had_to_be_let_in": result.due,
        "pictures_held_up": result.attacks,
        "let_in_by_an_error_of_liveness": result.deceived,
        "processor_seconds": round(time.process_time() - began, 1),
        "findings": [
            {"day": day, "visit": f.visit, "kind": f.kind, "text": f.text}
            for day, f in result.findings[:50]
        ],
    }


def done_before(pieces: Path | None, seeds: list[int], *, whole: bool) -> dict[int, dict[str, Any]]:
    if pieces is None or not pieces.exists():
        return {}
    found = (json.loads(line) for line in pieces.read_text().splitlines())
    return {
        one["seed"]: one
        for one in found
        if one["seed"] in seeds and one["whole"] == whole and one["source"] == sources()
    }


def sources() -> str:
    folders = [ROOT / "faceaccess" / name for name in ("pipeline", "door", "store")]
    files = sorted(file for folder in folders for file in folder.rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--pieces", type=Path)
    asked = parser.parse_args()
    visits = asked.visits or (2_000 if asked.whole else 1_000_000)
    piece = WHOLE_PIECE if asked.whole else PIECE
    counts = [min(piece, visits - begin) for begin in range(0, visits, piece)]
    seeds = [asked.seed * 1000 + i for i in range(len(counts))]
    done = done_before(asked.pieces, seeds, whole=asked.whole)
    with ProcessPoolExecutor(asked.processes) as pool:
        running = [
            pool.submit(play, count, seed, asked.whole)
            for count, seed in zip(counts, seeds, strict=True)
            if seed not in done
        ]
        for one in as_completed(running):
            done[one.result()["seed"]] = one.result()
            if asked.pieces is not None:
                with asked.pieces.open("a") as file:
                    file.write(json.dumps(one.result()) + "\n")
    parts = [done[seed] for seed in seeds]
    summed = (
        *("visits", "wrong_openings", "wrong_refusals", "faults", "events_lost", "openings"),
        *("had_to_be_let_in", "pictures_held_up", "let_in_by_an_error_of_liveness"),
    )
    seconds = sum(one["processor_seconds"] for one in parts)
    figures = {
        "claim": "0 wrong openings, 0 events lost",
        "level": "whole pipeline" if asked.whole else "policy and evidence",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end",
        "source": sources(),
        "seeds": f"{seeds[0]} to {seeds[-1]}",
        "processor_milliseconds_a_visit": round(1000 * seconds / visits, 2),
        **{name: sum(one[name] for one in parts) for name in summed},
        "findings": dict(Counter(f["kind"] for one in parts for f in one["findings"])),
        "first_findings": [{"seed": one["seed"], **f} for one in parts for f in one["findings"]][
            :20
        ],
    }
    text = json.dumps(figures, indent=2)
    print(text)
    name = "simulate_door_whole.json" if asked.whole else "simulate_door.json"
    (asked.out or ROOT / "bench" / "results" / name).write_text(text + "\n")


if __name__ == "__main__":
    main()
