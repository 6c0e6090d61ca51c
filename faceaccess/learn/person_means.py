"""Each person's mean embedding, in which a picture that does not fit weighs less.

A wrong picture among three (a colleague at the edge, a hidden face) pulls a plain mean away from
the person. Here each picture weighs by its cosine to the weighted mean less `OFFSET`, a few rounds
(docs/adr/robust-means.md). Where all pictures fit, all weigh about the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.people import TrainingSet

OFFSET = 0.2
"""Cosine to the mean at which a picture hardly counts; those of other people lie there."""
LEAST_WEIGHT = 0.05
"""What a picture weighs at least, beside one of about 0.6 that fits."""
ROUNDS = 5
"""Rounds of weighing; more change nothing that matters."""
FEWEST = 3
"""Pictures below which none can be told to be the odd one."""
ODD = 0.5
"""Weight, as a part of the person's greatest, below which a picture is told to be odd."""
_AT_ONCE = 2048
"""Pictures weighed at once: 2 MB, which stays in the processor's cache."""
_NO_DIRECTION = 1e-3
_LENGTH_TOLERANCE = 2e-3


@dataclass(frozen=True)
class OddPicture:
    """An enrolled picture that does not fit the person's others.

    Attributes:
        sample: its row in the training set.
        person_id: whose it is.
        weight: what it weighs as a part of the person's best fitting picture, below `ODD`.
    """

    sample: int
    person_id: str
    weight: float


def person_means(data: TrainingSet, people: NDArray[np.intp] | None = None) -> NDArray[np.float32]:
    """Return mean embeddings of length 1, with memory for some thousand pictures at once.

    Args:
        data: the enrolled pictures.
        people: (asked,) places in `data.people`, each once; None for all.

    Returns:
        (asked, dimension), in the order asked.

    Raises:
        KnownError: if the pictures of a person cancel each other out.
        BugError: if a vector of somebody asked is not finite or not of length 1.
    """
    asked = np.arange(len(data.people)) if people is None else people
    means = np.zeros((len(asked), data.vectors.shape[1]), np.float32)
    for places, _, vectors, weights in _weighed(data, asked):
        sums = np.einsum("bc,bcd->bd", weights, vectors)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        if not (lengths > _NO_DIRECTION * weights.sum(axis=1, keepdims=True)).all():
            person = data.people[asked[places[int(lengths.argmin())]]]
            raise KnownError(
                f"The pictures of the person {person} contradict each other.",
                "Remove the pictures that show somebody else.",
            )
        means[places] = sums / lengths
    return means


def odd_pictures(
    data: TrainingSet, people: NDArray[np.intp] | None = None
) -> tuple[OddPicture, ...]:
    """Return the pictures that do not fit, the oddest first; arguments as in `person_means`."""
    asked = np.arange(len(data.people)) if people is None else people
    found = []
    for places, samples, _, weights in _weighed(data, asked):
        parts = weights / weights.max(axis=1, keepdims=True)
        for row, column in zip(*np.nonzero(parts < ODD), strict=True):
            person = data.people[asked[places[row]]]
            found.append(OddPicture(int(samples[row, column]), person, float(parts[row, column])))
    return tuple(sorted(found, key=lambda picture: (picture.weight, picture.sample)))


_Weighed = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]


def _weighed(data: TrainingSet, asked: NDArray[np.intp]) -> Iterator[_Weighed]:
    """Yield people with equally many pictures together.

    Yields:
        (b,) places in `asked`, (b, c) rows of the training set, (b, c, dimension) the pictures, and
        (b, c) their weights.
    """
    counts = np.bincount(data.labels, minlength=len(data.people))
    starts = np.cumsum(counts) - counts
    order = np.argsort(data.labels, kind="stable")
    for count in np.unique(counts[asked]):
        same = np.flatnonzero(counts[asked] == count)
        step = max(1, _AT_ONCE // int(count))
        for start in range(0, len(same), step):
            places = same[start : start + step]
            samples = order[starts[asked[places], np.newaxis] + np.arange(count)]
            vectors = data.vectors[samples].astype(np.float64)
            squares = np.einsum("bcd,bcd->bc", vectors, vectors)
            if not (np.abs(squares - 1.0) <= _LENGTH_TOLERANCE).all():
                raise BugError("a training vector is not finite or not of length 1")
            yield places, samples, vectors, _weights(vectors)


def _weights(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (people, pictures) weights; all 1 where there are too few to tell."""
    weights = np.ones(vectors.shape[:2])
    if vectors.shape[1] < FEWEST:
        return weights
    for _ in range(ROUNDS):
        means = np.einsum("bc,bcd->bd", weights, vectors)
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
        cosines = np.matmul(vectors, means[:, :, np.newaxis])[:, :, 0]
        weights = np.maximum(cosines - OFFSET, LEAST_WEIGHT)
    return weights
