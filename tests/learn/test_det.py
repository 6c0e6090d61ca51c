"""The DET curve counts what each threshold does, and says it in words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.errors import BugError
from faceaccess.learn.det import det_curve, meaning_of
from faceaccess.learn.intervals import binomial_interval
from faceaccess.learn.open_set import Attempts


def attempts(scores: list[float]) -> Attempts:
    names = tuple(str(i) for i in range(len(scores)))
    return Attempts(names, np.array(scores, np.float64), names)


STRANGERS = attempts([0.1, 0.2, 0.4, -np.inf])
ENROLLED = attempts([0.3, 0.5, 0.6, -np.inf])


def test_the_curve_by_hand() -> None:
    curve = det_curve(STRANGERS, ENROLLED)
    assert curve.thresholds[:-1] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert curve.fpir == pytest.approx([0.75, 0.5, 0.25, 0.25, 0.0, 0.0, 0.0])
    assert curve.fnmr == pytest.approx([0.25, 0.25, 0.25, 0.5, 0.5, 0.75, 1.0])
    assert (curve.strangers, curve.probes) == (4, 4)


def test_without_held_out_pictures_only_strangers_are_drawn() -> None:
    curve = det_curve(STRANGERS, attempts([]))
    assert np.isnan(curve.fnmr).all()
    assert curve.fpir[0] == 0.75


def test_a_curve_of_nobody_is_a_bug_and_of_nothing_finite_flat() -> None:
    with pytest.raises(BugError):
        det_curve(attempts([]), ENROLLED)
    flat = det_curve(attempts([-np.inf]), attempts([-np.inf]))
    assert flat.fpir.tolist() == [0.0, 0.0]
    assert flat.fnmr.tolist() == [1.0, 1.0]


@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=60),
    st.lists(st.floats(-1, 1), max_size=60),
    st.integers(2, 30),
)
def test_each_point_is_a_count_and_the_curve_is_monotone(
    false: list[float], true: list[float], points: int
) -> None:
    curve = det_curve(attempts(false), attempts(true), points)
    assert len(curve.thresholds) <= points
    assert (np.diff(curve.thresholds) > 0).all()
    for threshold, fpir, fnmr in zip(curve.thresholds, curve.fpir, curve.fnmr, strict=True):
        assert fpir == pytest.approx(np.mean([s >= threshold for s in false]))
        if true:
            assert fnmr == pytest.approx(np.mean([s < threshold for s in true]))
    assert curve.fpir[-1] == 0.0


def test_words() -> None:
    strangers = attempts([0.9] * 2 + [0.1] * 798)
    enrolled = attempts([0.2] * 5 + [0.8] * 595)
    meaning = meaning_of(0.5, strangers, enrolled)
    assert meaning.text == (
        "1 in 400 strangers is let in, 1 in 120 pictures of colleagues asks them to try again."
    )
    assert meaning.fpir_interval == binomial_interval(2, 800)
    assert meaning.fnmr == pytest.approx(5 / 600)
    visits = meaning_of(0.95, strangers, enrolled, "visit")
    assert visits.text.startswith(
        "None of 800 strangers is let in (surely fewer than 1 in 217) at a visit"
    )
    assert meaning_of(0.1, strangers, enrolled).text.endswith(
        "none of 600 pictures of colleagues asks them to try again."
    )
    assert "not known" in meaning_of(0.5, strangers, attempts([])).text
    with pytest.raises(BugError):
        meaning_of(0.5, attempts([]), enrolled)
