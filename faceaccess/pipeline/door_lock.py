"""The lock of a door: one hand on it, and none while the door is locked down."""

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from faceaccess.core.clock import Clock, SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockReport
from faceaccess.door.locks.protocol import Lock

_log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")

CHECK_EVERY = 5.0
"""Seconds between two looks whether a lock behind a web server or broker can be reached."""
CHECK_NEAR_EVERY = 1.0
"""The same for one that hangs on this machine or is asked in plain words: a look costs little."""
_NEAR = ("simulated", "serial", "gpio", "modbus")


HOLD_PULSE = 10.0
"""Seconds of one pulse of a door that is held open: for so long it may stay open when the process
is killed and the board has a timer of its own. Without one the guard shuts it at once."""
_SHORTEST_REST = 0.5  # s; a shorter rest of an opening is not worth a command


class LockedDownError(KnownError):
    """The door is locked down: the lock is not commanded."""


class DoorLock:
    """A lock with a lock-down that wins over every opening. Safe from any thread.

    Args:
        lock: commanded by this object alone.
        locked_down: whether the door was left locked down.
        clock: measures how long the lock is still open.

    Attributes:
        trouble: why the lock did not answer the last time, or None.
        on_opening: gets the seconds of every opening, whoever asked, just before it is commanded;
            must neither wait nor raise.
        on_trouble: gets `trouble` whenever the lock was commanded or looked at; the same holds.
    """

    def __init__(self, lock: Lock, *, locked_down: bool, clock: Clock | None = None) -> None:
        self._lock = lock
        self._clock = clock or SystemClock()
        self._held = False
        self._asked_until = self._open_until = 0.0  # of openings; of whatever was commanded
        self._locked_down = locked_down
        self._hand = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.trouble: KnownError | None = None
        self.on_opening: Callable[[float], None] = _nobody
        self.on_trouble: Callable[[KnownError | None], None] = _nobody
        near = lock.address.partition(":")[0] in _NEAR
        self._check_every = CHECK_NEAR_EVERY if near else CHECK_EVERY

    @property
    def address(self) -> str:
        """The lock's address without secrets."""
        return self._lock.address

    @property
    def locked_down(self) -> bool:
        """Whether nothing opens it now."""
        return self._locked_down

    @property
    def held(self) -> bool:
        """Whether it is held open: it shuts when nobody renews that."""
        return self._held

    @property
    def seconds_left(self) -> float:
        """For how long it is still open, as it was commanded; 0.0 when it is not."""
        return max(0.0, self._open_until - self._clock.monotonic())

    def start(self) -> None:
        """Lock what a process before may have left open, then look after the lock from time to
        time; on a thread of its own, so that a lock that does not answer holds nobody up.
        """
        self._thread = threading.Thread(target=self._look_after, name="lock", daemon=True)
        self._thread.start()

    def open(self, seconds: float) -> LockReport:
        """Open for a pulse; returns when the lock has acknowledged.

        Raises:
            LockedDownError: while the door is locked down.
            LockError: if the lock did not acknowledge.
        """
        with self._hand:
            self._refuse_if_locked_down()
            # Whoever is let in while it is held open must not shut it.
            report = self._open(max(seconds, HOLD_PULSE) if self._held else seconds)
            self._asked_until = self._clock.monotonic() + seconds
            return report

    def hold(self) -> LockReport:
        """Hold it open from now on, as long as `renew_hold` is called in time.

        Raises:
            LockedDownError: while the door is locked down.
            LockError: if the lock did not acknowledge; it is not held then.
        """
        with self._hand:
            self._refuse_if_locked_down()
            report = self._open(HOLD_PULSE)
            self._held = True
            return report

    def renew_hold(self) -> bool:
        """Open for another `HOLD_PULSE`; return whether it is held open still.

        Raises:
            LockError: if the lock did not acknowledge; it is held nevertheless: try again.
        """
        with self._hand:
            if self._held and not self._locked_down:
                self._open(HOLD_PULSE)
            return self._held

    def end_hold(self) -> None:
        """Shut it, but for who was let in a moment ago; harmless when it is not held.

        Raises:
            LockError: if the lock did not acknowledge: it shuts after `HOLD_PULSE` at the latest.
        """
        with self._hand:
            if not self._held:
                return
            self._held = False
            rest = self._asked_until - self._clock.monotonic()
            if rest >= _SHORTEST_REST:
                self._open(rest)
            else:
                self._shut()

    def _refuse_if_locked_down(self) -> None:
        if self._locked_down:
            raise LockedDownError(
                "The door is locked down.", "End the lock-down: `faceaccess door lockdown`."
            )

    def _open(self, seconds: float) -> LockReport:
        self.on_opening(seconds)  # the door may open before the lock has acknowledged
        report = self._told(lambda: self._lock.open(seconds))
        self._open_until = self._clock.monotonic() + seconds
        return report

    def _shut(self) -> None:
        self._told(self._lock.lock)
        self._open_until = 0.0

    def lock_down(self) -> None:
        """Let nothing open the lock from now on, and lock it.

        Raises:
            LockError: if the lock did not acknowledge; it is locked down nevertheless.
        """
        self._locked_down = True  # before the hand is free: an opening that waits finds it set
        with self._hand:
            self._held = False
            self._shut()

    def end_lock_down(self) -> None:
        """Let the lock be opened again."""
        self._locked_down = False

    def close(self) -> None:
        """End any pulse and give the lock back."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(5.0)
        with self._hand:
            self._held = False
            self._open_until = 0.0
            self._lock.close()

    def _look_after(self) -> None:
        first = True
        while first or not self._stopping.wait(self._check_every):
            with self._hand, contextlib.suppress(LockError):  # noted
                self._told(self._lock.lock if first else self._lock.check)
            first = False

    def _told(self, command: Callable[[], _Answer]) -> _Answer:
        """Give a command and note whether the lock answered; whatever goes wrong is a LockError."""
        try:
            answer = command()
        except LockError as error:
            self._note(error)
            raise
        except Exception as error:
            _log.exception("a fault in commanding the lock %s", self._lock.address)
            fault = LockError(f"The lock {self._lock.address} failed: {error!r}.", "See the log.")
            self._note(fault)
            raise fault from error
        self._note(None)
        return answer

    def _note(self, trouble: KnownError | None) -> None:
        if trouble is None and self.trouble is not None:
            _log.info("the lock %s answers again", self._lock.address)
        if trouble is not None and str(trouble) != str(self.trouble or ""):
            _log.warning("the lock does not answer: %s", trouble)
        self.trouble = trouble
        self.on_trouble(trouble)


def _nobody(_what: object) -> None:
    """Nobody listens."""
