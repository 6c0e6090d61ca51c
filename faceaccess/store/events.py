"""The record of visits: appended, listed by filters, never changed but to forget a name."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.core.locks import LockOutcome
from faceaccess.core.people import Person
from faceaccess.core.reasons import Reason
from faceaccess.store import evidence, people
from faceaccess.store.codec import Place, damaged
from faceaccess.store.protocol import EventFilter
from faceaccess.store.session import Session
from faceaccess.store.times import from_micros, to_micros

_COLUMNS = (
    "row, id, station, sequence, time, camera, outcome, reason, person_id, person, similarity,"
    " threshold, runner_up, margin, head, lock"
)


class Where(NamedTuple):
    """A filter as SQL.

    Attributes:
        sql: conditions joined by AND, never empty.
        values: their parameters.
        ordered_by: which index has the events in order of time under this filter.
    """

    sql: str
    values: tuple[Any, ...]
    ordered_by: str


def where(which: EventFilter | None) -> Where:
    """Return a filter as SQL. The index is chosen here, so that no statistics can mislead it."""
    which = which or EventFilter()
    conditions: list[str] = []
    values: list[Any] = []
    for condition, value in (
        ("person_id = ?", which.person_id),
        ("camera = ?", which.camera),
        ("outcome = ?", None if which.outcome is None else which.outcome.value),
        ("time >= ?", None if which.since is None else to_micros(which.since)),
        ("time < ?", None if which.until is None else to_micros(which.until)),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if which.person_id is not None:
        index = "events_person"
    elif which.camera is not None and which.outcome is not None:
        index = "events_camera_outcome"
    elif which.camera is not None:
        index = "events_camera"
    elif which.outcome is not None:
        index = "events_outcome"
    else:
        index = "events_time"
    return Where(" AND ".join(conditions) or "TRUE", tuple(values), index)


def _event(session: Session, row: tuple[Any, ...]) -> Event:
    _, event_id, station, sequence, time, camera, outcome, reason, person_id, person = row[:10]
    similarity, threshold, runner_up, margin, head, lock = row[10:]
    fields = session.fields
    try:
        decision = Decision(
            outcome=Outcome(outcome),
            reason=Reason(reason),
            person_id=person_id,
            person=fields.open_maybe(person, _place("person", event_id, person_id)),
            similarity=similarity,
            threshold=threshold,
            runner_up=fields.open_maybe(runner_up, _place("runner_up", event_id)),
            margin=margin,
            head=head,
        )
        answered = LockOutcome(lock)
    except ValueError as error:
        raise damaged(f"event {event_id}") from error
    return Event(event_id, station, sequence, from_micros(time), camera, decision, lock=answered)


def _place(column: str, event_id: str, person_id: str | None = None) -> Place:
    return Place("events", column, event_id, person_id or "")


def _picture_place(event_id: str, person_id: str | None) -> Place:
    return Place("event_pictures", "picture", event_id, person_id or "")


def add(session: Session, event: Event) -> Event:
    """Append an event, or return the one that is stored under its id already.

    An event of somebody who was removed comes in without name, picture and evidence.

    Raises:
        KnownError: if its station has given its sequence number to another event.
    """
    known = session.sql.execute(
        f"SELECT {_COLUMNS} FROM events WHERE id = ?",  # noqa: S608  # constant
        [event.id],
    ).fetchone()
    if known is not None:
        return _event(session, known)
    person_id = event.decision.person_id
    if person_id is not None and people.is_erased(session, person_id):
        nameless = replace(event.decision, person=None)
        event = replace(event, decision=nameless, picture=None, evidence=None)
    event = replace(event, sequence=_numbered(session, event))
    session.table("events").insert(_sealed(session, event))
    row = last_row(session)
    if event.picture is not None:
        from faceaccess.images.codec import encode_jpeg

        picture = session.fields.codec.encode(
            encode_jpeg(event.picture), _picture_place(event.id, person_id)
        )
        session.table("event_pictures").insert({"event_row": row, "picture": picture})
    if event.evidence is not None:
        evidence.add(session, row, event.id, person_id, event.evidence)
    return event


def add_many(session: Session, events: Iterable[Event]) -> None:
    """Append new events of given sequence and without pictures, fast and unchecked: a bulk load."""
    session.table("events").insert_all(_sealed(session, event) for event in events)
    session.sql.execute(
        "INSERT OR REPLACE INTO stations SELECT station, max(sequence) FROM events GROUP BY station"
    )


def _sealed(session: Session, event: Event) -> dict[str, Any]:
    decision = event.decision
    fields = session.fields
    runner_up = decision.runner_up
    return {
        "id": event.id,
        "station": event.station,
        "sequence": event.sequence,
        "time": to_micros(event.time),
        "camera": event.camera,
        "outcome": decision.outcome.value,
        "reason": decision.reason.value,
        "person_id": decision.person_id,
        "person": fields.seal_maybe(
            decision.person, _place("person", event.id, decision.person_id)
        ),
        "similarity": decision.similarity,
        "threshold": decision.threshold,
        "runner_up": fields.seal_maybe(runner_up, _place("runner_up", event.id)),
        "runner_up_hash": None if runner_up is None else session.keys.of("name", runner_up),
        "margin": decision.margin,
        "head": decision.head,
        "lock": event.lock.value,
    }


def _numbered(session: Session, event: Event) -> int:
    """Return the event's sequence number, noted as given."""
    row = session.sql.execute(
        "SELECT last FROM stations WHERE station = ?", [event.station]
    ).fetchone()
    last = 0 if row is None else int(row[0])
    sequence = event.sequence or last + 1
    if sequence <= last:
        taken = session.sql.execute(
            "SELECT id FROM events WHERE station = ? AND sequence = ?", [event.station, sequence]
        ).fetchone()
        if taken is not None:
            raise KnownError(
                f"Station {event.station} has two events with the number {sequence}.",
                "Give every computer a station name of its own.",
            )
    session.table("stations").upsert(
        {"station": event.station, "last": max(last, sequence)}, pk="station"
    )
    return sequence


