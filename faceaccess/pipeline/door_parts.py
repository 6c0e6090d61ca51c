"""What a door that runs is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from faceaccess.camera.protocol import CameraSource
from faceaccess.core.clock import Clock
from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.door.locks.protocol import Lock
from faceaccess.door.readers.reader import Reader
from faceaccess.pipeline.door_watch import DoorWatch
from faceaccess.pipeline.doorkeeper import Doorkeeper
from faceaccess.pipeline.recognition import Recogniser
from faceaccess.pipeline.station import PULSE, AccessRules, DoorAnswer
from faceaccess.pipeline.station_server import Record
from faceaccess.store.protocol import Store


class AnswerCounter(Protocol):
    """What counts the answers of a door; see `faceaccess.pipeline.door_metrics`."""

    def answered(self, answer: DoorAnswer) -> None:
        """Count an answer."""
        ...

    def close(self) -> None:
        """End; may be called twice."""
        ...


def _silence(_sentence: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, eq=False)
class DoorParts:
    """What a `RunningDoor` is made of.

    Attributes:
        home: the data folder.
        store: events and commands.
        settings: gives the settings in force.
        clock: for everything that takes time.
        name: the door's name, checked.
        source: its camera; not opened yet.
        lock: its lock; closed by the running door.
        new_recogniser: makes the recogniser of a doorkeeper; slow (loads the networks).
        pulse: seconds for which the lock is opened.
        rules: who may enter when, or None: everybody who is recognised.
        reader: what PINs, cards and codes are entered at, or None; closed by the running door.
        new_watch: makes what watches over the door (contact, alarms, alerts); closed by the
            running door. None for one without contact and alerts.
        new_metrics: makes what counts the door's answers and gives the figures, of what tells how
            the door is; closed by the running door. None for no metrics.
        say: takes a sentence for people when something changes that they should know.
        when_settled: what is done, once, when the door works and nobody stands there.
    """

    home: DataHome
    store: Store
    settings: Callable[[], Settings]
    clock: Clock
    name: str
    source: CameraSource
    lock: Lock
    new_recogniser: Callable[[Doorkeeper], Recogniser]
    pulse: float = PULSE
    rules: AccessRules | None = None
    reader: Reader | None = None
    new_watch: Callable[[], DoorWatch] | None = None
    new_metrics: Callable[[Callable[[], Record]], AnswerCounter] | None = None
    say: Callable[[str], None] = _silence
    when_settled: list[Callable[[], None]] = field(default_factory=list)
