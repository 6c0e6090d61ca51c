"""The alarms of a running door: stored, told, muted, and taken over from a process before."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from faulty_store import FaultyStore

from faceaccess.core.alarms import Alarm, AlarmKind
from faceaccess.core.clock import ManualClock, SystemClock
from faceaccess.core.home import DataHome
from faceaccess.door.alarms import HELD_AFTER, TOGETHER
from faceaccess.door.inputs.door_input import DoorInput, InputChange
from faceaccess.door.inputs.open import open_input
from faceaccess.pipeline.alarm_watch import AlarmWatch
from faceaccess.pipeline.event_journal import EventJournal
from faceaccess.pipeline.journal_records import AlarmRecord
from faceaccess.store.protocol import Store
from faceaccess.store.sqlite_store import SqliteStore

FORCED, HELD, LOST = AlarmKind.FORCED_OPEN, AlarmKind.HELD_OPEN, AlarmKind.LOCK_UNREACHABLE


class Circuit:
    """An input that says what the test says."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.state: bool | None = None
        self.trouble = ""
        self._changes: list[InputChange] = []
        self.running = False

    def say(self, closed: bool | None, trouble: str = "") -> None:
        self.state, self.trouble = closed, trouble
        self._changes.append(InputChange(closed, self._clock.monotonic()))

    def taken(self) -> list[InputChange]:
        changes, self._changes = self._changes, []
        return changes

    def start(self, wake: Callable[[], None]) -> None:
        self.running = True

    def close(self) -> None:
        self.running = False


class House:
    """A watch with its inputs, on a clock that the test moves; its thread does not run."""

    def __init__(self, home: DataHome, clock: ManualClock, *, contact: bool = True) -> None:
        self.clock = clock
        self.store = SqliteStore(home, clock)
        self.faulty = FaultyStore(self.store)
        self.contact, self.exit = Circuit(clock), Circuit(clock)
        self.told: list[Alarm] = []
        self.watch = AlarmWatch(
            "Front",
            cast(Store, self.faulty),
            clock,
            contact=cast(DoorInput, self.contact) if contact else None,
            exit_=cast(DoorInput, self.exit) if contact else None,
            tell=self.told.append,
        )
        self.journal = EventJournal(cast(Store, self.faulty), clock)
        self.watch.write_by(lambda alarm: self.journal.write(AlarmRecord(alarm)))

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.watch.look()

    def kinds(self) -> list[AlarmKind]:
        return [alarm.kind for alarm in self.watch.lasting]


@pytest.fixture
def home(tmp_path: Path) -> DataHome:
    return DataHome(tmp_path / "data")


@pytest.fixture
def house(home: DataHome, clock: ManualClock) -> House:
    return House(home, clock)


def test_a_forced_door_is_stored_and_told_from_its_beginning_to_its_end(house: House) -> None:
    house.contact.say(True)
    house.wait(10.0)
    opened = house.clock.now()
    house.contact.say(False)
    house.wait(TOGETHER + 0.1)
    (alarm,) = house.store.alarms("Front")
    assert (alarm.kind, alarm.began, alarm.ended) == (FORCED, opened, None)
    assert house.kinds() == [FORCED]
    assert house.watch.contact_state == "open"
    house.wait(5.0)
    house.contact.say(True)
    house.wait(0.0)
    (ended,) = house.store.alarms("Front")
    assert ended.id == alarm.id
    assert ended.ended == opened + timedelta(seconds=TOGETHER + 0.1 + 5.0)
    assert house.told == [alarm, ended]
    assert house.kinds() == []


def test_an_opening_of_ours_and_a_request_to_exit_raise_nothing(house: House) -> None:
    house.contact.say(True)
    house.exit.say(False)
    house.watch.opening(3.0)
    house.wait(1.0)
    house.contact.say(False)
    house.wait(2.0)
    house.contact.say(True)
    house.wait(60.0)
    house.exit.say(True)
    house.wait(1.0)
    house.contact.say(False)
    house.wait(1.0)
    house.exit.say(False)
    house.contact.say(True)
    house.wait(1.0)
    assert house.store.alarms() == []
    assert house.told == []


def test_a_door_that_stands_open_is_told_with_how_long(house: House) -> None:
    house.contact.say(True)
    house.watch.opening(3.0)
    house.wait(1.0)
    house.contact.say(False)
    house.wait(2.0 + HELD_AFTER)
    (alarm,) = house.store.alarms()
    assert alarm.kind is HELD
    assert alarm.detail == f"It has stood open for {2.0 + HELD_AFTER:.0f} s."


def test_an_input_that_is_lost_is_an_alarm_and_never_closed(house: House) -> None:
    house.contact.say(False)
    house.wait(1.0)
    house.contact.say(None, "The contact gpio:x went away.")
    house.wait(HELD_AFTER)
    assert house.kinds() == [HELD, AlarmKind.INPUT_LOST]
    assert house.watch.contact_state == "unknown"
    assert house.watch.input_trouble == "The contact gpio:x went away."
    house.contact.say(True)
    house.wait(0.0)
    assert house.kinds() == []