def set_lock(session: Session, event_id: str, outcome: LockOutcome) -> None:
    """Note what the lock answered to an event.

    Raises:
        KnownError: if there is no such event.
    """
    done = session.sql.execute("UPDATE events SET lock = ? WHERE id = ?", [outcome.value, event_id])
    if done.rowcount != 1:
        raise _no_event(event_id)


def read(session: Session, which: EventFilter | None, offset: int, limit: int) -> list[Event]:
    """Return events, newest first."""
    chosen = where(which)
    rows = session.sql.execute(
        f"SELECT {_COLUMNS} FROM events INDEXED BY {chosen.ordered_by} WHERE {chosen.sql}"  # noqa: S608
        " ORDER BY time DESC, row DESC LIMIT ? OFFSET ?",
        [*chosen.values, limit, offset],
    ).fetchall()
    return [_event(session, row) for row in rows]


def read_of_station(session: Session, station: str, limit: int) -> list[Event]:
    """Return a station's events, the highest number first."""
    rows = session.sql.execute(
        f"SELECT {_COLUMNS} FROM events WHERE station = ? ORDER BY sequence DESC LIMIT ?",  # noqa: S608
        [station, limit],
    ).fetchall()
    return [_event(session, row) for row in rows]


def read_entries(session: Session, person_id: str, since: datetime, limit: int) -> list[Event]:
    """Return a person's acknowledged entries since a time, the one recorded last first."""
    rows = session.sql.execute(
        f"SELECT {_COLUMNS} FROM events INDEXED BY events_person"  # noqa: S608  # constants
        " WHERE person_id = ? AND time >= ? AND outcome = ? AND lock = ?"
        " ORDER BY row DESC LIMIT ?",
        [
            person_id,
            to_micros(since),
            Outcome.GRANTED.value,
            LockOutcome.ACKNOWLEDGED.value,
            limit,
        ],
    ).fetchall()
    return [_event(session, row) for row in rows]


def read_one(session: Session, event_id: str) -> Event:
    """Return one event.

    Raises:
        KnownError: if there is no such event.
    """
    row = session.sql.execute(
        f"SELECT {_COLUMNS} FROM events WHERE id = ?",  # noqa: S608  # constant
        [event_id],
    ).fetchone()
    if row is None:
        raise _no_event(event_id)
    return _event(session, row)


def _no_event(event_id: str) -> KnownError:
    return KnownError(f"There is no event with the id {event_id}.", "Look at the list of events.")


class Mark(NamedTuple):
    """How far a listing in order of time has come: time and row of its last event."""

    time: int
    row: int


START = Mark(-(2**63), 0)


