"""A door that is killed with `kill -9` leaves no lock open, loses no event, and is back at once.

    python bench/kill_station.py [--kills N] [--seed N] [--engine torch|opencv] [--doors N]
                                 [--pieces FILE] [--out FILE]

A door runs as a process on drawn people with a simulated lock, which has a timer of its own and
writes down each command before it acknowledges. Half of the kills come at a random moment of its
first six seconds, in half of these while another program holds the database; half within 60 ms
after the lock was commanded; the next process starts at once. Then: no opening lasts longer than
its pulse, every line that said "granted" or "denied" is in the store, no event is there twice, no
number is missing or given twice, and there are no more openings than granted events. Time to be
back is from starting the process (right after the kill) to its first line.

The kills are done in pieces of 50, each on a data folder of its own, --doors at a time (back times
count on a quiet machine with one). A piece that is done is appended to --pieces at once and is not
done again by a later run.

Prints claim, machine, seed and figures, and saves them with this file's hash under bench/results/
or as --out. Ends with exit code 1 if anything was wrong.
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from cli.killed_station import kill_again_and_again  # noqa: E402 - the folders must be known first

from faceaccess.app import build  # noqa: E402
from faceaccess.camera.drawn_people import DEMO_THRESHOLD, STAFF, Pose, render  # noqa: E402
from faceaccess.core import progress  # noqa: E402
from faceaccess.core.actors import Actor  # noqa: E402
from faceaccess.core.people import PersonDetails  # noqa: E402
from faceaccess.pipeline.results import Picture  # noqa: E402


def enrol(home: Path, engine: str) -> None:
    app = build(home)
    actor = Actor("bench", "test")
    app.settings.set(actor, "threshold", str(DEMO_THRESHOLD))
    app.settings.set(actor, "liveness", "off")
    app.settings.set(actor, "engine", engine)
    for person in STAFF:
        pictures = [
            Picture(f"{person.name} {turn}", image=render(person, pose=Pose(turn=turn)))
            for turn in (-12.0, 0.0, 12.0)
        ]
        progress.run(app.enrolment.add(actor, PersonDetails(person.name), pictures))
    app.close()


PIECE = 50


def piece(kills: int, seed: int, engine: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="faceaccess-kills-") as folder:
        home, record = Path(folder) / "home", Path(folder) / "lock.jsonl"
        record.touch()
        enrol(home, engine)
        found = kill_again_and_again(home, record, kills, seed)
    return {
        "seed": seed,
        "engine": engine,
        "kills": found.kills,
        "database_held": found.away,
        "granted": sum(line["outcome"] == "granted" for line in found.told),
        "denied": sum(line["outcome"] == "denied" for line in found.told),
        "openings": found.openings,
        "wrong": found.wrong,
        "back": [round(seconds, 2) for seconds in found.back],
        "load": round(os.getloadavg()[0], 1),
    }


def done_before(pieces: Path | None, seeds: list[int], engine: str) -> dict[int, dict[str, Any]]:
    if pieces is None or not pieces.exists():
        return {}
    found = (json.loads(line) for line in pieces.read_text().splitlines())
    return {one["seed"]: one for one in found if one["seed"] in seeds and one["engine"] == engine}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", default="torch")
    parser.add_argument("--doors", type=int, default=1)
    parser.add_argument("--pieces", type=Path)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    counts = [min(PIECE, asked.kills - begin) for begin in range(0, asked.kills, PIECE)]
    seeds = [1000 * asked.seed + number for number in range(len(counts))]
    done = done_before(asked.pieces, seeds, asked.engine)
    with ProcessPoolExecutor(asked.doors) as pool:
        running = [
            pool.submit(piece, count, seed, asked.engine)
            for count, seed in zip(counts, seeds, strict=True)
            if seed not in done
        ]
        for one in as_completed(running):
            done[one.result()["seed"]] = one.result()
            if asked.pieces is not None:
                with asked.pieces.open("a") as file:
                    file.write(json.dumps(one.result()) + "\n")
    parts = [done[seed] for seed in seeds]
    back = sorted(seconds for one in parts for seconds in one["back"])
    wrong = [text for one in parts for text in one["wrong"]]
    summed = ("kills", "database_held", "granted", "denied", "openings")
    figures = {
        "claim": "killed at any moment: never open longer than a pulse, no event lost, back in 3 s",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, loads {sorted(one['load'] for one in parts)}",
        "source": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12],
        "seed": asked.seed,
        "engine": asked.engine,
        "doors_at_a_time": asked.doors,
        **{name: sum(one[name] for one in parts) for name in summed},
        "wrong": wrong,
        "back_median": round(statistics.median(back), 2) if back else None,
        "back_p95": round(back[int(0.95 * (len(back) - 1))], 2) if back else None,
        "back_max": round(back[-1], 2) if back else None,
    }
    text = json.dumps(figures, indent=2)
    print(text)
    out = asked.out or Path(__file__).parent / "results" / f"kill_station-{asked.engine}.json"
    out.write_text(text + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
