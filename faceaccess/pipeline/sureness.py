"""How surely the door knows somebody, told from that person's own pictures.

Each picture is held out and compared with the mean of the person's others, as the door would have
compared it had it been the visitor (leave-one-out), and with the classes of everybody else. The
mean of fewer pictures is a little worse than the one that serves: the answer is on the careful
side.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.faces import Embedding
from faceaccess.core.heads import Head
from faceaccess.core.people import Sample, TrainingSet
from faceaccess.learn.person_means import odd_pictures
from faceaccess.learn.scoring import centred, cosines_to_all, unit_probes
from faceaccess.store.protocol import Store

Level = Literal["none", "one", "unsure", "fair", "sure"]

CLEAR = 0.1
"""A picture that clears the threshold by so much is recognised in a worse moment, too."""

ENOUGH = 3
"""Pictures from which on the mean is steady (the measured figures were taken with three)."""

_NO_DIRECTION = 1e-6
"""Length of a sum of unit vectors below which it points nowhere."""


@dataclass(frozen=True)
class Sureness:
    """What a person's pictures say of each other.

    Attributes:
        level: "none" without pictures, "one" with a single one, "unsure" if a picture would not be
            recognised by the others, "fair", or "sure".
        similarities: by picture, its similarity to the mean of the person's others, -1 to 1; empty
            with fewer than two. That is what the door would have measured had this picture been
            the visitor.
        threshold: what a visitor has to reach.
        mistaken: by picture, the id of somebody else whose class is nearer: no threshold lets the
            person in by such a picture.
        light: the picture that resembles the others so little that it weighs less in the person's
            mean, if there is one (`learn.person_means`).
    """

    level: Level
    similarities: dict[str, float]
    threshold: float
    mistaken: dict[str, str] = field(default_factory=dict)
    light: tuple[str, ...] = ()

    @property
    def odd(self) -> tuple[str, ...]:
        """Pictures that would not be recognised, worst first."""
        below = [
            (value, key)
            for key, value in self.similarities.items()
            if value < self.threshold or key in self.mistaken
        ]
        return tuple(key for _, key in sorted(below))

    @property
    def recognised(self) -> int:
        """How many pictures would be recognised by the others."""
        return len(self.similarities) - len(self.odd)

    @property
    def lowest(self) -> float | None:
        """The least similarity."""
        return min(self.similarities.values(), default=None)

    @property
    def highest(self) -> float | None:
        """The greatest similarity."""
        return max(self.similarities.values(), default=None)


class SurenessOfPeople:
    """Says how surely the door knows people.

    Args:
        store: where people and the serving head are kept.
        threshold: gives the threshold in force (slow at the first call).
    """

    def __init__(self, store: Store, threshold: Callable[[], float]) -> None:
        self._store, self._threshold = store, threshold

    def of_person(self, person_id: str) -> Sureness:
        """Return what an enrolled person's pictures say; keys are ids of samples.

        Raises:
            KnownError: if the head is damaged, or the threshold is not known.
        """
        return of_samples(
            self._store.samples(person_id), self._threshold(), self._head(), person_id
        )

    def of_newcomer(self) -> Callable[[Sequence[Embedding]], Sureness]:
        """Return what judges pictures of somebody who is being enrolled; keys are "0", "1", ...

        The head and the threshold are those of now; judging itself reads nothing.

        Raises:
            KnownError: as `of_person`.
        """
        head, threshold = self._head(), self._threshold()
        return lambda pictures: judged(
            {str(number): picture for number, picture in enumerate(pictures)}, threshold, head
        )

    def _head(self) -> Head | None:
        serving = self._store.serving_head()
        return None if serving is None else serving[1]


def of_samples(
    samples: Sequence[Sample], threshold: float, head: Head | None = None, person_id: str = ""
) -> Sureness:
    """Compare a person's stored pictures with each other; see `judged`."""
    return judged({sample.id: sample.embedding for sample in samples}, threshold, head, person_id)


def judged(
    pictures: Mapping[str, Embedding], threshold: float, head: Head | None, person_id: str = ""
) -> Sureness:
    """Compare pictures of one person with each other.

    Args:
        pictures: embeddings by a name of the picture. Those of another space than the head's (or
            than most, without a head of theirs) are left out.
        threshold: similarity that a visitor has to reach.
        head: the serving one, or None. One of another space is not asked.
        person_id: the person's class in the head; "" for somebody who is new.
    """
    if not pictures:
        return Sureness("none", {}, threshold)
    spaces = Counter(picture.space for picture in pictures.values())
    space = head.space if head is not None and head.space in spaces else spaces.most_common(1)[0][0]
    head = head if head is not None and head.space == space else None
    ours = {name: one.vector for name, one in pictures.items() if one.space == space}
    if len(ours) == 1:
        return Sureness("one", {}, threshold)
    vectors = np.stack(list(ours.values())).astype(np.float32)
    values, nearer = _held_out(vectors, head, person_id)
    similarities = dict(zip(ours, values.tolist(), strict=True))
    mistaken = {name: who for name, who in zip(ours, nearer, strict=True) if who is not None}
    names = tuple(ours)
    light = tuple(
        names[one.sample] for one in odd_pictures(TrainingSet(_units(vectors), ("",) * len(names)))
    )
    lowest = float(values.min())
    if lowest < threshold or mistaken:
        return Sureness("unsure", similarities, threshold, mistaken, light)
    clear = lowest >= threshold + CLEAR and len(ours) >= ENOUGH
    return Sureness("sure" if clear else "fair", similarities, threshold, {}, light)


def _held_out(
    vectors: NDArray[np.float32], head: Head | None, person_id: str
) -> tuple[NDArray[np.float64], list[str | None]]:
    """Return each picture's similarity to the mean of the others, and who else is nearer."""
    units = _units(vectors)
    others = units.sum(axis=0, dtype=np.float64) - units
    lengths = np.linalg.norm(others, axis=1, keepdims=True)
    means = np.where(lengths > _NO_DIRECTION, others / np.maximum(lengths, _NO_DIRECTION), 0.0)
    if head is None or not head.person_ids:
        return np.einsum("ij,ij->i", units, means).astype(np.float64), [None] * len(units)
    units, means = unit_probes(head, units), means.astype(np.float32)
    own = np.einsum("ij,ij->i", units, means)  # who is nearest is asked of what is not centred
    cosines = cosines_to_all(head.rows, units)
    if person_id in head.person_ids:
        cosines[:, head.person_ids.index(person_id)] = -np.inf
    rival = cosines.argmax(axis=1)
    stronger = cosines[np.arange(len(units)), rival] > own
    nearer = [
        head.person_ids[who] if lost else None for who, lost in zip(rival, stronger, strict=True)
    ]
    similarity = np.einsum("ij,ij->i", centred(head, units), centred(head, means))
    return similarity.astype(np.float64), nearer


def _units(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: NDArray[np.float32] = vectors / np.maximum(lengths, np.float32(1e-12))
    return units
