"""Pictures of people: crop, embedding, quality."""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import Embedding, EmbeddingSpace, Quality, QualityIssue
from faceaccess.core.frames import Image
from faceaccess.core.people import NewSample, Sample
from faceaccess.core.reasons import Reason
from faceaccess.store.codec import Place, damaged
from faceaccess.store.session import Session
from faceaccess.store.times import from_micros, to_micros

_COLUMNS = (
    "id, person_id, model, preprocessing, dimension, embedding, quality, source, digest, added_at"
)

_CHUNK = 4096
"""Pictures that are opened at a time: bounds the memory beside the result."""


def _unknown(sample_id: str) -> KnownError:
    return KnownError(
        f"There is no picture with the id {sample_id}.", "Look at the person's pictures."
    )


def merit(quality: Quality) -> float:
    """Return how well a picture shows its person, 0 to 1: for choosing one, not for deciding.

    The product of size (up to 60 px between the eyes), sharpness (up to 200), how straight the
    head is and how much of the face is there, divided by one more than the number of issues.
    """
    size = min(1.0, max(0.0, quality.eye_distance) / 60)
    sharpness = min(1.0, max(0.0, quality.sharpness) / 200)
    turned = max(abs(quality.yaw), abs(quality.pitch), abs(quality.roll))
    straight = 1 - min(turned, 90.0) / 90
    there = 1 - min(1.0, max(0.0, quality.cut_off))
    return size * sharpness * straight * there / (1 + len(quality.issues))


def quality_text(quality: Quality) -> str:
    """Return a quality as JSON."""
    return json.dumps(asdict(quality), allow_nan=False)


def quality_of(text: str, place: Place) -> Quality:
    """Return what `quality_text` was given.

    Raises:
        KnownError: if it is damaged.
    """
    try:
        values = json.loads(text)
        issues = tuple(
            QualityIssue(Reason(i["reason"]), i["value"], i["limit"], i["unit"])
            for i in values.pop("issues")
        )
        return Quality(**values, issues=issues)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise damaged(str(place)) from error


def add(session: Session, person_id: str, samples: Sequence[NewSample]) -> list[Sample]:
    """Store pictures, skipping those whose digest the person has; returns the stored ones."""
    return [sample for new in samples if (sample := _add_one(session, person_id, new)) is not None]


def _add_one(session: Session, person_id: str, new: NewSample) -> Sample | None:
    from faceaccess.images.codec import encode_png

    digest_hash = session.keys.of("picture", new.digest)
    known = session.sql.execute(
        "SELECT 1 FROM samples WHERE person_id = ? AND digest_hash = ?", [person_id, digest_hash]
    )
    if known.fetchone():
        return None
    sample_id = str(uuid.uuid4())
    now = session.clock.now()

    def place(column: str) -> Place:
        return Place("samples", column, sample_id, person_id)

    fields = session.fields
    table = session.table("samples").insert(
        {
            "id": sample_id,
            "person_id": person_id,
            **embedding_columns(session, new.embedding, place("embedding")),
            "quality": fields.seal(quality_text(new.quality), place("quality")),
            "merit": merit(new.quality),
            "source": fields.seal(new.source, place("source")),
            "digest": fields.seal(new.digest, place("digest")),
            "digest_hash": digest_hash,
            "added_at": to_micros(now),
        }
    )
    crop = fields.codec.encode(encode_png(new.crop), Place("crops", "crop", sample_id, person_id))
    session.table("crops").insert({"sample_row": table.last_rowid, "crop": crop})
    return Sample(
        sample_id,
        person_id,
        new.embedding,
        new.quality,
        new.source,
        new.digest,
        from_micros(to_micros(now)),
    )


def embedding_columns(session: Session, embedding: Embedding, place: Place) -> dict[str, Any]:
    """Return an embedding as the columns of a picture.

    Raises:
        BugError: if its shape is not its space's, or it is not finite.
    """
    space = embedding.space
    if embedding.vector.shape != (space.dimension,):
        raise BugError(f"an embedding of shape {embedding.vector.shape} in {space}")
    return {
        "model": space.model,
        "preprocessing": space.preprocessing,
        "dimension": space.dimension,
        "embedding": session.fields.seal_vector(embedding.vector, place),
    }


def replace_embedding(
    session: Session, sample_id: str, person_id: str, embedding: Embedding
) -> None:
    """Store another vector, of any space, for a picture that is there."""
    place = Place("samples", "embedding", sample_id, person_id)
    columns = embedding_columns(session, embedding, place)
    session.sql.execute(
        "UPDATE samples SET model = :model, preprocessing = :preprocessing,"
        " dimension = :dimension, embedding = :embedding WHERE id = :id",
        {**columns, "id": sample_id},
    )


def owner(session: Session, sample_id: str) -> str:
    """Return whose picture it is.

    Raises:
        KnownError: if there is no such picture.
    """
    found = session.sql.execute("SELECT person_id FROM samples WHERE id = ?", [sample_id])
    row = found.fetchone()
    if row is None:
        raise _unknown(sample_id)
    return str(row[0])


def remove(session: Session, sample_id: str) -> None:
    """Remove one picture; its crop goes with it by foreign key."""
    session.sql.execute("DELETE FROM samples WHERE id = ?", [sample_id])


def read(session: Session, person_id: str) -> list[Sample]:
    """Return a person's pictures, oldest first."""
    rows = session.sql.execute(
        f"SELECT {_COLUMNS} FROM samples WHERE person_id = ? ORDER BY row",  # noqa: S608  # constant
        [person_id],
    ).fetchall()
    return [_sample(session, row) for row in rows]


