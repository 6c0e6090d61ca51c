"""Runs of a comparison with made-up figures."""

from collections.abc import Sequence

from faceaccess.learn.comparison import ComparedRun
from faceaccess.learn.stop_rules import EpochFigures


def epoch(number: int, accuracy: float | None, *, seconds: float = 2.0) -> EpochFigures:
    """The end of an epoch; one takes `seconds` and 10 steps."""
    return EpochFigures(
        epoch=number,
        step=10 * number,
        loss=1.0 / number,
        accuracy=accuracy,
        test_loss=None if accuracy is None else 1.0 - accuracy,
        step_length=0.001,
        gradient_norm=0.5,
        seconds=seconds * number,
    )


def compared(
    optimizer: str,
    seed: int,
    accuracies: Sequence[float],
    *,
    seconds: float = 2.0,
    stopped_by: str = "epochs",
) -> ComparedRun:
    """A run whose epochs end with these accuracies."""
    history = tuple(
        epoch(number, accuracy, seconds=seconds)
        for number, accuracy in enumerate(accuracies, start=1)
    )
    return ComparedRun(optimizer, seed, history, seconds * len(history), stopped_by)


RUNS = (
    compared("direction", 0, (0.5, 0.7, 0.9)),
    compared("adam", 0, (0.3, 0.5, 0.7), seconds=3.0),
    compared("sgd", 0, (0.1, 0.1, 0.1)),
    compared("direction", 1, (0.5, 0.8, 0.7)),
    compared("adam", 1, (0.3, 0.6, 0.8), seconds=3.0),
    compared("sgd", 1, (0.1, 0.1, 0.2)),
)
"""Two runs of three optimizers, three epochs each."""
