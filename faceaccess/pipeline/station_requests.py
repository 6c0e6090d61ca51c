"""What a running door answers to a message that came over its socket."""

from collections.abc import Callable, Mapping

from faceaccess.core.actors import Actor, Way
from faceaccess.core.errors import KnownError
from faceaccess.pipeline.station import Station

Record = dict[str, object]
Answer = Callable[[Record, Actor], Record]
"""Answers one command; the message is checked by it, and may hold anything."""
_WAYS: tuple[Way, ...] = ("command line", "window", "screen")


class StationRequests:
    """The commands that a door knows, by their names.

    Args:
        station: that is commanded.
        status: returns how the door is; its command needs nobody's name.
    """

    def __init__(self, station: Station, status: Callable[[], Record]) -> None:
        self._station = station
        self._known: Mapping[str, Answer] = {
            "status": lambda _message, _actor: status(),
            "open": self._open,
            "lockdown": self._lock_down,
        }

    def answer(self, message: Record, account: str | None) -> Record:
        """Do what a message asks for and return what is answered.

        Args:
            message: JSON values from outside, with the token.
            account: who sent it, as the system tells, or None.

        Raises:
            KnownError: if the message is not understood, or what it asks for is refused.
        """
        name = message.get("command")
        known = self._known.get(name) if isinstance(name, str) else None
        if known is None:
            raise KnownError("The door does not know this command.")
        return known(message, _actor(message, account))

    def _open(self, _message: Record, actor: Actor) -> Record:
        report = self._station.commands.open_once(actor)
        return {"door": self._station.name, "lock": report.outcome.value, "text": report.text}

    def _lock_down(self, message: Record, actor: Actor) -> Record:
        on = message.get("on")
        if not isinstance(on, bool):
            raise KnownError("The message does not say whether to lock down or to end it.")
        trouble = ""
        if on:
            trouble = self._station.commands.lock_down(actor)
        else:
            self._station.commands.end_lock_down(actor)
        return {
            "door": self._station.name,
            "locked_down": self._station.locked_down,
            "trouble": trouble,
        }


def _actor(message: Record, account: str | None) -> Actor:
    """Return who gave a command: the account that the system names, else the one that is told."""
    told = message.get("actor")
    name = account or (told if isinstance(told, str) and told.isprintable() else "")
    way: Way = next((way for way in _WAYS if way == message.get("way")), "station")
    return Actor(name[:64] or "somebody", way)
