"""People's rows."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person, PersonDetails
from faceaccess.store.codec import Fields, Place, damaged
from faceaccess.store.search import PeopleIndex
from faceaccess.store.session import Session
from faceaccess.store.times import from_micros, to_micros

_COLUMNS = "id, name, staff_number, department, note, active, created_at, updated_at, samples"


def unknown_person(person_id: str) -> KnownError:
    """Return the error for an id that nobody has."""
    return KnownError(f"There is no person with the id {person_id}.", "Look at the list of people.")


def _person(row: tuple[Any, ...], fields: Fields) -> Person:
    person_id, name, number, department, note, active, created, updated, samples = row

    def opened(column: str, data: bytes) -> str:
        return fields.open(data, Place("people", column, person_id, person_id))

    try:
        details = PersonDetails(
            name=opened("name", name),
            staff_number=None if number is None else opened("staff_number", number),
            department=opened("department", department),
            note=opened("note", note),
            active=bool(active),
        )
    except KnownError as error:
        raise damaged(f"person {person_id}") from error
    return Person(person_id, details, from_micros(created), from_micros(updated), samples)


def _sealed(
    session: Session, person_id: str, details: PersonDetails, revision: int
) -> dict[str, Any]:
    fields = session.fields

    def place(column: str) -> Place:
        return Place("people", column, person_id, person_id)

    number = details.staff_number
    return {
        "name": fields.seal(details.name, place("name")),
        "staff_number": fields.seal_maybe(number, place("staff_number")),
        "number_hash": None if number is None else session.keys.number(number),
        "department": fields.seal(details.department, place("department")),
        "note": fields.seal(details.note, place("note")),
        "active": int(details.active),
        "updated_at": to_micros(session.clock.now()),
        "changed": revision,
    }


def row_of(session: Session, person_id: str) -> int:
    """Return the number of a person's row.

    Raises:
        KnownError: if there is no such person.
    """
    found = session.sql.execute("SELECT row FROM people WHERE id = ?", [person_id]).fetchone()
    if found is None:
        raise unknown_person(person_id)
    return int(found[0])


def read(session: Session, person_id: str) -> Person:
    """Return one person.

    Raises:
        KnownError: if there is no such person.
    """
    row = session.sql.execute(
        f"SELECT {_COLUMNS} FROM people WHERE id = ?",  # noqa: S608  # constant
        [person_id],
    ).fetchone()
    if row is None:
        raise unknown_person(person_id)
    return _person(row, session.fields)


def read_by_number(session: Session, staff_number: str) -> Person | None:
    """Return who has a staff number, or None."""
    row = session.sql.execute(
        f"SELECT {_COLUMNS} FROM people WHERE number_hash = ?",  # noqa: S608  # constant
        [session.keys.number(staff_number)],
    ).fetchone()
    return None if row is None else _person(row, session.fields)


def _check_number(session: Session, details: PersonDetails, person_id: str) -> None:
    if details.staff_number is None:
        return
    other = read_by_number(session, details.staff_number)
    if other is not None and other.id != person_id:
        raise KnownError(
            f"The staff number {details.staff_number} is that of {other.name}.",
            "Give another number, or change that person's first.",
        )


def add(
    session: Session,
    details: PersonDetails,
    revision: int,
    person_id: str | None = None,
    created_at: datetime | None = None,
) -> Person:
    """Store a new person, or one who was removed again under the same id.

    Raises:
        KnownError: if the staff number is somebody else's.
        BugError: if the id is somebody's already.
    """
    person_id = person_id or str(uuid.uuid4())
    _check_number(session, details, person_id)
    row = _sealed(session, person_id, details, revision)
    created = row["updated_at"] if created_at is None else to_micros(created_at)
    session.table("people").insert({"id": person_id, "created_at": created, "samples": 0, **row})
    session.sql.execute("DELETE FROM erased WHERE person_id = ?", [person_id])
    return read(session, person_id)


def edit(session: Session, person_id: str, details: PersonDetails, revision: int) -> Person:
    """Replace a person's details, remembering the former name for erasure.

    Raises:
        KnownError: if there is no such person, or the staff number is somebody else's.
    """
    before = read(session, person_id)
    _check_number(session, details, person_id)
    if before.name != details.name:
        place = Place("former_names", "name", person_id, person_id)
        session.table("former_names").insert(
            {
                "person_id": person_id,
                "name": session.fields.seal(before.name, place),
                "name_hash": session.keys.of("name", before.name),
            }
        )
    values = _sealed(session, person_id, details, revision)
    session.table("people").update(row_of(session, person_id), values)
    return read(session, person_id)


def touch(session: Session, person_id: str, revision: int, more_samples: int) -> None:
    """Note that a person's pictures changed, by how many.

    Raises:
        KnownError: if there is no such person.
    """
    done = session.sql.execute(
        "UPDATE people SET samples = samples + ?, changed = ? WHERE id = ?",
        [more_samples, revision, person_id],
    )
    if not done.rowcount:
        raise unknown_person(person_id)


def names_of(session: Session, person_id: str) -> list[str]:
    """Return a person's present name and the former ones.

    Raises:
        KnownError: if there is no such person.
    """
    place = Place("former_names", "name", person_id, person_id)
    rows = session.sql.execute(
        "SELECT name FROM former_names WHERE person_id = ?", [person_id]
    ).fetchall()
    former = [session.fields.open(name, place) for (name,) in rows]
    return list(dict.fromkeys([read(session, person_id).name, *former]))


def remove(session: Session, person_id: str, revision: int) -> None:
    """Remove a person's row; samples, crops and head rows go with it by foreign key."""
    session.sql.execute("DELETE FROM former_names WHERE person_id = ?", [person_id])
    session.sql.execute("DELETE FROM people WHERE id = ?", [person_id])
    session.retire_key(person_id)
    session.table("erased").insert({"person_id": person_id, "changed": revision})


def is_erased(session: Session, person_id: str) -> bool:
    """Return whether this person was here and was removed."""
    found = session.sql.execute("SELECT 1 FROM erased WHERE person_id = ?", [person_id])
    return found.fetchone() is not None


def catch_up(session: Session, index: PeopleIndex) -> None:
    """Bring an index to the state that the session's snapshot shows."""
    (revision,) = session.sql.execute("SELECT revision FROM state WHERE id = 1").fetchone()
    if revision <= index.revision:
        return
    rows = session.sql.execute(
        f"SELECT {_COLUMNS} FROM people WHERE changed > ?",  # noqa: S608  # constant
        [index.revision],
    ).fetchall()
    gone = session.sql.execute("SELECT person_id FROM erased WHERE changed > ?", [index.revision])
    index.update([_person(row, session.fields) for row in rows], [i for (i,) in gone.fetchall()])
    index.revision = revision


def refresh(session: Session, index: PeopleIndex, person_ids: Iterable[str]) -> None:
    """Read these people again into an index."""
    found, gone = [], []
    for person_id in person_ids:
        try:
            found.append(read(session, person_id))
        except KnownError:
            gone.append(person_id)
    index.update(found, gone)
