"""One training run of the method's LeNet on CIFAR-10, and the record that it leaves.

The start and the order of the batches follow from the seed alone, so the runs of one seed are
paired. After each epoch the weights are evaluated, and in the very same run, beside the training
and off its clock, the averages of the weights.
"""

import math
import platform
import time
from dataclasses import asdict, dataclass
from functools import cache

import torch
from data import Part, cifar10
from methods import method
from torch import Tensor, nn

from faceaccess.optim import WeightAverage

AVERAGES = {
    "0.99": 0.99,
    "0.995": 0.995,
    "0.998": 0.998,
    "0.999": 0.999,
    "growing": 0.99999,
}
"""Exponential averages by their decay; `growing` forgets so slowly that its factor
(t - 1) / (t + 9) decides alone: always about the last tenth of the run so far."""

parts = cache(cifar10)


@dataclass(frozen=True)
class Setting:
    method: str
    seed: int
    protocol: str = "test"
    epochs: int = 20
    rate: float | None = None  # None: the method's own
    rate_factor: float = 1.0
    loss_factor: float = 1.0
    averages: tuple[str, ...] = ("0.998",)
    tail_from: float | None = None  # the tail average starts after this share of all steps
    reading: str = ""  # another reading of the source: of the pictures or of the start
    batch: int = 64


def lenet(channels: int = 3) -> nn.Sequential:
    """The method's network. Pooling before the rectifier is the same function at less work."""
    return nn.Sequential(
        nn.Conv2d(channels, 6, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(6, 16, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )


def start(reading: str, seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    network = lenet(1 if "gray" in reading else 3)
    if "normal" in reading:  # for example "normal 0.02"
        deviation = float(reading.split("normal")[1].split(maxsplit=1)[0])
        for p in network.parameters():
            nn.init.normal_(p, 0.0, deviation)
    return network.to(memory_format=torch.channels_last)


class Stopwatch:
    """Seconds of this thread on the processor, which a busy machine hardly lengthens, and on the
    wall.
    """

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def __enter__(self) -> None:
        self._cpu, self._wall = time.thread_time(), time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.cpu += time.thread_time() - self._cpu
        self.wall += time.perf_counter() - self._wall


@torch.no_grad()
def evaluate(network: nn.Module, part: Part) -> dict[str, float]:
    outputs = torch.cat([network(x) for x in part.pictures.split(500)])
    return {
        "accuracy": 100.0 * float((outputs.argmax(1) == part.labels).double().mean()),
        "loss": float(nn.functional.cross_entropy(outputs, part.labels)),
    }


def batches(number: int, size: int, generator: torch.Generator) -> tuple[Tensor, ...]:
    return torch.randperm(number, generator=generator).split(size)


def one_run(setting: Setting) -> dict:
    """Train and return the record: the setting, and a row an epoch.

    A row's `cpu` and `wall` are seconds of training since the start (batches, forward, backward,
    step); `average_cpu` what each average of the weights cost beside it.
    """
    torch.set_num_threads(1)
    training, held_out = parts(setting.protocol, setting.reading)
    network = start(setting.reading, setting.seed)
    chosen = method(setting.method)
    rate = chosen.rate if setting.rate is None else setting.rate
    optimizer = chosen.make(network, rate)
    for group in optimizer.param_groups:
        group["lr"] *= setting.rate_factor
        if "initial_step" in group:
            group["initial_step"] = group["lr"]
    steps = setting.epochs * math.ceil(len(training.labels) / setting.batch)
    weights = list(network.parameters())
    averages = {name: WeightAverage(weights, decay=AVERAGES[name]) for name in setting.averages}
    tail_from = 0
    if setting.tail_from is not None:
        tail_from = int(setting.tail_from * steps)
        averages["tail"] = WeightAverage(weights, decay=None, start=tail_from)
    order = torch.Generator().manual_seed(setting.seed)
    clock, average_clocks = Stopwatch(), {name: Stopwatch() for name in averages}
    rows = []
    for epoch in range(1, setting.epochs + 1):
        total = 0.0
        with clock:
            indices = batches(len(training.labels), setting.batch, order)
        for which in indices:
            with clock:
                loss = nn.functional.cross_entropy(
                    network(training.pictures[which]), training.labels[which]
                )
                optimizer.zero_grad()
                (setting.loss_factor * loss).backward()
                optimizer.step()
                total += loss.item() * len(which)
            for name, average in averages.items():
                with average_clocks[name]:
                    average.update()
        found = {"raw": eval_mode(optimizer, network, held_out)}
        for name, average in averages.items():
            if name != "tail" or average.updates > tail_from:
                with average.applied():
                    found[name] = evaluate(network, held_out)
        rows.append(
            {
                "epoch": epoch,
                "training_loss": total / len(training.labels),
                "found": found,
                "cpu": clock.cpu,
                "wall": clock.wall,
                "average_cpu": {name: c.cpu for name, c in average_clocks.items()},
            }
        )
        shown = ", ".join(f"{name} {value['accuracy']:.2f}" for name, value in found.items())
        print(f"  {setting.method}, seed {setting.seed}, epoch {epoch}: {shown}", flush=True)
        if not math.isfinite(total):
            break
    return {
        "setting": asdict(setting),
        "steps": steps,
        "torch": torch.__version__,
        "machine": platform.machine(),
        "parameters": sum(p.numel() for p in weights),
        "rows": rows,
    }


def eval_mode(optimizer: object, network: nn.Module, part: Part) -> dict[str, float]:
    """Evaluate the weights; a schedule-free optimizer asks to be told before and after."""
    switches = callable(getattr(optimizer, "eval", None))
    if switches:
        optimizer.eval()
    found = evaluate(network, part)
    if switches:
        optimizer.train()
    return found
