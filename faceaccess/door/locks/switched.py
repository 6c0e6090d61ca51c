"""Locks whose board only knows on and off: the pulse is timed here, and guarded."""

import atexit
import contextlib
import logging
import threading
from typing import Protocol

from faceaccess.core.locks import LockError, LockOutcome, LockReport
from faceaccess.door.locks.deadline import Deadline, turn
from faceaccess.door.locks.guard import Guard
from faceaccess.door.locks.protocol import ANSWER_WITHIN, checked_pulse
from faceaccess.door.locks.pulse_timer import RETRY_AFTER, PulseTimer

_log = logging.getLogger(__name__)


class Switch(Protocol):
    """A relay or output that stays as it was told. Never called by two threads at a time."""

    def reach(self, deadline: Deadline) -> None:
        """Have the way to it at hand, without a command: what fails here has opened nothing.

        Raises:
            LockError: if there is no way.
        """
        ...

    def turn(self, deadline: Deadline, *, on: bool) -> str:
        """Switch on (open) or off (shut). Return what its answer was, in a sentence.

        Raises:
            LockError: if it did not acknowledge in time.
        """
        ...

    def ask(self, deadline: Deadline) -> tuple[LockOutcome, str]:
        """Whether it is there: acknowledged, or none where it cannot be asked; and a sentence.

        Raises:
            LockError: if it is not.
        """
        ...

    def close(self) -> None:
        """Give back what it holds; harmless when done already. Never raises."""
        ...


class SwitchedLock:
    """The `Lock` of a board without a timer.

    A pulse is ended by a thread of this process, by `close`, by the end of the process, and where
    the process is killed by its guard, a process of its own. The first two go on trying while the
    board does not answer.

    Args:
        switch: talks to the device.
        shown: the address, without secrets.
        guard: locks when this process dies; None only in the guard itself and in tests.
        retry_after: seconds between two tries to lock.
    """

    def __init__(
        self, switch: Switch, shown: str, guard: Guard | None, *, retry_after: float = RETRY_AFTER
    ) -> None:
        self._switch = switch
        self._shown = shown
        self._guard = guard
        self._commands = threading.Lock()
        self._timer = PulseTimer(self._end_pulse, retry_after=retry_after)
        self._closed = False
        self._told = False  # whether a lock that does not shut was logged already

    @property
    def address(self) -> str:
        """The address without secrets."""
        return self._shown

    def open(self, seconds: float) -> LockReport:
        """Open for `seconds`; see `Lock.open`.

        Raises:
            LockError: see `Lock.open`; also if the guard cannot be started. Locking is then tried
                until it succeeds.
        """
        seconds = checked_pulse(seconds)
        deadline = Deadline(ANSWER_WITHIN)
        with turn(self._commands, deadline, f"lock {self._shown}"):
            self._had()
            self._switch.reach(deadline)
            self._watched(seconds, deadline)  # before the relay moves, so that nothing is missed
            try:
                text = self._switch.turn(deadline, on=True)
            except BaseException:
                self._timer.set(0.0)  # it may have moved all the same
                raise
        return LockReport(LockOutcome.ACKNOWLEDGED, text, deadline.taken())

    def _watched(self, seconds: float, deadline: Deadline) -> None:
        if self._guard is not None:
            self._guard.opens(deadline)
        try:
            self._timer.set(seconds)
        except RuntimeError:
            raise LockError(
                f"The lock {self._shown} stays shut: no thread can be started to end its pulse.",
                "The machine has too many processes or too little memory.",
            ) from None

    def lock(self) -> None:
        """End any pulse now.

        Raises:
            LockError: if the board did not acknowledge; it is tried again until it does.
        """
        deadline = Deadline(ANSWER_WITHIN)
        with turn(self._commands, deadline, f"lock {self._shown}"):
            self._had()
            with contextlib.suppress(LockError):  # locking needs no guard
                self._start_guard()
            try:
                self._shut(deadline)
            except LockError:
                with contextlib.suppress(RuntimeError):  # no thread to be had: said by `open`
                    self._timer.set(0.0)
                raise

    def check(self) -> LockReport:
        """Ask whether it is there.

        Raises:
            LockError: if it is not, or the guard cannot be started.
        """
        deadline = Deadline(ANSWER_WITHIN)
        with turn(self._commands, deadline, f"lock {self._shown}"):
            self._had()
            self._start_guard()
            outcome, text = self._switch.ask(deadline)
        return LockReport(outcome, text, deadline.taken())

    def close(self) -> None:
        """End any pulse and give the device back; see `Lock.close`."""
        with self._commands:
            closed, self._closed = self._closed, True
        if closed:
            return
        self._timer.stop()
        with self._commands:
            if self._timer.pending:
                try:
                    self._shut(Deadline(ANSWER_WITHIN))
                except LockError as error:
                    self._tell(error)
            self._switch.close()
        if self._guard is not None:
            self._guard.close()
            atexit.unregister(self.close)

    def close_at_exit(self) -> None:
        """Have `close` called when the process ends in an orderly way."""
        atexit.register(self.close)

    def _start_guard(self) -> None:
        """Let it be ready before the first pulse, which cannot wait for long."""
        if self._guard is not None:
            self._guard.start()

    def _had(self) -> None:
        if self._closed:
            raise LockError(f"The lock {self._shown} was given back.")

    def _shut(self, deadline: Deadline) -> None:
        self._switch.turn(deadline, on=False)
        self._timer.clear()
        self._told = False
        if self._guard is not None:
            self._guard.locked()

    def _end_pulse(self) -> bool:
        with self._commands:
            if not self._timer.is_due():  # a new pulse was begun meanwhile, or this one was ended
                return True
            try:
                self._shut(Deadline(ANSWER_WITHIN / 2))  # an `open` that comes now waits for it
            except LockError as error:
                self._tell(error)
                return False
        return True

    def _tell(self, error: LockError) -> None:
        if not self._told:
            _log.warning("the lock %s could not be shut; trying on: %s", self._shown, error)
        self._told = True
