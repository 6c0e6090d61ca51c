"""Hours by the clock on the wall, over changes of that clock."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_builders import rule

from faceaccess.core.access_rules import HolidayUse
from faceaccess.core.weekly_schedules import DAY, Span, WeeklySchedule, parse
from faceaccess.door.rules.hours import holds, is_open, moment_of

BERLIN = ZoneInfo("Europe/Berlin")
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)  # both Sundays
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",  # half an hour; went back at 00:01 until 2011
    "Australia/Lord_Howe",  # changes by half an hour
    "Africa/Cairo",  # forward at midnight
    "America/Santiago",  # both ways at midnight
    "Asia/Beirut",
    "Pacific/Apia",  # left out 2011-12-30 altogether
    "Asia/Shanghai",
]
days = st.dates(date(2005, 1, 1), date(2035, 12, 31))
changes = st.sampled_from(
    [
        ("Europe/Berlin", FORWARD),
        ("Europe/Berlin", BACK),
        ("America/St_Johns", date(2010, 11, 7)),
        ("America/St_Johns", date(2010, 11, 6)),
        ("America/Santiago", date(2026, 4, 4)),
        ("America/Santiago", date(2026, 9, 6)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("Africa/Cairo", date(2026, 4, 24)),
        ("Africa/Cairo", date(2026, 10, 29)),
        ("Pacific/Apia", date(2011, 12, 30)),
    ]
)
places = st.one_of(st.tuples(st.sampled_from(ZONES), days), changes)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours_of(day: date, zone: ZoneInfo) -> float:
    return (moment_of(day, DAY, zone) - moment_of(day, 0, zone)) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("day", "minutes", "expected"),
    [
        # 29 March: 01:59:59 CET is followed by 03:00 CEST, at 01:00 UTC.
        (FORWARD, 60 + 59, "2026-03-29 00:59"),
        (FORWARD, 2 * 60, "2026-03-29 01:00"),
        (FORWARD, 2 * 60 + 30, "2026-03-29 01:00"),  # never shown: the change itself
        (FORWARD, 3 * 60, "2026-03-29 01:00"),
        (FORWARD, 3 * 60 + 30, "2026-03-29 01:30"),
        # 25 October: 02:59:59 CEST is followed by 02:00 CET, at 01:00 UTC.
        (BACK, 2 * 60, "2026-10-25 00:00"),
        (BACK, 2 * 60 + 30, "2026-10-25 00:30"),  # shown twice: the first
        (BACK, 3 * 60, "2026-10-25 02:00"),
        (date(2026, 7, 1), 8 * 60, "2026-07-01 06:00"),
        (date(2026, 12, 31), DAY, "2026-12-31 23:00"),
    ],
)
def test_times_on_the_wall_by_hand(day: date, minutes: int, expected: str) -> None:
    assert moment_of(day, minutes, BERLIN) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", FORWARD, 23),
        ("Europe/Berlin", BACK, 25),
        ("Europe/Berlin", date(2026, 3, 28), 24),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("America/Santiago", date(2026, 9, 6), 23),  # begins at 01:00
    ],
)
def test_days_have_the_hours_that_they_have(zone: str, day: date, hours: float) -> None:
    assert hours_of(day, ZoneInfo(zone)) == hours


@pytest.mark.parametrize(
    ("hours", "day", "opens", "closes"),
    [
        ("Sun 00:00-24:00", FORWARD, "2026-03-28 23:00", "2026-03-29 22:00"),  # 23 h
        ("Sun 00:00-24:00", BACK, "2026-10-24 22:00", "2026-10-25 23:00"),  # 25 h
        ("Sun 02:30-03:30", FORWARD, "2026-03-29 01:00", "2026-03-29 01:30"),
        ("Sun 02:30-03:30", BACK, "2026-10-25 00:30", "2026-10-25 02:30"),  # once, 2 h
        ("Sun 02:00-02:30", BACK, "2026-10-25 00:00", "2026-10-25 00:30"),  # not again at 01:00
    ],
)
def test_hours_open_once_and_close_once(hours: str, day: date, opens: str, closes: str) -> None:
    schedule = parse(hours)
    second, first, last = timedelta(seconds=1), utc(opens), utc(closes)
    assert not is_open(schedule, BERLIN, first - second)
    assert is_open(schedule, BERLIN, first)
    assert is_open(schedule, BERLIN, last - second)
    assert not is_open(schedule, BERLIN, last)
    start = datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=6)
    states = [is_open(schedule, BERLIN, start + timedelta(minutes=m)) for m in range(36 * 60)]
    assert sum(b and not a for a, b in itertools.pairwise(states)) == 1


def test_hours_that_are_never_shown_never_open() -> None:
    start = utc("2026-03-28 22:00")
    schedule = parse("Sun 02:00-03:00")
    assert not any(is_open(schedule, BERLIN, start + timedelta(minutes=m)) for m in range(26 * 60))


@settings(max_examples=200, deadline=None)
@given(places, st.lists(st.integers(0, DAY), min_size=2, max_size=6))
def test_later_times_never_stand_for_earlier_moments(
    place: tuple[str, date], minutes: list[int]
) -> None:
    zone = ZoneInfo(place[0])
    moments = [moment_of(place[1], m, zone) for m in sorted(minutes)]
    assert moments == sorted(moments)


@settings(max_examples=200, deadline=None)
@given(places, st.integers(1, DAY - 1), st.integers(0, 26 * 3600))
def test_hours_that_touch_on_the_wall_have_no_gap_and_no_overlap(
    place: tuple[str, date], cut: int, second: int
) -> None:
    zone, day = ZoneInfo(place[0]), place[1]
    now = moment_of(day, 0, zone) - timedelta(hours=1) + timedelta(seconds=second)
    halves = [
        WeeklySchedule(tuple(Span(d, 0, cut) for d in range(7))),
        WeeklySchedule(tuple(Span(d, cut, DAY) for d in range(7))),
    ]
    assert sum(is_open(half, zone, now) for half in halves) == 1


@settings(max_examples=200, deadline=None)
@given(places, st.integers(0, 26 * 3600))
def test_every_moment_is_of_exactly_one_day(place: tuple[str, date], second: int) -> None:
    zone, day = ZoneInfo(place[0]), place[1]
    now = moment_of(day, 0, zone) - timedelta(hours=1) + timedelta(seconds=second)
    whole = WeeklySchedule(tuple(Span(d, 0, DAY) for d in range(7)))
    near = [day + timedelta(days=n) for n in range(-3, 4)]
    assert sum(is_open(whole, zone, now, [one]) for one in near) == 1
    assert not is_open(whole, zone, now, but_not=near)


def test_holidays_take_away_or_give_or_change_nothing() -> None:
    christmas, monday_before = utc("2026-12-25 10:00"), utc("2026-12-21 10:00")
    holidays = frozenset({date(2026, 12, 25)})  # a Friday
    for use, on_holiday, else_ in (
        (HolidayUse.NOT, False, True),
        (HolidayUse.ALSO, True, True),
        (HolidayUse.ONLY, True, False),
    ):
        one = rule(hours="Mon-Fri 08:00-18:00", on_holidays=use)
        assert holds(one, christmas, holidays) is on_holiday
        assert holds(one, monday_before, holidays) is else_
    assert holds(rule(on_holidays=HolidayUse.ONLY), utc("2026-12-25 03:00"), holidays)
    assert not holds(rule(on_holidays=HolidayUse.NOT), utc("2026-12-25 03:00"), holidays)


def test_a_holiday_is_one_by_the_rules_own_calendar() -> None:
    holidays = frozenset({date(2026, 12, 25)})
    tokyo = rule(zone="Asia/Tokyo", on_holidays=HolidayUse.ONLY)
    assert holds(tokyo, utc("2026-12-24 15:00"), holidays)  # midnight in Tokyo
    assert not holds(tokyo, utc("2026-12-25 15:00"), holidays)


def test_a_rule_holds_from_its_beginning_and_no_more_at_its_end() -> None:
    begin, end = utc("2026-06-01 00:00"), utc("2026-07-01 00:00")
    one = rule(valid_from=begin, valid_until=end)
    second = timedelta(seconds=1)
    assert [holds(one, t, frozenset()) for t in (begin - second, begin, end - second, end)] == [
        False,
        True,
        True,
        False,
    ]
