"""A running door in words: what it shows, what is wrong with it, what it was commanded."""

import json
from dataclasses import dataclass
from datetime import datetime

from faceaccess.core.alarms import AlarmKind
from faceaccess.core.decisions import Decision
from faceaccess.core.door_commands import DoorCommand, DoorCommandKind
from faceaccess.core.locks import LockOutcome
from faceaccess.gui.told import told
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.answer_panel import Answer, answer_of
from faceaccess.gui.wording import moment_words
from faceaccess.pipeline.station_feed import DoorView


@dataclass(frozen=True)
class Remark:
    """One thing that is to be known of a door.

    Attributes:
        icon: name of the icon.
        tone: token of its colour.
        words: a sentence.
    """

    icon: str
    tone: str
    words: str


def alarm_words(kind: str) -> str:
    """Return what an alarm says; of one that this version does not know, its name."""
    try:
        return tr(AlarmKind(kind).sentence)
    except ValueError:
        return tr("Alarm: {name}", name=kind.replace("_", " "))


def answer_words(view: DoorView) -> Answer:
    """Return what a door answers, as the answer's panel shows it."""
    decision = Decision(view.outcome, view.reason, person=view.person, similarity=view.similarity)
    return answer_of(decision)


def remarks(view: DoorView, now: datetime) -> tuple[Remark, ...]:
    """Return what is to be known of a running door besides its answer, the worst first."""
    alarms = [
        kind
        for kind in view.alarms
        if kind != AlarmKind.LOCK_UNREACHABLE or view.lock_trouble is None  # which says more
    ]
    found = [Remark("warn", "danger", alarm_words(kind)) for kind in alarms]
    camera = {
        "starting": tr("The door is loading its networks."),
        "opening": tr("The camera is being opened."),
        "lost": tr("The camera gives no picture; it is tried again and again."),
        "recording": tr("A recording stands in for the camera."),
    }.get(view.camera_state)
    if view.locked_down:
        found.append(Remark("lock", "danger", tr("Locked down: nobody may enter.")))
    if view.lock_trouble is not None:
        found.append(Remark("warn", "danger", told(view.lock_trouble)))
    if view.lock is LockOutcome.FAILED:
        found.append(Remark("warn", "danger", tr("The lock did not acknowledge.")))
    if view.held_until is not None:
        until = moment_words(view.held_until, now)
        found.append(Remark("waiting", "warn", tr("Held open until {time}.", time=until)))
    elif view.pulse_left > 0:
        found.append(Remark("granted", "ok", tr("The lock is open for a moment.")))
    if view.muted_until is not None:
        until = moment_words(view.muted_until, now)
        words = tr("Muted until {time}: no sound, no alert.", time=until)
        found.append(Remark("info", "warn", words))
    if camera is not None:
        tone = "danger" if view.camera_state == "lost" else "muted"
        found.append(Remark("camera", tone, camera))
    return tuple(found)


def command_words(command: DoorCommand, now: datetime) -> str:
    """Return one command in the past, with who gave it: "09:41 Opened once (Ana (window))"."""
    until = "" if command.until is None else moment_words(command.until, now)
    what = {
        DoorCommandKind.OPEN: tr("opened once"),
        DoorCommandKind.LOCK_DOWN: tr("locked down"),
        DoorCommandKind.END_LOCK_DOWN: tr("lock-down ended"),
        DoorCommandKind.HOLD_OPEN: tr("held open until {time}", time=until),
        DoorCommandKind.END_HOLD: tr("hold ended"),
        DoorCommandKind.MUTE: tr("muted until {time}", time=until),
        DoorCommandKind.UNMUTE: tr("mute ended"),
    }[command.kind]
    if command.lock is LockOutcome.FAILED:
        what = tr("{what}, but the lock did not answer", what=what)
    return tr(
        "{time}: {what}, by {who}",
        time=moment_words(command.time, now),
        what=what,
        who=command.actor,
    )


def start_command(name: str, camera: str, folder: str = "") -> str:
    """Return the command line that starts a door; the lock is to be filled in.

    Args:
        name: the door's name.
        camera: the camera's address.
        folder: the data folder, or "" for the usual one.
    """
    home = f" --home {_quoted(folder)}" if folder else ""
    shown = _quoted(camera) if set(camera) & set(" ?&*") else camera
    return f"faceaccess door run {_quoted(name)} --camera {shown} --lock simulated:{home}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
