"""How surely the door knows somebody, told from that person's own pictures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from faceaccess.core.people import Sample

Level = Literal["none", "one", "unsure", "fair", "sure"]

CLEAR = 0.1
"""A picture that clears the threshold by so much is recognised in a worse moment, too."""

ENOUGH = 3
"""Pictures from which on the mean is steady (the measured figures were taken with three)."""


@dataclass(frozen=True)
class Sureness:
    """What a person's pictures say of each other.

    Attributes:
        level: "none" without pictures, "one" with a single one, "unsure" if a picture would not be
            recognised by the others, "fair", or "sure".
        similarities: by sample id, the cosine of each picture to the mean of the person's others,
            -1 to 1; empty with fewer than two. That is what the door would have measured had this
            picture been the visitor.
        threshold: what a visitor has to reach.
    """

    level: Level
    similarities: dict[str, float]
    threshold: float

    @property
    def odd(self) -> tuple[str, ...]:
        """Ids of pictures that would not be recognised, worst first."""
        below = [(value, key) for key, value in self.similarities.items() if value < self.threshold]
        return tuple(key for _, key in sorted(below))

    @property
    def lowest(self) -> float | None:
        """The least similarity."""
        return min(self.similarities.values(), default=None)

    @property
    def highest(self) -> float | None:
        """The greatest similarity."""
        return max(self.similarities.values(), default=None)


def sureness(samples: Sequence[Sample], threshold: float) -> Sureness:
    """Compare a person's pictures with each other.

    Args:
        samples: the person's pictures; those of another space than most are left out.
        threshold: cosine that a visitor has to reach.
    """
    if not samples:
        return Sureness("none", {}, threshold)
    space = Counter(sample.embedding.space for sample in samples).most_common(1)[0][0]
    ours = [sample for sample in samples if sample.embedding.space == space]
    if len(ours) == 1:
        return Sureness("one", {}, threshold)
    vectors = np.stack([sample.embedding.vector for sample in ours]).astype(np.float64)
    others = vectors.sum(axis=0) - vectors
    lengths = np.maximum(np.linalg.norm(others, axis=1), 1e-12)
    values = (vectors * others).sum(axis=1) / lengths
    similarities = {s.id: float(value) for s, value in zip(ours, values, strict=True)}
    lowest = float(values.min())
    if lowest < threshold:
        return Sureness("unsure", similarities, threshold)
    clear = lowest >= threshold + CLEAR and len(ours) >= ENOUGH
    return Sureness("sure" if clear else "fair", similarities, threshold)
