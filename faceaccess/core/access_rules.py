"""Who may pass which door when, as values; what follows from them is in `door.rules`."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.weekly_schedules import WeeklySchedule

MAX_DOOR = 60
"""Longest name of a door or an area, in characters."""
MAX_NOTE = 2000
"""Longest note, in characters."""
MOST_TRIES = 5
"""Most refusals in a row before a delay begins, where a door has one (NIST SP 800-63B, 5.2.3)."""


class Effect(StrEnum):
    """What a rule does where it holds. The value is stored.

    Only `ALLOW` can open: whoever has a rule that allows may pass where one of them holds, and
    nowhere else. All others take away.
    """

    ALLOW = "allow"
    DENY = "deny"
    SECOND_FACTOR = "second-factor"
    TWO_PEOPLE = "two-people"
    ESCORT = "escort"


class HolidayUse(StrEnum):
    """What a holiday does to a rule's hours. The value is stored."""

    NOT = "not"  # the rule does not hold on holidays
    ALSO = "also"  # a holiday is a day like others
    ONLY = "only"  # the rule holds on holidays alone


@dataclass(frozen=True)
class AccessRule:
    """One rule; checked when made.

    Attributes:
        id: UUID4 text, made where the rule was.
        effect: what it does.
        zone: IANA name of the time zone whose clock and calendar count.
        person_id: whom it is about, or None for everybody.
        door: name of the door that it is about, or None for every door.
        schedule: its hours, or None for always.
        on_holidays: what a holiday does to it.
        valid_from: from when it holds, aware, or None.
        valid_until: when it ends (that moment is outside), aware, or None.
        note: anything worth knowing, may be empty.
        added_at: when it was made, aware, UTC.
        added_by: who made it, as "name (way)".

    Raises:
        KnownError: if the zone does not exist, it ends before it begins, or a text is too long.
    """

    id: str
    effect: Effect
    zone: str
    added_at: datetime
    added_by: str
    person_id: str | None = None
    door: str | None = None
    schedule: WeeklySchedule | None = None
    on_holidays: HolidayUse = HolidayUse.ALSO
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    note: str = ""

    def __post_init__(self) -> None:
        zone_named(self.zone)
        for moment in (self.valid_from, self.valid_until, self.added_at):
            if moment is not None and moment.tzinfo is None:
                raise BugError(f"a rule with a time without a zone: {moment}")
        if self.door is not None:
            object.__setattr__(self, "door", checked_name("door", self.door))
        if len(self.note) > MAX_NOTE:
            raise KnownError(f"The note is longer than {MAX_NOTE} characters.", "Shorten it.")
        if (
            self.valid_from is not None
            and self.valid_until is not None
            and self.valid_until <= self.valid_from
        ):
            raise KnownError(
                "The rule ends before it begins.", "Give a time of ending that is later."
            )


@dataclass(frozen=True)
class Holiday:
    """A day on which the hours of a week do not count.

    Attributes:
        day: which.
        name: what people call it, may be empty.
    """

    day: date
    name: str = ""


class Passback(StrEnum):
    """What becomes of somebody who enters twice without leaving. The value is stored."""

    OFF = "off"
    SOFT = "soft"  # let in, and told in the log
    HARD = "hard"  # kept out


@dataclass(frozen=True)
class DoorPlan:
    """What is special about a door.

    Attributes:
        door: its name.
        passback: what becomes of somebody who is on the other side already.
        leads_from, leads_to: the areas on both sides, as names; the same on all doors of an area.
        passback_hours: after so many hours nobody counts as being anywhere (the way out is free, so
            not everybody who leaves is seen), more than 0.
        tries: refusals of unknown faces in a row after which the face alone opens no more for a
            while, 1 to `MOST_TRIES`, or None for no limit.
        look_alikes_need_factor: whether people whom the door may take for each other need a second
            factor.

    Raises:
        KnownError: if a name is empty or too long, both areas are one, or a number is out of its
            range.
    """

    door: str
    passback: Passback = Passback.OFF
    leads_from: str = "outside"
    leads_to: str = "inside"
    passback_hours: float = 12.0
    tries: int | None = None
    look_alikes_need_factor: bool = False

    def __post_init__(self) -> None:
        for what, name in (
            ("door", "door"),
            ("area", "leads_from"),
            ("area", "leads_to"),
        ):
            object.__setattr__(self, name, checked_name(what, getattr(self, name)))
        if self.leads_from == self.leads_to:
            raise KnownError(
                f"The door leads from {self.leads_from} to the same area.",
                "Name the two sides differently.",
            )
        if not 0 < self.passback_hours <= 24 * 31:
            raise KnownError(
                f"{self.passback_hours} hours of anti-passback are out of range.",
                "Give more than 0 and at most 744.",
            )
        if self.tries is not None and not 1 <= self.tries <= MOST_TRIES:
            raise KnownError(
                f"A limit of {self.tries} tries is out of range.", f"Give 1 to {MOST_TRIES}."
            )


@dataclass(frozen=True)
class AccessPolicy:
    """All that is laid down about who may pass which door when.

    Attributes:
        rules: in the order in which they were added.
        holidays: in the order of time, each day once.
        plans: by the door's name, one a door.
    """

    rules: tuple[AccessRule, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    plans: tuple[DoorPlan, ...] = ()

    @property
    def days(self) -> frozenset[date]:
        """The holidays' days."""
        return frozenset(holiday.day for holiday in self.holidays)

    def plan(self, door: str) -> DoorPlan | None:
        """Return what is special about a door, or None."""
        return next((plan for plan in self.plans if plan.door == door), None)


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Raises:
        KnownError: if there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # a folder, an odd name, an unknown one
        raise KnownError(
            f"There is no time zone {name!r}.", "Zones are named like Europe/Berlin or UTC."
        ) from None


def checked_name(what: str, name: str) -> str:
    """Return a door's or an area's name in the one form in which it is compared.

    Raises:
        KnownError: if it is empty, too long or has unprintable characters.
    """
    name = unicodedata.normalize("NFC", name.strip())
    if not name or len(name) > MAX_DOOR or not name.isprintable():
        raise KnownError(
            f"{name[:MAX_DOOR]!r} is no name of a {what}.",
            f"Give 1 to {MAX_DOOR} printable characters.",
        )
    return name
