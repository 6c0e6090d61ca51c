"""A door of the simulated days: everything of it is the product's, but what it is connected to."""

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from faceaccess.core.actors import Actor
from faceaccess.core.decisions import Decision, Event
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame
from faceaccess.core.locks import LockError
from faceaccess.core.settings import Settings
from faceaccess.pipeline.door_factors import DoorFactors
from faceaccess.pipeline.door_lock import DoorLock
from faceaccess.pipeline.event_journal import EventJournal
from faceaccess.pipeline.frozen_camera import FrozenCamera
from faceaccess.pipeline.liveness_check import LivenessCheck
from faceaccess.pipeline.recognition import Recogniser
from faceaccess.pipeline.rules import DoorRules
from faceaccess.pipeline.simulation.faults import FaultyLock, FaultyStore, SimulatedClock
from faceaccess.pipeline.simulation.liveness import GivenLiveness
from faceaccess.pipeline.simulation.stage import Seen, Stage
from faceaccess.pipeline.station import DoorAnswer, Station
from faceaccess.store.protocol import Store
from faceaccess.vision.liveness.passive import PassiveLiveness

_WHO = Actor("simulation", "test")


class SimulatedDoor:
    """One process of the door; another one is made when it was broken off.

    As `RunningDoor`, without its threads: frames come one after the other, late ones are left out.

    Args:
        name: the door's.
        journal: its file.
        store: people, rules and events.
        lock: the board; it outlives the process.
        stage: finds and embeds, and tells how alive faces seem.
        settings: in force.
        clock: of the day.
        sure: is told every event that the door takes for recorded.

    Raises:
        KnownError: if the store cannot be read.
    """

    def __init__(
        self,
        name: str,
        journal: Path,
        store: FaultyStore,
        lock: FaultyLock,
        stage: Stage,
        settings: Settings,
        clock: SimulatedClock,
        sure: Callable[[Event], None],
    ) -> None:
        seen = cast(Store, store)  # it passes on whatever it does not have
        self._camera = FrozenCamera()
        self._clock = clock
        self._journal = EventJournal(seen, clock, journal, name)
        try:
            self._journal.flush(last=True)
            locked_down = self._journal.locked_down
            if locked_down is None:
                locked_down = seen.locked_down(name)
            self._rules = DoorFactors(seen, DoorRules(seen, name, clock), clock)
        except BaseException:
            self._journal.close()
            raise
        self._lock = DoorLock(lock, locked_down=locked_down, clock=clock)
        self.station = Station(
            name,
            seen,
            self._lock,
            clock,
            rules=_WatchedRules(self._rules, sure),
            journal=self._journal,
        )
        self._liveness = GivenLiveness(stage)
        self._recogniser = Recogniser(
            seen,
            stage.analyser,
            lambda: settings,
            clock,
            keeper=self.station,
            liveness=LivenessCheck(cast(PassiveLiveness, self._liveness)),  # its answers alone
        )
        with contextlib.suppress(LockError):  # what `DoorLock.start` does first, without its thread
            lock.lock()

    def show(self, frame: Frame, present: tuple[Seen, ...]) -> Sequence[DoorAnswer]:
        """Return what the door answers when a frame comes that shows who is present."""
        if self.station.is_stale(frame) or self._camera.is_frozen(frame):
            return ()
        self._liveness.shown(present)
        _, answers = self.station.process(self._recogniser, frame)
        return answers

    def entered(self, card: str | None, moment: float) -> None:
        """Take a card at the reader, or one that is nobody's."""
        self._rules.entered("0BAD0000" if card is None else card, moment)

    def open_by_hand(self) -> None:
        """Open once, as somebody commands.

        Raises:
            KnownError: as `Station.open_once`.
        """
        self.station.open_once(_WHO)

    def hold_open(self, seconds: float) -> None:
        """Hold it open for a while, as somebody commands.

        Raises:
            KnownError: as `StationCommands.hold`.
        """
        until = self._clock.now() + timedelta(seconds=seconds)
        self.station.commands.hold(_WHO, until)

    def end_hold(self) -> None:
        """End that, as somebody commands."""
        self.station.commands.end_hold(_WHO)

    def look_after_hold(self) -> None:
        """Renew or end it, as the product's thread does from time to time."""
        self.station.commands.look()

    def abandon(self) -> None:
        """Give the journal's file back, as the system does for a process that was killed."""
        self._journal.close()

    def lock_down(self, *, on: bool) -> bool:
        """Lock down or end it, as somebody commands; return whether that is so now."""
        if on:
            self.station.lock_down(_WHO)
            return True
        with contextlib.suppress(KnownError):
            self.station.end_lock_down(_WHO)
        return self.station.locked_down

    def finish(self) -> Sequence[DoorAnswer]:
        """End the process in order."""
        answers = self.station.finish(self._recogniser)
        self._journal.close()
        return answers


class _WatchedRules:
    """Rules that tell what was recorded, as soon as the door takes it for that."""

    def __init__(self, rules: DoorFactors, sure: Callable[[Event], None]) -> None:
        self._rules = rules
        self._sure = sure

    def admit(self, decision: Decision, now: datetime, *, locked_down: bool = False) -> Decision:
        return self._rules.admit(decision, now, locked_down=locked_down)

    def let_in(self, person_id: str, now: datetime) -> None:
        self._rules.let_in(person_id, now)

    def recorded(self, event: Event) -> None:
        self._rules.recorded(event)
        self._sure(event)
