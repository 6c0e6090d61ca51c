"""A door keeps up with its camera: 25 pictures a second at 640 x 480, 12 at 1080p.

    python bench/sustained.py [--seconds N] [--out FILE]

A real RTSP server shows one of the drawn staff who stays in view: 640 x 480 at 25 pictures a
second, then 1920 x 1080 at 30. A whole door runs in this process on it (decoding, detection,
recognition, liveness with its challenge, policy, store, simulated lock), as `door run` makes it.
Counted are the pictures that recognition has looked at. Each picture tells how old it is: from
being taken to having been looked at. The delay grows if the last third's median is larger than the
first third's. The processor time is that of this process: 100 % is one core.

Needs Debian's GStreamer (script/bootstrap --tests). Prints claim, machine and figures, and saves
them with this file's hash under bench/results/ or as --out. Other work on the machine shows: the
load is told.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench"), str(ROOT / "tests" / "camera")]

from door_films import enrol_staff, somebody_who_stays  # noqa: E402 - the folders come first
from rtsp_camera import RtspCamera, write_film  # noqa: E402

from faceaccess.app import App, build  # noqa: E402
from faceaccess.core.decisions import FrameResult  # noqa: E402
from faceaccess.core.frames import Frame  # noqa: E402
from faceaccess.pipeline.door_plan import DoorPlan  # noqa: E402
from faceaccess.pipeline.recognition import Recogniser  # noqa: E402
from faceaccess.pipeline.station import DoorAnswer  # noqa: E402

WARM_UP = 5.0  # seconds, after the first picture
CASES = (("640x480", (640, 480), 25, 100, 25.0), ("1080p", (1920, 1080), 30, 90, 12.0))


def run(app: App, camera: RtspCamera, name: str, seconds: float) -> dict[str, object]:
    """Run a door on a camera; return how many pictures it has looked at, and how late."""
    ages: list[float] = []
    faces: list[int] = []
    stop = threading.Event()
    times: list[tuple[float, float]] = []  # wall, processor; at the beginning and the end
    plan = DoorPlan(name=name, camera=camera.address, lock="simulated:")
    with app.new_door(plan, say=lambda text: print(text, file=sys.stderr)) as door:
        process = door.station.process

        def watched(recogniser: Recogniser, frame: Frame) -> tuple[FrameResult, list[DoorAnswer]]:
            result = process(recogniser, frame)
            now = time.monotonic()
            if not times:
                times.append((now, time.process_time()))
            if now - times[0][0] >= WARM_UP and len(times) == 1:
                times.append((now, time.process_time()))
            if len(times) == 2:
                ages.append(camera.age(frame.image))
                faces.append(len(result[0].faces))
                if now - times[1][0] >= seconds:
                    times.append((now, time.process_time()))
                    stop.set()
            return result

        door.station.process = watched  # type: ignore[method-assign]  # a look in between
        outcomes = [answer.outcome.value for answer in door.answers(stop)]
    took = times[2][0] - times[1][0]
    third = len(ages) // 3
    return {
        "looked_at_a_second": round(len(ages) / took, 1),
        "with_a_face": round(float(np.mean(np.array(faces) > 0)), 3),
        "granted": outcomes.count("granted"),
        "cores": round((times[2][1] - times[1][1]) / took, 2),
        "processor_ms_a_picture": round(1000 * (times[2][1] - times[1][1]) / len(ages), 1),
        "delay_median": round(float(np.median(ages)), 3),
        "delay_p95": round(float(np.quantile(ages, 0.95)), 3),
        "delay_first_third": round(float(np.median(ages[:third])), 3),
        "delay_last_third": round(float(np.median(ages[-third:])), 3),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found: dict[str, object] = {}
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = build(folder / "home")
        enrol_staff(app)
        for case, size, fps, count, wanted in CASES:
            film = folder / case
            write_film(film, somebody_who_stays(size, count))
            with RtspCamera(film, size, count, fps, "--bitrate", "6000") as camera:
                film.unlink()  # it is encoded by now
                told = run(app, camera, case, asked.seconds)
            found[case] = {"camera_fps": fps, "must_reach": wanted, **told}
            good = good and float(str(told["looked_at_a_second"])) >= 0.98 * wanted
        app.close()
    figures = {
        "claim": "25 pictures a second at 640 x 480 and 12 at 1080p, end to end, without a growing "
        "delay",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end",
        "source": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12],
        "seconds_each": asked.seconds,
        **found,
    }
    text = json.dumps(figures, indent=2)
    print(text)
    (asked.out or ROOT / "bench" / "results" / "sustained.json").write_text(text + "\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
