"""The same training with several optimizers, seed by seed, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from faceaccess.core.clock import Clock
from faceaccess.core.progress import Job
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.prepared_set import PreparedSet
from faceaccess.learn.stop_rules import EpochFigures


@dataclass(frozen=True)
class ComparedRun:
    """One training of a comparison.

    Attributes:
        optimizer: its name.
        seed: of the first weights, the order of the pictures and the augmentation.
        history: one entry an epoch.
        seconds: of work.
        stopped_by: as in `TrainedNetwork`.
    """

    optimizer: str
    seed: int
    history: tuple[EpochFigures, ...]
    seconds: float
    stopped_by: str = "epochs"


def compare(
    training: PreparedSet,
    test: PreparedSet,
    hyperparameters: Hyperparameters,
    *,
    optimizers: Sequence[str],
    seeds: int,
    finished: Sequence[ComparedRun] = (),
    threads: int | None = 1,
    clock: Clock | None = None,
) -> Job[tuple[ComparedRun, ...]]:
    """Train with every optimizer from every seed.

    Seed i of `seeds` is `hyperparameters.seed + i`. Runs that are in `finished` are not made again.
    """
    raise NotImplementedError  # the next commits bring it
