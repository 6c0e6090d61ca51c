"""What is said of compared runs: when an accuracy was reached, and means with their intervals."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from faceaccess.learn.stop_rules import EpochFigures

CONFIDENCE = 0.95
"""Of the intervals, unless another is asked for."""


@dataclass(frozen=True)
class Reached:
    """Where a run first reached an accuracy, on a straight line between the ends of two epochs.

    Attributes:
        epochs: in epochs.
        seconds: in seconds of work.
    """

    epochs: float
    seconds: float


@dataclass(frozen=True)
class MeanInterval:
    """A mean, and where that of endlessly many runs is to be expected.

    Attributes:
        mean: of the values.
        low, high: ends of the interval of Student's t; None with one value.
        number: of the values.
    """

    mean: float
    low: float | None
    high: float | None
    number: int


def reached(history: Sequence[EpochFigures], accuracy: float) -> Reached | None:
    """Return where the test accuracy was `accuracy` (0 to 1) for the first time; None for never.

    What comes before the end of the first epoch is not known; it counts as reached there.
    """
    before: EpochFigures | None = None
    for figures in history:
        if figures.accuracy is not None and figures.accuracy >= accuracy:
            if before is None or before.accuracy is None:
                return Reached(float(figures.epoch), figures.seconds)
            share = (accuracy - before.accuracy) / (figures.accuracy - before.accuracy)
            return Reached(
                before.epoch + share * (figures.epoch - before.epoch),
                before.seconds + share * (figures.seconds - before.seconds),
            )
        before = figures
    return None


def mean_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> MeanInterval:
    """Return the mean of one value or more with its interval.

    mean +- t * s / sqrt(n), with the quantile t of Student's distribution of n - 1 degrees of
    freedom and the standard deviation s of the sample: right for values that are independent and
    near normal.
    """
    mean = statistics.fmean(values)
    if len(values) < 2:
        return MeanInterval(mean, None, None, len(values))
    half = student_quantile(confidence, len(values) - 1) * statistics.stdev(values)
    half /= math.sqrt(len(values))
    return MeanInterval(mean, mean - half, mean + half, len(values))


def paired_difference(
    ours: Mapping[int, float], theirs: Mapping[int, float], confidence: float = CONFIDENCE
) -> MeanInterval:
    """Return the mean of ours - theirs over the seeds that both have, with its interval.

    Runs of one seed have start and batches in common, so their difference varies less than either.

    Args:
        ours: a figure by seed.
        theirs: likewise; at least one seed in common.
        confidence: of the interval, above 0 and below 1.
    """
    both = sorted(ours.keys() & theirs.keys())
    return mean_interval([ours[seed] - theirs[seed] for seed in both], confidence)


def student_quantile(confidence: float, freedom: int) -> float:
    """Return the t > 0 with P(|T| <= t) = `confidence`, T of Student's distribution.

    Args:
        confidence: above 0 and below 1.
        freedom: degrees of freedom, >= 1.
    """
    low, high = 0.0, 1.0
    while _student_inside(high, freedom) < confidence:
        high *= 2.0
    while high - low > 1e-12 * high:
        middle = (low + high) / 2.0
        if _student_inside(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return high


def _student_inside(t: float, freedom: int) -> float:
    """Return P(|T| <= t): Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 / 4."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = 0.0
    for k in range(1 + odd, freedom, 2):
        total += term
        term *= k / (k + 1) * cosine**2
    return 2.0 / math.pi * (angle + sine * total) if odd else sine * total
