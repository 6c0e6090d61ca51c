"""What happens on a simulated day, fixed by its seed before anything is played."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from faceaccess.pipeline.simulation.cast import (
    ESCORTED_KINDS,
    FACTOR_KINDS,
    KINDS,
    PAIRED_KINDS,
    SITES,
    Visitor,
)

STEP = 0.1
"""Seconds between two frames."""
DAY = 86_400.0

FaultKind = Literal[
    "frozen",
    "stale",
    "lock lost",
    "lock refuses",
    "lock silent",
    "store locked",
    "store full",
    "store away",
    "store slow",
    "store long away",
    "clock jumps",
    "switched off",
    "removed",
    "enrolled",
    "new head",
    "locked down",
    "opened by hand",
    "held open",
    "broken off",
]
"""What goes wrong or changes in mid-visit; see `faults` and `changes`."""

FAULTS: tuple[FaultKind, ...] = get_args(FaultKind)
_PAIRED: tuple[FaultKind, ...] = (
    *("lock lost", "lock silent", "frozen", "stale", "clock jumps", "opened by hand"),
    *("store away", "broken off"),
)
AWAY = 1.1
"""Seconds of the last step of a visit: whoever was there is out of sight for long enough."""
_AFTER = 2  # steps with nobody after a visit, the last one long: it ends, and is written
_AFTER_FAULT = 22  # the same where a lock or a store must be tried again

Seems = Literal["live", "unsure", "attack"]
"""What passive liveness says of a face once it has seen enough of it."""

PICTURE_SEEMS_LIVE = 0.01
"""Share of held pictures that liveness takes for a living face: its own error, not the policy's."""
PICTURE_UNSURE = 0.2
PERSON_UNSURE, PERSON_SEEMS_ATTACK = 0.04, 0.01
"""Shares of people of whom liveness stays unsure, or whom it takes for a picture."""


@dataclass(frozen=True)
class Fault:
    """A fault from step `begin` to before step `end` of a visit; `size` is its measure, 0 to 1."""

    kind: FaultKind
    begin: int
    end: int
    size: float


@dataclass(frozen=True)
class Stay:
    """Somebody, or a picture of them, is in view from step `begin` to before step `end`.

    Attributes:
        visitor: who, or whose face is shown.
        begin, end: steps.
        near: whether in front of all others.
        poor: share of unusable pictures, 0 to 1.
        picture: whether it is only a picture that somebody holds up.
        seems: what passive liveness says of it.
    """

    visitor: Visitor
    begin: int
    end: int
    near: bool = True
    poor: float = 0.1
    picture: bool = False
    seems: Seems = "live"


@dataclass(frozen=True)
class Entry:
    """Something was entered at the reader.

    Attributes:
        step: of the visit at which the door learns of it.
        card: whose card it is, or None for one that is nobody's.
        ago: seconds before that step at which it was entered.
    """

    step: int
    card: Visitor | None
    ago: float = 0.0


@dataclass(frozen=True)
class PlannedVisit:
    """One visit.

    Attributes:
        number: from 0, within the day.
        pause: seconds without a frame before it.
        stays: who is in view when.
        faults: what goes wrong.
        steps: frames until the next visit.
        site: number of the door.
        entries: what is entered at its reader.
    """

    number: int
    pause: float
    stays: tuple[Stay, ...]
    faults: tuple[Fault, ...]
    steps: int
    site: int = 0
    entries: tuple[Entry, ...] = ()


def day(visits: int, seed: int, *, staff: int, strangers: int) -> Iterator[PlannedVisit]:
    """Yield a day's visits.

    Args:
        visits: how many.
        seed: fixes all of them.
        staff: how many people are enrolled.
        strangers: how many others there are.
    """
    writer = _Writer(np.random.default_rng([seed, visits]), staff, strangers)
    mean = DAY / max(1, visits)
    for number in range(visits):
        yield writer.visit(number, mean)


