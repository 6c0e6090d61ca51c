"""The referee of the simulated days: knows who really stands there, and judges what doors do.

An opening is right if, at some moment that the door may still act on, somebody stood in front who
is enrolled, active, allowed by the hours on the door's own wall clock, and not locked out, and to
whom the door's rules give way (`Ledger.may`). Such moments go back from the opening to `SETTLED`
seconds before the newest frame that was given to the door (a face that has its answer is not
embedded in every frame), but never by more than `FRESH` seconds: what a frame shows after that is
over. Frozen and late pictures do not enter: the referee looks at who stands there, not at pictures.

A picture that is held up is nobody. Where a door opens for one that passive liveness, by the
script, takes for a living face, and would rightly have opened for its owner, that is liveness's own
error and is counted apart; every other opening is the policy's.

A wall clock that is set wrong shifts the hours: the door has no other clock, and neither has the
referee. Durations do not depend on it.
"""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from faceaccess.core.decisions import Event, Outcome
from faceaccess.core.door_commands import DoorCommand, DoorCommandKind
from faceaccess.core.locks import LockOutcome
from faceaccess.door.policy import FRESH
from faceaccess.pipeline.simulation.cast import SITES, Visitor
from faceaccess.pipeline.simulation.faults import Written
from faceaccess.pipeline.simulation.ledger import Ledger, Shown
from faceaccess.pipeline.simulation.stage import Seen
from faceaccess.pipeline.station import PULSE, DoorAnswer

SETTLED = 0.5
"""Seconds for which somebody who has left may still be taken for being there."""
ENOUGH = 6
"""Good frames in a row, without any fault, in which somebody who may come in must be let in; and
in which anybody must leave an event."""
_KNOWN_BY_THEN = 4  # good frames in a row after which somebody has been recognised

_ByHand = Literal["opened", "held", "renewed"]
FindingKind = Literal["wrong opening", "false granted", "wrong refusal", "event lost"]


