"""What a training step costs with each optimizer, all in turn in one process.

    python bench/optimizers/timing.py [--rounds N] [--out FILE]

Seconds within the runs of the comparison depend on what else the machine did then. Here every
method trains its own network on the same batches, 20 steps at a time in turn, so all meet the same
moods; medians of the rounds, in milliseconds of this thread on the processor.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import torch
from methods import MODERN, RECOMMENDED, RIVALS, method
from one_run import start
from torch.nn.functional import cross_entropy

from faceaccess.optim import WeightAverage

STEPS = 20
NAMES = ("as written", "average", "look-ahead", RECOMMENDED, *RIVALS, *MODERN)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).resolve().parents[1] / "results" / "optimizers_timing.json",
    )
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    x = torch.randn(64, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    y = torch.arange(64) % 10
    networks = {name: start("", 0) for name in NAMES}
    optimizers = {name: method(name).make(networks[name], method(name).rate) for name in NAMES}
    average = WeightAverage(networks[RECOMMENDED].parameters())
    whole: dict[str, list[float]] = {name: [] for name in NAMES}
    step: dict[str, list[float]] = {name: [] for name in (*NAMES, "average of weights")}
    for _ in range(chosen.rounds):
        for name in NAMES:
            in_step = 0.0
            began = time.thread_time()
            for _ in range(STEPS):
                loss = cross_entropy(networks[name](x), y)
                optimizers[name].zero_grad()
                loss.backward()
                before = time.thread_time()
                optimizers[name].step()
                in_step += time.thread_time() - before
                loss.item()
            whole[name].append(1000 * (time.thread_time() - began) / STEPS)
            step[name].append(1000 * in_step / STEPS)
            if name == RECOMMENDED:
                before = time.thread_time()
                for _ in range(STEPS):
                    average.update()
                took = time.thread_time() - before
                step["average of weights"].append(1000 * took / STEPS)
    print("| optimizer | ms a training step | of it in the optimizer |\n|---|---|---|")
    for name, values in step.items():
        all_of_it = f"{statistics.median(whole[name]):.2f}" if name in whole else ""
        print(f"| {name} | {all_of_it} | {statistics.median(values):.3f} |")
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    saved = {"torch": torch.__version__, "whole_ms": whole, "step_ms": step}
    chosen.out.write_text(json.dumps(saved, indent=1) + "\n")


if __name__ == "__main__":
    main()
