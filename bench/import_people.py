"""Time and memory of importing the known people of lfw-dev through the product's own use case.

    python bench/import_people.py [--data FOLDER] [--trials N] [--seed N] [--people N]
                                  [--before CHECKOUT]

Three pictures of each person with four or more, chosen by the seed, are linked into a folder of
folders and imported into a fresh data folder, in a process of its own each time (so that the peak
of memory is that of one import; it includes loading torch and the networks, and so does the time).
With `--before`, each trial also runs an earlier version's checkout on the same pictures, and the
ratio of the times is told: on a busy machine that says more than the times. `--people` imports so
many only; the claim is for all.

Prints the claim, the machine, trials, mean and spread; saves them under bench/results/.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from identification import evaluation_folder, machine, people_of, split

MOST_SECONDS = 60.0


def lay_out(folder: Path, data: Path, seed: int, most: int) -> tuple[int, int]:
    """Link the chosen pictures into `folder`; return the numbers of people and pictures."""
    known, _ = people_of(data)
    known = dict(list(known.items())[:most])
    enrolled, _ = split(known, seed)
    for name, files in enrolled.items():
        (folder / name).mkdir(parents=True)
        for file in files:
            (folder / name / file.name).symlink_to(file)
    return len(enrolled), sum(len(files) for files in enrolled.values())


def one_import(folder: Path, home: Path, checkout: Path | None = None) -> dict[str, float]:
    """Import in a new process; return the command's last line with wall time and peak memory."""
    environment = {**os.environ} | ({} if checkout is None else {"PYTHONPATH": str(checkout)})
    command = [sys.executable, "-m", "faceaccess", "people", "import", str(folder)]
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--json", "--home", str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=home.parent,
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
    parser.add_argument("--people", type=int, default=10**6)
    parser.add_argument("--before", type=Path, help="checkout of an earlier version")
    options = parser.parse_args()
    data = options.data or evaluation_folder()
    here = machine()
    print(f"Claim: 294 people, 882 pictures imported in < {MOST_SECONDS:.0f} s, memory bounded.")
    print("Machine: " + ", ".join(f"{key} {value}" for key, value in here.items()))
    results = []
    for trial in range(options.trials):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "people"
            people, pictures = lay_out(folder, data, options.seed + trial, options.people)
            result = one_import(folder, Path(scratch) / "home")
            if options.before is not None:
                former = one_import(folder, Path(scratch) / "former", options.before.absolute())
                result["before_seconds"] = former["wall_seconds"]
                result["ratio"] = result["wall_seconds"] / former["wall_seconds"]
        print(
            f"seed {options.seed + trial}: {people} people, {pictures} pictures: "
            + ", ".join(f"{key} {value:,.1f}" for key, value in result.items())
        )
        results.append(result)
    told = ("wall_seconds", "peak_megabytes", "before_seconds", "ratio")
    for key in (key for key in told if key in results[0]):
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
