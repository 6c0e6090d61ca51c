"""What the use cases take and return: plain values that the window and the command line show."""

from dataclasses import dataclass, field
from pathlib import Path

from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.core.heads import HeadRecord
from faceaccess.core.people import Person


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture handed to a use case: a file, or pixels that are at hand already.

    Attributes:
        name: how people call it: the path exactly as given, or "camera Front door".
        path: the file, or None where `image` is given.
        image: (height, width, 3) uint8 blue-green-red, or None where `path` is given.
    """

    name: str
    path: Path | None = None
    image: Image | None = None


@dataclass(frozen=True)
class Rejected:
    """A picture that was not taken, and why in one sentence."""

    picture: str
    reason: str


class NothingTakenError(KnownError):
    """No picture of an enrolment was accepted, and nothing was stored.

    Args:
        text, remedy: as for `KnownError`.
        rejected: every picture with its reason.
    """

    def __init__(self, text: str, remedy: str, rejected: tuple[Rejected, ...]) -> None:
        super().__init__(text, remedy)
        self.rejected = rejected


@dataclass(frozen=True)
class LookAlike:
    """An enrolled person whom a newly enrolled face resembles beyond the threshold."""

    person_id: str
    name: str
    similarity: float


@dataclass(frozen=True)
class EnrolResult:
    """What became of `Enrolment.add` or `add_pictures`.

    Attributes:
        person: as stored now.
        added: pictures stored by this call.
        rejected: pictures not taken.
        warnings: notes on pictures that were taken: poor quality, one face chosen of several.
        look_alikes: other enrolled people whom the pictures resemble.
        head: the head that serves now.
        seconds: time for training and taking into service.
    """

    person: Person
    added: int
    rejected: tuple[Rejected, ...]
    warnings: tuple[Rejected, ...]
    look_alikes: tuple[LookAlike, ...]
    head: HeadRecord
    seconds: float


@dataclass(frozen=True)
class ImportResult:
    """What became of an import.

    Attributes:
        people: people who gained at least one picture (new or known before).
        samples: pictures stored.
        skipped: pictures that were there already.
        rejected: pictures or CSV lines not taken.
        warnings: notes on pictures that were taken.
        seconds: the whole time.
        head: the head that serves now; None if nobody came in.
    """

    people: int
    samples: int
    skipped: int
    rejected: tuple[Rejected, ...]
    warnings: tuple[Rejected, ...]
    seconds: float
    head: HeadRecord | None


@dataclass(frozen=True)
class RetrainResult:
    """What became of a training.

    Attributes:
        head: the record of the new head.
        accepted: whether it serves.
        verdict: one sentence in words.
        losses: training loss after each step.
    """

    head: HeadRecord
    accepted: bool
    verdict: str
    losses: tuple[float, ...] = field(default=())


@dataclass(frozen=True)
class Changes:
    """What has changed since the serving head was made, by person's name."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    more_pictures: tuple[str, ...]

    @property
    def any(self) -> bool:
        """Whether there is anything to train."""
        return bool(self.added or self.removed or self.more_pictures)


@dataclass(frozen=True)
class IdentifiedFace:
    """One face of a picture given to `identify`.

    Attributes:
        box: x, y, width, height in whole pixels.
        person, person_id: who it is, or None for nobody enrolled (or inactive).
        similarity: cosine to the best person's mean, or None with nobody enrolled.
        threshold: what it had to reach.
        reason: one sentence, with quality remarks after it.
    """

    box: tuple[int, int, int, int]
    person: str | None
    person_id: str | None
    similarity: float | None
    threshold: float
    reason: str


@dataclass(frozen=True)
class Identified:
    """The answer for one picture: its faces (largest first), or the error that it ended in."""

    picture: str
    faces: tuple[IdentifiedFace, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class ModelInfo:
    """A network that the product knows.

    Attributes:
        name: "yunet", "sface", "mtcnn", "facenet", "dlib".
        kind: "detector" or "embedder".
        licence: SPDX name or words.
        origin: where the weights come from.
        sha256: the trusted hash, or None where the user has to trust a file first.
        available: whether the weights are on this machine and may be loaded.
        in_use: whether the settings choose it.
        text: one sentence on its state.
    """

    name: str
    kind: str
    licence: str
    origin: str
    sha256: str | None
    available: bool
    in_use: bool
    text: str


@dataclass(frozen=True)
class Check:
    """One line of `doctor`."""

    name: str
    ok: bool
    text: str
