"""Intervals of counted shares: what is known after a count, and what a further test will count.

scipy is imported only when something is computed.
"""

from typing import Any

import numpy as np

from faceaccess.core.calibrations import Interval
from faceaccess.core.errors import BugError
from faceaccess.learn.open_set import Attempts

LOW, HIGH = 0.025, 0.975
"""Quantiles between which 95 % lie."""


def _special() -> Any:
    from scipy import special  # type: ignore[import-untyped]  # it has no stubs

    return special


def binomial_interval(count: float, n: float) -> Interval:
    """Return Clopper and Pearson's exact 95 % interval for a share (1934).

    Args:
        count: how many of n; need not be a whole number (an effective count).
        n: more than 0.
    """
    if not 0 <= count <= n or n <= 0:
        raise BugError(f"{count} of {n} is no share")
    low = 0.0 if count == 0 else float(_special().betaincinv(count, n - count + 1, LOW))
    high = 1.0 if count == n else float(_special().betaincinv(count + 1, n - count, HIGH))
    return low, high


def prediction_interval(belief: tuple[float, float], test_size: int) -> tuple[int, int]:
    """Return how many of `test_size` other strangers get in, with 95 % probability.

    The beta-binomial distribution: what is known of the true FPIR, and chance on top of it. Whoever
    tests a threshold on strangers of a part of its own must expect a count in this range, ends
    included; more says that the threshold does not hold for them.

    Args:
        belief: a and b of the Beta distribution of the true FPIR.
        test_size: at least 1.
    """
    if test_size < 1:
        raise BugError(f"a test on {test_size} strangers")
    a, b = belief
    gammaln, betaln = _special().gammaln, _special().betaln
    counts = np.arange(test_size + 1)
    log_ways = gammaln(test_size + 1) - gammaln(counts + 1) - gammaln(test_size - counts + 1)
    logs = log_ways + betaln(counts + a, test_size - counts + b) - betaln(a, b)
    reached = np.exp(logs).cumsum()
    low = int(np.searchsorted(reached, LOW * reached[-1]))
    high = int(np.searchsorted(reached, HIGH * reached[-1]))
    return low, min(high, test_size)


def miss_rate(held_out: Attempts, threshold: float) -> tuple[float, Interval] | None:
    """Return the FNMR at a threshold and its 95 % interval, or None without a held-out picture.

    Pictures of one person fail together, so they count as fewer: Clopper and Pearson's interval
    for the effective number of pictures (Korn and Graubard 1998). Where none or all fail, the
    effective number is that of the people.
    """
    pictures = len(held_out.scores)
    if pictures == 0:
        return None
    missed = held_out.scores < threshold
    share = float(missed.mean())
    _, group, size = np.unique(
        np.array(held_out.owner_ids), return_inverse=True, return_counts=True
    )
    people = len(size)
    effective = float(people)
    if 0.0 < share < 1.0 and people > 1:
        excess = np.bincount(group, missed, people) - share * size
        variance = people / (people - 1) * float((excess**2).sum()) / pictures**2
        alike = share * (1 - share) / max(variance, 1e-12)
        stdtrit = _special().stdtrit
        few = float(stdtrit(pictures - 1, HIGH) / stdtrit(people - 1, HIGH)) ** 2
        effective = min(float(pictures), max(1.0, alike * few))
    return share, binomial_interval(share * effective, effective)
