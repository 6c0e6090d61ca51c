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

SPARE = 1024
"""Rows kept free behind everybody's, for who is enrolled next: without them each new person would
have all copied."""
_CHUNK = 4096


class _People(NamedTuple):
    """What is remembered of one space.

    Attributes:
        space: which.
        revision: of the state that it shows.
        found: what was given to who asked.
        people: (samples,) int64, numbers that order the people by enrolment.
        room: (more than samples, dimension) what `found.vectors` is the beginning of.
    """

    space: EmbeddingSpace
    revision: int
    found: TrainingSet
    people: NDArray[np.int64]
    room: NDArray[np.float32]


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
        own = session.connection.transaction is not None
        with self._lock:  # also while it is read: who comes meanwhile wants the same
            kept = self._kept
            if kept is None or kept.space != space or kept.revision > revision:
                shown = _read(session, space, revision)
            else:
                shown = _followed(session, kept, revision, own=own)
            if not own and shown.room.nbytes <= KEPT_BYTES:
                self._kept = shown
        return shown.found


def _read(session: Session, space: EmbeddingSpace, revision: int) -> _People:
    room, ids, people = samples.read_all(session, space, SPARE)
    return _shown(space, revision, room, ids, people)


def _shown(
    space: EmbeddingSpace,
    revision: int,
    room: NDArray[np.float32],
    ids: tuple[str, ...],
    people: NDArray[np.int64],
) -> _People:
    vectors = room[: len(ids)]
    vectors.flags.writeable = False
    return _People(space, revision, TrainingSet(vectors, ids), people, room)


def _followed(session: Session, kept: _People, revision: int, *, own: bool) -> _People:
    if kept.revision == revision:
        return kept
    moved = samples.changed_since(session, kept.revision)
    if not moved:
        return kept._replace(revision=revision)
    old_ids = kept.found.person_ids
    if 2 * len(moved) > len(old_ids):
        return _read(session, kept.space, revision)
    fresh = samples.read_of(session, kept.space, moved)
    stays = np.array([person_id not in moved for person_id in old_ids], np.bool_)
    count = len(old_ids) + len(fresh.person_ids)
    behind = not len(fresh.people) or not len(old_ids) or fresh.people[0] > kept.people[-1]
    if stays.all() and behind and count <= len(kept.room) and not own:
        # New people only: they go into the spare room, which nobody has seen so far.
        kept.room[len(old_ids) : count] = fresh.vectors
        ids = old_ids + fresh.person_ids
        people = np.concatenate([kept.people, fresh.people])
        return _shown(kept.space, revision, kept.room, ids, people)
    return _merged(kept, stays, fresh, revision)


def _merged(kept: _People, stays: NDArray[np.bool_], fresh: Pictures, revision: int) -> _People:
    """Return the old ones that stay and the fresh ones, by person in the order of enrolment."""
    old = kept.found
    staying = np.flatnonzero(stays)
    people = np.concatenate([kept.people[staying], fresh.people])
    order = np.argsort(people, kind="stable")
    source = np.concatenate([staying, len(stays) + np.arange(len(fresh.people))])[order]
    room = np.empty((len(source) + SPARE, old.vectors.shape[1]), np.float32)
    for start in range(0, len(source), _CHUNK):
        part = source[start : start + _CHUNK]
        target = room[start : start + len(part)]
        of_old = part < len(stays)
        target[of_old] = old.vectors[part[of_old]]
        target[~of_old] = fresh.vectors[part[~of_old] - len(stays)]
    ids = old.person_ids + fresh.person_ids
    return _shown(kept.space, revision, room, tuple(ids[i] for i in source.tolist()), people[order])


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
