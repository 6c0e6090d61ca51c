"""What people command a running door: done, and stored with who gave it."""

import uuid
from collections.abc import Callable
from datetime import datetime

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.door_commands import DoorCommand, DoorCommandKind
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome, LockReport
from faceaccess.pipeline.door_hold import DoorHold, checked_end
from faceaccess.pipeline.door_lock import DoorLock
from faceaccess.pipeline.station_notes import StationNotes
from faceaccess.store.protocol import Store

_TIME_IS_UP = Actor("time is up", "station")
_RESTART = Actor("ended with the process before", "station")
_STOP = Actor("the door was stopped", "station")
_NOT_BEGUN = Actor("the lock did not open", "station")


class StationCommands:
    """The commands to one door. Safe from any thread.

    What opens is stored before it is done, or is not done; what shuts is done first and stored as
    soon as the store allows.

    Args:
        name: the door's name.
        store: where commands go.
        lock: what is opened.
        notes: takes what is stored after it was done.
        clock: gives the times of commands.
        pulse: seconds for which the lock is opened.

    Attributes:
        on_mute: gets who muted the door, and until when; must not raise.
        on_unmute: is called when a mute is ended before its time; must not raise.
        on_lock_down: is told of every lock-down and of its end, with who gave it; must not raise.
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
        self._hold = DoorHold(lock, clock, ended=lambda: self._note_end_of_hold(_TIME_IS_UP))
        self._muted_until: datetime | None = None
        self.on_lock_down: Callable[[Actor, bool], None] = _nobody
        self.on_mute: Callable[[Actor, datetime], None] = _nobody
        self.on_unmute: Callable[[], None] = _nobody

    @property
    def held_until(self) -> datetime | None:
        """Until when the door is held open, aware, UTC, or None."""
        return self._hold.until

    @property
    def muted_until(self) -> datetime | None:
        """Until when the door gives no sound and no alert, aware, UTC, or None."""
        until = self._muted_until
        return until if until is not None and self._clock.now() < until else None

    def start(self) -> None:
        """Begin to renew holds; a hold that ended with a process before is noted as ended.

        Raises:
            KnownError: if the store cannot be read.
        """
        if self._store.held_open(self._name):
            self._note_end_of_hold(_RESTART)
        self._hold.start()

    def look(self) -> None:
        """Renew or end a hold where that is due; after `start` that is done by itself."""
        self._hold.look()

    def close(self) -> None:
        """End any hold; may be called twice."""
        if self._hold.close():
            self._note_end_of_hold(_STOP)

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
        trouble, held = "", self.held_until is not None
        try:
            self._lock.lock_down()
        except LockError as error:
            trouble = f"The door lets nobody in, but the lock did not answer: {error}"
        self._hold.end()
        if held:
            self._note_end_of_hold(actor)
        self.on_lock_down(actor, True)
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
        self.on_lock_down(actor, False)

    def hold(self, actor: Actor, until: datetime) -> LockReport:
        """Hold the door open; a hold that lasts gets the new end.

        Args:
            actor: who says so.
            until: aware; at most `door_hold.LONGEST` from now.

        Raises:
            KnownError: if the time is none, it cannot be recorded, the door is locked down, or the
                lock failed.
        """
        until = checked_end(until, self._clock.now())
        command = self._command(DoorCommandKind.HOLD_OPEN, actor, until)
        lasted = self.held_until is not None
        self._store_first(command)
        try:
            report = self._hold.begin(until)
        except KnownError as error:
            if isinstance(error, LockError):
                self._notes.command_lock(command.id, LockOutcome.FAILED)
            if not lasted:
                self._note_end_of_hold(_NOT_BEGUN)
            raise
        self._notes.command_lock(command.id, report.outcome)
        return report

    def end_hold(self, actor: Actor) -> None:
        """Shut a door that is held open; nothing happens to one that is not."""
        if self._hold.end():
            self._note_end_of_hold(actor)

    def mute(self, actor: Actor, until: datetime) -> None:
        """Let the door give no sound and no alert until a time; it decides as ever.

        Args:
            actor: who says so.
            until: aware; at most `door_hold.LONGEST` from now. The mute ends with the process, too.

        Raises:
            KnownError: if the time is none, or it cannot be recorded; the door is not muted then.
        """
        until = checked_end(until, self._clock.now())
        self._store_first(self._command(DoorCommandKind.MUTE, actor, until))
        self._muted_until = until
        self.on_mute(actor, until)

    def unmute(self, actor: Actor) -> None:
        """End a mute; nothing happens to a door that is not muted."""
        if self.muted_until is not None:
            self._muted_until = None
            self.on_unmute()
            self._notes.command(self._command(DoorCommandKind.UNMUTE, actor))

    def _note_end_of_hold(self, actor: Actor) -> None:
        self._notes.command(self._command(DoorCommandKind.END_HOLD, actor))

    def _command(
        self, kind: DoorCommandKind, actor: Actor, until: datetime | None = None
    ) -> DoorCommand:
        who = actor.signature
        now = self._clock.now()
        return DoorCommand(str(uuid.uuid4()), self._name, now, kind, who, until=until)

    def _store_first(self, command: DoorCommand) -> None:
        self._notes.command_first(command)


def _nobody(*_what: object) -> None:
    """Nobody listens."""
