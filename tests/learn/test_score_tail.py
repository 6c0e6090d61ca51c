"""The fitted tail: moments by hand, known distributions, and limits of its shape."""

import numpy as np
import pytest

from faceaccess.learn.score_tail import LEAST_SHAPE, MOST_SHAPE, Tails, tail_size


def test_moments_by_hand() -> None:
    # Excesses 3, 1, 0 over the start 1: b0 = 4/3; weights of those above 0, 1/2, 1: a1 = 1/6.
    # Shape 2 - b0 / (b0 - 2 a1) = 2 - (4/3) / 1 = 2/3, limited to 0.25; scale 4/3 x 0.75 = 1.
    tails = Tails.fitted(np.array([[4.0, 2.0, 1.0, 1.0]]), share=0.3)
    assert tails.shape == pytest.approx([MOST_SHAPE])
    assert tails.scale == pytest.approx([1.0])
    assert tails.start == pytest.approx([1.0])
    # Excesses 2, 1, 0: b0 = 1, a1 = 1/6: shape 2 - 1 / (2/3) = 0.5, limited likewise.
    assert Tails.fitted(np.array([[2.0, 1.0, 0.0, 0.0]]), 0.3).shape == pytest.approx([0.25])


@pytest.mark.parametrize(("shape", "kept"), [(-0.5, LEAST_SHAPE), (0.0, 0.0), (0.1, 0.1)])
def test_known_tails_are_found(shape: float, kept: float) -> None:
    share = 1.0 - np.arange(1, 20_000) / 20_000  # evenly spaced quantiles, highest last
    made = -np.log(share) if shape == 0 else (share**-shape - 1) / shape
    tails = Tails.fitted(np.append(made[::-1], 0.0)[None, :], share=0.2)
    assert tails.shape == pytest.approx([kept], abs=0.01)
    assert tails.scale == pytest.approx([1.0 if shape == kept else 1.1 / 1.5], abs=0.02)


def test_share_and_threshold_are_inverse() -> None:
    tails = Tails(np.zeros(3), np.array([0.03, 0.05, 0.02]), np.array([-0.1, 0.0, 0.2]), 0.35)
    for risk in (0.2, 0.01, 0.0005):
        thresholds = tails.threshold_for(risk)
        for i, threshold in enumerate(thresholds):
            assert tails.share_over(threshold)[i] == pytest.approx(risk, rel=1e-4)
    # Below the start nothing is fitted: all of the share, or more, lies above.
    assert tails.share_over(-1.0) == pytest.approx([0.35] * 3)
    assert tails.threshold_for(0.9) == pytest.approx([0.0] * 3)
    # A tail of negative shape ends: 0.03 / 0.1 above its start.
    assert tails.share_over(0.31)[0] == 0.0


def test_an_exponential_tail_by_hand() -> None:
    tails = Tails(np.array([0.3]), np.array([0.02]), np.array([0.0]), 0.5)
    assert tails.threshold_for(0.5 / np.e)[0] == pytest.approx(0.32, abs=1e-6)
    assert tails.share_over(0.34)[0] == pytest.approx(0.5 * np.exp(-2), rel=1e-4)


def test_bootstrap_is_repeatable_and_spreads_with_fewer_strangers() -> None:
    rng = np.random.default_rng(0)
    many, few = rng.normal(0.3, 0.05, 2000), rng.normal(0.3, 0.05, 60)
    one = Tails.bootstrapped(many, 1.0, seed=1)
    assert np.array_equal(one.scale, Tails.bootstrapped(many, 1.0, seed=1).scale)
    assert not np.array_equal(one.scale, Tails.bootstrapped(many, 1.0, seed=2).scale)
    spread = Tails.bootstrapped(few, 1.0, seed=1).threshold_for(0.01).std()
    assert spread > 2 * one.threshold_for(0.01).std()
    half = Tails.bootstrapped(many, 0.5, seed=1)
    assert half.share == pytest.approx(one.share / 2)


def test_equal_scores_have_a_tail_of_no_length() -> None:
    tails = Tails.bootstrapped(np.full(50, 0.4), 1.0, seed=0)
    assert tails.threshold_for(0.001) == pytest.approx(np.full(len(tails.start), 0.4), abs=1e-6)


def test_size() -> None:
    assert [tail_size(n) for n in (20, 34, 100, 1000)] == [12, 12, 35, 350]
