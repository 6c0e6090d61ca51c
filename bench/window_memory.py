"""Memory of the program with its window open on the demo, and its growth over many frames.

    python bench/window_memory.py [--frames N] [--warm-up N]

The demo's window runs off-screen in this process: drawn people are enrolled by the real networks,
every place is opened once, then frames come as fast as recognition takes them (they are drawn
ahead, kept as JPEG, and handed on without a pause, so the count is of frames that were recognised).
Resident memory is read after the warm-up and at the end. Prints the claim, the machine, readings,
mean and spread, and saves them with this file's hash under bench/results/.
"""

import argparse
import gc
import hashlib
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import cv2
import numpy as np
import psutil
from PySide6.QtCore import QEventLoop, QObject, QTimer

from faceaccess.app import App, build_demo
from faceaccess.camera.open import open_source
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame
from faceaccess.gui.camera_thread import CameraThread, Seen
from faceaccess.gui.main import build_window
from faceaccess.gui.main_window import PLACES, MainWindow

MOST_BYTES, MOST_GROWTH = 1.2e9, 20e6
READINGS = 20


class Always:
    """A feed that gives the next drawn frame at once: the same scene over and over."""

    class _State:
        kind, text, fps = "running", "", 0.0

    state = _State()

    def __init__(self, frames: list[bytes], clock: Clock) -> None:
        self._frames, self._given, self._clock = frames, 0, clock

    def next(self, timeout: float) -> Frame:
        assert timeout >= 0
        data = self._frames[self._given % len(self._frames)]
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        moment = self._given / 25
        self._given += 1
        return Frame(image, "Demo door", self._given, moment, self._clock.now())

    def close(self) -> None:
        pass


class Counter(QObject):
    """Counts frames that were recognised and shown."""

    def __init__(self, thread: CameraThread) -> None:
        super().__init__()
        self.frames = 0
        thread.seen.connect(self._count)

    def _count(self, seen: Seen) -> None:
        # The thread hands over the newest only; frames between two are counted by their numbers.
        if seen.result is not None:
            self.frames = seen.frame.number


def drawn(app: App, count: int) -> list[bytes]:
    """Draw frames of people who come and go, and of the empty doorway between them."""
    source = open_source("demo:", app.clock, name="Demo door")
    source.open()
    kept: list[bytes] = []
    try:
        while len(kept) < count:
            frame = source.read()
            assert frame is not None
            kept.append(cv2.imencode(".jpg", frame.image)[1].tobytes())
    finally:
        source.close()
    return kept


def spin(until: Callable[[], bool], seconds: float) -> bool:
    """Run the event loop until a condition holds or the time is over; whether it holds."""
    loop = QEventLoop()
    poll = QTimer()
    poll.timeout.connect(lambda: loop.quit() if until() else None)
    poll.start(20)
    QTimer.singleShot(int(seconds * 1000), loop, loop.quit)
    loop.exec()
    poll.stop()
    return until()


def resident() -> int:
    """Return this process's resident memory in bytes."""
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def look_around(window: MainWindow) -> None:
    """Open every place once, as a user does, and come back."""
    for place in (*PLACES, "live"):
        window.show_place(place)
        spin(lambda: False, 1.5)


def measure(asked: argparse.Namespace) -> tuple[list[int], float]:
    """Return readings of resident memory, the first after the warm-up, and frames a second."""
    app = build_demo()
    try:
        frames = drawn(app, asked.drawn)

        def subscribe(_address: str, *, name: str = "") -> Always:
            assert name
            return Always(frames, app.clock)

        app.cameras.subscribe = subscribe  # the camera is not what is measured
        window = build_window(app)
        window.resize(1280, 840)
        window.show()
        window.start()
        try:
            spin(lambda: window.findChild(CameraThread) is not None, 10)
            thread = window.view("live").findChild(CameraThread)
            assert thread is not None
            counter = Counter(thread)
            if not spin(lambda: counter.frames > 50, 120):
                raise KnownError("The live view shows no frames.")
            look_around(window)
            begun = counter.frames
            spin(lambda: counter.frames >= begun + asked.warm_up, 1e6)
            readings = [resident()]
            start, began = counter.frames, time.perf_counter()
            for number in range(1, READINGS + 1):
                goal = start + asked.frames * number // READINGS
                spin(lambda goal=goal: counter.frames >= goal, 1e6)
                readings.append(resident())
                print(
                    f"{counter.frames - start:7,} frames: {readings[-1] / 1e6:7.1f} MB", flush=True
                )
            pace = (counter.frames - start) / (time.perf_counter() - began)
        finally:
            window.shutdown()
    finally:
        app.close()
    return readings, pace


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=30_000)
    parser.add_argument("--warm-up", type=int, default=2_000, dest="warm_up")
    parser.add_argument("--drawn", type=int, default=250, help="different frames that are drawn")
    asked = parser.parse_args()
    claim = (
        f"With the window open on the demo the program takes less than {MOST_BYTES / 1e9:.1f} GB, "
        f"and grows by less than {MOST_GROWTH / 1e6:.0f} MB over {asked.frames:,} frames."
    )
    where = {
        "processor": platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "system": platform.platform(),
        "python": sys.version.split()[0],
    }
    print(claim)
    print(" ".join(f"{name}: {value}" for name, value in where.items()))
    readings, pace = measure(asked)
    # The mean of the last quarter against that of the first: one reading may catch a passing peak.
    quarter = max(1, len(readings) // 4)
    growth = statistics.fmean(readings[-quarter:]) - statistics.fmean(readings[:quarter])
    peak = max(readings)
    print(
        f"resident: mean {statistics.fmean(readings) / 1e6:.1f} MB, spread "
        f"{statistics.stdev(readings) / 1e6:.1f} MB, most {peak / 1e6:.1f} MB; growth "
        f"{growth / 1e6:+.1f} MB, last less first {(readings[-1] - readings[0]) / 1e6:+.1f} MB; "
        f"{pace:.1f} frames/s"
    )
    small, steady = peak < MOST_BYTES, max(growth, readings[-1] - readings[0]) < MOST_GROWTH
    print(f"small: {'yes' if small else 'NO'}; steady: {'yes' if steady else 'NO'}")
    saved = Path(__file__).parent / "results" / "window_memory.json"
    saved.parent.mkdir(exist_ok=True)
    saved.write_text(
        json.dumps(
            {
                "claim": claim,
                "machine": where,
                "options": vars(asked),
                "readings_bytes": readings,
                "growth_bytes": growth,
                "frames_a_second": pace,
                "reached": small and steady,
                "source_sha256": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
            },
            indent=1,
        )
    )
    sys.exit(0 if small and steady else 1)


if __name__ == "__main__":
    main()
