"""A door that runs for an hour at full rate grows by less than 20 MB, and by no thread or handle.

    python bench/soak.py [--minutes N] [--seed N] [--out FILE]

A door runs as a process, with the default policy, on a real RTSP camera of 640 x 480 at 25 frames a
second, which shows drawn staff who come and go. Every five minutes the camera is killed for ten
seconds, and every ten seconds the door is asked for its status as `door status` does. Its resident
memory, threads and open files are read from the system every ten seconds. Growth is the median of
the last sixth less the median of the second sixth of the time: the first sixth is start-up.

Needs Debian's GStreamer (script/bootstrap --tests). Prints claim, machine and figures, and saves
them with this file's hash under bench/results/ or as --out. Exit code 1 if something has grown.
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench"), str(ROOT / "tests" / "camera")]

from door_films import ACTOR, comings_and_goings, enrol_staff  # noqa: E402 - the folders come first
from rtsp_camera import RtspCamera, write_film  # noqa: E402

from faceaccess.app import App, build  # noqa: E402
from faceaccess.core.errors import KnownError  # noqa: E402

NAME = "Front"
FPS = 25
FILM = 30  # seconds
EVERY = 10.0  # seconds between two looks
CAMERA_AWAY = 10.0  # seconds
CAMERA_EVERY = 300.0  # seconds
ALLOWED_MB = 20.0


@dataclass(frozen=True)
class Look:
    """What the system says of the process at one moment.

    Attributes:
        at: seconds since it began.
        rss_mb: resident memory, megabytes of 10**6 bytes.
        threads, handles: how many.
        frames: what it has seen so far, as its status tells, or None.
    """

    at: float
    rss_mb: float
    threads: int
    handles: int
    frames: int | None


def look(app: App, pid: int, began: float) -> Look:
    status = Path(f"/proc/{pid}/status").read_text()
    told = dict(line.split(":", 1) for line in status.splitlines())
    frames: int | None = None
    try:
        frames = int(str(app.doors.status(NAME, ACTOR)["frames"]))
    except KnownError as error:
        print(f"no status: {error}", file=sys.stderr)
    return Look(
        round(time.monotonic() - began, 1),
        round(int(told["VmRSS"].split()[0]) * 1024 / 1e6, 1),
        int(told["Threads"]),
        sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
        frames,
    )


def soak(app: App, camera: RtspCamera, folder: Path, minutes: float) -> tuple[list[Look], Counter]:
    """Run the door for so long; return the looks, and how often it said what."""
    station = subprocess.Popen(
        [
            *(sys.executable, "-m", "faceaccess", "door", "run", NAME, "--json"),
            *("--camera", camera.address, "--lock", f"simulated:{folder / 'lock.jsonl'}"),
        ],
        stdout=subprocess.PIPE,
        env={**os.environ, "FACEACCESS_HOME": str(app.home.root), "PYTHONUNBUFFERED": "1"},
    )
    outcomes: Counter[str] = Counter()

    def count() -> None:
        assert station.stdout is not None
        for line in station.stdout:
            told = json.loads(line)
            outcomes[f"{told['outcome']}: {told['reason']}"] += 1

    counting = threading.Thread(target=count)
    counting.start()
    looks: list[Look] = []
    began = time.monotonic()
    next_fault = began + CAMERA_EVERY
    time.sleep(EVERY)
    while time.monotonic() - began < minutes * 60 and station.poll() is None:
        looks.append(look(app, station.pid, began))
        if time.monotonic() >= next_fault:
            next_fault += CAMERA_EVERY
            camera.kill()
            time.sleep(CAMERA_AWAY)
            camera.start()
            outcomes["camera killed"] += 1
        time.sleep(EVERY)
    if station.poll() is not None:
        outcomes["ended by itself"] += 1
    station.terminate()
    station.wait()
    counting.join()
    return looks, outcomes


def grown(looks: list[Look], what: str) -> float:
    """Return the median of the last sixth less that of the second sixth."""
    sixth = max(1, len(looks) // 6)
    values = [float(getattr(one, what)) for one in looks]
    return statistics.median(values[-sixth:]) - statistics.median(values[sixth : 2 * sixth])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    load: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = build(folder / "home")
        enrol_staff(app)
        pictures = folder / "film"
        count = write_film(pictures, comings_and_goings(asked.seed, FPS, FILM))
        with RtspCamera(pictures, (640, 480), count, FPS) as camera:
            looks, outcomes = soak(app, camera, folder, asked.minutes)
        load.append(os.getloadavg()[2])
        app.close()
    seen = [one for one in looks if one.frames is not None]
    rate = (seen[-1].frames - seen[0].frames) / (seen[-1].at - seen[0].at)  # type: ignore[operator]
    figures = {
        "claim": "an hour at full rate: memory grows by less than 20 MB, no thread or file more",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, mean load {load[0]:.1f} in the last 15 minutes",
        "source": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12],
        "seed": asked.seed,
        "minutes": round(looks[-1].at / 60, 1),
        "frames_a_second": round(rate, 1),
        "memory_growth_mb": round(grown(looks, "rss_mb"), 1),
        "thread_growth": grown(looks, "threads"),
        "handle_growth": grown(looks, "handles"),
        "said": dict(outcomes),
        "looks": [asdict(one) for one in looks[:: max(1, len(looks) // 60)]],
    }
    text = json.dumps(figures, indent=2)
    print(text)
    (asked.out or ROOT / "bench" / "results" / "soak.json").write_text(text + "\n")
    good = (
        figures["memory_growth_mb"] < ALLOWED_MB  # type: ignore[operator]
        and grown(looks, "threads") <= 0
        and grown(looks, "handles") <= 0
        and "ended by itself" not in outcomes
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
