"""One hand on the lock, and a lock-down that wins."""

import threading
from collections.abc import Iterator

import pytest

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockReport
from faceaccess.door.locks.open import open_lock
from faceaccess.door.locks.simulated import SimulatedLock
from faceaccess.pipeline.door_lock import DoorLock, LockedDownError


@pytest.fixture
def simulated(clock: ManualClock) -> SimulatedLock:
    lock = open_lock("simulated:", clock)
    assert isinstance(lock, SimulatedLock)
    return lock


@pytest.fixture
def lock(simulated: SimulatedLock) -> Iterator[DoorLock]:
    made = DoorLock(simulated, locked_down=False)
    yield made
    made.close()


def pulses(simulated: SimulatedLock) -> list[float]:
    return [commanded.seconds for commanded in simulated.record]


def test_the_first_command_locks_what_was_left_open(
    lock: DoorLock, simulated: SimulatedLock
) -> None:
    lock.start()
    lock.close()
    assert pulses(simulated) == [0.0]


def test_a_lock_down_locks_and_nothing_opens_until_it_ends(
    lock: DoorLock, simulated: SimulatedLock
) -> None:
    lock.open(3.0)
    lock.lock_down()
    assert not simulated.is_open
    with pytest.raises(LockedDownError):
        lock.open(3.0)
    lock.end_lock_down()
    lock.open(2.0)
    assert pulses(simulated) == [3.0, 0.0, 2.0]


def test_it_comes_up_locked_down(simulated: SimulatedLock) -> None:
    lock = DoorLock(simulated, locked_down=True)
    with pytest.raises(LockedDownError):
        lock.open(3.0)
    lock.close()
    assert pulses(simulated) == []


def test_a_lock_that_does_not_answer_is_noted_until_it_does(
    lock: DoorLock, simulated: SimulatedLock
) -> None:
    simulated.fault = "unreachable"
    with pytest.raises(LockError):
        lock.open(3.0)
    assert isinstance(lock.trouble, KnownError)
    simulated.fault = "none"
    lock.open(3.0)
    assert lock.trouble is None


def test_a_lock_down_holds_although_the_lock_does_not_answer(
    lock: DoorLock, simulated: SimulatedLock
) -> None:
    simulated.fault = "refuses"
    with pytest.raises(LockError):
        lock.lock_down()
    simulated.fault = "none"
    with pytest.raises(LockedDownError):
        lock.open(3.0)


class Slow:
    """A lock whose opening waits to be let go on."""

    address = "slow:"

    def __init__(self) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()
        self.commands: list[str] = []

    def open(self, seconds: float) -> LockReport:
        self.asked.set()
        assert self.go_on.wait(10)
        self.commands.append("open")
        raise ValueError("a fault of the lock's own code")

    def lock(self) -> None:
        self.commands.append("lock")

    def check(self) -> LockReport:
        raise LockError("not asked here")

    def close(self) -> None:
        self.commands.append("close")


@pytest.mark.expected_log_errors
def test_a_lock_down_during_an_opening_locks_after_it_and_a_fault_is_a_lock_error() -> None:
    slow = Slow()
    lock = DoorLock(slow, locked_down=False)
    raised: list[BaseException] = []

    def opening() -> None:
        try:
            lock.open(3.0)
        except LockError as error:
            raised.append(error)

    opener = threading.Thread(target=opening)
    opener.start()
    assert slow.asked.wait(10)
    downer = threading.Thread(target=lock.lock_down)
    downer.start()
    while not lock.locked_down:  # it says so before the hand is free
        pass
    slow.go_on.set()
    opener.join(10)
    downer.join(10)
    assert slow.commands == ["open", "lock"]
    assert "a fault of the lock's own code" in str(raised[0])
    lock.close()


def test_who_listens_is_told_before_an_opening_and_of_every_trouble(
    lock: DoorLock, simulated: SimulatedLock
) -> None:
    told: list[object] = []
    lock.on_opening = lambda seconds: told.append((seconds, simulated.is_open))
    lock.on_trouble = lambda trouble: told.append("trouble" if trouble else "well")
    lock.open(3.0)
    simulated.fault = "unreachable"
    with pytest.raises(LockError):
        lock.open(2.0)
    assert told == [(3.0, False), "well", (2.0, True), "trouble"]
