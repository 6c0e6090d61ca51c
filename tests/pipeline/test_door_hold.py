"""A door that is held open: by short pulses, until a time, never past a lock-down or the end."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from faulty_store import FaultyStore
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.app import App
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.door_commands import DoorCommandKind
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.locks.open import open_lock
from faceaccess.door.locks.simulated import SimulatedLock
from faceaccess.pipeline.door_hold import LONGEST, RENEW_AFTER, checked_end
from faceaccess.pipeline.door_lock import HOLD_PULSE, DoorLock, LockedDownError
from faceaccess.pipeline.event_journal import EventJournal
from faceaccess.pipeline.station_commands import StationCommands
from faceaccess.pipeline.station_notes import StationNotes

ANA, BEN = Actor("ana", "window"), Actor("ben", "command line")


class Held:
    """The commands of a door with a simulated lock; time passes by hand."""

    def __init__(self, app: App, clock: ManualClock) -> None:
        self.clock = clock
        simulated = open_lock("simulated:", clock)
        assert isinstance(simulated, SimulatedLock)
        self.simulated = simulated
        self.store = FaultyStore(app.store)
        self.lock = DoorLock(simulated, locked_down=False, clock=clock)
        self.notes = StationNotes(EventJournal(self.store, clock))
        self.commands = StationCommands(
            "Front", self.store, self.lock, self.notes, clock, pulse=3.0
        )

    def hold(self, seconds: float, actor: Actor = ANA) -> None:
        self.commands.hold(actor, self.clock.now() + timedelta(seconds=seconds))

    def wait(self, seconds: float, step: float = 0.5) -> None:
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            self.commands.look()

    @property
    def record(self) -> list[tuple[str, str]]:
        """What is stored, oldest first."""
        return [(c.kind.value, c.actor) for c in self.store.door_commands("Front")][::-1]

    @property
    def pulses(self) -> list[float]:
        return [command.seconds for command in self.simulated.record]


class JumpingClock(ManualClock):
    """A clock whose wall time can be set."""

    jumped = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.jumped


@pytest.fixture
def held(app: App, clock: ManualClock) -> Iterator[Held]:
    made = Held(app, clock)
    yield made
    made.commands.close()
    made.lock.close()


def test_it_is_open_without_a_gap_and_shuts_by_itself_when_the_time_is_up(held: Held) -> None:
    held.hold(60)
    for _ in range(119):
        assert held.simulated.is_open
        held.wait(0.5)
    assert held.simulated.is_open
    assert held.commands.held_until is not None
    held.wait(0.5)
    assert not held.simulated.is_open
    assert held.commands.held_until is None
    assert set(held.pulses[:-1]) == {HOLD_PULSE}
    assert held.pulses[-1] == 0.0
    assert len(held.pulses) == 1 + int(59.5 / RENEW_AFTER) + 1
    assert held.record == [("hold_open", "ana (window)"), ("end_hold", "time is up (station)")]
    (first, _) = held.store.door_commands("Front")[::-1]
    assert first.lock is LockOutcome.ACKNOWLEDGED
    assert first.until == first.time + timedelta(seconds=60)


def test_a_process_that_dies_leaves_it_open_for_one_pulse_at_most(held: Held) -> None:
    held.hold(3600)
    held.wait(9)
    held.clock.advance(HOLD_PULSE)  # nobody looks any more
    assert not held.simulated.is_open


def test_a_start_notes_the_end_of_a_hold_that_a_killed_process_left(
    held: Held, app: App, clock: ManualClock
) -> None:
    held.hold(3600)
    again = Held(app, clock)
    again.commands.start()
    try:
        assert again.commands.held_until is None
        assert again.pulses == []
        assert again.record[-1] == ("end_hold", "ended with the process before (station)")
        assert not again.store.held_open("Front")
    finally:
        again.commands.close()
        again.lock.close()


def test_an_orderly_end_shuts_and_is_noted(held: Held) -> None:
    held.hold(3600)
    held.commands.close()
    assert not held.simulated.is_open
    assert held.record[-1] == ("end_hold", "the door was stopped (station)")


def test_somebody_ends_it_and_a_second_end_is_nothing(held: Held) -> None:
    held.hold(3600)
    held.commands.end_hold(BEN)
    held.commands.end_hold(BEN)
    assert not held.simulated.is_open
    assert held.record[1:] == [("end_hold", "ben (command line)")]


def test_a_lock_down_wins_and_the_hold_does_not_come_back(held: Held) -> None:
    held.hold(3600)
    held.commands.lock_down(BEN)
    assert not held.simulated.is_open
    with pytest.raises(LockedDownError):
        held.hold(60)
    held.commands.end_lock_down(BEN)
    held.wait(20)
    assert not held.simulated.is_open
    assert held.record == [
        ("hold_open", "ana (window)"),
        ("end_hold", "ben (command line)"),
        ("lock_down", "ben (command line)"),
        ("hold_open", "ana (window)"),
        ("end_hold", "the lock did not open (station)"),
        ("end_lock_down", "ben (command line)"),
    ]


def test_a_new_end_replaces_the_old_one(held: Held) -> None:
    held.hold(3600)
    held.hold(5, BEN)
    held.wait(5)
    assert not held.simulated.is_open
    assert [kind for kind, _ in held.record] == ["hold_open", "hold_open", "end_hold"]


def test_who_is_let_in_meanwhile_does_not_shut_it(held: Held) -> None:
    held.hold(60)
    held.lock.open(3.0)
    held.wait(3.5)
    assert held.simulated.is_open


def test_who_was_let_in_as_it_ended_still_has_their_time(held: Held) -> None:
    held.hold(10)
    held.wait(9)
    held.lock.open(3.0)
    held.wait(1)  # the hold is over, 2 of the 3 seconds are left
    assert held.commands.held_until is None
    assert held.simulated.is_open
    assert held.lock.seconds_left == pytest.approx(2.0)
    held.wait(2)
    assert not held.simulated.is_open


def test_a_lock_that_fails_is_not_held_and_that_is_noted(held: Held) -> None:
    held.simulated.fault = "unreachable"
    with pytest.raises(LockError):
        held.hold(60)
    assert held.commands.held_until is None
    assert held.record[-1][0] == "end_hold"
    assert held.store.door_commands("Front")[-1].lock is LockOutcome.FAILED


@pytest.mark.expected_log_errors
def test_a_lock_that_fails_meanwhile_is_tried_until_the_end(held: Held) -> None:
    held.hold(60)
    held.simulated.fault = "unreachable"
    held.wait(20)
    assert not held.simulated.is_open
    held.simulated.fault = "none"
    held.wait(1)
    assert held.simulated.is_open
    held.wait(40)
    assert not held.simulated.is_open


@pytest.mark.parametrize(("jump", "after"), [(-1800.0, 60.0), (1800.0, 0.5)])
def test_a_clock_that_jumps_does_not_lengthen_it(app: App, jump: float, after: float) -> None:
    clock = JumpingClock()
    held = Held(app, clock)
    held.hold(60)
    clock.jumped = timedelta(seconds=jump)
    held.wait(after)
    assert not held.simulated.is_open
    held.lock.close()


@pytest.mark.expected_log_errors
def test_what_cannot_be_recorded_is_not_held_or_muted(held: Held) -> None:
    held.store.refuses.add("transaction")
    with pytest.raises(KnownError):
        held.hold(60)
    with pytest.raises(KnownError):
        held.commands.mute(ANA, held.clock.now() + timedelta(minutes=1))
    held.store.refuses.clear()
    assert held.pulses == []
    assert held.commands.muted_until is None


def test_a_mute_ends_by_time_or_word_and_is_told_to_who_asked(held: Held) -> None:
    told: list[object] = []
    held.commands.on_mute = lambda actor, until: told.append((actor.name, until))
    held.commands.on_unmute = lambda: told.append("unmuted")
    until = held.clock.now() + timedelta(minutes=1)
    held.commands.mute(ANA, until)
    assert held.commands.muted_until == until
    held.clock.advance(60)
    assert held.commands.muted_until is None
    held.commands.unmute(BEN)  # it is over already
    held.commands.mute(ANA, until + timedelta(minutes=5))
    held.commands.unmute(BEN)
    assert held.commands.muted_until is None
    assert told == [("ana", until), ("ana", until + timedelta(minutes=5)), "unmuted"]
    assert [kind for kind, _ in held.record] == ["mute", "mute", "unmute"]


@given(st.floats(-1e6, 1e6))
def test_an_end_is_in_the_next_hours_or_refused(seconds: float) -> None:
    now = ManualClock().now()
    until = now + timedelta(seconds=seconds)
    if now < until <= now + LONGEST:
        assert checked_end(until, now) == until
    else:
        with pytest.raises(KnownError, match=r"is over already|is too late"):
            checked_end(until, now)


def test_kinds_are_stored_under_these_names() -> None:
    assert [kind.value for kind in DoorCommandKind] == [
        "open",
        "lock_down",
        "end_lock_down",
        "hold_open",
        "end_hold",
        "mute",
        "unmute",
    ]
