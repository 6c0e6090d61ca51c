"""ORL from scratch with the defaults of `train`, by each optimizer.

    python bench/optimizers/orl.py [--seeds N] [--optimizers NAME,...] [--raw] [--out FILE]

The product's own way: prepare, split (7 / 3 pictures a person, by seed), train_pictures; no
pretrained weights, one torch thread. Needs the evaluation data beside the project. The defaults
were chosen with other splits (seeds 100 to 104) than those reported here (0, 1, 2 ...). With --raw
the weights are not averaged, for any optimizer. Seconds are those of a run as the trainer counts
them, and of the processor: the first depend on what else the machine does.

Prints claim, machine, mean, spread and seconds, and saves all with this file's hash under
bench/results/ or as --out.
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from faceaccess.core.progress import run
from faceaccess.learn.choices import OPTIMIZERS
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.picture_split import split
from faceaccess.learn.picture_training import train_pictures
from faceaccess.learn.prepared_set import PreparedSet, prepare
from faceaccess.learn.preprocessing import Preprocessing

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
ACCURACY, SECONDS = 95.0, 60.0


def orl() -> PreparedSet:
    told = subprocess.run(
        [sys.executable, DATA / "unpack.py", "orl"], check=True, capture_output=True, text=True
    )
    prepared = run(prepare(Path(told.stdout.strip().splitlines()[-1]), Preprocessing()))
    assert not prepared.rejected
    return prepared.pictures


def one_run(pictures: PreparedSet, chosen: Hyperparameters) -> dict[str, object]:
    parts = split(pictures, share=0.3, seed=chosen.seed)
    assert (len(parts.training), len(parts.validation)) == (280, 120)
    began = time.process_time()
    trained = run(train_pictures(parts.training, parts.validation, chosen))
    return {
        "seed": chosen.seed,
        "accuracy": 100.0 * trained.accuracy,
        "accuracies": [100.0 * row.accuracy for row in trained.history],
        "losses": [row.loss for row in trained.history],
        "stopped_by": trained.stopped_by,
        "seconds": trained.seconds,
        "processor_seconds": time.process_time() - began,
        "parameters": sum(w.size for w in trained.weights.values()),
    }


def epochs_to(accuracies: Sequence[float], wanted: float) -> float:
    """Return the first epoch at the accuracy, interpolated between epochs; infinite for never."""
    before = 0.0
    for epoch, reached in enumerate(accuracies, start=1):
        if reached >= wanted:
            return epoch - 1 + (wanted - before) / (reached - before)
        before = reached
    return float("inf")


def row(name: str, runs: Sequence[dict]) -> str:
    final = [r["accuracy"] for r in runs]
    early = [r["accuracies"][9] for r in runs if len(r["accuracies"]) > 9]
    to_95 = [epochs_to(r["accuracies"], ACCURACY) for r in runs]
    reached = f"{statistics.mean(to_95):.1f}" if max(to_95) < float("inf") else "never"
    wall, processor = (
        f"{statistics.mean(r[k] for r in runs):.1f} ({max(r[k] for r in runs):.1f})"
        for k in ("seconds", "processor_seconds")
    )
    return (
        f"{name:22} {statistics.mean(final):6.2f} ({statistics.pstdev(final):.2f}) "
        f"{statistics.mean(early) if early else float('nan'):10.1f} {reached:>14} "
        f"{wall:>14} {processor:>14}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--optimizers", default=",".join(OPTIMIZERS))
    parser.add_argument("--raw", action="store_true", help="weights are not averaged")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    usual = Hyperparameters()
    usual = replace(usual, averaged_weights=usual.averaged_weights and not given.raw)

    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.platform()}"
    print(f"Claim: ORL from scratch, 7 / 3 pictures, defaults: >= {ACCURACY:g} % in the mean of")
    print(f"{given.seeds} seeds, each run < {SECONDS:g} s.")
    print(f"Machine: {machine}; torch {torch.__version__}, 1 thread; load {os.getloadavg()[0]:.1f}")
    print(f"{json.dumps(usual.as_json())}")
    print(f"{'':22} {'accuracy (sd) %':>14} {'10 epochs':>8} {'epochs to 95 %':>15} ", end="")
    print(f"{'s (longest)':>13} {'processor s':>14}", flush=True)
    pictures = orl()
    about = {
        "source_sha256": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "machine": machine,
        "torch": torch.__version__,
        "load": os.getloadavg(),
        "pictures": pictures.fingerprint,
        "hyperparameters": usual.as_json(),
    }
    name = "orl-raw.json" if given.raw else "orl.json"
    out = given.out or Path(__file__).resolve().parents[1] / "results" / name
    out.parent.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[dict]] = {}
    for optimizer in given.optimizers.split(","):
        found[optimizer] = [
            one_run(pictures, replace(usual, optimizer=optimizer, seed=seed))
            for seed in range(given.seeds)
        ]
        print(row(optimizer, found[optimizer]), flush=True)
        out.write_text(json.dumps({**about, "runs": found}, indent=1) + "\n")
    ours = found.get("direction")
    if ours:
        mean = statistics.mean(r["accuracy"] for r in ours)
        longest = max(r["seconds"] for r in ours)
        held = mean >= ACCURACY and longest < SECONDS
        print(
            f"claim: {mean:.2f} %, longest run {longest:.1f} s: {'reached' if held else 'MISSED'}"
        )
    print(f"saved: {out}")


if __name__ == "__main__":
    main()
