"""A person is let in at once, and an empty doorway costs little.

    python bench/station.py [--visits N] [--empty SECONDS] [--out FILE]

A door runs in this process at 25 frames a second of 640 x 480, drawn beforehand so that drawing
costs nothing: 3 seconds of an empty doorway with a camera's noise, then 2 seconds of one of the
staff who stands still, again and again. Time to open is from the moment of the visit's first good
picture to the lock's acknowledgement, as the line tells it; the simulated lock answers at once.
Then the doorway stays empty, and the processor time of the whole process is taken, the camera's
thread included (but no decoding: the pictures are there already).

Prints claim, machine and figures, and saves them with this file's hash under bench/results/ or as
--out. Other work on the machine shows: the load is told.
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faceaccess.app import App, build
from faceaccess.camera.drawn import DrawnPeopleSource
from faceaccess.camera.drawn_people import DEMO_THRESHOLD, STAFF, Pose, render
from faceaccess.core import progress
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock, SystemClock
from faceaccess.core.frames import Frame, Image
from faceaccess.core.people import PersonDetails
from faceaccess.door.locks.open import open_lock
from faceaccess.pipeline.door_parts import DoorParts
from faceaccess.pipeline.results import Picture
from faceaccess.pipeline.running_door import RunningDoor

FPS = 25
EMPTY, THERE = 3 * FPS, 2 * FPS


def noisy(image: Image, seed: int) -> Image:
    noise = np.random.default_rng(seed).normal(0, 2.5, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


class Replayed:
    """A live camera that shows pictures that are there already."""

    def __init__(self, empty: list[Image], people: list[list[Image]]) -> None:
        self.address, self.live = "pictures made before", True
        self._empty, self._people = empty, people
        self.only_empty = False
        self._number = 0
        self._began = 0.0

    def open(self) -> None:
        self._began = time.monotonic()
        self._number = 0

    def read(self) -> Frame:
        at, self._number = self._number, self._number + 1
        due = self._began + at / FPS
        time.sleep(max(0.0, due - time.monotonic()))
        visit, place = divmod(at, EMPTY + THERE)
        if place < EMPTY or self.only_empty:
            image = self._empty[at % len(self._empty)]
        else:
            shown = self._people[visit % len(self._people)]
            image = shown[place % len(shown)]
        return Frame(image, "Front", at, time.monotonic(), SystemClock().now())

    def close(self) -> None:
        pass

    def interrupt(self) -> None:
        pass


def pictures() -> Replayed:
    source = DrawnPeopleSource("demo:", ManualClock(), as_fast_as_it_goes=True)
    source.open()
    doorway = next(f for f in iter(source.read, None) if not f.truth).image
    empty = [noisy(doorway, seed) for seed in range(50)]
    people = [
        [noisy(render(person, pose=Pose(turn=3.0), seed=5), seed) for seed in range(10)]
        for person in STAFF[:6]
    ]
    return Replayed(empty, people)


def enrol(app: App) -> None:
    actor = Actor("bench", "test")
    app.settings.set(actor, "threshold", str(DEMO_THRESHOLD))
    app.settings.set(actor, "liveness", "off")
    for person in STAFF:
        shown = [
            Picture(f"{person.name} {turn}", image=render(person, pose=Pose(turn=turn)))
            for turn in (-12.0, 0.0, 12.0)
        ]
        progress.run(app.enrolment.add(actor, PersonDetails(person.name), shown))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int, default=40)
    parser.add_argument("--empty", type=float, default=30.0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    source = pictures()
    stop = threading.Event()
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        app = build(Path(folder) / "home")
        enrol(app)
        door = RunningDoor(
            DoorParts(
                home=app.home,
                store=app.store,
                settings=app.settings.get,
                clock=app.clock,
                name="Front",
                source=source,
                lock=open_lock("simulated:"),
                new_recogniser=lambda keeper: app.new_recogniser(keeper=keeper),
                pulse=1.0,
                rules=app.door_rules("Front"),
                say=lambda text: print(text, file=sys.stderr),
            )
        )
        figures: dict[str, object] = {}

        def rest() -> None:
            """The doorway stays empty; take the processor time of it."""
            source.only_empty = True
            time.sleep(EMPTY / FPS + 2)
            began, before = time.monotonic(), time.process_time()
            time.sleep(asked.empty)
            spent = (time.process_time() - before) / (time.monotonic() - began)
            figures["empty_share_of_one_core"] = round(spent, 3)
            stop.set()

        resting: threading.Thread | None = None
        with door:
            for answer in door.answers(stop):
                if answer.outcome.value == "granted":
                    seconds.append(answer.seconds or float("nan"))
                if len(seconds) == asked.visits and resting is None:
                    resting = threading.Thread(target=rest)
                    resting.start()
        if resting is not None:
            resting.join()
        app.close()
    seconds.sort()
    figures = {
        "claim": "first good picture to the lock: median < 0.4 s, p95 < 0.8 s; an empty doorway "
        "takes less than a quarter of one core",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end",
        "source": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12],
        "visits": len(seconds),
        "to_lock_median": round(statistics.median(seconds), 3),
        "to_lock_p95": round(seconds[int(0.95 * (len(seconds) - 1))], 3),
        "to_lock_max": round(seconds[-1], 3),
        **figures,
    }
    text = json.dumps(figures, indent=2)
    print(text)
    (asked.out or Path(__file__).parent / "results" / "station.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
