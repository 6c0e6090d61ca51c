"""What people command a door, and the record of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from faceaccess.core.locks import LockOutcome


class DoorCommandKind(StrEnum):
    """What a door can be told. The value is stored."""

    OPEN = "open"
    LOCK_DOWN = "lock_down"
    END_LOCK_DOWN = "end_lock_down"
    HOLD_OPEN = "hold_open"
    END_HOLD = "end_hold"
    MUTE = "mute"
    UNMUTE = "unmute"


@dataclass(frozen=True)
class DoorCommand:
    """The record of one command.

    Attributes:
        id: UUID4 text, made where the command was taken.
        station: the door's name.
        time: when it was taken, aware, UTC.
        kind: what was asked for.
        actor: who gave it, as "name (way)"; the end of a hold may be the door's own.
        lock: what the lock answered to an `OPEN` or to the beginning of a `HOLD_OPEN`; none for the
            others, for one that the door refused, and while the lock has not answered yet.
        until: when a `HOLD_OPEN` or `MUTE` was to end, aware, UTC; None for the others.
    """

    id: str
    station: str
    time: datetime
    kind: DoorCommandKind
    actor: str
    lock: LockOutcome = LockOutcome.NONE
    until: datetime | None = None
