"""Who comes to the simulated door, and what each of them is really allowed.

The rights are said twice, in two languages that share no code: as access rules, which the door
reads out of its store, and as `Rights`, by which the referee judges.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from faceaccess.core.access_rules import AccessRule, Effect
from faceaccess.core.weekly_schedules import parse

DOOR = "Simulated door"
ZONE = "Europe/Berlin"
ESCORTED_WITHIN = 60.0
"""Seconds after somebody else's entry in which who needs an escort may come in."""


@dataclass(frozen=True)
class Rights:
    """What somebody is allowed, as the referee sees it.

    Attributes:
        minutes: minutes of a local day in which the door is theirs, as (from, to) pairs.
        weekdays: 0 (Monday) to 6.
        never: whether nothing opens the door for them.
        escorted: whether somebody else must have gone in shortly before.
    """

    minutes: tuple[tuple[int, int], ...] = ((0, 1440),)
    weekdays: frozenset[int] = frozenset(range(7))
    never: bool = False
    escorted: bool = False

    def hold(self, wall: datetime) -> bool:
        """Whether the hours allow it at a time that the door's own clock shows."""
        local = wall.astimezone(ZoneInfo(ZONE))
        minute = local.hour * 60 + local.minute
        hours = any(begin <= minute < end for begin, end in self.minutes)
        return not self.never and hours and local.weekday() in self.weekdays


@dataclass(frozen=True)
class Kind:
    """Staff of one kind: their rights, and the same as rules (effect and hours)."""

    rights: Rights
    rules: tuple[tuple[Effect, str | None], ...] = ()


KINDS: Sequence[Kind] = (
    Kind(Rights()),
    Kind(
        Rights(((420, 1140),), frozenset(range(5))),
        ((Effect.ALLOW, "Mon-Fri 07:00-19:00"),),
    ),
    Kind(Rights()),
    Kind(
        Rights(((0, 360), (1320, 1440))),
        ((Effect.ALLOW, "daily 00:00-06:00"), (Effect.ALLOW, "daily 22:00-24:00")),
    ),
    Kind(Rights()),
    Kind(Rights(escorted=True), ((Effect.ESCORT, None),)),
    Kind(Rights()),
    Kind(Rights(never=True), ((Effect.DENY, None),)),
    Kind(Rights()),
    Kind(Rights(never=True), ((Effect.SECOND_FACTOR, None),)),
)
"""Half may always come; nobody can give a second factor yet, so it keeps out."""


@dataclass(frozen=True)
class Visitor:
    """Who really stands there.

    Attributes:
        number: of the staff, or of the strangers.
        staff: whether they are enrolled when the day begins.
    """

    number: int
    staff: bool

    @property
    def rights(self) -> Rights:
        """What they are allowed while they are enrolled and active."""
        return KINDS[self.number % len(KINDS)].rights if self.staff else Rights(never=True)

    @property
    def free(self) -> bool:
        """Whether their access is neither limited nor bound to somebody else."""
        return self.staff and self.rights == Rights()


def rules_of(visitor: Visitor, person_id: str) -> list[AccessRule]:
    """Return the access rules that say what `Visitor.rights` says."""
    return [
        AccessRule(
            id=str(uuid.uuid4()),
            effect=effect,
            zone=ZONE,
            added_at=datetime(2026, 1, 1, tzinfo=UTC),
            added_by="simulation (test)",
            person_id=person_id,
            door=DOOR,
            schedule=None if hours is None else parse(hours),
        )
        for effect, hours in KINDS[visitor.number % len(KINDS)].rules
    ]
