"""What is known about a threshold: the risk that was asked for and what the data say of it.

All values are plain, so that they can be stored and shown as they are.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Interval = tuple[float, float]
"""Low and high end, 95 % two-sided."""


class Method(StrEnum):
    """How a threshold was found. The value is stored."""

    COUNTED = "counted"
    """Strangers over the threshold were counted; the interval is exact (Clopper-Pearson)."""
    TAIL = "tail"
    """The risk lies beyond what can be counted; a fitted tail with a bootstrap carries it."""
    NONE = "none"
    """There are too few strangers to carry the risk."""


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
        unit: what one attempt of a stranger is: one "picture", or a whole "visit" under the door's
            evidence rule.
        synthetic: whether the strangers were drawn by the program: weaker.
        promise: whether the whole of `fpir_interval` lies at or below the risk, on strangers who
            are real. Where it does not, `text` says how many more are needed.
        method: how the threshold was found.
        belief: a and b of the Beta distribution that says what is known about the true FPIR; of a
            test on m other strangers a beta-binomial with them predicts how many get in.
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
    unit: Literal["picture", "visit"]
    synthetic: bool
    promise: bool
    method: Method
    belief: tuple[float, float]
    text: str
