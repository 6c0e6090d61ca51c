"""Every impossible choice is refused by name; a possible one survives JSON."""

import math
from typing import Any

import pytest

from faceaccess.core.errors import KnownError
from faceaccess.learn.choices import INITIALISERS, LOSSES, NETWORKS, OPTIMIZERS
from faceaccess.learn.hyperparameters import Hyperparameters

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("loss", "squares", "squares"),
        ("optimizer", "Adam", "Adam"),
        ("initialiser", "zero", "zero"),
        *[("initial_step", value, "nitial step") for value in (0.0, -0.1, INF, -INF, NAN)],
        *[("batch", value, str(value)) for value in (0, -64)],
        *[("epochs", value, str(value)) for value in (0, -1)],
        *[("seed", value, str(value)) for value in (-1, 2**63)],
        ("shift", -1, "-1"),
        ("patience", 0, "patience"),
        *[("until_loss", value, "loss") for value in (-0.1, INF, NAN)],
        *[("until_accuracy", value, "accuracy") for value in (0.0, -0.5, 1.01, 62.0, NAN)],
        *[("until_seconds", value, "seconds") for value in (0.0, -1.0, INF, NAN)],
    ],
)
def test_impossible_values_are_named(name: str, value: Any, told: str) -> None:
    with pytest.raises(KnownError, match=told) as caught:
        Hyperparameters(**{name: value})
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch", 32.0),
        ("batch", "32"),
        ("epochs", True),
        ("mirror", 1),
        ("network", None),
        ("seed", None),
        ("initial_step", "0.1"),
        ("until_loss", 10**400),
        ("averaged_weights", "yes"),
    ],
)
def test_values_of_another_kind_are_named(name: str, value: Any) -> None:
    with pytest.raises(KnownError, match=name):
        Hyperparameters.from_json({name: value})


def test_unknown_hyperparameter_is_named() -> None:
    with pytest.raises(KnownError, match="momentum"):
        Hyperparameters.from_json({"momentum": 0.9})


@pytest.mark.parametrize(
    "chosen",
    [
        Hyperparameters(),
        Hyperparameters(until_loss=0.0, until_accuracy=1.0, until_seconds=0.5, patience=1),
        Hyperparameters(network="classes", batch=1, epochs=1, seed=2**63 - 1, initial_step=1e-300),
        *[Hyperparameters(optimizer=name) for name in OPTIMIZERS],
        *[Hyperparameters(loss=name) for name in LOSSES],
        *[Hyperparameters(initialiser=name) for name in INITIALISERS],
    ],
)
def test_possible_values_survive_json(chosen: Hyperparameters) -> None:
    assert Hyperparameters.from_json(chosen.as_json()) == chosen


def test_names_are_those_that_the_modules_with_torch_know() -> None:
    from faceaccess.learn import losses, networks, optimizers

    assert networks.NETWORKS == NETWORKS
    assert networks.INITIALISERS == INITIALISERS
    assert losses.LOSSES == LOSSES
    assert optimizers.OPTIMIZERS == OPTIMIZERS
