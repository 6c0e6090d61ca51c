"""What a door calls for help about, and the record of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AlarmKind(StrEnum):
    """What is wrong; a closed list. The value is stored, printed and sent."""

    FORCED_OPEN = "forced_open"
    HELD_OPEN = "held_open"
    TAMPERED = "tampered"
    LOCK_UNREACHABLE = "lock_unreachable"
    INPUT_LOST = "input_lost"
    TAILGATING = "tailgating"

    @property
    def sentence(self) -> str:
        """What people read, in English."""
        return _SENTENCES[self]


_SENTENCES = {
    AlarmKind.FORCED_OPEN: "The door was opened without anybody being let in or asking to leave",
    AlarmKind.HELD_OPEN: "The door stands open",
    AlarmKind.TAMPERED: "Somebody may have tampered with the camera",
    AlarmKind.LOCK_UNREACHABLE: "The lock does not answer",
    AlarmKind.INPUT_LOST: "The door's contact or its request-to-exit input does not answer",
    AlarmKind.TAILGATING: "Somebody may have gone in together with somebody who was let in",
}


@dataclass(frozen=True)
class Alarm:
    """One alarm, from its beginning to its end.

    Attributes:
        id: UUID4 text, made where the alarm was raised.
        station: the door's name.
        kind: what is wrong.
        began: aware, UTC.
        ended: aware, UTC; None while it lasts; `began` itself for what is over as it is noticed.
        detail: a sentence that tells more, without names of people; "" for none.
        muted_by: who had muted the door while it lasted, as "name (way)"; "" for nobody.
    """

    id: str
    station: str
    kind: AlarmKind
    began: datetime
    ended: datetime | None = None
    detail: str = ""
    muted_by: str = ""
