"""Scoring a head with numpy alone: which person a probe resembles most, and how much.

The head's trained rows pick the class; the similarity is the cosine between the probe and that
person's mean enrolled embedding. The rows themselves are no scale for a threshold: training moves
them away from the means, by an amount that depends on how many people there are.

Where it was measured to help (`CENTRED`), a part of what the faces of different people share is
taken off probe and mean before the cosine: strangers resemble everybody in that.

A person who said of a picture "this is not me" has it as a counter-example: a probe that clearly
resembles one of them more than the person's mean is not let in as that person.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.corrections import CounterExamples, contradicts
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head, Match

PROBES_AT_ONCE = 1024
"""Most probes scored by one matrix product ..."""
COSINES_AT_ONCE = 2**22
"""... and most cosines of one: 16 MB, which is also faster than more."""
FEW_PROBES = 4
"""Probes up to which the product is made without BLAS: its threads wait for each other, and beside
a training that keeps both cores busy that took 8 ms at 10,000 people instead of 0.2."""
CENTRED = {("sface", "5pt-112-gray-mirrored"): 0.4, ("sface", "5pt-112-colour-mirrored"): 0.4}
"""Part of `Head.shared` that is taken off, by model and preprocessing; nothing for others."""
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
    """Return who each probe resembles most, as values; see `best_many`."""
    best = best_many(head, vectors)
    ids = head.person_ids
    counters = [None if c == -np.inf else float(c) for c in best.counter]
    if best.second is None or best.runner_up is None:
        firsts = zip(best.first, best.similarity, counters, strict=True)
        return [Match(ids[a], float(s), counter_similarity=c) for a, s, c in firsts]
    columns = (best.first, best.similarity, best.second, best.runner_up, counters)
    return [
        Match(ids[a], float(s), ids[b], float(t), c) for a, s, b, t, c in zip(*columns, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class TwoNearest:
    """The two rows nearest to each probe.

    Attributes:
        first, second: (probes,) index of the class; of equals the first one. With one person the
            second is the same.
        first_cosine, second_cosine: (probes,) float32; minus infinity for a second that is none.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    first_cosine: NDArray[np.float32]
    second_cosine: NDArray[np.float32]


Search = Callable[[Head, NDArray[np.float32]], TwoNearest]
"""How rows are searched: by `two_nearest`, or by `learn.nearest_rows.RememberedRows`."""


def two_nearest(head: Head, probes: NDArray[np.float32]) -> TwoNearest:
    """Return the two nearest rows of each probe, by matrix products over blocks of probes.

    Args:
        head: at least one person.
        probes: (probes, dimension) of length 1.
    """
    people, count = len(head.person_ids), len(probes)
    first, second = np.zeros(count, np.intp), np.zeros(count, np.intp)
    cosines = np.full((2, count), -np.inf, np.float32)
    for part in blocks(count, people):
        scores = cosines_to_all(head.rows, probes[part])
        every = np.arange(len(scores))
        first[part] = scores.argmax(axis=1)
        cosines[0, part] = scores[every, first[part]]
        if people > 1:
            scores[every, first[part]] = -np.inf
            second[part] = scores.argmax(axis=1)
            cosines[1, part] = scores[every, second[part]]
    return TwoNearest(first, second, cosines[0], cosines[1])


@dataclass(frozen=True, eq=False)
class BestMatches:
    """Whom many probes resemble most, as arrays.

    Attributes:
        first: (probes,) index of the class that the head picks.
        similarity: (probes,) float32, cosine to that person's mean, both centred, -1 to 1.
        second: (probes,) index of the runner-up; None with one person.
        runner_up: (probes,) float32, the same of the runner-up; None with one person.
        counter: (probes,) float32, cosine to the most similar counter-example of the first,
            centred likewise; minus infinity where there is none.
    """

    first: NDArray[np.intp]
    similarity: NDArray[np.float32]
    second: NDArray[np.intp] | None
    runner_up: NDArray[np.float32] | None
    counter: NDArray[np.float32]

    @property
    def reached(self) -> NDArray[np.float64]:
        """(probes,) the greatest threshold that each reaches: minus infinity if contradicted."""
        return uncontradicted(self.similarity, self.counter)


def best_many(
    head: Head, vectors: NDArray[np.float32], search: Search = two_nearest
) -> BestMatches:
    """Return who each probe resembles most.

    The class is the row with the greatest cosine to the probe (the first of equals); the runner-up
    is the second. The runner-up's mean may be the nearer one, then the margin is negative.

    Args:
        head: at least one person.
        vectors: (probes, dimension) as in `match`; may have no rows.
        search: finds the nearest rows.

    Raises:
        KnownError: if nobody is enrolled in the head.
        BugError: if the vectors have another shape, or one is zero or not finite.
    """
    people = len(head.person_ids)
    if not people:
        raise KnownError("Nobody is enrolled yet.", "Enrol the first person.")
    probes = unit_probes(head, vectors)
    nearest = search(head, probes)
    first, second = nearest.first, nearest.second
    compared = centred(head, probes)
    similarity = _cosines(head, first, compared)
    counter = counter_cosines(head, first, compared)
    if people == 1:
        return BestMatches(first, similarity, None, None, counter)
    return BestMatches(first, similarity, second, _cosines(head, second, compared), counter)


