"""The second factor at a running door: with it and only with it, in time, and not by guessing."""

import logging
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest
from faulty_store import FaultyStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faceaccess.core.access_rules import AccessRule, Effect
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.people import PersonDetails
from faceaccess.core.reasons import Reason
from faceaccess.core.second_factors import FactorKind
from faceaccess.pipeline.door_factors import WITHIN, DoorFactors
from faceaccess.pipeline.rules import DoorRules
from faceaccess.pipeline.second_factors import SecondFactorBook
from faceaccess.store.sqlite_store import SqliteStore

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ME = Actor("ana", "test")
PIN, CARD = "4711", "0012345678"


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteStore]:
    opened = SqliteStore(DataHome(tmp_path / "data"), clock)
    with opened.transaction() as t:
        for name in ("ana", "ben", "vic"):
            t.add_person(PersonDetails(name), person_id=name)
        for name in ("ana", "ben"):
            rule = AccessRule(str(uuid.uuid4()), Effect.SECOND_FACTOR, "UTC", NOW, "test", name)
            t.add_access_rule(rule)
    yield opened
    opened.close()


@pytest.fixture
def book(store: SqliteStore) -> SecondFactorBook:
    made = SecondFactorBook(store)
    made.set_pin(ME, "ana", PIN)
    made.set_card(ME, "ana", CARD)
    return made


class Door:
    """The rules of a door with a reader."""

    def __init__(self, store: SqliteStore, clock: ManualClock, name: str = "Front") -> None:
        self.clock = clock
        self.factors = DoorFactors(store, DoorRules(store, name, clock), clock)

    def enter(self, text: str) -> None:
        self.factors.entered(text, self.clock.monotonic())

    def look(self, who: str) -> str:
        decision = Decision(Outcome.GRANTED, Reason.RECOGNISED, who, who.title(), 0.8, 0.5)
        answer = self.factors.admit(decision, NOW)
        assert answer.person == who.title()
        granted = answer.reason is Reason.RECOGNISED
        assert (answer.outcome is Outcome.GRANTED) is granted
        return answer.reason.value

    def tries(self, text: str, who: str = "ana") -> str:
        self.enter(text)
        return self.look(who)


@pytest.fixture
def door(store: SqliteStore, clock: ManualClock, book: SecondFactorBook) -> Door:
    return Door(store, clock)


def test_face_first(door: Door, clock: ManualClock) -> None:
    assert [door.look("ana") for _ in range(3)] == ["factor_needed"] * 3
    door.enter(PIN)
    assert door.look("ana") == "recognised"
    assert door.look("ana") == "recognised"  # the lock may need a second command
    door.factors.let_in("ana", NOW)
    assert door.look("ana") == "factor_needed"  # what was entered opens once


def test_factor_first_within_the_time(door: Door, clock: ManualClock) -> None:
    door.enter(PIN)
    clock.advance(WITHIN)
    assert door.look("ana") == "recognised"
    clock.advance(WITHIN)
    assert door.look("ana") == "recognised"
    clock.advance(0.1)
    assert door.look("ana") == "factor_needed"
    door.enter(PIN)
    clock.advance(WITHIN + 0.1)
    assert door.look("ana") == "factor_needed"


@pytest.mark.parametrize("entry", [PIN, CARD, "00-1234-5678"])
def test_any_factor_of_the_person_serves(door: Door, entry: str) -> None:
    assert door.tries(entry) == "recognised"


def test_anothers_factor_does_not(door: Door, book: SecondFactorBook) -> None:
    book.set_pin(ME, "ben", "0815")
    assert door.tries("0815") == "wrong_factor"
    assert door.tries(CARD, "ben") == "wrong_factor"  # looked at once: ana must give it again
    assert door.look("ana") == "factor_needed"
    assert door.tries(PIN) == "recognised"
    assert door.look("ben") == "factor_needed"  # ana's right entry is not ben's


def test_somebody_without_any_cannot_come_in(door: Door) -> None:
    assert door.look("ben") == "factor_needed"
    assert {door.tries(entry, "ben") for entry in ("", "0000", PIN)} == {"wrong_factor"}


def test_nobody_is_asked_whose_rules_do_not(door: Door, store: SqliteStore) -> None:
    assert door.tries("0000", "vic") == "recognised"
    assert store.second_factors("vic").failures == 0
    rule = AccessRule(str(uuid.uuid4()), Effect.DENY, "UTC", NOW, "test", "ana")
    with store.transaction() as t:
        t.add_access_rule(rule)
    assert door.tries(PIN) == "not_this_door"


def test_what_is_not_granted_is_not_looked_at(door: Door) -> None:
    door.enter(PIN)
    stranger = Decision(Outcome.DENIED, Reason.UNKNOWN)
    assert door.factors.admit(stranger, NOW) == stranger
    locked = Decision(Outcome.GRANTED, Reason.RECOGNISED, "ana", "Ana")
    assert door.factors.admit(locked, NOW, locked_down=True).reason is Reason.LOCKED_DOWN
    assert door.look("ana") == "recognised"  # the entry is still there


def test_a_wrong_entry_is_told_until_the_next(door: Door) -> None:
    assert door.tries("0000") == "wrong_factor"
    assert door.look("ana") == "wrong_factor"
    assert door.tries(PIN) == "recognised"


