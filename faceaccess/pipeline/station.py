"""A door that decides and opens: from frames to answers, with a lock behind them.

Somebody is let in in this order: the evidence grants, the door's rules admit, the event is in the
store, the lock is commanded, it acknowledges, its answer is noted with the event. Only then the
answer is "granted". A process that is killed on the way leaves an event that says what is known.
"""

import logging
import os
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Decision, Event, FrameResult, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame
from faceaccess.core.locks import LockError, LockOutcome, LockReport
from faceaccess.core.reasons import Reason
from faceaccess.door.policy import FRESH
from faceaccess.pipeline.door_lock import DoorLock, LockedDownError
from faceaccess.pipeline.event_journal import EventJournal
from faceaccess.pipeline.recognition import Recogniser
from faceaccess.pipeline.station_commands import StationCommands
from faceaccess.pipeline.station_notes import StationNotes
from faceaccess.store.protocol import Store

_log = logging.getLogger(__name__)

PULSE = 3.0
"""Seconds for which a lock is opened unless said otherwise."""
LOCK_AGAIN = 2.0
"""Seconds before a lock that failed is commanded again for somebody who still stands there."""
GONE = 1.0
"""Seconds out of sight after which the lock is not commanded for somebody any more."""


class AccessRules(Protocol):
    """The rules of one door; see `faceaccess.pipeline.rules.DoorRules`."""

    def admit(self, decision: Decision, now: datetime, *, locked_down: bool = False) -> Decision:
        """Return whether somebody whom the evidence grants may come in now, and if not, why."""
        ...

    def let_in(self, person_id: str, now: datetime) -> None:
        """Take notice that the lock was opened for somebody."""
        ...

    def recorded(self, event: Event) -> None:
        """Take notice of an event that is in the store; must not raise."""
        ...


@dataclass(frozen=True)
class DoorAnswer:
    """What a door answered somebody.

    Attributes:
        time: of the frame that decided, aware, UTC.
        door: the door's name.
        outcome: granted only where the lock has acknowledged.
        decision: what stands behind it; its outcome is the same.
        lock: what the lock answered.
        seconds: from the visit's first good picture to the answer, the lock's included, or None.
    """

    time: datetime
    door: str
    decision: Decision
    lock: LockOutcome
    seconds: float | None = None

    @property
    def outcome(self) -> Outcome:
        """Granted, denied, or none while nothing is decided."""
        return self.decision.outcome


@dataclass(eq=False)
class _Entering:
    """Somebody whose event is written and for whom the lock has not acknowledged yet."""

    event: Event
    admitted: int  # number of the frame in which the rules were asked last
    seen: float
    next_try: float = 0.0
    told: bool = False


