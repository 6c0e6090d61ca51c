"""Enrolled people and their pictures, as values."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Embedding, Quality
from faceaccess.core.frames import Image

MAX_NAME = 200
"""Longest name, in characters."""
MAX_STAFF_NUMBER = 64
"""Longest staff number, in characters."""
MAX_TEXT = 2000
"""Longest department or note, in characters."""


@dataclass(frozen=True)
class PersonDetails:
    """What people write about a person; checked when made.

    Attributes:
        name: 1 to `MAX_NAME` characters after trimming, any script, one line; unseen marks that
            turn the direction of text are taken out.
        staff_number: unique among people, or None.
        department: free text, may be empty.
        note: free text, may be empty.
        active: whether the door lets the person in.

    Raises:
        KnownError: if a field is empty, too long or contains control characters.
    """

    name: str
    staff_number: str | None = None
    department: str = ""
    note: str = ""
    active: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", _checked("name", self.name, MAX_NAME))
        if self.staff_number is not None:
            number = _checked("staff number", self.staff_number, MAX_STAFF_NUMBER)
            object.__setattr__(self, "staff_number", number)
        for field in ("department", "note"):
            if len(getattr(self, field)) > MAX_TEXT:
                raise KnownError(
                    f"The {field} is longer than {MAX_TEXT} characters.", "Shorten it."
                )


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # and half surrogates
# Marks that turn the order of what is shown, or show nothing: a name must not change what the door
# says around it, nor look like another. They come along unseen when a name is copied. The joiners
# and the two plain direction marks stay: Persian, Hindi and Hebrew names need them.
_UNSEEN = re.compile("[\u200b\u202a-\u202e\u2060-\u2069\ufeff]")


def _checked(what: str, text: str, longest: int) -> str:
    text = _UNSEEN.sub("", text).strip()
    if not text:
        raise KnownError(f"The {what} is empty.", f"Give a {what}.")
    if len(text) > longest:
        raise KnownError(
            f"The {what} has {len(text):,} characters; at most {longest} are allowed.",
            "Shorten it.",
        )
    if _CONTROL.search(text):
        raise KnownError(
            f"The {what} has control characters in it.", "Remove line breaks and tabs."
        )
    return text


@dataclass(frozen=True)
class Person:
    """An enrolled person as stored.

    Attributes:
        id: UUID4 text, made where the person was enrolled.
        details: what people wrote.
        created_at, updated_at: aware, UTC.
        samples: how many enrolled pictures there are.
    """

    id: str
    details: PersonDetails
    created_at: datetime
    updated_at: datetime
    samples: int = 0

    @property
    def name(self) -> str:
        """The person's name."""
        return self.details.name


@dataclass(frozen=True, eq=False)
class NewSample:
    """A picture about to be stored for somebody.

    Attributes:
        crop: aligned crop, (side, side) or (side, side, 3) uint8.
        embedding: the crop's vector with its space.
        quality: measured on the original.
        source: where it came from, for people ("IMG_1.jpg", "camera Front door").
        digest: SHA-256 hex of the original's decoded pixels (or of the crop for camera pictures);
            the same picture is recognised by it.
    """

    crop: Image
    embedding: Embedding
    quality: Quality
    source: str
    digest: str


@dataclass(frozen=True, eq=False)
class Sample:
    """A stored picture without its pixels (`Store.crop` loads those).

    Attributes:
        id: UUID4 text.
        person_id: whose it is.
        embedding, quality, source, digest: as in `NewSample`.
        added_at: aware, UTC.
    """

    id: str
    person_id: str
    embedding: Embedding
    quality: Quality
    source: str
    digest: str
    added_at: datetime


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """All embeddings of one space that a head is trained on.

    Attributes:
        vectors: (samples, dimension) float32, each of length 1.
        person_ids: (samples,) the owner of each row.
    """

    vectors: NDArray[np.float32]
    person_ids: tuple[str, ...]

    @cached_property
    def people(self) -> tuple[str, ...]:
        """(people,) the owners, each once, in the order in which they first appear."""
        return tuple(dict.fromkeys(self.person_ids))

    @cached_property
    def labels(self) -> NDArray[np.intp]:
        """(samples,) the place of each row's owner in `people`."""
        index = {person: i for i, person in enumerate(self.people)}
        return np.fromiter(map(index.__getitem__, self.person_ids), np.intp, len(self.person_ids))