def read_one(session: Session, sample_id: str) -> Sample:
    """Return one picture.

    Raises:
        KnownError: if there is no such picture.
    """
    row = session.sql.execute(
        f"SELECT {_COLUMNS} FROM samples WHERE id = ?",  # noqa: S608  # constant
        [sample_id],
    ).fetchone()
    if row is None:
        raise _unknown(sample_id)
    return _sample(session, row)


def _sample(session: Session, row: tuple[Any, ...]) -> Sample:
    (
        sample_id,
        person_id,
        model,
        preprocessing,
        dimension,
        embedding,
        quality,
        source,
        digest,
        added,
    ) = row

    def place(column: str) -> Place:
        return Place("samples", column, sample_id, person_id)

    fields = session.fields
    vector = fields.open_vector(embedding, dimension, place("embedding"))
    return Sample(
        sample_id,
        person_id,
        Embedding(vector, EmbeddingSpace(model, preprocessing, dimension)),
        quality_of(fields.open(quality, place("quality")), place("quality")),
        fields.open(source, place("source")),
        fields.open(digest, place("digest")),
        from_micros(added),
    )


def crop(session: Session, sample_id: str, person_id: str) -> bytes:
    """Return a picture as PNG.

    Raises:
        KnownError: if its pixels are missing.
    """
    row = session.sql.execute(
        "SELECT crop FROM crops JOIN samples ON samples.row = sample_row WHERE id = ?", [sample_id]
    ).fetchone()
    place = Place("crops", "crop", sample_id, person_id)
    if row is None:
        raise damaged(str(place))
    return session.fields.codec.decode(row[0], place)


def pixels(data: bytes, what: str) -> Image:
    """Return the pixels of a stored PNG.

    Raises:
        KnownError: if it is damaged.
    """
    from faceaccess.images.codec import decode_png

    try:
        return decode_png(data)
    except KnownError as error:
        raise damaged(what) from error


def best(session: Session, person_id: str) -> str | None:
    """Return the id of the picture that shows a person best, or None."""
    row = session.sql.execute(
        "SELECT id FROM samples WHERE person_id = ? ORDER BY merit DESC, row LIMIT 1", [person_id]
    ).fetchone()
    return None if row is None else str(row[0])


class Pictures(NamedTuple):
    """Embeddings of one space.

    Attributes:
        vectors: (pictures, dimension) float32; of `read_all` with room behind.
        person_ids: (pictures,) whose each is.
        people: (pictures,) int64, numbers that order the people by enrolment.
    """

    vectors: NDArray[np.float32]
    person_ids: tuple[str, ...]
    people: NDArray[np.int64]


_IN_SPACE = "model = ? AND preprocessing = ? AND dimension = ?"


def read_all(session: Session, space: EmbeddingSpace, spare: int) -> Pictures:
    """Return all embeddings of a space, by person in the order of enrolment, oldest first, and
    `spare` rows behind.

    Raises:
        KnownError: if one is damaged.
    """
    # In the order of the file, which is much faster; then sorted, which is mostly done already.
    order = dict(session.sql.execute("SELECT id, row FROM people").fetchall())
    found = session.sql.execute(
        f"SELECT id, person_id, embedding FROM samples WHERE {_IN_SPACE} ORDER BY row",  # noqa: S608
        [space.model, space.preprocessing, space.dimension],
    )
    pictures = np.empty((count(session, space) + spare, space.dimension), np.float32)
    ids: list[str] = []
    while some := found.fetchmany(_CHUNK):
        pictures[len(ids) : len(ids) + len(some)] = session.fields.open_vectors(
            [data for _, _, data in some],
            space.dimension,
            (Place("samples", "embedding", one, owner) for one, owner, _ in some),
        )
        ids += [owner for _, owner, _ in some]
    people = np.array([order[person_id] for person_id in ids], np.int64)
    if (np.diff(people) < 0).any():
        sequence = np.argsort(people, kind="stable")
        pictures[: len(ids)], people = pictures[sequence], people[sequence]
        ids = [ids[i] for i in sequence.tolist()]
    return Pictures(pictures, tuple(ids), people)


def read_of(session: Session, space: EmbeddingSpace, person_ids: Iterable[str]) -> Pictures:
    """Return the embeddings of these people, otherwise as `read_all`.

    Raises:
        KnownError: if one is damaged.
    """
    rows: list[tuple[int, int, str, str, bytes]] = []
    for person_id in person_ids:
        rows += session.sql.execute(
            "SELECT people.row, samples.row, samples.id, person_id, embedding FROM samples"  # noqa: S608
            f" JOIN people ON people.id = person_id WHERE person_id = ? AND {_IN_SPACE}",
            [person_id, space.model, space.preprocessing, space.dimension],
        ).fetchall()
    rows.sort(key=lambda row: row[:2])
    return Pictures(
        session.fields.open_vectors(
            [row[4] for row in rows],
            space.dimension,
            (Place("samples", "embedding", one, owner) for _, _, one, owner, _ in rows),
        ),
        tuple(row[3] for row in rows),
        np.array([row[0] for row in rows], np.int64),
    )


def changed_since(session: Session, revision: int) -> set[str]:
    """Return whose pictures may be other ones than at a revision, also who is gone since."""
    found = session.sql.execute(
        "SELECT id FROM people WHERE changed > :since"
        " UNION SELECT person_id FROM erased WHERE changed > :since",
        {"since": revision},
    )
    return {person_id for (person_id,) in found}


def count(session: Session, space: EmbeddingSpace | None) -> int:
    """Return how many pictures there are in all, or of one space."""
    if space is None:
        row = session.sql.execute("SELECT count(*) FROM samples").fetchone()
    else:
        row = session.sql.execute(
            "SELECT count(*) FROM samples WHERE model = ? AND preprocessing = ? AND dimension = ?",
            [space.model, space.preprocessing, space.dimension],
        ).fetchone()
    return int(row[0])
