"""What is told to somebody who is not at the door."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from faceaccess.core.alarms import AlarmKind


class NoticeKind(StrEnum):
    """What is told besides alarms; a closed list. The value is sent."""

    DENIED_IN_A_ROW = "denied_in_a_row"
    LOCK_DOWN = "lock_down"
    END_LOCK_DOWN = "end_lock_down"
    MUTE = "mute"


KINDS: tuple[str, ...] = (*(kind.value for kind in AlarmKind), *(kind.value for kind in NoticeKind))
"""All that can be told, by value."""


@dataclass(frozen=True)
class Alert:
    """One message.

    Attributes:
        id: UUID4 text; the same however often it is sent, so that who gets it can drop a second.
        time: of what it tells, aware, UTC.
        door: the door's name.
        kind: one of `KINDS`.
        state: "began" or "ended" for what lasts, "happened" for what does not.
        text: a sentence without names of people.
        alarm: the id of the alarm's record, the same for its beginning and its end, or "".
        people: who was involved, named only where an address asks for names; "" for nobody.
    """

    id: str
    time: datetime
    door: str
    kind: str
    state: str
    text: str
    alarm: str = ""
    people: str = ""
