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


@dataclass(frozen=True, eq=False)
class CounterExamples:
    """Pictures that certain people were wrongly taken for ("hard negatives").

    A match with a person holds only while the probe resembles the person's mean more than each of
    the person's counter-examples.

    Attributes:
        person_ids: (examples,) whom each does *not* show.
        vectors: (examples, dimension) float32 of length 1.
    """

    person_ids: tuple[str, ...]
    vectors: NDArray[np.float32]
