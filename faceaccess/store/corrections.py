"""What people said of events, with vectors of its own, so that it outlives the evidence."""

import uuid
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.corrections import Correction, CorrectionKind, Evidence
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.store import events, evidence, head_examples, people
from faceaccess.store.codec import Place, damaged
from faceaccess.store.session import Session
from faceaccess.store.times import from_micros, to_micros

_COLUMNS = "id, event_id, kind, person_id, made_at, actor, model, preprocessing, dimension, vectors"


def _place(column: str, correction_id: str, person_id: str) -> Place:
    return Place("corrections", column, correction_id, person_id)


def add(
    session: Session,
    event_id: str,
    kind: CorrectionKind,
    person_id: str,
    seen: Evidence,
    actor: str,
) -> Correction:
    """Store a statement, or return the one that says the same already.

    Raises:
        KnownError: if there is no such event or person.
    """
    events.read_one(session, event_id)
    people.row_of(session, person_id)
    said = session.sql.execute(
        f"SELECT {_COLUMNS} FROM corrections"  # noqa: S608  # constant
        " WHERE event_id = ? AND kind = ? AND person_id = ?",
        [event_id, kind.value, person_id],
    ).fetchone()
    if said is not None:
        return _correction(session, said)
    correction_id = str(uuid.uuid4())
    session.table("corrections").insert(
        {
            "id": correction_id,
            "event_id": event_id,
            "kind": kind.value,
            "person_id": person_id,
            **evidence.seal_vectors(session, seen, _place("vectors", correction_id, person_id)),
            "made_at": to_micros(session.clock.now()),
            "actor": session.fields.seal(actor, _place("actor", correction_id, person_id)),
        }
    )
    (made,) = read(session, correction_id=correction_id)
    return made


def replace(
    session: Session, correction_id: str, space: EmbeddingSpace, vectors: NDArray[np.float32]
) -> None:
    """Store other vectors for a statement.

    Raises:
        KnownError: if there is no such correction.
    """
    found = read(session, correction_id=correction_id)
    if not found:
        raise _unknown(correction_id)
    place = _place("vectors", correction_id, found[0].person_id)
    columns = evidence.seal_vectors(session, Evidence(space, vectors), place)
    session.sql.execute(
        "UPDATE corrections SET model = :model, preprocessing = :preprocessing,"
        " dimension = :dimension, vectors = :vectors WHERE id = :id",
        {**columns, "id": correction_id},
    )


def remove(session: Session, correction_id: str) -> None:
    """Take a statement back.

    Raises:
        KnownError: if there is no such correction.
    """
    done = session.sql.execute("DELETE FROM corrections WHERE id = ?", [correction_id])
    if not done.rowcount:
        raise _unknown(correction_id)


def _unknown(correction_id: str) -> KnownError:
    return KnownError(
        f"There is no correction with the id {correction_id}.",
        "Look at what was said of the event.",
    )


def _correction(session: Session, row: tuple[Any, ...]) -> Correction:
    correction_id, event_id, kind, person_id, made_at, actor = row[:6]
    try:
        what = CorrectionKind(kind)
    except ValueError as error:
        raise damaged(f"correction {correction_id}") from error
    seen = evidence.open_vectors(session, row[6:], _place("vectors", correction_id, person_id))
    return Correction(
        correction_id,
        event_id,
        what,
        person_id,
        seen.space,
        seen.vectors,
        from_micros(made_at),
        session.fields.open(actor, _place("actor", correction_id, person_id)),
    )


def read(
    session: Session,
    *,
    event_id: str | None = None,
    person_id: str | None = None,
    correction_id: str | None = None,
) -> list[Correction]:
    """Return statements, oldest first; each argument narrows the list."""
    rows = session.sql.execute(
        f"SELECT {_COLUMNS} FROM corrections WHERE (:event IS NULL OR event_id = :event)"  # noqa: S608
        " AND (:person IS NULL OR person_id = :person) AND (:id IS NULL OR id = :id) ORDER BY row",
        {"event": event_id, "person": person_id, "id": correction_id},
    ).fetchall()
    return [_correction(session, row) for row in rows]


def forget(session: Session, person_id: str, revision: int) -> None:
    """Remove what was said of pictures that show a person, with those pictures.

    They are those of events that were said to be this person, and of the person's own events that
    nobody has corrected. Their evidence and pictures go, all that was said of them, and the
    counter-examples that were made of that. What was said about the person goes with the person.
    """
    sql = session.sql
    shown = sql.execute(
        """
        SELECT event_id FROM corrections WHERE kind = :is AND person_id = :person
        UNION
        SELECT event_id FROM corrections JOIN events ON events.id = event_id
        WHERE events.person_id = :person AND NOT EXISTS (
            SELECT 1 FROM corrections other WHERE other.event_id = events.id
            AND other.kind = :not_me AND other.person_id = :person
        )
        """,
        {
            "person": person_id,
            "is": CorrectionKind.IS.value,
            "not_me": CorrectionKind.NOT_ME.value,
        },
    ).fetchall()
    for (event_id,) in shown:
        for said in read(session, event_id=event_id):
            if said.kind is CorrectionKind.NOT_ME:
                head_examples.forget(session, said.person_id, said.vectors, revision)
        sql.execute("DELETE FROM corrections WHERE event_id = ?", [event_id])
        events.forget_pictures(session, event_id)
