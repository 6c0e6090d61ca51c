"""What the page on running doors uses, and what it reads at once off the window's thread."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.door_commands import DoorCommand
from faceaccess.gui.door_screen.feed_thread import Feed

Record = Mapping[str, object]


class AllDoors(Protocol):
    """What the page uses of `Doors`."""

    def all(self) -> Sequence[Record]: ...  # noqa: D102  # as in pipeline.doors
    def open_once(self, name: str, actor: Actor) -> Record: ...  # noqa: D102  # as there
    def lock_down(self, name: str, actor: Actor, *, on: bool) -> Record: ...  # noqa: D102  # as there
    def hold(self, name: str, actor: Actor, until: datetime) -> Record: ...  # noqa: D102  # as there
    def end_hold(self, name: str, actor: Actor) -> Record: ...  # noqa: D102  # as there
    def mute(self, name: str, actor: Actor, until: datetime) -> Record: ...  # noqa: D102  # as there
    def unmute(self, name: str, actor: Actor) -> Record: ...  # noqa: D102  # as there


@dataclass(frozen=True)
class DoorUses:
    """What the page uses.

    Attributes:
        doors: knows and commands all doors.
        feed: opens a door's feed, with pictures or without.
        commands: returns what a door was last commanded, newest first.
        actor: on whose behalf.
        clock: tells the time.
        camera: returns the camera of the settings, for the command that starts a door.
        folder: the data folder, for that command; "" for the usual one.
    """

    doors: AllDoors
    feed: Callable[[str, bool], Feed]
    commands: Callable[[str], Sequence[DoorCommand]]
    actor: Actor
    clock: Clock
    camera: Callable[[], str]
    folder: str = ""


@dataclass(frozen=True)
class DoorState:
    """How a door is, as far as its list needs it.

    Attributes:
        name: the door's name.
        running: whether its process runs.
        lock: the lock's address without secrets, or "".
        camera: the camera's address without secrets, or "".
        locked_down: whether nobody may enter.
        alarms: values of `AlarmKind`.
        commands: what it was last commanded, newest first.
    """

    name: str
    running: bool
    lock: str
    camera: str
    locked_down: bool
    alarms: tuple[str, ...]
    commands: Sequence[DoorCommand]


def read_doors(uses: DoorUses) -> list[DoorState]:
    """Return how all doors are; meant for a loader's thread, for a door may answer late.

    Raises:
        KnownError: if the store cannot be read.
    """
    return [_state(record, uses.commands(str(record["door"]))) for record in uses.doors.all()]


def _state(record: Record, commands: Sequence[DoorCommand]) -> DoorState:
    alarms = record.get("alarms") or ()
    assert isinstance(alarms, Sequence)
    return DoorState(
        name=str(record["door"]),
        running=bool(record["running"]),
        lock=str(record.get("lock") or ""),
        camera=str(record.get("camera") or ""),
        locked_down=bool(record["locked_down"]),
        alarms=tuple(str(alarm["kind"]) for alarm in alarms),
        commands=commands,
    )
