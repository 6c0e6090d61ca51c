"""The nearest rows of the same probes by one head after another.

Heads that follow each other differ in the rows of one new person and a few neighbours. So the two
nearest rows of a probe are remembered, and of the next head only the rows that have moved are
compared. What is returned is always what a whole search would find: a probe for which that is not
certain is searched anew. Which rows have moved is told by a 64-bit number of each row, so that no
older head is kept in memory.
"""

import hashlib
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.heads import Head
from faceaccess.learn.scoring import TwoNearest, cosines_to_all, two_nearest

MOST_MOVED = 0.25
"""Part of the rows from which on a whole search is the simpler."""
LEAST_PEOPLE = 256
"""People below whom a whole search costs nothing."""
ANSWERS_KEPT = 16
"""Sets of probes that are remembered, the latest."""
_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class _Signature:
    """What is remembered of a head: whose classes, and a number of each row."""

    person_ids: tuple[str, ...]
    numbers: NDArray[np.uint64]


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
        self._answers: dict[bytes, tuple[_Signature, TwoNearest]] = {}
        self._signatures: WeakKeyDictionary[Head, _Signature] = WeakKeyDictionary()
        self._moves: tuple[_Signature, _Signature, _Moves] | None = None

    def __call__(self, head: Head, probes: NDArray[np.float32]) -> TwoNearest:
        """Return the two nearest rows of each probe; see `two_nearest`."""
        if len(head.person_ids) < LEAST_PEOPLE:
            return two_nearest(head, probes)
        signature = self._signature(head)
        key = hashlib.blake2b(np.ascontiguousarray(probes).data, digest_size=16).digest()
        known = self._answers.pop(key, None)
        if known is None:
            found = two_nearest(head, probes)
        elif known[0] is signature:
            found = known[1]
        else:
            found = self._renewed(*known, head, signature, probes)
        self._answers[key] = (signature, found)
        while len(self._answers) > ANSWERS_KEPT:
            del self._answers[next(iter(self._answers))]
        return found

    def _signature(self, head: Head) -> _Signature:
        signature = self._signatures.get(head)
        if signature is None:
            signature = _Signature(head.person_ids, _numbers(head.rows))
            self._signatures[head] = signature
        return signature

    def _renewed(
        self,
        older: _Signature,
        answer: TwoNearest,
        head: Head,
        signature: _Signature,
        probes: NDArray[np.float32],
    ) -> TwoNearest:
        known = self._moves
        if known is None or known[0] is not older or known[1] is not signature:
            known = (older, signature, _moves(older, signature, head.index))
            self._moves = known
        moves = known[2]
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


def _moves(older: _Signature, newer: _Signature, index: dict[str, int]) -> _Moves:
    count = len(older.person_ids)
    if newer.person_ids[:count] == older.person_ids:
        place = np.arange(count)
    else:
        places = (index.get(person, -1) for person in older.person_ids)
        place = np.fromiter(places, np.intp, count)
    there = np.flatnonzero(place >= 0)
    same = older.numbers[there] == newer.numbers[place[there]]
    place[there[~same]] = -1
    still = np.zeros(len(newer.person_ids), bool)
    still[place[place >= 0]] = True
    return _Moves(place, np.flatnonzero(~still))


def _numbers(rows: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Return a number of each row: of two rows that differ, the same once in some 2^60 pairs.

    The bits of the elements times random odd factors, summed modulo 2^64.
    """
    factors = np.random.default_rng(0).integers(0, 2**63, rows.shape[1], np.uint64) * 2 + 1
    numbers = np.empty(len(rows), np.uint64)
    for start in range(0, len(rows), _AT_ONCE):
        part = np.ascontiguousarray(rows[start : start + _AT_ONCE])
        numbers[start : start + _AT_ONCE] = part.view(np.uint32).astype(np.uint64) @ factors
    return numbers
