"""The trainer of the door's head: one class a person over frozen embeddings.

Every class starts at the person's mean embedding (`learn.person_means`; "imprinting"), so the head
is right before the first step. A few steps of `GradientDirection` on the softmax cross-entropy of
scaled cosines with a margin then push neighbouring classes apart (`learn.cosine_softmax`).

Importing this module does not import torch; running a job does.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.clock import Clock, SystemClock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.core.progress import Job
from faceaccess.learn.person_means import person_means
from faceaccess.learn.scoring import without_people

SCALE = 32.0
"""Factor on the cosines before the softmax, as measured in the method's notes."""
NEARBY = 20
"""Classes near a changed one that `extend_head` lets move with it: by their means, which training
does not move, so that a removal finds the same ones again."""
REPLAYED = 256
"""Pictures of other people that `extend_head` shows beside those of the moving classes."""
FITTED_ANEW = 300
"""People up to whom `shrink_head` fits everybody anew: some tenths of a second."""
_AT_ONCE = 4096
"""Classes compared at once: copies of all, 25 MB each for 50,000 people, would add up."""
_SAME_MEAN = 1e-5
"""Means whose elements differ by less are the same, but for rounding."""


@dataclass(frozen=True, eq=False)
class TrainedHead:
    """What a training gives.

    Attributes:
        head: ready to serve.
        losses: mean cross-entropy at the start and after each step, natural logarithm; empty where
            there was nothing to train.
        seconds: from the job's start to its end.
        stopped_by: why it ended: the given number of "steps", the "loss" or the "gradient" was
            small enough, the loss "stalled" or "diverged" (the best rows seen are kept), or
            "nothing to train" (fewer than two people, no steps asked for, nobody changed).
        untrained: the same people and means with the rows that the training began with; None where
            somebody else than this module made it.
    """

    head: Head
    losses: tuple[float, ...]
    seconds: float
    stopped_by: str
    untrained: Head | None = None


def fit_head(
    data: TrainingSet,
    space: EmbeddingSpace,
    *,
    steps: int,
    seed: int = 0,
    threads: int | None = 1,
    clock: Clock | None = None,
) -> Job[TrainedHead]:
    """Train a head anew on all people.

    Yields progress between pieces of work of some tens of milliseconds; after each step with the
    figures "step", "loss", "step_length" and "gradient_norm". May be closed at any of them.

    Args:
        data: at least one person.
        space: what the vectors are.
        steps: most optimizer steps, >= 0; 0 leaves the rows at the means.
        seed: not used by a full fit, which draws nothing at random; taken so that both trainings
            are called alike.
        threads: torch threads while this job computes, or None for torch's present number. The
            number is put back before each yield. One by default: beside a live view on two cores a
            second thread only waits at barriers (measured 5 to 10 times slower). Results are
            bitwise equal for equal threads.
        clock: measures `seconds`.

    Raises:
        KnownError: if nobody has a picture.
        BugError: if the vectors are not of the space, not finite or not of length 1, or `steps` is
            negative.
    """
    del seed
    clock = clock or SystemClock()
    began = clock.monotonic()
    classes = _classes(data, space)
    people = len(classes.person_ids)
    moving = np.arange(people if steps != 0 and people > 1 else 0)
    everything = np.arange(len(data.person_ids))
    start = Head(space, classes.person_ids, classes.means, classes.means, SCALE, 0)
    return (yield from _trained(start, classes, moving, everything, steps, threads, clock, began))


def extend_head(
    head: Head,
    data: TrainingSet,
    new_person_ids: Collection[str],
    *,
    steps: int,
    seed: int = 0,
    threads: int | None = 1,
    clock: Clock | None = None,
    search: bool = True,
) -> Job[TrainedHead]:
    """Take people in, or take in more pictures of them, without starting over.

    The classes of the result are exactly the people in `data`, those of the head first and in its
    order: people without a class get one, and classes without pictures go. A changed class starts
    at its mean (a new one) or moves with its mean (a known one); then it is trained together with
    its `NEARBY` nearest classes, on their pictures and `REPLAYED` pictures of others drawn by the
    seed. All other rows stay as they are, but count in the softmax. So the cost of a step does not
    grow with the number of people. The head's counter-examples are kept.

    Args:
        head: the serving head.
        data: all people, not only the new ones.
        new_person_ids: who is new or has other pictures than before.
        steps: as in `fit_head`.
        seed: which pictures are replayed.
        threads: as in `fit_head`.
        clock: measures `seconds`.
        search: compute all means, and find by them who else has changed; without it, whoever is
            not listed keeps the mean that the head has.

    Raises:
        KnownError: if nobody has a picture.
        BugError: as in `fit_head`, or if a new person has no picture in `data`.
    """
    clock = clock or SystemClock()
    began = clock.monotonic()
    classes, known = _carried_classes(head, data, new_person_ids, search=search)
    rows, changed = _carried_over(head, classes, known, new_person_ids)
    start = replace(head, person_ids=classes.person_ids, rows=rows, means=classes.means)
    moving = _with_nearby(classes.means, changed)
    if steps == 0 or len(classes.person_ids) < 2:
        moving = moving[:0]
    shown = _shown(classes.labels, moving, seed)
    return (yield from _trained(start, classes, moving, shown, steps, threads, clock, began))


