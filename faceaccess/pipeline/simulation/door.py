"""The door of a simulated day: everything of it is the product's, but what it is connected to."""

import contextlib
from collections.abc import Sequence
from typing import cast

from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame
from faceaccess.core.locks import LockError
from faceaccess.core.settings import Settings
from faceaccess.pipeline.door_lock import DoorLock
from faceaccess.pipeline.frozen_camera import FrozenCamera
from faceaccess.pipeline.recognition import Recogniser
from faceaccess.pipeline.rules import DoorRules
from faceaccess.pipeline.simulation.cast import DOOR
from faceaccess.pipeline.simulation.faults import FaultyLock, FaultyStore, SimulatedClock
from faceaccess.pipeline.station import DoorAnswer, Station
from faceaccess.store.protocol import Store
from faceaccess.vision.analyser import FaceAnalyser

_WHO = Actor("simulation", "test")


class SimulatedDoor:
    """One process of the door; another one is made when it was broken off.

    As `RunningDoor`, without its threads: frames come one after the other, late ones are left out.

    Args:
        store: people, rules and events.
        lock: the board; it outlives the process.
        analyser: finds and embeds.
        settings: in force.
        clock: of the day.

    Raises:
        KnownError: if the store cannot be read.
    """

    def __init__(
        self,
        store: FaultyStore,
        lock: FaultyLock,
        analyser: FaceAnalyser,
        settings: Settings,
        clock: SimulatedClock,
    ) -> None:
        seen = cast(Store, store)  # it passes on whatever it does not have
        self._camera = FrozenCamera()
        self._lock = DoorLock(lock, locked_down=seen.locked_down(DOOR))
        rules = DoorRules(seen, DOOR, clock)
        self.station = Station(DOOR, seen, self._lock, clock, rules=rules)
        self._recogniser = Recogniser(seen, analyser, lambda: settings, clock, keeper=self.station)
        with contextlib.suppress(LockError):  # what `DoorLock.start` does first, without its thread
            lock.lock()

    def show(self, frame: Frame) -> Sequence[DoorAnswer]:
        """Return what the door answers when a frame comes."""
        if self.station.is_stale(frame) or self._camera.is_frozen(frame):
            return ()
        _, answers = self.station.process(self._recogniser, frame)
        return answers

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
        return self.station.finish(self._recogniser)
