"""When an accuracy was reached, and intervals, against values computed by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.learn.comparison_figures import (
    MeanInterval,
    Reached,
    mean_interval,
    paired_difference,
    reached,
    student_quantile,
)
from faceaccess.learn.stop_rules import EpochFigures


def run_of(*accuracies: float | None) -> list[EpochFigures]:
    """Epochs of 10 s, the first of 12 s."""
    return [
        EpochFigures(i, 100 * i, 1.0, accuracy, None, 0.1, None, 2.0 + 10.0 * i)
        for i, accuracy in enumerate(accuracies, start=1)
    ]


def test_between_two_epochs() -> None:
    run = run_of(0.2, 0.4, 0.6, 0.5, 0.8)
    assert reached(run, 0.45) == Reached(pytest.approx(2.25), pytest.approx(24.5))
    assert reached(run, 0.4) == Reached(2.0, 22.0)
    assert reached(run, 0.7) == Reached(pytest.approx(4 + 2 / 3), pytest.approx(42 + 20 / 3))


def test_before_the_end_of_the_first_epoch_and_never() -> None:
    run = run_of(0.2, 0.4)
    assert reached(run, 0.1) == Reached(1.0, 12.0)
    assert reached(run, 0.41) is None
    assert reached([], 0.1) is None
    assert reached(run_of(None, None), 0.1) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=10), st.floats(0.01, 1))
def test_it_is_reached_in_the_first_epoch_that_ends_above(
    accuracies: list[float], goal: float
) -> None:
    found = reached(run_of(*accuracies), goal)
    above = [i for i, accuracy in enumerate(accuracies, start=1) if accuracy >= goal]
    if found is None:
        assert not above
    else:
        assert math.ceil(found.epochs - 1e-9) == above[0]


@pytest.mark.parametrize(
    ("freedom", "t"),  # two-sided 95 %, from the printed tables
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (7, 2.365), (10, 2.228), (30, 2.042)],
)
def test_student_as_in_the_tables(freedom: int, t: float) -> None:
    assert student_quantile(0.95, freedom) == pytest.approx(t, abs=5e-4)


def test_student_becomes_normal() -> None:
    assert student_quantile(0.95, 100_000) == pytest.approx(1.95996, abs=1e-4)
    assert student_quantile(0.5, 1) == pytest.approx(1.0, rel=1e-9)  # Cauchy's quartile


def test_interval_by_hand() -> None:
    found = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    half = 2.77645 * math.sqrt(2.5) / math.sqrt(5)
    assert found == MeanInterval(
        3.0, pytest.approx(3 - half, abs=1e-4), pytest.approx(3 + half, abs=1e-4), 5
    )
    assert mean_interval([7.0]) == MeanInterval(7.0, None, None, 1)


def test_pairs_are_of_the_same_seed() -> None:
    ours = {0: 0.65, 1: 0.70, 2: 0.60, 9: 0.0}
    theirs = {2: 0.58, 0: 0.62, 1: 0.66, 5: 1.0}
    found = paired_difference(ours, theirs)
    half = 4.30265 * 0.01 / math.sqrt(3)  # differences 0.03, 0.04, 0.02
    assert found == MeanInterval(
        pytest.approx(0.03),
        pytest.approx(0.03 - half, abs=1e-6),
        pytest.approx(0.03 + half, abs=1e-6),
        3,
    )
