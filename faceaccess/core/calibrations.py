"""What is known about a threshold: the risk that was asked for and what the data say of it.

All values are plain, so that they can be stored and shown as they are.
"""

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from faceaccess.core.errors import KnownError

Interval = tuple[float, float]
"""Low and high end, 95 % two-sided."""
Unit = Literal["picture", "visit"]
"""What one attempt is: one picture, or a whole visit under the door's evidence rule."""

STRICTEST_RISK = 1e-6
"""Smallest risk that may be asked for: 1 in a million."""


class Method(StrEnum):
    """How a threshold was found. The value is stored."""

    COUNTED = "counted"
    """Strangers over the threshold were counted; the interval is exact (Clopper-Pearson)."""
    TAIL = "tail"
    """The risk lies beyond what can be counted; a fitted tail with a bootstrap carries it."""
    NONE = "none"
    """There are too few strangers to carry the risk; the threshold is the fitted tail's guess."""


@dataclass(frozen=True)
class RiskEstimate:
    """A stated risk and the threshold found for it.

    Attributes:
        risk: what was asked for: at most this share of strangers may be let in, 0 < risk < 1.
        threshold: similarity from which a match passes (`similarity >= threshold`).
        fpir: best estimate of the share of strangers let in at the threshold (ISO/IEC 19795:
            false-positive identification rate, for a gallery of `people`).
        fpir_interval: 95 %.
        fnmr: share of held-out pictures of enrolled people not let in at the threshold; None where
            nobody has two pictures.
        fnmr_interval: 95 %, with pictures of one person counted as dependent; None likewise.
        strangers: strangers that the threshold stands on.
        probes: held-out pictures of enrolled people.
        people: size of the gallery that it holds for; FPIR grows with it.
        unit: what one attempt of a stranger is.
        synthetic: whether the strangers were drawn by the program: weaker.
        promise: whether the whole of `fpir_interval` lies at or below the risk, on strangers who
            are real. Where it does not, `text` says how many more are needed.
        method: how the threshold was found.
        belief: a and b of the Beta distribution that says what is known about the true FPIR; a
            test on m other strangers is predicted by the beta-binomial with them.
        text: all this in plain words.
    """

    risk: float
    threshold: float
    fpir: float
    fpir_interval: Interval
    fnmr: float | None
    fnmr_interval: Interval | None
    strangers: int
    probes: int
    people: int
    unit: Unit
    synthetic: bool
    promise: bool
    method: Method
    belief: tuple[float, float]
    text: str


_FRACTION = re.compile(r"\s*(\d{1,12})\s*/\s*(\d{1,12})\s*")
_NUMBER = re.compile(r"\s*(\d{0,12}[.]?\d{1,12}(?:e-\d{1,2})?)\s*(%?)\s*", re.IGNORECASE)


def parse_risk(text: str) -> float:
    """Return the share that a person wrote as "1/400", "0.25 %" or "0.0025".

    Raises:
        KnownError: if it is no such number, or not between `STRICTEST_RISK` and 1.
    """
    value: Fraction | None = None
    if found := _FRACTION.fullmatch(text):
        above, below = int(found[1]), int(found[2])
        value = None if below == 0 else Fraction(above, below)
    elif found := _NUMBER.fullmatch(text):
        value = Fraction(found[1]) / (100 if found[2] else 1)
    if value is None:
        raise KnownError(
            f"{text!r} is not a risk.", "Write it like 1/400: at most 1 stranger in 400 gets in."
        )
    return checked_risk(float(value), text)


def checked_risk(risk: float, written: str = "") -> float:
    """Return a risk that can be asked for.

    Args:
        risk: share of strangers.
        written: how a person wrote it, for the message.

    Raises:
        KnownError: if it is not a number between `STRICTEST_RISK` and 1, or 1 itself.
    """
    shown = written.strip() or f"{risk:g}"
    if not math.isfinite(risk) or risk <= 0.0:
        raise KnownError(
            f"A risk of {shown} cannot be kept: no face recognition is free of error.",
            "State a small risk, such as 1/1000.",
        )
    if risk >= 1.0:
        raise KnownError(
            f"A risk of {shown} lets every stranger in.",
            "State a small risk, such as 1/1000.",
        )
    if risk < STRICTEST_RISK:
        raise KnownError(
            f"A risk of {shown} is beyond what can ever be measured at one door.",
            "State 1/1000000 or more.",
        )
    return risk


def one_in(share: float) -> str:
    """Return a share as people say it: "1 in 400", "none", "35 in 100"."""
    if share <= 0.0:
        return "none"
    if share > 0.2:
        return f"{round(100 * share)} in 100"
    return f"1 in {round(1 / share):,}"
