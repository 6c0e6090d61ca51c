"""The journal: in its order, once, bounded, and there after any end of the process."""

import errno
import json
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faulty_store import FaultyStore

from faceaccess.core.alarms import Alarm, AlarmKind
from faceaccess.core.clock import ManualClock
from faceaccess.core.corrections import Evidence
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.door_commands import DoorCommand, DoorCommandKind
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace, Quality, QualityIssue
from faceaccess.core.home import DataHome
from faceaccess.core.locks import LockOutcome
from faceaccess.core.reasons import Reason
from faceaccess.pipeline import event_journal
from faceaccess.pipeline.event_journal import EventJournal
from faceaccess.pipeline.journal_records import (
    AlarmRecord,
    CommandAnswer,
    CommandRecord,
    EventRecord,
    JournalRecord,
    LockAnswer,
    record_of,
)
from faceaccess.store.sqlite_store import SqliteStore

pytestmark = pytest.mark.expected_log_errors  # a store that refuses is logged

NOW = datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=UTC)
DENIED = Decision(Outcome.DENIED, Reason.UNKNOWN, similarity=0.25, threshold=0.6, head=3)


class Killed(BaseException):
    """The process ends here, as by `kill -9`."""


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteStore]:
    opened = SqliteStore(DataHome(tmp_path / "data"), clock)
    yield opened
    opened.close()


@pytest.fixture
def faulty(store: SqliteStore) -> FaultyStore:
    return FaultyStore(store)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "stations" / "front.journal"


def opened(
    store: Any, clock: ManualClock, path: Path | None, station: str = "Front"
) -> EventJournal:
    return EventJournal(store, clock, path, station)


def visit(number: int = 0, **more: Any) -> EventRecord:
    time = NOW + timedelta(seconds=number)
    return EventRecord(Event(str(uuid.uuid4()), "Front", 0, time, "Cam", DENIED, **more))


def ids(store: SqliteStore) -> list[str]:
    events = sorted(store.all_events(), key=lambda event: event.sequence)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    return [event.id for event in events]


def command(kind: DoorCommandKind) -> CommandRecord:
    return CommandRecord(DoorCommand(str(uuid.uuid4()), "Front", NOW, kind, "Ann (test)"))


def picture(*shape: int) -> Any:
    return np.random.default_rng(1).integers(0, 256, shape, np.uint8)


GOOD = Quality(80.0, 90.0, 120.0, 45.0, 3.0, 2.0, 1.0, 0.0)
POOR = replace(GOOD, issues=(QualityIssue(Reason.BLURRED, 5.0, 25.0, "grey levels squared"),))


# Records


@pytest.mark.parametrize("crop", [None, picture(8, 8), picture(8, 8, 3)])
@pytest.mark.parametrize("quality", [None, GOOD, POOR])
def test_a_visit_comes_back_as_it_went(crop: Any, quality: Quality | None) -> None:
    vectors = np.random.default_rng(2).standard_normal((3, 4)).astype(np.float32)
    evidence = Evidence(EmbeddingSpace("net", "grey", 4), vectors, crop, quality)
    shown = np.full((20, 16, 3), 77, np.uint8)
    event = visit(picture=shown, evidence=evidence, lock=LockOutcome.FAILED).event
    back = record_of(json.loads(json.dumps(EventRecord(event).to_json())))
    assert isinstance(back, EventRecord)
    for name in ("id", "station", "sequence", "time", "camera", "decision", "lock"):
        assert getattr(back.event, name) == getattr(event, name)
    assert back.event.picture is not None
    assert np.abs(back.event.picture.astype(int) - 77).max() <= 2  # JPEG
    again = back.event.evidence
    assert again is not None
    assert again.space == evidence.space
    np.testing.assert_array_equal(again.vectors, vectors)
    assert again.vectors.dtype == np.float32
    assert again.quality == quality
    if crop is None:
        assert again.crop is None
    else:
        np.testing.assert_array_equal(again.crop, crop)


