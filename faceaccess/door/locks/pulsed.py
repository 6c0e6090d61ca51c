"""Locks whose board ends a pulse by itself: whoever dies here, the door shuts."""

import logging
import threading
from typing import Protocol

from faceaccess.core.locks import LockError, LockOutcome, LockReport
from faceaccess.door.locks.deadline import Deadline, turn
from faceaccess.door.locks.protocol import ANSWER_WITHIN, checked_pulse

_log = logging.getLogger(__name__)

# Of the second, what the command to open may take; the rest is for taking it back.
_OPEN_WITHIN = 0.7


class Board(Protocol):
    """A board with a timer. Never called by two threads at a time."""

    def pulse(self, seconds: float, deadline: Deadline) -> str:
        """Have it open for `seconds`; 0.0 ends a pulse. Return what its answer was, in a sentence.

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


class PulsedLock:
    """The `Lock` of a board with its own timer.

    Args:
        board: talks to the device.
        shown: the address, without secrets.
    """

    def __init__(self, board: Board, shown: str) -> None:
        self._board = board
        self._shown = shown
        self._commands = threading.Lock()
        self._closed = False

    @property
    def address(self) -> str:
        """The address without secrets."""
        return self._shown

    def open(self, seconds: float) -> LockReport:
        """Open for `seconds`; see `Lock.open`.

        Raises:
            LockError: see `Lock.open`. The board was then told to lock, as far as it listens; a
                command that it had taken without saying so ends with its pulse.
        """
        seconds = checked_pulse(seconds)
        whole = Deadline(ANSWER_WITHIN)
        with turn(self._commands, whole, f"lock {self._shown}"):
            self._had()
            try:
                text = self._board.pulse(seconds, Deadline(min(_OPEN_WITHIN, whole.left())))
            except LockError:
                self._take_back(whole)
                raise
        return LockReport(LockOutcome.ACKNOWLEDGED, text, whole.taken())

    def _take_back(self, deadline: Deadline) -> None:
        try:
            self._board.pulse(0.0, deadline)
        except LockError as error:
            _log.debug("the lock could not be told to stay shut: %s", error)

    def lock(self) -> None:
        """End any pulse now.

        Raises:
            LockError: if the board did not acknowledge.
        """
        deadline = Deadline(ANSWER_WITHIN)
        with turn(self._commands, deadline, f"lock {self._shown}"):
            self._had()
            self._board.pulse(0.0, deadline)

    def check(self) -> LockReport:
        """Ask whether it is there.

        Raises:
            LockError: if it is not.
        """
        deadline = Deadline(ANSWER_WITHIN)
        with turn(self._commands, deadline, f"lock {self._shown}"):
            self._had()
            outcome, text = self._board.ask(deadline)
        return LockReport(outcome, text, deadline.taken())

    def close(self) -> None:
        """Give the device back. A pulse that runs ends by the board's timer."""
        with self._commands:
            self._closed = True
            self._board.close()

    def _had(self) -> None:
        if self._closed:
            raise LockError(f"The lock {self._shown} was given back.")
