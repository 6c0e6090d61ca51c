"""Embeddings with the structure of people: pictures of one person lie near each other."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.people import TrainingSet

SPACE = EmbeddingSpace("drawn", "none", 32)

MakePeople = Callable[..., TrainingSet]


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture
def space() -> EmbeddingSpace:
    return SPACE


@pytest.fixture
def make_people() -> MakePeople:
    def people(
        count: int, pictures: int = 3, *, seed: int = 0, spread: float = 0.1, prefix: str = "p"
    ) -> TrainingSet:
        """Pictures of a person have a cosine of about 1 / (1 + 32 * spread^2) to each other."""
        rng = np.random.default_rng(seed)
        centres = unit(rng.standard_normal((count, SPACE.dimension)))
        noise = spread * rng.standard_normal((count * pictures, SPACE.dimension))
        ids = tuple(f"{prefix}{i}" for i in range(count) for _ in range(pictures))
        return TrainingSet(unit(np.repeat(centres, pictures, axis=0) + noise), ids)

    return people


def joined(*sets: TrainingSet) -> TrainingSet:
    return TrainingSet(
        np.concatenate([s.vectors for s in sets]), tuple(i for s in sets for i in s.person_ids)
    )