def shrink_head(
    head: Head,
    data: TrainingSet,
    gone_ids: Collection[str],
    *,
    steps: int,
    seed: int = 0,
    threads: int | None = 1,
    clock: Clock | None = None,
) -> Job[TrainedHead]:
    """Take people out, and with them what they did to the others.

    Up to `FITTED_ANEW` people, and where those whom the removed had near are more than half of all,
    everybody is fitted anew: the head is then exactly what it would be had they never been
    enrolled. With more people, every class that the removed may have moved (twice `NEARBY`, for
    others may have come between since) goes back to its mean and is trained anew among the others,
    as in `extend_head`. The means, which give the similarities, are the same to the bit in any
    case; the rows are as if never enrolled, but for what a full fit did to rows further away: 2
    degrees at most on lfw-dev.

    Args:
        head: the serving head.
        data: the people who stay; those of them who have no class get one.
        gone_ids: who has been removed; none of them is in `data`.
        steps: as in `fit_head`.
        seed: which pictures are replayed.
        threads: as in `fit_head`.
        clock: measures `seconds`.

    Raises:
        KnownError: if nobody stays.
        BugError: as in `fit_head`, or if somebody removed is in `data`.
    """
    clock = clock or SystemClock()
    began = clock.monotonic()
    gone = set(gone_ids)
    if stayed := gone.intersection(data.people):
        raise BugError(f"pictures of a person who was removed: {min(stayed)}")
    examples = without_people(head.counter_examples, gone)
    classes, known = _carried_classes(head, data, (), search=False)
    rows, changed = _carried_over(head, classes, known, ())
    left = [head.index[person] for person in gone if person in head.index]
    moved = _near_removed(head, left)[known] & (known >= 0)
    changed |= moved
    if len(data.people) <= FITTED_ANEW or 2 * changed.sum() > len(data.people):
        fitted = yield from fit_head(data, head.space, steps=steps, threads=threads, clock=clock)
        whole = replace(
            fitted.head, counter_examples=examples, steps=head.steps + fitted.head.steps
        )
        return replace(fitted, head=whole, seconds=clock.monotonic() - began)
    rows[changed] = classes.means[changed]
    start = replace(
        head,
        person_ids=classes.person_ids,
        rows=rows,
        means=classes.means,
        counter_examples=examples,
    )
    moving = np.flatnonzero(changed) if steps else np.zeros(0, np.intp)
    shown = _shown(classes.labels, moving, seed)
    return (yield from _trained(start, classes, moving, shown, steps, threads, clock, began))


@dataclass(frozen=True, eq=False)
class _Classes:
    """People as classes, in the order in which they first appear in the training set."""

    person_ids: tuple[str, ...]
    labels: NDArray[np.int64]
    vectors: NDArray[np.float32]
    means: NDArray[np.float32]


def _classes(data: TrainingSet, space: EmbeddingSpace) -> _Classes:
    _check_shape(data, space)
    vectors = np.ascontiguousarray(data.vectors, dtype=np.float32)
    return _Classes(data.people, data.labels, vectors, person_means(data))


def _check_shape(data: TrainingSet, space: EmbeddingSpace) -> None:
    samples = len(data.person_ids)
    if data.vectors.shape != (samples, space.dimension):
        raise BugError(
            f"training vectors of shape {data.vectors.shape}, not {(samples, space.dimension)}"
        )
    if samples == 0:
        raise KnownError("Nobody is enrolled yet.", "Enrol the first person.")


