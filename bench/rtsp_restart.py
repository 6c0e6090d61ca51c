"""A network camera that is killed for ten seconds is back within five, and its pictures are fresh.

    python bench/rtsp_restart.py [--times N] [--away SECONDS] [--out FILE]

A real RTSP server (H.264, 640 x 480, 25 frames a second) is killed, is away for some seconds and is
started again, again and again. A `CameraReader` with the default settings reads it, as a door does.
Time to be back is from the moment in which the server listens again to the first frame that is
handed out; delay is the age of the frames of the two seconds after that, which each frame carries
in its picture. Needs Debian's GStreamer (script/bootstrap --tests).

Prints claim, machine and figures, and saves them with this file's hash under bench/results/ or as
--out. Exit code 1 if one was slower.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "camera")]

from rtsp_camera import RtspCamera, write_film  # noqa: E402 - the folders must be known first

from faceaccess.camera.drawn import DrawnPeopleSource  # noqa: E402
from faceaccess.camera.open import open_source  # noqa: E402
from faceaccess.camera.reader import CameraReader, Subscription  # noqa: E402
from faceaccess.core.clock import ManualClock, SystemClock  # noqa: E402
from faceaccess.core.settings import Settings  # noqa: E402

FPS = 25
FILM = 12  # seconds: an age of up to so long can be told
BACK, DELAY = 5.0, 0.5


def drain(place: Subscription) -> None:
    """Take what was handed out before the camera went away."""
    while place.next(0.5) is not None:
        pass


def once(camera: RtspCamera, place: Subscription, away: float) -> tuple[float, list[float]]:
    """Kill the camera and bring it back; return the seconds until then, and the frames' ages."""
    camera.kill()
    drain(place)
    time.sleep(away - 0.5)
    listens = camera.start()
    first = place.next(60)
    back = time.monotonic() - listens
    if first is None:
        return 60.0, []
    ages = [camera.age(first.image)]
    until = time.monotonic() + 2.0
    while time.monotonic() < until:
        frame = place.next(1.0)
        if frame is not None:
            ages.append(camera.age(frame.image))
    return back, ages


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--away", type=float, default=10.0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    settings = Settings()
    backs: list[float] = []
    ages: list[float] = []
    loads: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film"
        source = DrawnPeopleSource("demo:", ManualClock(), as_fast_as_it_goes=True)
        source.open()
        shown = (source.read() for _ in range(FILM * FPS))
        count = write_film(film, (frame.image for frame in shown if frame is not None))
        with RtspCamera(film, (640, 480), count, FPS) as camera:
            reader = CameraReader(
                open_source(camera.address, SystemClock()),
                SystemClock(),
                retry_seconds=settings.camera_retry,
                stall_seconds=settings.camera_stall,
            )
            place = reader.subscribe()
            reader.start()
            try:
                place.next(60)
                for _ in range(asked.times):
                    back, seen = once(camera, place, asked.away)
                    backs.append(back)
                    ages += seen
                    loads.append(os.getloadavg()[0])
                    oldest = max(seen, default=float("nan"))
                    print(f"back in {back:.2f} s, oldest {oldest:.3f} s", file=sys.stderr)
            finally:
                reader.stop()
    figures = {
        "claim": f"back in < {BACK:.0f} s each, delay after it < {DELAY} s",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, load {np.mean(loads):.1f} on average",
        "source": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12],
        "times": len(backs),
        "away_seconds": asked.away,
        "back_median": round(float(np.median(backs)), 2),
        "back_max": round(max(backs), 2),
        "frames": len(ages),
        "delay_median": round(float(np.median(ages)), 3),
        "delay_p99": round(float(np.quantile(ages, 0.99)), 3),
        "delay_max": round(max(ages), 3),
        "all_backs": [round(one, 2) for one in backs],
    }
    text = json.dumps(figures, indent=2)
    print(text)
    (asked.out or ROOT / "bench" / "results" / "rtsp_restart.json").write_text(text + "\n")
    return 0 if max(backs) < BACK and max(ages) < DELAY else 1


if __name__ == "__main__":
    sys.exit(main())
