"""The lock of a door: one hand on it, and none while the door is locked down."""

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockReport
from faceaccess.door.locks.protocol import Lock

_log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")

CHECK_EVERY = 5.0
"""Seconds between two looks whether a lock behind a network can still be reached."""
CHECK_NEAR_EVERY = 1.0
"""The same for a lock that hangs on this machine, where a look costs nobody anything."""
_NEAR = ("simulated", "serial", "gpio")


class LockedDownError(KnownError):
    """The door is locked down: the lock is not commanded."""


class DoorLock:
    """A lock with a lock-down that wins over every opening. Safe from any thread.

    Args:
        lock: commanded by this object alone.
        locked_down: whether the door was left locked down.

    Attributes:
        trouble: why the lock did not answer the last time, or None.
        on_opening: gets the seconds of every opening, whoever asked, just before it is commanded;
            must neither wait nor raise.
        on_trouble: gets `trouble` whenever the lock was commanded or looked at; the same holds.
    """

    def __init__(self, lock: Lock, *, locked_down: bool) -> None:
        self._lock = lock
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
            if self._locked_down:
                raise LockedDownError(
                    "The door is locked down.", "End the lock-down: `faceaccess door lockdown`."
                )
            self.on_opening(seconds)  # the door may open before the lock has acknowledged
            return self._told(lambda: self._lock.open(seconds))

    def lock_down(self) -> None:
        """Let nothing open the lock from now on, and lock it.

        Raises:
            LockError: if the lock did not acknowledge; it is locked down nevertheless.
        """
        self._locked_down = True  # before the hand is free: an opening that waits finds it set
        with self._hand:
            self._told(self._lock.lock)

    def end_lock_down(self) -> None:
        """Let the lock be opened again."""
        self._locked_down = False

    def close(self) -> None:
        """End any pulse and give the lock back."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(5.0)
        with self._hand:
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
