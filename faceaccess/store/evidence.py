"""What decisions stood on: vectors, and the best picture's crop, beside their events."""

from typing import Any

import numpy as np

from faceaccess.core.corrections import Evidence
from faceaccess.core.errors import BugError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.store import samples
from faceaccess.store.codec import Place, damaged
from faceaccess.store.session import Session

KEPT = 20_000
"""Of how many visits evidence is kept, the newest: some 12 kB each, so 240 MB of disk."""
_LOOKED_EVERY = 64


def _place(column: str, event_id: str, person_id: str | None) -> Place:
    return Place("event_evidence", column, event_id, person_id or "")


def _crop_place(event_id: str, person_id: str | None) -> Place:
    return Place("evidence_crops", "crop", event_id, person_id or "")


def seal_vectors(session: Session, evidence: Evidence, place: Place) -> dict[str, Any]:
    """Return space and vectors as columns.

    Raises:
        BugError: if the vectors are not of the space, none, or not finite.
    """
    space, vectors = evidence.space, evidence.vectors
    if vectors.ndim != 2 or not len(vectors) or vectors.shape[1] != space.dimension:
        raise BugError(f"evidence of shape {vectors.shape} in {space}")
    return {
        "model": space.model,
        "preprocessing": space.preprocessing,
        "dimension": space.dimension,
        "vectors": session.fields.seal_vector(np.ravel(vectors), place),
    }


def open_vectors(session: Session, row: tuple[str, str, int, bytes], place: Place) -> Evidence:
    """Return space and vectors of `seal_vectors`.

    Raises:
        KnownError: if they are damaged.
    """
    model, preprocessing, dimension, sealed = row
    vectors = session.fields.open_matrix(sealed, dimension, place)
    return Evidence(EmbeddingSpace(model, preprocessing, dimension), vectors)


def add(
    session: Session, event_row: int, event_id: str, person_id: str | None, evidence: Evidence
) -> None:
    """Store what an event that is just stored stood on.

    Raises:
        BugError: as `seal_vectors`.
    """
    quality = evidence.quality
    session.table("event_evidence").insert(
        {
            "event_row": event_row,
            **seal_vectors(session, evidence, _place("vectors", event_id, person_id)),
            "quality": session.fields.seal_maybe(
                None if quality is None else samples.quality_text(quality),
                _place("quality", event_id, person_id),
            ),
        }
    )
    if evidence.crop is not None:
        from faceaccess.images.codec import encode_png

        crop = session.fields.codec.encode(
            encode_png(evidence.crop), _crop_place(event_id, person_id)
        )
        session.table("evidence_crops").insert({"event_row": event_row, "crop": crop})
    if event_row % _LOOKED_EVERY == 0:
        _drop_oldest(session)


def _drop_oldest(session: Session) -> None:
    session.sql.execute(
        "DELETE FROM event_evidence WHERE event_row <= ("
        "SELECT event_row FROM event_evidence ORDER BY event_row DESC LIMIT 1 OFFSET ?)",
        [KEPT],
    )


COLUMNS = "model, preprocessing, dimension, vectors, quality"


def opened(
    session: Session, event_id: str, person_id: str | None, row: tuple[Any, ...]
) -> Evidence:
    """Return the evidence in columns `COLUMNS`, without a crop.

    Raises:
        KnownError: if it is damaged.
    """
    model, preprocessing, dimension, sealed, quality = row
    found = open_vectors(
        session,
        (model, preprocessing, dimension, sealed),
        _place("vectors", event_id, person_id),
    )
    place = _place("quality", event_id, person_id)
    text = session.fields.open_maybe(quality, place)
    return Evidence(
        found.space,
        found.vectors,
        quality=None if text is None else samples.quality_of(text, place),
    )


def read(session: Session, event_id: str) -> tuple[Evidence, bytes | None] | None:
    """Return an event's evidence without the crop, and the crop as PNG; None without evidence.

    Raises:
        KnownError: if it is damaged.
    """
    row = session.sql.execute(
        f"SELECT person_id, crop, {COLUMNS} FROM events"  # noqa: S608  # constant
        " JOIN event_evidence ON event_evidence.event_row = events.row"
        " LEFT JOIN evidence_crops USING (event_row) WHERE id = ?",
        [event_id],
    ).fetchone()
    if row is None:
        return None
    person_id, crop = row[:2]
    place = _crop_place(event_id, person_id)
    if crop is not None and not isinstance(crop, bytes):
        raise damaged(str(place))
    png = None if crop is None else session.fields.codec.decode(crop, place)
    return opened(session, event_id, person_id, row[2:]), png


def forget(session: Session, person_id: str) -> None:
    """Remove the evidence of a person's visits; crops go by foreign key."""
    session.sql.execute(
        "DELETE FROM event_evidence WHERE event_row IN"
        " (SELECT row FROM events WHERE person_id = ?)",
        [person_id],
    )
