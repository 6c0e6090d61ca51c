"""Intervals, beside published tables and exact sums."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest

from faceaccess.core.errors import BugError
from faceaccess.learn.intervals import binomial_interval, miss_rate, prediction_interval
from faceaccess.learn.open_set import Attempts


def held_out(scores: list[float], owners: str) -> Attempts:
    return Attempts(tuple(owners), np.array(scores, np.float64), tuple(owners))


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        # 1 - 0.025 ** (1 / 10); the ends swap for all of ten.
        (0, 10, 0.0, 0.30850),
        (10, 10, 0.69150, 1.0),
        # Hollander and Wolfe's and every other table of Clopper and Pearson: 5 of 10.
        (5, 10, 0.18709, 0.81291),
        (1, 20, 0.00127, 0.24873),
    ],
)
def test_clopper_pearson(count: int, n: int, low: float, high: float) -> None:
    assert binomial_interval(count, n) == pytest.approx((low, high), abs=1e-5)


@pytest.mark.parametrize(("count", "n"), [(-1, 5), (6, 5), (0, 0), (1, -3)])
def test_what_is_no_share(count: int, n: int) -> None:
    with pytest.raises(BugError):
        binomial_interval(count, n)


def exact_beta_binomial(count: int, n: int, a: int, b: int) -> Fraction:
    """P(count) = C(n, count) B(count + a, n - count + b) / B(a, b) for whole a and b."""

    def inverse_beta(x: int, y: int) -> int:
        return x * comb(x + y - 1, x)  # 1 / B(x, y) = x C(x + y - 1, x)

    return Fraction(comb(n, count) * inverse_beta(a, b), inverse_beta(count + a, n - count + b))


@pytest.mark.parametrize(("a", "b", "n"), [(1, 20, 30), (4, 97, 50), (11, 1000, 200), (2, 3, 7)])
def test_prediction_is_the_exact_beta_binomial(a: int, b: int, n: int) -> None:
    shares = [exact_beta_binomial(i, n, a, b) for i in range(n + 1)]
    assert sum(shares) == 1
    reached = np.cumsum([float(share) for share in shares])
    low, high = prediction_interval((a, b), n)
    assert low == int(np.argmax(reached >= 0.025))
    assert high == int(np.argmax(reached >= 0.975))


def test_a_sharp_belief_predicts_like_a_binomial() -> None:
    low, high = prediction_interval((1e10, 99e10), 1000)
    # Binomial(1000, 0.01): 95 % between 4 and 17.
    assert (low, high) == (4, 17)


def test_a_test_on_nobody_is_a_bug() -> None:
    with pytest.raises(BugError):
        prediction_interval((1.0, 2.0), 0)


# --- FNMR


def test_misses_are_counted_below_the_threshold() -> None:
    found = miss_rate(held_out([0.5, 0.4, -np.inf, 0.6], "abcd"), 0.5)
    assert found is not None
    assert found[0] == 0.5


def test_without_pictures_nothing_is_known() -> None:
    assert miss_rate(held_out([], ""), 0.5) is None


def test_pictures_of_one_person_count_as_one_where_they_fail_together() -> None:
    together = miss_rate(
        held_out([0.1] * 5 + [0.9] * 45, "".join(c * 5 for c in "abcdefghij")), 0.5
    )
    apart = miss_rate(held_out([0.1] * 5 + [0.9] * 45, "abcdefghij" * 5), 0.5)
    assert together is not None
    assert apart is not None
    assert together[0] == apart[0] == 0.1
    # Ten people of whom one fails: at least as wide as 1 of 10.
    assert together[1][1] >= binomial_interval(1, 10)[1] - 0.02
    # Failures spread over the people: no wider than 5 of 50 (variance is less than binomial).
    assert apart[1] == pytest.approx(binomial_interval(5, 50), abs=1e-9)


def test_none_missed_is_as_sure_as_there_are_people() -> None:
    found = miss_rate(held_out([0.9] * 12, "aaabbbcccddd"), 0.5)
    assert found == (0.0, binomial_interval(0, 4))
    all_missed = miss_rate(held_out([0.1] * 12, "aaabbbcccddd"), 0.5)
    assert all_missed == (1.0, binomial_interval(4, 4))


def test_one_person_says_little() -> None:
    found = miss_rate(held_out([0.1, 0.9, 0.9, 0.9], "aaaa"), 0.5)
    assert found is not None
    assert found[1] == binomial_interval(0.25, 1.0)
