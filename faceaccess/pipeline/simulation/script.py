"""What happens on a simulated day, fixed by its seed before anything is played."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from faceaccess.pipeline.simulation.cast import Visitor

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
    "clock jumps",
    "switched off",
    "removed",
    "enrolled",
    "new head",
    "locked down",
    "broken off",
]
"""What goes wrong or changes in mid-visit; see `faults` and `changes`."""

FAULTS: tuple[FaultKind, ...] = get_args(FaultKind)
_PAIRED: tuple[FaultKind, ...] = ("lock lost", "lock silent", "frozen", "stale", "clock jumps")
AWAY = 1.1
"""Seconds of the last step of a visit: whoever was there is out of sight for long enough."""
_AFTER = 2  # steps with nobody after a visit, the last one long: it ends, and is written
_AFTER_FAULT = 30  # the same where a lock or a store must be tried again


@dataclass(frozen=True)
class Fault:
    """A fault from step `begin` to before step `end` of a visit; `size` is its measure, 0 to 1."""

    kind: FaultKind
    begin: int
    end: int
    size: float


@dataclass(frozen=True)
class Stay:
    """Somebody is in view from step `begin` to before step `end`, in front of all others or not."""

    visitor: Visitor
    begin: int
    end: int
    near: bool = True
    poor: float = 0.1  # share of unusable pictures


@dataclass(frozen=True)
class PlannedVisit:
    """One visit.

    Attributes:
        number: from 0, within the day.
        pause: seconds without a frame before it.
        stays: who is in view when.
        faults: what goes wrong.
        steps: frames until the next visit.
    """

    number: int
    pause: float
    stays: tuple[Stay, ...]
    faults: tuple[Fault, ...]
    steps: int


def day(visits: int, seed: int, *, staff: int, strangers: int) -> Iterator[PlannedVisit]:
    """Yield a day's visits.

    Args:
        visits: how many.
        seed: fixes all of them.
        staff: how many people are enrolled.
        strangers: how many others there are.
    """
    random = np.random.default_rng([seed, visits])
    mean = DAY / max(1, visits)
    for number in range(visits):
        stays = _stays(random, staff, strangers)
        last = max(stay.end for stay in stays)
        faults = _faults(random, last)
        if faults and random.random() < 0.5:  # somebody patient: it can go well after all
            more = int(random.integers(20, 60))
            stays = (*stays[:-1], _longer(stays[-1], more))
            last += more
        over = max([last, *(fault.end for fault in faults)])
        steps = over + (_AFTER_FAULT if faults else _AFTER)
        pause = max(0.1, float(random.exponential(mean)) - steps * STEP - AWAY)
        yield PlannedVisit(number, pause, stays, faults, steps)


def _longer(stay: Stay, steps: int) -> Stay:
    return Stay(stay.visitor, stay.begin, stay.end + steps, stay.near, stay.poor)


def _stays(random: np.random.Generator, staff: int, strangers: int) -> tuple[Stay, ...]:
    one = Visitor(int(random.integers(staff)), staff=True)
    other = Visitor(int(random.integers(strangers)), staff=False)
    long = int(random.integers(8, 15))
    chance = random.random()
    if chance < 0.55:
        return (Stay(one, 0, long),)
    if chance < 0.80:
        return (Stay(other, 0, long, poor=float(random.choice([0.0, 0.1, 0.5]))),)
    if chance < 0.85:  # a stranger in front, staff behind
        return (Stay(one, 0, long, near=False), Stay(other, 0, long))
    if chance < 0.92:  # a stranger steps into the very place
        swap = int(random.integers(1, long - 1))
        poor = float(random.choice([0.1, 0.9]))
        return (Stay(one, 0, swap), Stay(other, swap, swap + long, poor=poor))
    if chance < 0.96:  # and the other way round
        swap = int(random.integers(1, long))
        return (Stay(other, 0, swap), Stay(one, swap, swap + long))
    return (Stay(one if chance < 0.98 else other, 0, int(random.integers(1, 4))),)


def _faults(random: np.random.Generator, last: int) -> tuple[Fault, ...]:
    if random.random() >= 0.12:
        return ()
    made = [_fault(random, FAULTS[int(random.integers(len(FAULTS)))], last)]
    if random.random() < 0.25:
        kind = _PAIRED[int(random.integers(len(_PAIRED)))]
        if kind != made[0].kind:
            made.append(_fault(random, kind, last))
    return tuple(made)


def _fault(random: np.random.Generator, kind: FaultKind, last: int) -> Fault:
    begin = int(random.integers(0, max(1, last)))
    end = begin + int(random.integers(1, 30))
    return Fault(kind, begin, end, float(random.random()))
