"""The record of alarms."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from faceaccess.core.alarms import Alarm, AlarmKind
from faceaccess.store.sqlite_store import SqliteStore

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
FORCED = Alarm("a1", "Front", AlarmKind.FORCED_OPEN, NOON)
LOST = Alarm("a2", "Back", AlarmKind.LOCK_UNREACHABLE, NOON, detail="The lock does not answer.")
GONE_IN = Alarm("a3", "Front", AlarmKind.TAILGATING, NOON, ended=NOON)


def put(store: SqliteStore, *alarms: Alarm) -> None:
    with store.transaction() as t:
        for alarm in alarms:
            t.put_alarm(alarm)


def test_alarms_are_listed_newest_first_of_one_door_or_all(
    store: SqliteStore, open_store: Callable[..., SqliteStore]
) -> None:
    before = store.revision()
    put(store, FORCED, LOST, GONE_IN)
    other = open_store()
    assert other.alarms() == [GONE_IN, LOST, FORCED]
    assert other.alarms("Front") == [GONE_IN, FORCED]
    assert other.alarms("Front", lasting=True) == [FORCED]
    assert other.alarms(lasting=True) == [LOST, FORCED]
    assert other.alarms(limit=1) == [GONE_IN]
    assert other.alarms("Yard") == []
    assert store.revision() == before  # no door reads its people anew for it


def test_an_end_and_who_muted_it_are_noted_and_never_taken_back(store: SqliteStore) -> None:
    put(store, FORCED)
    muted = replace(FORCED, muted_by="ana (command line)")
    put(store, muted)
    assert store.alarms() == [muted]
    ended = replace(muted, ended=NOON + timedelta(seconds=7))
    put(store, ended)
    put(store, FORCED, muted)  # a journal that is replayed
    assert store.alarms() == [ended]


def test_stations_with_alarms_alone_are_stations(store: SqliteStore) -> None:
    put(store, LOST)
    assert store.stations() == ["Back"]
