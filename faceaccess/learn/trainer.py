"""The one loop that trains: epochs of steps, figures after each, stop rules, checkpoints.

What is trained is a `Task`: a network on labelled pictures (`learn.picture_task`), or the door's
head (`learn.cosine_softmax`), whose epoch is one step over all samples.
"""

import math
from collections.abc import Callable, Generator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

import torch
from torch import Tensor
from torch.optim import Optimizer

from faceaccess.core.progress import Job, Progress
from faceaccess.learn.computing import Stopwatch
from faceaccess.learn.optimizers import step_lengths
from faceaccess.learn.stop_rules import DIVERGED, EpochFigures, StopRule, best_epoch
from faceaccess.optim.weight_average import WeightAverage

REPORT_SECONDS = 0.1
"""Work between two reports inside an epoch."""
CHECKPOINT_SECONDS = 5.0
"""Work between two checkpoints: so much is lost at most when the process is killed."""

T = TypeVar("T")
Pieces: TypeAlias = Generator[None, None, T]
"""Work of a task: yields where it may be interrupted, some ten milliseconds apart."""


@dataclass(frozen=True)
class Evaluation:
    """What a task measures after an epoch; None for what it does not measure.

    Attributes:
        loss: of the training samples at the present weights; without it the epoch's figures have
            the mean of the losses that its steps met.
        accuracy: on the test samples, 0 to 1.
        test_loss: mean over the test samples.
        gradient_norm: at the present weights; without it the figures have that of the last step.
    """

    loss: float | None = None
    accuracy: float | None = None
    test_loss: float | None = None
    gradient_norm: float | None = None


class Task(Protocol):
    """What is trained."""

    @property
    def steps(self) -> int:
        """Optimizer steps an epoch, >= 1."""

    @property
    def measured_at_start(self) -> bool:
        """Whether to evaluate before the first step, as epoch 0."""

    def gradients(self, epoch: int, step: int) -> Pieces[tuple[float, int]]:
        """Set every parameter's gradient; return the mean loss and the number of its samples.

        Args:
            epoch: 1, 2, 3 ...
            step: within the epoch, 0 <= step < steps.
        """

    def constrain(self) -> None:
        """Bring the parameters back to where they must be after a step ("rows of length 1")."""

    def evaluate(self) -> Pieces[Evaluation]:
        """Measure the present weights."""

    def keep(self) -> None:
        """Remember the present weights as the ones to give back."""


@dataclass(frozen=True)
class Outcome:
    """How a training ended.

    Attributes:
        history: one entry an epoch, and a last one for an epoch that was broken off.
        stopped_by: the reason of a stop rule, or "diverged".
        seconds: of work.
        skipped_steps: steps that the optimizer left out because the gradient was not finite.
    """

    history: tuple[EpochFigures, ...]
    stopped_by: str
    seconds: float
    skipped_steps: int


