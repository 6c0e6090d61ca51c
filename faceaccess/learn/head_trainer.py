"""The trainer of the door's head: one class a person over frozen embeddings.

Every class starts at the person's mean embedding ("imprinting"), so the head is right before the
first step. A few steps of `GradientDirection` on the softmax cross-entropy of scaled cosines with a
margin then push neighbouring classes apart (`learn.cosine_softmax`).

Importing this module does not import torch; running a job does.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.clock import Clock, SystemClock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.core.progress import Job

SCALE = 32.0
"""Factor on the cosines before the softmax, as measured in the method's notes."""
NEARBY = 20
"""Classes near a changed one that `extend_head` lets move with it."""
REPLAYED = 256
"""Pictures of other people that `extend_head` shows beside those of the moving classes."""
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
    """

    head: Head
    losses: tuple[float, ...]
    seconds: float
    stopped_by: str


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
    trained = yield from _trained(
        classes, classes.means, moving, everything, steps=steps, threads=threads
    )
    return _result(classes, trained, space, 0, clock.monotonic() - began)


def extend_head(
    head: Head,
    data: TrainingSet,
    new_person_ids: Collection[str],
    *,
    steps: int,
    seed: int = 0,
    threads: int | None = 1,
    clock: Clock | None = None,
) -> Job[TrainedHead]:
    """Take people in, or take in more pictures of them, without starting over.

    The classes of the result are exactly the people in `data`: people without a class get one, and
    classes without pictures go. All means are computed anew. A changed class starts at its mean (a
    new one) or moves with its mean (a known one); then it is trained together with its `NEARBY`
    nearest classes, on their pictures and `REPLAYED` pictures of others drawn by the seed. All
    other rows stay as they are, but count in the softmax. So the cost of a step does not grow with
    the number of people.

    Args:
        head: the serving head.
        data: all people, not only the new ones.
        new_person_ids: who is new or has other pictures than before; more are found by their
            means.
        steps: as in `fit_head`.
        seed: which pictures are replayed.
        threads: as in `fit_head`.
        clock: measures `seconds`.

    Raises:
        KnownError: if nobody has a picture.
        BugError: as in `fit_head`, or if a new person has no picture in `data`.
    """
    clock = clock or SystemClock()
    began = clock.monotonic()
    classes = _classes(data, head.space)
    rows, changed = _carried_over(head, classes, new_person_ids)
    moving = _with_nearby(classes.means, rows, changed)
    if steps == 0 or len(classes.person_ids) < 2:
        moving = moving[:0]
    shown = _shown(classes.labels, moving, seed)
    trained = yield from _trained(classes, rows, moving, shown, steps=steps, threads=threads)
    return _result(classes, trained, head.space, head.steps, clock.monotonic() - began)


@dataclass(frozen=True, eq=False)
class _Classes:
    """People as classes, in the order in which they first appear in the training set."""

    person_ids: tuple[str, ...]
    labels: NDArray[np.int64]
    vectors: NDArray[np.float32]
    means: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Trained:
    rows: NDArray[np.float32]
    losses: tuple[float, ...]
    stopped_by: str


def _classes(data: TrainingSet, space: EmbeddingSpace) -> _Classes:
    samples = len(data.person_ids)
    if data.vectors.shape != (samples, space.dimension):
        raise BugError(
            f"training vectors of shape {data.vectors.shape}, not {(samples, space.dimension)}"
        )
    if samples == 0:
        raise KnownError("Nobody is enrolled yet.", "Enrol the first person.")
    lengths = np.linalg.norm(data.vectors.astype(np.float64), axis=1)
    if not np.allclose(lengths, 1.0, rtol=0.0, atol=1e-3):
        raise BugError("a training vector is not finite or not of length 1")
    index = {person: i for i, person in enumerate(dict.fromkeys(data.person_ids))}
    labels = np.fromiter((index[person] for person in data.person_ids), np.int64, samples)
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    sums = np.add.reduceat(data.vectors[order].astype(np.float64), starts, axis=0)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    person_ids = tuple(index)
    if (norms < 1e-3).any():
        person = person_ids[int(norms.argmin())]
        raise KnownError(
            f"The pictures of the person {person} contradict each other.",
            "Remove the pictures that show somebody else.",
        )
    vectors = np.ascontiguousarray(data.vectors, dtype=np.float32)
    return _Classes(person_ids, labels, vectors, (sums / norms).astype(np.float32))


def _carried_over(
    head: Head, classes: _Classes, new_person_ids: Collection[str]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return each class's row to start from, and which classes have changed."""
    strangers = set(new_person_ids) - set(classes.person_ids)
    if strangers:
        raise BugError(f"no picture of a person to train: {min(strangers)}")
    old = {person: i for i, person in enumerate(head.person_ids)}
    listed = set(new_person_ids)
    before = np.array([old.get(person, -1) for person in classes.person_ids])
    known = before >= 0
    rows = classes.means.copy()
    changed = np.array([person in listed for person in classes.person_ids]) | ~known
    moved = np.zeros_like(classes.means)
    moved[known] = classes.means[known] - head.means[before[known]]
    has_moved = np.abs(moved).max(axis=1) > _SAME_MEAN
    changed |= has_moved
    rows[known] = head.rows[before[known]]
    shifted = rows[known & has_moved] + moved[known & has_moved]
    rows[known & has_moved] = shifted / np.linalg.norm(shifted, axis=1, keepdims=True)
    return rows, changed


def _with_nearby(
    means: NDArray[np.float32], rows: NDArray[np.float32], changed: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Return the indices of the changed classes and of the `NEARBY` nearest to each, sorted."""
    moving = changed.copy()
    near = min(NEARBY + 1, len(rows))
    which = np.flatnonzero(changed)
    for start in range(0, len(which), 256):
        cosines = means[which[start : start + 256]] @ rows.T
        moving[np.argpartition(-cosines, near - 1, axis=1)[:, :near]] = True
    return np.flatnonzero(moving)


def _shown(labels: NDArray[np.int64], moving: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    """Return which samples to train on: all of the moving classes, and some of the others."""
    own = np.isin(labels, moving)
    others = np.flatnonzero(~own)
    if len(others) > REPLAYED:
        others = np.random.default_rng(seed).choice(others, REPLAYED, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(own), others]))


def _trained(
    classes: _Classes,
    rows: NDArray[np.float32],
    moving: NDArray[np.intp],
    shown: NDArray[np.intp],
    *,
    steps: int,
    threads: int | None,
) -> Job[_Trained]:
    if steps < 0:
        raise BugError(f"a training of {steps} steps")
    if len(moving) == 0:
        return _Trained(rows, (), "nothing to train")
    # Here and not at the top: torch takes a second to import.
    from faceaccess.learn.cosine_softmax import descend

    descent = yield from descend(
        rows,
        moving,
        classes.vectors[shown],
        classes.labels[shown],
        scale=SCALE,
        steps=steps,
        threads=threads,
    )
    rows = rows.copy()
    rows[moving] = descent.rows
    return _Trained(rows, descent.losses, descent.stopped_by)


def _result(
    classes: _Classes, trained: _Trained, space: EmbeddingSpace, steps: int, seconds: float
) -> TrainedHead:
    head = Head(
        space=space,
        person_ids=classes.person_ids,
        rows=trained.rows,
        means=classes.means,
        scale=SCALE,
        steps=steps + max(0, len(trained.losses) - 1),
    )
    return TrainedHead(head, trained.losses, seconds, trained.stopped_by)
