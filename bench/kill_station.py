"""A door that is killed with `kill -9` leaves no lock open, loses no event, and is back at once.

    python bench/kill_station.py [--kills N] [--seed N] [--engine torch|opencv] [--out FILE]

A door runs as a process on drawn staff with a simulated lock, which has a timer of its own and
writes down each command before it acknowledges. Half of the kills come at a random moment of its
first six seconds, half within 60 ms after the lock was commanded; the next process starts at once.
Then: no opening lasts longer than its pulse, every line that said "granted" is in the store, no
event's number is missing or given twice, and there are no more openings than granted events. Time
to be back is from starting the process (right after the kill) to its first line.

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
from pathlib import Path

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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", default="torch")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, record = Path(folder) / "home", Path(folder) / "lock.jsonl"
        record.touch()
        enrol(home, asked.engine)
        found = kill_again_and_again(home, record, asked.kills, asked.seed)
    back = sorted(found.back)
    figures = {
        "claim": "killed at any moment: never open longer than a pulse, no event lost, back in 3 s",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end",
        "source": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12],
        "seed": asked.seed,
        "engine": asked.engine,
        "kills": found.kills,
        "granted": len(found.granted),
        "openings": found.openings,
        "wrong": found.wrong,
        "back_median": round(statistics.median(back), 2) if back else None,
        "back_p95": round(back[int(0.95 * (len(back) - 1))], 2) if back else None,
        "back_max": round(back[-1], 2) if back else None,
    }
    text = json.dumps(figures, indent=2)
    print(text)
    out = asked.out or Path(__file__).parent / "results" / f"kill_station-{asked.engine}.json"
    out.write_text(text + "\n")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
