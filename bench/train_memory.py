"""Memory of `faceaccess train` on the 60,000 pictures of CIFAR-10.

    python bench/train_memory.py [--data FOLDER] [--epochs N]

Each setting trains in a process of its own, as a user starts it, on the folder `train` (50,000
pictures in class folders) and is tested on `test` (10,000); the operating system tells the most
resident memory that the process ever had. Prints the claim, the machine and the readings, and saves
them with this file's hash under bench/results/.
"""

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST_BYTES = 1.5e9
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SETTINGS = {
    "default": (),
    "default, in colour": ("--colour",),
    "the method's: LeNet, colour, batch 64": (
        *("--network", "lenet", "--colour", "--batch", "64"),
        *("--shift", "0", "--no-mirror", "--no-average"),
    ),
}
LARGER = "enlarged to 64 x 64, in colour"
"""Shown and not judged: 614 MB of pixels lie in a mapped file then, and its pages count too."""


def cifar10() -> Path:
    """Return the folder with `train` and `test`, unpacked if need be."""
    told = subprocess.run(
        [sys.executable, DATA / "unpack.py", "cifar10"],
        check=True,
        capture_output=True,
        text=True,
    )
    return Path(told.stdout.strip().splitlines()[-1])


def measure(data: Path, options: tuple[str, ...], epochs: int) -> dict[str, float]:
    """Return the most resident bytes and the seconds of a training, and its accuracy."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(sys.executable, "-m", "faceaccess", "train", str(data / "train"), "--json"),
            *("--test", str(data / "test"), "--out", str(Path(folder) / "a.model")),
            *("--epochs", str(epochs), *options),
        ]
        began = time.perf_counter()
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout is not None
            lines = process.stdout.read().splitlines()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{command} ended with {process.returncode}"
    unit = 1 if sys.platform == "darwin" else 1024
    last = json.loads(lines[-1])
    assert (last["training"], last["test"]) == (50_000, 10_000), last
    return {
        "bytes": usage.ru_maxrss * unit,
        "seconds": round(time.perf_counter() - began, 1),
        "accuracy": last["accuracy"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with train and test")
    parser.add_argument("--epochs", type=int, default=1)
    asked = parser.parse_args()
    claim = f"`train` on 60,000 pictures of 32 x 32 takes under {MOST_BYTES / 1e9:.1f} GB."
    where = {
        "processor": platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "system": platform.platform(),
        "python": sys.version.split()[0],
    }
    print(claim)
    print(" ".join(f"{name}: {value}" for name, value in where.items()))
    data = asked.data or cifar10()
    readings = {}
    for name, options in {**SETTINGS, LARGER: ("--colour", "--size", "64")}.items():
        readings[name] = reading = measure(data, options, asked.epochs)
        print(
            f"{name}: {reading['bytes'] / 1e6:,.0f} MB, {reading['seconds']:.0f} s, "
            f"test accuracy {100 * reading['accuracy']:.1f} %",
            flush=True,
        )
    met = max(readings[name]["bytes"] for name in SETTINGS) < MOST_BYTES
    print(f"met: {'yes' if met else 'NO'}")
    saved = Path(__file__).parent / "results" / "train_memory.json"
    saved.parent.mkdir(exist_ok=True)
    saved.write_text(
        json.dumps(
            {
                "claim": claim,
                **where,
                "epochs": asked.epochs,
                "readings": readings,
                "met": met,
                "source_sha256": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
            },
            indent=1,
        ),
        encoding="utf-8",
    )
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
