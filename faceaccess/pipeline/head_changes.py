"""Small exact changes of a head, in numpy; the trainer is not imported."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.corrections import Correction, CorrectionKind, CounterExamples
from faceaccess.core.errors import BugError
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.learn.person_means import person_means


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
    if person_id not in head.index:
        raise BugError(f"the head has no class {person_id}")
    index = head.index[person_id]
    (mean,) = person_means(TrainingSet(vectors, (person_id,) * len(vectors)))
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
        ids, and (people, dimension) float32 (`learn.person_means`).
    """
    return data.people, person_means(data)


def with_counter_examples(head: Head, corrections: Sequence[Correction]) -> Head:
    """Return the head with what was corrected as "not me", of its people and its space only."""
    said = [
        one
        for one in corrections
        if one.kind is CorrectionKind.NOT_ME
        and one.space == head.space
        and one.person_id in head.index
    ]
    if not said:
        return head if head.counter_examples is None else replace(head, counter_examples=None)
    examples = CounterExamples(
        tuple(one.person_id for one in said for _ in one.vectors),
        np.concatenate([one.vectors for one in said]).astype(np.float32),
    )
    return replace(head, counter_examples=examples)


def examples_of(head: Head, people: Head) -> CounterExamples | None:
    """Return a head's counter-examples, only those of another head's people; None for none."""
    examples = head.counter_examples
    if examples is None:
        return None
    kept = [i for i, person_id in enumerate(examples.person_ids) if person_id in people.index]
    if not kept:
        return None
    return CounterExamples(tuple(examples.person_ids[i] for i in kept), examples.vectors[kept])


def same_counter_examples(one: Head, other: Head) -> bool:
    """Return whether two heads were told the same, of the people whom both know."""
    return _told(one, other) == _told(other, one)


def _told(head: Head, other: Head) -> set[tuple[str, bytes]]:
    examples = head.counter_examples
    if examples is None:
        return set()
    return {
        (person_id, vector.tobytes())
        for person_id, vector in zip(examples.person_ids, examples.vectors, strict=True)
        if person_id in head.index and person_id in other.index
    }
