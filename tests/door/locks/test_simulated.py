from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.locks.open import open_lock
from faceaccess.door.locks.simulated import SimulatedLock, open_spans, read_record

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def simulated(address: str, clock: ManualClock) -> SimulatedLock:
    lock = open_lock(address, clock)
    assert isinstance(lock, SimulatedLock)
    return lock


def test_a_pulse_ends_by_itself() -> None:
    clock = ManualClock(START)
    lock = simulated("simulated:", clock)
    assert not lock.is_open
    report = lock.open(3.0)
    assert (report.outcome, report.text) == (
        LockOutcome.ACKNOWLEDGED,
        "The simulated lock is open for 3 s.",
    )
    clock.advance(2.9)
    assert lock.is_open
    clock.advance(0.1)
    assert not lock.is_open


def test_a_command_to_lock_ends_it_at_once() -> None:
    clock = ManualClock(START)
    lock = simulated("simulated:", clock)
    lock.open(3.0)
    clock.advance(1.0)
    lock.lock()
    assert not lock.is_open
    assert open_spans(lock.record) == [(START, START + timedelta(seconds=1))]


def test_a_second_pulse_replaces_the_first() -> None:
    clock = ManualClock(START)
    lock = simulated("simulated:", clock)
    lock.open(5.0)
    clock.advance(1.0)
    lock.open(0.5)
    clock.advance(0.5)
    assert not lock.is_open
    one, half = timedelta(seconds=1), timedelta(seconds=0.5)
    assert open_spans(lock.record) == [(START, START + one), (START + one, START + one + half)]


def test_the_record_in_a_file_tells_another_process_what_the_lock_did(tmp_path: Path) -> None:
    clock = ManualClock(START)
    file = tmp_path / "lock.jsonl"
    for _ in range(2):  # the second time as after a restart: the record goes on
        lock = simulated(f"simulated:{file}", clock)
        lock.open(2.0)
        lock.close()
        clock.advance(10.0)
    two, ten = timedelta(seconds=2), timedelta(seconds=10)
    assert open_spans(read_record(file)) == [
        (START, START + two),
        (START + ten, START + ten + two),
    ]


def test_a_record_that_cannot_be_written_opens_nothing(tmp_path: Path) -> None:
    clock = ManualClock(START)
    lock = simulated(f"simulated:{tmp_path / 'nowhere' / 'lock.jsonl'}", clock)
    with pytest.raises(LockError, match="cannot write its record"):
        lock.open(2.0)
    assert not lock.is_open
    assert lock.record == []


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "lock.jsonl"
    file.write_text('{"at": "2026-01-05T09:00:00+00:00"}\n')
    with pytest.raises(KnownError, match="not the record"):
        read_record(file)


@pytest.mark.parametrize(
    ("fault", "words"), [("unreachable", "cannot be reached"), ("refuses", "refuses")]
)
def test_a_fault_in_the_address_never_opens(fault: str, words: str) -> None:
    lock = simulated(f"simulated:?fault={fault}", ManualClock(START))
    with pytest.raises(LockError, match=words):
        lock.open(1.0)
    with pytest.raises(LockError, match=words):
        lock.lock()
    assert not lock.is_open


def test_check_opens_nothing_and_notices_a_lost_lock() -> None:
    lock = simulated("simulated:", ManualClock(START))
    assert lock.check().outcome is LockOutcome.ACKNOWLEDGED
    assert not lock.is_open
    lock.fault = "unreachable"
    with pytest.raises(LockError, match="cannot be reached"):
        lock.check()


@pytest.mark.parametrize("seconds", [0.0, -1.0, 0.09, 60.1, 1e9, float("nan"), float("inf")])
def test_a_length_that_is_no_pulse_is_refused(seconds: float) -> None:
    lock = simulated("simulated:", ManualClock(START))
    with pytest.raises(LockError, match="cannot be opened for"):
        lock.open(seconds)
    assert not lock.is_open
