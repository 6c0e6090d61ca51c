"""How the door scores many attempts at once: of strangers, and of enrolled people held out.

An attempt's score is the greatest threshold at which it would still be let in, so that every
threshold's FPIR and FNMR (ISO/IEC 19795) is a count of scores that reach it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.core.strangers import StrangerSet
from faceaccess.learn.scoring import BestMatches, best_many, blocks, centred, unit_probes

_NO_DIRECTION = 1e-6
"""Length of a sum of unit vectors below which it points nowhere."""


@dataclass(frozen=True)
class EvidenceRule:
    """When the pictures of one visit let somebody in; the same numbers as the door's policy.

    Attributes:
        agreeing: how many pictures must name the candidate and reach the threshold.
        contradiction: a picture that names somebody else contradicts unless its similarity is at
            least so far below the candidate's `agreeing`-th best.
        least_margin: mean difference to the runner-up below which the two look the same.
    """

    agreeing: int
    contradiction: float
    least_margin: float


@dataclass(frozen=True, eq=False)
class Attempts:
    """Scored attempts, one each.

    Attributes:
        owner_ids: (attempts,) who tries: strangers' or persons' ids.
        scores: (attempts,) float64, similarity that the attempt reaches; minus infinity for one
            that no threshold lets in.
        person_ids: (attempts,) whom the head takes it for.
    """

    owner_ids: tuple[str, ...]
    scores: NDArray[np.float64]
    person_ids: tuple[str, ...]

    def reaching(self, threshold: float) -> int:
        """Return how many attempts the threshold lets in."""
        return int((self.scores >= threshold).sum())


def stranger_pictures(head: Head, strangers: StrangerSet) -> Attempts:
    """Score every stranger once, one picture an attempt.

    A stranger with several pictures counts by the one that resembles somebody most: that is what
    the door would meet at worst.

    Raises:
        KnownError: if nobody is enrolled.
        BugError: if the vectors are not of the head's space.
    """
    best = best_many(head, strangers.vectors)
    chosen: dict[str, int] = {}
    for i, owner in enumerate(strangers.stranger_ids):
        if owner not in chosen or best.similarity[i] > best.similarity[chosen[owner]]:
            chosen[owner] = i
    which = list(chosen.values())
    return Attempts(
        tuple(chosen),
        best.similarity[which].astype(np.float64),
        tuple(head.person_ids[best.first[i]] for i in which),
    )


def stranger_visits(head: Head, strangers: StrangerSet, rule: EvidenceRule) -> Attempts:
    """Score every stranger once, all pictures of one as one visit under the door's rule.

    A visit of fewer pictures than `rule.agreeing` counts as though all of them had to agree: so a
    stranger with one picture counts by that picture, as one who stands still would.

    Raises:
        KnownError: if nobody is enrolled.
        BugError: if the vectors are not of the head's space.
    """
    best = best_many(head, strangers.vectors)
    visits: dict[str, list[int]] = {}
    for i, owner in enumerate(strangers.stranger_ids):
        visits.setdefault(owner, []).append(i)
    found = [visit_score(best, pictures, rule) for pictures in visits.values()]
    return Attempts(
        tuple(visits),
        np.array([score for score, _ in found], np.float64),
        tuple(head.person_ids[candidate] for _, candidate in found),
    )


def visit_score(
    best: BestMatches, pictures: Sequence[int], rule: EvidenceRule
) -> tuple[float, int]:
    """Return the greatest threshold at which one visit is let in, and the candidate's class.

    Minus infinity where the pictures contradict each other or the runner-up is too near.

    Args:
        best: matches of all pictures.
        pictures: which of them make the visit, at least one.
        rule: the door's.
    """
    if not pictures:
        raise BugError("a visit without a picture")
    named = best.first[list(pictures)]
    similarity = best.similarity[list(pictures)].astype(np.float64)
    classes, votes = np.unique(named, return_counts=True)
    sums = [similarity[named == one].clip(0.0).sum() for one in classes]
    candidate = int(max(zip(votes, sums, classes, strict=True))[2])
    own = named == candidate
    needed = min(rule.agreeing, len(named))
    if int(own.sum()) < needed:
        return -np.inf, candidate
    kth_best = float(np.sort(similarity[own])[-needed])
    if (similarity[~own] > kth_best - rule.contradiction).any():
        return -np.inf, candidate
    if best.runner_up is not None:
        margins = similarity[own] - best.runner_up[list(pictures)][own]
        if margins.mean() < rule.least_margin:
            return -np.inf, candidate
    return min(kth_best, float(similarity[own].mean())), candidate


def held_out_pictures(
    head: Head, data: TrainingSet, only: Collection[str] | None = None
) -> Attempts:
    """Score enrolled pictures as though each had not been enrolled (leave-one-out).

    Each picture is compared with the mean of its owner's other pictures, and with the rows of all
    other people; where one of those is nearer, the head would name somebody else, and no threshold
    lets the owner in. The mean of fewer pictures is a little worse than the one that serves, so the
    scores are on the careful side. People with one picture have no held-out picture and are absent.

    Args:
        head: has a class for everybody in `data` who is scored.
        data: the enrolled pictures.
        only: ids of the people to score, or None for all.

    Raises:
        BugError: if the vectors are not of the head's space, or a scored person has no class.
    """
    wanted = set(data.person_ids if only is None else only)
    groups: dict[str, list[int]] = {}
    for i, person in enumerate(data.person_ids):
        if person in wanted:
            groups.setdefault(person, []).append(i)
    order = [i for group in groups.values() if len(group) > 1 for i in group]
    if not order:
        return Attempts((), np.zeros(0), ())
    owners = tuple(data.person_ids[i] for i in order)
    index = {person: i for i, person in enumerate(head.person_ids)}
    if missing := set(owners) - set(index):
        raise BugError(f"the head has no class {min(missing)}")
    vectors = unit_probes(head, data.vectors[order])
    means = _means_of_others(vectors, owners)
    own = np.einsum("ij,ij->i", vectors, means)  # who is nearest is asked of what is not centred
    classes = np.array([index[person] for person in owners])
    rival, strength = _best_others(head, vectors, classes)
    lost = strength > own
    similarity = np.einsum("ij,ij->i", centred(head, vectors), centred(head, means))
    scores = np.where(lost, -np.inf, similarity.astype(np.float64))
    named = np.where(lost, rival, classes)
    return Attempts(owners, scores, tuple(head.person_ids[i] for i in named))


def _means_of_others(vectors: NDArray[np.float32], owners: Sequence[str]) -> NDArray[np.float32]:
    """Return for each picture the mean direction of its owner's other pictures.

    Where those cancel each other out it is zero, which is near nobody.
    """
    _, groups = np.unique(np.array(owners), return_inverse=True)
    sums = np.zeros((int(groups.max()) + 1, vectors.shape[1]), np.float64)
    np.add.at(sums, groups, vectors)
    others = sums[groups] - vectors
    lengths = np.linalg.norm(others, axis=1, keepdims=True)
    means: NDArray[np.float32] = np.where(
        lengths > _NO_DIRECTION, others / np.maximum(lengths, _NO_DIRECTION), 0.0
    ).astype(np.float32)
    return means


def _best_others(
    head: Head, vectors: NDArray[np.float32], classes: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the nearest row of another class for each picture, and its cosine."""
    nearest = np.zeros(len(vectors), np.intp)
    strength = np.full(len(vectors), -np.inf, np.float32)
    for part in blocks(len(vectors), len(head.person_ids)):
        scores = vectors[part] @ head.rows.T
        every = np.arange(len(scores))
        scores[every, classes[part]] = -np.inf
        nearest[part] = scores.argmax(axis=1)
        strength[part] = scores[every, nearest[part]]
    return nearest, strength
