"""From a stated risk to a threshold, with what is known about it.

The threshold is the lowest at which the data say, with 95 % confidence, that no more strangers get
in than the risk allows. Strangers are counted while there are enough of them:

- The score just above which k of n strangers lie has a true FPIR that is distributed as
  Beta(k + 1, n - k), whatever the distribution of scores (order statistics of a uniform sample).
  Its 97.5 % quantile is Clopper and Pearson's upper limit (1934). The largest k for which that is
  at or below the risk gives the threshold. With none of n over it, n must be about 3.7 / risk.
- Beyond that a tail is fitted to the highest scores of each of many bootstrap samples
  (`learn.score_tail`), and the 97.5 % quantile of their thresholds for the risk is taken. It
  carries down to `TAIL_REACH` expected strangers.
- Where neither can carry the risk, the tail's threshold is given without a promise.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.calibrations import (
    Interval,
    Method,
    RiskEstimate,
    Unit,
    checked_risk,
    one_in,
)
from faceaccess.core.counting import counted
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.strangers import CALIBRATION_SHARE
from faceaccess.learn.intervals import HIGH, LOW, binomial_interval, miss_rate
from faceaccess.learn.open_set import Attempts
from faceaccess.learn.score_tail import Tails, tail_size

LEAST_STRANGERS = 20
"""Fewer say nothing."""
LEAST_FOR_TAIL = 50
"""Strangers below which a fitted tail carries no promise."""
TAIL_REACH = 0.5
"""Strangers expected over the threshold (risk x strangers) down to which a tail carries: seven
times less than counting needs."""
STEP = 1e-6
"""How far above a stranger's score a threshold lies: more than float32 rounding."""
HIGHEST = 1.0 - STEP


def calibrate(
    strangers: Attempts,
    held_out: Attempts,
    risk: float,
    *,
    people: int,
    unit: Unit = "picture",
    synthetic: bool = False,
    seed: int = 0,
) -> RiskEstimate:
    """Return the threshold for a risk, and what is known about it.

    Args:
        strangers: scores of strangers that no training has seen, one attempt each.
        held_out: scores of enrolled pictures held out; may be none.
        risk: share of strangers that may be let in at most.
        people: how many are enrolled in the head that scored.
        unit: what one of the strangers' attempts is.
        synthetic: whether the strangers were drawn by the program; then nothing is promised.
        seed: of the bootstrap.

    Raises:
        KnownError: if the risk cannot be asked for, or there are fewer than `LEAST_STRANGERS`.
        BugError: if a score is not a number or infinite.
    """
    checked_risk(risk)
    scores = _checked_scores(strangers)
    found = _counted(scores, risk) or _tail(scores, risk, seed)
    fnmr = miss_rate(held_out, found.threshold)
    promise = found.method is not Method.NONE and not synthetic
    return RiskEstimate(
        risk=risk,
        threshold=found.threshold,
        fpir=found.fpir,
        fpir_interval=found.interval,
        fnmr=None if fnmr is None else fnmr[0],
        fnmr_interval=None if fnmr is None else fnmr[1],
        strangers=len(scores),
        probes=len(held_out.scores),
        people=people,
        unit=unit,
        synthetic=synthetic,
        promise=promise,
        method=found.method,
        belief=found.belief,
        text=_text(found, risk, scores, held_out, unit, synthetic=synthetic),
    )


def strangers_to_count(risk: float) -> int:
    """Return how many strangers are needed to promise a risk by counting: none of them gets in."""
    return math.ceil(math.log(LOW) / math.log1p(-risk))


def strangers_to_promise(risk: float) -> int:
    """Return how many strangers are needed to promise a risk at all, with the help of the tail."""
    return min(strangers_to_count(risk), max(LEAST_FOR_TAIL, math.ceil(TAIL_REACH / risk)))


