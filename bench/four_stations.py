"""Four doors on one database lose no event and decide about as fast as one.

    python bench/four_stations.py [--visits N] [--out FILE]

Real RTSP servers show an empty doorway in which every ten seconds one of the drawn staff stands
for two. One door runs, then four at once, as processes with one torch thread each on one data
folder: first each with visits of its own (2.5 seconds after those of the door before), then all
four with visits at the very same moments, which is the worst that can be. Time to decide is what
the line tells: from the visit's first good picture to the lock's acknowledgement. Liveness is off,
as drawn people who stand still have none. Afterwards every line that said "granted" must be in the
store exactly once, and each door's events must be numbered without a gap.

Needs Debian's GStreamer (script/bootstrap --tests). Prints claim, machine and figures, and saves
them with this file's hash under bench/results/ or as --out. Exit code 1 if an event was lost.
"""

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench"), str(ROOT / "tests" / "camera")]

from door_films import enrol_staff, short_visits  # noqa: E402 - the folders come first
from rtsp_camera import RtspCamera, write_film  # noqa: E402

from faceaccess.app import build  # noqa: E402
from faceaccess.core.decisions import Outcome  # noqa: E402
from faceaccess.core.locks import LockOutcome  # noqa: E402

FPS = 25
EACH, THERE = 10, 2.0  # seconds
IN_FILM = 3  # visits, then from the beginning
Line = dict[str, Any]


class Door:
    """One door as a process, its lines kept."""

    def __init__(self, home: Path, name: str, camera: str) -> None:
        self.name = name
        self.lines: list[Line] = []
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "faceaccess", "door", "run", name, "--json"),
                *("--camera", camera, "--lock", "simulated:", "--pulse", "1"),
            ],
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "FACEACCESS_HOME": str(home),
                "PYTHONUNBUFFERED": "1",
                "OMP_NUM_THREADS": "1",
            },
        )
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    @property
    def granted(self) -> list[Line]:
        return [line for line in self.lines if line.get("outcome") == "granted"]

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(json.loads(line))

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._reading.join()


def run(home: Path, cameras: list[str], kind: str, visits: int) -> list[Door]:
    """Run doors at once until the slowest has seen so many visits, or for twice that time."""
    doors = [Door(home, f"{kind} {n}", camera) for n, camera in enumerate(cameras)]
    end = time.monotonic() + 60 + 2 * EACH * visits
    while min(len(door.granted) for door in doors) < visits and time.monotonic() < end:
        time.sleep(0.5)
    for door in doors:
        door.end()
    return doors


def seconds(doors: list[Door]) -> list[float]:
    return sorted(float(line["seconds"]) for door in doors for line in door.granted)


def wrong(home: Path, doors: list[Door]) -> list[str]:
    """Return what is in the lines and not in the store, or numbered wrongly."""
    app = build(home)
    try:
        events = list(app.store.all_events())
    finally:
        app.close()
    found = []
    for door in doors:
        mine = [event for event in events if event.station == door.name]
        let_in = [
            event.time.isoformat(timespec="milliseconds")
            for event in mine
            if event.decision.outcome is Outcome.GRANTED and event.lock is LockOutcome.ACKNOWLEDGED
        ]
        found += [
            f"{door.name}: told and {let_in.count(line['time'])} times in the store: {line}"
            for line in door.granted
            if let_in.count(line["time"]) != 1
        ]
        if sorted(event.sequence for event in mine) != list(range(1, len(mine) + 1)):
            found.append(f"{door.name}: the numbers of its events have gaps or repeat")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int, default=20)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    loads = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "home"
        app = build(home)
        enrol_staff(app, liveness="off")
        app.close()
        film = folder / "film"
        count = write_film(film, short_visits(IN_FILM, FPS, EACH, THERE))
        with ExitStack() as servers:
            cameras = [
                servers.enter_context(
                    RtspCamera(
                        film, (640, 480), count, FPS, "--phase", str(n * EACH / 4), str(EACH)
                    )
                ).address
                for n in range(4)
            ]
            film.unlink()  # it is encoded by now
            runs = {}
            for kind, shown in (
                ("one", cameras[:1]),
                ("four", cameras),
                ("four at once", cameras[:1] * 4),
            ):
                runs[kind] = run(home, shown, kind, asked.visits)
                loads.append(round(os.getloadavg()[0], 1))
        lost = wrong(home, [door for doors in runs.values() for door in doors])
    if not all(door.granted for doors in runs.values() for door in doors):
        print("a door let nobody in; its errors stand above", file=sys.stderr)
        return 1
    taken = {kind: seconds(doors) for kind, doors in runs.items()}
    p95 = {kind: float(np.quantile(values, 0.95)) for kind, values in taken.items()}
    figures = {
        "claim": "four doors on one database: no event lost, p95 of a decision < 1.5 x that of one",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, load {loads} at the end of each",
        "source": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12],
        "lost": lost,
        "visits": {kind: len(values) for kind, values in taken.items()},
        "median": {kind: round(float(np.median(values)), 3) for kind, values in taken.items()},
        "p95": {kind: round(value, 3) for kind, value in p95.items()},
        "p95_ratio": round(p95["four"] / p95["one"], 2),
        "p95_ratio_at_once": round(p95["four at once"] / p95["one"], 2),
    }
    text = json.dumps(figures, indent=2)
    print(text)
    (asked.out or ROOT / "bench" / "results" / "four_stations.json").write_text(text + "\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
