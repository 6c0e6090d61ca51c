"""What a running door hands to its watch, and that nothing of it holds the door up or opens it."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from inbox import Inbox, serving
from raw_server import raw_server

from faceaccess.core.actors import Actor
from faceaccess.core.alarms import AlarmKind
from faceaccess.core.clock import SystemClock
from faceaccess.core.decisions import Decision, FrameResult, Outcome, TrackedFace
from faceaccess.core.frames import Frame
from faceaccess.core.home import DataHome
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.core.reasons import Reason
from faceaccess.door.alerts import webhook
from faceaccess.door.alerts.open import open_alerts
from faceaccess.door.inputs.door_input import DoorInput
from faceaccess.door.locks.open import open_lock
from faceaccess.door.locks.simulated import SimulatedLock
from faceaccess.pipeline import alarm_watch, door_lock
from faceaccess.pipeline.alarm_watch import AlarmWatch
from faceaccess.pipeline.alerts import IN_A_ROW
from faceaccess.pipeline.door_lock import DoorLock
from faceaccess.pipeline.door_watch import DoorWatch
from faceaccess.pipeline.event_journal import EventJournal
from faceaccess.pipeline.station import DoorAnswer
from faceaccess.store.sqlite_store import SqliteStore

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ANA = Actor("ana", "window")
PIXELS = np.zeros((4, 4, 3), np.uint8)
CLOCK = SystemClock()


class House:
    """A watch with a lock and somebody who is told."""

    def __init__(self, folder: Path, undo: ExitStack, *, more: str = "") -> None:
        self.inbox = Inbox()
        self.port = undo.enter_context(serving(self.inbox))
        self.store = SqliteStore(DataHome(folder), CLOCK)
        undo.callback(self.store.close)
        self.watch = DoorWatch(
            DataHome(folder),
            self.store,
            CLOCK,
            "Front",
            alerts=[open_alerts(f"http://127.0.0.1:{self.port}{more}", CLOCK)],
            pulse=3.0,
        )
        lock = open_lock("simulated:", CLOCK)
        assert isinstance(lock, SimulatedLock)
        self.simulated = lock
        self.lock = DoorLock(lock, locked_down=False)
        undo.callback(self.watch.close)
        undo.callback(self.lock.close)
        journal = EventJournal(self.store, CLOCK)
        self.watch.start(self.lock, journal)

    def told(self, count: int) -> list[tuple[str, str]]:
        """Wait for so many alerts, and return what was told: kind and state."""
        assert self.inbox.wait_for(lambda: len(self.inbox.bodies) >= count)
        return [(alert["kind"], alert["state"]) for alert in self.inbox.alerts]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with ExitStack() as undo:
        yield House(tmp_path / "data", undo)


def answer(outcome: Outcome, reason: Reason, person: str | None = None) -> DoorAnswer:
    decision = Decision(outcome, reason, person_id=person, person=person)
    acknowledged = outcome is Outcome.GRANTED
    lock = LockOutcome.ACKNOWLEDGED if acknowledged else LockOutcome.NONE
    return DoorAnswer(NOON, "Front", decision, lock)


DENIED = answer(Outcome.DENIED, Reason.UNKNOWN)


def test_a_lock_that_does_not_answer_is_an_alarm_until_it_does(house: House) -> None:
    house.simulated.fault = "unreachable"
    with pytest.raises(LockError):
        house.lock.open(3.0)
    assert house.told(1) == [("lock_unreachable", "began")]
    assert [alarm.kind for alarm in house.watch.lasting] == [AlarmKind.LOCK_UNREACHABLE]
    assert house.watch.sentence == "Alarm: The lock does not answer."
    house.simulated.fault = "none"
    house.lock.open(3.0)
    assert house.told(2)[1] == ("lock_unreachable", "ended")
    assert house.watch.lasting == ()


def test_a_lock_that_nobody_uses_is_looked_at_every_second(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert house.lock._check_every == door_lock.CHECK_NEAR_EVERY == 1.0
    far = DoorLock(open_lock("mqtt://192.0.2.7/door", CLOCK), locked_down=False)
    assert far._check_every == door_lock.CHECK_EVERY == 5.0
    monkeypatch.setattr(house.lock, "_check_every", 0.01)
    house.simulated.fault = "unreachable"
    house.lock.start()
    assert house.told(1) == [("lock_unreachable", "began")]


def test_refusals_in_a_row_are_told_but_not_the_doors_own_doing(house: House) -> None:
    own = [Reason.LOCKED_DOWN, Reason.LOCK_FAILED, Reason.FAULT, Reason.NOBODY_ENROLLED]
    house.watch.answered([answer(Outcome.DENIED, reason) for reason in own * IN_A_ROW])
    house.watch.answered([answer(Outcome.NONE, Reason.CHECKING)] * IN_A_ROW)
    house.watch.answered([DENIED] * (IN_A_ROW - 1))
    house.watch.answered([answer(Outcome.GRANTED, Reason.RECOGNISED, "ana")])
    house.watch.answered([DENIED] * (IN_A_ROW - 1))
    house.watch.locked_down(ANA, True)
    assert house.told(1) == [("lock_down", "happened")]
    house.watch.answered([DENIED])
    assert house.told(2)[1] == ("denied_in_a_row", "happened")


def test_why_nobody_can_be_told_is_said(house: House) -> None:
    house.inbox.statuses = [403] * 100
    assert house.watch.alert_trouble == ""
    house.watch.locked_down(ANA, True)
    house.told(1)
    over = threading.Event()
    assert any(
        "does not let us in" in house.watch.alert_trouble or over.wait(0.01) for _ in range(999)
    )


def test_a_mute_is_told_and_silences_what_follows(house: House) -> None:
    house.watch.camera("The camera is covered.")
    assert house.told(1) == [("tampered", "began")]
    house.watch.mute(ANA, datetime.now(UTC) + timedelta(hours=1))
    house.watch.answered([DENIED] * IN_A_ROW)
    house.simulated.fault = "refuses"
    with pytest.raises(LockError):
        house.lock.open(3.0)
    house.watch.camera("")
    assert house.told(3) == [
        ("tampered", "began"),
        ("mute", "happened"),
        ("tampered", "ended"),  # its beginning was told
    ]
    house.watch.unmute()
    house.watch.locked_down(ANA, False)
    assert house.told(4)[3] == ("end_lock_down", "happened")
    assert {a.kind: a.muted_by for a in house.store.alarms()} == {
        AlarmKind.TAMPERED: "ana (window)",
        AlarmKind.LOCK_UNREACHABLE: "ana (window)",
    }
    assert not any(b"ana" in body for body in house.inbox.bodies)


def frame(number: int) -> Frame:
    return Frame(PIXELS, "Front", number, number * 0.1, NOON + timedelta(seconds=number * 0.1))


def result(number: int, **heights: float) -> FrameResult:
    faces = tuple(
        TrackedFace(
            visit,
            (200.0 * (ord(visit) - ord("a")), 50.0, 0.8 * height, height),
            Decision(Outcome.NONE, Reason.CHECKING),
        )
        for visit, height in heights.items()
    )
    nobody = Decision(Outcome.NONE, Reason.NOBODY)
    return FrameResult(number, NOON, "Front", faces, nobody, front="a" if "a" in heights else None)


def test_who_goes_in_behind_somebody_is_reported(house: House) -> None:
    granted = [answer(Outcome.GRANTED, Reason.RECOGNISED, "ana")]
    for number in range(120):
        if number < 20:
            seen = result(number, a=100, b=60)
        elif number < 35:
            seen = result(number, b=100)
        else:
            house.watch.nobody(frame(number))
            continue
        house.watch.looked(frame(number), seen, granted if number == 15 else [])
    assert house.told(1) == [("tailgating", "happened")]
    assert "as near as the one that was let in" in house.inbox.alerts[0]["text"]
    (alarm,) = house.store.alarms()  # written before it is told
    assert (alarm.kind, alarm.ended) == (AlarmKind.TAILGATING, alarm.began)


def test_an_input_that_hangs_and_a_server_that_hangs_hold_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything that the door's loop does returns, although both are stuck."""
    monkeypatch.setattr(webhook, "DELIVERED_WITHIN", 0.5)  # closing waits for it
    stuck, let_go = threading.Event(), threading.Event()

    class Hangs:
        def open(self) -> None:
            stuck.set()
            let_go.wait(60)

        def read(self, within: float) -> bool:
            return True

        def close(self) -> None: ...

    home = DataHome(tmp_path / "data")
    with ExitStack() as undo:
        store = SqliteStore(home, CLOCK)
        undo.callback(store.close)
        port = undo.enter_context(raw_server(None))
        lock = DoorLock(open_lock("simulated:", CLOCK), locked_down=False)
        watch = DoorWatch(
            home,
            store,
            CLOCK,
            "Front",
            contact=DoorInput("contact x:", Hangs(), CLOCK),
            alerts=[open_alerts(f"http://127.0.0.1:{port}", CLOCK)],
            pulse=3.0,
        )
        undo.callback(watch.close)
        undo.callback(lock.close)
        watch.start(lock, EventJournal(store, CLOCK))
        assert stuck.wait(20)
        watch.locked_down(ANA, True)  # the server gets it, and is silent
        report = lock.open(3.0)
        watch.looked(frame(1), result(1, a=100), [DENIED])
        assert report.outcome is LockOutcome.ACKNOWLEDGED
        assert watch.status()["contact"] == "unknown"
        let_go.set()


@pytest.mark.expected_log_errors
def test_a_fault_in_the_watch_is_logged_and_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarm_watch, "AFTER_FAULT", 0.01)
    faults = [ZeroDivisionError(), OSError()]
    look = AlarmWatch.look

    def broken(self: AlarmWatch) -> None:
        if faults:
            raise faults.pop()
        look(self)

    monkeypatch.setattr(AlarmWatch, "look", broken)
    with ExitStack() as undo:
        house = House(tmp_path / "data", undo)
        house.watch.camera("The camera is covered.")
        assert house.told(1) == [("tampered", "began")]
        assert house.lock.open(1.0).outcome is LockOutcome.ACKNOWLEDGED
    assert faults == []