class _Writer:
    """Makes up visits."""

    def __init__(self, random: np.random.Generator, staff: int, strangers: int) -> None:
        self._random = random
        self._staff = staff
        self._strangers = strangers
        self._shares = np.cumsum([site.share for site in SITES])

    def visit(self, number: int, mean: float) -> PlannedVisit:
        random = self._random
        site = min(int(np.searchsorted(self._shares, random.random())), len(SITES) - 1)
        stays = self._stays()
        last = max(stay.end for stay in stays)
        faults = self._faults(last)
        if any(fault.kind == "store long away" for fault in faults):
            stays, last = self._more(stays, last), 3 * last + 30
        elif faults and random.random() < 0.5:  # somebody patient: it can go well after all
            more = int(random.integers(20, 60))
            stays = (*stays[:-1], replace(stays[-1], end=stays[-1].end + more))
            last += more
        stays = self._judged(stays)
        over = max([last, *(fault.end for fault in faults)])
        steps = over + (_AFTER_FAULT if faults else _AFTER)
        pause = max(0.1, float(random.exponential(mean)) - steps * STEP - AWAY)
        return PlannedVisit(number, pause, stays, faults, steps, site, self._entries(stays))

    def _person(self, kinds: tuple[int, ...] = ()) -> Visitor:
        """Return one of the staff, of one of the kinds where any of those is there."""
        number = int(self._random.integers(self._staff))
        if kinds and kinds[0] < self._staff:
            period = len(KINDS)
            rounds = (self._staff - 1 - kinds[0]) // period + 1
            number = kinds[0] + period * int(self._random.integers(rounds))
        return Visitor(number, staff=True)

    def _stays(self) -> tuple[Stay, ...]:
        """Return who comes; the shares of the kinds of visits are `_VISITS`."""
        random = self._random
        one, other = self._person(), Visitor(int(random.integers(self._strangers)), staff=False)
        kind = _VISITS[min(int(np.searchsorted(_UP_TO, random.random())), len(_VISITS) - 1)][1]
        return kind(self, one, other, int(random.integers(6, 12)))

    def alone(self, one: Visitor, _: Visitor, long: int) -> tuple[Stay, ...]:
        return (Stay(one, 0, 18 if one.rights.factor else long),)

    def stranger(self, _: Visitor, other: Visitor, long: int) -> tuple[Stay, ...]:
        poor = float(self._random.choice([0.0, 0.1, 0.5]))
        return (Stay(other, 0, max(5, long - 2), poor=poor),)

    def stranger_in_front(self, one: Visitor, other: Visitor, long: int) -> tuple[Stay, ...]:
        return (Stay(one, 0, long, near=False), Stay(other, 0, long))

    def stranger_steps_in(self, one: Visitor, other: Visitor, long: int) -> tuple[Stay, ...]:
        swap = int(self._random.integers(1, long - 1))
        poor = float(self._random.choice([0.1, 0.9]))
        return (Stay(one, 0, swap), Stay(other, swap, swap + long, poor=poor))

    def staff_steps_in(self, one: Visitor, other: Visitor, long: int) -> tuple[Stay, ...]:
        swap = int(self._random.integers(1, long))
        return (Stay(other, 0, swap), Stay(one, swap, swap + long))

    def two_together(self, one: Visitor, _: Visitor, long: int) -> tuple[Stay, ...]:
        first = self._person(PAIRED_KINDS)
        return (Stay(first, 0, long), Stay(one, long, 2 * long), Stay(first, 24, 24 + long))

    def with_escort(self, one: Visitor, _: Visitor, long: int) -> tuple[Stay, ...]:
        return (Stay(one, 0, long), Stay(self._person(ESCORTED_KINDS), long, 2 * long))

    def with_card(self, _: Visitor, __: Visitor, ___: int) -> tuple[Stay, ...]:
        return (Stay(self._person(FACTOR_KINDS), 0, 18),)

    def picture(self, one: Visitor, other: Visitor, long: int) -> tuple[Stay, ...]:
        shown = one if self._random.random() < 0.9 else other
        return (Stay(shown, 0, long, picture=True),)

    def picture_steps_in(self, one: Visitor, _: Visitor, long: int) -> tuple[Stay, ...]:
        shown = one if self._random.random() < 0.5 else self._person()
        return (Stay(one, 0, 6), Stay(shown, 6, 6 + long, picture=True))

    def glimpse(self, one: Visitor, other: Visitor, _: int) -> tuple[Stay, ...]:
        who = one if self._random.random() < 0.5 else other
        return (Stay(who, 0, int(self._random.integers(1, 4))),)

    def _more(self, stays: tuple[Stay, ...], last: int) -> tuple[Stay, ...]:
        """Let others come while a store is away for long."""
        other = Visitor(int(self._random.integers(self._strangers)), staff=False)
        second = Stay(other, last + 15, 2 * last + 15)
        return (*stays, second, Stay(self._person(), 2 * last + 30, 3 * last + 30))

    def _judged(self, stays: tuple[Stay, ...]) -> tuple[Stay, ...]:
        """Say how each of them seems; the same one the same all along."""
        seems: dict[tuple[Visitor, bool], Seems] = {}
        for stay in stays:
            who = (stay.visitor, stay.picture)
            if who not in seems:
                seems[who] = self._seems(picture=stay.picture)
        return tuple(replace(stay, seems=seems[stay.visitor, stay.picture]) for stay in stays)

    def _seems(self, *, picture: bool) -> Seems:
        chance = self._random.random()
        if picture:
            if chance < PICTURE_SEEMS_LIVE:
                return "live"
            return "unsure" if chance < PICTURE_SEEMS_LIVE + PICTURE_UNSURE else "attack"
        if chance < PERSON_SEEMS_ATTACK:
            return "attack"
        return "unsure" if chance < PERSON_SEEMS_ATTACK + PERSON_UNSURE else "live"

    def _entries(self, stays: tuple[Stay, ...]) -> tuple[Entry, ...]:
        """Return what is entered: mostly by who has a card, now and then by anybody."""
        random = self._random
        who = stays[0].visitor
        if not who.rights.factor:
            if random.random() < 0.98:
                return ()
            return (Entry(int(random.integers(8)), self._person(FACTOR_KINDS)),)
        own = who if not stays[0].picture or random.random() < 0.5 else None
        ways: tuple[tuple[float, tuple[Entry, ...]], ...] = (
            (0.55, (Entry(int(random.integers(12)), own),)),
            (0.65, (Entry(0, own, ago=float(random.uniform(1.0, 17.0))),)),  # the card first
            (0.75, (Entry(0, own, ago=float(random.uniform(20.5, 60.0))),)),  # too early
            (0.85, (Entry(4, self._person(FACTOR_KINDS)), Entry(9, own))),
            (0.90, (*(Entry(step, None) for step in range(4, 16, 2)), Entry(16, own))),  # guesses
            (0.95, (Entry(5, None),)),
            (1.0, ()),
        )
        chance = random.random()
        return next(entries for share, entries in ways if chance < share)

    def _faults(self, last: int) -> tuple[Fault, ...]:
        random = self._random
        if random.random() >= 0.12:
            return ()
        made = [self._fault(FAULTS[int(random.integers(len(FAULTS)))], last)]
        if random.random() < 0.25:
            kind = _PAIRED[int(random.integers(len(_PAIRED)))]
            if kind != made[0].kind and "store" not in made[0].kind:
                made.append(self._fault(kind, last))
        return tuple(made)

    def _fault(self, kind: FaultKind, last: int) -> Fault:
        random = self._random
        if kind == "store long away":
            return Fault(kind, int(random.integers(0, max(1, last))), 3 * last + 20, 0.0)
        begin = int(random.integers(0, max(1, last)))
        end = begin + int(random.integers(1, 30))
        return Fault(kind, begin, end, float(random.random()))


_VISITS: tuple[tuple[float, Callable[[_Writer, Visitor, Visitor, int], tuple[Stay, ...]]], ...] = (
    (0.47, _Writer.alone),
    (0.17, _Writer.stranger),
    (0.05, _Writer.stranger_in_front),
    (0.06, _Writer.stranger_steps_in),
    (0.03, _Writer.staff_steps_in),
    (0.03, _Writer.two_together),
    (0.03, _Writer.with_escort),
    (0.03, _Writer.with_card),
    (0.07, _Writer.picture),
    (0.02, _Writer.picture_steps_in),
    (0.04, _Writer.glimpse),
)
"""Shares of the kinds of visits."""
_UP_TO = np.cumsum([share for share, _ in _VISITS])
