"""What a training on pictures gives, as a value; importing it does not import torch."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.learn.stop_rules import EpochFigures


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A network's weights with all that is needed to use them and to know where they come from.

    Attributes:
        weights: the network's state by torch's names, float32.
        hyperparameters: what was chosen.
        classes: names of the classes, in the order of the network's answers.
        preprocessing: how a picture becomes what the network takes.
        fingerprint: of the training pictures.
        history: one entry an epoch.
        stopped_by: "epochs", "loss", "accuracy", "no improvement", "time" or "diverged".
        seconds: of work; time in which the job was not driven does not count.
        accuracy: of the weights kept on the test pictures, 0 to 1; None without test pictures.
        loss: training loss of the epoch whose weights are kept.
        skipped_steps: steps that the optimizer left out because the gradient was not finite.
    """

    weights: Mapping[str, NDArray[np.float32]]
    hyperparameters: Hyperparameters
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    fingerprint: str
    history: tuple[EpochFigures, ...]
    stopped_by: str
    seconds: float
    accuracy: float | None
    loss: float
    skipped_steps: int = 0
