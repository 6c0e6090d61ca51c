"""One step of GradientDirection: what it costs beside torch's optimizers, and how exact it is.

    python bench/optimizer_step.py [--trials N] [--threads N] [--out FILE]

Cost: times `step()` alone, with the gradients made beforehand, on the method's LeNet (62,006
parameters), on a head of 600 people, and on 10 million parameters in 80 tensors and in one. In a
trial every optimizer steps in turn, in the other order each time; the ratio is taken within the
trial. With one thread the time is that of the processor, which other programs disturb less.
Accuracy: 1,000 steps on the LeNet's shapes, each from the same parameters and gradient as the rule
in float64. Prints claims, machine, trials, mean and spread, and saves them with the hashes of the
sources under bench/results/ or as --out.
"""

import argparse
import hashlib
import json
import math
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from faceaccess import optim
from faceaccess.optim import GradientDirection

LENET = [(6, 3, 5, 5), (6,), (16, 6, 5, 5), (16,), (120, 400), (120,)]
LENET += [(84, 120), (84,), (10, 84), (10,)]
MODELS: dict[str, list[tuple[int, ...]]] = {
    "LeNet, 62,006 parameters": LENET,
    "head, 600 x 128": [(600, 128)],
    "10 million in 80 tensors": [(512, 488), (512,)] * 40,
    "10 million in one tensor": [(3200, 3125)],
}
UNCLAIMED = {"head, 600 x 128"}
"""One small tensor: SGD needs three calls in all, so that a ratio says little."""
OURS: dict[str, dict[str, Any]] = {
    "GradientDirection": {},
    "  average 0.9": {"average": 0.9},
    "  average 0.9, look-ahead": {"average": 0.9, "look_ahead": True},
}
RIVAL = "SGD with momentum, foreach"
WAYS: dict[str, Callable[[list[Parameter]], torch.optim.Optimizer]] = {
    RIVAL: lambda p: torch.optim.SGD(p, 1e-3, 0.9, foreach=True),
    **{
        name: lambda p, options=options: GradientDirection(p, **options)
        for name, options in OURS.items()
    },
    "  the same, one by one": lambda p: GradientDirection(
        p, average=0.9, look_ahead=True, foreach=False
    ),
    "SGD, foreach": lambda p: torch.optim.SGD(p, 1e-3, foreach=True),
    "RMSprop, foreach": lambda p: torch.optim.RMSprop(p, 1e-3, foreach=True),
    "Adam, foreach": lambda p: torch.optim.Adam(p, 1e-3, foreach=True),
}
MOST_RATIO = 1.3
MOST_DIFFERENCE = 1e-5


def parameters(shapes: list[tuple[int, ...]]) -> list[Parameter]:
    generator = torch.Generator().manual_seed(0)
    made = [Parameter(0.05 * torch.randn(shape, generator=generator)) for shape in shapes]
    for p in made:
        p.grad = torch.randn(p.shape, generator=generator)
    return made


def measure(
    shapes: list[tuple[int, ...]], trials: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Return milliseconds a step of every trial; each way has parameters of its own."""
    optimizers = {name: way(parameters(shapes)) for name, way in WAYS.items()}
    steps = max(2, 4_000_000 // sum(math.prod(shape) for shape in shapes))
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    for trial in range(trials + 1):
        turns = list(optimizers.items())
        for name, optimizer in reversed(turns) if trial % 2 else turns:
            began = clock()
            for _ in range(steps):
                optimizer.step()
            if trial:  # the first is for warming up
                found[name].append(1000 * (clock() - began) / steps)
    return found


def show_costs(found: dict[str, list[float]], *, claimed: bool) -> None:
    for name, values in found.items():
        mean, spread = statistics.mean(values), statistics.stdev(values)
        ratios = [a / b for a, b in zip(values, found[RIVAL], strict=True)]
        ratio, ratio_spread = statistics.mean(ratios), statistics.stdev(ratios)
        line = f"{name:28} {mean:8.3f} +- {spread:.3f} ms   {ratio:5.2f} +- {ratio_spread:.2f}"
        if name in OURS and claimed:
            line += f"   claim: {'reached' if ratio <= MOST_RATIO else 'MISSED'}"
        print(line)


def as_vector(tensors: list[Tensor]) -> Tensor:
    return torch.cat([t.detach().double().reshape(-1) for t in tensors])


def differences(options: dict[str, Any], steps: int = 1000) -> dict[str, float]:
    """Return the greatest relative differences to the rule in float64 of any of the steps."""
    generator = torch.Generator().manual_seed(0)
    params = parameters(LENET)
    optimizer = GradientDirection(params, **options)
    c, step = options.get("average", 0.0), 0.0014 * math.sqrt(62_006)
    m: Tensor | float = 0.0
    worst = {"of the update": 0.0, "of the parameters": 0.0}
    for _ in range(steps):
        size = 10.0 ** float(8.0 * torch.randn((), generator=generator))
        for p in params:
            p.grad = size * torch.randn(p.shape, generator=generator)
        before = as_vector(params)
        g = as_vector([p.grad for p in params if p.grad is not None])
        u = g / g.norm()
        m = c * m + (1.0 - c) * u
        update = -step * (c * m + (1.0 - c) * u if "look_ahead" in options else m)
        step *= 1.0 - 0.0003
        optimizer.step()
        apart = float((as_vector(params) - before - update).norm())
        for name, whole in (("of the update", update), ("of the parameters", before + update)):
            worst[name] = max(worst[name], apart / float(whole.norm()))
    return worst


def sources() -> dict[str, str]:
    files = [Path(__file__), *sorted(Path(optim.__file__).parent.glob("*.py"))]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    clock = time.process_time if chosen.threads == 1 else time.perf_counter
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.platform()}"
    print(
        f"Claims: at 62,006 and at 10 million parameters a step takes at most {MOST_RATIO} x one of"
    )
    print(f"{RIVAL}; it differs from the rule in float64 by less than {MOST_DIFFERENCE:g}.")
    print(f"Machine: {machine}; torch {torch.__version__}, {chosen.threads} threads; ", end="")
    print(f"load {os.getloadavg()[0]:.1f}; seed 0, {chosen.trials} trials, {clock.__name__}")
    costs = {}
    for model, shapes in MODELS.items():
        print(f"\n{model}: milliseconds a step; ratio to {RIVAL}")
        costs[model] = measure(shapes, chosen.trials, clock)
        show_costs(costs[model], claimed=model not in UNCLAIMED)
    print("\nLeNet, greatest relative difference in 1,000 steps")
    accuracy = {}
    for name, options in OURS.items():
        accuracy[name.strip()] = worst = differences(options)
        held = all(value < MOST_DIFFERENCE for value in worst.values())
        shown = ", ".join(f"{value:.1e} {what}" for what, value in worst.items())
        print(f"{name:28} {shown}   claim: {'reached' if held else 'MISSED'}")
    out = chosen.out or Path(__file__).parent / "results" / "optimizer_step.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    saved = {
        "sources_sha256": sources(),
        "machine": machine,
        "torch": torch.__version__,
        "threads": chosen.threads,
        "clock": clock.__name__,
        "trials": chosen.trials,
        "milliseconds": costs,
        "difference": accuracy,
    }
    out.write_text(json.dumps(saved, indent=1) + "\n")
    print(f"\nsaved: {out}")


if __name__ == "__main__":
    main()
