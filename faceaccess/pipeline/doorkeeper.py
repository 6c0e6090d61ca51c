"""What recognition asks and tells where a real door is opened by what it decides."""

from typing import Protocol

from faceaccess.core.decisions import Decision, Event
from faceaccess.core.frames import Frame
from faceaccess.pipeline.event_journal import EventJournal


class Doorkeeper(Protocol):
    """What stands behind recognition where a real door is opened."""

    @property
    def name(self) -> str:
        """The door's name: it numbers the events."""
        ...

    @property
    def journal(self) -> EventJournal:
        """Where visits are written down."""
        ...

    def admit(self, decision: Decision, frame: Frame) -> Decision:
        """Return whether somebody who was recognised may come in now, and if not, why.

        Asked for the face in front while its evidence grants, before anything is written. Anything
        but a decision that is granted keeps the person out; an exception does too.
        """
        ...

    def waits_for_lock(self, visit: str) -> bool:
        """Return whether somebody was let in whose lock has failed, and is to be tried again."""
        ...

    def recorded(self, event: Event) -> None:
        """Take notice of an event that is sure to be in the record now; must not raise."""
        ...
