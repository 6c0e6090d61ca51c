"""Hours by the clock on the wall -> moments. Days of 23 and 25 hours have no gap and no overlap.

A time on the wall stands for the *first* moment at which the clock shows it or a later time of that
day. Where the clock goes forward, times that it never shows stand for the moment of the change;
where it goes back, a time that it shows twice stands for the first. So later times never stand for
earlier moments, hours that touch on the wall touch in truth, and a day's hours fill it exactly.
"""

from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from faceaccess.core.access_rules import AccessRule, HolidayUse, zone_named
from faceaccess.core.weekly_schedules import DAY, Span, WeeklySchedule

_SECOND = timedelta(seconds=1)
ALWAYS = WeeklySchedule(tuple(Span(day, 0, DAY) for day in range(7)))
"""Every hour of the week."""


def moment_of(day: date, minutes: int, zone: tzinfo) -> datetime:
    """Return the moment in UTC for which a time on the wall stands.

    Args:
        day: by the zone's calendar.
        minutes: since midnight as the wall shows it, 0 to `DAY`.
        zone: whose clock it is.
    """
    if minutes == DAY:
        day, minutes = day + timedelta(days=1), 0
    wall = datetime.combine(day, time(minutes // 60, minutes % 60))
    before = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if before.astimezone(zone).replace(tzinfo=None) == wall:
        return before
    # The clock never shows it: with the offset before the change it is later than the change, with
    # the one after it earlier. The change lies between, on a whole second.
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), before
    while high - low > _SECOND:
        middle = low + (high - low) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            low = middle
        else:
            high = middle
    return high


def is_open(
    schedule: WeeklySchedule,
    zone: tzinfo,
    now: datetime,
    counts: Container[date] | None = None,
    *,
    but_not: Container[date] = (),
) -> bool:
    """Return whether a moment is within a schedule's hours.

    Args:
        schedule: the hours.
        zone: whose clock and calendar they are told by.
        now: the moment, aware.
        counts: days whose hours count alone, or None for all.
        but_not: days whose hours do not count.
    """
    today = now.astimezone(zone).date()
    # Where the clock goes back over midnight, today's moments may be tomorrow's hours already.
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        if day in but_not or (counts is not None and day not in counts):
            continue
        for span in schedule.spans:
            if span.day == day.weekday() and (
                moment_of(day, span.start, zone) <= now < moment_of(day, span.end, zone)
            ):
                return True
    return False


def is_valid(rule: AccessRule, now: datetime) -> bool:
    """Return whether a rule has begun and not ended, whatever its hours."""
    return (rule.valid_from is None or rule.valid_from <= now) and (
        rule.valid_until is None or now < rule.valid_until
    )


def holds(rule: AccessRule, now: datetime, holidays: frozenset[date]) -> bool:
    """Return whether a rule holds at a moment: valid, within its hours, and on such a day."""
    if not is_valid(rule, now):
        return False
    zone = zone_named(rule.zone)
    hours = rule.schedule or ALWAYS
    if rule.on_holidays is HolidayUse.NOT:
        return is_open(hours, zone, now, but_not=holidays)
    if rule.on_holidays is HolidayUse.ONLY:
        return is_open(hours, zone, now, holidays)
    return rule.schedule is None or is_open(hours, zone, now)
