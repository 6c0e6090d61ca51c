"""The referee of a simulated day: knows who really stands there, and judges what the door does.

An opening is right if, at some moment that the door may still act on, somebody stood in front who
is enrolled, active, allowed by the hours on the door's own wall clock, and not locked out. Such
moments go back from the opening to `SETTLED` seconds before the newest frame that was given to the
door (a face that has its answer is not embedded in every frame), but never by more than `FRESH`
seconds: what a frame shows after that is over. Frozen and late pictures do not enter: the referee
looks at who stands there, not at pictures.

A wall clock that is set wrong shifts the hours: the door has no other clock, and neither has the
referee. Durations do not depend on it.
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from faceaccess.core.decisions import Event, Outcome
from faceaccess.core.locks import LockOutcome
from faceaccess.door.policy import FRESH
from faceaccess.pipeline.simulation.cast import ESCORTED_WITHIN, Visitor
from faceaccess.pipeline.station import DoorAnswer

SETTLED = 0.5
"""Seconds for which somebody who has left may still be taken for being there."""
LATE = 0.25
"""Seconds after which a change in the store is known to the door."""
ENOUGH = 8
"""Good frames in a row, without any fault, in which somebody who may come in must be let in; and
in which anybody must leave an event."""

FindingKind = Literal["wrong opening", "false granted", "wrong refusal", "event lost"]


@dataclass(frozen=True)
class Finding:
    """Something that the door did wrongly.

    Attributes:
        kind: what; "false granted" says granted where no lock has acknowledged.
        visit: number of the visit in its day.
        second: of the day.
        text: what happened, in words.
    """

    kind: FindingKind
    visit: int
    second: float
    text: str


@dataclass(frozen=True)
class _Moment:
    """Who stood in front from a moment on, and who of them might come in, hours aside."""

    moment: float
    wall: datetime
    front: Visitor | None
    allowed: bool


@dataclass(eq=False)
class _Watch:
    """What is due to the visit that goes on."""

    opened: set[Visitor] = field(default_factory=set)
    events: int = 0
    broken_off: bool = False
    in_a_row: int = 0
    seen: int = 0
    last: Visitor | None = None
    granted_events: int = 0
    due: set[Visitor] = field(default_factory=set)


class Referee:
    """Judges one day.

    Attributes:
        findings: what the door did wrongly.
        granted: lines that said so.
        due: visitors who had to be let in.
        openings: how often the bolt has moved.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.granted = 0
        self.due = 0
        self._moments: deque[_Moment] = deque()
        self._newest_frame = 0.0
        self._active: dict[Visitor, bool] = {}
        self._changed: dict[Visitor, float] = {}
        self._locked_down: float | None = None
        self._entered: list[tuple[float, Visitor]] = []
        self.openings = 0
        self._committed: dict[str, Event] = {}
        self._visit = 0
        self._watch = _Watch()

    # What happens

    def active(self, visitor: Visitor, now: float, *, on: bool) -> None:
        """Somebody is enrolled and active from now on, or no longer."""
        self._active[visitor] = on
        self._changed[visitor] = now

    def is_active(self, visitor: Visitor) -> bool:
        """Whether somebody is enrolled and active."""
        return self._active.get(visitor, False)

    def locked_down(self, now: float, *, on: bool) -> None:
        """The door is locked down from now on, or no longer."""
        self._locked_down = now if on else None

    def visit(self, number: int) -> None:
        """A visit begins."""
        self._visit, self._watch = number, _Watch()

    def stands(self, moment: float, wall: datetime, front: Visitor | None) -> None:
        """Somebody, or nobody, stands in front from this moment on."""
        allowed = front is not None and self._may(front, moment)
        self._moments.append(_Moment(moment, wall, front, allowed))
        while len(self._moments) > 2 and self._moments[1].moment < moment - 60.0:
            self._moments.popleft()

    def frame(self, moment: float, front: Visitor | None, *, good: bool, clean: bool) -> None:
        """A frame was given to the door.

        Args:
            moment: of the frame.
            front: who is really in front.
            good: whether the picture is usable, and of now.
            clean: whether nothing is wrong and nothing has been for a while.
        """
        self._newest_frame = max(self._newest_frame, moment)
        watch = self._watch
        if front is None:
            return
        if front != watch.last:
            watch.last, watch.in_a_row = front, 0
        watch.seen += good
        entitled = clean and self._entitled(self._moments[-1], escorts=False)
        watch.in_a_row = watch.in_a_row + good if entitled else 0
        if watch.in_a_row >= ENOUGH:
            watch.due.add(front)

    def opened(self, now: float) -> None:
        """The bolt has moved."""
        right = self._rightly_opened(now)
        self.openings += 1
        if not self._watch.granted_events:
            self._found("event lost", now, "it opened, and no event was in the store")
        if right is None:
            front = self._moments[-1].front if self._moments else None
            self._found("wrong opening", now, f"it opened, and {_named(front)} stood there")
            return
        self._watch.opened.add(right)
        if not right.rights.escorted:
            self._entered = [(now, right), *self._entered[:20]]

    def answered(self, answer: DoorAnswer, opened: bool, now: float) -> None:  # noqa: FBT001
        """The door has printed a line; `opened` tells whether a lock has acknowledged for it."""
        if answer.outcome is not Outcome.GRANTED:
            return
        self.granted += 1
        if not opened or answer.lock is not LockOutcome.ACKNOWLEDGED:
            self._found("false granted", now, "granted was said, and no lock had acknowledged")

    def written(self, events: list[Event]) -> None:
        """Events are in the store, as the store says."""
        for event in events:
            self._committed.setdefault(event.id, event)
            self._watch.events += 1
            self._watch.granted_events += event.decision.outcome is Outcome.GRANTED

    def broken_off(self) -> None:
        """The process has ended in the midst of the visit."""
        self._watch.broken_off = True
        self._entered.clear()

    def over(self, now: float) -> None:
        """The visit is over, and faults are gone for long enough that all should be written."""
        watch = self._watch
        self.due += len(watch.due)
        for visitor in watch.due:
            if visitor not in watch.opened:
                self._found("wrong refusal", now, f"{_named(visitor)} was not let in")
        if watch.seen >= 2 * ENOUGH and not watch.broken_off and not watch.events:
            self._found("event lost", now, "a visit left no event")

    def end(self, stored: list[Event], now: float) -> None:
        """The day is over: compare what was told as written with what is in the store."""
        by_id = Counter(event.id for event in stored)
        for event_id in self._committed:
            if by_id[event_id] != 1:
                self._found("event lost", now, f"event {event_id} is there {by_id[event_id]} times")
        numbers = [event.sequence for event in stored]
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            self._found("event lost", now, "the events' numbers have gaps")
        granted = sum(event.decision.outcome is Outcome.GRANTED for event in stored)
        if granted < self.granted:
            self._found("event lost", now, f"{self.granted} let in, {granted} of them recorded")
        noted = sum(event.lock is LockOutcome.ACKNOWLEDGED for event in stored)
        if noted > self.openings:
            self._found("false granted", now, f"{noted} noted, {self.openings} opened")

    # Judging

    def _may(self, visitor: Visitor, moment: float) -> bool:
        lately = moment - self._changed.get(visitor, -10.0) <= LATE
        locked = self._locked_down is not None
        return (self.is_active(visitor) or lately) and not locked

    def _entitled(self, at: _Moment, *, escorts: bool = True) -> bool:
        if at.front is None or not at.allowed or not at.front.rights.hold(at.wall):
            return False
        if at.front.rights.escorted:
            return escorts and any(
                at.moment - entered <= ESCORTED_WITHIN + 1.0 and who != at.front
                for entered, who in self._entered
            )
        return True

    def _rightly_opened(self, now: float) -> Visitor | None:
        since = max(self._newest_frame - SETTLED, now - FRESH)
        for at in reversed(self._moments):  # each lasts until the next one begins
            if self._entitled(at):
                return at.front
            if at.moment <= since:
                break
        return None

    def _found(self, kind: FindingKind, now: float, text: str) -> None:
        self.findings.append(Finding(kind, self._visit, now, text))


def _named(visitor: Visitor | None) -> str:
    if visitor is None:
        return "nobody"
    return f"{'staff' if visitor.staff else 'stranger'} {visitor.number}"
