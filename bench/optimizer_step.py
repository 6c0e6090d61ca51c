"""One step of GradientDirection beside torch's optimizers, and foreach beside one by one.

    python bench/optimizer_step.py [--trials N] [--threads N] [--out FILE]

Times `step()` alone, with the gradients made beforehand, on the method's LeNet (62,006 parameters),
on a head of 600 people, and on a network of 25 million parameters in 160 tensors. Prints claim,
machine, trials, mean and spread, and saves them with this file's hash under bench/results/ or as
--out.
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn import Parameter

from faceaccess.optim.gradient_direction import GradientDirection

MODELS: dict[str, list[tuple[int, ...]]] = {
    "LeNet, 62,006 parameters": [
        (6, 3, 5, 5),
        (6,),
        (16, 6, 5, 5),
        (16,),
        (120, 400),
        (120,),
        (84, 120),
        (84,),
        (10, 84),
        (10,),
    ],
    "head, 600 x 128": [(600, 128)],
    "25 million in 160 tensors": [(512, 610), (512,)] * 80,
}
WAYS: dict[str, Callable[[list[Parameter]], torch.optim.Optimizer]] = {
    "GradientDirection": GradientDirection,
    "  one by one": lambda p: GradientDirection(p, foreach=False),
    "  average 0.9": lambda p: GradientDirection(p, average=0.9),
    "  average 0.9, look-ahead": lambda p: GradientDirection(p, average=0.9, look_ahead=True),
    "SGD, foreach": lambda p: torch.optim.SGD(p, 1e-3, foreach=True),
    "SGD with momentum, foreach": lambda p: torch.optim.SGD(p, 1e-3, 0.9, foreach=True),
    "RMSprop, foreach": lambda p: torch.optim.RMSprop(p, 1e-3, foreach=True),
    "Adam, foreach": lambda p: torch.optim.Adam(p, 1e-3, foreach=True),
}


def parameters(shapes: list[tuple[int, ...]]) -> list[Parameter]:
    generator = torch.Generator().manual_seed(0)
    made = [Parameter(0.1 * torch.randn(shape, generator=generator)) for shape in shapes]
    for p in made:
        p.grad = torch.randn(p.shape, generator=generator)
    return made


def measure(shapes: list[tuple[int, ...]], trials: int) -> dict[str, list[float]]:
    """Return milliseconds a step; the ways take turns, each with parameters of its own."""
    optimizers = {name: way(parameters(shapes)) for name, way in WAYS.items()}
    number = sum(p.numel() for p in next(iter(optimizers.values())).param_groups[0]["params"])
    steps = max(1, 2_000_000 // number)
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    for trial in range(trials + 1):
        for name, optimizer in optimizers.items():
            began = time.perf_counter()
            for _ in range(steps):
                optimizer.step()
            if trial:  # the first is for warming up
                found[name].append(1000 * (time.perf_counter() - began) / steps)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.platform()}"
    print("Claim: a step by direction costs no more than one of Adam.")
    print(f"Machine: {machine}; torch {torch.__version__}, {chosen.threads} threads; ", end="")
    print(f"load {os.getloadavg()[0]:.1f}; seed 0, {chosen.trials} trials")
    everything = {}
    for model, shapes in MODELS.items():
        print(f"\n{model}: milliseconds a step")
        everything[model] = found = measure(shapes, chosen.trials)
        adam = statistics.mean(found["Adam, foreach"])
        for name, values in found.items():
            mean, spread = statistics.mean(values), statistics.pstdev(values)
            print(f"{name:28} {mean:9.3f} +- {spread:.3f}   {mean / adam:5.2f} x Adam")
        held = statistics.mean(found["GradientDirection"]) <= adam
        print(f"claim: {'reached' if held else 'MISSED'}")
    out = chosen.out or Path(__file__).parent / "results" / "optimizer_step.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    saved = {
        "source_sha256": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "machine": machine,
        "torch": torch.__version__,
        "threads": chosen.threads,
        "trials": chosen.trials,
        "milliseconds": everything,
    }
    out.write_text(json.dumps(saved, indent=1) + "\n")
    print(f"\nsaved: {out}")


if __name__ == "__main__":
    main()