def test_what_happened_before_and_after_is_put_in_order(house: House) -> None:
    """Exit and contact come from two threads; what counts is when, not who is asked first."""
    house.contact.say(True)
    house.wait(1.0)
    house.exit.say(True)
    house.clock.advance(0.1)
    house.contact.say(False)
    house.clock.advance(0.1)
    house.exit.say(False)
    house.wait(2.0)
    assert house.kinds() == []


def test_muted_alarms_are_recorded_with_who_muted_them(house: House) -> None:
    house.watch.condition(LOST, "The lock does not answer.")
    house.wait(1.0)
    house.watch.mute("ana (window)", house.clock.now() + timedelta(seconds=60))
    house.contact.say(True)
    house.wait(1.0)
    house.contact.say(False)
    house.wait(1.0)
    assert {a.kind: a.muted_by for a in house.store.alarms()} == {
        LOST: "ana (window)",
        FORCED: "ana (window)",
    }
    house.contact.say(True)
    house.wait(60.0)  # it is over by itself
    house.contact.say(False)
    house.wait(1.0)
    assert house.store.alarms()[0].muted_by == ""
    assert [alarm.kind for alarm in house.told] == [LOST, FORCED, FORCED, FORCED]


def test_mute_until_further_notice(house: House) -> None:
    house.watch.mute("ana (window)", None)
    house.watch.happened(AlarmKind.TAILGATING, "")
    house.watch.unmute()
    house.watch.happened(AlarmKind.TAILGATING, "")
    house.wait(0.0)
    assert [a.muted_by for a in house.store.alarms()] == ["", "ana (window)"]


def test_what_is_over_as_it_is_noticed_does_not_last(house: House) -> None:
    house.watch.happened(AlarmKind.TAILGATING, "Two went in.")
    house.wait(0.0)
    (alarm,) = house.store.alarms()
    assert alarm.ended == alarm.began
    assert alarm.detail == "Two went in."
    assert house.kinds() == []
    assert house.told == [alarm]


def test_alarms_go_on_after_a_restart_and_end_when_the_door_is_shut(
    house: House, home: DataHome, clock: ManualClock
) -> None:
    house.contact.say(True)
    house.wait(1.0)
    house.contact.say(False)
    house.watch.condition(LOST, "The lock does not answer.")
    house.wait(1.0)
    before = house.store.alarms()
    again = House(home, clock)
    assert set(again.kinds()) == {FORCED, LOST}
    again.contact.say(False)
    again.wait(HELD_AFTER + 100)
    assert set(again.kinds()) == {FORCED, LOST}  # the same opening, told once
    again.watch.condition(LOST, "")
    again.contact.say(True)
    again.wait(0.0)
    after = again.store.alarms()
    assert [a.id for a in after] == [a.id for a in before]
    assert all(a.ended is not None for a in after)


def test_alarms_of_a_contact_that_was_taken_away_end(
    house: House, home: DataHome, clock: ManualClock
) -> None:
    house.contact.say(True)
    house.wait(1.0)
    house.contact.say(False)
    house.exit.say(None, "The request to exit went away.")
    house.wait(1.0)
    assert set(house.kinds()) == {FORCED, AlarmKind.INPUT_LOST}
    again = House(home, clock, contact=False)
    assert again.kinds() == []
    again.wait(0.0)
    assert again.store.alarms(lasting=True) == []
    assert again.watch.contact_state is None


@pytest.mark.expected_log_errors
def test_while_the_store_refuses_alarms_wait_in_the_journal_and_are_told(house: House) -> None:
    house.faulty.refuses.add("transaction")
    house.watch.condition(LOST, "The lock does not answer.")
    house.wait(0.0)
    house.watch.condition(LOST, "")
    house.wait(0.0)
    assert [alarm.ended is None for alarm in house.told] == [True, False]
    assert house.journal.waiting == 2
    house.faulty.refuses.clear()
    house.journal.flush(last=True)
    assert house.store.alarms() == [house.told[-1]]


def test_its_own_thread_watches_real_inputs_to_the_end(tmp_path: Path) -> None:
    clock = SystemClock()
    home = DataHome(tmp_path / "data")
    contact = tmp_path / "contact"
    contact.write_text("closed")
    told: list[Alarm] = []
    changed = threading.Condition()

    def tell(alarm: Alarm) -> None:
        with changed:
            told.append(alarm)
            changed.notify_all()

    store = SqliteStore(home, clock)
    watch = AlarmWatch(
        "Front",
        store,
        clock,
        contact=open_input(f"simulated:{contact}", "contact", clock),
        tell=tell,
    )
    journal = EventJournal(store, clock)
    watch.write_by(lambda alarm: journal.write(AlarmRecord(alarm)))
    watch.start()
    with changed:  # nobody tells of a door that is shut: look again and again
        assert any(watch.door_open is False or changed.wait(0.02) for _ in range(1000))
    contact.write_text("open")
    with changed:
        assert changed.wait_for(lambda: len(told) == 1, 20)
    contact.write_text("closed")
    with changed:
        assert changed.wait_for(lambda: len(told) == 2, 20)
    watch.close()
    watch.close()
    assert [(alarm.kind, alarm.ended is None) for alarm in told] == [
        (FORCED, True),
        (FORCED, False),
    ]
    (stored,) = store.alarms()
    store.close()
    assert stored == told[-1]
