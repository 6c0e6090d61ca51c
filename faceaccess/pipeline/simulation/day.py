"""One simulated day: plays its script before the doors, and lets the referee watch."""

import contextlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from faceaccess.core.decisions import Event
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.frames import Frame, Image
from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.door.locks.open import open_lock
from faceaccess.door.locks.simulated import SimulatedLock
from faceaccess.door.policy import FRESH
from faceaccess.pipeline.simulation.cast import SITES, Visitor
from faceaccess.pipeline.simulation.door import SimulatedDoor
from faceaccess.pipeline.simulation.faults import (
    BreakingPoints,
    BrokenOff,
    FaultyLock,
    FaultyStore,
    SimulatedClock,
    Written,
)
from faceaccess.pipeline.simulation.ledger import Shown
from faceaccess.pipeline.simulation.people import People
from faceaccess.pipeline.simulation.referee import Referee
from faceaccess.pipeline.simulation.script import (
    AWAY,
    STEP,
    Entry,
    Fault,
    FaultKind,
    PlannedVisit,
    Stay,
    day,
)
from faceaccess.pipeline.simulation.stage import Seen, Stage
from faceaccess.pipeline.station import DoorAnswer
from faceaccess.store.protocol import Store
from faceaccess.store.sqlite_store import SqliteStore

RECOVERY = 3.5
"""Seconds after a fault in which the door need not let anybody in yet: locks and stores that failed
are tried again after 1 to 2 s."""
_REMEMBERED = 80  # frames that a camera may give late


@dataclass(frozen=True, eq=False)
class _Taken:
    """A frame, and what is really before the camera."""

    frame: Frame
    present: tuple[Seen, ...]
    front: Seen | None
    good: bool


