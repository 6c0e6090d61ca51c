"""What a comparison's runs say, optimizer by optimizer: means, spreads and the time to a target."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from faceaccess.learn.comparison import ComparedRun
from faceaccess.learn.stop_rules import EpochFigures

TARGET_SHARE = 0.95
"""The target is this share of the best mean final accuracy, unless one is given."""


@dataclass(frozen=True)
class Reached:
    """Where a run first reached an accuracy, interpolated between the ends of two epochs.

    Attributes:
        epochs: in epochs.
        seconds: in seconds of training.
    """

    epochs: float
    seconds: float


@dataclass(frozen=True)
class Figure:
    """A mean over runs.

    Attributes:
        mean: of the runs.
        spread: sample standard deviation, or None with one run.
    """

    mean: float
    spread: float | None


@dataclass(frozen=True)
class ComparedOptimizer:
    """One row of the comparison.

    Attributes:
        optimizer: its name.
        runs: how many.
        final: test accuracy after the last epoch, 0 to 1.
        best: highest test accuracy of any epoch, 0 to 1.
        fall: how far the last epoch lies below the best one, 0 to 1.
        difference: final accuracy minus that of the first optimizer, paired by seed; None for the
            first itself.
        reached: how many of the runs reached the target.
        epochs_to, seconds_to: to the target; None unless every run reached it.
        seconds: training time of a whole run.
    """

    optimizer: str
    runs: int
    final: Figure
    best: Figure
    fall: Figure
    difference: Figure | None
    reached: int
    epochs_to: Figure | None
    seconds_to: Figure | None
    seconds: Figure


def summarise(runs: Sequence[ComparedRun], target: float) -> tuple[ComparedOptimizer, ...]:
    """Return a row for each optimizer, in the order in which they first appear.

    Args:
        runs: at least one; each with at least one epoch that was tested.
        target: test accuracy that `reached`, `epochs_to` and `seconds_to` are about.
    """
    groups = _groups(runs)
    first = {run.seed: _accuracies(run)[-1] for run in next(iter(groups.values()))}
    rows = []
    for number, (name, group) in enumerate(groups.items()):
        finals = [_accuracies(run)[-1] for run in group]
        bests = [max(_accuracies(run)) for run in group]
        pairs = [
            final - first[run.seed]
            for run, final in zip(group, finals, strict=True)
            if run.seed in first
        ]
        found = [one for run in group if (one := reached_by(run.history, target)) is not None]
        everywhere = len(found) == len(group)
        rows.append(
            ComparedOptimizer(
                name,
                len(group),
                figure(finals),
                figure(bests),
                figure([best - final for best, final in zip(bests, finals, strict=True)]),
                figure(pairs) if number and pairs else None,
                len(found),
                figure([one.epochs for one in found]) if everywhere else None,
                figure([one.seconds for one in found]) if everywhere else None,
                figure([run.history[-1].seconds for run in group]),
            )
        )
    return tuple(rows)


def target_of(runs: Sequence[ComparedRun]) -> float:
    """Return `TARGET_SHARE` of the best mean final accuracy, cut to a whole per cent."""
    best = max(
        statistics.fmean(_accuracies(run)[-1] for run in group) for group in _groups(runs).values()
    )
    return math.floor(100 * TARGET_SHARE * best) / 100


def reached_by(history: Sequence[EpochFigures], accuracy: float) -> Reached | None:
    """Return where `accuracy` was first reached, or None if never.

    Between two epochs the accuracy is taken to grow on a straight line; what comes before the end
    of the first epoch is not known, so that it counts as reached at its end.
    """
    before: EpochFigures | None = None
    for figures in history:
        if figures.accuracy is not None and figures.accuracy >= accuracy:
            if before is None or before.accuracy is None:
                return Reached(float(figures.epoch), figures.seconds)
            share = (accuracy - before.accuracy) / (figures.accuracy - before.accuracy)
            return Reached(
                before.epoch + share * (figures.epoch - before.epoch),
                before.seconds + share * (figures.seconds - before.seconds),
            )
        before = figures
    return None


def figure(values: Sequence[float]) -> Figure:
    """Return mean and spread of one value or more."""
    return Figure(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None)


def _groups(runs: Sequence[ComparedRun]) -> dict[str, list[ComparedRun]]:
    groups: dict[str, list[ComparedRun]] = {}
    for run in runs:
        groups.setdefault(run.optimizer, []).append(run)
    return groups


def _accuracies(run: ComparedRun) -> list[float]:
    return [one.accuracy for one in run.history if one.accuracy is not None]
