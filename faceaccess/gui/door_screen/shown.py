"""From what a station tells to what its screen shows. Pure.

A person's name is shown only when they are let in, and as far as the setting allows. Who is
refused, or asked for more, is not named: a picture held to the camera must not tell who it is,
nor a refusal whom it met.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from faceaccess.core.decisions import Outcome
from faceaccess.core.frames import Box
from faceaccess.core.reasons import Reason
from faceaccess.gui.door_screen import wording
from faceaccess.gui.door_screen.names import Names, shown_name
from faceaccess.gui.widgets.labels import Tone
from faceaccess.pipeline.station_feed import DoorView


class Sign(Enum):
    """A drawn head that shows what to do."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    STRAIGHT = "straight"
    MOVE = "move"


class Level(Enum):
    """How firmly something is said."""

    IDLE = "idle"  # nobody is there
    TROUBLE = "trouble"  # something about the door, whoever is there
    HINT = "hint"  # may change with the next picture
    ANSWER = "answer"  # an answer, or something the door waits for


Sound = Literal["", "granted", "denied", "asked"]


@dataclass(frozen=True)
class Shown:
    """What the screen shows at one moment.

    Attributes:
        level: how firmly.
        word: the largest text.
        sentence: what to do.
        tone: colour of ground and ring.
        symbol: name of an icon.
        sign: a drawn head in the symbol's place, or None.
        pad: whether a PIN or code is awaited here.
        sound: what may be heard when this comes.
        face: where the face in front is, in pixels of the frame, or None.
        left: seconds for which the lock stays open, or 0.
    """

    level: Level
    word: str
    sentence: str
    tone: Tone = "none"
    symbol: str = "waiting"
    sign: Sign | None = None
    pad: bool = False
    sound: Sound = ""
    face: Box | None = None
    left: float = 0.0


_SIGNS: dict[str, Sign] = {
    "turn_left": Sign.LEFT,
    "turn_right": Sign.RIGHT,
    "look_up": Sign.UP,
    "look_down": Sign.DOWN,
    "look_straight": Sign.STRAIGHT,
    "liveness_unsure": Sign.MOVE,
}
_FACTORS = {Reason.FACTOR_NEEDED, Reason.WRONG_FACTOR}
_AWAITED = _FACTORS | {Reason.SECOND_PERSON_NEEDED, Reason.ESCORT_NEEDED}
_BROKEN = {Reason.CAMERA_LOST, Reason.FAULT, Reason.LOCK_FAILED, Reason.NOBODY_ENROLLED}
_SYMBOLS: dict[Reason, str] = {
    Reason.CHECKING: "waiting",
    Reason.RECOGNISED: "waiting",
    Reason.NOBODY: "person",
    Reason.CAMERA_LOST: "camera_off",
    Reason.LOCKED_DOWN: "lock",
    Reason.TOO_MANY_TRIES: "waiting",
    Reason.SECOND_PERSON_NEEDED: "people",
    Reason.ESCORT_NEEDED: "people",
    Reason.FACTOR_NEEDED: "keypad",
    Reason.WRONG_FACTOR: "keypad",
}


def shown_of(view: DoorView, names: Names) -> Shown:
    """Return what is shown of a station's view."""
    trouble = _trouble(view)
    if trouble is not None:
        return trouble
    face = next((one.box for one in view.faces if one.in_front), None)
    if view.outcome is Outcome.GRANTED:
        word, sentence = wording.let_in_words(shown_name(view.person or "", names))
        left = view.pulse_left
        return Shown(
            Level.ANSWER, word, sentence, "ok", "granted", sound="granted", face=face, left=left
        )
    if view.outcome is Outcome.DENIED:
        word, sentence = wording.reason_words(view.reason)
        symbol = _SYMBOLS.get(view.reason, "warn" if view.reason in _BROKEN else "denied")
        return Shown(Level.ANSWER, word, sentence, "danger", symbol, sound="denied", face=face)
    return _undecided(view, face)


def _trouble(view: DoorView) -> Shown | None:
    """Return what is to be said of the door itself, if anything, the weightiest first."""
    lost = view.camera_state in {"lost", "failed"} or view.reason is Reason.CAMERA_LOST
    let_in = view.outcome is Outcome.GRANTED  # who is let in reads that first
    troubles: tuple[tuple[bool, Callable[[], Shown]], ...] = (
        (view.locked_down, lambda: _told_reason(Reason.LOCKED_DOWN, "lock")),
        (view.held_until is not None, lambda: _held_open(view)),
        (view.camera_state in {"starting", "opening"}, starting),
        ("tampered" in view.alarms and not let_in, _camera_trouble),  # says more than "lost"
        (lost, lambda: _told_reason(Reason.CAMERA_LOST, "camera_off")),
        ("held_open" in view.alarms and not let_in, _close_door),
        (
            view.lock_trouble is not None and not view.faces,
            lambda: _told_reason(Reason.LOCK_FAILED, "warn"),
        ),
    )
    return next((make() for holds, make in troubles if holds), None)


def _told_reason(reason: Reason, symbol: str) -> Shown:
    return _told(wording.reason_words(reason), "danger", symbol)


def _held_open(view: DoorView) -> Shown:
    assert view.held_until is not None
    return _told(wording.held_open_words(view.held_until, view.time), "ok", "granted")


def _close_door() -> Shown:
    return _told(wording.close_door_words(), "warn", "warn")


def _camera_trouble() -> Shown:
    return _told(wording.camera_trouble_words(), "danger", "camera_off")


def _undecided(view: DoorView, face: Box | None) -> Shown:
    reason = view.reason
    word, sentence = wording.reason_words(reason)
    symbol = _SYMBOLS.get(reason, "info")
    if reason is Reason.NOBODY:
        return Shown(Level.IDLE, word, sentence, symbol=symbol)
    sign = _SIGNS.get(reason.value)
    if sign is not None or reason in _AWAITED:
        pad = reason in _FACTORS and view.takes_entries
        tone: Tone = "warn" if reason is Reason.WRONG_FACTOR else "accent"
        return Shown(
            Level.ANSWER, word, sentence, tone, symbol, sign, pad=pad, sound="asked", face=face
        )
    if reason in _BROKEN:
        return _told((word, sentence), "danger", symbol)
    quiet = reason in {Reason.CHECKING, Reason.RECOGNISED}
    return Shown(Level.HINT, word, sentence, "none" if quiet else "warn", symbol, face=face)


def starting() -> Shown:
    """Return what is shown while the station starts or its camera opens."""
    return _told(wording.starting_words(), "none", "waiting")


def away() -> Shown:
    """Return what is shown while the station does not run or does not answer."""
    return _told(wording.away_words(), "danger", "warn")


def _told(words: wording.Words, tone: Tone, symbol: str) -> Shown:
    return Shown(Level.TROUBLE, *words, tone, symbol)
