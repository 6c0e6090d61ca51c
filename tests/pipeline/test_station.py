"""A door with a simulated lock: who it opens for, and what is said and stored."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from drawn import Frames, beside, drawing
from faulty_store import FaultyStore

from faceaccess.app import App
from faceaccess.camera.drawn_people import STAFF, STRANGERS
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Decision, Event, FrameResult, Outcome
from faceaccess.core.door_commands import DoorCommandKind
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame, Image
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.core.people import Person
from faceaccess.core.reasons import Reason
from faceaccess.door.locks.open import open_lock
from faceaccess.door.locks.simulated import SimulatedLock
from faceaccess.pipeline.door_lock import DoorLock, LockedDownError
from faceaccess.pipeline.event_journal import RETRY
from faceaccess.pipeline.recognition import Recogniser
from faceaccess.pipeline.station import LOCK_AGAIN, DoorAnswer, Station
from faceaccess.store.protocol import Store

ADA, LI = STAFF[0], STAFF[1]


class Rules:
    """Rules that answer by a function, and note what they are told."""

    def __init__(self, answer: Callable[[Decision], Decision]) -> None:
        self._answer = answer
        self.told: list[str] = []

    def admit(self, decision: Decision, now: datetime, *, locked_down: bool = False) -> Decision:
        return self._answer(decision)

    def let_in(self, person_id: str, now: datetime) -> None:
        self.told.append(f"let in {person_id}")

    def recorded(self, event: Event) -> None:
        self.told.append(event.decision.outcome.value)


class Door:
    """A station on drawn frames."""

    def __init__(
        self, app: App, clock: ManualClock, store: Store | None = None, **more: "Rules"
    ) -> None:
        self.clock = clock
        self.frames = Frames(clock)
        simulated = open_lock("simulated:", clock)
        assert isinstance(simulated, SimulatedLock)
        self.simulated = simulated
        self.store = store or app.store
        self.lock = DoorLock(simulated, locked_down=self.store.locked_down("Front"))
        self.station = Station("Front", self.store, self.lock, clock, **more)
        self.recogniser = Recogniser(
            self.store, app.analyser(), app.settings.get, clock, keeper=self.station
        )
        self.answers: list[DoorAnswer] = []

    def show(self, image: Image, times: int = 1) -> FrameResult:
        for _ in range(times):
            result = self.look(self.frames.of(image))
        return result

    def look(self, frame: Frame) -> FrameResult:
        result, answers = self.station.process(self.recogniser, frame)
        self.answers += answers
        return result

    def finish(self) -> None:
        self.answers += self.station.finish(self.recogniser)
        self.lock.close()

    @property
    def decided(self) -> list[tuple[str, str, str | None, str]]:
        """What was answered but for "none": outcome, reason, person, lock."""
        return [
            (a.outcome.value, a.decision.reason.value, a.decision.person, a.lock.value)
            for a in self.answers
            if a.outcome is not Outcome.NONE
        ]

    @property
    def stored(self) -> list[tuple[str, str, str | None, str]]:
        """The same of the events, oldest first."""
        return [
            (e.decision.outcome.value, e.decision.reason.value, e.decision.person, e.lock.value)
            for e in self.store.all_events()
        ]

    @property
    def openings(self) -> list[float]:
        return [c.seconds for c in self.simulated.record if c.seconds > 0]


GRANTED = ("granted", "recognised", "Li Wei", "acknowledged")
LI_THERE = drawing(LI, 3, seed=5)
EMPTY = drawing(LI, 3, seed=5) * 0 + 128


@pytest.fixture
def make_door(app: App, enrol: Callable[..., Person], clock: ManualClock) -> Iterator[object]:
    enrol(0)
    enrol(1)
    made: list[Door] = []

    def make(**more: object) -> Door:
        made.append(Door(app, clock, **more))  # type: ignore[arg-type]  # passed on
        return made[-1]

    yield make
    for door in made:
        door.lock.close()


@pytest.fixture
def door(make_door: Callable[..., Door]) -> Door:
    return make_door()


def test_the_lock_opens_once_and_the_answer_and_the_event_say_so(door: Door) -> None:
    door.show(LI_THERE, 12)
    assert door.decided == [GRANTED]
    assert door.stored == [GRANTED]
    assert door.openings == [3.0]
    answer = next(a for a in door.answers if a.outcome is Outcome.GRANTED)
    assert answer.seconds == pytest.approx(2 / 25)  # the third good picture
    assert answer.decision.liveness is None
    assert door.store.events()[0].station == "Front"


def test_a_stranger_is_told_when_the_event_is_there(door: Door) -> None:
    door.show(drawing(STRANGERS[0], 3, seed=2), 12)
    assert door.decided == []  # not in the store yet
    door.finish()
    assert door.decided == door.stored == [("denied", "unknown", None, "none")]
    assert door.openings == []


def test_what_is_undecided_is_told_when_it_changes(door: Door) -> None:
    door.show(EMPTY, 3)
    door.show(LI_THERE, 1)
    door.show(EMPTY, 2)
    reasons = [a.decision.reason for a in door.answers]
    assert reasons[:2] == [Reason.NOBODY, Reason.CHECKING]
    assert {a.lock for a in door.answers} == {LockOutcome.NONE}


def test_a_lock_that_fails_is_never_called_granted_and_is_tried_again(door: Door) -> None:
    door.simulated.fault = "unreachable"
    door.show(LI_THERE, 12)
    failed = ("denied", "lock_failed", "Li Wei", "failed")
    assert door.decided == [failed]
    assert door.stored == [("granted", "recognised", "Li Wei", "failed")]
    door.simulated.fault = "none"
    door.show(LI_THERE, 5)
    assert door.openings == []  # not yet
    door.show(LI_THERE, int(LOCK_AGAIN * 25))
    assert door.decided == [failed, GRANTED]
    assert door.stored == [GRANTED]
    assert door.openings == [3.0]


def test_a_lock_that_comes_back_does_not_open_for_somebody_who_left(door: Door) -> None:
    door.simulated.fault = "unreachable"
    door.show(LI_THERE, 12)
    door.simulated.fault = "none"
    door.show(EMPTY, 100)
    assert door.openings == []


def test_a_lock_down_keeps_everybody_out_and_ends_for_who_waits(door: Door) -> None:
    door.station.lock_down(Actor("ana", "window"))
    door.show(LI_THERE, 12)
    refused = ("denied", "locked_down", "Li Wei", "none")
    assert door.decided == door.stored == [refused]
    assert door.openings == []
    door.station.end_lock_down(Actor("ana", "window"))
    door.show(LI_THERE, 3)
    assert door.decided == door.stored == [refused, GRANTED]
    kinds = [(c.kind, c.actor) for c in door.store.door_commands("Front")]
    assert kinds == [
        (DoorCommandKind.END_LOCK_DOWN, "ana (window)"),
        (DoorCommandKind.LOCK_DOWN, "ana (window)"),
    ]


def test_a_lock_down_outlives_the_process(make_door: Callable[..., Door]) -> None:
    make_door().station.lock_down(Actor("ana", "window"))
    again = make_door()
    again.show(LI_THERE, 12)
    assert again.openings == []
    with pytest.raises(LockedDownError):
        again.station.open_once(Actor("ana", "window"))


def test_opening_by_command_is_recorded_with_the_locks_answer(door: Door) -> None:
    assert door.station.open_once(Actor("ana", "window")).outcome is LockOutcome.ACKNOWLEDGED
    door.simulated.fault = "refuses"
    with pytest.raises(LockError):
        door.station.open_once(Actor("ben", "command line"))
    assert [(c.actor, c.lock) for c in door.store.door_commands()] == [
        ("ben (command line)", LockOutcome.FAILED),
        ("ana (window)", LockOutcome.ACKNOWLEDGED),
    ]
    assert door.openings == [3.0]


def test_rules_keep_out_at_once_and_let_in_when_they_change(
    make_door: Callable[..., Door],
) -> None:
    allowed = []

    def rules(decision: Decision) -> Decision:
        if allowed:
            return decision
        return replace(decision, outcome=Outcome.DENIED, reason=Reason.INACTIVE)

    door = make_door(rules=Rules(rules))
    door.show(LI_THERE, 12)
    refused = ("denied", "inactive", "Li Wei", "none")
    assert door.decided == door.stored == [refused]  # written at once, once
    allowed.append(True)
    door.show(LI_THERE, 3)
    assert door.decided == door.stored == [refused, GRANTED]
    assert door.openings == [3.0]


def test_who_waits_for_a_rule_and_leaves_is_refused_for_its_reason(
    make_door: Callable[..., Door],
) -> None:
    def waiting(decision: Decision) -> Decision:
        return replace(decision, outcome=Outcome.NONE, reason=Reason.CHECKING)

    door = make_door(rules=Rules(waiting))
    door.show(LI_THERE, 12)
    assert door.stored == []
    door.show(EMPTY, 50)
    assert door.decided == door.stored == [("denied", "checking", "Li Wei", "none")]


def test_rules_hear_of_every_visit_and_of_who_was_let_in(make_door: Callable[..., Door]) -> None:
    rules = Rules(lambda decision: decision)
    door = make_door(rules=rules)
    door.show(LI_THERE, 12)
    (person,) = door.store.people("Li Wei")
    assert rules.told == ["granted", f"let in {person.id}"]


def test_the_rules_of_the_store_are_those_of_the_door(
    make_door: Callable[..., Door], app: App
) -> None:
    door = make_door(rules=app.door_rules("Front"))
    door.show(LI_THERE, 12)
    assert door.decided == [GRANTED]


@pytest.mark.expected_log_errors
def test_a_fault_in_the_rules_lets_nobody_in(make_door: Callable[..., Door]) -> None:
    def broken(_decision: Decision) -> Decision:
        raise ValueError("a fault of the rules")

    door = make_door(rules=Rules(broken))
    door.show(LI_THERE, 30)
    assert door.openings == []
    door.finish()
    assert {a[0] for a in door.decided + door.stored} == {"denied"}


def test_rules_are_asked_again_before_a_lock_is_tried_again(
    make_door: Callable[..., Door],
) -> None:
    allowed = [True]

    def rules(decision: Decision) -> Decision:
        if allowed:
            return decision
        return replace(decision, outcome=Outcome.DENIED, reason=Reason.INACTIVE)

    door = make_door(rules=Rules(rules))
    door.simulated.fault = "unreachable"
    door.show(LI_THERE, 12)
    allowed.clear()
    door.simulated.fault = "none"
    door.show(LI_THERE, 100)
    assert door.openings == []


def test_of_two_people_the_one_in_front_is_let_in(door: Door) -> None:
    both = beside(drawing(ADA, 3, seed=5), drawing(LI, 3, eyes=0.10, seed=5))
    door.show(both, 12)
    assert [a[:3] for a in door.decided] == [("granted", "recognised", ADA.name)]
    assert door.openings == [3.0]
    door.finish()  # the other one was known, and left behind
    assert door.stored[1] == ("denied", "checking", "Li Wei", "none")


def test_a_stale_frame_is_told_from_a_fresh_one(door: Door) -> None:
    frame = door.frames.of(LI_THERE)
    assert not door.station.is_stale(frame)
    door.clock.advance(2.5)
    assert door.station.is_stale(frame)
    assert door.station.is_stale(replace(frame, moment=door.clock.monotonic() + 1))


def test_a_frame_that_grew_stale_while_it_was_decided_opens_nothing(door: Door) -> None:
    door.show(LI_THERE, 2)
    frame = door.frames.of(LI_THERE)
    held = replace(frame, moment=frame.moment - 2.2)
    late = replace(frame, moment=held.moment + 1.9)
    door.look(held)  # its moment lies before the others: no evidence
    assert door.openings == []
    door.clock.advance(1.8)
    door.look(late)
    assert door.openings == []


@pytest.mark.expected_log_errors
def test_a_store_that_fails_opens_nothing(make_door: Callable[..., Door], app: App) -> None:
    store = FaultyStore(app.store)
    door = make_door(store=store)
    store.refuses.add("transaction")
    door.show(LI_THERE, 12)
    assert door.openings == []
    assert door.decided == []


def test_the_camera_that_is_lost_is_told_once(door: Door) -> None:
    now = door.clock.now()
    first = door.station.camera_lost(now)
    assert [a.decision.reason for a in first] == [Reason.CAMERA_LOST]
    assert door.station.camera_lost(now) == []
    door.show(EMPTY)
    assert door.answers[-1].decision.reason is Reason.NOBODY


@pytest.mark.expected_log_errors
def test_what_the_lock_answered_waits_for_a_store_that_fails_and_is_not_lost(
    make_door: Callable[..., Door], app: App
) -> None:
    store = FaultyStore(app.store)
    door = make_door(store=store)
    door.station.open_once(Actor("ana", "window"))
    opened = door.simulated.open

    def failing_from_now(seconds: float) -> object:
        store.refuses.add("transaction")
        return opened(seconds)

    door.simulated.open = failing_from_now  # type: ignore[method-assign,assignment]
    door.show(LI_THERE, 12)
    assert door.decided == [GRANTED]  # the lock has acknowledged
    assert door.station.notes.unwritten == 1
    store.refuses.clear()
    assert door.stored[0][3] == "none"
    door.show(LI_THERE, int(RETRY * 25) + 1)
    assert door.stored == [GRANTED]
    assert door.station.notes.unwritten == 0


@pytest.mark.expected_log_errors
def test_a_lock_down_holds_although_it_cannot_be_recorded(
    make_door: Callable[..., Door], app: App
) -> None:
    store = FaultyStore(app.store)
    door = make_door(store=store)
    store.refuses.add("transaction")
    assert "not recorded yet" in door.station.lock_down(Actor("ana", "window"))
    with pytest.raises(KnownError):  # an opening that cannot be recorded does not happen
        door.station.open_once(Actor("ana", "window"))
    assert door.openings == []
    store.refuses.clear()
    door.clock.advance(RETRY + 1)
    door.station.notes.write()
    assert door.store.locked_down("Front")
