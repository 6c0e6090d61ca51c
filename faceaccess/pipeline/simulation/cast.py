"""Who comes to the simulated doors, which doors there are, and what is really allowed.

The rights are said twice, in two languages that share no code: as access rules and plans of doors,
which a door reads out of its store, and as `Rights` and `Site`, by which the referee judges.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from faceaccess.core.access_rules import AccessRule, DoorPlan, Effect, Passback
from faceaccess.core.weekly_schedules import parse

ZONE = "Europe/Berlin"
ESCORTED_WITHIN = 60.0
"""Seconds after somebody else's entry in which who needs an escort may come in."""
TOGETHER_WITHIN = 30.0
"""Seconds after somebody else was recognised in which the second of two people may come in."""


@dataclass(frozen=True)
class Site:
    """One door, as the referee sees it.

    Attributes:
        name: of the door.
        share: of the visits, 0 to 1.
        leads_from, leads_to: the areas on both sides.
        once: whether nobody who is beyond it already may enter again (hard anti-passback).
        warned: whether that is only told (soft).
        free_tries: unknown faces in a row after which the face alone must wait, or None.
    """

    name: str
    share: float
    leads_from: str = "outside"
    leads_to: str = "inside"
    once: bool = False
    warned: bool = False
    free_tries: int | None = None


SITES: Sequence[Site] = (
    Site("Front door", 0.5, free_tries=4),
    Site("Laboratory", 0.2, "inside", "laboratory", once=True),
    Site("Laboratory, way out", 0.2, "laboratory", "inside"),
    Site("Store room", 0.1, "inside", "store room", warned=True),
)
PASSBACK_HOURS = 12.0
"""Hours after which nobody counts as being beyond a door any more."""


def plan_of(site: Site) -> DoorPlan:
    """Return the plan that says what a `Site` says."""
    passback = Passback.HARD if site.once else Passback.SOFT if site.warned else Passback.OFF
    return DoorPlan(
        site.name,
        passback=passback,
        leads_from=site.leads_from,
        leads_to=site.leads_to,
        passback_hours=PASSBACK_HOURS,
        tries=site.free_tries,
    )


@dataclass(frozen=True)
class Rights:
    """What somebody is allowed, as the referee sees it.

    Attributes:
        minutes: minutes of a local day in which the doors are theirs, as (from, to) pairs.
        weekdays: 0 (Monday) to 6.
        sites: numbers of the doors that are theirs.
        never: whether nothing opens a door for them.
        escorted: whether somebody else must have gone in shortly before.
        paired: whether somebody else must have been recognised shortly before.
        factor: whether their card is asked for.
    """

    minutes: tuple[tuple[int, int], ...] = ((0, 1440),)
    weekdays: frozenset[int] = frozenset(range(7))
    sites: frozenset[int] = frozenset(range(len(SITES)))
    never: bool = False
    escorted: bool = False
    paired: bool = False
    factor: bool = False

    def hold(self, site: int, wall: datetime) -> bool:
        """Whether door and hours allow it at a time that the door's own clock shows."""
        local = wall.astimezone(ZoneInfo(ZONE))
        minute = local.hour * 60 + local.minute
        hours = any(begin <= minute < end for begin, end in self.minutes)
        here = site in self.sites and not self.never
        return here and hours and local.weekday() in self.weekdays


@dataclass(frozen=True)
class Kind:
    """Staff of one kind: their rights, and the same as rules (effect, hours, number of a door)."""

    rights: Rights
    rules: tuple[tuple[Effect, str | None, int | None], ...] = ()


KINDS: Sequence[Kind] = (
    Kind(Rights()),
    Kind(
        Rights(((420, 1140),), frozenset(range(5))),
        ((Effect.ALLOW, "Mon-Fri 07:00-19:00", None),),
    ),
    Kind(Rights()),
    Kind(
        Rights(((0, 360), (1320, 1440))),
        ((Effect.ALLOW, "daily 00:00-06:00", None), (Effect.ALLOW, "daily 22:00-24:00", None)),
    ),
    Kind(Rights()),
    Kind(Rights(escorted=True), ((Effect.ESCORT, None, None),)),
    Kind(Rights(paired=True), ((Effect.TWO_PEOPLE, None, None),)),
    Kind(Rights(never=True), ((Effect.DENY, None, None),)),
    Kind(Rights()),
    Kind(Rights(factor=True), ((Effect.SECOND_FACTOR, None, None),)),
    Kind(Rights()),
    Kind(Rights(sites=frozenset({0})), ((Effect.ALLOW, None, 0),)),
    Kind(Rights()),
    Kind(Rights(factor=True), ((Effect.SECOND_FACTOR, None, None),)),
)
"""Half may always come."""
FACTOR_KINDS = tuple(i for i, kind in enumerate(KINDS) if kind.rights.factor)
PAIRED_KINDS = tuple(i for i, kind in enumerate(KINDS) if kind.rights.paired)
ESCORTED_KINDS = tuple(i for i, kind in enumerate(KINDS) if kind.rights.escorted)


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
    def card(self) -> str:
        """The number of the card of somebody who has one."""
        return f"C0FFEE{self.number:04d}"


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
            door=None if site is None else SITES[site].name,
            schedule=None if hours is None else parse(hours),
        )
        for effect, hours, site in KINDS[visitor.number % len(KINDS)].rules
    ]
