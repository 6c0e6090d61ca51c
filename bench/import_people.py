"""Time and memory of importing the known people of lfw-dev through the product's own use case.

    python bench/import_people.py [--data FOLDER] [--trials N] [--seed N]

Three pictures of each person with four or more, chosen by the seed, are linked into a folder of
folders and imported into a fresh data folder, in a process of its own each time (so that the peak
of memory is that of one import; it includes loading torch and the networks, and so does the time).
Prints the claim, the machine, trials, mean and spread; saves them under bench/results/.
"""

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from identification import evaluation_folder, machine, people_of, split

MOST_SECONDS = 60.0


def lay_out(folder: Path, data: Path, seed: int) -> tuple[int, int]:
    """Link the chosen pictures into `folder`; return the numbers of people and pictures."""
    known, _ = people_of(data)
    enrolled, _ = split(known, seed)
    for name, files in enrolled.items():
        (folder / name).mkdir(parents=True)
        for file in files:
            (folder / name / file.name).symlink_to(file)
    return len(enrolled), sum(len(files) for files in enrolled.values())


def one_import(folder: Path, home: Path) -> dict[str, float]:
    """Import in a new process; return the command's last line with wall time and peak memory."""
    command = [sys.executable, "-m", "faceaccess", "people", "import", str(folder)]
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--json", "--home", str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    watched, peak = psutil.Process(process.pid), 0
    while process.poll() is None:
        try:
            peak = max(peak, watched.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.05)
    seconds = time.perf_counter() - started
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    if process.wait() != 0:
        raise SystemExit(f"the import failed: {lines[-1:]}")
    last = json.loads(lines[-1])
    return {key: last[key] for key in ("people", "samples", "rejected", "seconds")} | {
        "wall_seconds": seconds,
        "peak_megabytes": peak / 1e6,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of lfw-dev")
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    data = options.data or evaluation_folder()
    here = machine()
    print(f"Claim: 294 people, 882 pictures imported in < {MOST_SECONDS:.0f} s, memory bounded.")
    print("Machine: " + ", ".join(f"{key} {value}" for key, value in here.items()))
    results = []
    for trial in range(options.trials):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "people"
            people, pictures = lay_out(folder, data, options.seed + trial)
            result = one_import(folder, Path(scratch) / "home")
        print(
            f"seed {options.seed + trial}: {people} people, {pictures} pictures: "
            + ", ".join(f"{key} {value:,.1f}" for key, value in result.items())
        )
        results.append(result)
    for key in ("wall_seconds", "peak_megabytes"):
        values = [result[key] for result in results]
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        print(f"{key:<16} mean {statistics.mean(values):8.1f}  sd {spread:.1f}")
    slowest = max(result["wall_seconds"] for result in results)
    print("\nReached." if slowest < MOST_SECONDS else "\nNOT reached.")
    target = Path(__file__).parent / "results"
    target.mkdir(exist_ok=True)
    source = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    saved = {"machine": here, "source_sha256": source, "results": results}
    (target / "import_people.json").write_text(json.dumps(saved, indent=1))
    print("Saved to bench/results/import_people.json")


if __name__ == "__main__":
    main()
