"""Access rules as texts that people write: read, and written again."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from faceaccess.core.access_rules import AccessRule, Effect, HolidayUse, zone_named
from faceaccess.core.errors import KnownError
from faceaccess.core.weekly_schedules import DAY
from faceaccess.door.rules.hours import moment_of
from faceaccess.pipeline.holiday_files import FIRST_YEAR, LAST_YEAR

_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{1,2}):([0-9]{2}))?")


@dataclass(frozen=True)
class RuleText:
    """A rule as people write it.

    Attributes:
        effect: what it does.
        person_id: whom it is about, or None for everybody.
        door: which door, or None for every door.
        hours: as `weekly_schedules.parse` reads it, or None for always.
        on_holidays: what a holiday does to it, or None for the usual: hours that allow do not count
            on holidays, everything else holds then too.
        valid_from, valid_until: as `moment_from` reads it, or None; a day of ending is its last.
        zone: IANA name of the time zone, or None for that of this computer.
        note: anything worth knowing.
    """

    effect: Effect
    person_id: str | None = None
    door: str | None = None
    hours: str | None = None
    on_holidays: HolidayUse | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    zone: str | None = None
    note: str = ""


def text_of(rule: AccessRule) -> RuleText:
    """Return a rule as people write it; read again it means the same.

    The day on whose end a rule ends is given as that day.
    """
    return RuleText(
        effect=rule.effect,
        person_id=rule.person_id,
        door=rule.door,
        hours=None if rule.schedule is None else rule.schedule.text,
        on_holidays=rule.on_holidays,
        valid_from=_moment_text(rule.valid_from, rule.zone, is_end=False),
        valid_until=_moment_text(rule.valid_until, rule.zone, is_end=True),
        zone=rule.zone,
        note=rule.note,
    )


def _moment_text(moment: datetime | None, zone: str, *, is_end: bool) -> str | None:
    """Return the shortest text that `moment_from` reads as this moment."""
    if moment is None:
        return None
    local = moment.astimezone(zone_named(zone))
    last = local - timedelta(microseconds=1) if is_end else local
    for text in (f"{last:%Y-%m-%d}", f"{local:%Y-%m-%d %H:%M}"):
        if moment_from(text, zone, is_end=is_end) == moment:
            return text
    return local.isoformat()  # with seconds, or in the hour that a clock shows twice


def moment_from(text: str, zone: str, *, is_end: bool) -> datetime:
    """Return the moment that a text means: "2026-12-24", "2026-12-24 18:00".

    Args:
        text: by the zone's clock; with an offset at its end ("+01:00", "Z") by that.
        zone: IANA name.
        is_end: whether a day without a time means its end instead of its beginning.

    Returns:
        aware, UTC.

    Raises:
        KnownError: if it is no such time, or of a year that cannot be meant.
    """
    wrong = KnownError(
        f"{text[:60]!r} is no time.",
        f"Write 2026-12-24 or 2026-12-24 18:00, years {FIRST_YEAR} to {LAST_YEAR}.",
    )
    text = text.strip()
    found = _TIME.fullmatch(text)
    try:
        if found is not None:
            day = date.fromisoformat(found[1])
            minutes = None if found[2] is None else 60 * int(found[2]) + int(found[3])
        else:
            moment = datetime.fromisoformat(text)
            day, minutes = moment.date(), 0
    except ValueError:
        raise wrong from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise wrong
    if found is None:
        if moment.tzinfo is None:
            raise wrong
        return moment.astimezone(UTC)
    if minutes is None:
        minutes = DAY if is_end else 0
    elif int(found[3]) > 59 or minutes > DAY:
        raise wrong
    return moment_of(day, minutes, zone_named(zone))


def maybe_moment(text: str | None, zone: str, *, is_end: bool) -> datetime | None:
    """Return as `moment_from`, or None for None.

    Raises:
        KnownError: as `moment_from`.
    """
    return None if text is None else moment_from(text, zone, is_end=is_end)