class Station:
    """One door; a `Doorkeeper` for its recogniser.

    Frames come from one thread; commands and status may come from another.

    Args:
        name: the door's name, checked.
        store: where events and commands go.
        lock: what is opened.
        clock: tells how old a frame is.
        pulse: seconds for which the lock is opened.
        live: whether the frames' moments are the clock's, so that an old frame can be told.
        rules: who may enter when, or None: everybody who is recognised.
        journal: where all of it is written down; None for one that is in memory alone.

    Attributes:
        journal: where all of it is written down.
        notes: what is to be written on what is in the store already.
        commands: what people command the door.
        last: what was answered last, or None.
        pid: the process.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        lock: DoorLock,
        clock: Clock,
        *,
        pulse: float = PULSE,
        live: bool = True,
        rules: AccessRules | None = None,
        journal: EventJournal | None = None,
    ) -> None:
        self._name = name
        self._lock = lock
        self._clock = clock
        self._pulse = pulse
        self._live = live
        self._rules = rules
        self._recorded: list[Event] = []
        self._entering: dict[str, _Entering] = {}
        self.journal = EventJournal(store, clock) if journal is None else journal
        self.notes = StationNotes(self.journal)
        self.commands = StationCommands(name, store, lock, self.notes, clock, pulse=pulse)
        self._frame: Frame | None = None
        self._arrived = 0.0
        self._told: tuple[object, ...] | None = None
        self.last: DoorAnswer | None = None
        self.pid = os.getpid()

    @property
    def name(self) -> str:
        """The door's name; as `Doorkeeper.name`."""
        return self._name

    @property
    def locked_down(self) -> bool:
        """Whether nobody may enter now."""
        return self._lock.locked_down

    @property
    def seconds_left(self) -> float:
        """For how long the lock is still open, as it was commanded; 0.0 when it is not."""
        return self._lock.seconds_left

    @property
    def lock_address(self) -> str:
        """The lock's address without secrets."""
        return self._lock.address

    @property
    def lock_trouble(self) -> KnownError | None:
        """Why the lock did not answer the last time, or None."""
        return self._lock.trouble

    def admit(self, decision: Decision, frame: Frame) -> Decision:
        """As `Doorkeeper.admit`: locked down, else the door's rules."""
        if self._lock.locked_down:
            return replace(decision, outcome=Outcome.DENIED, reason=Reason.LOCKED_DOWN)
        return decision if self._rules is None else self._rules.admit(decision, frame.time)

    def waits_for_lock(self, visit: str) -> bool:
        """As `Doorkeeper.waits_for_lock`."""
        entering = self._entering.get(visit)
        return entering is not None and entering.told

    def recorded(self, event: Event) -> None:
        """As `Doorkeeper.recorded`."""
        self._recorded.append(event)
        if self._rules is not None:
            self._rules.recorded(event)

    def process(self, recogniser: Recogniser, frame: Frame) -> tuple[FrameResult, list[DoorAnswer]]:
        """Look at a frame and do what follows from it.

        Returns:
            What recognition said, and what the door answered because of it, if anything.
        """
        self._frame, self._arrived = frame, self._clock.monotonic()
        result = recogniser.process(frame)
        answers = self._answer_recorded(frame.number)
        answers += self._let_in(result, frame)
        answers += self._undecided(result, frame)
        self.notes.write()
        return result, self._remembered(answers)

    def finish(self, recogniser: Recogniser) -> list[DoorAnswer]:
        """End every visit and return what the door answered at last."""
        recogniser.close()
        answers = self._answer_recorded(None)
        answers += [self._refused(entering, Reason.FAULT) for entering in self._untold()]
        self._entering.clear()
        self.notes.write(last=True)
        return self._remembered(answers)

    def is_stale(self, frame: Frame) -> bool:
        """Whether a frame of a live camera says nothing any more about who stands there now."""
        return self._live and not 0 <= self._clock.monotonic() - frame.moment <= FRESH

    def camera_lost(self, time: datetime) -> list[DoorAnswer]:
        """Return the answer that there is no picture, once."""
        decision = Decision(Outcome.NONE, Reason.CAMERA_LOST)
        return self._remembered(self._if_new(decision, time))

    # From visits to the lock

    def _answer_recorded(self, frame: int | None) -> list[DoorAnswer]:
        """Answer with the denials that are in the store now; the granted go to the lock."""
        events, self._recorded = self._recorded, []
        answers = []
        for event in events:
            if event.decision.outcome is Outcome.GRANTED and frame is not None:
                self._entering[event.id] = _Entering(event, frame, self._moment)
            else:
                answers.append(DoorAnswer(event.time, self._name, event.decision, LockOutcome.NONE))
        return answers

    @property
    def _moment(self) -> float:
        return 0.0 if self._frame is None else self._frame.moment

    def _let_in(self, result: FrameResult, frame: Frame) -> list[DoorAnswer]:
        answers = []
        for visit, entering in list(self._entering.items()):
            face = next((face for face in result.faces if face.visit == visit), None)
            if face is not None and face.decision.outcome is Outcome.GRANTED:
                entering.seen = frame.moment
                if visit == result.front and self._clock.monotonic() >= entering.next_try:
                    answers += self._open(entering, frame, face.good_since)
            elif face is None and not 0 <= frame.moment - entering.seen <= GONE:
                del self._entering[visit]
                if not entering.told:
                    answers.append(self._refused(entering, Reason.FAULT))
        return answers

    def _open(
        self, entering: _Entering, frame: Frame, good_since: float | None
    ) -> list[DoorAnswer]:
        """Command the lock for somebody who stands there now and may come in."""
        decision = entering.event.decision
        if entering.admitted != frame.number:
            entering.admitted = frame.number
            decision = self._admitted_again(decision, frame)
        since_arrival = self._clock.monotonic() - self._arrived
        if self.is_stale(frame) or since_arrival > FRESH:
            return []  # the next frame is asked again
        if decision.outcome is not Outcome.GRANTED:
            return self._kept_out(entering, decision, LockOutcome.NONE, frame, good_since)
        try:
            self._lock.open(self._pulse)
        except LockedDownError:
            refused = replace(decision, outcome=Outcome.DENIED, reason=Reason.LOCKED_DOWN)
            return self._kept_out(entering, refused, LockOutcome.NONE, frame, good_since)
        except LockError:
            failed = replace(decision, outcome=Outcome.DENIED, reason=Reason.LOCK_FAILED)
            self.notes.event_lock(entering.event.id, LockOutcome.FAILED)
            return self._kept_out(entering, failed, LockOutcome.FAILED, frame, good_since)
        del self._entering[entering.event.id]
        seconds = self._since(frame, good_since)
        self.notes.event_lock(entering.event.id, LockOutcome.ACKNOWLEDGED)
        if self._rules is not None and decision.person_id is not None:
            self._tell_rules(self._rules, decision.person_id, frame.time)
        return [
            DoorAnswer(frame.time, self._name, decision, LockOutcome.ACKNOWLEDGED, seconds=seconds)
        ]

    def _tell_rules(self, rules: AccessRules, person_id: str, time: datetime) -> None:
        try:
            rules.let_in(person_id, time)
        except Exception:  # noqa: BLE001  # the person is in; the rules may be stricter for it
            _log.exception("the door's rules cannot take notice of somebody who was let in")

    def _admitted_again(self, decision: Decision, frame: Frame) -> Decision:
        try:
            return self.admit(decision, frame)
        except Exception:  # noqa: BLE001  # a fault in the rules keeps people out
            _log.exception("the door's rules failed, nobody is let in")
            return replace(decision, outcome=Outcome.DENIED, reason=Reason.FAULT)

    def _kept_out(
        self,
        entering: _Entering,
        decision: Decision,
        lock: LockOutcome,
        frame: Frame,
        good_since: float | None,
    ) -> list[DoorAnswer]:
        """Say so once, and try again later while the person stands there."""
        entering.next_try = self._clock.monotonic() + LOCK_AGAIN
        if entering.told:
            return []
        entering.told = True
        seconds = self._since(frame, good_since)
        return [DoorAnswer(frame.time, self._name, decision, lock, seconds=seconds)]

    def _refused(self, entering: _Entering, reason: Reason) -> DoorAnswer:
        decision = replace(entering.event.decision, outcome=Outcome.DENIED, reason=reason)
        return DoorAnswer(entering.event.time, self._name, decision, LockOutcome.NONE)

    def _untold(self) -> list[_Entering]:
        return [entering for entering in self._entering.values() if not entering.told]

    def _since(self, frame: Frame, good_since: float | None) -> float | None:
        """Return the seconds since a visit's first good picture was taken."""
        if good_since is None:
            return None
        now = self._clock.monotonic()
        if self._live:
            return now - good_since
        return frame.moment - good_since + now - self._arrived

    # What is undecided

    def _undecided(self, result: FrameResult, frame: Frame) -> list[DoorAnswer]:
        if result.decision.outcome is not Outcome.NONE:
            self._told = None
            return []
        return self._if_new(result.decision, frame.time)

    def _if_new(self, decision: Decision, time: datetime) -> list[DoorAnswer]:
        key = (decision.reason, decision.person_id)
        if key == self._told:
            return []
        self._told = key
        return [DoorAnswer(time, self._name, decision, LockOutcome.NONE)]

    def _remembered(self, answers: list[DoorAnswer]) -> list[DoorAnswer]:
        for answer in answers:
            self.last = answer
        return answers

    # Commands, as `StationCommands`

    def open_once(self, actor: Actor) -> LockReport:
        """Open the lock for one pulse because somebody says so. Safe from any thread.

        Raises:
            KnownError: as `StationCommands.open_once`.
        """
        return self.commands.open_once(actor)

    def lock_down(self, actor: Actor) -> str:
        """Let nobody in until `end_lock_down`; return what went wrong, or "". From any thread."""
        return self.commands.lock_down(actor)

    def end_lock_down(self, actor: Actor) -> None:
        """Let people in again. Safe from any thread.

        Raises:
            KnownError: if it cannot be recorded; the door stays locked down.
        """
        self.commands.end_lock_down(actor)
