"""Small networks, as a training would give them, that tests of the model file use."""

from dataclasses import replace
from typing import Any

import numpy as np

from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.networks import build_network
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.learn.stop_rules import EpochFigures
from faceaccess.learn.trained_network import TrainedNetwork

NETWORK = "conv 2x3 | relu | pool 2 | fc 4 | relu | classes"
CLASSES = ("Ann", "Bob", "李伟")


def weights_of(network: str, preprocessing: Preprocessing, classes: int) -> dict[str, np.ndarray]:
    made = build_network(
        network, channels=preprocessing.channels, size=preprocessing.size, classes=classes
    )
    return {name: value.numpy().copy() for name, value in made.state_dict().items()}


def figures(epoch: int) -> EpochFigures:
    return EpochFigures(epoch, 10 * epoch, 1 / 3 / epoch, 0.5, None, 0.34, 1.25, 0.1 * epoch)


def trained_network(**changed: Any) -> TrainedNetwork:
    preprocessing = Preprocessing(6, colour=False)
    trained = TrainedNetwork(
        weights=weights_of(NETWORK, preprocessing, len(CLASSES)),
        hyperparameters=Hyperparameters(network=NETWORK, epochs=2, until_loss=0.125),
        classes=CLASSES,
        preprocessing=preprocessing,
        fingerprint="0123456789abcdef" * 4,
        history=(figures(1), figures(2)),
        stopped_by="epochs",
        seconds=1.5,
        accuracy=0.75,
        loss=1 / 6,
    )
    return replace(trained, **changed)
