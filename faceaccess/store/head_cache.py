"""One head in memory, so that only what changed is read again."""

import threading
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head
from faceaccess.store import head_examples, head_rows
from faceaccess.store.session import Session


class _Known(NamedTuple):
    """What says whether a head in memory is the stored one.

    Attributes:
        version: whose.
        changed: the revision at which the version was stored, or somebody was taken out of it.
        accepted: whether the version is in the line of `head_rows`.
    """

    version: int
    changed: int
    accepted: bool


class HeadCache:
    """Remembers the serving head; thread-safe.

    What a version holds never changes but when a person is removed, which `heads.changed` tells.
    What an open transaction has written is remembered only when it has ended well (`put`). The
    arrays are shared by all who ask, so they cannot be written to.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[_Known, Head] | None = None

    def put(self, version: int, changed: int, head: Head) -> None:
        """Remember an accepted head as it was just stored."""
        mine = replace(
            head,
            rows=_taken_over(head.rows),
            means=_taken_over(head.means),
            counter_examples=head_examples.meant(head),
        )
        with self._lock:
            if self._kept is None or self._kept[0].version < version:
                self._kept = _Known(version, changed, accepted=True), mine

    def head(self, session: Session, version: int) -> Head:
        """Return a version that is stored, or is the newest of the line.

        Raises:
            KnownError: if there is no such version, or it is damaged.
        """
        found = session.sql.execute(
            "SELECT changed, accepted, model, preprocessing, dimension, scale, steps FROM heads"
            " WHERE version = ?",
            [version],
        ).fetchone()
        if found is None:
            raise KnownError(f"There is no head {version}.", "Look at the list of heads.")
        known = _Known(version, found[0], bool(found[1]))
        space = EmbeddingSpace(*found[2:5])
        with self._lock:  # also while it is read: who comes meanwhile wants the same
            if self._kept is not None and self._kept[0] == known:
                return self._kept[1]
            rows = self._rows(session, known, space)
            head = Head(
                space,
                rows.person_ids,
                _frozen(rows.rows),
                _frozen(rows.means),
                scale=found[5],
                steps=found[6],
                counter_examples=head_examples.read(session, version, space.dimension),
            )
            if session.connection.transaction is None and version == head_rows.serving_version(
                session
            ):
                self._kept = known, head
            return head

    def _rows(self, session: Session, known: _Known, space: EmbeddingSpace) -> head_rows.Rows:
        if self._kept is not None:
            before, head = self._kept
            if (
                before.accepted
                and known.accepted
                and before.version <= known.version
                and before.changed <= known.changed
                and head.space == space
            ):
                person_ids = head_rows.read_ids(session, known.version)
                fresh = head_rows.read(
                    session, known.version, space.dimension, after=before.version
                )
                return head_rows.matching(head, person_ids, fresh)
        return head_rows.read(session, known.version, space.dimension)


def _taken_over(array: NDArray[np.float32]) -> NDArray[np.float32]:
    # What is a part of something else, or belongs to the trainer, may still be written to there.
    return _frozen(array if array.base is None else array.copy())


def _frozen(array: NDArray[np.float32]) -> NDArray[np.float32]:
    array.flags.writeable = False
    return array
