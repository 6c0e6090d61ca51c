"""A network trained on labelled pictures; importing this module does not import torch.

The result depends on pictures, hyperparameters and the number of threads alone, bit by bit, also
when the training is broken off and goes on from a checkpoint. (Figures of time are no part of that,
and a time limit ends where it ends.)
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faceaccess.core.clock import Clock, SystemClock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.progress import Job
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.prepared_set import PreparedSet
from faceaccess.learn.stop_rules import (
    DIVERGED,
    AccuracyReached,
    AnyOf,
    Asked,
    EpochFigures,
    Iterations,
    LossReached,
    NoImprovement,
    StopRule,
    TimeLimit,
    best_epoch,
)
from faceaccess.learn.trained_network import TrainedNetwork

if TYPE_CHECKING:
    from faceaccess.learn.computing import Stopwatch
    from faceaccess.learn.picture_task import PictureTask
    from faceaccess.learn.trainer import Outcome, Trainer

__all__ = ["EpochFigures", "Hyperparameters", "TrainedNetwork", "train_pictures"]

STOP_GOALS = ("epochs", "until_loss", "until_accuracy", "until_seconds", "patience")
"""Hyperparameters that may change when a training goes on from a checkpoint: only its end differs.

`patience` may be another number, but neither begin nor cease: with it the best weights are kept."""

_SAME_OR_ANEW = "Give what it was made with, or start the training anew."


def train_pictures(
    training: PreparedSet,
    test: PreparedSet | None,
    hyperparameters: Hyperparameters,
    *,
    checkpoint: Path | None = None,
    resume: bool = False,
    stop: Callable[[], bool] | None = None,
    threads: int | None = 1,
    clock: Clock | None = None,
) -> Job[TrainedNetwork]:
    """Train a network from its random start, or on from a checkpoint.

    Yields progress every 0.1 s of work inside an epoch, with the figures "epoch", "step", "loss"
    (mean since the report before), "step_length", "gradient_norm" and "seconds", and at the end of
    each epoch with all that `EpochFigures` has and "end_of_epoch" = 1. "skipped_steps" is among
    the figures once the optimizer has left a step out because its gradient was not finite. The job
    may be closed at any yield, and is paused by not being driven: `seconds` counts work alone.

    The weights of the last epoch are kept; with `patience`, those of the best. With averaged
    weights the average is what is tested and kept. If the loss or a weight becomes infinite or NaN,
    training ends as "diverged" with the weights of the epoch before.

    Args:
        training: two classes or more, at least one batch.
        test: what the accuracy is measured on, of the same classes; None for no accuracy.
        hyperparameters: all choices.
        checkpoint: a file to write the state to every 5 s of work (`trainer.CHECKPOINT_SECONDS`)
            and at the end; it is left there. None for no checkpoints.
        resume: go on from `checkpoint`, which must be of the same pictures and hyperparameters,
            but for `STOP_GOALS`; a run that had come to its end gives its result again or goes on
            to the new end.
        stop: asked between two steps; true ends the training as a stop rule does ("asked"), inside
            an epoch too.
        threads: torch threads while this job computes, or None for torch's present number.
        clock: measures the work.

    Raises:
        KnownError: if the batch is larger than the training set, an accuracy is to be reached
            without test pictures, the network does not fit the pictures, the loss diverged before
            the first epoch was over, or the checkpoint cannot be written, is damaged, not ours, or
            of another training.
    """
    _check(test, hyperparameters, checkpoint, resume=resume)
    # Here and not at the top: torch takes a second to import.
    from faceaccess.learn.computing import Stopwatch, computing

    watch = Stopwatch(clock or SystemClock())
    job = _train(training, test, hyperparameters, checkpoint, stop, watch, resume=resume)
    return (yield from computing(job, threads=threads, watch=watch))


def stop_rules(chosen: Hyperparameters, stop: Callable[[], bool] | None = None) -> StopRule:
    """Return the rules that the hyperparameters name; goals come before the number of epochs."""
    rules: list[StopRule] = []
    if chosen.until_loss is not None:
        rules.append(LossReached(chosen.until_loss))
    if chosen.until_accuracy is not None:
        rules.append(AccuracyReached(chosen.until_accuracy))
    if chosen.patience is not None:
        rules.append(NoImprovement(chosen.patience))
    rules.append(Iterations(chosen.epochs))
    if chosen.until_seconds is not None:
        rules.append(TimeLimit(chosen.until_seconds))
    if stop is not None:
        rules.append(Asked(stop))
    return AnyOf(*rules)


def _check(
    test: PreparedSet | None,
    chosen: Hyperparameters,
    checkpoint: Path | None,
    *,
    resume: bool,
) -> None:
    if chosen.until_accuracy is not None and test is None:
        raise KnownError(
            f"An accuracy of {chosen.until_accuracy:g} cannot be reached without test pictures.",
            "Give test pictures, or name no accuracy.",
        )
    if resume and checkpoint is None:
        raise BugError("no checkpoint to go on from is named")


def _train(
    training: PreparedSet,
    test: PreparedSet | None,
    chosen: Hyperparameters,
    checkpoint: Path | None,
    stop: Callable[[], bool] | None,
    watch: "Stopwatch",
    *,
    resume: bool,
) -> Job[TrainedNetwork]:
    from faceaccess.learn.checkpoints import clear_leftovers, save_checkpoint
    from faceaccess.learn.picture_task import PictureTask, trainer_of

    about = {
        "hyperparameters": chosen.as_json(),
        "training": training.fingerprint,
        "test": None if test is None else test.fingerprint,
    }
    task = PictureTask(training, test, chosen)

    def save(state: dict[str, Any]) -> None:
        assert checkpoint is not None
        save_checkpoint(checkpoint, about, {"task": task.state_dict(), "trainer": state})

    rules = stop_rules(chosen, stop)
    trainer = trainer_of(task, rules, watch=watch, save=save if checkpoint is not None else None)
    if checkpoint is not None:
        clear_leftovers(checkpoint)
    if checkpoint is not None and resume:
        _go_on(checkpoint, about, task, trainer)
    else:
        watch.set(0.0)
    outcome = yield from trainer.train()
    return _result(training, chosen, task, outcome)


def _go_on(
    checkpoint: Path, about: dict[str, Any], task: "PictureTask", trainer: "Trainer"
) -> None:
    from faceaccess.learn.checkpoints import load_checkpoint

    of, state = load_checkpoint(checkpoint)
    for part in ("training", "test"):
        if of.get(part) != about[part]:
            raise KnownError(
                f"The checkpoint {checkpoint} belongs to other {part} pictures.", _SAME_OR_ANEW
            )
    _check_same(checkpoint, of.get("hyperparameters", {}), about["hyperparameters"])
    try:
        reached = int(state["trainer"]["epoch"]) - (int(state["trainer"]["step"]) == 0)
        task.load_state_dict(state["task"])
        trainer.load_state_dict(state["trainer"])
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError, AttributeError) as error:
        raise KnownError(
            f"The checkpoint {checkpoint} does not fit this training.", _SAME_OR_ANEW
        ) from error
    if reached > about["hyperparameters"]["epochs"]:
        raise KnownError(
            f"The checkpoint {checkpoint} is in epoch {reached} already.",
            f"Ask for at least {reached} epochs, or start the training anew.",
        )


def _check_same(checkpoint: Path, of: dict[str, Any], chosen: dict[str, Any]) -> None:
    for name, value in chosen.items():
        before = of.get(name)
        if name == "patience":
            same = (before is None) == (value is None)
        else:
            same = name in STOP_GOALS or before == value
        if not same:
            raise KnownError(
                f"The checkpoint {checkpoint} was made with {name} {before}, not {value}.",
                _SAME_OR_ANEW,
            )


def _result(
    training: PreparedSet, chosen: Hyperparameters, task: "PictureTask", outcome: "Outcome"
) -> TrainedNetwork:
    history = outcome.history
    if not history:
        assert outcome.stopped_by == DIVERGED
        raise KnownError(
            "The loss became infinite or NaN in the first epoch; nothing was learned.",
            "Choose a smaller initial step, or another optimizer.",
        )
    kept = history[-1] if chosen.patience is None else history[best_epoch(history)]
    return TrainedNetwork(
        weights={name: tensor.numpy() for name, tensor in task.kept.items()},
        hyperparameters=chosen,
        classes=training.classes,
        preprocessing=training.preprocessing,
        fingerprint=training.fingerprint,
        history=history,
        stopped_by=outcome.stopped_by,
        seconds=outcome.seconds,
        accuracy=kept.accuracy,
        loss=kept.loss,
        skipped_steps=outcome.skipped_steps,
    )
