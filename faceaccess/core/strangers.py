"""People who are not enrolled, kept so that the door can prove that it keeps such people out.

What a stranger is used for is fixed by the stranger's id alone and never changes: negatives that
training may use, a part on which thresholds are calibrated, a part on which heads are tested. So no
stranger whom a head or a threshold has seen can vouch for it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError


class Role(StrEnum):
    """What a stranger is for. The value is stored."""

    NEGATIVE = "negative"
    CALIBRATION = "calibration"
    TEST = "test"


NEGATIVE_SHARE = 20
"""Per cent of all strangers that training may use as negatives."""
CALIBRATION_SHARE = 50
"""Per cent on which thresholds are calibrated: most, because a promise needs many strangers.
The rest tests."""


def role_of(stranger_id: str) -> Role:
    """Return the lasting role of a stranger: SHA-256 of the id, as a number, modulo 100."""
    digest = hashlib.sha256(stranger_id.encode("utf-8")).digest()
    place = int.from_bytes(digest) % 100
    if place < NEGATIVE_SHARE:
        return Role.NEGATIVE
    if place < NEGATIVE_SHARE + CALIBRATION_SHARE:
        return Role.CALIBRATION
    return Role.TEST


@dataclass(frozen=True)
class Stranger:
    """A stranger as stored.

    Attributes:
        id: UUID4 text, made where the stranger was added.
        label: what people call the stranger ("visitor of 3 May", a file's name); may be empty.
        role: what the stranger is for; `role_of(id)`.
        samples: how many pictures there are.
        added_at: aware, UTC.
    """

    id: str
    label: str
    role: Role
    samples: int
    added_at: datetime


@dataclass(frozen=True, eq=False)
class StrangerSet:
    """Embeddings of strangers, all of one space and, where it matters, of one role.

    Attributes:
        vectors: (samples, dimension) float32, each of length 1.
        stranger_ids: (samples,) whose each row is; rows of one stranger need not be neighbours.
    """

    vectors: NDArray[np.float32]
    stranger_ids: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.stranger_ids):
            raise BugError(
                f"strangers of shape {self.vectors.shape} for {len(self.stranger_ids)} ids"
            )

    @property
    def strangers(self) -> int:
        """How many different strangers there are."""
        return len(set(self.stranger_ids))

    def of_role(self, role: Role) -> "StrangerSet":
        """Return those whose role it is, in the same order."""
        kept = [i for i, one in enumerate(self.stranger_ids) if role_of(one) is role]
        return StrangerSet(self.vectors[kept], tuple(self.stranger_ids[i] for i in kept))