def test_guessing_is_delayed_longer_and_longer(
    door: Door, store: SqliteStore, clock: ManualClock
) -> None:
    answers = [door.tries(f"000{i}") for i in range(5)]
    assert answers == ["wrong_factor"] * 4 + ["too_many_tries"]
    clock.advance(29.9)
    assert door.tries(PIN) == "too_many_tries"  # not even looked at, and not counted
    assert store.second_factors("ana").failures == 5
    clock.advance(0.2)
    assert door.look("ana") == "wrong_factor"
    assert door.tries("0005") == "too_many_tries"
    clock.advance(59.9)
    assert door.tries(PIN) == "too_many_tries"
    clock.advance(0.2)
    assert door.tries(PIN) == "recognised"
    assert store.second_factors("ana").failures == 0
    door.factors.let_in("ana", NOW)
    assert door.tries("0000") == "wrong_factor"  # and free tries begin anew


def test_neither_a_restart_nor_another_door_gives_free_tries(
    door: Door, store: SqliteStore, clock: ManualClock
) -> None:
    for i in range(5):
        door.tries(f"000{i}")
    again, back = Door(store, clock), Door(store, clock, "Back")
    assert again.tries(PIN) == back.tries(PIN) == "too_many_tries"
    clock.advance(30.1)
    assert back.tries("9999") == "too_many_tries"
    assert again.tries(PIN) == "too_many_tries"  # it has noticed
    clock.advance(60.1)
    assert again.tries(PIN) == "recognised"


def test_a_try_counts_before_it_is_looked_at(
    store: SqliteStore, clock: ManualClock, book: SecondFactorBook
) -> None:
    faulty = FaultyStore(store)
    door = Door(faulty, clock)  # type: ignore[arg-type]  # stands in for it
    faulty.refuses = {"transaction"}
    door.enter(PIN)
    with pytest.raises(KnownError):  # who asks lets nobody in
        door.look("ana")
    faulty.refuses = set()
    assert door.look("ana") == "factor_needed"
    assert door.tries(PIN) == "recognised"


def code_of(uri: str, moment: datetime) -> str:
    return str(pyotp.parse_uri(uri).at(moment))


def test_a_code_opens_once_at_all_doors(
    door: Door, store: SqliteStore, clock: ManualClock, book: SecondFactorBook
) -> None:
    uri = book.new_code(ME, "ana")
    assert uri.startswith("otpauth://totp/faceaccess:ana?secret=")
    code = code_of(uri, clock.now())
    assert door.tries(code) == "recognised"
    door.factors.let_in("ana", NOW)
    assert door.tries(code) == "wrong_factor"
    assert Door(store, clock, "Back").tries(code) == "wrong_factor"
    clock.advance(30)
    assert door.tries(code_of(uri, clock.now())) == "recognised"
    door.factors.let_in("ana", NOW)
    fresh = book.new_code(ME, "ana")
    clock.advance(30)
    assert door.tries(code_of(uri, clock.now())) == "wrong_factor"  # the former secret
    assert door.tries(code_of(fresh, clock.now())) == "recognised"


def test_one_factor_is_changed_and_the_others_stay(
    book: SecondFactorBook, store: SqliteStore
) -> None:
    book.new_code(ME, "ana")
    assert book.kinds("ana") == tuple(FactorKind)
    before = store.second_factors("ana")
    book.remove(ME, "ana", FactorKind.PIN)
    assert store.second_factors("ana") == replace(before, pin=None)
    book.remove(ME, "ana", FactorKind.PIN)
    book.remove(ME, "ana", FactorKind.CARD)
    assert book.kinds("ana") == (FactorKind.CODE,)
    with pytest.raises(KnownError, match="no person"):
        book.set_pin(ME, "nobody", "1234")
    for wrong in ("123", "abcd"):
        with pytest.raises(KnownError):
            book.set_pin(ME, "ana", wrong)


def test_nothing_that_is_entered_is_logged_or_stored(
    book: SecondFactorBook, door: Door, store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    book.set_pin(ME, "ben", "90210042")
    book.set_card(ME, "ben", "CAFE0042")
    uri = book.new_code(ME, "ben")
    secret = pyotp.parse_uri(uri).secret
    for entry in ("90210042", "CAFE0042", "13371337"):
        door.tries(entry, "ben")
        door.factors.let_in("ben", NOW)
    told = caplog.text
    assert "gave a PIN to ben" in told
    assert "a wrong second factor for ben" in told
    raw = repr(store.second_factors("ben").__dict__)
    for hidden in ("90210042", "CAFE0042", "13371337", secret):
        assert hidden not in told
        assert hidden not in raw


@given(st.lists(st.sampled_from(["face", "wrong", "right", "wait", "in"]), max_size=30))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_nobody_is_let_in_but_a_short_while_after_the_right_one(
    store: SqliteStore, clock: ManualClock, book: SecondFactorBook, steps: list[str]
) -> None:
    """Whatever happens in whatever order; the right entry is a card, which costs no hashing."""
    book.remove(ME, "ana", FactorKind.PIN)  # this ends the wrong entries in a row as well
    door = Door(store, clock)
    right: float | None = None
    for step in steps:
        if step == "face" and door.look("ana") == "recognised":
            assert right is not None
            assert clock.monotonic() - right <= 2 * WITHIN
        elif step == "wrong":
            door.enter("0000")
        elif step == "right":
            door.enter(CARD)
            right = clock.monotonic()
        elif step == "wait":
            clock.advance(7)
        elif step == "in":
            door.factors.let_in("ana", NOW)
            right = None