def _carried_classes(
    head: Head, data: TrainingSet, new_person_ids: Collection[str], *, search: bool
) -> tuple[_Classes, NDArray[np.intp]]:
    """Return the classes, and each one's place in the head, -1 for none.

    The head's people come first and in its order: what is stored is then only what differs.
    """
    _check_shape(data, head.space)
    count = len(data.people)
    known = np.fromiter((head.index.get(person, -1) for person in data.people), np.intp, count)
    order = np.argsort(np.where(known >= 0, known, len(head.person_ids)), kind="stable")
    known = known[order]
    people = tuple(data.people[i] for i in order)
    if search:
        means = person_means(data, order)
    else:
        listed = set(new_person_ids)
        asked = np.array([person in listed for person in people]) | (known < 0)
        means = _taken(head.means, known)
        means[asked] = person_means(data, order[asked])
    place = np.empty(count, np.intp)
    place[order] = np.arange(count)
    vectors = np.ascontiguousarray(data.vectors, dtype=np.float32)
    return _Classes(people, place[data.labels], vectors, means), known


def _carried_over(
    head: Head, classes: _Classes, before: NDArray[np.intp], new_person_ids: Collection[str]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return each class's row to start from, and which classes have changed."""
    listed = set(new_person_ids)
    strangers = listed.difference(classes.person_ids)
    if strangers:
        raise BugError(f"no picture of a person to train: {min(strangers)}")
    known = before >= 0
    rows = _taken(head.rows, before)
    rows[~known] = classes.means[~known]
    changed = np.array([person in listed for person in classes.person_ids]) | ~known
    has_moved = np.zeros(len(known), bool)
    for start in range(0, len(known), _AT_ONCE):
        here = start + np.flatnonzero(known[start : start + _AT_ONCE])
        moved = classes.means[here] - head.means[before[here]]
        far = np.abs(moved).max(axis=1, initial=0.0) > _SAME_MEAN
        shifted = rows[here[far]] + moved[far]
        rows[here[far]] = shifted / np.linalg.norm(shifted, axis=1, keepdims=True)
        has_moved[here[far]] = True
    return rows, changed | has_moved


def _near_removed(head: Head, left: list[int]) -> NDArray[np.bool_]:
    """Return which of the head's classes some removed class may have moved."""
    near = np.zeros(len(head.person_ids), bool)
    _mark_near(near, head.means, np.array(left, np.intp), 2 * NEARBY + 1)
    return near


def _mark_near(
    marked: NDArray[np.bool_], means: NDArray[np.float32], which: NDArray[np.intp], count: int
) -> None:
    """Mark the classes with the `count` means nearest to each of some classes' (their own too)."""
    count = min(count, len(means))
    for start in range(0, len(which), 256):
        cosines = means[which[start : start + 256]] @ means.T
        marked[np.argpartition(-cosines, count - 1, axis=1)[:, :count]] = True


def _taken(vectors: NDArray[np.float32], places: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the vectors at the places; zeros for a place of -1."""
    taken = np.zeros((len(places), vectors.shape[1]), np.float32)
    for start in range(0, len(places), _AT_ONCE):
        here = places[start : start + _AT_ONCE]
        known = here >= 0
        taken[start : start + _AT_ONCE][known] = vectors[here[known]]
    return taken


def _with_nearby(means: NDArray[np.float32], changed: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the indices of the changed classes and of the `NEARBY` nearest to each, sorted."""
    moving = changed.copy()
    _mark_near(moving, means, np.flatnonzero(changed), NEARBY + 1)
    return np.flatnonzero(moving)


def _shown(labels: NDArray[np.int64], moving: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    """Return which samples to train on: all of the moving classes, and some of the others."""
    own = np.isin(labels, moving)
    others = np.flatnonzero(~own)
    if len(others) > REPLAYED:
        others = np.random.default_rng(seed).choice(others, REPLAYED, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(own), others]))


def _trained(
    start: Head,
    classes: _Classes,
    moving: NDArray[np.intp],
    shown: NDArray[np.intp],
    steps: int,
    threads: int | None,
    clock: Clock,
    began: float,
) -> Job[TrainedHead]:
    if steps < 0:
        raise BugError(f"a training of {steps} steps")
    if len(moving) == 0:
        return TrainedHead(start, (), clock.monotonic() - began, "nothing to train", start)
    # Here and not at the top: torch takes a second to import.
    from faceaccess.learn.cosine_softmax import descend

    descent = yield from descend(
        start.rows,
        moving,
        classes.vectors[shown],
        classes.labels[shown],
        scale=SCALE,
        steps=steps,
        threads=threads,
    )
    rows = start.rows.copy()
    rows[moving] = descent.rows
    taken = start.steps + max(0, len(descent.losses) - 1)
    head = replace(start, rows=rows, scale=SCALE, steps=taken)
    seconds = clock.monotonic() - began
    return TrainedHead(head, descent.losses, seconds, descent.stopped_by, start)
