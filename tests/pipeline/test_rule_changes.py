"""Rules that are changed, put back, and written again as they were read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.access_rules import AccessRule, Effect, HolidayUse
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.people import PersonDetails
from faceaccess.core.weekly_schedules import Span, WeeklySchedule
from faceaccess.pipeline.rule_book import RuleBook
from faceaccess.pipeline.rule_text import RuleText, text_of
from faceaccess.store.sqlite_store import SqliteStore

ACTOR, OTHER = Actor("tester", "test"), Actor("ana", "window")


@pytest.fixture
def book(tmp_path: Path, clock: ManualClock) -> Iterator[RuleBook]:
    store = SqliteStore(DataHome(tmp_path / "data"), clock)
    with store.transaction() as t:
        for name in ("Ana", "Ben"):
            t.add_person(PersonDetails(name), person_id=name.lower())
    yield RuleBook(store, clock, lambda: "Europe/Berlin", lambda _who: frozenset())
    store.close()


def test_a_changed_rule_keeps_its_id_and_tells_who_changed_it(
    book: RuleBook, clock: ManualClock
) -> None:
    old = book.add(ACTOR, RuleText(Effect.ALLOW, "ana", hours="Mon 08:00-12:00")).rule
    clock.advance(60)
    new = book.replace(OTHER, old.id, RuleText(Effect.ALLOW, "ana", hours="Tue 08:00-12:00")).rule
    assert book.policy().rules == (new,)
    assert (new.id, new.added_by, new.added_at) == (old.id, "ana (window)", clock.now())
    assert new.schedule is not None
    assert new.schedule.text == "Tue 08:00-12:00"


def test_what_a_changed_rule_means_is_said_of_both(book: RuleBook) -> None:
    rule = book.add(ACTOR, RuleText(Effect.ALLOW, "ana")).rule
    same = book.replace(ACTOR, rule.id, RuleText(Effect.ALLOW, "ana", hours="Mon 08:00-12:00"))
    assert same.effect == ""
    other = book.replace(ACTOR, rule.id, RuleText(Effect.ALLOW, "ben", door="Store"))
    assert other.effect == (
        "No such rule is left for Ana: whoever has no rule that allows may pass every door at any "
        "time. Ben may pass where such a rule holds, and nowhere else any more. "
        "No door has run as 'Store' yet: is that its name?"
    )


@pytest.mark.parametrize(
    "text",
    [
        RuleText(Effect.ALLOW, "ana", hours="Mon 12:00-08:00"),
        RuleText(Effect.ALLOW, "carl"),
        RuleText(Effect.ALLOW, valid_from="2026-12-24", valid_until="2026-12-01"),
    ],
)
def test_a_change_that_cannot_be_leaves_the_rule(book: RuleBook, text: RuleText) -> None:
    rule = book.add(ACTOR, RuleText(Effect.DENY, "ana")).rule
    with pytest.raises(KnownError):
        book.replace(ACTOR, rule.id, text)
    assert book.policy().rules == (rule,)


def test_a_rule_that_somebody_else_removed_is_not_changed(book: RuleBook) -> None:
    rule = book.add(ACTOR, RuleText(Effect.DENY, "ana")).rule
    book.remove(OTHER, rule.id)
    with pytest.raises(KnownError, match="no rule"):
        book.replace(ACTOR, rule.id, RuleText(Effect.DENY, "ben"))
    assert book.policy().rules == ()


def test_a_removed_rule_comes_back_as_it_was_and_once(book: RuleBook, clock: ManualClock) -> None:
    rule = book.add(ACTOR, RuleText(Effect.ALLOW, "ana", note="as agreed")).rule
    removed = book.remove(ACTOR, rule.id).rule
    clock.advance(60)
    back = book.put_back(OTHER, removed)
    assert book.policy().rules == (rule,)
    assert back.effect.startswith("Ana may pass where such a rule holds")
    with pytest.raises(KnownError, match="already"):
        book.put_back(OTHER, removed)


def moments() -> st.SearchStrategy[datetime]:
    """Moments to the second, among them those in the hour that a clock shows twice."""
    twice = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    return st.one_of(
        st.integers(0, 6_200_000_000).map(
            lambda seconds: datetime(2001, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        ),
        st.integers(0, 36).map(lambda steps: twice + timedelta(minutes=5 * steps)),
        st.integers(0, 3000).map(
            lambda days: datetime(2026, 1, 1, 23, tzinfo=UTC) + timedelta(days)
        ),
    )


@st.composite
def rules(draw: st.DrawFn) -> AccessRule:
    start = draw(st.none() | moments())
    length = draw(st.integers(1, 10_000_000))
    schedule = None
    if draw(st.booleans()):
        day, begins = draw(st.integers(0, 6)), draw(st.integers(0, 1438))
        schedule = WeeklySchedule((Span(day, begins, draw(st.integers(begins + 1, 1440))),))
    return AccessRule(
        id="1",
        effect=draw(st.sampled_from(Effect)),
        zone=draw(st.sampled_from(("Europe/Berlin", "UTC", "Asia/Shanghai", "America/New_York"))),
        added_at=datetime(2026, 1, 1, tzinfo=UTC),
        added_by="tester (test)",
        person_id=draw(st.sampled_from((None, "ana"))),
        door=draw(st.sampled_from((None, "Store"))),
        schedule=schedule,
        on_holidays=draw(st.sampled_from(HolidayUse)),
        valid_from=start,
        valid_until=draw(st.none() | moments())
        if start is None
        else start + timedelta(seconds=length),
        note=draw(st.sampled_from(("", "till summer"))),
    )


class Unused:
    """Stands where a rule's text is read, for which no store is needed."""


@given(rule=rules())
def test_a_rule_written_and_read_again_means_the_same(rule: AccessRule) -> None:
    clock = ManualClock(rule.added_at)
    book = RuleBook(Unused(), clock, lambda: "UTC", lambda _who: frozenset())  # type: ignore[arg-type]  # not asked
    made = book.made(ACTOR, text_of(rule))
    assert made.id != rule.id
    assert {**vars(made), "id": "1"} == vars(rule)


def test_the_shortest_text_is_written() -> None:
    rule = AccessRule(
        "1",
        Effect.ALLOW,
        "Europe/Berlin",
        datetime(2026, 1, 1, tzinfo=UTC),
        "tester (test)",
        valid_from=datetime(2026, 11, 30, 23, tzinfo=UTC),
        valid_until=datetime(2026, 12, 31, 23, tzinfo=UTC),
    )
    text = text_of(rule)
    assert (text.valid_from, text.valid_until) == ("2026-12-01", "2026-12-31")