class Trainer:
    """Trains a task until a stop rule ends it.

    The figures of an epoch whose loss is not finite are not kept, nor are its weights: the training
    ends as "diverged" with those of the epoch before.

    Args:
        task: what is trained.
        optimizer: over the task's parameters.
        rules: when to end.
        watch: counts the time of work; runs while the job does (`learn.computing`).
        average: of the parameters; where given, it is what is evaluated and kept.
        keep_best: keep the weights of the best epoch (`stop_rules.best_epoch`), not of the last.
        save: writes a checkpoint of the state that it is given; called at most every
            `CHECKPOINT_SECONDS` of work between two steps, and at the end unless it diverged.
    """

    def __init__(
        self,
        task: Task,
        optimizer: Optimizer,
        rules: StopRule,
        *,
        watch: Stopwatch,
        average: WeightAverage | None = None,
        keep_best: bool = False,
        save: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self._task = task
        self._optimizer = optimizer
        self._rules = rules
        self._watch = watch
        self._average = average
        self._keep_best = keep_best
        self._save = save
        self._saved_at = self._reported_at = 0.0
        self._history: list[EpochFigures] = []
        # Of the epoch under way: its number, the steps taken, the mean of their losses.
        self._epoch = 1
        self._step = 0
        self._mean = _Mean()
        self._gradient_norm: float | None = None

    def train(self) -> Job[Outcome]:
        """Train; yields progress in pieces of work and, with figures, now and then.

        Inside an epoch the figures are "epoch", "step", "loss" (mean since the report before),
        "step_length", "gradient_norm" and "seconds"; at its end all of `EpochFigures` and
        "end_of_epoch" = 1.
        """
        self._saved_at = self._reported_at = self._watch.seconds
        if self._task.measured_at_start and not self._history:
            self._epoch = 0
            reason = yield from self._end_of_epoch()
        else:
            reason = self._rules.reason(self._history)
        while reason is None:
            reason = yield from self._rest_of_epoch()
            if reason is None:
                reason = yield from self._end_of_epoch()
        if reason != DIVERGED and not self._save_if_sound():
            reason = DIVERGED
        history = list(self._history)
        if reason != DIVERGED and self._step > 0:
            broken_off = yield from self._measured()
            if broken_off is None:
                reason = DIVERGED
            else:
                history.append(broken_off)
                yield self._progress(broken_off, end_of_epoch=1.0)
        return Outcome(tuple(history), reason, self._watch.seconds, self._skipped)

    def _rest_of_epoch(self) -> Job[str | None]:
        """Take the steps that are left of the epoch; return why to end inside it, if so."""
        since_report = _Mean()
        while self._step < self._task.steps:
            if self._steps_taken > 0:
                reason = self._rules.reason_inside(self._watch.seconds)
                if reason is not None:
                    return reason
            loss, samples = yield from self._pieces(self._task.gradients(self._epoch, self._step))
            if not math.isfinite(loss):
                return DIVERGED
            self._optimizer.step()
            self._task.constrain()
            if self._average is not None:
                self._average.update()
            self._step += 1
            self._mean.add(loss, samples)
            since_report.add(loss, samples)
            now = self._watch.seconds
            if now - self._saved_at >= CHECKPOINT_SECONDS and not self._save_if_sound():
                return DIVERGED
            if now - self._reported_at >= REPORT_SECONDS and self._step < self._task.steps:
                self._reported_at = now
                yield self._progress(self._figures(Evaluation(loss=since_report.value)))
                since_report = _Mean()
        return None

    def _end_of_epoch(self) -> Job[str | None]:
        """Measure and go on to the next epoch; return why to end, if so."""
        figures = yield from self._measured()
        if figures is None:
            return DIVERGED
        self._history.append(figures)
        done = self._progress(figures, end_of_epoch=1.0)
        self._epoch += 1
        self._step = 0
        self._mean = _Mean()
        self._reported_at = self._watch.seconds
        yield done
        return self._rules.reason(self._history)

    def _measured(self) -> Job[EpochFigures | None]:
        """Evaluate and keep the weights that are to be kept; None if something is not finite."""
        with nullcontext() if self._average is None else self._average.applied():
            found = yield from self._pieces(self._task.evaluate())
            figures = self._figures(found)
            unseen = found.loss is None and found.test_loss is None
            if not _is_finite(figures) or (unseen and not self._weights_are_finite()):
                return None
            with_it = [*self._history, figures]
            if not self._keep_best or best_epoch(with_it) == len(self._history):
                self._task.keep()
        return figures

    def _pieces(self, work: Pieces[T]) -> Job[T]:
        try:
            while True:
                try:
                    next(work)
                except StopIteration as stop:
                    result: T = stop.value
                    return result
                yield self._progress()
        finally:
            work.close()

    @property
    def _steps_taken(self) -> int:
        return max(0, self._epoch - 1) * self._task.steps + self._step

    @property
    def _skipped(self) -> int:
        return getattr(self._optimizer, "skipped_non_finite", 0)

    def _figures(self, found: Evaluation) -> EpochFigures:
        norm = found.gradient_norm
        if norm is None:
            norm = self._gradient_norm = self._latest_gradient_norm()
        return EpochFigures(
            epoch=self._epoch,
            step=self._steps_taken,
            loss=self._mean.value if found.loss is None else found.loss,
            accuracy=found.accuracy,
            test_loss=found.test_loss,
            step_length=step_lengths(self._optimizer),
            gradient_norm=norm,
            seconds=self._watch.seconds,
        )

    def _progress(self, figures: EpochFigures | None = None, **more: float) -> Progress:
        most = self._rules.most_epochs * self._task.steps
        total = int(most) if math.isfinite(most) else 0
        if figures is None:
            return Progress("Training", self._steps_taken, total)
        if self._skipped:
            more["skipped_steps"] = self._skipped
        measured = {k: v for k, v in figures.as_json().items() if v is not None}
        return Progress("Training", self._steps_taken, total, figures={**measured, **more})

    # --- what is not finite

    def _parameters(self) -> list[Tensor]:
        return [p for group in self._optimizer.param_groups for p in group["params"]]

    def _weights_are_finite(self) -> bool:
        return all(bool(torch.isfinite(p).all()) for p in self._parameters())

    def _latest_gradient_norm(self) -> float | None:
        known: float | None = getattr(self._optimizer, "gradient_norm", None)
        if known is None:
            norms = [float(p.grad.norm()) for p in self._parameters() if p.grad is not None]
            known = math.hypot(*norms) if norms else self._gradient_norm
        return known if known is not None and math.isfinite(known) else None

    # --- checkpoints

    def _save_if_sound(self) -> bool:
        """Write a checkpoint, unless a weight is not finite; then return False."""
        if not self._weights_are_finite():
            return False
        if self._save is not None:
            self._gradient_norm = self._latest_gradient_norm()
            self._save(self.state_dict())
        self._saved_at = self._watch.seconds
        return True

    def state_dict(self) -> dict[str, Any]:
        """Return all but the task's own state that is needed to go on from here.

        Tensors are not copied.
        """
        return {
            "epoch": self._epoch,
            "step": self._step,
            "loss_sum": self._mean.total,
            "samples": self._mean.samples,
            "gradient_norm": self._gradient_norm,
            "history": [figures.as_json() for figures in self._history],
            "seconds": self._watch.seconds,
            "optimizer": self._optimizer.state_dict(),
            "average": None if self._average is None else self._average.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where `state_dict` was taken, as if there had been no break.

        Raises:
            KeyError, TypeError, ValueError, RuntimeError: if it belongs to another training.
        """
        self._history = [EpochFigures.from_json(record) for record in state["history"]]
        self._epoch, self._step = int(state["epoch"]), int(state["step"])
        self._mean = _Mean(float(state["loss_sum"]), int(state["samples"]))
        self._gradient_norm = state["gradient_norm"]
        self._optimizer.load_state_dict(state["optimizer"])
        if self._average is not None:
            self._average.load_state_dict(state["average"])
        self._watch.set(float(state["seconds"]))


@dataclass
class _Mean:
    """The mean of losses, each of so many samples."""

    total: float = 0.0
    samples: int = 0

    def add(self, loss: float, samples: int) -> None:
        self.total += loss * samples
        self.samples += samples

    @property
    def value(self) -> float:
        return self.total / self.samples


def _is_finite(figures: EpochFigures) -> bool:
    return all(math.isfinite(x) for x in (figures.loss, figures.test_loss or 0.0))
