"""What a comparison's runs say, optimizer by optimizer: means, spreads and the time to a target."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from faceaccess.learn.comparison import ComparedRun
from faceaccess.learn.comparison_figures import reached
from faceaccess.learn.stop_rules import DIVERGED

TARGET_SHARE = 0.95
"""The target is this share of the best mean final accuracy, unless one is given."""


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

    A run that diverged counts with the epochs that it came through; one that diverged in its first
    epoch has no accuracy, and figures are means of the runs that have one (None if none has).

    Attributes:
        optimizer: its name.
        runs: how many.
        diverged: how many of them ended because the loss or a weight was not finite.
        final: test accuracy after the last epoch, 0 to 1.
        best: highest test accuracy of any epoch, 0 to 1.
        fall: how far the last epoch lies below the best one, 0 to 1.
        difference: final accuracy minus that of the first optimizer, paired by seed; None for the
            first itself.
        reached: how many of the runs reached the target.
        epochs_to: epochs to the target; None unless every run reached it.
        seconds_to: seconds to the target; likewise.
        seconds: of work of a whole run.
    """

    optimizer: str
    runs: int
    diverged: int
    final: Figure | None
    best: Figure | None
    fall: Figure | None
    difference: Figure | None
    reached: int
    epochs_to: Figure | None
    seconds_to: Figure | None
    seconds: Figure


def summarise(runs: Sequence[ComparedRun], target: float) -> tuple[ComparedOptimizer, ...]:
    """Return a row for each optimizer, in the order in which they first appear.

    Args:
        runs: at least one.
        target: test accuracy that `reached`, `epochs_to` and `seconds_to` are about, 0 to 1.
    """
    groups = _groups(runs)
    reference = _finals(next(iter(groups.values())))
    return tuple(
        _row(name, group, None if number == 0 else reference, target)
        for number, (name, group) in enumerate(groups.items())
    )


def target_of(runs: Sequence[ComparedRun]) -> float:
    """Return `TARGET_SHARE` of the best mean final accuracy, cut to a whole per cent.

    0.0 if every run diverged at once.
    """
    means = [
        statistics.fmean(finals.values())
        for group in _groups(runs).values()
        if (finals := _finals(group))
    ]
    return math.floor(100 * TARGET_SHARE * max(means, default=0.0)) / 100


def figure(values: Sequence[float]) -> Figure | None:
    """Return mean and spread, or None of no values."""
    if not values:
        return None
    return Figure(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None)


def accuracies(run: ComparedRun) -> list[float]:
    """Return the test accuracy after each epoch, 0 to 1."""
    return [one.accuracy for one in run.history if one.accuracy is not None]


def _row(
    name: str,
    group: Sequence[ComparedRun],
    reference: dict[int, float] | None,
    target: float,
) -> ComparedOptimizer:
    finals = _finals(group)
    bests = {run.seed: max(accuracies(run)) for run in group if run.seed in finals}
    found = [one for run in group if (one := reached(run.history, target)) is not None]
    everywhere = len(found) == len(group)
    seconds = figure([run.seconds for run in group])
    assert seconds is not None
    return ComparedOptimizer(
        optimizer=name,
        runs=len(group),
        diverged=sum(run.stopped_by == DIVERGED for run in group),
        final=figure(list(finals.values())),
        best=figure(list(bests.values())),
        fall=figure([bests[seed] - final for seed, final in finals.items()]),
        difference=None
        if reference is None
        else figure([finals[seed] - reference[seed] for seed in finals.keys() & reference.keys()]),
        reached=len(found),
        epochs_to=figure([one.epochs for one in found]) if everywhere else None,
        seconds_to=figure([one.seconds for one in found]) if everywhere else None,
        seconds=seconds,
    )


def _groups(runs: Sequence[ComparedRun]) -> dict[str, list[ComparedRun]]:
    groups: dict[str, list[ComparedRun]] = {}
    for run in runs:
        groups.setdefault(run.optimizer, []).append(run)
    return groups


def _finals(group: Sequence[ComparedRun]) -> dict[int, float]:
    """Return the final accuracy by seed, of the runs that have one."""
    return {run.seed: accuracies(run)[-1] for run in group if accuracies(run)}
