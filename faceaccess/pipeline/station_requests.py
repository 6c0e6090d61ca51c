"""What a running door answers to a message that came over its socket."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from faceaccess.core.actors import Actor, Way
from faceaccess.core.errors import KnownError
from faceaccess.core.second_factors import LONGEST_ENTRY
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
        enter: takes what somebody entered at the door's screen; never logged, never answered. None
            for a door that takes no entries.
    """

    def __init__(
        self,
        station: Station,
        status: Callable[[], Record],
        enter: Callable[[str], None] | None = None,
    ) -> None:
        self._station = station
        self._enter_text = enter
        self._known: Mapping[str, Answer] = {
            "status": lambda _message, _actor: status(),
            "open": self._open,
            "lockdown": self._lock_down,
            "hold": self._hold,
            "end_hold": self._end_hold,
            "mute": self._mute,
            "unmute": self._unmute,
            "entry": self._enter,
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

    def _hold(self, message: Record, actor: Actor) -> Record:
        report = self._station.commands.hold(actor, _until(message))
        return {**self._ends(), "lock": report.outcome.value, "text": report.text}

    def _end_hold(self, _message: Record, actor: Actor) -> Record:
        self._station.commands.end_hold(actor)
        return self._ends()

    def _mute(self, message: Record, actor: Actor) -> Record:
        self._station.commands.mute(actor, _until(message))
        return self._ends()

    def _unmute(self, _message: Record, actor: Actor) -> Record:
        self._station.commands.unmute(actor)
        return self._ends()

    def _enter(self, message: Record, _actor: Actor) -> Record:
        if self._enter_text is None:
            raise KnownError(
                f"The door {self._station.name!r} takes no PIN, card or code.",
                "Its rules ask for none.",
            )
        text = message.get("text")
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST_ENTRY or not text.isascii():
            raise KnownError(f"An entry has 1 to {LONGEST_ENTRY} characters of a keypad.")
        self._enter_text(text)
        return {"door": self._station.name}

    def _ends(self) -> Record:
        commands = self._station.commands
        held, muted = commands.held_until, commands.muted_until
        return {
            "door": self._station.name,
            "held_until": None if held is None else held.isoformat(),
            "muted_until": None if muted is None else muted.isoformat(),
        }


def _until(message: Record) -> datetime:
    """Return until when something is to last, aware, UTC."""
    told = message.get("until")
    try:
        until = datetime.fromisoformat(told if isinstance(told, str) else "")
        if until.tzinfo is not None:
            return until.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise KnownError("The message does not say until when, as a time with its zone.")


def _actor(message: Record, account: str | None) -> Actor:
    """Return who gave a command: the account that the system names, else the one that is told."""
    told = message.get("actor")
    name = account or (told if isinstance(told, str) and told.isprintable() else "")
    way: Way = next((way for way in _WAYS if way == message.get("way")), "station")
    return Actor(name[:64] or "somebody", way)
