"""A network trained on labelled pictures, by name; importing this module does not import torch."""

from pathlib import Path

from faceaccess.core.clock import Clock
from faceaccess.core.progress import Job
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.prepared_set import PreparedSet
from faceaccess.learn.stop_rules import EpochFigures
from faceaccess.learn.trained_network import TrainedNetwork

__all__ = ["EpochFigures", "Hyperparameters", "TrainedNetwork", "train_pictures"]


def train_pictures(
    training: PreparedSet,
    test: PreparedSet | None,
    hyperparameters: Hyperparameters,
    *,
    checkpoint: Path | None = None,
    resume: bool = False,
    threads: int | None = 1,
    clock: Clock | None = None,
) -> Job[TrainedNetwork]:
    """Train a network from its random start."""
    raise NotImplementedError  # the next commit brings it
