"""Embeddings of everybody in memory, so that only what changed is read again.

What is remembered is always a committed state. A reader inside a transaction, or of an older state,
gets what is right there and changes nothing here. Arrays are shared by all who ask, so they cannot
be written to.
"""

import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.people import TrainingSet
from faceaccess.core.strangers import StrangerSet
from faceaccess.store import samples, strangers
from faceaccess.store.samples import Pictures
from faceaccess.store.session import Session

KEPT_BYTES = 512 * 2**20
"""Larger sets are read each time, so that memory stays bounded."""


class _People(NamedTuple):
    space: EmbeddingSpace
    revision: int
    pictures: Pictures


class TrainingSets:
    """Remembers the training set of the space that was asked for last; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: _People | None = None

    def get(self, session: Session, space: EmbeddingSpace) -> TrainingSet:
        """Return all embeddings of a space, by person in the order of enrolment, oldest first.

        Raises:
            KnownError: if one is damaged.
        """
        (revision,) = session.sql.execute("SELECT revision FROM state WHERE id = 1").fetchone()
        with self._lock:  # also while it is read: who comes meanwhile wants the same
            kept = self._kept
            if kept is None or kept.space != space or kept.revision > revision:
                found = samples.read_all(session, space)
            else:
                found = self._followed(session, kept, revision)
            if session.connection.transaction is None and found.vectors.nbytes <= KEPT_BYTES:
                self._kept = _People(space, revision, found)
        return TrainingSet(found.vectors, found.person_ids)

    def _followed(self, session: Session, kept: _People, revision: int) -> Pictures:
        if kept.revision == revision:
            return kept.pictures
        moved = samples.changed_since(session, kept.revision)
        if not moved:
            return kept.pictures
        if 2 * len(moved) > len(kept.pictures.person_ids):
            return samples.read_all(session, kept.space)
        old = kept.pictures
        stays = np.array([person_id not in moved for person_id in old.person_ids], np.bool_)
        return _merged(old, stays, samples.read_of(session, kept.space, moved))


def _merged(old: Pictures, stays: NDArray[np.bool_], fresh: Pictures) -> Pictures:
    """Return the old ones that stay and the fresh ones, by person in the order of enrolment."""
    kept = np.flatnonzero(stays)
    people = np.concatenate([old.people[kept], fresh.people])
    order = np.argsort(people, kind="stable")
    source = np.concatenate([kept, len(stays) + np.arange(len(fresh.people))])[order]
    vectors = np.empty((len(source), old.vectors.shape[1]), np.float32)
    of_old = source < len(stays)
    if of_old[: len(kept)].all():  # all that is fresh stands behind: the common case
        np.take(old.vectors, source[: len(kept)], axis=0, out=vectors[: len(kept)], mode="clip")
        vectors[len(kept) :] = fresh.vectors[source[len(kept) :] - len(stays)]
    else:
        vectors[of_old] = old.vectors[source[of_old]]
        vectors[~of_old] = fresh.vectors[source[~of_old] - len(stays)]
    vectors.flags.writeable = False
    ids = old.person_ids + fresh.person_ids
    return Pictures(vectors, tuple(ids[i] for i in source.tolist()), people[order])


class _Strangers(NamedTuple):
    space: EmbeddingSpace
    changed: int
    found: StrangerSet


class StrangerSets:
    """Remembers the strangers of the space that was asked for last; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: _Strangers | None = None

    def get(self, session: Session, space: EmbeddingSpace) -> StrangerSet:
        """Return all embeddings of a space, in the order in which they were added.

        Raises:
            KnownError: if one is damaged.
        """
        changed = strangers.changed(session)
        with self._lock:
            kept = self._kept
            # What a transaction has changed has a number that no committed state has yet.
            if kept is not None and kept.space == space and kept.changed == changed:
                return kept.found
            found = strangers.stranger_set(session, space)
            own = session.connection.transaction is not None
            if not own and found.vectors.nbytes <= KEPT_BYTES:
                self._kept = _Strangers(space, changed, found)
        return found
