"""The challenge of liveness: what somebody is asked to do, and what is seen of their head."""

from dataclasses import dataclass
from enum import StrEnum

from faceaccess.core.reasons import Reason


class Step(StrEnum):
    """What is asked; left and right are the person's own."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"

    @property
    def reason(self) -> Reason:
        """The reason that tells the person so."""
        return ASKED[self]


ASKED = {
    Step.LEFT: Reason.TURN_LEFT,
    Step.RIGHT: Reason.TURN_RIGHT,
    Step.UP: Reason.LOOK_UP,
    Step.DOWN: Reason.LOOK_DOWN,
}


@dataclass(frozen=True)
class HeadMotion:
    """How a head has moved since the view in which it looked straight, in distances between the
    eyes. The person's own left and up are positive.

    Attributes:
        moment: of the view, seconds as in `Frame.moment`.
        aside, up: by how much the nose has moved more than the rest of the face, taken for a plane.
        relief_aside, relief_up: the same, the rest of the face taken for any smoothly bent or
            folded sheet; what only a nose that stands out can give.
    """

    moment: float
    aside: float
    up: float
    relief_aside: float
    relief_up: float

    def towards(self, step: Step) -> float:
        """Return how far the head has turned as a step asks; negative the other way."""
        along = self.aside if step in (Step.LEFT, Step.RIGHT) else self.up
        return along if step in (Step.LEFT, Step.UP) else -along

    def across(self, step: Step) -> float:
        """Return how far the head has turned across what a step asks, without a sign."""
        return abs(self.up if step in (Step.LEFT, Step.RIGHT) else self.aside)

    def relief(self, step: Step) -> float:
        """Return how much of a nose shows in what a step asks."""
        along = self.relief_aside if step in (Step.LEFT, Step.RIGHT) else self.relief_up
        return along if step in (Step.LEFT, Step.UP) else -along

    @property
    def most(self) -> float:
        """How far the head is from looking straight."""
        return max(abs(self.aside), abs(self.up))
