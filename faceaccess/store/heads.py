"""Heads, one row a person, and what is known about each."""

import re
from typing import Any

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head, HeadRecord
from faceaccess.store.codec import Place
from faceaccess.store.session import Session
from faceaccess.store.times import from_micros, to_micros

ERASED_NAME = "somebody since removed"
"""What stands in a head's note where the name of a removed person stood."""

_COLUMNS = (
    "version, model, preprocessing, dimension, created_at, people, samples, steps, seconds,"
    " accepted, note, actor"
)


def add(session: Session, head: Head, record: HeadRecord, kept: int) -> HeadRecord:
    """Store a head and its record under the next version, and drop rows of old ones.

    Raises:
        KnownError: if a class of the head is nobody's any more.
        BugError: if `kept` is less than 1.
    """
    if kept < 1:
        raise BugError(f"at least one head is kept, not {kept}")
    _check_people(session, head)
    (last,) = session.sql.execute("SELECT coalesce(max(version), 0) FROM heads").fetchone()
    version = int(last) + 1
    fields = session.fields
    session.table("heads").insert(
        {
            "version": version,
            "model": record.space.model,
            "preprocessing": record.space.preprocessing,
            "dimension": record.space.dimension,
            "created_at": to_micros(record.created_at),
            "people": record.people,
            "samples": record.samples,
            "steps": record.steps,
            "seconds": record.seconds,
            "scale": head.scale,
            "accepted": int(record.accepted),
            "note": fields.seal(record.note, Place("heads", "note", str(version))),
            "actor": fields.seal(record.actor, Place("heads", "actor", str(version))),
            "stored": 1,
        }
    )
    session.table("head_rows").insert_all(
        {
            "version": version,
            "position": position,
            "person_id": person_id,
            "row": fields.seal_vector(head.rows[position], _place("row", version, person_id)),
            "mean": fields.seal_vector(head.means[position], _place("mean", version, person_id)),
        }
        for position, person_id in enumerate(head.person_ids)
    )
    _prune(session, kept)
    return read_record(session, version)


def _place(column: str, version: int, person_id: str) -> Place:
    return Place("head_rows", column, f"{version}/{person_id}", person_id)


def _check_people(session: Session, head: Head) -> None:
    known = {person_id for (person_id,) in session.sql.execute("SELECT id FROM people")}
    if missing := [i for i in head.person_ids if i not in known]:
        raise KnownError(
            f"The new head knows {len(missing)} who are not enrolled (any more).",
            "Nothing was changed. Train again.",
        )


def _prune(session: Session, kept: int) -> None:
    serving = _serving_version(session)
    old = session.sql.execute(
        "SELECT version FROM heads WHERE stored = 1 AND version IS NOT ? AND version NOT IN"
        " (SELECT version FROM heads ORDER BY version DESC LIMIT ?)",
        [serving, kept],
    ).fetchall()
    for (version,) in old:
        session.sql.execute("DELETE FROM head_rows WHERE version = ?", [version])
        session.sql.execute("UPDATE heads SET stored = 0 WHERE version = ?", [version])


def _serving_version(session: Session) -> int | None:
    (version,) = session.sql.execute("SELECT max(version) FROM heads WHERE accepted = 1").fetchone()
    return None if version is None else int(version)


def _record(session: Session, row: tuple[Any, ...]) -> HeadRecord:
    version, model, preprocessing, dimension, created, people, samples, steps, seconds = row[:9]
    accepted, note, actor = row[9:]
    return HeadRecord(
        version=version,
        space=EmbeddingSpace(model, preprocessing, dimension),
        created_at=from_micros(created),
        people=people,
        samples=samples,
        steps=steps,
        seconds=seconds,
        accepted=bool(accepted),
        note=session.fields.open(note, Place("heads", "note", str(version))),
        actor=session.fields.open(actor, Place("heads", "actor", str(version))),
    )


def read_record(session: Session, version: int) -> HeadRecord:
    """Return what is known about a version that is there."""
    row = session.sql.execute(
        f"SELECT {_COLUMNS} FROM heads WHERE version = ?",  # noqa: S608  # constant
        [version],
    ).fetchone()
    if row is None:
        raise BugError(f"there is no head {version}")
    return _record(session, row)


def records(session: Session, limit: int) -> list[HeadRecord]:
    """Return what is known about stored heads, newest first."""
    rows = session.sql.execute(
        f"SELECT {_COLUMNS} FROM heads ORDER BY version DESC LIMIT ?",  # noqa: S608  # constant
        [limit],
    ).fetchall()
    return [_record(session, row) for row in rows]


def serving(session: Session) -> tuple[HeadRecord, Head] | None:
    """Return the newest accepted head, or None.

    Raises:
        KnownError: if its rows are damaged.
    """
    version = _serving_version(session)
    if version is None:
        return None
    record = read_record(session, version)
    (scale,) = session.sql.execute(
        "SELECT scale FROM heads WHERE version = ?", [version]
    ).fetchone()
    rows = session.sql.execute(
        "SELECT person_id, row, mean FROM head_rows WHERE version = ? ORDER BY position", [version]
    ).fetchall()
    dimension = record.space.dimension

    head = Head(
        space=record.space,
        person_ids=tuple(person_id for person_id, _, _ in rows),
        rows=session.fields.open_vectors(
            [(row, _place("row", version, i)) for i, row, _ in rows], dimension
        ),
        means=session.fields.open_vectors(
            [(mean, _place("mean", version, i)) for i, _, mean in rows], dimension
        ),
        scale=scale,
        steps=record.steps,
    )
    return record, head


def forget(session: Session, person_id: str, names: list[str]) -> None:
    """Take a person out of every stored head's count and note; rows go by foreign key."""
    session.sql.execute(
        "UPDATE heads SET people = people - 1 WHERE version IN"
        " (SELECT version FROM head_rows WHERE person_id = ?)",
        [person_id],
    )
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names))
    notes = session.sql.execute("SELECT version, note FROM heads").fetchall()
    for version, sealed in notes:
        place = Place("heads", "note", str(version))
        note = session.fields.open(sealed, place)
        without = pattern.sub(ERASED_NAME, note)
        if without != note:
            session.table("heads").update(version, {"note": session.fields.seal(without, place)})