@dataclass(frozen=True)
class Finding:
    """Something that a door did wrongly.

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
    """Who was in front from a moment on, and whether they might come in, rules aside."""

    moment: float
    wall: datetime
    front: Seen | None
    allowed: bool


@dataclass(eq=False)
class _Watch:
    """What is due to the visit that goes on."""

    opened: set[Visitor] = field(default_factory=set)
    events: int = 0
    broken_off: bool = False
    owed: bool = False
    in_a_row: int = 0
    known: int = 0
    present: Seen | None = None
    frames: int = 0
    seen: dict[Seen, int] = field(default_factory=dict)  # good frames at one stretch
    last: Visitor | None = None
    granted: list[str] = field(default_factory=list)
    due: set[Visitor] = field(default_factory=set)
    tainted: set[Visitor] = field(default_factory=set)

    def sees(self, front: Seen | None, *, good: bool) -> None:
        """Count a frame with somebody in front; whoever was away begins anew."""
        if front != self.present:
            self.present, self.frames = front, 0
        self.frames += good
        if front is not None:
            self.seen[front] = max(self.seen.get(front, 0), self.frames)


class Referee:
    """Judges one day at all its doors.

    Attributes:
        findings: what the doors did wrongly.
        granted: lines that said so.
        due: visitors who had to be let in.
        openings: how often a bolt has moved.
        deceived: openings for a picture that liveness took for a living face.
        attacks: pictures that were held up long enough to be let in.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.granted = 0
        self.due = 0
        self.openings = 0
        self.deceived = 0
        self.attacks = 0
        self.ledger = Ledger()
        self._by_hand: Counter[_ByHand] = Counter()
        self._commanding: _ByHand | None = None
        self._held_until = [-1.0 for _ in SITES]
        self._pulse_until = [-1.0 for _ in SITES]
        self._site = 0
        self._moments: deque[_Moment] = deque()
        self._newest_frame = 0.0
        self._committed: dict[str, Event] = {}
        self._visit = 0
        self._watch = _Watch()

    # What happens

    def visit(self, number: int, site: int) -> None:
        """A visit at a door begins."""
        self._visit, self._watch, self._site = number, _Watch(), site
        self._moments.clear()
        self._newest_frame = 0.0

    def stands(self, moment: float, wall: datetime, front: Seen | None) -> None:
        """Somebody, a picture, or nobody is in front from this moment on."""
        allowed = False
        if front is not None:
            allowed = self.ledger.could_be_let_in(self._site, front.visitor, moment)
            self.ledger.stands(self._site, moment, front.visitor, picture=front.picture)
            if front.picture or front.seems != "live":
                self._watch.tainted.add(front.visitor)
        self._moments.append(_Moment(moment, wall, front, allowed))
        while len(self._moments) > 2 and self._moments[1].moment < moment - 10.0:
            self._moments.popleft()

    def entered(self, shown: Shown) -> None:
        """The door learns of a card that was held to the reader."""
        front = self._moments[-1].front if self._moments else None
        who = None if front is None else front.visitor
        sure = self._watch.known >= _KNOWN_BY_THEN
        self.ledger.entry(self._site, shown, who, sure=sure)

    def frame(self, moment: float, front: Seen | None, *, good: bool, clean: bool) -> None:
        """A frame was given to the door.

        Args:
            moment: of the frame.
            front: who, or whose picture, is really in front.
            good: whether the picture is usable, and of now.
            clean: whether nothing is wrong and nothing has been for a while.
        """
        self._newest_frame = max(self._newest_frame, moment)
        watch = self._watch
        watch.sees(None if front is None else replace(front, poor=False), good=good)
        if front is None:
            watch.owed = False
            return
        if front.visitor != watch.last or front.picture:
            watch.last, watch.in_a_row, watch.known = front.visitor, 0, 0
        at = self._moments[-1]
        visible = clean and not front.picture and front.visitor not in watch.tainted
        allowed = visible and self._is_allowed(at)
        watch.known = watch.known + good if allowed else 0
        owed = allowed and self.ledger.must(self._site, front.visitor, at.moment, at.wall)
        watch.owed = owed
        watch.in_a_row = watch.in_a_row + good if owed else 0
        if watch.in_a_row >= ENOUGH:
            watch.due.add(front.visitor)

    @contextmanager
    def by_hand(self, how: _ByHand) -> Iterator[None]:
        """What opens in the block was commanded by somebody."""
        self._commanding = how
        try:
            yield
        finally:
            self._commanding = None

    def hold(self, until: float | None) -> None:
        """Somebody commands to hold the door open until a moment, or to end that."""
        self._held_until[self._site] = -1.0 if until is None else until

    def opened(self, now: float, wall: datetime, *, acknowledged: bool) -> None:
        """The bolt has moved."""
        self.openings += 1
        if self._commanding is not None:
            self._by_hand[self._commanding] += 1
            if self.ledger.is_locked_down(self._site):
                self._found("wrong opening", now, "it was opened by hand while locked down")
            if self._commanding == "renewed":
                if now > max(self._held_until[self._site], self._pulse_until[self._site]):
                    self._found("wrong opening", now, "it was held open longer than commanded")
            else:
                self._pulse_until[self._site] = now + PULSE
            return
        self._pulse_until[self._site] = now + PULSE
        watch = self._watch
        if not watch.granted:
            self._found("event lost", now, "it opened, and no event was in the store")
        right = self._rightly_opened(now)
        if right is None:
            front = self._moments[-1].front if self._moments else None
            self._found("wrong opening", now, f"it opened, and {_named(front)} stood there")
            return
        watch.opened.add(right)
        if watch.owed:
            watch.due.add(right)  # and got it
        self.ledger.opened(self._site, now, wall, right, acknowledged=acknowledged)
        if watch.granted:
            self.ledger.of_event(watch.granted[-1], right)

    def answered(self, answer: DoorAnswer, opened: bool, now: float) -> None:  # noqa: FBT001
        """The door has printed a line; `opened` tells whether a lock has acknowledged for it."""
        if answer.outcome is not Outcome.GRANTED:
            return
        self.granted += 1
        if not opened or answer.lock is not LockOutcome.ACKNOWLEDGED:
            self._found("false granted", now, "granted was said, and no lock had acknowledged")

    def written(self, written: Written, now: float) -> None:
        """The store has taken a transaction of a door, as it says."""
        for event in written.events:
            self._committed.setdefault(event.id, event)
            self._watch.events += 1
            if event.decision.outcome is Outcome.GRANTED:
                self._watch.granted.append(event.id)
                self.ledger.granted(_site_of(event), now)
        for event_id, outcome in written.notes:
            self.ledger.noted(event_id, outcome, now)

    def sure(self, event: Event, now: float) -> None:
        """The door takes an event for recorded, in the store or in its journal."""
        self._committed.setdefault(event.id, event)
        self.ledger.recorded(_site_of(event), now, event)

    def broken_off(self) -> None:
        """The process has ended in the midst of the visit."""
        self._watch.broken_off = True
        self._held_until[self._site] = -1.0  # a hold ends with the process

    def over(self, now: float) -> None:
        """The visit is over, and faults are gone for long enough that all should be written."""
        watch = self._watch
        self.due += len(watch.due)
        for visitor in watch.due:
            if visitor not in watch.opened:
                self._found("wrong refusal", now, f"{_person(visitor)} was not let in")
        stayed = [seen for seen, frames in watch.seen.items() if frames >= ENOUGH]
        self.attacks += sum(seen.picture for seen in stayed)
        stayed = [seen for seen, frames in watch.seen.items() if frames >= 2 * ENOUGH]
        people = {seen.visitor for seen in stayed}
        if not watch.broken_off and watch.events < len(people):
            self._found("event lost", now, f"{len(people)} stood there, {watch.events} events")

    def end(self, stored: list[Event], commands: list[DoorCommand], now: float) -> None:
        """The day is over: compare what was told as written with what is in the store."""
        by_id = Counter(event.id for event in stored)
        for event_id in self._committed:
            if by_id[event_id] != 1:
                self._found("event lost", now, f"event {event_id} is there {by_id[event_id]} times")
        for site in SITES:
            numbers = [event.sequence for event in stored if event.station == site.name]
            if sorted(numbers) != list(range(1, len(numbers) + 1)):
                self._found("event lost", now, f"{site.name}: the events' numbers have gaps")
        granted = sum(event.decision.outcome is Outcome.GRANTED for event in stored)
        if granted < self.granted:
            self._found("event lost", now, f"{self.granted} let in, {granted} of them recorded")
        noted = sum(event.lock is LockOutcome.ACKNOWLEDGED for event in stored)
        if noted > self.openings - self._by_hand.total():
            self._found("false granted", now, f"{noted} noted, {self.openings} opened")
        recorded = Counter(command.kind for command in commands)
        kinds: dict[_ByHand, DoorCommandKind] = {
            "opened": DoorCommandKind.OPEN,
            "held": DoorCommandKind.HOLD_OPEN,
        }
        for how, kind in kinds.items():
            if recorded[kind] < self._by_hand[how]:
                told = f"{self._by_hand[how]} times {how} by hand, {recorded[kind]} recorded"
                self._found("event lost", now, told)

    # Judging

    def _is_allowed(self, at: _Moment) -> bool:
        return (
            at.front is not None
            and at.allowed
            and at.front.visitor.rights.hold(self._site, at.wall)
        )

    def _rightly_opened(self, now: float) -> Visitor | None:
        """Return for whom an opening was right, or whose picture has deceived liveness."""
        since = max(self._newest_frame - SETTLED, now - FRESH)
        deceiving = None
        for at in reversed(self._moments):  # each lasts until the next one begins
            front = at.front
            if front is not None and self._is_allowed(at):
                alive = not front.picture
                may = self.ledger.may(self._site, front.visitor, now, at.wall, real=True)
                if alive and may:
                    return front.visitor
                if front.seems == "live" and self.ledger.may(
                    self._site, front.visitor, now, at.wall
                ):
                    deceiving = front.visitor
            if at.moment <= since:
                break
        self.deceived += deceiving is not None
        return deceiving

    def _found(self, kind: FindingKind, now: float, text: str) -> None:
        self.findings.append(Finding(kind, self._visit, now, text))


def _site_of(event: Event) -> int:
    return next(number for number, site in enumerate(SITES) if site.name == event.station)


def _named(front: Seen | None) -> str:
    if front is None:
        return "nobody"
    return f"a picture of {_person(front.visitor)}" if front.picture else _person(front.visitor)


def _person(visitor: Visitor) -> str:
    return f"{'staff' if visitor.staff else 'stranger'} {visitor.number}"
