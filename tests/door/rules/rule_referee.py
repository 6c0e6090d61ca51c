"""A site drawn by chance, visits to it, and a referee that knows by other means who may pass.

The referee shares no code with `faceaccess.door.rules`: it walks through every minute of the days
around a visit and reads the zone's clock, and it says what the rules mean as sets.
"""

import functools
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.access_rules import AccessRule, DoorPlan, Effect, HolidayUse, Passback
from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.reasons import Reason
from faceaccess.core.weekly_schedules import Span, WeeklySchedule
from faceaccess.door.rules.admission import AdmissionFacts, Companion, admit

ZONES = ("UTC", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "Africa/Cairo")
CHANGES = (
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 4, 4),
    date(2026, 9, 6),
    date(2026, 4, 5),
    date(2026, 10, 4),
    date(2026, 4, 24),
    date(2026, 10, 29),
)
"""Days on which one of the zones changes its clock."""
PEOPLE, DOORS, AREAS = ("ana", "ben", "cleo", "dan"), ("Front", "Back"), ("street", "office")
_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_AROUND = 36 * 60  # minutes before and after a day's noon in UTC that are walked through
_ZERO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Counts:
    """What a run came to."""

    visits: int = 0
    granted: int = 0
    wrong_openings: int = 0
    wrong_refusals: int = 0


def run(visits: int, seed: int) -> Counts:
    """Let a site's rules judge visits, a new site after every fifty."""
    chance = random.Random(seed)
    counts = Counts()
    while counts.visits < visits:
        rules = tuple(_rule(chance, n) for n in range(chance.choice((0, 1, 2, 3, 5, 8))))
        holidays = frozenset(_day(chance) for _ in range(chance.choice((0, 3, 10))))
        for _ in range(min(50, visits - counts.visits)):
            facts, decision, now = _visit(chance, rules, holidays)
            opened = admit(decision, facts, now).outcome is Outcome.GRANTED
            may = may_pass(decision, facts, now)
            counts.visits += 1
            counts.granted += opened
            counts.wrong_openings += opened and not may
            counts.wrong_refusals += may and not opened
    return counts


# The referee


def may_pass(decision: Decision, facts: AdmissionFacts, now: datetime) -> bool:
    """Return what is right."""
    who, plan = decision.person_id, facts.plan
    if decision.outcome is not Outcome.GRANTED or facts.locked_down:
        return False
    about = [r for r in facts.rules if r.person_id is None or r.person_id == who]
    now_here = {
        r.effect
        for r in about
        if r.door in {None, facts.door} and _in_force(r, now, facts.holidays)
    }
    restricted = Effect.ALLOW in {r.effect for r in about}
    if Effect.DENY in now_here or (restricted and Effect.ALLOW not in now_here):
        return False
    asked = facts.wait > 0 or Effect.SECOND_FACTOR in now_here
    if plan is not None:
        elsewhere = facts.whereabouts is not None and facts.whereabouts != plan.leads_from
        if plan.passback is Passback.HARD and elsewhere:
            return False
        asked = asked or (plan.look_alikes_need_factor and len(facts.look_alikes) > 0)
    if asked and not facts.factor_given:
        return False
    company = [
        c
        for c in facts.companions
        if not c.escorted and c.person_id not in {who, *facts.look_alikes} and c.seconds >= 0
    ]
    with_escort = any(c.let_in and c.seconds <= 60 for c in company)
    with_second = any(c.seconds <= 30 for c in company)
    return (with_escort or Effect.ESCORT not in now_here) and (
        with_second or Effect.TWO_PEOPLE not in now_here
    )


def _in_force(rule: AccessRule, now: datetime, holidays: frozenset[date]) -> bool:
    if rule.valid_from is not None and now < rule.valid_from:
        return False
    if rule.valid_until is not None and now >= rule.valid_until:
        return False
    spans = [Span(day, 0, 24 * 60) for day in range(7)]
    if rule.schedule is not None:
        spans = list(rule.schedule.spans)
    elif rule.on_holidays is HolidayUse.ALSO:
        return True
    for shift in range(-2, 3):
        day = now.date() + timedelta(days=shift)
        is_holiday = day in holidays
        if (rule.on_holidays is HolidayUse.NOT and is_holiday) or (
            rule.on_holidays is HolidayUse.ONLY and not is_holiday
        ):
            continue
        for span in spans:
            if span.day == day.weekday():
                opens = _first_minute(rule.zone, day, span.start)
                closes = _first_minute(rule.zone, day, span.end)
                if opens <= (now - _ZERO) / _MINUTE < closes:
                    return True
    return False


