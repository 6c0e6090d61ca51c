"""What the referee of a simulated day keeps of people and doors, to say who may come in where.

Everything is said twice: `may` is what a door may still be forgiven for, `must` what it owes. What
lies between (a change a moment ago, an answer of the lock that was never written down) is neither.
Nothing here asks the product's rules; of the record it uses which events, and which answers of
locks, the store said it had taken, and when.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from faceaccess.core.decisions import Event, Outcome
from faceaccess.core.locks import LockOutcome
from faceaccess.core.reasons import Reason
from faceaccess.door.policy import FRESH
from faceaccess.pipeline.simulation.cast import (
    ESCORTED_WITHIN,
    PASSBACK_HOURS,
    SITES,
    TOGETHER_WITHIN,
    Visitor,
)

LATE = 0.25
"""Seconds after which a change in the store is known to a door."""
FACTOR_WITHIN = 20.0
"""Seconds for which a card counts: before the face is there, and after it was looked at."""
GUESSES = 5
"""Wrong cards in a row after which nothing is looked at for a while."""
_GONE = 0.6  # seconds for which somebody who has left may still be taken for being there
_SLACK = 1.0  # seconds by which a door's durations may be longer
_FEWER = 5.0  # seconds by which they may be shorter before it is held to them
_UNSURE_HOURS = 0.02
_REMEMBERED = 70.0


@dataclass(eq=False)
class _Entrance:
    """The bolt of a door moved for somebody; `noted` when the store took the lock's answer."""

    wall: datetime
    moment: float
    site: int
    acknowledged: bool
    noted: float = math.inf


@dataclass(frozen=True)
class Shown:
    """A card at the reader.

    Attributes:
        moment: when it was held there.
        told: when the door learnt of it.
        card: whose it is, or None.
        clean: whether nothing was wrong then: what cannot be written down has to be shown again.
    """

    moment: float
    told: float
    card: Visitor | None
    clean: bool


@dataclass(eq=False)
class _Door:
    """What happened at one door lately.

    Attributes:
        locked: whether it is locked down.
        stood: who was in front when, and whether only as a picture.
        entered: for whom it opened when, with the lock's answer.
        entries: cards at the reader.
        used: when the reader's last card was used up.
        begun: when the present process began.
        failures, since, until: unknown faces in a row, and the delay after them.
        recounted: whether a new process has counted them by itself, more strictly perhaps.
        in_wait: whether the newest granted event was written during the delay.
    """

    locked: bool = False
    stood: deque[tuple[float, Visitor, bool]] = field(default_factory=deque)
    entered: deque[tuple[float, Visitor, bool]] = field(default_factory=lambda: deque(maxlen=20))
    entries: deque[Shown] = field(default_factory=lambda: deque(maxlen=12))
    used: float = -math.inf
    begun: float = -math.inf
    failures: int = 0
    since: float = -math.inf
    until: float = -math.inf
    recounted: bool = False
    in_wait: bool = False


