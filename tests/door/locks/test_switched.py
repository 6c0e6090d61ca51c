"""Pulses timed by us, with a switch that fails as it is told."""

import os
import subprocess
import sys
import threading

import pytest

from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.locks import guard as guards
from faceaccess.door.locks.deadline import Deadline
from faceaccess.door.locks.guard import Guard
from faceaccess.door.locks.pulse_timer import PulseTimer
from faceaccess.door.locks.switched import SwitchedLock

WAIT = 20.0


class Switch:
    def __init__(self) -> None:
        self.away = False
        self.fails = 0  # so many commands from now on
        self.moved = threading.Condition()
        self.history: list[bool] = []
        self.closed = 0
        self.held = threading.Event()
        self.held.set()

    def reach(self, deadline: Deadline) -> None:
        if self.away:
            raise LockError("There is no switch.", "Plug it in.")

    def turn(self, deadline: Deadline, *, on: bool) -> str:
        self.held.wait(WAIT)
        with self.moved:
            self.moved.notify_all()
            if self.fails:
                self.fails -= 1
                raise LockError("The switch is gone.", "Look for it.")
            self.history.append(on)
        return "on" if on else "off"

    def ask(self, deadline: Deadline) -> tuple[LockOutcome, str]:
        return LockOutcome.NONE, "cannot be asked"

    def close(self) -> None:
        self.closed += 1

    def wait_for(self, history: list[bool]) -> bool:
        with self.moved:
            return self.moved.wait_for(lambda: self.history == history, WAIT)


def test_a_second_pulse_replaces_the_first() -> None:
    switch = Switch()
    lock = SwitchedLock(switch, "test:", None)
    lock.open(60)
    lock.open(0.1)
    assert switch.wait_for([True, True, False])
    lock.close()
    assert switch.history == [True, True, False]
    assert switch.closed == 1


def test_a_pulse_that_cannot_be_ended_is_ended_as_soon_as_it_can_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    switch = Switch()
    lock = SwitchedLock(switch, "test:", None, retry_after=0.001)
    lock.open(60)
    switch.fails = 20
    with pytest.raises(LockError, match="The switch is gone"):
        lock.lock()
    assert switch.wait_for([True, False])
    lock.close()
    assert [r.levelname for r in caplog.records if "could not be shut" in r.message] == ["WARNING"]


def test_a_failed_opening_is_followed_by_a_command_to_lock() -> None:
    switch = Switch()
    switch.fails = 1
    lock = SwitchedLock(switch, "test:", None)
    with pytest.raises(LockError, match="The switch is gone"):
        lock.open(60)
    assert switch.wait_for([False])
    lock.close()


def test_a_switch_that_is_not_there_leaves_nothing_to_be_shut(
    caplog: pytest.LogCaptureFixture,
) -> None:
    switch = Switch()
    switch.away = True
    guard = Guard("simulated:?fault=unreachable")
    lock = SwitchedLock(switch, "test:", guard)
    with pytest.raises(LockError, match="There is no switch"):
        lock.open(60)
    lock.close()  # the guard would go on trying if it thought that something is open
    assert switch.history == []
    assert caplog.text == ""


def test_closing_does_not_raise_when_the_switch_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    switch = Switch()
    lock = SwitchedLock(switch, "test:", None)
    lock.open(60)
    switch.fails = 1
    lock.close()
    assert switch.closed == 1
    assert "could not be shut" in caplog.text


def test_a_command_that_hangs_makes_the_next_one_fail_in_time() -> None:
    switch = Switch()
    lock = SwitchedLock(switch, "test:", None)
    switch.held.clear()
    hanging = threading.Thread(target=lock.open, args=(60,))
    hanging.start()
    try:
        while not lock._timer.pending:  # the first has its turn
            pass
        with pytest.raises(LockError, match="an earlier command still waits"):
            lock.open(1)
    finally:
        switch.held.set()
        hanging.join()
        lock.close()
    assert switch.history == [True, False]


def test_nothing_opens_without_a_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    switch = Switch()
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    lock = SwitchedLock(switch, "simulated:", Guard("simulated:"))
    with pytest.raises(LockError, match="stays shut"):
        lock.open(1)
    with pytest.raises(LockError, match="stays shut"):
        lock.check()
    assert switch.history == []
    lock.lock()  # which needs none
    lock.close()
    assert switch.history == [False]


def test_the_first_command_of_a_station_starts_the_guard_before_the_first_pulse() -> None:
    guard = Guard("simulated:")
    lock = SwitchedLock(Switch(), "simulated:", guard)
    assert guard.pid is None
    lock.lock()
    assert guard.pid is not None
    assert guard._ready.wait(WAIT)
    lock.close()


def test_a_guard_that_was_killed_is_replaced_at_the_next_pulse() -> None:
    switch = Switch()
    guard = Guard("simulated:")
    lock = SwitchedLock(switch, "simulated:", guard)
    guard.start()
    assert guard._ready.wait(WAIT)
    lock.open(60)
    first = guard._process
    assert first is not None
    first.kill()
    first.wait(WAIT)
    lock.lock()  # nothing is lost while it is gone
    guard.start()
    assert guard._ready.wait(WAIT)
    lock.open(60)
    assert guard.pid != first.pid
    lock.close()
    assert switch.history == [True, False, True, False]


def test_a_guard_locks_when_its_station_said_nothing_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    file = f"{tmp_path}/lock.jsonl"
    guard = Guard(f"simulated:{file}")
    guard.start()
    assert guard._ready.wait(WAIT)
    guard.opens(Deadline(1))
    guard.close()  # as the end of the process does
    with open(file) as record:  # noqa: PTH123  # one line
        assert '"seconds": 0.0' in record.read()


def test_a_guard_whose_station_is_gone_before_it_is_ready_leaves_in_silence() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "faceaccess.door.locks.guard"],
            input=b"simulated:\n",
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=WAIT,
            check=True,
        )
    finally:
        os.close(writing)
    assert done.stderr == b""


def test_a_guard_that_has_work_left_is_not_waited_for_forever(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    guard = Guard("simulated:?fault=unreachable")
    guard.start()
    assert guard._ready.wait(WAIT)
    process, listener = guard._process, guard._listener
    assert process is not None
    assert listener is not None
    guard.opens(Deadline(1))
    monkeypatch.setattr(guards, "_LEAVES_WITHIN", 0.01)
    guard.close()
    assert "still tries" in caplog.text
    process.kill()
    process.wait(WAIT)
    listener.join(WAIT)


def test_a_stopped_timer_takes_no_pulse() -> None:
    timer = PulseTimer(lambda: True)
    timer.set(60)
    timer.stop()
    with pytest.raises(RuntimeError):
        timer.set(1)
