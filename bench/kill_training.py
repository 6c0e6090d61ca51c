"""Training that is killed with `kill -9` again and again ends in the same bits as one that is not.

    python bench/kill_training.py [--kills N] [--seed N] [--out FILE]

A process trains a small network on drawn gratings and writes a checkpoint after *every* step, so
that many of the kills meet a file that is being written. It is killed after a random time and
started anew on its checkpoint, until the training ends; then weights and history must be bit for
bit those of a training that was left alone (all but the seconds). Trainings with all optimizers,
with and without averaged weights and patience, follow each other until N kills are done.

Prints claim, machine, seed and counts, and saves them with this file's hash under bench/results/ or
as --out. Ends with exit code 1 if any training differed or any checkpoint was refused.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import platform
import random
import signal
import sys
import tempfile
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from faceaccess.core.errors import KnownError
from faceaccess.core.progress import run
from faceaccess.learn.choices import OPTIMIZERS
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.picture_training import train_pictures
from faceaccess.learn.prepared_set import PreparedSet, from_arrays
from faceaccess.learn.trained_network import TrainedNetwork

NETWORK = "conv 8x3 | relu | pool 2 | fc 32 | relu | classes"
EPOCHS = 4
LONGEST_LIFE = 0.6
"""Seconds from a process's first step to its kill are drawn from 0 to this."""


def gratings(each: int, seed: int) -> PreparedSet:
    rng = np.random.default_rng(seed)
    labels = np.arange(4 * each) % 4
    y, x = np.mgrid[:16, :16]
    angle = labels[:, None, None] * np.pi / 4
    phase = rng.uniform(0, 2 * np.pi, (len(labels), 1, 1))
    pattern = np.sin(0.8 * (np.cos(angle) * x + np.sin(angle) * y) + phase)
    pixels = 127.5 + 50 * pattern + 40 * rng.standard_normal(pattern.shape)
    pictures = np.clip(pixels, 0, 255).astype(np.uint8)[:, None]
    return from_arrays(pictures, labels, tuple("abcd"), colour=False)


def fingerprint(trained: TrainedNetwork) -> str:
    """Return a hash of everything but the seconds."""
    digest = hashlib.sha256()
    for name, values in trained.weights.items():
        digest.update(f"{name} {values.shape}".encode() + values.tobytes())
    history = [replace(figures, seconds=0.0) for figures in trained.history]
    rest = (history, trained.stopped_by, trained.accuracy, trained.loss, trained.skipped_steps)
    digest.update(repr(rest).encode())
    return digest.hexdigest()


def train(chosen: Hyperparameters, checkpoint: Path | None, told: Connection) -> None:
    """Train in a process of its own; tells "begun", then the fingerprint or what was refused."""
    from faceaccess.learn import trainer

    trainer.CHECKPOINT_SECONDS = 0.0
    begun = False

    def tell(_: object) -> None:
        nonlocal begun
        if not begun:
            told.send(("begun", ""))
            begun = True

    trainer.REPORT_SECONDS = 0.0
    resume = checkpoint is not None and checkpoint.exists()
    job = train_pictures(
        gratings(40, 1), gratings(10, 2), chosen, checkpoint=checkpoint, resume=resume
    )
    try:
        told.send(("ended", fingerprint(run(job, tell))))
    except KnownError as error:
        told.send(("refused", str(error)))


def processes() -> multiprocessing.context.ForkServerContext:
    """Return a maker of processes that have torch loaded already."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["faceaccess.learn.picture_task", "faceaccess.learn.checkpoints"])
    return made


def outcome(
    made: multiprocessing.context.ForkServerContext,
    chosen: Hyperparameters,
    checkpoint: Path | None,
    life: float | None,
) -> tuple[str, str]:
    """Return ("ended", fingerprint), ("refused", why) or, if it was killed, ("killed", "")."""
    ours, theirs = made.Pipe(duplex=False)
    process = made.Process(target=train, args=(chosen, checkpoint, theirs))
    process.start()
    theirs.close()
    told = ("killed", "")
    try:
        told = ours.recv()
        if told[0] == "begun" and life is not None and not ours.poll(life):
            os.kill(process.pid, signal.SIGKILL)
        while told[0] == "begun":
            told = ours.recv()
    except EOFError:
        told = ("killed", "")
    process.join()
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.platform()}"
    print(__doc__.splitlines()[0])
    print(f"Machine: {machine}; seed {options.seed}; load {os.getloadavg()[0]:.1f}")
    made = processes()
    kills = trainings = most = leftovers = 0
    faults: list[str] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        while kills < options.kills:
            chosen = Hyperparameters(
                network=NETWORK,
                epochs=EPOCHS,
                batch=8,
                shift=1,
                seed=rng.randrange(1000),
                optimizer=rng.choice(list(OPTIMIZERS)),
                averaged_weights=rng.random() < 0.5,
                patience=rng.choice([None, 3]),
            )
            _, expected = outcome(made, chosen, None, None)
            checkpoint = Path(folder) / f"training-{trainings}.checkpoint"
            told, found, here = "killed", "", 0
            while told == "killed":
                life = rng.uniform(0.0, LONGEST_LIFE) if kills < options.kills else None
                told, found = outcome(made, chosen, checkpoint, life)
                here += told == "killed"
                kills += told == "killed"
            trainings += 1
            most = max(most, here)
            leftovers += len(list(Path(folder).glob(".*.part")))
            if (told, found) != ("ended", expected):
                faults.append(f"{chosen}: {told} {found}")
                print(f"FAULT after {here} kills: {faults[-1]}")
            print(f"{kills} kills, {trainings} trainings", flush=True)
    seconds = time.monotonic() - began
    print(f"{kills} kills in {trainings} trainings (at most {most} in one), {seconds:.0f} s")
    print(f"trainings that ended in other bits or were refused: {len(faults)}")
    print(f"half-written files left at the end of a training: {leftovers}")
    out = options.out or Path(__file__).parent / "results" / "kill_training.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    record = {
        "source_sha256": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "machine": machine,
        "seed": options.seed,
        "kills": kills,
        "trainings": trainings,
        "most_kills_of_one": most,
        "faults": faults,
        "leftovers": leftovers,
        "seconds": seconds,
    }
    out.write_text(json.dumps(record, indent=1) + "\n")
    print(f"saved: {out}")
    return 1 if faults or leftovers else 0


if __name__ == "__main__":
    sys.exit(main())