class Ledger:
    """Who is enrolled, active, where, and what happened at each door."""

    def __init__(self) -> None:
        self._doors = [_Door() for _ in SITES]
        self._active: dict[Visitor, bool] = {}
        self._changed: dict[Visitor, float] = {}
        self._anew: dict[Visitor, float] = {}  # when they were enrolled again, as another person
        self._entrances: dict[Visitor, deque[_Entrance]] = {}
        self._of_event: dict[str, _Entrance] = {}
        self._wrong: dict[Visitor, int] = {}
        self._surely_wrong: dict[Visitor, list[float]] = {}

    # What happens

    def active(self, visitor: Visitor, now: float, *, on: bool, anew: bool = False) -> None:
        """Somebody is enrolled and active from now on, or no longer; `anew` as another person."""
        self._active[visitor] = on
        self._changed[visitor] = now
        if anew:
            self._anew[visitor] = now
            self._entrances.pop(visitor, None)
            self._wrong.pop(visitor, None)

    def is_active(self, visitor: Visitor) -> bool:
        """Whether somebody is enrolled and active."""
        return self._active.get(visitor, False)

    def locked_down(self, site: int, *, on: bool) -> None:
        """A door is locked down from now on, or no longer."""
        self._doors[site].locked = on

    def is_locked_down(self, site: int) -> bool:
        """Whether a door is locked down."""
        return self._doors[site].locked

    def began(self, site: int, now: float) -> None:
        """A new process of a door begins: it knows what is in the store, and nothing else."""
        door = self._doors[site]
        again, door.begun = door.begun >= 0, now
        door.entered.clear()
        door.stood.clear()
        door.entries.clear()
        door.recounted = again and SITES[site].free_tries is not None
        if door.failures:
            door.since, door.until = now, now + _delay(site, door.failures)

    def stands(self, site: int, now: float, visitor: Visitor, *, picture: bool) -> None:
        """Somebody, or a picture of them, is in front."""
        stood = self._doors[site].stood
        stood.append((now, visitor, picture))
        while now - stood[0][0] > _REMEMBERED:
            stood.popleft()

    def entry(self, site: int, shown: Shown, front: Visitor | None, *, sure: bool) -> None:
        """A card is held to the reader.

        Args:
            site: the door.
            shown: the card.
            front: whom the door has in front, or None.
            sure: whether the door surely looks at it for them.
        """
        self._doors[site].entries.append(shown)
        if front is None or not front.rights.factor or shown.card == front:
            return
        self._wrong[front] = self._wrong.get(front, 0) + 1
        if sure:
            self._surely_wrong.setdefault(front, []).append(shown.told)

    def opened(
        self, site: int, now: float, wall: datetime, visitor: Visitor, *, acknowledged: bool
    ) -> None:
        """The bolt of a door has moved for somebody."""
        door = self._doors[site]
        entrances = self._entrances.setdefault(visitor, deque(maxlen=60))
        entrances.append(_Entrance(wall, now, site, acknowledged))
        door.entered.append((now, visitor, acknowledged))
        self._wrong.pop(visitor, None)
        self._surely_wrong.pop(visitor, None)
        if acknowledged:
            door.used = now

    def of_event(self, event_id: str, visitor: Visitor) -> None:
        """The newest opening for somebody is that of an event."""
        self._of_event[event_id] = self._entrances[visitor][-1]

    def noted(self, event_id: str, outcome: LockOutcome, now: float) -> None:
        """The store has taken what the lock answered to an event."""
        entrance = self._of_event.pop(event_id, None)
        if entrance is not None and outcome is LockOutcome.ACKNOWLEDGED:
            entrance.noted = now

    def granted(self, site: int, now: float) -> None:
        """The store has taken an event that grants."""
        door = self._doors[site]
        sure = not door.recounted and door.since < now - FRESH
        door.in_wait = sure and now < door.until - LATE
        door.failures, door.until, door.recounted = 0, -math.inf, False

    def recorded(self, site: int, now: float, event: Event) -> None:
        """A door takes an event for recorded."""
        door, free = self._doors[site], SITES[site].free_tries
        if (
            free is not None
            and event.decision.outcome is Outcome.DENIED
            and event.decision.reason in (Reason.UNKNOWN, Reason.AMBIGUOUS)
            and now >= door.until
        ):
            door.failures += 1
            if door.failures >= free:
                door.since, door.until = now, now + _delay(site, door.failures)

    # Judging

    def could_be_let_in(self, site: int, visitor: Visitor, moment: float) -> bool:
        """Whether they are enrolled and active, or were a moment ago, at a door not locked down."""
        lately = moment - self._changed.get(visitor, -10.0) <= LATE
        return (self.is_active(visitor) or lately) and not self._doors[site].locked

    def may(
        self, site: int, visitor: Visitor, now: float, wall: datetime, *, real: bool = False
    ) -> bool:
        """Whether an opening now for somebody who stands there is right, hours aside.

        Args:
            site: the door.
            visitor: who, active and within their hours.
            now: the moment of the opening.
            wall: the time that the door's clock shows.
            real: whether only people count as another person, not pictures of them.
        """
        door, rights = self._doors[site], visitor.rights
        factor = rights.factor and self._has_shown_card(door, visitor, now)
        if (rights.factor and not factor) or (door.in_wait and not factor):
            return False
        if SITES[site].once and self._is_surely_beyond(site, visitor, now, wall):
            return False
        if rights.escorted:
            return self._came_before(door, visitor, now, ESCORTED_WITHIN + _SLACK)
        if rights.paired:
            return self._was_there(door, visitor, now, TOGETHER_WITHIN + _SLACK, real=real)
        return True

    def must(self, site: int, visitor: Visitor, now: float, wall: datetime) -> bool:
        """Whether somebody who stands there has to be let in, hours aside."""
        door, rights = self._doors[site], visitor.rights
        if not self._factor_is_right(door, visitor, now):
            return False
        if not rights.factor and (now < door.until + LATE or door.recounted):
            return False
        if SITES[site].once and self._may_be_beyond(site, visitor, wall):
            return False
        if rights.escorted:
            return self._came_before(door, visitor, now, ESCORTED_WITHIN - _FEWER, surely=True)
        if rights.paired:
            return self._came_before(door, visitor, now, TOGETHER_WITHIN - _FEWER, surely=True)
        return True

    def _came_before(
        self, door: _Door, visitor: Visitor, now: float, within: float, *, surely: bool = False
    ) -> bool:
        return any(
            now - moment <= within
            and who != visitor
            and not who.rights.escorted
            and (not surely or (acknowledged and moment > self._anew.get(who, -math.inf)))
            for moment, who, acknowledged in door.entered
        )

    def _was_there(
        self, door: _Door, visitor: Visitor, now: float, within: float, *, real: bool
    ) -> bool:
        return self._came_before(door, visitor, now, within) or any(
            now - moment <= within and who != visitor and who.rights.paired
            for moment, who, picture in door.stood
            if not (picture and real)
        )

    def _has_shown_card(self, door: _Door, visitor: Visitor, now: float) -> bool:
        """Whether their card was shown, looked at in time while they stood there, and not used."""
        guesses = [m for m in self._surely_wrong.get(visitor, ()) if now - m <= 30.0 - _FEWER]
        if len(guesses) >= GUESSES:
            return False
        return any(
            shown.card == visitor
            and shown.told > door.used
            and any(
                who == visitor
                and -_GONE <= moment - shown.moment <= FACTOR_WITHIN + LATE
                and now - moment <= FACTOR_WITHIN + _SLACK
                for moment, who, _ in door.stood
            )
            for shown in door.entries
        )

    def _factor_is_right(self, door: _Door, visitor: Visitor, now: float) -> bool:
        if not visitor.rights.factor:
            return True
        lately = [s for s in door.entries if now - s.told <= 60.0 and s.told > door.used]
        return (
            bool(lately)
            and all(shown.card == visitor for shown in lately)
            and lately[-1].clean
            and now - lately[-1].moment <= FACTOR_WITHIN - _FEWER
            and self._wrong.get(visitor, 0) < GUESSES - 1
        )

    def _is_surely_beyond(self, site: int, visitor: Visitor, now: float, wall: datetime) -> bool:
        last = self._last(visitor, lambda one: one.noted <= now - LATE)
        return (
            last is not None
            and SITES[last.site].leads_to == SITES[site].leads_to
            and _hours(last, wall) < PASSBACK_HOURS - _UNSURE_HOURS
        )

    def _may_be_beyond(self, site: int, visitor: Visitor, wall: datetime) -> bool:
        last = self._last(visitor, lambda _: True)
        if last is None or _hours(last, wall) > PASSBACK_HOURS + _UNSURE_HOURS:
            return False
        return math.isinf(last.noted) or SITES[last.site].leads_to != SITES[site].leads_from

    def _last(self, visitor: Visitor, counts: Callable[[_Entrance], bool]) -> _Entrance | None:
        """Return the last entrance of those that count."""
        entrances = self._entrances.get(visitor, ())
        return next((one for one in reversed(entrances) if counts(one)), None)


def _delay(site: int, failures: int) -> float:
    free = SITES[site].free_tries
    if free is None or failures < free:
        return 0.0
    return float(min(3600.0, 30.0 * 2 ** min(failures - free, 20)))


def _hours(entrance: _Entrance, wall: datetime) -> float:
    return (wall - entrance.wall).total_seconds() / 3600
