"""Each person's mean embedding, in which a picture that shows somebody else hardly counts.

A wrong picture among three (a colleague at the edge, a hidden face) pulls a plain mean away from
the person. So each picture is compared with the mean of the person's others; the one that resembles
it least is doubted when it resembles it less than `DOUBTED`, as pictures of two people do
(docs/adr/robust-means.md). All other means are plain.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.people import TrainingSet

DOUBTED = 0.25
"""Cosine to the mean of the person's other pictures below which the oddest picture is doubted. Of
the people of lfw-dev (SFace, 3 pictures) about 1 in 300 has such a picture of himself."""
WEIGHT = 0.1
"""What a doubted picture weighs beside the others."""
FEWEST = 3
"""Pictures below which none can be told to be the odd one."""
_AT_ONCE = 2048
"""Pictures weighed at once: 2 MB, which stays in the processor's cache."""
_NO_DIRECTION = 1e-3
_LENGTH_TOLERANCE = 2e-3


@dataclass(frozen=True)
class OddPicture:
    """An enrolled picture that is doubted.

    Attributes:
        sample: its row in the training set.
        person_id: whose it is.
        likeness: its cosine to the mean of the person's other pictures, below `DOUBTED`.
    """

    sample: int
    person_id: str
    likeness: float


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
    for places, _, vectors, likeness in _compared(data, asked):
        weights = np.where(_doubted(likeness), WEIGHT, 1.0)
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
    """Return the doubted pictures, at most one a person, the oddest first.

    Arguments and errors as in `person_means`, but that pictures may cancel each other out.
    """
    asked = np.arange(len(data.people)) if people is None else people
    found = []
    for places, samples, _, likeness in _compared(data, asked):
        for row, column in zip(*np.nonzero(_doubted(likeness)), strict=True):
            person = data.people[asked[places[row]]]
            cosine = float(likeness[row, column])
            found.append(OddPicture(int(samples[row, column]), person, cosine))
    return tuple(sorted(found, key=lambda picture: (picture.likeness, picture.sample)))


_Compared = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]


def _compared(data: TrainingSet, asked: NDArray[np.intp]) -> Iterator[_Compared]:
    """Yield people with equally many pictures together.

    Yields:
        (b,) places in `asked`, (b, c) rows of the training set, (b, c, dimension) the pictures, and
        (b, c) the cosine of each to the mean of the person's others.
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
            yield places, samples, vectors, _likeness(vectors)


def _likeness(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cosine of each picture to the mean of the person's others; 1 without enough."""
    if vectors.shape[1] < FEWEST:
        return np.ones(vectors.shape[:2])
    others = vectors.sum(axis=1, keepdims=True) - vectors
    lengths = np.linalg.norm(others, axis=2)
    cosines: NDArray[np.float64] = np.einsum("bcd,bcd->bc", vectors, others)
    cosines /= np.maximum(lengths, 1e-9)
    return cosines


def _doubted(likeness: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which picture of each person is doubted, if one is."""
    doubted = np.zeros(likeness.shape, bool)
    every = np.arange(len(likeness))
    oddest = likeness.argmin(axis=1)
    doubted[every, oddest] = likeness[every, oddest] < DOUBTED
    return doubted