def strangers_to_add(calibrating: int) -> int:
    """Return how many strangers to add in all, so that about so many have the role to calibrate."""
    return -(-100 * calibrating // CALIBRATION_SHARE)


@dataclass(frozen=True)
class _Found:
    threshold: float
    fpir: float
    interval: Interval
    belief: tuple[float, float]
    method: Method


def _checked_scores(strangers: Attempts) -> NDArray[np.float64]:
    """Return the strangers' scores, highest first."""
    scores = np.sort(strangers.scores.astype(np.float64))[::-1]
    if np.isnan(scores).any() or np.isposinf(scores).any():
        raise BugError("a stranger's score is not a number")
    if len(scores) < LEAST_STRANGERS:
        raise KnownError(
            f"There are only {counted(len(scores), 'stranger', 'strangers')} to calibrate with.",
            f"At least {LEAST_STRANGERS} are needed: add pictures of about "
            f"{strangers_to_add(LEAST_STRANGERS - len(scores))} more people who are not enrolled.",
        )
    return scores


def _counted(scores: NDArray[np.float64], risk: float) -> _Found | None:
    """Return the threshold that lets in as many strangers as the risk allows for sure, or None."""
    n = len(scores)
    if n < strangers_to_count(risk):
        return None
    low, high = 0, n - 1  # the largest count whose upper limit is at or below the risk
    while low < high:
        middle = (low + high + 1) // 2
        if binomial_interval(middle, n)[1] <= risk:
            low = middle
        else:
            high = middle - 1
    # No stated risk is a reason to let more than half of the strangers in.
    allowed = min(low, n // 2)
    threshold = _above(scores, allowed)
    inside = int((scores >= threshold).sum())  # fewer than allowed where scores are equal
    return _Found(
        threshold,
        inside / n,
        binomial_interval(inside, n),
        (inside + 1.0, float(n - inside)),
        Method.COUNTED,
    )


def _above(scores: NDArray[np.float64], allowed: int) -> float:
    """Return a threshold just above the stranger who is not to be let in any more."""
    last = float(scores[allowed])
    if math.isfinite(last):
        return last + STEP
    finite = scores[np.isfinite(scores)]
    # Nobody beyond can get in at all: the lowest score that was ever reached, or nothing to go by.
    return float(finite[-1]) if len(finite) else HIGHEST


def _tail(scores: NDArray[np.float64], risk: float, seed: int) -> _Found:
    """Return the threshold by the bootstrap of a fitted tail."""
    n = len(scores)
    finite = scores[np.isfinite(scores)]  # attempts that no threshold lets in are in no tail
    if len(finite) <= tail_size(len(finite)):
        threshold = min(float(finite[0]) + STEP, HIGHEST) if len(finite) else HIGHEST
        return _Found(threshold, 0.0, binomial_interval(0, n), (1.0, float(n)), Method.NONE)
    tails = Tails.bootstrapped(finite, len(finite) / n, seed)
    # The higher of two neighbours, so that the interval of the shares ends at or below the risk.
    careful = np.quantile(tails.threshold_for(risk), HIGH, method="higher")
    threshold = min(float(careful) + STEP, HIGHEST)
    shares = tails.share_over(threshold)
    mean, variance = float(shares.mean()), float(shares.var())
    mean = min(max(mean, 1e-12), 0.5)
    # A Beta distribution of the same mean and variance.
    size = mean * (1 - mean) / max(variance, 1e-18) - 1
    size = float(np.clip(size, 1e-3, 1e12))
    carries = risk * n >= TAIL_REACH and n >= LEAST_FOR_TAIL and threshold < HIGHEST
    low, high = float(np.quantile(shares, LOW)), float(np.quantile(shares, HIGH))
    return _Found(
        threshold,
        min(max(mean, low), high),
        (low, high),
        (mean * size, (1 - mean) * size),
        Method.TAIL if carries else Method.NONE,
    )


def _text(
    found: _Found,
    risk: float,
    scores: NDArray[np.float64],
    held_out: Attempts,
    unit: Unit,
    *,
    synthetic: bool,
) -> str:
    n = len(scores)
    inside = int((scores >= found.threshold).sum())
    sentences = []
    if found.method is Method.NONE or synthetic:
        more = max(strangers_to_promise(risk) - (0 if synthetic else n), 1)
        sentences.append(
            f"Cannot promise {one_in(risk)}: that needs about {strangers_to_add(more):,} more "
            f"strangers, of whom about {more:,} calibrate and the others test and train."
        )
    else:
        sentences.append(f"At most {one_in(risk)} strangers gets in, with 95 % confidence.")
    kind = "drawn strangers (weaker than real ones)" if synthetic else "strangers"
    tries = "one picture each" if unit == "picture" else "one visit each"
    sentences.append(f"Of {n:,} {kind}, {tries}, {inside:,} would get in at {found.threshold:.3f}.")
    if found.method is not Method.COUNTED:
        low, high = (one_in(end) for end in found.interval)
        sentences.append(f"The fitted tail says {one_in(found.fpir)} (from {low} to {high}).")
    missed = int((held_out.scores < found.threshold).sum())
    if len(held_out.scores):
        pictures = counted(len(held_out.scores), "held-out picture", "held-out pictures")
        sentences.append(f"Of {pictures} of enrolled people, {missed:,} would be asked again.")
    else:
        sentences.append("Nobody has two pictures, so nothing is known of who is asked again.")
    return " ".join(sentences)