@pytest.mark.parametrize(
    "record",
    [
        LockAnswer("e", LockOutcome.ACKNOWLEDGED),
        CommandAnswer("c", LockOutcome.FAILED),
        command(DoorCommandKind.LOCK_DOWN),
        AlarmRecord(Alarm("a", "Front", AlarmKind.TAMPERED, NOW, None, "dark", "Ann (test)")),
        AlarmRecord(Alarm("a", "Front", AlarmKind.HELD_OPEN, NOW, NOW + timedelta(seconds=5))),
    ],
)
def test_other_records_come_back_as_they_went(record: JournalRecord) -> None:
    assert record_of(json.loads(json.dumps(record.to_json()))) == record


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"event": "x"},
        {"answered_event": "x", "lock": "perhaps"},
        {"command": {"id": "x"}},
        {"alarm": None},
        {"alarm": {"kind": "fire"}},
    ],
)
def test_what_is_no_record_is_told(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # its text is for the log
        record_of(values)


# Into the store, or into the file


def test_what_the_store_takes_does_not_wait(
    store: SqliteStore, clock: ManualClock, path: Path
) -> None:
    journal = opened(store, clock, path)
    one = visit()
    empty = path.read_bytes()
    assert journal.write(one) == "stored"
    assert journal.write(LockAnswer(one.event.id, LockOutcome.ACKNOWLEDGED)) == "stored"
    assert ids(store) == [one.event.id]
    assert store.event(one.event.id).lock is LockOutcome.ACKNOWLEDGED
    assert path.read_bytes() == empty
    assert path.stat().st_mode & 0o077 == 0  # nobody else reads names in it


def test_what_the_store_refuses_waits_and_is_written_in_its_order(
    store: SqliteStore, faulty: FaultyStore, clock: ManualClock, path: Path
) -> None:
    journal = opened(faulty, clock, path)
    faulty.refuses = {"transaction"}
    visits = [visit(n) for n in range(3)]
    alarm = Alarm(str(uuid.uuid4()), "Front", AlarmKind.FORCED_OPEN, NOW)
    for one in visits:
        assert journal.write(one) == "waits"
    assert journal.write(LockAnswer(visits[1].event.id, LockOutcome.FAILED)) == "waits"
    assert journal.write(AlarmRecord(alarm)) == "waits"
    assert journal.write(AlarmRecord(replace(alarm, ended=NOW))) == "waits"
    assert (journal.waiting, ids(store)) == (6, [])
    faulty.refuses = set()
    journal.flush()  # not yet: it has just refused
    assert journal.waiting == 6
    clock.advance(event_journal.RETRY)
    late = visit(9)
    assert journal.write(late) == "stored"  # behind those that waited
    assert ids(store) == [one.event.id for one in (*visits, late)]
    assert store.event(visits[1].event.id).lock is LockOutcome.FAILED
    assert [one.ended for one in store.alarms("Front")] == [NOW]
    assert (journal.waiting, journal.trouble) == (0, None)
    assert opened(store, clock, path).waiting == 0


def test_a_killed_process_leaves_what_waits_to_the_next(
    store: SqliteStore, faulty: FaultyStore, clock: ManualClock, path: Path
) -> None:
    journal = opened(faulty, clock, path)
    faulty.refuses = {"transaction"}
    visits = [visit(n, picture=picture(30, 20, 3)) for n in range(3)]
    for one in visits:
        journal.write(one)
    following = opened(store, clock, path)  # the first one was not closed
    assert following.waiting == 3
    following.flush()
    assert ids(store) == [one.event.id for one in visits]
    assert store.event_picture(visits[0].event.id) is not None
    assert opened(store, clock, path).waiting == 0


def test_a_lock_down_that_waits_is_known(
    faulty: FaultyStore, clock: ManualClock, path: Path
) -> None:
    journal = opened(faulty, clock, path)
    assert journal.locked_down is None
    faulty.refuses = {"transaction"}
    journal.write(command(DoorCommandKind.LOCK_DOWN))
    journal.write(command(DoorCommandKind.OPEN))
    assert opened(faulty, clock, path).locked_down is True
    journal.write(command(DoorCommandKind.END_LOCK_DOWN))
    assert opened(faulty, clock, path).locked_down is False


def test_now_or_never_goes_behind_what_waits(
    store: SqliteStore, faulty: FaultyStore, clock: ManualClock, path: Path
) -> None:
    journal = opened(faulty, clock, path)
    faulty.refuses = {"transaction"}
    before, granted = visit(1), visit(2)
    journal.write(before)
    assert journal.write_now(granted) == "refused"
    clock.advance(event_journal.RETRY)
    assert journal.write_now(granted) == "refused"
    faulty.refuses = set()
    assert journal.write_now(granted) == "refused"  # it has just refused
    clock.advance(event_journal.RETRY)
    assert journal.write_now(granted, holds=lambda: False) == "outdated"
    assert (journal.waiting, ids(store)) == (1, [])  # what was refused does not wait
    assert journal.write_now(granted, holds=lambda: True) == "written"
    assert ids(store) == [before.event.id, granted.event.id]


def test_whoever_comes_while_somebody_else_writes_does_not_wait(
    store: SqliteStore, faulty: FaultyStore, clock: ManualClock, path: Path
) -> None:
    journal = opened(faulty, clock, path)
    one, other = visit(1), visit(2)
    fates: list[str] = []

    def come_in_between() -> None:
        faulty.before_transaction = None
        fates.append(journal.write(other))

    faulty.before_transaction = come_in_between
    fates.append(journal.write(one))
    assert fates == ["waits", "stored"]
    journal.flush()
    assert sorted(ids(store)) == sorted([one.event.id, other.event.id])
    assert opened(store, clock, path).waiting == 0


def test_a_record_that_can_never_be_written_holds_nothing_up(
    store: SqliteStore,
    faulty: FaultyStore,
    clock: ManualClock,
    path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    journal = opened(faulty, clock, path)
    faulty.refuses = {"transaction"}
    one, other = visit(1), visit(2)
    journal.write(one)
    journal.write(LockAnswer("nobody's", LockOutcome.FAILED))
    journal.write(CommandAnswer("nobody's", LockOutcome.FAILED))
    journal.write(other)
    faulty.refuses = set()
    clock.advance(event_journal.RETRY)
    journal.flush()
    assert ids(store) == [one.event.id, other.event.id]
    assert journal.waiting == 0
    assert "can never take" in caplog.text


def test_without_a_file_what_waits_is_lost_with_the_process_and_that_is_told(
    store: SqliteStore, faulty: FaultyStore, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    journal = opened(faulty, clock, None)
    faulty.refuses = {"transaction"}
    journal.write(visit())
    journal.close()
    assert "1 records are lost" in caplog.text
    assert ids(store) == []


# Bounds


def test_pictures_go_first_then_new_visits_and_answers_last(
    store: SqliteStore,
    faulty: FaultyStore,
    clock: ManualClock,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(event_journal, "PICTURES", 1200)
    monkeypatch.setattr(event_journal, "MOST", 2900)
    monkeypatch.setattr(event_journal, "RESERVE", 1000)
    journal = opened(faulty, clock, path)
    faulty.refuses = {"transaction"}
    visits = [visit(n, picture=np.full((20, 20, 3), 5, np.uint8)) for n in range(6)]
    fates = [journal.write(one) for one in visits]
    assert fates == ["waits", "waits", "waits", "lost", "lost", "lost"]
    assert journal.lost == 3
    assert "the journal is full" in caplog.text
    assert journal.write(LockAnswer(visits[0].event.id, LockOutcome.FAILED)) == "waits"
    following = opened(store, clock, path)
    following.flush()
    kept = ids(store)
    assert kept == [one.event.id for one in visits[:3]]
    pictures = [store.event_picture(event_id) is not None for event_id in kept]
    assert pictures[0]
    assert not pictures[2]


# The file


def filled(faulty: FaultyStore, clock: ManualClock, path: Path) -> list[EventRecord]:
    journal = opened(faulty, clock, path)
    faulty.refuses = {"transaction"}
    visits = [visit(n) for n in range(3)]
    for one in visits:
        journal.write(one)
    journal.close()
    faulty.refuses = set()
    return visits


def test_a_torn_end_costs_the_last_record_at_most(
    store: SqliteStore, faulty: FaultyStore, clock: ManualClock, path: Path
) -> None:
    filled(faulty, clock, path)
    data = path.read_bytes()
    ends = [i + 1 for i, byte in enumerate(data) if byte == 10]
    for length in range(len(data)):
        path.write_bytes(data[:length])
        whole = max(0, sum(end <= length for end in ends) - 1)
        journal = opened(store, clock, path)
        assert journal.waiting == whole
        journal.close()
        assert opened(store, clock, path).waiting == whole  # and it goes on from there


def test_damage_in_the_middle_keeps_what_is_before_and_the_file(
    store: SqliteStore,
    faulty: FaultyStore,
    clock: ManualClock,
    path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    filled(faulty, clock, path)
    data = bytearray(path.read_bytes())
    ends = [i for i, byte in enumerate(data) if byte == 10]
    data[(ends[1] + ends[2]) // 2] ^= 1
    path.write_bytes(data)
    journal = opened(store, clock, path)
    assert journal.waiting == 1
    assert "is damaged" in caplog.text
    aside = path.with_name("front.journal.damaged")
    assert aside.read_bytes() == bytes(data)
    assert aside.stat().st_mode & 0o077 == 0
    journal.write(visit(8))
    assert len(ids(store)) == 2


def test_lines_in_another_order_are_damage(
    store: SqliteStore, faulty: FaultyStore, clock: ManualClock, path: Path
) -> None:
    filled(faulty, clock, path)
    head, one, two, three, _ = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([head, one, three, two, b""]))
    assert opened(store, clock, path).waiting == 1


def test_nobody_reads_in_it_who_was_there(
    faulty: FaultyStore, clock: ManualClock, path: Path
) -> None:
    journal = opened(faulty, clock, path)
    faulty.refuses = {"transaction"}
    decision = Decision(Outcome.DENIED, Reason.NOT_NOW, "id of Ana", "Ana Surname")
    journal.write(EventRecord(replace(visit().event, decision=decision)))
    journal.write(command(DoorCommandKind.LOCK_DOWN))
    assert b"Ana" not in path.read_bytes()
    assert b"Ann" not in path.read_bytes()


@pytest.mark.parametrize("other", ["folder", "station", "header"])
def test_the_journal_of_another_is_refused(
    faulty: FaultyStore, clock: ManualClock, path: Path, tmp_path: Path, other: str
) -> None:
    filled(faulty, clock, path)
    before = path.read_bytes()
    elsewhere = SqliteStore(DataHome(tmp_path / "other"), clock)
    try:
        if other == "folder":
            with pytest.raises(KnownError, match="of another data folder"):
                opened(elsewhere, clock, path)
        elif other == "station":
            with pytest.raises(KnownError, match="not this door's"):
                opened(faulty, clock, path, "Back")
        else:
            path.write_bytes(b"hello\n" + before)
            with pytest.raises(KnownError, match="not this door's"):
                opened(faulty, clock, path)
            before = path.read_bytes()
    finally:
        elsewhere.close()
    assert path.read_bytes() == before  # nothing of it is lost


def test_a_full_disk_is_told_and_what_waits_goes_there_when_there_is_room(
    store: SqliteStore,
    faulty: FaultyStore,
    clock: ManualClock,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal = opened(faulty, clock, path)
    faulty.refuses = {"transaction"}
    visits = [visit(n) for n in range(4)]
    journal.write(visits[0])
    write = os.write

    def half_of_it(handle: int, data: Any) -> int:
        write(handle, bytes(data)[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", half_of_it)
    assert [journal.write(one) for one in visits[1:3]] == ["waits", "waits"]
    assert journal.file_trouble == "The journal cannot be written: No space left on device."
    assert opened(store, clock, path).waiting == 1  # the half is none
    monkeypatch.setattr(os, "write", write)
    journal.write(visits[3])
    assert journal.file_trouble is None
    following = opened(store, clock, path)
    following.flush()
    assert ids(store) == [one.event.id for one in visits]


def test_a_folder_that_cannot_be_written_is_told(
    store: SqliteStore, clock: ManualClock, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KnownError, match="cannot be used"):
        opened(store, clock, tmp_path / "file" / "front.journal")


# Killed anywhere


def _kill_at(monkeypatch: pytest.MonkeyPatch, store: SqliteStore, place: int) -> None:
    """Let the process end before the so-manyth call that changes disk or database."""
    left = [place]

    def dangerous(call: Callable[..., Any]) -> Callable[..., Any]:
        def at_risk(*arguments: Any, **more: Any) -> Any:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return call(*arguments, **more)

        return at_risk

    for name in ("write", "fsync", "ftruncate"):
        monkeypatch.setattr(os, name, dangerous(getattr(os, name)))
    connection = store._connections.mine()
    monkeypatch.setattr(connection, "commit", dangerous(connection.commit))


def test_killed_anywhere_everything_that_was_told_is_there_once(
    store: SqliteStore,
    faulty: FaultyStore,
    clock: ManualClock,
    path: Path,
) -> None:
    expected: list[str] = []
    for place in range(60):
        told: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            try:
                journal = opened(faulty, clock, path)
                _kill_at(patch, store, place)
                _work(journal, faulty, clock, told)
            except Killed:
                killed = True
            else:
                killed = False
        faulty.refuses = set()
        clock.advance(event_journal.RETRY)
        following = opened(store, clock, path)
        following.flush()
        following.close()
        expected += told
        there = ids(store)
        assert len(there) == len(set(there))
        assert set(expected) <= set(there)
        assert opened(store, clock, path).waiting == 0
        if not killed:
            break
    assert place >= 10  # so many places were tried
    assert not killed


def _work(journal: EventJournal, faulty: FaultyStore, clock: ManualClock, told: list[str]) -> None:
    """The store works, is away, and works again; twice."""
    for _ in range(2):
        for away in (False, True, False):
            faulty.refuses = {"transaction"} if away else set()
            clock.advance(event_journal.RETRY)
            one = visit()
            journal.write(one)
            told.append(one.event.id)
    journal.close()
