"""The DET curve of a head, and what a threshold means in words.

Terms of ISO/IEC 19795: FPIR, the share of strangers who are let in by a gallery of the enrolled;
FNMR, the share of the enrolled people's own pictures that do not reach the threshold (here a
picture that the head gives to somebody else counts too).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.calibrations import Interval, Unit, one_in
from faceaccess.core.errors import BugError
from faceaccess.learn.intervals import binomial_interval, miss_rate
from faceaccess.learn.open_set import Attempts


@dataclass(frozen=True, eq=False)
class DetCurve:
    """Errors over thresholds.

    Attributes:
        thresholds: (points,) float64, rising.
        fpir: (points,) share of strangers let in, falling.
        fnmr: (points,) share of held-out pictures not let in, rising; NaN without any.
        strangers, probes: how many there are of each.
    """

    thresholds: NDArray[np.float64]
    fpir: NDArray[np.float64]
    fnmr: NDArray[np.float64]
    strangers: int
    probes: int


@dataclass(frozen=True)
class ThresholdMeaning:
    """What one threshold does, with 95 % intervals.

    Attributes:
        threshold: the similarity to reach.
        fpir, fpir_interval: share of strangers let in.
        fnmr, fnmr_interval: share of held-out pictures not let in; None without any.
        text: the same in words.
    """

    threshold: float
    fpir: float
    fpir_interval: Interval
    fnmr: float | None
    fnmr_interval: Interval | None
    text: str


def det_curve(strangers: Attempts, held_out: Attempts, points: int = 400) -> DetCurve:
    """Return the curve at every score where it changes, or at `points` of them if there are more.

    The first threshold lets everybody in who can be let in at all, the last one nobody.

    Args:
        strangers: at least one attempt.
        held_out: may be none.
        points: at least 2.
    """
    if not len(strangers.scores) or points < 2:
        raise BugError(f"no curve of {len(strangers.scores)} strangers at {points} points")
    false, true = np.sort(strangers.scores), np.sort(held_out.scores)
    every = np.concatenate([false, true])
    steps = np.unique(every[np.isfinite(every)])
    if len(steps) == 0:
        steps = np.zeros(1)
    beyond = np.nextafter(steps[-1], np.inf)
    if len(steps) > points - 1:
        # Evenly over the distinct scores: dense where the errors change.
        steps = steps[np.linspace(0, len(steps) - 1, points - 1).round().astype(np.intp)]
    thresholds = np.append(steps, beyond)
    fpir = 1.0 - np.searchsorted(false, thresholds, side="left") / len(false)
    if len(true):
        fnmr = np.searchsorted(true, thresholds, side="left") / len(true)
    else:
        fnmr = np.full(len(thresholds), np.nan)
    return DetCurve(thresholds, fpir, fnmr, len(false), len(true))


def meaning_of(
    threshold: float, strangers: Attempts, held_out: Attempts, unit: Unit = "picture"
) -> ThresholdMeaning:
    """Return what a threshold that somebody chose means.

    The intervals are those of a threshold that was not chosen by looking at the same strangers.

    Args:
        threshold: the similarity to reach.
        strangers: at least one attempt.
        held_out: may be none.
        unit: what one of the strangers' attempts is.
    """
    n = len(strangers.scores)
    if not n:
        raise BugError("no stranger to say what a threshold means")
    inside = strangers.reaching(threshold)
    fpir_interval = binomial_interval(inside, n)
    missed = miss_rate(held_out, threshold)
    if inside:
        told = f"{one_in(inside / n)} strangers is let in"
    else:
        told = f"None of {n:,} strangers is let in (surely fewer than {one_in(fpir_interval[1])})"
    if unit == "visit":
        told += " at a visit"
    if missed is None:
        told += "; how many colleagues are asked to try again is not known."
    elif missed[0] > 0:
        told += f", {one_in(missed[0])} pictures of colleagues asks them to try again."
    else:
        told += f", none of {len(held_out.scores):,} pictures of colleagues asks them to try again."
    return ThresholdMeaning(
        threshold,
        inside / n,
        fpir_interval,
        None if missed is None else missed[0],
        None if missed is None else missed[1],
        told,
    )
