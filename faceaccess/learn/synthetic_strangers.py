"""Strangers that nobody is: embeddings drawn from what the enrolled people's own tell of faces.

A stranger's picture is drawn from a normal distribution about the part that all faces share, and
brought to length 1. Its covariance is that of the enrolled pictures, drawn towards a round one by a
share that makes the drawn strangers resemble the enrolled just as much as these resemble each
other: the upper tenth of the likenesses of enrolled people to somebody else is met. (The
covariance as it is would not do: with few people it spans these people themselves, and what is
drawn from it resembles them too much.)

Weaker than real strangers: nothing is known of how real visitors differ from the enrolled, and
look-alikes are never drawn. So no promise stands on them.
"""

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.core.strangers import StrangerSet
from faceaccess.learn.scoring import blocks, unit_probes

PREFIX = "synthetic-"
"""What the ids of drawn strangers begin with."""
LEAST_PEOPLE = 2
"""One person tells nothing of how people differ."""
MATCHED = 0.9
"""Quantile of the likenesses to somebody else that drawn strangers must meet."""
MOST_PEOPLE = 1000
"""People from whom the distribution is fitted; of more, so many are taken evenly."""
_TRIED = 1000
"""Strangers drawn to find the share."""
_HALVINGS = 10


def draw_strangers(head: Head, data: TrainingSet, count: int, seed: int = 0) -> StrangerSet:
    """Return drawn strangers of the head's space, one picture each.

    Args:
        head: the serving head.
        data: the enrolled pictures.
        count: how many strangers, at least 1.
        seed: of the draws.

    Raises:
        KnownError: if fewer than `LEAST_PEOPLE` people are enrolled.
        BugError: if the vectors are not of the head's space.
    """
    if count < 1:
        raise BugError(f"{count} strangers to draw")
    people = _People.of(head, data)
    rng = np.random.default_rng(seed)
    tried = rng.standard_normal((_TRIED, head.space.dimension))
    target = float(np.quantile(people.likeness_to_others(), MATCHED))
    low, high = 0.0, 1.0  # a rounder distribution resembles the enrolled less
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        likeness = people.likeness(people.drawn(tried, middle))
        low, high = (middle, high) if np.quantile(likeness, MATCHED) > target else (low, middle)
    drawn = people.drawn(rng.standard_normal((count, head.space.dimension)), (low + high) / 2)
    return StrangerSet(drawn.astype(np.float32), tuple(f"{PREFIX}{seed}-{i}" for i in range(count)))


class _People:
    """The enrolled people as a distribution.

    Attributes:
        means: (people, dimension) mean embeddings, length 1.
        vectors: (pictures, dimension), and `owners` (pictures,) whose each is.
        centre: (dimension,) what all faces share.
        values, axes: the covariance of pictures about it.
    """

    def __init__(
        self, means: NDArray[np.float64], vectors: NDArray[np.float64], owners: NDArray[np.intp]
    ) -> None:
        self.means, self.vectors, self.owners = means, vectors, owners
        people, dimension = means.shape
        counts = np.bincount(owners, minlength=people)[:, None]
        sums = np.zeros_like(means)
        np.add.at(sums, owners, vectors)
        raw = sums / counts
        # The mean of few people holds much of themselves. What all share has, as its squared
        # length, the mean product of different people.
        products = raw @ raw.T
        shared = (products.sum() - np.trace(products)) / (people * (people - 1))
        middle = raw.mean(axis=0)
        length = max(float(np.linalg.norm(middle)), 1e-9)
        self.centre = middle / length * np.sqrt(np.clip(shared, 0.0, 0.99))
        spread = vectors - middle
        covariance = spread.T @ spread / len(vectors)
        # A picture has length 1, so what is not shared is the rest.
        rest = 1.0 - float(self.centre @ self.centre)
        covariance *= rest / max(float(np.trace(covariance)), 1e-9)
        self.values, self.axes = np.linalg.eigh(covariance)
        self._round = rest / dimension

    @classmethod
    def of(cls, head: Head, data: TrainingSet) -> "_People":
        index = {person: i for i, person in enumerate(head.person_ids)}
        kept = [i for i, person in enumerate(data.person_ids) if person in index]
        classes = np.array([index[data.person_ids[i]] for i in kept], np.intp)
        present = np.unique(classes)
        if len(present) < LEAST_PEOPLE:
            raise KnownError(
                "Strangers cannot be drawn from a single enrolled person.",
                "Enrol more people, or add pictures of people who are not enrolled.",
            )
        vectors = unit_probes(head, data.vectors[kept])
        if len(present) > MOST_PEOPLE:
            present = present[np.linspace(0, len(present) - 1, MOST_PEOPLE).astype(np.intp)]
        asked = np.isin(classes, present)
        return cls(
            head.means[present].astype(np.float64),
            vectors[asked].astype(np.float64),
            np.searchsorted(present, classes[asked]),
        )

    def drawn(self, noise: NDArray[np.float64], roundness: float) -> NDArray[np.float64]:
        """Return strangers made of (n, dimension) standard normal noise."""
        values = (1.0 - roundness) * np.maximum(self.values, 0.0) + roundness * self._round
        vectors = self.centre + (noise * np.sqrt(values)) @ self.axes.T
        unit: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def likeness(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each vector's greatest cosine to anybody."""
        best: NDArray[np.float64] = (vectors @ self.means.T).max(axis=1)
        return best

    def likeness_to_others(self) -> NDArray[np.float64]:
        """Return each enrolled picture's greatest cosine to anybody but its owner."""
        best = np.empty(len(self.vectors))
        for part in blocks(len(self.vectors), len(self.means)):
            cosines = self.vectors[part] @ self.means.T
            cosines[np.arange(len(cosines)), self.owners[part]] = -np.inf
            best[part] = cosines.max(axis=1)
        return best
