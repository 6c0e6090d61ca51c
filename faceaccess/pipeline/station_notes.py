"""What a station notes on what is in the store already, kept while the store refuses."""

import logging
import threading
from collections import deque
from collections.abc import Callable

from faceaccess.core.clock import Clock
from faceaccess.core.door_commands import DoorCommand
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockOutcome
from faceaccess.store.protocol import Store, Transaction

_log = logging.getLogger(__name__)

TRY_AGAIN = 2.0
"""Seconds before a store that refused is asked again."""
UNWRITTEN = 500
"""Notes that wait for a store that fails; then the oldest are lost, and logged."""


class StationNotes:
    """What the lock answered and what was commanded. Safe from any thread.

    Args:
        store: where it goes.
        clock: tells when to try a store that refused again.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: deque[Callable[[Transaction], None]] = deque()
        self._hand = threading.Lock()
        self._next_try = 0.0

    @property
    def unwritten(self) -> int:
        """How many notes wait for a store that fails."""
        return len(self._waiting)

    def event_lock(self, event_id: str, outcome: LockOutcome) -> None:
        """Note what the lock answered when the person of an event was to be let in."""
        self._add(lambda transaction: transaction.set_event_lock(event_id, outcome))

    def command(self, command: DoorCommand) -> None:
        """Note a command that takes place whether it can be stored or not."""
        self._add(lambda transaction: transaction.add_door_command(command))

    def command_lock(self, command_id: str, outcome: LockOutcome) -> None:
        """Note what the lock answered to a command that is stored."""
        self._add(lambda transaction: transaction.set_door_command_lock(command_id, outcome))

    def _add(self, write: Callable[[Transaction], None]) -> None:
        with self._hand:
            self._waiting.append(write)
            if len(self._waiting) > UNWRITTEN:
                self._waiting.popleft()
                _log.error("a note is lost: the store has refused %d of them", UNWRITTEN)
        self.write()

    def write(self, *, last: bool = False) -> None:
        """Write what is not in the store yet.

        Args:
            last: try at once, however short ago the store refused.
        """
        with self._hand:
            now = self._clock.monotonic()
            if not self._waiting or (now < self._next_try and not last):
                return
            waiting = list(self._waiting)
            try:
                with self._store.transaction() as transaction:
                    for write in waiting:
                        write(transaction)
            except KnownError as error:
                _log.error("what the lock answered cannot be written yet: %s", error)
                self._next_try = now + TRY_AGAIN
                return
            for _ in waiting:
                self._waiting.popleft()
