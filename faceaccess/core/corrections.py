"""What people say of an event: "this is not me", "this is X"."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.faces import EmbeddingSpace, Quality
from faceaccess.core.frames import Image


class CorrectionKind(StrEnum):
    """What was said. The value is stored."""

    NOT_ME = "not_me"
    """The event's pictures do not show the person whom the door took them for."""
    IS = "is"
    """The event's pictures show this person."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the door saw of a visit, kept with its event.

    Attributes:
        space: the embeddings' space.
        vectors: (pictures, dimension) float32 of length 1, those that the decision stood on, oldest
            first; at most a visit's window.
        crop: aligned crop of the best of them as the embedder took it, or None.
        quality: of that picture, or None.
    """

    space: EmbeddingSpace
    vectors: NDArray[np.float32]
    crop: Image | None = None
    quality: Quality | None = None


@dataclass(frozen=True, eq=False)
class Correction:
    """One statement, as stored.

    Attributes:
        id: UUID4 text.
        event_id: the event that it is about.
        kind: what was said.
        person_id: NOT_ME: whom the pictures do not show; IS: whom they show.
        space: of the vectors.
        vectors: (pictures, dimension) float32 of length 1, the event's evidence.
        made_at: aware, UTC.
        actor: who said it.
    """

    id: str
    event_id: str
    kind: CorrectionKind
    person_id: str
    space: EmbeddingSpace
    vectors: NDArray[np.float32]
    made_at: datetime
    actor: str


CLEARLY_NEARER = 0.05
"""How much more a probe must resemble a counter-example than the person to be kept out. With none,
poor pictures of the person that resemble both a little are lost (lfw-dev, 8 x 100 counter-examples,
a threshold of 0.4: 4 of 16,586; with it none); of other pictures of the same impostors 107 of 115
are kept out either way."""


def contradicts(
    similarity: NDArray[np.floating] | float, counter: NDArray[np.floating] | float
) -> NDArray[np.bool_]:
    """Return whether probes resemble a counter-example clearly more than the person.

    Clearly is by `CLEARLY_NEARER`, or by half of what is left to 1 where that is less: so the very
    picture that was corrected is contradicted however alike the person is. What is not a number is
    contradicted.

    Args:
        similarity: cosine to the person's mean, any shape.
        counter: cosine to the nearest counter-example; minus infinity without any.
    """
    room = np.minimum(CLEARLY_NEARER, (1.0 - np.asarray(similarity, np.float64)) / 2)
    with np.errstate(invalid="ignore"):  # infinite less infinite: not a number
        nearer = np.asarray(counter, np.float64) - np.asarray(similarity, np.float64)
    return np.asarray(~(nearer < np.maximum(room, 0.0)), np.bool_)


@dataclass(frozen=True, eq=False)
class CounterExamples:
    """Pictures that certain people were wrongly taken for ("hard negatives").

    A match with a person holds only while the probe does not clearly resemble one of the person's
    counter-examples more than the person's mean (`contradicts`).

    Attributes:
        person_ids: (examples,) whom each does *not* show.
        vectors: (examples, dimension) float32 of length 1.
    """

    person_ids: tuple[str, ...]
    vectors: NDArray[np.float32]
