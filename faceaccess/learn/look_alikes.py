"""Enrolled people who may be taken for each other: relatives, twins, one person enrolled twice.

The threshold holds against strangers. Against one certain colleague it may not: this finds the
pairs of whom a picture of one reaches the other's threshold more often than the stated risk.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.learn.scoring import blocks, centred, unit_probes

SPREAD = 0.075
"""Standard deviation of the cosines of one person's pictures to one other person's mean, where
the enrolled pictures are too few to tell (lfw-dev, SFace: 0.07 to 0.08)."""
LEAST_FOR_SPREAD = 30
"""Pictures beyond each person's first from which the spread is measured."""
MOST_FOR_SPREAD = 2000
"""People on whom it is measured: more would cost people x people and tell nothing new."""
SAME_PERSON = 0.97
"""Risk from which a pair is told as perhaps one person enrolled twice."""


@dataclass(frozen=True)
class LookAlikes:
    """Two enrolled people who may be taken for each other.

    Attributes:
        first_id, second_id: who; each pair once, in the head's order.
        similarity: cosine of their mean embeddings, as similarities are compared.
        risk: estimated share of pictures of one of them, whichever is worse, that reach the
            threshold of the other.
        same_person: whether they resemble each other as much as pictures of one person do.
    """

    first_id: str
    second_id: str
    similarity: float
    risk: float
    same_person: bool


def find_look_alikes(
    head: Head,
    data: TrainingSet,
    threshold: float,
    risk: float,
    *,
    only: frozenset[str] | None = None,
) -> list[LookAlikes]:
    """Return the pairs whose risk is above the stated one, the worst first.

    The cosines of one person's pictures to another's mean are taken to be normal about their mean,
    with one spread for all that is measured on the nearest pairs. That the door also asks whether
    the owner's own class is nearer is not counted on: the owner may have changed, and of twins
    either may be the nearer one.

    Args:
        head: the serving head.
        data: the enrolled pictures; people without a picture or a class are left out.
        threshold: the one in force.
        risk: the stated risk.
        only: look for pairs of these people with anybody (at an enrolment), or None for all.

    Raises:
        BugError: if the vectors are not of the head's space.
    """
    index = {person: i for i, person in enumerate(head.person_ids)}
    kept = [i for i, person in enumerate(data.person_ids) if person in index]
    if len(index) < 2 or not kept:
        return []
    if not 0.0 < risk < 1.0:
        raise BugError(f"a risk of {risk}")
    vectors = centred(head, unit_probes(head, data.vectors[kept]))
    means = centred(head, head.means)
    owners = np.array([index[data.person_ids[i]] for i in kept])
    spread = _spread(means, vectors, owners)
    centres = _centres(vectors, owners, len(index))
    noise = NormalDist(0.0, spread)
    reach = threshold - noise.inv_cdf(1.0 - risk)
    asked = np.arange(len(index))
    if only is not None:
        asked = np.array(sorted(index[person] for person in only if person in index), np.intp)
    found: dict[tuple[int, int], float] = {}
    for a, b, mean in _near_pairs(means, centres, asked, reach):
        pair = (min(a, b), max(a, b))
        found[pair] = max(found.get(pair, 0.0), noise.cdf(mean - threshold))
    pairs = [
        LookAlikes(
            head.person_ids[a],
            head.person_ids[b],
            float(np.clip(means[a] @ means[b], -1.0, 1.0)),
            value,
            value >= SAME_PERSON,
        )
        for (a, b), value in found.items()
    ]
    return sorted(pairs, key=lambda pair: (-pair.risk, -pair.similarity))


def _centres(
    vectors: NDArray[np.float32], owners: NDArray[np.intp], people: int
) -> NDArray[np.float32]:
    """Return the mean of each person's pictures, not brought to length 1; zero without any.

    Its product with somebody's mean embedding is the mean cosine of the pictures to that.
    """
    sums = np.zeros((people, vectors.shape[1]), np.float64)
    np.add.at(sums, owners, vectors)
    counts = np.bincount(owners, minlength=people)
    centres: NDArray[np.float32] = (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)
    return centres


def _spread(
    means: NDArray[np.float32], vectors: NDArray[np.float32], owners: NDArray[np.intp]
) -> float:
    """Return the pooled standard deviation of one person's cosines to the nearest other mean."""
    people = len(means)
    chosen = np.linspace(0, people - 1, min(people, MOST_FOR_SPREAD)).astype(np.intp)
    nearest = np.zeros(people, np.intp)
    for part in blocks(len(chosen), people):
        cosines = means[chosen[part]] @ means.T
        cosines[np.arange(len(cosines)), chosen[part]] = -np.inf
        nearest[chosen[part]] = cosines.argmax(axis=1)
    asked = np.isin(owners, chosen)
    vectors, owners = vectors[asked], owners[asked]
    _, group, counts = np.unique(owners, return_inverse=True, return_counts=True)
    freedom = len(vectors) - len(counts)
    if freedom < LEAST_FOR_SPREAD:
        return SPREAD
    cosine = np.einsum("ij,ij->i", vectors, means[nearest[owners]]).astype(np.float64)
    about = np.bincount(group, cosine) / counts
    return max(float(np.sqrt(((cosine - about[group]) ** 2).sum() / freedom)), 1e-3)


def _near_pairs(
    means: NDArray[np.float32], centres: NDArray[np.float32], asked: NDArray[np.intp], reach: float
) -> list[tuple[int, int, float]]:
    """Return (a, b, mean cosine of a's pictures to b) of pairs that reach, one of them asked."""
    pairs: list[tuple[int, int, float]] = []
    for part in blocks(len(asked), len(means)):
        here = asked[part]
        for cosines, forward in (
            (centres[here] @ means.T, True),
            (means[here] @ centres.T, False),
        ):
            cosines[np.arange(len(here)), here] = -np.inf
            for row, column in zip(*np.nonzero(cosines >= reach), strict=True):
                one, other = int(here[row]), int(column)
                pair = (one, other) if forward else (other, one)
                pairs.append((*pair, float(cosines[row, column])))
    return pairs
