"""Counter-examples of heads, each version's own."""

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.corrections import CounterExamples
from faceaccess.core.heads import Head
from faceaccess.store.codec import Place
from faceaccess.store.session import Session


def _place(version: int, position: int, person_id: str) -> Place:
    return Place("head_counter_examples", "vector", f"{version}/{position}", person_id)


def meant(head: Head) -> CounterExamples | None:
    """Return a head's counter-examples of people whom it has; of others they mean nothing."""
    examples = head.counter_examples
    if examples is None:
        return None
    classes = set(head.person_ids)
    kept = [i for i, person_id in enumerate(examples.person_ids) if person_id in classes]
    if not kept:
        return None
    return CounterExamples(tuple(examples.person_ids[i] for i in kept), examples.vectors[kept])


def write(session: Session, version: int, head: Head) -> None:
    """Store those that `meant` gives."""
    examples = meant(head)
    if examples is None:
        return
    session.table("head_counter_examples").insert_all(
        {
            "version": version,
            "position": position,
            "person_id": person_id,
            "vector": session.fields.seal_vector(
                examples.vectors[position], _place(version, position, person_id)
            ),
        }
        for position, person_id in enumerate(examples.person_ids)
    )


def read(session: Session, version: int, dimension: int) -> CounterExamples | None:
    """Return a version's counter-examples, or None without any.

    Raises:
        KnownError: if one is damaged.
    """
    found = session.sql.execute(
        "SELECT position, person_id, vector FROM head_counter_examples WHERE version = ?"
        " ORDER BY position",
        [version],
    ).fetchall()
    if not found:
        return None
    places = (_place(version, at, person_id) for at, person_id, _ in found)
    return CounterExamples(
        tuple(person_id for _, person_id, _ in found),
        session.fields.open_vectors([vector for _, _, vector in found], dimension, places),
    )


def forget(session: Session, person_id: str, vectors: NDArray[np.float32], revision: int) -> None:
    """Remove a person's counter-examples that are one of these vectors from every stored head."""
    found = session.sql.execute(
        "SELECT version, position, vector FROM head_counter_examples"
        " JOIN heads USING (version) WHERE person_id = ? AND dimension = ?",
        [person_id, vectors.shape[1]],
    ).fetchall()
    for version, position, sealed in found:
        place = _place(version, position, person_id)
        vector = session.fields.open_vector(sealed, vectors.shape[1], place)
        if (vectors == vector).all(axis=1).any():
            session.sql.execute(
                "DELETE FROM head_counter_examples WHERE version = ? AND position = ?",
                [version, position],
            )
            session.sql.execute(
                "UPDATE heads SET changed = ? WHERE version = ?", [revision, version]
            )
