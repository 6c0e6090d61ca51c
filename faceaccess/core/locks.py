"""What a lock answers when it is commanded."""

from dataclasses import dataclass
from enum import StrEnum

from faceaccess.core.errors import KnownError


class LockOutcome(StrEnum):
    """What became of a command to a lock. The value is stored and printed."""

    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"
    NONE = "none"  # no lock was commanded, or it cannot be asked


@dataclass(frozen=True)
class LockReport:
    """A lock's answer.

    Attributes:
        outcome: acknowledged where the lock itself answered; none where `check` has nobody to ask.
        text: one sentence for people, without secrets.
        seconds: how long the answer took, s.
    """

    outcome: LockOutcome
    text: str
    seconds: float


class LockError(KnownError):
    """A lock that did not acknowledge: the door is not open as far as anybody knows.

    For the record it is `LockOutcome.FAILED`. Text and remedy are free of secrets.
    """
