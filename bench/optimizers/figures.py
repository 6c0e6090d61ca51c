"""What the records say: curves, epochs and seconds to an accuracy, paired differences."""

import json
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[1] / "results" / "optimizers"
# The 97.5 % quantile of Student's t by degrees of freedom.
T_QUANTILE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 9: 2.262}


@dataclass(frozen=True)
class Curve:
    """One run's weights, raw or averaged: test accuracy in per cent and seconds, epoch by epoch."""

    setting: dict
    weights: str
    accuracy: list[float]
    loss: list[float]
    training_loss: list[float]
    cpu: list[float]
    wall: list[float]

    @property
    def final(self) -> float:
        return self.accuracy[-1]

    @property
    def best(self) -> float:
        return max(self.accuracy)

    def epochs_to(self, accuracy: float) -> float:
        """Return the epoch, interpolated between two evaluations, or infinity."""
        before = 10.0  # ten classes, an untrained network
        for epoch, now in enumerate(self.accuracy):
            if now >= accuracy:
                return epoch + (accuracy - before) / (now - before)
            before = now
        return math.inf

    def seconds_to(self, accuracy: float) -> float:
        """Return seconds of processor time in training, interpolated in the same way."""
        epochs = self.epochs_to(accuracy)
        if math.isinf(epochs):
            return math.inf
        whole = math.ceil(epochs) - 1
        before = self.cpu[whole - 1] if whole else 0.0
        return before + (epochs - whole) * (self.cpu[whole] - before)


def records(results: Path = RESULTS) -> list[dict]:
    return [json.loads(path.read_text()) for path in sorted(results.glob("*.json"))]


def curve(record: dict, weights: str) -> Curve:
    """Return the curve of `raw` weights or of an average, whose cost counts in its seconds.

    A run that diverged stays at 10 % to the end.
    """
    rows = [row for row in record["rows"] if weights in row["found"]]
    found = [row["found"][weights] for row in rows]
    missing = record["setting"]["epochs"] - record["rows"][-1]["epoch"]
    return Curve(
        record["setting"],
        weights,
        [f["accuracy"] for f in found] + [10.0] * missing,
        [f["loss"] for f in found],
        [row["training_loss"] for row in rows],
        [row["cpu"] + row["average_cpu"].get(weights, 0.0) for row in rows],
        [row["wall"] for row in rows],
    )


def select(every: Iterable[dict], **wanted: object) -> list[dict]:
    """Return the records whose setting has these values, by seed."""
    chosen = [r for r in every if all(r["setting"][k] == v for k, v in wanted.items())]
    return sorted(chosen, key=lambda r: r["setting"]["seed"])


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Return mean, standard deviation, and half of the 95 % t interval of the mean."""
    mean = statistics.mean(values)
    if len(values) < 2:
        return mean, math.nan, math.nan
    deviation = statistics.stdev(values)
    return mean, deviation, T_QUANTILE[len(values) - 1] * deviation / math.sqrt(len(values))


def paired(ours: Sequence[Curve], theirs: Sequence[Curve]) -> list[float]:
    """Return final accuracy of ours minus theirs, seed by seed."""
    other = {c.setting["seed"]: c.final for c in theirs}
    return [c.final - other[c.setting["seed"]] for c in ours if c.setting["seed"] in other]


def mean_or_never(values: Sequence[float], digits: int) -> str:
    reached = [v for v in values if math.isfinite(v)]
    if not reached:
        return "never"
    shown = f"{statistics.mean(reached):.{digits}f}"
    if len(reached) < len(values):
        return f"{shown} ({len(values) - len(reached)} of {len(values)} never)"
    return shown
