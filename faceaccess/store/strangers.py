"""People who are not enrolled: label, and pictures with crop, embedding and quality."""

import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import Embedding, EmbeddingSpace
from faceaccess.core.people import NewSample, Sample
from faceaccess.core.strangers import Role, Stranger, StrangerSet, role_of
from faceaccess.store import samples as pictures
from faceaccess.store.codec import Place, damaged
from faceaccess.store.session import Session
from faceaccess.store.times import from_micros, to_micros

_CHUNK = 4096
"""Pictures that are opened at a time: bounds the memory beside the result."""


def _label_place(stranger_id: str) -> Place:
    return Place("strangers", "label", stranger_id, stranger_id)


def _sample_place(column: str, sample_id: str, stranger_id: str) -> Place:
    return Place("stranger_samples", column, sample_id, stranger_id)


def _crop_place(sample_id: str, stranger_id: str) -> Place:
    return Place("stranger_crops", "crop", sample_id, stranger_id)


def _touch(session: Session, revision: int) -> None:
    session.sql.execute("UPDATE state SET strangers = ? WHERE id = 1", [revision])


def changed(session: Session) -> int:
    """Return the revision at which strangers were changed last."""
    (revision,) = session.sql.execute("SELECT strangers FROM state WHERE id = 1").fetchone()
    return int(revision)


def add(
    session: Session,
    label: str,
    samples: Sequence[NewSample],
    stranger_id: str | None,
    revision: int,
) -> Stranger:
    """Store a stranger; the same picture twice is stored once.

    Raises:
        BugError: if there is no picture, or the id is somebody's already.
    """
    if not samples:
        raise BugError("a stranger without a picture")
    stranger_id = stranger_id or str(uuid.uuid4())
    different: dict[str, NewSample] = {}
    for new in samples:
        different.setdefault(new.digest, new)
    session.table("strangers").insert(
        {
            "id": stranger_id,
            "label": session.fields.seal(label, _label_place(stranger_id)),
            "samples": len(different),
            "added_at": to_micros(session.clock.now()),
        }
    )
    for new in different.values():
        _add_sample(session, stranger_id, new)
    _touch(session, revision)
    return read(session, stranger_id)


def _add_sample(session: Session, stranger_id: str, new: NewSample) -> None:
    from faceaccess.images.codec import encode_png

    sample_id = str(uuid.uuid4())
    fields = session.fields

    def place(column: str) -> Place:
        return _sample_place(column, sample_id, stranger_id)

    row = session.table("stranger_samples").insert(
        {
            "id": sample_id,
            "stranger_id": stranger_id,
            **pictures.embedding_columns(session, new.embedding, place("embedding")),
            "quality": fields.seal(pictures.quality_text(new.quality), place("quality")),
            "source": fields.seal(new.source, place("source")),
            "digest": fields.seal(new.digest, place("digest")),
            "digest_hash": session.keys.of("picture", new.digest),
            "added_at": to_micros(session.clock.now()),
        }
    )
    crop = fields.codec.encode(encode_png(new.crop), _crop_place(sample_id, stranger_id))
    session.table("stranger_crops").insert({"sample_row": row.last_rowid, "crop": crop})


def remove(session: Session, stranger_id: str, revision: int) -> None:
    """Remove a stranger; pictures go by foreign key.

    Raises:
        KnownError: if there is no such stranger.
    """
    done = session.sql.execute("DELETE FROM strangers WHERE id = ?", [stranger_id])
    if not done.rowcount:
        raise _unknown(stranger_id)
    session.retire_key(stranger_id)
    _touch(session, revision)


def replace_embedding(
    session: Session, sample_id: str, embedding: Embedding, revision: int
) -> None:
    """Store another vector, of any space, for a picture.

    Raises:
        KnownError: if there is no such picture.
    """
    place = _sample_place("embedding", sample_id, _owner(session, sample_id))
    columns = pictures.embedding_columns(session, embedding, place)
    session.sql.execute(
        "UPDATE stranger_samples SET model = :model, preprocessing = :preprocessing,"
        " dimension = :dimension, embedding = :embedding WHERE id = :id",
        {**columns, "id": sample_id},
    )
    _touch(session, revision)


def _unknown(stranger_id: str) -> KnownError:
    return KnownError(
        f"There is no stranger with the id {stranger_id}.", "Look at the list of strangers."
    )


def _owner(session: Session, sample_id: str) -> str:
    row = session.sql.execute(
        "SELECT stranger_id FROM stranger_samples WHERE id = ?", [sample_id]
    ).fetchone()
    if row is None:
        raise KnownError(
            f"There is no picture of a stranger with the id {sample_id}.",
            "Look at the list of strangers.",
        )
    return str(row[0])


