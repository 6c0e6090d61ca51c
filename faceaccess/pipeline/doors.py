"""Commanding doors: those that run are asked over their sockets, of the others the store knows."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from faceaccess.core.actors import Actor
from faceaccess.core.alarms import Alarm
from faceaccess.core.clock import Clock
from faceaccess.core.door_commands import DoorCommand, DoorCommandKind
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.pipeline.alarm_records import alarm_record
from faceaccess.pipeline.station_client import Record, ask
from faceaccess.pipeline.station_files import StationFiles, cards, checked_name
from faceaccess.store.protocol import Store

if TYPE_CHECKING:
    from faceaccess.pipeline.station_feed import StationFeed


class Doors:
    """All doors of a data folder.

    Args:
        home: the data folder.
        store: what doors recorded.
        clock: gives the times of commands.
    """

    def __init__(self, home: DataHome, store: Store, clock: Clock) -> None:
        self._home = home
        self._store = store
        self._clock = clock

    def all(self) -> list[Record]:
        """Return how every door is, by name, those that do not run included."""
        names = {card.name for card in cards(self._home)} | set(self._store.stations())
        return [self._one(name) for name in sorted(names)]

    def _one(self, name: str) -> Record:
        asking = Actor("status", "station")
        try:
            return ask(self._home, name, asking, "status")
        except KnownError as error:
            return {
                "door": name,
                "running": StationFiles(self._home, name).running,
                "ready": False,
                "camera": None,
                "camera_state": None,
                "lock": None,
                "lock_trouble": str(error),
                "locked_down": self._store.locked_down(name),
                "alarms": [alarm_record(one) for one in self._store.alarms(name, lasting=True)],
                "last": None,
            }

    def status(self, name: str, actor: Actor) -> Record:
        """Return how a running door is.

        Raises:
            KnownError: if it does not run or does not answer.
        """
        return ask(self._home, name, actor, "status")

    def alarms(self, name: str | None, *, lasting: bool = False, limit: int = 100) -> list[Alarm]:
        """Return the alarms of a door, or of all, newest first; whether doors run or not.

        Raises:
            KnownError: if no such door was ever seen.
        """
        if name is not None:
            name = checked_name(name)
            if name not in self._store.stations() and not StationFiles(self._home, name).running:
                raise _unknown(name)
        return self._store.alarms(name, lasting=lasting, limit=limit)

    def open_once(self, name: str, actor: Actor) -> Record:
        """Open the lock of a running door for one pulse.

        Raises:
            KnownError: if it does not run, is locked down, or the lock does not acknowledge.
        """
        return ask(self._home, name, actor, "open")

    def hold(self, name: str, actor: Actor, until: datetime) -> Record:
        """Hold a running door open until a time, aware; a hold that lasts gets the new end.

        Raises:
            KnownError: if it does not run, is locked down, the lock does not acknowledge, or the
                time is over or more than 12 hours ahead.
        """
        return ask(self._home, name, actor, "hold", until=until.isoformat())

    def end_hold(self, name: str, actor: Actor) -> Record:
        """Shut a door that is held open; nothing happens to one that is not.

        Raises:
            KnownError: if it does not run or does not answer.
        """
        return ask(self._home, name, actor, "end_hold")

    def mute(self, name: str, actor: Actor, until: datetime) -> Record:
        """Let a running door give no sound and no alert until a time, aware.

        Raises:
            KnownError: if it does not run, or the time is over or more than 12 hours ahead.
        """
        return ask(self._home, name, actor, "mute", until=until.isoformat())

    def unmute(self, name: str, actor: Actor) -> Record:
        """End a mute; nothing happens to a door that is not muted.

        Raises:
            KnownError: if it does not run or does not answer.
        """
        return ask(self._home, name, actor, "unmute")

    def enter(self, name: str, actor: Actor, text: str) -> Record:
        """Enter a PIN, card number or code at a running door, as at its reader.

        Raises:
            KnownError: if it does not run, takes no entries, or this cannot be one.
        """
        return ask(self._home, name, actor, "entry", text=text)

    def feed(self, name: str, actor: Actor, *, pictures: bool = True) -> "StationFeed":
        """Watch a running door; the caller closes what is returned.

        Raises:
            KnownError: if it does not run or does not answer, or too many watch it already.
        """
        from faceaccess.pipeline.station_feed import StationFeed

        return StationFeed(self._home, name, actor, pictures=pictures)

    def lock_down(self, name: str, actor: Actor, *, on: bool) -> Record:
        """Let nobody in at a door, or end that. A door that does not run comes up so.

        Raises:
            KnownError: if it runs and does not answer, or was never seen.
        """
        name = checked_name(name)
        if StationFiles(self._home, name).running:
            return ask(self._home, name, actor, "lockdown", on=on)
        if name not in self._store.stations():
            raise _unknown(name)
        kind = DoorCommandKind.LOCK_DOWN if on else DoorCommandKind.END_LOCK_DOWN
        who = actor.signature
        command = DoorCommand(str(uuid.uuid4()), name, self._clock.now(), kind, who)
        with self._store.transaction() as transaction:
            transaction.add_door_command(command)
        return {
            "door": name,
            "locked_down": on,
            "trouble": "The door does not run; it will come up so.",
        }


def _unknown(name: str) -> KnownError:
    return KnownError(
        f"There is no door {name!r}.", "`faceaccess door status` shows those that there are."
    )