class Day:
    """A day at all doors; people come to one of them at a time.

    Args:
        folder: an empty one, for the data.
        stage: how people look.
        visits: how many come.
        seed: fixes everything.
    """

    def __init__(self, folder: Path, stage: Stage, visits: int, seed: int) -> None:
        self._stage = stage
        self._folder = folder
        self._random = np.random.default_rng([seed, 7])
        begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=int(self._random.integers(365)))
        self._clock = SimulatedClock(begin)
        self._script = day(visits, seed, staff=stage.staff, strangers=stage.strangers)
        self._real: Store = SqliteStore(DataHome(folder), self._clock)
        self.referee = Referee()
        self._people = People(self._real, stage)
        for number in range(stage.staff):
            self.referee.ledger.active(Visitor(number, staff=True), 0.0, on=True)
        self._points = BreakingPoints()
        self._opened = False
        self._boards = [_board(self._clock) for _ in SITES]
        self._locks = [
            FaultyLock(board, self._clock, self._points, self._on_opened) for board in self._boards
        ]
        self._store = FaultyStore(self._real, self._clock, self._points, self._on_written)
        self._settings = Settings(threshold=stage.threshold, liveness="doors")
        self._doors: list[SimulatedDoor | None] = [None for _ in SITES]
        self._site = 0
        self._frames: deque[_Taken] = deque(maxlen=_REMEMBERED)
        self._number = 0
        self._running: list[Fault] = []
        self._clean_from = 0.0
        self._frozen: tuple[Image, tuple[Seen, ...]] | None = None
        self._subject = Visitor(0, staff=True)
        self._front: Seen | None = None
        self.faults = 0

    def play(self) -> Iterator[int]:
        """Play the whole day; yields the number of visits so far after each."""
        for visit in self._script:
            self._visit(visit)
            yield visit.number + 1
        for site, door in enumerate(self._doors):
            if door is not None:
                self._site = site
                self._answers(door.finish())
        commands = self._real.door_commands(limit=1_000_000)
        self.referee.end(list(self._real.all_events()), commands, self._clock.monotonic())

    def close(self) -> None:
        """Close the store."""
        self._real.close()

    # One visit

    def _visit(self, visit: PlannedVisit) -> None:
        self._clock.advance(visit.pause)
        self._site = visit.site
        self.referee.visit(visit.number, visit.site)
        self.faults += len(visit.faults)
        self._frozen = None
        self._frames.clear()
        del self._boards[self._site].record[:-2]
        staff = [stay.visitor for stay in visit.stays if stay.visitor.staff]
        self._subject = (
            staff[0]
            if staff
            else Visitor(int(self._random.integers(self._stage.staff)), staff=True)
        )
        for fault in visit.faults:
            if fault.kind == "enrolled":
                self._be_removed(self._subject)
        if self.referee.ledger.is_locked_down(self._site):
            self._release()  # the visit before could not
        for step in range(visit.steps):
            self._clock.advance(AWAY if step == visit.steps - 1 else STEP)
            try:
                self._change(visit.faults, step)
                present = self._present(visit.stays, step)
                self._stand(present)
                self._look_after_hold()
                self._enter(visit.entries, step)
                self._show(present)
            except BrokenOff:
                self._break_off()
        self.referee.over(self._clock.monotonic())

    def _present(self, stays: tuple[Stay, ...], step: int) -> tuple[Seen, ...]:
        return tuple(
            Seen(
                stay.visitor,
                stay.near,
                bool(stay.poor and self._random.random() < stay.poor),
                stay.picture,
                stay.seems,
            )
            for stay in stays
            if stay.begin <= step < stay.end
        )

    def _stand(self, present: tuple[Seen, ...]) -> None:
        self._front = next((seen for seen in present if seen.near), None)
        if self._front is None:
            self._front = next(iter(present), None)
        self.referee.stands(self._clock.monotonic(), self._clock.now(), self._front)

    def _look_after_hold(self) -> None:
        if self._door is not None:
            with self.referee.by_hand("renewed"):
                self._door.look_after_hold()
            self._opened = False

    def _enter(self, entries: tuple[Entry, ...], step: int) -> None:
        for entry in entries:
            if entry.step == step and self._running_door() and self._door is not None:
                now = self._clock.monotonic()
                shown = Shown(now - entry.ago, now, entry.card, self._is_clean)
                self._door.entered(None if entry.card is None else entry.card.card, shown.moment)
                self.referee.entered(shown)

    def _show(self, present: tuple[Seen, ...]) -> None:
        image = self._stage.picture(present, self._random)
        shown = present
        if self._frozen is not None:
            image, shown = self._frozen
        elif self._has("frozen"):
            self._frozen = image, present
        now = self._clock.monotonic()
        frame = Frame(image, "Simulated", self._number, now, self._clock.now())
        self._number += 1
        good = self._front is not None and not self._front.poor and self._frozen is None
        self._frames.append(_Taken(frame, shown, self._front, good))
        given = self._given(now)
        if given is None or not self._running_door() or self._door is None:
            return
        self.referee.frame(given.frame.moment, given.front, good=given.good, clean=self._is_clean)
        self._answers(self._door.show(given.frame, given.present))

    @property
    def _is_clean(self) -> bool:
        return not self._running and self._clock.monotonic() >= self._clean_from

    def _given(self, now: float) -> _Taken | None:
        """Return the frame that the camera gives now: the newest, or a late one."""
        late = next((fault for fault in self._running if fault.kind == "stale"), None)
        if late is None:
            return self._frames[-1]
        delay = FRESH + STEP + 3.0 * late.size
        old = [one for one in self._frames if one.frame.moment <= now - delay]
        return replace(old[-1], good=False) if old else None

    def _answers(self, answers: Sequence[DoorAnswer]) -> None:
        for answer in answers:
            self.referee.answered(answer, self._opened, self._clock.monotonic())
        self._opened = False

    def _on_opened(self, acknowledged: bool) -> None:  # noqa: FBT001  # called by the lock alone
        self._opened = acknowledged
        now, wall = self._clock.monotonic(), self._clock.now()
        self.referee.opened(now, wall, acknowledged=acknowledged)

    def _on_sure(self, event: Event) -> None:
        self.referee.sure(event, self._clock.monotonic())

    def _on_written(self, written: Written) -> None:
        self.referee.written(written, self._clock.monotonic())

    # The process

    @property
    def _door(self) -> SimulatedDoor | None:
        return self._doors[self._site]

    @property
    def _lock(self) -> FaultyLock:
        return self._locks[self._site]

    def _running_door(self) -> bool:
        if self._door is None:
            try:
                self._doors[self._site] = SimulatedDoor(
                    SITES[self._site].name,
                    self._folder / f"door-{self._site}.journal",
                    self._store,
                    self._lock,
                    self._stage,
                    self._settings,
                    self._clock,
                    self._on_sure,
                )
            except KnownError:
                return False  # it is started again
            self.referee.ledger.began(self._site, self._clock.monotonic())
        return True

    def _break_off(self) -> None:
        if self._door is not None:
            self._door.abandon()
        self._doors[self._site] = None
        self._opened = False
        self.referee.broken_off()
        self._clock.advance(0.5 + 2.0 * float(self._random.random()))
        self._clean_from = self._clock.monotonic() + RECOVERY

    # What goes wrong

    def _has(self, kind: FaultKind) -> bool:
        return any(fault.kind == kind for fault in self._running)

    def _change(self, faults: tuple[Fault, ...], step: int) -> None:
        broken_off = False
        for fault in faults:
            if step == fault.end:
                self._running.remove(fault)
                self._clean_from = self._clock.monotonic() + RECOVERY
                self._end(fault)
                broken_off |= fault.kind == "broken off" and self._points.disarm()
            elif step == fault.begin:
                self._running.append(fault)
                self._begin(fault)
        if broken_off:  # it passed too few places
            raise BrokenOff

    def _begin(self, fault: Fault) -> None:
        kind = fault.kind
        if kind == "lock lost":
            self._lock.fault = "lost"
        elif kind == "lock refuses":
            self._lock.fault = "refuses"
        elif kind == "lock silent":
            self._lock.fault = "silent"
        elif kind == "store locked":
            self._store.fault, self._store.waits = "locked", fault.size
        elif kind == "store slow":
            self._store.fault, self._store.waits = "slow", 3.0 * fault.size
        elif kind == "store full":
            self._store.fault = "full"
        elif kind in ("store away", "store long away"):
            self._store.fault = "away"
        elif kind == "clock jumps":
            self._clock.set(timedelta(hours=24.0 * fault.size - 12.0))
        elif kind == "broken off":
            self._points.arm(int(12 * fault.size))
        else:
            self._begin_change(kind)

    def _begin_change(self, kind: FaultKind) -> None:
        now = self._clock.monotonic()
        if kind == "switched off":
            self._people.switch(self._subject, on=False)
            self.referee.ledger.active(self._subject, now, on=False)
        elif kind == "removed":
            self._be_removed(self._subject)
        elif kind == "enrolled":
            self._be_enrolled(self._subject)
        elif kind == "new head":
            self._people.new_head(self._random)
        elif kind == "locked down" and self._running_door() and self._door is not None:
            self._door.lock_down(on=True)
            self.referee.ledger.locked_down(self._site, on=True)
        elif kind == "opened by hand" and self._running_door() and self._door is not None:
            with self.referee.by_hand("opened"), contextlib.suppress(KnownError):
                self._door.open_by_hand()
            self._opened = False
        elif kind == "held open" and self._running_door() and self._door is not None:
            seconds = 1.0 + 15.0 * float(self._random.random())
            with self.referee.by_hand("held"), contextlib.suppress(KnownError):
                self.referee.hold(now + seconds)
                self._door.hold_open(seconds)
            self._opened = False

    def _end(self, fault: Fault) -> None:
        kind, now = fault.kind, self._clock.monotonic()
        if kind.startswith("lock "):
            self._lock.fault = "none"
        elif kind.startswith("store "):
            self._store.fault = "none"
        elif kind == "frozen":
            self._frozen = None
        elif kind == "clock jumps":
            self._clock.set(-timedelta(hours=24.0 * fault.size - 12.0))
        elif kind == "switched off":
            self._people.switch(self._subject, on=True)
            self.referee.ledger.active(self._subject, now, on=True)
        elif kind == "removed":
            self._be_enrolled(self._subject)
        elif kind == "locked down":
            self._release()
        elif kind == "held open" and self._door is not None and fault.size < 0.5:
            self.referee.hold(None)
            with self.referee.by_hand("renewed"):
                self._door.end_hold()
            self._opened = False

    def _release(self) -> None:
        """End a lock-down where the store takes that."""
        if self._running_door() and self._door is not None:
            self.referee.ledger.locked_down(self._site, on=self._door.lock_down(on=False))

    def _be_removed(self, visitor: Visitor) -> None:
        self._people.remove(visitor)
        self.referee.ledger.active(visitor, self._clock.monotonic(), on=False)

    def _be_enrolled(self, visitor: Visitor) -> None:
        self._people.enrol(visitor)
        self.referee.ledger.active(visitor, self._clock.monotonic(), on=True, anew=True)


def _board(clock: SimulatedClock) -> SimulatedLock:
    board = open_lock("simulated:", clock)
    if not isinstance(board, SimulatedLock):
        raise BugError("the simulated lock is another")
    return board
