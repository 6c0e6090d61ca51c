"""Rules as people write, read and try them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from faceaccess.core.access_rules import DoorPlan, Effect, Holiday, HolidayUse
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Outcome
from faceaccess.core.door_commands import DoorCommand, DoorCommandKind
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.people import PersonDetails
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.rule_book import RuleBook
from faceaccess.pipeline.rule_text import RuleText, moment_from
from faceaccess.store.sqlite_store import SqliteStore

ACTOR = Actor("tester", "test")


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteStore]:
    opened = SqliteStore(DataHome(tmp_path / "data"), clock)
    with opened.transaction() as t:
        for name in ("Ana", "Ben"):
            t.add_person(PersonDetails(name), person_id=name.lower())
    yield opened
    opened.close()


@pytest.fixture
def book(store: SqliteStore, clock: ManualClock) -> RuleBook:
    return RuleBook(store, clock, lambda: "Europe/Berlin", lambda who: frozenset({"ben"}))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_rule_is_stored_as_it_is_meant(book: RuleBook, clock: ManualClock) -> None:
    made = book.add(
        ACTOR,
        RuleText(
            Effect.ALLOW,
            "ana",
            " Store ",
            "Mon 08:00-12:00",
            valid_from="2026-07-01",
            valid_until="2026-12-31",
            note="till the end of the year",
        ),
    ).rule
    assert book.policy().rules == (made,)
    assert book.find(made.id[:6]) == made
    assert (made.door, made.zone, made.added_by) == ("Store", "Europe/Berlin", "tester (test)")
    assert made.added_at == clock.now()
    assert made.on_holidays is HolidayUse.NOT  # hours that allow rest on holidays
    assert made.valid_from == utc("2026-06-30 22:00")
    assert made.valid_until == utc("2026-12-31 23:00")  # the last day is inside


@pytest.mark.parametrize(
    ("text", "use"),
    [
        (RuleText(Effect.ALLOW), HolidayUse.ALSO),
        (RuleText(Effect.DENY, hours="Sun 00:00-24:00"), HolidayUse.ALSO),  # never looser
        (RuleText(Effect.ESCORT, hours="Sun 00:00-24:00"), HolidayUse.ALSO),
        (
            RuleText(Effect.ALLOW, hours="Sun 00:00-24:00", on_holidays=HolidayUse.ONLY),
            HolidayUse.ONLY,
        ),
    ],
)
def test_what_a_holiday_usually_does(book: RuleBook, text: RuleText, use: HolidayUse) -> None:
    assert book.add(ACTOR, text).rule.on_holidays is use


def test_what_a_change_means_is_said(book: RuleBook) -> None:
    first = book.add(ACTOR, RuleText(Effect.ALLOW, "ana"))
    assert first.effect.startswith("Ana may pass where such a rule holds, and nowhere else")
    assert book.add(ACTOR, RuleText(Effect.ALLOW, "ana")).effect == ""
    assert book.add(ACTOR, RuleText(Effect.DENY, "ben")).effect == ""
    everybody = book.add(ACTOR, RuleText(Effect.ALLOW))
    assert everybody.effect.startswith("Everybody may pass where")
    ben = book.add(ACTOR, RuleText(Effect.ALLOW, "ben"))
    assert ben.effect == ""
    assert book.remove(ACTOR, ben.rule.id).effect == ""  # the one for everybody is left
    assert "for everybody" in book.remove(ACTOR, everybody.rule.id).effect
    assert book.remove(ACTOR, first.rule.id).effect == ""  # the second one is left
    (last,) = [rule for rule in book.policy().rules if rule.effect is Effect.ALLOW]
    told = book.remove(ACTOR, last.id).effect
    assert told.startswith("No such rule is left for Ana")
    assert "every door" in told


def test_a_door_that_has_never_run_is_doubted(book: RuleBook, store: SqliteStore) -> None:
    run_once = DoorCommand("c", "Store", utc("2026-01-01"), DoorCommandKind.OPEN, "tester (test)")
    with store.transaction() as t:
        t.add_door_command(run_once)
    assert book.add(ACTOR, RuleText(Effect.DENY, door="Store")).effect == ""
    assert "run as 'store' yet" in book.add(ACTOR, RuleText(Effect.DENY, door="store")).effect


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RuleText(Effect.ALLOW, hours="Mon 18:00-08:00"), "ends before it begins"),
        (
            RuleText(Effect.ALLOW, valid_from="2026-07-02", valid_until="2026-07-01"),
            "The rule ends before it begins",
        ),
        (RuleText(Effect.ALLOW, valid_from="tomorrow"), "'tomorrow' is no time"),
        (RuleText(Effect.ALLOW, zone="Berlin"), "no time zone 'Berlin'"),
        (RuleText(Effect.ALLOW, zone="../../etc/passwd"), "no time zone"),
        (RuleText(Effect.ALLOW, door=" "), "no name of a door"),
        (RuleText(Effect.ALLOW, door="x" * 61), "no name of a door"),
        (RuleText(Effect.ALLOW, note="x" * 2001), "note is longer"),
        (RuleText(Effect.ALLOW, person_id="zoe"), "no person with the id zoe"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(book: RuleBook, text: RuleText, words: str) -> None:
    with pytest.raises(KnownError, match=words):
        book.add(ACTOR, text)
    assert book.policy().rules == ()


@pytest.mark.parametrize(
    ("text", "is_end", "expected"),
    [
        ("2026-12-24", False, "2026-12-23 23:00"),
        ("2026-12-24", True, "2026-12-24 23:00"),
        ("2026-12-24 18:30", True, "2026-12-24 17:30"),
        ("2026-07-01T8:05", False, "2026-07-01 06:05"),
        ("2026-12-24 24:00", False, "2026-12-24 23:00"),
        ("2026-03-29 02:30", False, "2026-03-29 01:00"),  # never shown: the change
        ("2026-10-25 02:30", False, "2026-10-25 00:30"),  # shown twice: the first
        ("2026-12-24T18:00:00+08:00", False, "2026-12-24 10:00"),
        ("2026-12-24T18:00:00Z", False, "2026-12-24 18:00"),
    ],
)
def test_times_are_read_by_the_zones_clock(text: str, is_end: bool, expected: str) -> None:
    assert moment_from(text, "Europe/Berlin", is_end=is_end) == utc(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "24.12.2026",
        "2026-02-30",
        "2026-12-24 24:01",
        "2026-12-24 12:60",
        "2026-12-24T18:00:00",  # neither form
        "1999-12-31",
        "9999-12-31",
        "9999-12-31T00:00:00-12:00",
    ],
)
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(KnownError, match="is no time"):
        moment_from(text, "Europe/Berlin", is_end=True)


def test_holidays_are_replaced_whole_or_not_at_all(book: RuleBook, tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text("date,name\n2026-12-25,Christmas\n")
    assert book.take_holidays(ACTOR, path) == (Holiday(date(2026, 12, 25), "Christmas"),)
    path.write_text("date,name\n2027-12-25,Christmas\n2027-12-")
    with pytest.raises(KnownError, match="looks cut"):
        book.take_holidays(ACTOR, path)
    assert book.policy().holidays == (Holiday(date(2026, 12, 25), "Christmas"),)
    book.forget_holidays(ACTOR)
    assert book.policy().holidays == ()


def test_trying_tells_what_the_door_would_do(
    book: RuleBook, store: SqliteStore, clock: ManualClock
) -> None:
    book.add(ACTOR, RuleText(Effect.ALLOW, "ana", "Front", "Mon-Fri 08:00-18:00"))
    tuesday, night = utc("2026-11-24 10:00"), utc("2026-11-24 20:00")
    for person, door, at, reason in (
        ("ana", "Front", tuesday, Reason.RECOGNISED),
        ("ana", "Front", night, Reason.NOT_NOW),
        ("ana", "Back", tuesday, Reason.NOT_THIS_DOOR),
        ("ben", "Back", night, Reason.RECOGNISED),
    ):
        tried = book.test(person, door, at)
        assert (tried.admission.reason, tried.time) == (reason, at)
    assert book.test("ben", "Front").time == clock.now()
    book.put_plan(ACTOR, DoorPlan("Front", look_alikes_need_factor=True))
    assert book.test("ana", "Front", tuesday).admission.reason is Reason.FACTOR_NEEDED
    assert book.plan("Front").look_alikes_need_factor
    assert book.plan("Back") == DoorPlan("Back")
    down = DoorCommand("c", "Front", tuesday, DoorCommandKind.LOCK_DOWN, "tester (test)")
    with store.transaction() as t:
        t.add_door_command(down)
        t.edit_person("ben", PersonDetails("Ben", active=False))
    assert book.test("ana", "Front", tuesday).admission.reason is Reason.LOCKED_DOWN
    inactive = book.test("ben", "Back").admission
    assert (inactive.outcome, inactive.reason) == (Outcome.DENIED, Reason.INACTIVE)
    with pytest.raises(KnownError, match="no person"):
        book.test("zoe", "Front")
