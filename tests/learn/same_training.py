"""Whether two trainings gave the same, bit by bit."""

from dataclasses import replace
from typing import Any

from faceaccess.learn.trained_network import TrainedNetwork


def without_seconds(trained: TrainedNetwork) -> list[Any]:
    return [replace(figures, seconds=0.0) for figures in trained.history]


def assert_same(found: TrainedNetwork, expected: TrainedNetwork) -> None:
    """Bit by bit, all but the seconds."""
    assert list(found.weights) == list(expected.weights)
    for name, values in expected.weights.items():
        assert found.weights[name].tobytes() == values.tobytes(), name
    assert without_seconds(found) == without_seconds(expected)
    assert replace(found, weights={}, history=(), seconds=0.0).__dict__ == (
        replace(expected, weights={}, history=(), seconds=0.0).__dict__
    )
