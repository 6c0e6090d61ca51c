"""Scoring a head with numpy alone: which person a probe resembles most, and how much.

The head's trained rows pick the class; the similarity is the cosine between the probe and that
person's mean enrolled embedding. The rows themselves are no scale for a threshold: training moves
them away from the means, by an amount that depends on how many people there are.
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head, Match

PROBES_AT_ONCE = 1024
"""Probes scored by one matrix product; bounds the memory to 1,024 x people cosines."""
_LENGTH_TOLERANCE = 2e-3
"""How far the square of a unit vector's length may be from 1 by rounding."""


def check_space(head: Head, space: EmbeddingSpace) -> None:
    """Make sure that embeddings of `space` may be compared with the head.

    Raises:
        KnownError: if the head was trained for another embedder, preprocessing or dimension.
    """
    if head.space != space:
        raise KnownError(
            f"The head was trained for {head.space} embeddings, but these are {space}.",
            "Run `faceaccess retrain --full`, or set the embedder back.",
        )


def check_lengths(head: Head) -> None:
    """Make sure that every row and mean is of length 1: else a likeness to it means nothing.

    Raises:
        KnownError: if one is not, or is not a number.
    """
    for vectors in (head.rows, head.means):
        with np.errstate(over="ignore", invalid="ignore"):
            squares = np.einsum("ij,ij->i", vectors, vectors)
        if not (np.abs(squares - 1.0) <= _LENGTH_TOLERANCE).all():
            raise KnownError(
                "The numbers of the head in service are damaged.",
                "Run `faceaccess retrain --full`; if that does not help, put back a backup.",
            )


def match(head: Head, vector: NDArray[np.float32]) -> Match:
    """Return who the probe resembles most.

    Args:
        head: at least one person.
        vector: (dimension,) the probe's embedding in the head's space; any length but zero (a mean
            of several embeddings is not of length 1).

    Raises:
        KnownError: if nobody is enrolled in the head.
        BugError: if the vector has another shape, is zero or not finite.
    """
    if vector.ndim != 1:
        raise BugError(f"a probe of shape {vector.shape}, not ({head.space.dimension},)")
    return match_many(head, vector[np.newaxis])[0]


def match_many(head: Head, vectors: NDArray[np.float32]) -> list[Match]:
    """Return who each probe resembles most, in one matrix product for up to 1,024 probes.

    The class is the row with the greatest cosine to the probe (the first of equals); the runner-up
    is the second. The runner-up's mean may be the nearer one, then the margin is negative.

    Args:
        head: at least one person.
        vectors: (probes, dimension) as in `match`; may have no rows.

    Raises:
        KnownError: if nobody is enrolled in the head.
        BugError: if the vectors have another shape, or one is zero or not finite.
    """
    if not head.person_ids:
        raise KnownError("Nobody is enrolled yet.", "Enrol the first person.")
    if vectors.ndim != 2 or vectors.shape[1] != head.space.dimension:
        raise BugError(f"probes of shape {vectors.shape}, not (n, {head.space.dimension})")
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise BugError("a probe's embedding is zero or not finite")
    probes = (vectors / lengths[:, np.newaxis]).astype(np.float32)
    matches: list[Match] = []
    for start in range(0, len(probes), PROBES_AT_ONCE):
        matches.extend(_match_block(head, probes[start : start + PROBES_AT_ONCE]))
    return matches


def _match_block(head: Head, probes: NDArray[np.float32]) -> list[Match]:
    scores = probes @ head.rows.T
    every = np.arange(len(probes))
    first = scores.argmax(axis=1)
    similarity = _cosines(head, first, probes)
    if len(head.person_ids) == 1:
        return [Match(head.person_ids[0], s) for s in similarity]
    scores[every, first] = -np.inf
    second = scores.argmax(axis=1)
    runner_up = _cosines(head, second, probes)
    return [
        Match(head.person_ids[a], s, head.person_ids[b], t)
        for a, s, b, t in zip(first, similarity, second, runner_up, strict=True)
    ]


def _cosines(head: Head, which: NDArray[np.intp], probes: NDArray[np.float32]) -> list[float]:
    """Return the cosine of each probe to the mean of the class chosen for it."""
    cosines = np.einsum("ij,ij->i", probes, head.means[which]).clip(-1.0, 1.0)
    return [float(c) for c in cosines]


def remove_people(head: Head, person_ids: Collection[str]) -> Head:
    """Return the head without some people's classes; ids that it does not have are ignored.

    The other rows stay as they are: without a rival they only get safer.
    """
    gone = set(person_ids)
    kept = [i for i, person in enumerate(head.person_ids) if person not in gone]
    return Head(
        space=head.space,
        person_ids=tuple(head.person_ids[i] for i in kept),
        rows=head.rows[kept],
        means=head.means[kept],
        scale=head.scale,
        steps=head.steps,
    )