def _stranger(session: Session, row: tuple[Any, ...]) -> Stranger:
    stranger_id, label, count, added = row
    return Stranger(
        stranger_id,
        session.fields.open(label, _label_place(stranger_id)),
        role_of(stranger_id),
        count,
        from_micros(added),
    )


def read(session: Session, stranger_id: str) -> Stranger:
    """Return one stranger.

    Raises:
        KnownError: if there is no such stranger.
    """
    row = session.sql.execute(
        "SELECT id, label, samples, added_at FROM strangers WHERE id = ?", [stranger_id]
    ).fetchone()
    if row is None:
        raise _unknown(stranger_id)
    return _stranger(session, row)


def read_all(session: Session, offset: int, limit: int | None) -> list[Stranger]:
    """Return strangers, the oldest first."""
    rows = session.sql.execute(
        "SELECT id, label, samples, added_at FROM strangers ORDER BY row LIMIT ? OFFSET ?",
        [-1 if limit is None else limit, offset],
    ).fetchall()
    return [_stranger(session, row) for row in rows]


def count(session: Session) -> int:
    """Return how many strangers there are."""
    (number,) = session.sql.execute("SELECT count(*) FROM strangers").fetchone()
    return int(number)


def read_samples(session: Session, stranger_id: str) -> list[Sample]:
    """Return a stranger's pictures, oldest first; empty for an unknown one."""
    rows = session.sql.execute(
        "SELECT id, model, preprocessing, dimension, embedding, quality, source, digest, added_at"
        " FROM stranger_samples WHERE stranger_id = ? ORDER BY row",
        [stranger_id],
    ).fetchall()
    return [_sample(session, stranger_id, row) for row in rows]


def _sample(session: Session, stranger_id: str, row: tuple[Any, ...]) -> Sample:
    sample_id, model, preprocessing, dimension, embedding, quality, source, digest, added = row
    fields = session.fields

    def place(column: str) -> Place:
        return _sample_place(column, sample_id, stranger_id)

    vector = fields.open_vector(embedding, dimension, place("embedding"))
    return Sample(
        sample_id,
        stranger_id,
        Embedding(vector, EmbeddingSpace(model, preprocessing, dimension)),
        pictures.quality_of(fields.open(quality, place("quality")), place("quality")),
        fields.open(source, place("source")),
        fields.open(digest, place("digest")),
        from_micros(added),
    )


def crop(session: Session, sample_id: str) -> bytes:
    """Return a picture as PNG.

    Raises:
        KnownError: if there is no such picture, or its pixels are missing.
    """
    place = _crop_place(sample_id, _owner(session, sample_id))
    row = session.sql.execute(
        "SELECT crop FROM stranger_crops JOIN stranger_samples ON row = sample_row WHERE id = ?",
        [sample_id],
    ).fetchone()
    if row is None:
        raise damaged(str(place))
    return session.fields.codec.decode(row[0], place)


def with_digest(session: Session, digest: str) -> Stranger | None:
    """Return the first who has this picture, or None."""
    row = session.sql.execute(
        "SELECT stranger_id FROM stranger_samples WHERE digest_hash = ? ORDER BY row LIMIT 1",
        [session.keys.of("picture", digest)],
    ).fetchone()
    return None if row is None else read(session, row[0])


def stranger_set(session: Session, space: EmbeddingSpace) -> StrangerSet:
    """Return all embeddings of a space, in the order in which they were added."""
    found = session.sql.execute(
        "SELECT id, stranger_id, embedding FROM stranger_samples"
        " WHERE model = ? AND preprocessing = ? AND dimension = ? ORDER BY row",
        [space.model, space.preprocessing, space.dimension],
    )
    ids: list[str] = []
    parts = [np.zeros((0, space.dimension), np.float32)]
    while some := found.fetchmany(_CHUNK):
        ids += [stranger_id for _, stranger_id, _ in some]
        places = (_sample_place("embedding", one, owner) for one, owner, _ in some)
        stored = [data for _, _, data in some]
        parts.append(session.fields.open_vectors(stored, space.dimension, places))
    vectors = np.concatenate(parts)
    vectors.flags.writeable = False
    return StrangerSet(vectors, tuple(ids))


def of_role(strangers: StrangerSet, role: Role | None) -> StrangerSet:
    """Return those of one role, or all."""
    return strangers if role is None else strangers.of_role(role)
