"""Each rule ends where it says, says why, and combines with the others."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.errors import KnownError
from faceaccess.learn.stop_rules import (
    AccuracyReached,
    AnyOf,
    Asked,
    EpochFigures,
    GradientReached,
    Iterations,
    LossReached,
    NoImprovement,
    StopRule,
    TimeLimit,
    best_epoch,
)


def history(
    losses: list[float],
    accuracies: list[float] | None = None,
    *,
    norms: list[float | None] | None = None,
    first: int = 1,
) -> list[EpochFigures]:
    return [
        EpochFigures(
            epoch=first + i,
            step=10 * (first + i),
            loss=loss,
            accuracy=None if accuracies is None else accuracies[i],
            test_loss=None,
            step_length=0.1,
            gradient_norm=None if norms is None else norms[i],
            seconds=2.0 * (i + 1),
        )
        for i, loss in enumerate(losses)
    ]


def ends_at(rule: StopRule, whole: list[EpochFigures]) -> tuple[int, str] | None:
    """Return after how many epochs the rule ends, and why."""
    for n in range(len(whole) + 1):
        reason = rule.reason(whole[:n])
        if reason is not None:
            return n, reason
    return None


def test_iterations() -> None:
    assert ends_at(Iterations(3), history([1.0] * 5)) == (3, "epochs")
    assert Iterations(3).most_epochs == 3
    # A task that measures before its first step begins with epoch 0.
    assert ends_at(Iterations(0), history([1.0], first=0)) == (1, "epochs")


def test_loss() -> None:
    assert ends_at(LossReached(0.5), history([0.9, 0.51, 0.5, 0.4])) == (3, "loss")
    assert ends_at(LossReached(0.5), history([0.9, 0.51])) is None


def test_accuracy() -> None:
    falling = history([1.0] * 3, [0.2, 0.7, 0.9])
    assert ends_at(AccuracyReached(0.7), falling) == (2, "accuracy")
    assert ends_at(AccuracyReached(0.91), falling) is None
    assert ends_at(AccuracyReached(0.1), history([1.0] * 3)) is None  # nothing was tested


def test_gradient() -> None:
    norms = history([1.0] * 3, norms=[None, 0.2, 0.1])
    assert ends_at(GradientReached(0.1), norms) == (3, "gradient")
    assert ends_at(GradientReached(0.0), history([1.0], norms=[0.0])) == (1, "gradient")


def test_no_improvement_looks_at_the_accuracy_where_there_is_one() -> None:
    losses = [5.0, 4.0, 3.0, 2.0, 1.0]
    assert ends_at(NoImprovement(2), history(losses, [0.3, 0.5, 0.5, 0.4, 0.9])) == (
        4,
        "no improvement",
    )
    assert ends_at(NoImprovement(3), history(losses, [0.3, 0.5, 0.5, 0.4, 0.9])) is None
    assert ends_at(NoImprovement(2), history(losses)) is None
    assert ends_at(NoImprovement(2), history([3.0, 2.0, 2.0, 2.5])) == (4, "no improvement")


def test_time() -> None:
    rule = TimeLimit(5.0)
    assert ends_at(rule, history([1.0] * 4)) == (3, "time")
    assert rule.reason_inside(4.9) is None
    assert rule.reason_inside(5.0) == "time"


def test_asked() -> None:
    answers = [False, True]
    rule = Asked(lambda: answers.pop(0))
    assert rule.reason_inside(0.0) is None
    assert rule.reason([]) == "asked"


def test_combined_the_first_in_order_gives_the_reason() -> None:
    both = history([0.9, 0.4, 0.3])
    assert ends_at(Iterations(2) | LossReached(0.5), both) == (2, "epochs")
    assert ends_at(LossReached(0.5) | Iterations(2), both) == (2, "loss")
    three = LossReached(0.1) | TimeLimit(3.0) | Iterations(7)
    assert ends_at(three, both) == (2, "time")
    assert three.reason_inside(3.0) == "time"
    assert three.reason_inside(2.9) is None
    assert three.most_epochs == 7
    assert AnyOf().most_epochs == math.inf
    assert AnyOf().reason(both) is None


@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=12),
    st.floats(0, 10),
    st.integers(1, 12),
    st.integers(1, 6),
)
def test_any_of_ends_as_early_as_the_earliest(
    losses: list[float], goal: float, epochs: int, patience: int
) -> None:
    rules = (LossReached(goal), NoImprovement(patience), Iterations(epochs))
    whole = history(losses)
    ends = [end[0] for rule in rules if (end := ends_at(rule, whole)) is not None]
    found = ends_at(AnyOf(*rules), whole)
    assert (found is None) == (not ends)
    if found is not None:
        assert found[0] == min(ends)


def test_best_epoch() -> None:
    assert best_epoch([]) == 0
    assert best_epoch(history([3.0, 1.0, 1.0, 2.0])) == 1
    assert best_epoch(history([1.0, 1.0, 1.0], [0.1, 0.4, 0.4])) == 1
    assert best_epoch(history([1.0, 1.0], [0.0, 0.0])) == 0


def test_figures_survive_json() -> None:
    figures = EpochFigures(3, 300, 0.1 + 0.2, 0.5, None, 1e-300, None, 12.0)
    assert EpochFigures.from_json(figures.as_json()) == figures


@pytest.mark.parametrize(
    ("field", "value"), [("epoch", None), ("loss", "x"), ("accuracy", "0.5"), ("seconds", [])]
)
def test_strange_figures_are_refused(field: str, value: object) -> None:
    record = EpochFigures(3, 300, 0.3, 0.5, 0.1, 0.1, 0.1, 12.0).as_json()
    with pytest.raises(KnownError, match="epoch"):
        EpochFigures.from_json({**record, field: value})
    del record[field]
    with pytest.raises(KnownError, match="epoch"):
        EpochFigures.from_json(record)
