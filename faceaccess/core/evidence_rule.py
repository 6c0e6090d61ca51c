"""How many pictures of a visit must agree: the door decides by it, thresholds are found by it."""

from dataclasses import dataclass

from faceaccess.core.errors import BugError


@dataclass(frozen=True)
class EvidenceRule:
    """When the pictures of one visit let somebody in.

    Attributes:
        frames: usable pictures that there must be before anything is decided, k, at least 1.
        contradiction: a picture that names somebody else contradicts unless its similarity is at
            least so far below the weakest one that is needed for the candidate.
        least_margin: mean difference to the runner-up below which the two look the same.
    """

    frames: int
    contradiction: float
    least_margin: float

    def __post_init__(self) -> None:
        if self.frames < 1:
            raise BugError(f"a decision on {self.frames} pictures")

    @property
    def window(self) -> int:
        """How many of the latest usable pictures count."""
        return max(self.frames + 2, 2 * self.frames - 1)

    def needed(self, pictures: int) -> int:
        """Return how many of the pictures that count must name the candidate and reach.

        More than half of k, and at least half of all that count: 2 of 3, 2 of 4, 3 of 5 for k = 3.
        """
        return max(self.frames // 2 + 1, -(-pictures // 2))
