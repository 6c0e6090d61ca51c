"""Whether a face is alive: the three answers."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What is known about a face. Only `LIVE` lets somebody in where liveness is on."""

    LIVE = "live"
    ATTACK = "attack"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Liveness:
    """The answer about one face.

    Attributes:
        verdict: live, attack or unsure.
        measure: share of the detail around the head that stayed where it was while the face moved,
            less the share that moved with it; -1 to 1, mean of the windows that could be measured,
            None where none could. A verdict rests on more than this figure.
    """

    verdict: Verdict
    measure: float | None = None


UNSURE = Liveness(Verdict.UNSURE)
