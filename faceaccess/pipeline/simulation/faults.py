"""Clock, lock and store as they are when something goes wrong; everything else of them is real."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from faceaccess.core.decisions import Event
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome, LockReport
from faceaccess.door.locks.simulated import SimulatedLock
from faceaccess.store.protocol import Store, Transaction

SILENCE = 1.0
"""Seconds after which a lock that says nothing has failed."""


class BrokenOff(BaseException):  # no error: the process is no more
    """The process ends here, as by `kill -9`. Nothing in the product may catch it."""


class SimulatedClock:
    """Time that passes when the simulation says so, and a wall clock that can be set."""

    def __init__(self, start: datetime) -> None:
        self._wall = start
        self._monotonic = 0.0

    def now(self) -> datetime:
        """As `Clock.now`."""
        return self._wall

    def monotonic(self) -> float:
        """As `Clock.monotonic`."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._wall += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set(self, by: timedelta) -> None:
        """Set the wall clock forwards or back."""
        self._wall += by


class BreakingPoints:
    """Where the process is broken off: at the `left`-th place from now on that is passed."""

    def __init__(self) -> None:
        self._left: int | None = None

    def arm(self, places: int) -> None:
        """Break off at the so-manyth place, 0 for the next."""
        self._left = places

    def disarm(self) -> bool:
        """Return whether it was armed and has not broken off."""
        armed, self._left = self._left is not None, None
        return armed

    def passed(self) -> None:
        """Say that one of the places is passed.

        Raises:
            BrokenOff: if it is the one.
        """
        if self._left is None:
            return
        if self._left == 0:
            self._left = None
            raise BrokenOff
        self._left -= 1


LockFault = Literal["none", "lost", "refuses", "silent"]


class FaultyLock:
    """A board that outlives the process; it may be out of reach, refuse, or open without a word.

    Args:
        board: what really opens.
        clock: runs on while an answer is waited for.
        points: where the process is broken off.
        opened: is told when the bolt has really moved, and whether the lock says so.
    """

    def __init__(
        self,
        board: SimulatedLock,
        clock: SimulatedClock,
        points: BreakingPoints,
        opened: Callable[[bool], None],
    ) -> None:
        self._board = board
        self._clock = clock
        self._points = points
        self._opened = opened
        self.fault: LockFault = "none"

    @property
    def address(self) -> str:
        """As `Lock.address`."""
        return self._board.address

    def open(self, seconds: float) -> LockReport:
        """As `Lock.open`."""
        self._points.passed()
        self._answering()
        report = self._board.open(seconds)
        self._opened(self.fault != "silent")
        self._points.passed()
        if self.fault == "silent":
            self._clock.advance(SILENCE)
            raise LockError("The simulated lock does not answer.")
        return report

    def lock(self) -> None:
        """As `Lock.lock`."""
        self._answering()
        self._board.lock()

    def check(self) -> LockReport:
        """As `Lock.check`."""
        self._answering()
        return self._board.check()

    def close(self) -> None:
        """As `Lock.close`."""

    def _answering(self) -> None:
        if self.fault == "lost":
            self._clock.advance(SILENCE)
            raise LockError("The simulated lock cannot be reached.")
        if self.fault == "refuses":
            raise LockError("The simulated lock refuses.")


StoreFault = Literal["none", "locked", "full", "away", "slow"]


@dataclass(eq=False)
class Written:
    """What a transaction of a door has written.

    Attributes:
        events: that were added.
        notes: ids of events, each with what the lock answered.
    """

    events: list[Event] = field(default_factory=list)
    notes: list[tuple[str, LockOutcome]] = field(default_factory=list)


class FaultyStore:
    """The real store behind a database that may be locked, full, away or slow.

    Args:
        store: what is really written.
        clock: runs on while a lock of the database is waited for.
        points: where the process is broken off.
        written: is told what each transaction has written that was committed.
    """

    def __init__(
        self,
        store: Store,
        clock: SimulatedClock,
        points: BreakingPoints,
        written: Callable[[Written], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._points = points
        self._written = written
        self.fault: StoreFault = "none"
        self.waits = 0.0

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """As `Store.transaction`."""
        self._points.passed()
        if self.fault in ("locked", "slow"):
            self._clock.advance(self.waits)
        if self.fault in ("locked", "away"):
            raise KnownError("The database is locked by another program.")
        written = Written()
        with self._store.transaction() as transaction:
            yield _Watched(transaction, written)  # passes all else on
            if self.fault == "full":
                raise KnownError("The disk is full.")
            self._points.passed()
        self._written(written)
        self._points.passed()

    def revision(self) -> int:
        """As `Store.revision`."""
        if self.fault == "away":
            raise KnownError("The database cannot be opened.")
        return self._store.revision()

    def __getattr__(self, name: str) -> Any:  # whatever the store has
        return getattr(self._store, name)


class _Watched:
    """A transaction that remembers what was written."""

    def __init__(self, transaction: Transaction, written: Written) -> None:
        self._transaction = transaction
        self._written = written

    def add_event(self, event: Event) -> Event:
        stored = self._transaction.add_event(event)
        self._written.events.append(stored)
        return stored

    def set_event_lock(self, event_id: str, outcome: LockOutcome) -> None:
        self._transaction.set_event_lock(event_id, outcome)
        self._written.notes.append((event_id, outcome))

    def __getattr__(self, name: str) -> Any:  # whatever a transaction has
        return getattr(self._transaction, name)
