"""When a training ends: small values that combine, and the figures that they look at.

`Iterations(20) | LossReached(0.1) | TimeLimit(60.0)` ends at whichever comes first. A rule answers
with the reason, a short word that stands in the result and in every JSON line.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceaccess.core.errors import KnownError

DIVERGED = "diverged"
"""The trainer's own reason: the loss or a weight became infinite or NaN."""


@dataclass(frozen=True)
class EpochFigures:
    """What was measured at the end of an epoch.

    Attributes:
        epoch: 1, 2, 3 ...; 0 where a task measures before its first step.
        step: optimizer steps taken since the start.
        loss: mean loss of the epoch's training samples, each at the weights of its own step.
        accuracy: share of the test samples that were named right, 0 to 1; None without any.
        test_loss: mean loss of the test samples; None without any.
        step_length: of the coming step, in units of the parameters; a rival's learning rate.
        gradient_norm: Euclidean norm of the last step's gradient; None where it was not measured.
        seconds: since the start; time in which the job was not driven does not count.
    """

    epoch: int
    step: int
    loss: float
    accuracy: float | None
    test_loss: float | None
    step_length: float
    gradient_norm: float | None
    seconds: float

    def as_json(self) -> dict[str, float | None]:
        """Return the fields by name."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "EpochFigures":
        """Return the figures of `as_json`.

        Raises:
            KnownError: if a field is missing, strange or not a number.
        """
        try:
            return cls(
                epoch=int(record["epoch"]),
                step=int(record["step"]),
                loss=float(record["loss"]),
                accuracy=_number_or_none(record["accuracy"]),
                test_loss=_number_or_none(record["test_loss"]),
                step_length=float(record["step_length"]),
                gradient_norm=_number_or_none(record["gradient_norm"]),
                seconds=float(record["seconds"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise KnownError(f"The figures of an epoch cannot be read: {error}.") from error


class StopRule(ABC):
    """One condition that ends a training."""

    @property
    def most_epochs(self) -> float:
        """Epochs after which the training ends at the latest, as far as the rule can tell."""
        return math.inf

    def reason_inside(self, seconds: float) -> str | None:
        """Return why the training ends before the epoch is over, or None to go on.

        Asked between two steps.

        Args:
            seconds: of work since the start.
        """
        del seconds
        return None

    @abstractmethod
    def reason(self, history: Sequence[EpochFigures]) -> str | None:
        """Return why the training ends after the last of these epochs, or None to go on."""

    def __or__(self, other: "StopRule") -> "AnyOf":
        return AnyOf(self, other)


@dataclass(frozen=True)
class Iterations(StopRule):
    """Ends after n epochs, n >= 1 (n >= 0 for a task that measures before its first step)."""

    n: int

    @property
    def most_epochs(self) -> float:
        """The number given."""
        return self.n

    def reason(self, history: Sequence[EpochFigures]) -> str | None:
        """Return "epochs" once the last epoch is the n-th."""
        return "epochs" if history and history[-1].epoch >= self.n else None


@dataclass(frozen=True)
class LossReached(StopRule):
    """Ends when the training loss of an epoch is `loss` or lower."""

    loss: float

    def reason(self, history: Sequence[EpochFigures]) -> str | None:
        """Return "loss" where it was reached in the last epoch."""
        return "loss" if history and history[-1].loss <= self.loss else None


@dataclass(frozen=True)
class AccuracyReached(StopRule):
    """Ends when the accuracy on the test samples is `accuracy` (0 to 1) or higher."""

    accuracy: float

    def reason(self, history: Sequence[EpochFigures]) -> str | None:
        """Return "accuracy" where it was reached in the last epoch."""
        last = history[-1].accuracy if history else None
        return "accuracy" if last is not None and last >= self.accuracy else None


@dataclass(frozen=True)
class GradientReached(StopRule):
    """Ends when the gradient's norm is `norm` or smaller: below, its direction is rounding."""

    norm: float

    def reason(self, history: Sequence[EpochFigures]) -> str | None:
        """Return "gradient" where it was reached."""
        last = history[-1].gradient_norm if history else None
        return "gradient" if last is not None and last <= self.norm else None


@dataclass(frozen=True)
class NoImprovement(StopRule):
    """Ends when the last `epochs` epochs, >= 1, brought nothing better (`best_epoch`)."""

    epochs: int

    def reason(self, history: Sequence[EpochFigures]) -> str | None:
        """Return "no improvement" where the best epoch is that long ago."""
        return "no improvement" if len(history) - 1 - best_epoch(history) >= self.epochs else None


@dataclass(frozen=True)
class TimeLimit(StopRule):
    """Ends after so many seconds of work, inside an epoch too."""

    seconds: float

    def reason(self, history: Sequence[EpochFigures]) -> str | None:
        """Return "time" once they are over."""
        return self.reason_inside(history[-1].seconds) if history else None

    def reason_inside(self, seconds: float) -> str | None:
        """Return "time" once they are over."""
        return "time" if seconds >= self.seconds else None


@dataclass(frozen=True)
class Asked(StopRule):
    """Ends when `stop` answers true, inside an epoch too: the button of a window."""

    stop: Callable[[], bool]

    def reason(self, history: Sequence[EpochFigures]) -> str | None:
        """Return "asked" once `stop` answers true."""
        del history
        return self.reason_inside(0.0)

    def reason_inside(self, seconds: float) -> str | None:
        """Return "asked" once `stop` answers true."""
        del seconds
        return "asked" if self.stop() else None


class AnyOf(StopRule):
    """Ends when one of its rules does; the first in order gives the reason."""

    def __init__(self, *rules: StopRule) -> None:
        self.rules = rules

    @property
    def most_epochs(self) -> float:
        """The fewest of its rules'."""
        return min((rule.most_epochs for rule in self.rules), default=math.inf)

    def reason(self, history: Sequence[EpochFigures]) -> str | None:
        """Return the first reason that a rule gives."""
        return _first(rule.reason(history) for rule in self.rules)

    def reason_inside(self, seconds: float) -> str | None:
        """Return the first reason that a rule gives."""
        return _first(rule.reason_inside(seconds) for rule in self.rules)


def best_epoch(history: Sequence[EpochFigures]) -> int:
    """Return the index of the best epoch, the first among equals; 0 where there is none.

    The best has the highest accuracy on the test samples; without any, the lowest training loss.
    """
    if not history:
        return 0
    losses = [figures.loss for figures in history]
    accuracies = [figures.accuracy for figures in history if figures.accuracy is not None]
    if len(accuracies) < len(history):
        return losses.index(min(losses))
    return accuracies.index(max(accuracies))


def _first(reasons: Iterable[str | None]) -> str | None:
    return next((reason for reason in reasons if reason is not None), None)


def _number_or_none(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    raise TypeError(f"{value!r} is not a number")