def _first_minute(zone: str, day: date, minutes: int) -> int:
    """Return the first minute since 2026 at which the clock shows that time of that day or later.

    The clocks here change at whole minutes only.
    """
    start, shown = _shown(zone, day)
    return start + int(np.argmax(shown >= minutes))


@functools.cache
def _shown(zone: str, day: date) -> tuple[int, NDArray[np.int64]]:
    """Return a minute since 2026, and what the clock shows from it on, minutes since the day's
    midnight.
    """
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # on the wall
    first = noon - _AROUND * _MINUTE
    walk = (first + n * _MINUTE for n in range(2 * _AROUND))
    place = ZoneInfo(zone)
    shown = [(t.astimezone(place).replace(tzinfo=None) - midnight) // _MINUTE for t in walk]
    return (first - _ZERO) // _MINUTE, np.array(shown)


# Chance


def _day(chance: random.Random) -> date:
    return chance.choice(CHANGES) + timedelta(days=chance.randint(-2, 2))


def _moment(chance: random.Random) -> datetime:
    day = _day(chance)
    minute = chance.choice((chance.randrange(24 * 60), 30 * chance.randrange(48)))
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + minute * _MINUTE


def _rule(chance: random.Random, number: int) -> AccessRule:
    schedule = None
    if chance.random() < 0.7:
        spans = []
        for _ in range(chance.randint(1, 6)):
            start = 30 * chance.randrange(48)
            end = min(24 * 60, start + 30 * chance.randint(1, 40))
            spans.append(Span(chance.randrange(7), start, end))
        schedule = WeeklySchedule(tuple(spans))
    begin, end_ = sorted((_moment(chance), _moment(chance) + _MINUTE))
    return AccessRule(
        id=str(number),
        effect=chance.choice((Effect.ALLOW, Effect.ALLOW, *Effect)),
        zone=chance.choice(ZONES),
        added_at=_ZERO,
        added_by="chance",
        person_id=chance.choice((None, *PEOPLE)),
        door=chance.choice((None, *DOORS)),
        schedule=schedule,
        on_holidays=chance.choice(tuple(HolidayUse)),
        valid_from=chance.choice((None, None, begin)),
        valid_until=chance.choice((None, None, end_ if end_ > begin else None)),
    )


def _visit(
    chance: random.Random, rules: tuple[AccessRule, ...], holidays: frozenset[date]
) -> tuple[AdmissionFacts, Decision, datetime]:
    door, who = chance.choice(DOORS), chance.choice(PEOPLE)
    companions = [
        Companion(
            chance.choice(PEOPLE),
            chance.choice((-1.0, 0.0, 30.0, 30.5, 60.0, 60.5)),
            chance.random() < 0.7,
            chance.random() < 0.2,
        )
        for _ in range(chance.choice((0, 0, 1, 2)))
    ]
    plan = DoorPlan(
        door,
        chance.choice(tuple(Passback)),
        *AREAS,
        look_alikes_need_factor=chance.random() < 0.3,
    )
    facts = AdmissionFacts(
        door=door,
        rules=rules,
        holidays=holidays,
        locked_down=chance.random() < 0.05,
        wait=chance.choice((0.0, 0.0, 0.0, 5.0)),
        factor_given=chance.random() < 0.5,
        look_alikes=frozenset(chance.choice(((), (), ("ben",)))),
        companions=companions,
        plan=chance.choice((None, plan)),
        whereabouts=chance.choice((None, None, *AREAS)),
    )
    seen = Decision(Outcome.GRANTED, Reason.RECOGNISED, who, who)
    other = Decision(chance.choice((Outcome.DENIED, Outcome.NONE)), Reason.UNKNOWN, who, who)
    now = _moment(chance) + chance.choice((-1, 0, 1, 29)) * _SECOND
    return facts, other if chance.random() < 0.05 else seen, now