def read_after(
    session: Session, which: EventFilter | None, mark: Mark, limit: int
) -> tuple[list[Event], Mark]:
    """Return the next events, oldest first, and where the following ones begin."""
    chosen = where(which)
    rows = session.sql.execute(
        f"SELECT {_COLUMNS} FROM events INDEXED BY {chosen.ordered_by} WHERE {chosen.sql}"  # noqa: S608
        " AND time >= ? AND (time > ? OR row > ?) ORDER BY time, row LIMIT ?",
        [*chosen.values, mark.time, mark.time, mark.row, limit],
    ).fetchall()
    if not rows:
        return [], mark
    return [_event(session, row) for row in rows], Mark(time=rows[-1][4], row=rows[-1][0])


def read_evidence_after(
    session: Session, which: EventFilter | None, mark: Mark, limit: int
) -> tuple[list[Event], Mark]:
    """Return the next events that have evidence, with it but without crops, oldest first."""
    chosen = where(which)
    rows = session.sql.execute(
        f"SELECT {_COLUMNS}, {evidence.COLUMNS}"  # noqa: S608  # constants
        f" FROM events INDEXED BY {chosen.ordered_by}"
        f" CROSS JOIN event_evidence ON event_row = row WHERE {chosen.sql}"
        " AND time >= ? AND (time > ? OR row > ?) ORDER BY time, row LIMIT ?",
        [*chosen.values, mark.time, mark.time, mark.row, limit],
    ).fetchall()
    if not rows:
        return [], mark
    last = len(evidence.COLUMNS.split(","))
    found = []
    for row in rows:
        event = _event(session, row[:-last])
        seen = evidence.opened(session, event.id, event.decision.person_id, row[-last:])
        found.append(replace(event, evidence=seen))
    return found, Mark(time=rows[-1][4], row=rows[-1][0])


def picture(session: Session, event_id: str) -> bytes | None:
    """Return an event's picture as JPEG, or None."""
    row = session.sql.execute(
        "SELECT person_id, picture FROM event_pictures JOIN events ON events.row = event_row"
        " WHERE id = ?",
        [event_id],
    ).fetchone()
    if row is None:
        return None
    return session.fields.codec.decode(row[1], _picture_place(event_id, row[0]))


def pixels(data: bytes, event_id: str) -> Image:
    """Return the pixels of a stored JPEG, (height, width, 3).

    Raises:
        KnownError: if it is damaged.
    """
    from faceaccess.images.codec import decode_image

    what = f"picture of event {event_id}"
    try:
        return decode_image(data, what)
    except KnownError as error:
        raise damaged(what) from error


def last_row(session: Session) -> int:
    """Return the number of the newest event's row, 0 without events."""
    (row,) = session.sql.execute("SELECT coalesce(max(row), 0) FROM events").fetchone()
    return int(row)


def count(session: Session, which: EventFilter | None, after: int) -> int:
    """Return how many events there are in rows above `after`."""
    chosen = where(which)
    way = f"INDEXED BY {chosen.ordered_by}" if after == 0 else "NOT INDEXED"
    (number,) = session.sql.execute(
        f"SELECT count(*) FROM events {way} WHERE {chosen.sql} AND row > ?",  # noqa: S608
        [*chosen.values, after],
    ).fetchone()
    return int(number)


def remember(session: Session, person: Person) -> None:
    """Put a person's name back into the events with their id: a removal was undone."""
    found = session.sql.execute(
        "SELECT row, id FROM events WHERE person_id = ? AND person IS NULL", [person.id]
    ).fetchall()
    session.sql.executemany(
        "UPDATE events SET person = ? WHERE row = ?",
        (
            (session.fields.seal(person.name, _place("person", event_id, person.id)), row)
            for row, event_id in found
        ),
    )


def forget(session: Session, person_id: str, names: list[str]) -> None:
    """Take a person's name, pictures and evidence out of all events; the id stays."""
    evidence.forget(session, person_id)
    session.sql.execute(
        "DELETE FROM event_pictures WHERE event_row IN"
        " (SELECT row FROM events WHERE person_id = ?)",
        [person_id],
    )
    session.sql.execute("UPDATE events SET person = NULL WHERE person_id = ?", [person_id])
    for name in names:
        session.sql.execute(
            "UPDATE events SET runner_up = NULL, runner_up_hash = NULL WHERE runner_up_hash = ?",
            [session.keys.of("name", name)],
        )


def forget_pictures(session: Session, event_id: str) -> None:
    """Remove an event's picture and evidence."""
    for table in ("event_pictures", "event_evidence"):
        session.sql.execute(
            f"DELETE FROM {table} WHERE event_row IN (SELECT row FROM events WHERE id = ?)",  # noqa: S608
            [event_id],
        )
