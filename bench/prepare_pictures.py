"""Time and memory of preparing and of training on all 60,000 pictures of CIFAR-10.

    python bench/prepare_pictures.py [--data FOLDER] [--trials N]

The pictures of both parts stand in one CSV file. Each trial is a process of its own: the pictures
are prepared in colour at 32 pixels (184 MB, held in memory) and at 64 pixels (737 MB, in a mapped
file), and `faceaccess train` runs one epoch on them at 32 pixels, a fifth held back for testing.
The peak of memory is the kernel's own (VmHWM), so Linux is needed. Prints the claim, the machine,
trials, mean and spread; saves them under bench/results/.
"""

import argparse
import csv
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from identification import evaluation_folder, machine

MOST_MEGABYTES = 1500.0
BOUND_MEGABYTES = 450.0  # 256 MiB of pixels, the program, the list of files
PREPARE = """
import sys
from pathlib import Path
from faceaccess.core.progress import run
from faceaccess.learn.prepared_set import prepare
from faceaccess.learn.preprocessing import Preprocessing
result = run(prepare(Path(sys.argv[1]), Preprocessing(int(sys.argv[2]), colour=True)))
assert len(result.pictures) == int(sys.argv[3]) and not result.rejected, result.rejected[:3]
"""


def write_list(path: Path, data: Path) -> int:
    """List all pictures of both parts; return how many there are."""
    files = sorted(data.glob("t*/*/*.jpg"))
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("picture", "label"))
        rows.writerows((file, file.parent.name) for file in files)
    return len(files)


def peak_megabytes(process: int) -> float:
    """Return the peak of resident memory so far, or 0 once the process is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) * 1024 / 1e6 if lines else 0.0


def watched(command: list[str]) -> dict[str, float]:
    """Run a command to its end; return wall time and peak of memory."""
    started, peak = time.perf_counter(), 0.0
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, stdout=told, stderr=subprocess.STDOUT)
        while process.poll() is None:
            peak = max(peak, peak_megabytes(process.pid))
            time.sleep(0.02)
        if process.returncode:
            told.seek(0)
            raise SystemExit(f"it failed: {told.read().decode()[-2000:]}")
    return {"seconds": time.perf_counter() - started, "peak_megabytes": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of cifar10")
    parser.add_argument("--trials", type=int, default=3)
    options = parser.parse_args()
    data = options.data or evaluation_folder("cifar10")
    here = machine()
    print(
        f"Claim: 60,000 pictures are prepared in < {BOUND_MEGABYTES:,.0f} MB at any size and "
        f"trained on in < {MOST_MEGABYTES:,.0f} MB."
    )
    print("Machine: " + ", ".join(f"{key} {value}" for key, value in here.items()))
    python = sys.executable
    results: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch) / "list.csv"
        number = str(write_list(listed, data))
        train = [python, "-m", "faceaccess", "train", str(listed), "--out", f"{scratch}/model"]
        commands = {
            "prepare, 32 pixels": [python, "-c", PREPARE, str(listed), "32", number],
            "prepare, 64 pixels": [python, "-c", PREPARE, str(listed), "64", number],
            "train, 1 epoch": [*train, "--colour", "--size", "32", "--epochs", "1", "--json"],
        }
        print(f"{number} pictures, {options.trials} trials")
        for name, command in commands.items():
            results[name] = [watched(command) for _ in range(options.trials)]
            for key in results[name][0]:
                values = [result[key] for result in results[name]]
                spread = statistics.stdev(values) if len(values) > 1 else 0.0
                print(f"{name:<20} {key:<15} mean {statistics.mean(values):8.1f}  sd {spread:.1f}")
    most = {
        name: MOST_MEGABYTES if name.startswith("train") else BOUND_MEGABYTES for name in results
    }
    reached = all(
        result["peak_megabytes"] < most[name] for name in results for result in results[name]
    )
    print("\nReached." if reached else "\nNOT reached.")
    target = Path(__file__).parent / "results"
    target.mkdir(exist_ok=True)
    source = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    saved = {"machine": here, "source_sha256": source, "results": results}
    (target / "prepare_pictures.json").write_text(json.dumps(saved, indent=1))
    print("Saved to bench/results/prepare_pictures.json")


if __name__ == "__main__":
    main()
