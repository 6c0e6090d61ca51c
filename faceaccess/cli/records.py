"""Core values and results as the JSON objects of the contract."""

from collections.abc import Sequence
from datetime import datetime

from faceaccess.core.decisions import Event, FrameResult
from faceaccess.core.people import Person, Sample
from faceaccess.core.settings import Settings, scope_of, unit_of
from faceaccess.pipeline.results import (
    Check,
    EnrolResult,
    Identified,
    ImportResult,
    ModelInfo,
    NothingTakenError,
    Rejected,
)

Record = dict[str, object]
"""One line of JSON."""

_DIGITS = 6


def moment(time: datetime) -> str:
    """Return a moment in ISO form, to the millisecond."""
    return time.isoformat(timespec="milliseconds")


def local_time(moment: str) -> str:
    """Return a moment in ISO form as the wall shows it: the date too where it is not today."""
    local = datetime.fromisoformat(moment).astimezone()
    same_day = local.date() == datetime.now(local.tzinfo).date()
    return local.strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M")


def figure(value: float | None) -> float | None:
    """Return a plain float that reads well; enough digits that comparing it stays right."""
    return None if value is None else round(float(value), _DIGITS)


def person_record(person: Person) -> Record:
    """Return a person's fields."""
    details = person.details
    return {
        "id": person.id,
        "name": details.name,
        "staff_number": details.staff_number,
        "department": details.department,
        "note": details.note,
        "active": details.active,
        "samples": person.samples,
        "created_at": moment(person.created_at),
        "updated_at": moment(person.updated_at),
    }


def sample_record(sample: Sample) -> Record:
    """Return what is known about an enrolled picture."""
    return {
        "id": sample.id,
        "source": sample.source,
        "added_at": moment(sample.added_at),
        "embedder": str(sample.embedding.space),
        "eye_distance": figure(sample.quality.eye_distance),
        "sharpness": figure(sample.quality.sharpness),
    }


def rejected_records(rejected: Sequence[Rejected]) -> list[Record]:
    """Return pictures with a sentence each."""
    return [{"picture": one.picture, "reason": one.reason} for one in rejected]


def enrol_record(result: EnrolResult) -> Record:
    """Return what became of an enrolment; `samples` is how many pictures the person has now."""
    return {
        "id": result.person.id,
        "name": result.person.name,
        "samples": result.person.samples,
        "rejected": rejected_records(result.rejected),
        "head": result.head.version,
        "added": result.added,
        "warnings": rejected_records(result.warnings),
        "look_alikes": [
            {"id": one.person_id, "name": one.name, "similarity": figure(one.similarity)}
            for one in result.look_alikes
        ],
        "seconds": figure(result.seconds),
    }


def nothing_taken_record(error: NothingTakenError, known: Person | None, name: str) -> Record:
    """Return what became of an enrolment in which no picture was accepted."""
    return {
        "id": None if known is None else known.id,
        "name": name,
        "samples": 0 if known is None else known.samples,
        "rejected": rejected_records(error.rejected),
        "head": None,
        "error": error.text,
        "remedy": error.remedy,
    }


def import_record(result: ImportResult) -> Record:
    """Return the sums of an import."""
    return {
        "people": result.people,
        "samples": result.samples,
        "rejected": len(result.rejected),
        "seconds": figure(result.seconds),
        "skipped": result.skipped,
        "warnings": len(result.warnings),
        "head": None if result.head is None else result.head.version,
    }


def identified_record(result: Identified) -> Record:
    """Return the faces of one picture, or why there is no answer."""
    if result.error is not None:
        return {"picture": result.picture, "error": result.error}
    return {
        "picture": result.picture,
        "faces": [
            {
                "box": [int(side) for side in face.box],
                "person": face.person,
                "person_id": face.person_id,
                "similarity": figure(face.similarity),
                "threshold": figure(face.threshold),
                "reason": face.reason,
            }
            for face in result.faces
        ],
    }


def frame_record(result: FrameResult) -> Record:
    """Return the door's decision on one frame."""
    decision = result.decision
    return {
        "time": moment(result.time),
        "frame": result.frame,
        "outcome": decision.outcome.value,
        "person": decision.person,
        "similarity": figure(decision.similarity),
        "reason": decision.reason.sentence,
        "reason_code": decision.reason.value,
        "person_id": decision.person_id,
        "threshold": figure(decision.threshold),
        "camera": result.camera,
        "liveness": figure(decision.liveness),
    }


def event_record(event: Event) -> Record:
    """Return an event's fields without its picture."""
    decision = event.decision
    return {
        "id": event.id,
        "time": moment(event.time),
        "station": event.station,
        "sequence": event.sequence,
        "camera": event.camera,
        "outcome": decision.outcome.value,
        "person": decision.person,
        "person_id": decision.person_id,
        "similarity": figure(decision.similarity),
        "threshold": figure(decision.threshold),
        "reason": decision.reason.sentence,
        "reason_code": decision.reason.value,
        "runner_up": decision.runner_up,
        "margin": figure(decision.margin),
        "head": decision.head,
        "lock": event.lock.value,
    }


def setting_record(settings: Settings, name: str) -> Record:
    """Return one setting with all that is declared about it.

    Raises:
        KnownError: if there is no such setting.
    """
    scope, unit = scope_of(name), unit_of(name)  # first: they know the error for a wrong name
    field = Settings.model_fields[name]
    schema = Settings.model_json_schema()["properties"][name]
    forms = schema.get("anyOf", [schema])  # an optional setting is one of several forms
    bounds = {key: value for form in forms for key, value in form.items()}
    return {
        "name": name,
        "value": getattr(settings, name),
        "default": field.default,
        "unit": unit,
        "scope": scope,
        "minimum": bounds.get("minimum"),
        "maximum": bounds.get("maximum"),
        "choices": bounds.get("enum"),
        "title": field.title,
        "help": field.description,
    }


def model_record(model: ModelInfo) -> Record:
    """Return what is known about a network."""
    return {
        "name": model.name,
        "kind": model.kind,
        "licence": model.licence,
        "origin": model.origin,
        "sha256": model.sha256,
        "available": model.available,
        "in_use": model.in_use,
        "text": model.text,
    }


def check_record(check: Check) -> Record:
    """Return one line of `doctor`."""
    return {"name": check.name, "ok": check.ok, "text": check.text}
