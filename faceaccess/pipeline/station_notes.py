"""What a station notes on what it does; in the store, or in the journal while that refuses."""

from faceaccess.core.door_commands import DoorCommand
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockOutcome
from faceaccess.pipeline.event_journal import EventJournal
from faceaccess.pipeline.journal_records import CommandAnswer, CommandRecord, LockAnswer


class StationNotes:
    """What the lock answered and what was commanded. Safe from any thread.

    Args:
        journal: where it is written down.
    """

    def __init__(self, journal: EventJournal) -> None:
        self._journal = journal

    @property
    def unwritten(self) -> int:
        """How much of the door's record waits for a store that fails."""
        return self._journal.waiting

    def event_lock(self, event_id: str, outcome: LockOutcome) -> None:
        """Note what the lock answered when the person of an event was to be let in."""
        self._journal.write(LockAnswer(event_id, outcome))

    def command(self, command: DoorCommand) -> None:
        """Note a command that takes place whether it can be stored or not."""
        self._journal.write(CommandRecord(command))

    def command_first(self, command: DoorCommand) -> None:
        """Store a command that takes place only where it is stored, behind all that waits.

        Raises:
            KnownError: if the store refuses.
        """
        if self._journal.write_now(CommandRecord(command), at_once=True) != "written":
            raise self._journal.trouble or KnownError("The command cannot be recorded.")

    def command_lock(self, command_id: str, outcome: LockOutcome) -> None:
        """Note what the lock answered to a command that is stored."""
        self._journal.write(CommandAnswer(command_id, outcome))

    def write(self, *, last: bool = False) -> None:
        """Write what is not in the store yet.

        Args:
            last: try at once, however short ago the store refused.
        """
        self._journal.flush(last=last)