def uncontradicted(
    similarity: NDArray[np.float32], counter: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return similarities, minus infinity where a counter-example is clearly nearer."""
    reached: NDArray[np.float64] = np.where(
        contradicts(similarity, counter), -np.inf, similarity.astype(np.float64)
    )
    return reached


def counter_cosines(
    head: Head, which: NDArray[np.intp], compared: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return each probe's cosine to the nearest counter-example of the class chosen for it.

    Args:
        head: may have counter-examples.
        which: (probes,) a class each.
        compared: (probes, dimension) the probes, centred.

    Returns:
        (probes,) float32, minus infinity where the class has none.
    """
    nearest = np.full(len(which), -np.inf, np.float32)
    if head.counter_examples is None or not head.counter_examples.person_ids:
        return nearest
    owners = np.array([head.index.get(p, -1) for p in head.counter_examples.person_ids])
    asked = np.flatnonzero(np.isin(which, owners))
    if not len(asked):
        return nearest
    examples = centred(head, unit_probes(head, head.counter_examples.vectors))
    for part in blocks(len(asked), len(owners)):
        here = asked[part]
        cosines = cosines_to_all(examples, compared[here])
        cosines[owners != which[here, np.newaxis]] = -np.inf
        nearest[here] = cosines.max(axis=1)
    return nearest


def cosines_to_all(rows: NDArray[np.float32], probes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (probes, people) products of probes and rows, both of length 1."""
    if len(probes) > FEW_PROBES:
        return probes @ rows.T
    cosines = np.empty((len(probes), len(rows)), np.float32)
    for i, probe in enumerate(probes):
        np.einsum("ij,j->i", rows, probe, out=cosines[i])
    return cosines


def unit_probes(head: Head, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (probes, dimension) vectors brought to length 1.

    Raises:
        BugError: if they have another shape, or one is zero or not finite.
    """
    if vectors.ndim != 2 or vectors.shape[1] != head.space.dimension:
        raise BugError(f"probes of shape {vectors.shape}, not (n, {head.space.dimension})")
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise BugError("a probe's embedding is zero or not finite")
    unit: NDArray[np.float32] = (vectors / lengths[:, np.newaxis]).astype(np.float32)
    return unit


def blocks(probes: int, people: int) -> Iterator[slice]:
    """Yield slices of the probes, each small enough to be scored against all people at once."""
    step = max(1, min(PROBES_AT_ONCE, COSINES_AT_ONCE // max(1, people)))
    for start in range(0, probes, step):
        yield slice(start, min(start + step, probes))


def centred(head: Head, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n, dimension) vectors of length 1 as similarities compare them, of length 1 again."""
    part = CENTRED.get((head.space.model, head.space.preprocessing), 0.0)
    if part == 0.0 or len(head.person_ids) < 2:
        return vectors
    apart = vectors - np.float32(part) * head.shared
    lengths = np.linalg.norm(apart, axis=1, keepdims=True)
    unit: NDArray[np.float32] = apart / np.maximum(lengths, np.float32(1e-6))
    return unit


def _cosines(
    head: Head, which: NDArray[np.intp], probes: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the similarity of each probe, itself centred, to the class chosen for it."""
    means = centred(head, head.means[which])
    cosines: NDArray[np.float32] = np.einsum("ij,ij->i", probes, means)
    return cosines.clip(-1.0, 1.0)


def remove_people(head: Head, person_ids: Collection[str]) -> Head:
    """Return the head without some people's classes; ids that it does not have are ignored.

    The other rows stay as they are: without a rival they only get safer.
    """
    gone = set(person_ids)
    kept = [i for i, person in enumerate(head.person_ids) if person not in gone]
    return replace(
        head,
        person_ids=tuple(head.person_ids[i] for i in kept),
        rows=head.rows[kept],
        means=head.means[kept],
        counter_examples=without_people(head.counter_examples, gone),
    )


def without_people(
    examples: CounterExamples | None, person_ids: Collection[str]
) -> CounterExamples | None:
    """Return the counter-examples of everybody else; None for none."""
    if examples is None:
        return None
    gone = set(person_ids)
    kept = [i for i, person in enumerate(examples.person_ids) if person not in gone]
    if not kept:
        return None
    return CounterExamples(tuple(examples.person_ids[i] for i in kept), examples.vectors[kept])
