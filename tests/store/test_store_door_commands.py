"""What the lock answered to a visit, and the record of what people commanded doors."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from store_builders import event

from faceaccess.core.door_commands import DoorCommand, DoorCommandKind
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.locks import LockOutcome
from faceaccess.store import migrations
from faceaccess.store.sqlite_store import SqliteStore

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
DOWN, UP, OPEN = DoorCommandKind.LOCK_DOWN, DoorCommandKind.END_LOCK_DOWN, DoorCommandKind.OPEN


def command(number: int, kind: DoorCommandKind, station: str = "Front") -> DoorCommand:
    return DoorCommand(f"c{number}", station, NOON, kind, "ana (command line)")


def test_an_event_has_no_lock_answer_until_it_is_noted(store: SqliteStore) -> None:
    visit = event()
    with store.transaction() as t:
        t.add_event(visit)
    assert store.event(visit.id).lock is LockOutcome.NONE
    before = store.revision()
    with store.transaction() as t:
        t.set_event_lock(visit.id, LockOutcome.ACKNOWLEDGED)
    assert store.event(visit.id).lock is LockOutcome.ACKNOWLEDGED
    assert [e.lock for e in store.all_events()] == [LockOutcome.ACKNOWLEDGED]
    assert store.revision() == before  # no door reads its people anew for it


def test_an_event_comes_in_with_its_lock_answer(store: SqliteStore) -> None:
    visit = replace(event(), lock=LockOutcome.FAILED)
    with store.transaction() as t:
        t.add_event(visit)
    assert store.events()[0].lock is LockOutcome.FAILED


def test_a_lock_answer_to_an_event_that_is_not_there_is_an_error(store: SqliteStore) -> None:
    with (
        pytest.raises(KnownError, match="no event with the id nothing"),
        store.transaction() as t,
    ):
        t.set_event_lock("nothing", LockOutcome.FAILED)


def test_commands_are_listed_newest_first_of_one_door_or_all(store: SqliteStore) -> None:
    given = [command(1, OPEN), command(2, DOWN, "Back"), command(3, OPEN)]
    with store.transaction() as t:
        for one in given:
            t.add_door_command(one)
        t.add_door_command(replace(given[0], actor="somebody else"))  # the same again
    assert store.door_commands() == given[::-1]
    assert store.door_commands("Front") == [given[2], given[0]]
    assert store.door_commands(limit=1) == [given[2]]


def test_what_the_lock_answered_to_a_command_is_noted(store: SqliteStore) -> None:
    with store.transaction() as t:
        t.add_door_command(command(1, OPEN))
    with store.transaction() as t:
        t.set_door_command_lock("c1", LockOutcome.FAILED)
    assert store.door_commands()[0].lock is LockOutcome.FAILED
    with pytest.raises(BugError), store.transaction() as t:
        t.set_door_command_lock("c2", LockOutcome.FAILED)


def test_a_lock_down_holds_until_it_is_ended_whatever_else_is_commanded(
    store: SqliteStore, open_store: Callable[..., SqliteStore]
) -> None:
    assert not store.locked_down("Front")
    with store.transaction() as t:
        t.add_door_command(command(1, DOWN))
        t.add_door_command(command(2, OPEN))
        t.add_door_command(command(3, UP, "Back"))
    assert open_store().locked_down("Front")
    assert not store.locked_down("Back")
    with store.transaction() as t:
        t.add_door_command(command(4, UP))
    assert not store.locked_down("Front")


def test_a_hold_is_open_until_its_end_is_recorded_and_says_until_when(
    store: SqliteStore, open_store: Callable[..., SqliteStore]
) -> None:
    held = replace(command(1, DoorCommandKind.HOLD_OPEN), until=NOON + timedelta(hours=1))
    assert not store.held_open("Front")
    with store.transaction() as t:
        t.add_door_command(held)
        t.add_door_command(command(2, DOWN))
        t.add_door_command(replace(command(3, DoorCommandKind.MUTE), until=NOON))
    assert open_store().held_open("Front")
    assert not store.held_open("Back")
    assert [one.until for one in store.door_commands()] == [NOON, None, held.until]
    with store.transaction() as t:
        t.add_door_command(command(4, DoorCommandKind.END_HOLD))
    assert not store.held_open("Front")


def test_stations_are_those_with_visits_or_commands(store: SqliteStore) -> None:
    with store.transaction() as t:
        t.add_event(event(station="Yard"))
        t.add_door_command(command(1, DOWN, "Back"))
        t.add_door_command(command(2, UP, "Yard"))
    assert store.stations() == ["Back", "Yard"]


def test_events_from_before_have_no_lock_answer(
    data_home: DataHome, open_store: Callable[..., SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        before = [step for step in migrations.STEPS if step[0] < "0008"]
        patch.setattr(migrations, "STEPS", tuple(before))
        open_store(keys_folder=None).close()
    sql = sqlite3.connect(data_home.database)
    sql.execute(
        "INSERT INTO events (id, station, sequence, time, camera, outcome, reason)"
        " VALUES ('e1', 'Front', 1, 0, 'Camera', 'granted', 'recognised')"
    )
    sql.commit()
    sql.close()
    assert open_store(keys_folder=None).event("e1").lock is LockOutcome.NONE
