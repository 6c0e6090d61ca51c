"""Rules at a running door: changes serve at once, and a clock that is set shortens no delay."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from faulty_store import FaultyStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faceaccess.core.access_rules import AccessRule, DoorPlan, Effect, Passback
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.locks import LockOutcome
from faceaccess.core.people import PersonDetails
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.rules import DoorRules
from faceaccess.store.sqlite_store import SqliteStore

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
STRANGER = Decision(Outcome.DENIED, Reason.UNKNOWN)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteStore]:
    opened = SqliteStore(DataHome(tmp_path / "data"), clock)
    with opened.transaction() as t:
        for name in ("ana", "ben", "vic"):
            t.add_person(PersonDetails(name), person_id=name)
    yield opened
    opened.close()


def seen(who: str) -> Decision:
    return Decision(Outcome.GRANTED, Reason.RECOGNISED, who, who.title(), 0.8, 0.5)


def put_rule(store: SqliteStore, effect: Effect, who: str | None = None) -> str:
    rule = AccessRule(str(uuid.uuid4()), effect, "UTC", NOW, "test", who)
    with store.transaction() as t:
        t.add_access_rule(rule)
    return rule.id


def put_plan(store: SqliteStore, plan: DoorPlan) -> None:
    with store.transaction() as t:
        t.put_door_plan(plan)


def visit(
    store: SqliteStore,
    decision: Decision,
    door: str = "Front",
    time: datetime = NOW,
    lock: LockOutcome = LockOutcome.ACKNOWLEDGED,
) -> Event:
    event = Event(str(uuid.uuid4()), door, 0, time, door, decision, lock=lock)
    with store.transaction() as t:
        return t.add_event(event)


def reason(rules: DoorRules, who: str, now: datetime = NOW) -> str:
    return rules.admit(seen(who), now).reason.value


def test_a_change_serves_at_the_next_decision(store: SqliteStore, clock: ManualClock) -> None:
    rules = DoorRules(store, "Front", clock)
    assert rules.admit(seen("ana"), NOW) == seen("ana")
    rule_id = put_rule(store, Effect.DENY, "ana")
    refused = rules.admit(seen("ana"), NOW)
    assert (refused.outcome, refused.reason) == (Outcome.DENIED, Reason.NOT_THIS_DOOR)
    assert (refused.person, refused.similarity) == ("Ana", 0.8)  # the record says who it was
    assert reason(rules, "ben") == "recognised"
    with store.transaction() as t:
        t.remove_access_rule(rule_id)
    assert reason(rules, "ana") == "recognised"


def test_a_lock_down_is_told_by_the_station(store: SqliteStore, clock: ManualClock) -> None:
    rules = DoorRules(store, "Front", clock)
    assert rules.admit(seen("ana"), NOW, locked_down=True).reason is Reason.LOCKED_DOWN


def test_a_second_factor_is_awaited_until_it_is_given(
    store: SqliteStore, clock: ManualClock
) -> None:
    put_rule(store, Effect.SECOND_FACTOR, "ana")
    rules = DoorRules(store, "Front", clock)
    awaited = rules.admit(seen("ana"), NOW)
    assert (awaited.outcome, awaited.reason) == (Outcome.NONE, Reason.FACTOR_NEEDED)
    assert rules.admit(seen("ana"), NOW, factor_given=True).outcome is Outcome.GRANTED


def test_what_the_evidence_refuses_is_not_even_looked_up(
    store: SqliteStore, clock: ManualClock
) -> None:
    faulty = FaultyStore(store)
    rules = DoorRules(faulty, "Front", clock)  # type: ignore[arg-type]  # stands in for it
    faulty.refuses = {"revision"}
    assert rules.admit(STRANGER, NOW) == STRANGER
    with pytest.raises(KnownError):  # whoever asks lets nobody in
        rules.admit(seen("ana"), NOW)
    rules.recorded(visit(store, STRANGER))  # must not raise
    faulty.refuses = set()
    assert reason(rules, "ana") == "recognised"


# Tries


def fail(store: SqliteStore, rules: DoorRules, times: int) -> None:
    for _ in range(times):
        rules.recorded(visit(store, STRANGER))


def test_tries_in_a_row_delay_the_next(store: SqliteStore, clock: ManualClock) -> None:
    put_plan(store, DoorPlan("Front", tries=3))
    rules = DoorRules(store, "Front", clock)
    fail(store, rules, 2)
    rules.recorded(visit(store, STRANGER, "Back"))  # another door's
    rules.recorded(visit(store, Decision(Outcome.DENIED, Reason.TOO_DARK)))  # no try
    assert reason(rules, "ana") == "recognised"
    fail(store, rules, 1)
    assert reason(rules, "ana") == "too_many_tries"
    assert rules.admit(seen("ana"), NOW, factor_given=True).outcome is Outcome.GRANTED
    clock.advance(29.9)
    assert reason(rules, "ana") == "too_many_tries"
    clock.advance(0.2)
    assert reason(rules, "ana") == "recognised"
    fail(store, rules, 1)
    clock.advance(59.9)
    assert reason(rules, "ana") == "too_many_tries"
    clock.advance(0.2)
    rules.recorded(visit(store, seen("ana")))  # a success: the row begins anew
    fail(store, rules, 2)
    assert reason(rules, "ana") == "recognised"


def test_without_a_limit_strangers_hold_nobody_up(store: SqliteStore, clock: ManualClock) -> None:
    rules = DoorRules(store, "Front", clock)
    fail(store, rules, 20)
    assert reason(rules, "ana") == "recognised"


def test_after_a_start_the_delay_begins_anew(store: SqliteStore, clock: ManualClock) -> None:
    put_plan(store, DoorPlan("Front", tries=3))
    visit(store, seen("ana"))
    for _ in range(4):
        visit(store, STRANGER)
        visit(store, seen("ana"), "Back")
    clock.advance(1000.0)
    rules = DoorRules(store, "Front", clock)
    assert reason(rules, "ana") == "too_many_tries"
    clock.advance(59.9)
    assert reason(rules, "ana") == "too_many_tries"
    clock.advance(0.2)
    assert reason(rules, "ana") == "recognised"


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.floats(0.01, 20), st.timedeltas(timedelta(-9999), timedelta(9999))),
        min_size=1,
        max_size=10,
    )
)
def test_a_wall_clock_that_jumps_shortens_no_delay(
    store: SqliteStore, steps: list[tuple[float, timedelta]]
) -> None:
    put_plan(store, DoorPlan("Front", tries=1))
    clock = ManualClock()
    rules = DoorRules(store, "Front", clock)
    clock.advance(4000.0)  # whatever was tried before is over
    fail(store, rules, 1)
    begun, length = clock.monotonic(), rules._tries.until - clock.monotonic()
    assert length >= 30.0
    for seconds, jump in steps:
        clock.advance(seconds)
        waiting = clock.monotonic() - begun < length
        assert (reason(rules, "ana", NOW + jump) == "too_many_tries") is waiting


# Two people, escorts


def test_a_clock_that_was_set_ahead_for_a_while_hides_no_tries(
    store: SqliteStore, clock: ManualClock
) -> None:
    put_plan(store, DoorPlan("Front", tries=3))
    visit(store, seen("ana"), time=NOW + timedelta(hours=9))  # newest by the wall clock for hours
    for _ in range(3):
        visit(store, STRANGER)
    assert reason(DoorRules(store, "Front", clock), "ana") == "too_many_tries"


def test_two_people_open_together(store: SqliteStore, clock: ManualClock) -> None:
    put_rule(store, Effect.TWO_PEOPLE)
    rules = DoorRules(store, "Front", clock)
    assert reason(rules, "ana") == "second_person_needed"
    assert reason(rules, "ana") == "second_person_needed"  # oneself is no second person
    clock.advance(30.1)
    assert reason(rules, "ben") == "second_person_needed"  # too late
    clock.advance(10.0)
    assert reason(rules, "ana") == "recognised"
    rules.let_in("ana", NOW)
    clock.advance(5.0)
    assert reason(rules, "ben") == "recognised"


def test_one_face_taken_for_two_people_is_not_two(store: SqliteStore, clock: ManualClock) -> None:
    put_rule(store, Effect.TWO_PEOPLE)
    asked: list[str] = []

    def alike(who: str) -> frozenset[str]:
        asked.append(who)
        return frozenset({"ana", "ben"} - {who})

    rules = DoorRules(store, "Front", clock, look_alikes=alike)
    assert reason(rules, "ana") == "second_person_needed"
    assert reason(rules, "ben") == "second_person_needed"
    assert asked == ["ana", "ben"]
    assert reason(rules, "ben") == "second_person_needed"
    assert asked == ["ana", "ben"]  # remembered until the store changes


def test_look_alikes_are_asked_for_the_factor_where_the_door_says_so(
    store: SqliteStore, clock: ManualClock
) -> None:
    rules = DoorRules(store, "Front", clock, look_alikes=lambda who: frozenset({"ben"}))
    assert reason(rules, "ana") == "recognised"
    put_plan(store, DoorPlan("Front", look_alikes_need_factor=True))
    assert reason(rules, "ana") == "factor_needed"


def test_a_visitor_comes_after_the_escort(store: SqliteStore, clock: ManualClock) -> None:
    put_rule(store, Effect.ESCORT, "vic")
    put_rule(store, Effect.ESCORT, "ben")
    rules = DoorRules(store, "Front", clock)
    assert reason(rules, "vic") == "escort_needed"
    assert reason(rules, "ana") == "recognised"
    assert reason(rules, "vic") == "escort_needed"  # the lock has not opened for the escort
    rules.let_in("ana", NOW)
    assert reason(rules, "vic") == "recognised"
    rules.let_in("vic", NOW)
    clock.advance(60.1)
    rules.let_in("vic", NOW)
    assert reason(rules, "ben") == "escort_needed"  # a visitor escorts nobody


# Anti-passback


def test_somebody_enrolled_again_is_not_their_own_second_person(
    store: SqliteStore, clock: ManualClock
) -> None:
    put_rule(store, Effect.TWO_PEOPLE)
    rules = DoorRules(store, "Front", clock)
    assert reason(rules, "ana") == "second_person_needed"
    with store.transaction() as t:
        t.remove_person("ana")
        t.add_person(PersonDetails("ana"), person_id="ana again")
    assert reason(rules, "ana again") == "second_person_needed"
    assert reason(rules, "ben") == "recognised"


@pytest.fixture
def office(store: SqliteStore, clock: ManualClock) -> DoorRules:
    """The way into an office whose way out is watched too."""
    put_plan(store, DoorPlan("Front", Passback.HARD, "street", "office"))
    put_plan(store, DoorPlan("Exit", Passback.OFF, "office", "street"))
    return DoorRules(store, "Front", clock)


def test_nobody_enters_twice_without_leaving(store: SqliteStore, office: DoorRules) -> None:
    visit(store, seen("ana"), time=NOW - timedelta(hours=1))
    assert reason(office, "ana") == "passed_already"
    assert reason(office, "ben") == "recognised"
    visit(store, seen("ana"), "Exit", NOW - timedelta(minutes=5))
    visit(store, seen("ana"), "Shed", NOW - timedelta(minutes=4))  # leads nobody knows where
    visit(store, Decision(Outcome.DENIED, Reason.NOT_NOW, "ana", "Ana"))
    assert reason(office, "ana") == "recognised"


def test_a_clock_that_was_set_ahead_for_a_while_does_not_let_in_twice(
    store: SqliteStore, office: DoorRules
) -> None:
    visit(store, seen("ana"), "Exit", NOW + timedelta(hours=9))  # went out, by that clock
    assert reason(office, "ana") == "recognised"
    visit(store, seen("ana"), time=NOW - timedelta(minutes=1))
    assert reason(office, "ana") == "passed_already"


@pytest.mark.parametrize("times", [19, 20, 250])
def test_who_is_turned_away_many_times_is_still_inside(
    store: SqliteStore, office: DoorRules, times: int
) -> None:
    visit(store, seen("ana"), time=NOW - timedelta(hours=1))
    with store.transaction() as t:
        for _ in range(times):
            decision = Decision(Outcome.DENIED, Reason.PASSED_ALREADY, "ana", "Ana")
            t.add_event(Event(str(uuid.uuid4()), "Front", 0, NOW, "Front", decision))
    assert reason(office, "ana") == "passed_already"


def test_who_was_not_let_in_is_not_inside(store: SqliteStore, office: DoorRules) -> None:
    visit(store, seen("ana"), lock=LockOutcome.FAILED)
    visit(store, seen("ana"), lock=LockOutcome.NONE)
    assert reason(office, "ana") == "recognised"


def test_after_so_many_hours_nobody_is_inside_any_more(
    store: SqliteStore, office: DoorRules
) -> None:
    visit(store, seen("ana"))
    almost = timedelta(hours=12) - timedelta(seconds=1)
    assert reason(office, "ana", NOW + almost) == "passed_already"
    assert reason(office, "ana", NOW + timedelta(hours=12)) == "recognised"
    assert reason(office, "ana", NOW - timedelta(days=1)) == "passed_already"  # set back


def test_soft_anti_passback_is_told_in_the_log_without_a_name(
    store: SqliteStore, office: DoorRules, caplog: pytest.LogCaptureFixture
) -> None:
    put_plan(store, DoorPlan("Front", Passback.SOFT, "street", "office"))
    visit(store, seen("ana"))
    assert reason(office, "ana") == "recognised"
    assert "You are inside already" in caplog.text
    assert "ana" not in caplog.text.lower()
