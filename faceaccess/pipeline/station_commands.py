"""What people command a running door: done, and stored with who gave it."""

import uuid

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.door_commands import DoorCommand, DoorCommandKind
from faceaccess.core.locks import LockError, LockOutcome, LockReport
from faceaccess.pipeline.door_lock import DoorLock
from faceaccess.pipeline.station_notes import StationNotes
from faceaccess.store.protocol import Store


class StationCommands:
    """The commands to one door. Safe from any thread.

    Args:
        name: the door's name.
        store: where commands go.
        lock: what is opened.
        notes: takes what is stored after it was done.
        clock: gives the times of commands.
        pulse: seconds for which the lock is opened.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        lock: DoorLock,
        notes: StationNotes,
        clock: Clock,
        *,
        pulse: float,
    ) -> None:
        self._name = name
        self._store = store
        self._lock = lock
        self._notes = notes
        self._clock = clock
        self._pulse = pulse

    def open_once(self, actor: Actor) -> LockReport:
        """Open the lock for one pulse because somebody says so.

        Raises:
            KnownError: if it cannot be recorded, the door is locked down, or the lock failed.
        """
        command = self._command(DoorCommandKind.OPEN, actor)
        self._store_first(command)
        try:
            report = self._lock.open(self._pulse)
        except LockError:
            self._notes.command_lock(command.id, LockOutcome.FAILED)
            raise
        self._notes.command_lock(command.id, report.outcome)
        return report

    def lock_down(self, actor: Actor) -> str:
        """Let nobody in until `end_lock_down`, also after a restart.

        Returns:
            A sentence where something about it went wrong, or "".
        """
        trouble = ""
        try:
            self._lock.lock_down()
        except LockError as error:
            trouble = f"The door lets nobody in, but the lock did not answer: {error}"
        self._notes.command(self._command(DoorCommandKind.LOCK_DOWN, actor))
        if self._notes.unwritten:
            trouble = f"{trouble} It is not recorded yet: the store refuses it.".strip()
        return trouble

    def end_lock_down(self, actor: Actor) -> None:
        """Let people in again.

        Raises:
            KnownError: if it cannot be recorded; the door stays locked down.
        """
        self._notes.write(last=True)  # the lock-down itself goes first
        self._store_first(self._command(DoorCommandKind.END_LOCK_DOWN, actor))
        self._lock.end_lock_down()

    def _command(self, kind: DoorCommandKind, actor: Actor) -> DoorCommand:
        who = f"{actor.name} ({actor.way})"
        return DoorCommand(str(uuid.uuid4()), self._name, self._clock.now(), kind, who)

    def _store_first(self, command: DoorCommand) -> None:
        with self._store.transaction() as transaction:
            transaction.add_door_command(command)
