"""Risk to threshold: exact where strangers can be counted, honest beyond, silent about nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaccess.core.calibrations import Method
from faceaccess.core.errors import BugError, KnownError
from faceaccess.learn.calibration import (
    HIGHEST,
    STEP,
    calibrate,
    strangers_to_count,
    strangers_to_promise,
)
from faceaccess.learn.intervals import binomial_interval, prediction_interval
from faceaccess.learn.open_set import Attempts


def attempts(scores: np.ndarray | list[float], owners: list[str] | None = None) -> Attempts:
    names = owners or [str(i) for i in range(len(scores))]
    return Attempts(tuple(names), np.asarray(scores, np.float64), ("a",) * len(names))


NOBODY = attempts([])
EVENLY = attempts(np.arange(1000) / 1000)
"""1,000 strangers with the scores 0, 0.001 ... 0.999."""


def test_the_threshold_lies_just_above_the_first_stranger_too_many() -> None:
    found = calibrate(EVENLY, NOBODY, 0.01, people=7)
    # Clopper-Pearson, 1,000 strangers: 4 inside gives at most 1.02 %, 3 at most 0.874 %.
    assert binomial_interval(4, 1000)[1] == pytest.approx(0.01021, abs=5e-6)
    assert binomial_interval(3, 1000)[1] == pytest.approx(0.008742, abs=5e-6)
    assert found.method is Method.COUNTED
    assert found.threshold == pytest.approx(0.996 + STEP, abs=1e-9)
    assert EVENLY.reaching(found.threshold) == 3
    assert (found.fpir, found.strangers, found.people) == (0.003, 1000, 7)
    assert found.fpir_interval == binomial_interval(3, 1000)
    assert found.belief == (4.0, 997.0)
    assert found.promise
    assert "At most 1 in 100 strangers gets in" in found.text
    assert "3 would get in" in found.text


def test_the_scores_order_does_not_matter_and_equal_scores_are_not_split() -> None:
    scores = np.arange(1000) / 1000
    scores[995:] = 0.9995
    mixed = np.random.default_rng(0).permutation(scores)
    found = calibrate(attempts(mixed), NOBODY, 0.01, people=2)
    # Three may get in, but five are equal at the top: all of them would, so none does.
    assert found.fpir == 0.0
    assert found.threshold == pytest.approx(0.9995 + STEP, abs=1e-9)
    assert found.belief == (1.0, 1000.0)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    strangers=st.integers(20, 1500),
    denominator=st.integers(2, 5000),
)
def test_a_promise_means_that_the_whole_interval_is_within_the_risk(
    seed: int, strangers: int, denominator: int
) -> None:
    scores = attempts(np.random.default_rng(seed).normal(0.3, 0.05, strangers))
    risk = 1 / denominator
    found = calibrate(scores, NOBODY, risk, people=2, seed=seed)
    low, high = found.fpir_interval
    assert 0.0 <= low <= found.fpir <= high <= 1.0
    assert found.promise == (strangers >= strangers_to_promise(risk))
    if found.promise:
        assert high <= risk * (1 + 1e-9)
    else:
        more = strangers_to_promise(risk) - strangers
        assert "Cannot promise" in found.text
        assert f"about {2 * more:,} more strangers, of whom about {more:,} calibrate" in found.text


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), strangers=st.integers(20, 600))
def test_a_smaller_risk_never_lowers_the_threshold(seed: int, strangers: int) -> None:
    scores = attempts(np.random.default_rng(seed).normal(0.3, 0.05, strangers))
    limit = strangers_to_count(0.2)
    risks = [0.2, 0.1, 0.05, 0.02] if strangers >= limit else [0.02, 0.01, 0.001, 1e-5]
    found = [calibrate(scores, NOBODY, risk, people=2) for risk in risks]
    same = [one.threshold for one in found if one.method is found[0].method]
    assert same == sorted(same)


def test_realised_fpir_of_other_strangers_is_predicted() -> None:
    rng = np.random.default_rng(5)
    for strangers, risk in ((400, 0.01), (150, 0.01)):
        inside = above = 0
        for _ in range(150):
            found = calibrate(
                attempts(rng.gumbel(0.3, 0.03, strangers)), NOBODY, risk, people=2, seed=1
            )
            realised = int((rng.gumbel(0.3, 0.03, 1000) >= found.threshold).sum())
            low, high = prediction_interval(found.belief, 1000)
            inside += low <= realised <= high
            above += realised > high
        assert inside >= 0.9 * 150
        assert above <= 0.08 * 150


def test_the_tail_carries_what_counting_cannot() -> None:
    scores = np.random.default_rng(2).normal(0.3, 0.05, 200)
    found = calibrate(attempts(scores), NOBODY, 0.005, people=2)
    assert strangers_to_count(0.005) > 200 >= strangers_to_promise(0.005)
    assert found.method is Method.TAIL
    assert found.promise
    # The true 0.5 % quantile is 0.3 + 2.576 x 0.05 = 0.429; a careful threshold lies above it.
    assert 0.429 < found.threshold < 0.55
    assert found.threshold == calibrate(attempts(scores), NOBODY, 0.005, people=2).threshold


def test_what_no_data_can_carry_is_told() -> None:
    scores = attempts(np.random.default_rng(2).normal(0.3, 0.05, 60))
    found = calibrate(scores, NOBODY, 0.001, people=2)
    assert found.method is Method.NONE
    assert not found.promise
    assert found.threshold > scores.scores.max()
    assert (
        "Cannot promise 1 in 1,000: that needs about 880 more strangers, of whom about 440"
        in found.text
    )


def test_drawn_strangers_promise_nothing() -> None:
    found = calibrate(EVENLY, NOBODY, 0.01, people=2, synthetic=True)
    assert found.synthetic
    assert not found.promise
    assert found.threshold == calibrate(EVENLY, NOBODY, 0.01, people=2).threshold
    assert "weaker than real ones" in found.text
    assert "about 100 more strangers, of whom about 50 calibrate" in found.text


def test_strangers_needed() -> None:
    # The rule of 3.7: ln 0.025 / ln 0.99 = 367.04.
    assert strangers_to_count(0.01) == 368
    assert strangers_to_promise(0.01) == 50
    assert strangers_to_promise(0.001) == 500
    # Half of the strangers may get in: six of whom none does are enough.
    assert strangers_to_count(0.5) == strangers_to_promise(0.5) == 6


def test_too_few_strangers_are_told() -> None:
    with pytest.raises(KnownError, match="only 19 strangers"):
        calibrate(attempts([0.1] * 19), NOBODY, 0.01, people=2)
    with pytest.raises(KnownError, match="only 1 stranger ") as error:
        calibrate(attempts([0.1]), NOBODY, 0.01, people=2)
    assert "about 38 more people" in error.value.remedy  # half of whom calibrate
    assert calibrate(attempts([0.1] * 20), NOBODY, 0.01, people=2).strangers == 20


@pytest.mark.parametrize("risk", [0.0, 1.0, -1.0, float("nan")])
def test_a_risk_that_is_none(risk: float) -> None:
    with pytest.raises(KnownError, match="risk"):
        calibrate(EVENLY, NOBODY, risk, people=2)


@pytest.mark.parametrize("score", [np.nan, np.inf])
def test_scores_that_are_no_numbers(score: float) -> None:
    with pytest.raises(BugError):
        calibrate(attempts([0.1] * 30 + [score]), NOBODY, 0.01, people=2)


def test_a_great_risk_still_keeps_half_of_the_strangers_out() -> None:
    found = calibrate(EVENLY, NOBODY, 0.99, people=2)
    assert found.fpir == 0.5
    assert found.threshold == pytest.approx(0.499 + STEP)


def test_equal_scores_give_a_threshold_above_them() -> None:
    for strangers in (20, 60, 2000):
        found = calibrate(attempts([0.4] * strangers), NOBODY, 0.01, people=2)
        assert 0.4 < found.threshold < 0.41
        assert found.fpir_interval[0] <= found.fpir


def test_attempts_that_no_threshold_lets_in_count_as_strangers() -> None:
    rng = np.random.default_rng(0)
    some = np.where(rng.random(200) < 0.5, -np.inf, rng.normal(0.3, 0.05, 200))
    found = calibrate(attempts(some), NOBODY, 0.005, people=2)
    all_of_them = calibrate(attempts(some[np.isfinite(some)]), NOBODY, 0.005, people=2)
    assert found.method is Method.TAIL
    assert 0.3 < found.threshold < all_of_them.threshold
    # Nobody can get in at all: there is no score to go by.
    nobody = calibrate(attempts([-np.inf] * 400), NOBODY, 0.01, people=2)
    assert nobody.threshold == HIGHEST
    few = calibrate(attempts([0.5] + [-np.inf] * 59), NOBODY, 0.01, people=2)
    assert few.threshold == pytest.approx(0.5 + STEP)
    assert not few.promise


def test_a_threshold_is_below_one() -> None:
    scores = attempts(np.random.default_rng(0).uniform(0.9, 0.999, 60))
    found = calibrate(scores, NOBODY, 1e-5, people=2)
    assert found.threshold == HIGHEST
    assert not found.promise


def test_what_is_asked_of_the_enrolled_stands_beside_it() -> None:
    held_out = attempts([0.9, 0.999, -np.inf, 0.997], ["a", "a", "b", "b"])
    found = calibrate(EVENLY, held_out, 0.01, people=2)
    assert found.fnmr == 0.5
    assert found.probes == 4
    assert found.fnmr_interval is not None
    low, high = found.fnmr_interval
    assert 0.0 <= low < 0.5 < high <= 1.0
    assert "Of 4 held-out pictures of enrolled people, 2 would be asked again." in found.text
    without = calibrate(EVENLY, NOBODY, 0.01, people=2)
    assert without.fnmr is without.fnmr_interval is None
    assert "Nobody has two pictures" in without.text


def test_the_unit_is_told() -> None:
    assert "one picture each" in calibrate(EVENLY, NOBODY, 0.01, people=2).text
    visits = calibrate(EVENLY, NOBODY, 0.01, people=2, unit="visit")
    assert visits.unit == "visit"
    assert "one visit each" in visits.text
