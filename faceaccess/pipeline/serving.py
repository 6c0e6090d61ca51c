"""Heads as they go into service: small exact changes, and the record that goes with them.

Everything here is numpy; the trainer is not imported.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.actors import Actor
from faceaccess.core.errors import BugError
from faceaccess.core.heads import Head, HeadRecord
from faceaccess.core.people import TrainingSet
from faceaccess.core.settings import Settings
from faceaccess.store.protocol import Transaction

_CHUNK = 4096
"""Samples that are scored at a time: bounds the memory of a check to chunk x people floats."""


class Serving:
    """Writes a head as the next version.

    Args:
        settings: gives the settings in force (`kept_heads`).
    """

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings

    def put(
        self,
        transaction: Transaction,
        head: Head,
        *,
        samples: int,
        note: str,
        actor: Actor,
        seconds: float = 0.0,
        accepted: bool = True,
    ) -> HeadRecord:
        """Store a head within a transaction; it serves when that commits."""
        return transaction.add_head(
            head,
            samples=samples,
            seconds=seconds,
            accepted=accepted,
            note=note,
            actor=f"{actor.name} ({actor.way})",
            kept=self._settings().kept_heads,
        )


def with_class(
    head: Head, person_id: str, row: NDArray[np.float32], mean: NDArray[np.float32]
) -> Head:
    """Return the head with one more class.

    Args:
        head: without the person.
        person_id: the new class.
        row: (dimension,) float32 of length 1, picks the class.
        mean: (dimension,) float32 of length 1, what the threshold compares.

    Raises:
        BugError: if the head has the person already.
    """
    return replace(
        head,
        person_ids=(*head.person_ids, person_id),
        rows=np.concatenate([head.rows, row[None]]).astype(np.float32),
        means=np.concatenate([head.means, mean[None]]).astype(np.float32),
    )


def with_mean(head: Head, person_id: str, vectors: NDArray[np.float32]) -> Head:
    """Return the head with a person's class started anew at the mean of `vectors`.

    Args:
        head: has the person.
        person_id: whose class it is.
        vectors: (samples, dimension) float32, at least one.
    """
    if person_id not in head.person_ids:
        raise BugError(f"the head has no class {person_id}")
    index = head.person_ids.index(person_id)
    mean = unit_mean(vectors)
    rows, means = head.rows.copy(), head.means.copy()
    rows[index] = means[index] = mean
    return replace(head, rows=rows, means=means)


def unit_mean(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of (samples, dimension) vectors, scaled to length 1."""
    mean = vectors.mean(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(mean))
    if not length > 0.0:
        raise BugError("the mean of a person's embeddings has no direction")
    unit: NDArray[np.float32] = (mean / length).astype(np.float32)
    return unit


def unit_means(data: TrainingSet) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Return the people in order of appearance and their mean embeddings of length 1.

    Returns:
        ids, and (people, dimension) float32.
    """
    index = {person_id: i for i, person_id in enumerate(dict.fromkeys(data.person_ids))}
    sums = np.zeros((len(index), data.vectors.shape[1]), np.float64)
    np.add.at(sums, [index[person_id] for person_id in data.person_ids], data.vectors)
    lengths = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return tuple(index), (sums / lengths).astype(np.float32)


def wrong_picks(head: Head, data: TrainingSet) -> int:
    """Return how many enrolled pictures the head gives to somebody else than their owner.

    Pictures of people whom the head does not have count as wrong.
    """
    if not head.person_ids:
        return len(data.person_ids)
    classes = {person_id: i for i, person_id in enumerate(head.person_ids)}
    owners = np.array([classes.get(p, -1) for p in data.person_ids])
    wrong = 0
    for start in range(0, len(owners), _CHUNK):
        scores = data.vectors[start : start + _CHUNK] @ head.rows.T
        wrong += int((scores.argmax(axis=1) != owners[start : start + _CHUNK]).sum())
    return wrong


def is_sound(head: Head, before: Head, data: TrainingSet) -> bool:
    """Return whether a head may serve.

    Its numbers must be finite, and it must not give more enrolled pictures to the wrong person
    than the head before did. Strangers are kept out by the cosine to the mean, which training does
    not touch.

    Args:
        head: the candidate.
        before: the head that it would replace, with a class for everybody in `data`.
        data: all enrolled embeddings.
    """
    if not (np.isfinite(head.rows).all() and np.isfinite(head.means).all()):
        return False
    return wrong_picks(head, data) <= wrong_picks(before, data)
