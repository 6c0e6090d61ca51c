"""The nearest rows of the same probes by one head after another.

Heads that follow each other differ in the rows of one new person and a few neighbours. So the two
nearest rows of a probe are remembered, and of the next head only the rows that have moved are
compared. What is returned is always what a whole search would find: a probe for which that is not
certain is searched anew.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.heads import Head
from faceaccess.learn.scoring import TwoNearest, cosines_to_all, two_nearest

MOST_MOVED = 0.25
"""Part of the rows from which on a whole search is the simpler."""
LEAST_PEOPLE = 256
"""People below whom a whole search costs nothing."""
HEADS_KEPT = 2
"""Heads whose answers are remembered: each keeps its rows in memory, 25 MB for 50,000 people."""

_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class _Moves:
    """What became of an older head's classes.

    Attributes:
        place: (older people,) the class in the newer head, -1 where it is gone or has moved.
        moved: (m,) classes of the newer head that are new or have moved.
    """

    place: NDArray[np.intp]
    moved: NDArray[np.intp]


class RememberedRows:
    """A `Search` that remembers its answers; not for several threads at once."""

    def __init__(self) -> None:
        self._answers: dict[bytes, tuple[Head, TwoNearest]] = {}
        self._heads: list[Head] = []
        self._moves: tuple[Head, Head, _Moves] | None = None

    def __call__(self, head: Head, probes: NDArray[np.float32]) -> TwoNearest:
        """Return the two nearest rows of each probe; see `two_nearest`."""
        if len(head.person_ids) < LEAST_PEOPLE:
            return two_nearest(head, probes)
        key = hashlib.blake2b(np.ascontiguousarray(probes).data, digest_size=16).digest()
        known = self._answers.get(key)
        if known is None:
            found = two_nearest(head, probes)
        elif known[0] is head:
            return known[1]
        else:
            found = self._renewed(*known, head, probes)
        self._keep(key, head, found)
        return found

    def keep_only(self, head: Head) -> None:
        """Forget what was found for other heads than one, and their rows."""
        self._heads = [kept for kept in self._heads if kept is head]
        self._answers = {k: answer for k, answer in self._answers.items() if answer[0] is head}
        self._moves = None

    def _keep(self, key: bytes, head: Head, found: TwoNearest) -> None:
        self._answers[key] = (head, found)
        others = [kept for kept in self._heads if kept is not head]
        self._heads = [*others[-(HEADS_KEPT - 1) :], head]
        self._answers = {
            k: answer
            for k, answer in self._answers.items()
            if any(answer[0] is kept for kept in self._heads)
        }

    def _renewed(
        self, older: Head, answer: TwoNearest, head: Head, probes: NDArray[np.float32]
    ) -> TwoNearest:
        if self._moves is None or self._moves[0] is not older or self._moves[1] is not head:
            self._moves = (older, head, _moves(older, head))
        moves = self._moves[2]
        if len(moves.moved) > MOST_MOVED * len(head.person_ids):
            return two_nearest(head, probes)
        first, second = moves.place[answer.first], moves.place[answer.second]
        all_moved = np.broadcast_to(moves.moved, (len(probes), len(moves.moved)))
        places = np.concatenate([first[:, np.newaxis], second[:, np.newaxis], all_moved], axis=1)
        cosines = np.concatenate(
            [
                np.where(first >= 0, answer.first_cosine, -np.inf)[:, np.newaxis],
                np.where(second >= 0, answer.second_cosine, -np.inf)[:, np.newaxis],
                cosines_to_all(head.rows[moves.moved], probes),
            ],
            axis=1,
        ).astype(np.float32)
        every = np.arange(len(probes))
        best = cosines.argmax(axis=1)
        best_cosine = cosines[every, best]
        cosines[every, best] = -np.inf
        next_ = cosines.argmax(axis=1)
        next_cosine = cosines[every, next_]
        found = TwoNearest(places[every, best], places[every, next_], best_cosine, next_cosine)
        # All that has not moved is at most as near as the older second.
        kept = (first >= 0) & (second >= 0)
        certain = (kept | (next_cosine > answer.second_cosine)) & (best_cosine > next_cosine)
        return _with_anew(head, probes, found, np.flatnonzero(~certain))


def _with_anew(
    head: Head, probes: NDArray[np.float32], found: TwoNearest, which: NDArray[np.intp]
) -> TwoNearest:
    """Search anew for some of the probes."""
    if not len(which):
        return found
    anew = two_nearest(head, probes[which])
    for old, new in (
        (found.first, anew.first),
        (found.second, anew.second),
        (found.first_cosine, anew.first_cosine),
        (found.second_cosine, anew.second_cosine),
    ):
        old[which] = new
    return found


def _moves(older: Head, head: Head) -> _Moves:
    count = len(older.person_ids)
    if head.person_ids[:count] == older.person_ids:
        place = np.arange(count)
    else:
        places = (head.index.get(person, -1) for person in older.person_ids)
        place = np.fromiter(places, np.intp, count)
    there = np.flatnonzero(place >= 0)
    if older.rows is not head.rows or not np.array_equal(there, place[there]):
        for start in range(0, len(there), _AT_ONCE):  # in parts: a whole copy would be 25 MB
            part = there[start : start + _AT_ONCE]
            same = (older.rows[part] == head.rows[place[part]]).all(axis=1)
            place[part[~same]] = -1
    still = np.zeros(len(head.person_ids), bool)
    still[place[place >= 0]] = True
    return _Moves(place, np.flatnonzero(~still))
