"""How the door scores many attempts at once: of strangers, and of enrolled people held out.

An attempt's score is the greatest threshold at which it would still be let in, so that every
threshold's FPIR and FNMR (ISO/IEC 19795) is a count of scores that reach it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError
from faceaccess.core.evidence_rule import EvidenceRule
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.core.strangers import StrangerSet
from faceaccess.learn.scoring import (
    BestMatches,
    Search,
    best_many,
    centred,
    counter_cosines,
    two_nearest,
    uncontradicted,
    unit_probes,
)

_NO_DIRECTION = 1e-6
"""Length of a sum of unit vectors below which it points nowhere."""


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


def stranger_pictures(head: Head, strangers: StrangerSet, search: Search = two_nearest) -> Attempts:
    """Score every stranger once, one picture an attempt.

    A stranger with several pictures counts by the one that resembles somebody most: that is what
    the door would meet at worst.

    Raises:
        KnownError: if nobody is enrolled.
        BugError: if the vectors are not of the head's space.
    """
    best = best_many(head, strangers.vectors, search)
    reached = best.reached
    chosen: dict[str, int] = {}
    for i, owner in enumerate(strangers.stranger_ids):
        if owner not in chosen or reached[i] > reached[chosen[owner]]:
            chosen[owner] = i
    which = list(chosen.values())
    return Attempts(
        tuple(chosen),
        reached[which],
        tuple(head.person_ids[best.first[i]] for i in which),
    )


def stranger_visits(
    head: Head, strangers: StrangerSet, rule: EvidenceRule, search: Search = two_nearest
) -> Attempts:
    """Score every stranger once, all pictures of one as one visit under the door's rule.

    The pictures come one after another, in their order, and the door is asked after each of them
    from the k-th on. A visit of fewer pictures is decided on what there is, all of which must
    agree: so a stranger with one picture counts by that picture, as one who stands still would.

    Raises:
        KnownError: if nobody is enrolled.
        BugError: if the vectors are not of the head's space.
    """
    best = best_many(head, strangers.vectors, search)
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
    """Return the greatest threshold at which the door ever lets one visit in, and as which class.

    Minus infinity where the pictures always contradict each other or the runner-up is too near.

    Args:
        best: matches of all pictures.
        pictures: which of them make the visit, oldest first, at least one.
        rule: the door's.
    """
    if not pictures:
        raise BugError("a visit without a picture")
    ends = range(min(rule.frames, len(pictures)), len(pictures) + 1)
    windows = [list(pictures[max(0, end - rule.window) : end]) for end in ends]
    return max((_decided(best, window, rule) for window in windows), key=lambda found: found[0])


def _decided(best: BestMatches, counted: list[int], rule: EvidenceRule) -> tuple[float, int]:
    """Return the same of the pictures that count at one moment."""
    named = best.first[counted]
    reached = best.reached[counted]
    classes, votes = np.unique(named, return_counts=True)
    sums = [reached[named == one].clip(0.0).sum() for one in classes]
    candidate = int(max(zip(votes, sums, classes, strict=True))[2])
    own = named == candidate
    needed = min(rule.needed(len(counted)), len(counted))
    if int(own.sum()) < needed:
        return -np.inf, candidate
    weakest = float(np.sort(reached[own])[-needed])
    if (reached[~own] > weakest - rule.contradiction).any():
        return -np.inf, candidate
    if best.runner_up is not None:
        margins = best.similarity[counted][own] - best.runner_up[counted][own]
        if margins.mean() < rule.least_margin:
            return -np.inf, candidate
    return min(weakest, float(reached[own].mean())), candidate


@dataclass(frozen=True, eq=False)
class OwnPictures:
    """The enrolled pictures as attempts of their owners.

    Attributes:
        held_out: as though each had not been enrolled (leave-one-out); those of people with one
            picture are absent.
        enrolled: each as the head knows it. Surer than any new picture would be, but a class that
            is wrong shows here and not in the other.
        likeness: (held-out,) float64, similarity of each held-out picture to its owner, whoever is
            nearer.
        as_other: (held-out,) float64, greatest threshold at which each is let in as somebody else.
    """

    held_out: Attempts
    enrolled: Attempts
    likeness: NDArray[np.float64]
    as_other: NDArray[np.float64]


def held_out_pictures(
    head: Head, data: TrainingSet, only: Collection[str] | None = None
) -> Attempts:
    """Score enrolled pictures as though each had not been enrolled; see `own_pictures`."""
    return own_pictures(head, data, only).held_out


def own_pictures(
    head: Head,
    data: TrainingSet,
    only: Collection[str] | None = None,
    search: Search = two_nearest,
) -> OwnPictures:
    """Score enrolled pictures, held out and as they are, in one matrix product.

    A held-out picture is compared with the mean of its owner's other pictures, and with the rows of
    all other people; where one of those is nearer, the head would name somebody else, and no
    threshold lets the owner in. The mean of fewer pictures is a little worse than the one that
    serves, so the scores are on the careful side. The owner's counter-examples hold for both.

    Args:
        head: has a class for everybody in `data` who is scored.
        data: the enrolled pictures.
        only: ids of the people to score, or None for all.
        search: finds the nearest rows.

    Raises:
        BugError: if the vectors are not of the head's space, or a scored person has no class.
    """
    asked = np.array([only is None or person in only for person in data.people], bool)
    order = np.flatnonzero(asked[data.labels])
    order = order[np.argsort(data.labels[order], kind="stable")]
    if not len(order):
        nothing = Attempts((), np.zeros(0), ())
        return OwnPictures(nothing, nothing, np.zeros(0), np.zeros(0))
    labels = data.labels[order]
    owners = tuple(data.people[i] for i in labels)
    if missing := set(owners) - head.index.keys():
        raise BugError(f"the head has no class {min(missing)}")
    vectors = unit_probes(head, data.vectors[order])
    classes = np.array([head.index[person] for person in owners], np.intp)
    nearest = search(head, vectors)
    own_nearest = nearest.first == classes
    rival = np.where(own_nearest, nearest.second, nearest.first)
    strength = np.where(own_nearest, nearest.second_cosine, nearest.first_cosine)
    compared = centred(head, vectors)
    counter = counter_cosines(head, classes, compared)

    def similarity(means: NDArray[np.float32]) -> NDArray[np.float32]:
        cosines: NDArray[np.float32] = np.einsum("ij,ij->i", compared, centred(head, means))
        return cosines

    def attempts(lost: NDArray[np.bool_], likeness: NDArray[np.float32]) -> Attempts:
        scores = np.where(lost, -np.inf, uncontradicted(likeness, counter))
        named = np.where(lost, rival, classes)
        return Attempts(owners, scores, tuple(head.person_ids[i] for i in named))

    means = _means_of_others(vectors, labels)
    likeness = similarity(means)
    # Who is nearest is asked of what is not centred. "Not nearer" also where one is no number.
    lost = ~(np.einsum("ij,ij->i", vectors, means) >= strength)
    wrong = ~(np.einsum("ij,ij->i", vectors, head.rows[classes]) >= strength)
    others = uncontradicted(similarity(head.means[rival]), counter_cosines(head, rival, compared))
    several = np.bincount(labels)[labels] > 1
    return OwnPictures(
        held_out=_chosen(attempts(lost, likeness), several),
        enrolled=attempts(wrong, similarity(head.means[classes])),
        likeness=likeness[several].astype(np.float64),
        as_other=np.where(lost, others, -np.inf)[several],
    )


def _chosen(attempts: Attempts, which: NDArray[np.bool_]) -> Attempts:
    kept = np.flatnonzero(which)
    return Attempts(
        tuple(attempts.owner_ids[i] for i in kept),
        attempts.scores[kept],
        tuple(attempts.person_ids[i] for i in kept),
    )


def _means_of_others(vectors: NDArray[np.float32], labels: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return for each picture the mean direction of its owner's other pictures; labels rise.

    Where those cancel each other out it is zero, which is near nobody.
    """
    first = np.flatnonzero(np.diff(labels, prepend=-1))
    sums = np.add.reduceat(vectors.astype(np.float64), first, axis=0)
    counts = np.diff(first, append=len(labels))
    others = np.repeat(sums, counts, axis=0) - vectors
    lengths = np.linalg.norm(others, axis=1, keepdims=True)
    means: NDArray[np.float32] = np.where(
        lengths > _NO_DIRECTION, others / np.maximum(lengths, _NO_DIRECTION), 0.0
    ).astype(np.float32)
    return means
