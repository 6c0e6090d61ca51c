"""What a door writes down, as values that can wait outside the database and be written twice.

Every record is harmless when it is applied again: events, commands and alarms have ids of their
own, and what a lock answered is the same when it is noted once more.
"""

import base64
import binascii
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import numpy as np

from faceaccess.core.alarms import Alarm, AlarmKind
from faceaccess.core.corrections import Evidence
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.door_commands import DoorCommand, DoorCommandKind
from faceaccess.core.faces import EmbeddingSpace, Quality, QualityIssue
from faceaccess.core.frames import Image
from faceaccess.core.locks import LockOutcome
from faceaccess.core.reasons import Reason
from faceaccess.store.protocol import Transaction

Json = dict[str, Any]


class JournalRecord(Protocol):
    """One thing to be written down."""

    def apply(self, transaction: Transaction) -> None:
        """Write it; a second time changes nothing.

        Raises:
            KnownError: if the store cannot take it.
        """
        ...

    def to_json(self) -> Json:
        """Return it as JSON values, from which `record_of` makes it again."""
        ...


@dataclass(frozen=True, eq=False)
class EventRecord:
    """A visit."""

    event: Event

    def apply(self, transaction: Transaction) -> None:
        """As `JournalRecord.apply`."""
        transaction.add_event(self.event)

    def slim(self) -> "EventRecord":
        """Return it without picture and evidence."""
        return EventRecord(replace(self.event, picture=None, evidence=None))

    def to_json(self) -> Json:
        """As `JournalRecord.to_json`; the picture as JPEG."""
        from faceaccess.images.codec import encode_jpeg

        event = self.event
        values = {name: value for name, value in vars(event.decision).items() if value is not None}
        values.pop("liveness", None)  # not stored with an event
        return {
            "event": event.id,
            "station": event.station,
            "time": event.time.isoformat(),
            "camera": event.camera,
            "decision": values,
            "lock": event.lock.value,
            "picture": None if event.picture is None else _text(encode_jpeg(event.picture)),
            "evidence": None if event.evidence is None else _evidence_json(event.evidence),
        }


@dataclass(frozen=True)
class LockAnswer:
    """What the lock answered when the visitor of an event was to be let in."""

    event_id: str
    outcome: LockOutcome

    def apply(self, transaction: Transaction) -> None:
        """As `JournalRecord.apply`."""
        transaction.set_event_lock(self.event_id, self.outcome)

    def to_json(self) -> Json:
        """As `JournalRecord.to_json`."""
        return {"answered_event": self.event_id, "lock": self.outcome.value}


@dataclass(frozen=True)
class CommandRecord:
    """What somebody commanded."""

    command: DoorCommand

    def apply(self, transaction: Transaction) -> None:
        """As `JournalRecord.apply`."""
        transaction.add_door_command(self.command)

    def to_json(self) -> Json:
        """As `JournalRecord.to_json`."""
        values = {name: _plain(value) for name, value in vars(self.command).items()}
        return {"command": values}


@dataclass(frozen=True)
class CommandAnswer:
    """What the lock answered to a command."""

    command_id: str
    outcome: LockOutcome

    def apply(self, transaction: Transaction) -> None:
        """As `JournalRecord.apply`."""
        transaction.set_door_command_lock(self.command_id, self.outcome)

    def to_json(self) -> Json:
        """As `JournalRecord.to_json`."""
        return {"answered_command": self.command_id, "lock": self.outcome.value}


@dataclass(frozen=True)
class AlarmRecord:
    """An alarm as it is now: begun, or ended."""

    alarm: Alarm

    def apply(self, transaction: Transaction) -> None:
        """As `JournalRecord.apply`."""
        transaction.put_alarm(self.alarm)

    def to_json(self) -> Json:
        """As `JournalRecord.to_json`."""
        return {"alarm": {name: _plain(value) for name, value in vars(self.alarm).items()}}


def record_of(values: Json) -> JournalRecord:
    """Return the record of which `to_json` made these values.

    Raises:
        ValueError: if none did.
    """
    try:
        if "event" in values:
            return EventRecord(_event(values))
        if "answered_event" in values:
            return LockAnswer(str(values["answered_event"]), LockOutcome(values["lock"]))
        if "answered_command" in values:
            return CommandAnswer(str(values["answered_command"]), LockOutcome(values["lock"]))
        if "command" in values:
            return CommandRecord(_command(values["command"]))
        return AlarmRecord(_alarm(values["alarm"]))
    except (KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise ValueError(f"no record of a door: {error!r}") from error


def _command(values: Json) -> DoorCommand:
    return DoorCommand(
        **{
            **values,
            "time": _time(values["time"]),
            "kind": DoorCommandKind(values["kind"]),
            "lock": LockOutcome(values["lock"]),
            **({"until": _maybe_time(values["until"])} if "until" in values else {}),
        }
    )


def _alarm(values: Json) -> Alarm:
    return Alarm(
        **{
            **values,
            "kind": AlarmKind(values["kind"]),
            "began": _time(values["began"]),
            "ended": _maybe_time(values["ended"]),
        }
    )


def _event(values: Json) -> Event:
    told = values["decision"]
    decision = Decision(
        **{**told, "outcome": Outcome(told["outcome"]), "reason": Reason(told["reason"])}
    )
    picture, evidence = values["picture"], values["evidence"]
    return Event(
        id=str(values["event"]),
        station=str(values["station"]),
        sequence=0,
        time=_time(values["time"]),
        camera=str(values["camera"]),
        decision=decision,
        picture=None if picture is None else _pixels(picture),
        evidence=None if evidence is None else _evidence(evidence),
        lock=LockOutcome(values["lock"]),
    )


def _evidence_json(evidence: Evidence) -> Json:
    from faceaccess.images.codec import encode_png

    quality = evidence.quality
    return {
        "space": [evidence.space.model, evidence.space.preprocessing, evidence.space.dimension],
        "vectors": _text(np.ascontiguousarray(evidence.vectors, "<f4").tobytes()),
        "crop": None if evidence.crop is None else _text(encode_png(evidence.crop)),
        "grey": evidence.crop is not None and evidence.crop.ndim == 2,
        "quality": None if quality is None else _quality_json(quality),
    }


def _quality_json(quality: Quality) -> Json:
    issues = [{**vars(one), "reason": one.reason.value} for one in quality.issues]
    return {**vars(quality), "issues": issues}


def _evidence(values: Json) -> Evidence:
    model, preprocessing, dimension = values["space"]
    space = EmbeddingSpace(str(model), str(preprocessing), int(dimension))
    vectors = np.frombuffer(_bytes(values["vectors"]), "<f4").reshape(-1, space.dimension)
    crop, quality = values["crop"], values["quality"]
    pixels = None if crop is None else _pixels(crop)
    if pixels is not None and values["grey"]:
        pixels = np.ascontiguousarray(pixels[:, :, 0])  # of three that are the same
    return Evidence(
        space,
        vectors.astype(np.float32),
        pixels,
        None if quality is None else _quality(quality),
    )


def _quality(values: Json) -> Quality:
    issues = tuple(
        QualityIssue(**{**one, "reason": Reason(one["reason"])}) for one in values["issues"]
    )
    return Quality(**{**values, "issues": issues})


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"a time without a zone: {text}")
    return time


def _maybe_time(text: str | None) -> datetime | None:
    return None if text is None else _time(text)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _pixels(text: str) -> Image:
    from faceaccess.images.codec import decode_image

    return decode_image(_bytes(text), "a picture in the journal")
