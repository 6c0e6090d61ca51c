"""A classifier head as a value: what the trainer returns, the store keeps and the door scores."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.calibrations import RiskEstimate
from faceaccess.core.corrections import CounterExamples, contradicts
from faceaccess.core.errors import BugError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.head_tests import HeadTest


@dataclass(frozen=True, eq=False)
class Head:
    """One class a person over frozen embeddings.

    Attributes:
        space: the embeddings that it was trained for; others are refused.
        person_ids: (people,) one class each, no duplicates.
        rows: (people, dimension) float32, trained class directions, length 1 each; they pick the
            class.
        means: (people, dimension) float32, mean enrolled embedding of each person, length 1; the
            similarity that must reach the threshold is the cosine to these, less what all faces
            share (`learn.scoring`).
        scale: factor before the softmax in training, > 0.
        steps: optimizer steps taken in all.
        counter_examples: pictures that were taken for people of the head and do not show them; of
            people without a class they are ignored. None for none.
    """

    space: EmbeddingSpace
    person_ids: tuple[str, ...]
    rows: NDArray[np.float32]
    means: NDArray[np.float32]
    scale: float
    steps: int
    counter_examples: CounterExamples | None = None

    def __post_init__(self) -> None:
        shape = (len(self.person_ids), self.space.dimension)
        if self.rows.shape != shape or self.means.shape != shape:
            raise BugError(f"head of shape {self.rows.shape} / {self.means.shape}, not {shape}")
        if len(set(self.person_ids)) != len(self.person_ids):
            raise BugError("a person has two classes in one head")

    @cached_property
    def index(self) -> dict[str, int]:
        """Each person's class: the place in `person_ids`."""
        return {person: i for i, person in enumerate(self.person_ids)}

    @cached_property
    def shared(self) -> NDArray[np.float32]:
        """(dimension,) what the faces of different people have in common.

        The direction of the mean of all means. The mean itself is too long where people are few,
        because it holds much of each of them; its squared length for very many people is the mean
        product of the means of *different* people, which needs no many. Of few people little is
        known, so the length is shortened by people / (people + 5). Zero for fewer than two people.
        """
        people, dimension = self.means.shape
        total = self.means.sum(axis=0, dtype=np.float64)
        length = float(np.linalg.norm(total))
        if people < 2 or not np.isfinite(length) or length == 0.0:
            return np.zeros(dimension, np.float32)
        own = float(np.einsum("ij,ij->", self.means, self.means, dtype=np.float64))
        between = (length**2 - own) / (people * (people - 1))
        known = np.sqrt(np.clip(between, 0.0, 1.0)) * people / (people + 5)
        shared: NDArray[np.float32] = (total / length * known).astype(np.float32)
        return shared


@dataclass(frozen=True)
class HeadFacts:
    """What is said of a head when it is stored.

    Attributes:
        samples: number of pictures that it was trained on.
        seconds: how long training took.
        accepted: whether it may serve.
        note: why it was made or refused ("Li Wei added", "full fit").
        actor: who asked for it.
        estimate: the threshold found for the stated risk, or None where no risk is stated.
        test: what its test found, or None where it was not tested.
    """

    samples: int
    seconds: float
    accepted: bool
    note: str
    actor: str
    estimate: RiskEstimate | None = None
    test: HeadTest | None = None


@dataclass(frozen=True)
class HeadRecord:
    """What is known about a stored head without its rows.

    Attributes:
        version: 1, 2, 3 ...; never used twice.
        space: the embeddings that it takes.
        created_at: aware, UTC.
        people: number of classes.
        samples: number of pictures that it was trained on.
        steps: optimizer steps.
        seconds: how long training took.
        accepted: whether it may serve.
        note: why it was made or refused ("Li Wei added", "full fit").
        actor: who asked for it.
        estimate: the threshold found for the stated risk, or None where no risk was stated.
        test: what its test found, or None for heads that were made before there was one.
        pinned: whether its rows are kept however many heads follow.
        stored: whether its rows are still there, so that it can serve again.
    """

    version: int
    space: EmbeddingSpace
    created_at: datetime
    people: int
    samples: int
    steps: int
    seconds: float
    accepted: bool
    note: str
    actor: str
    estimate: RiskEstimate | None = None
    test: HeadTest | None = None
    pinned: bool = False
    stored: bool = True


@dataclass(frozen=True)
class Match:
    """The head's answer for one probe.

    Attributes:
        person_id: the class that the head picks.
        similarity: cosine between the probe and that person's mean enrolled embedding, -1 to 1,
            each without a part of what all faces share.
        runner_up_id: the second class, or None with one person.
        runner_up_similarity: its cosine, or None.
        counter_similarity: cosine to the most similar counter-example of the person ("this is not
            me"), compared like `similarity`; None where the person has none.
    """

    person_id: str
    similarity: float
    runner_up_id: str | None = None
    runner_up_similarity: float | None = None
    counter_similarity: float | None = None

    @property
    def contradicted(self) -> bool:
        """Whether the probe clearly resembles a picture that was corrected as not showing the
        person more than the person.
        """
        if self.counter_similarity is None:
            return False
        return bool(contradicts(self.similarity, self.counter_similarity))

    @property
    def margin(self) -> float | None:
        """How much surer the head is of the first than of the second: difference of cosines."""
        if self.runner_up_similarity is None:
            return None
        return self.similarity - self.runner_up_similarity
