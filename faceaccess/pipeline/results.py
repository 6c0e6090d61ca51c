"""What the use cases take and return: plain values that the window and the command line show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from faceaccess.core.calibrations import RiskEstimate, Unit
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.core.head_tests import HeadScore, HeadTest, PersonChange
from faceaccess.core.heads import HeadRecord
from faceaccess.core.people import Person
from faceaccess.learn.det import DetCurve, ThresholdMeaning, meaning_of
from faceaccess.learn.open_set import Attempts


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
        seconds: time for training, testing and taking into service.
        cost: what knowing this person costs the others, in one sentence; "" where nothing.
        set_aside: strangers who are enrolled, and so are left out of calibration and test.
    """

    person: Person
    added: int
    rejected: tuple[Rejected, ...]
    warnings: tuple[Rejected, ...]
    look_alikes: tuple[LookAlike, ...]
    head: HeadRecord
    seconds: float
    cost: str = ""
    set_aside: tuple["SetAside", ...] = ()


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
        cost, set_aside: as in `EnrolResult`.
    """

    people: int
    samples: int
    skipped: int
    rejected: tuple[Rejected, ...]
    warnings: tuple[Rejected, ...]
    seconds: float
    head: HeadRecord | None
    cost: str = ""
    set_aside: tuple["SetAside", ...] = ()


@dataclass(frozen=True)
class SetAside:
    """A stranger who is enrolled, and so says nothing of strangers.

    Attributes:
        stranger_id, label: as stored.
        person_id, person: who it is, with the name.
        similarity: of the stranger's pictures to the person.
    """

    stranger_id: str
    label: str
    person_id: str
    person: str
    similarity: float


@dataclass(frozen=True)
class RetrainResult:
    """What became of a training, or of a head that was asked to serve again.

    A refusal is a result, not an error.

    Attributes:
        head: the record of the head that was tried.
        accepted: whether it serves.
        verdict: one or two sentences in words.
        losses: training loss after each step.
        test: what its test found; None where there was none.
        names: of the people in `test.changed_people`, by id.
        set_aside: strangers who are enrolled, and so are left out of calibration and test.
    """

    head: HeadRecord
    accepted: bool
    verdict: str
    losses: tuple[float, ...] = field(default=())
    test: HeadTest | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    set_aside: tuple[SetAside, ...] = ()

    @property
    def before(self) -> HeadScore | None:
        """The head that the door would have without this one, on the test; None for the first."""
        return None if self.test is None else self.test.before

    @property
    def after(self) -> HeadScore | None:
        """This head on the same test."""
        return None if self.test is None else self.test.after

    @property
    def refused_because(self) -> str | None:
        """Why it may not serve, or None; also there where it was forced."""
        return None if self.test is None else self.test.refused_because

    @property
    def changed_people(self) -> tuple[PersonChange, ...]:
        """Who is known less or more surely, the greatest loss first."""
        return () if self.test is None else self.test.changed_people


@dataclass(frozen=True)
class HeadComparison:
    """Two stored heads on the same strangers and pictures of today.

    Attributes:
        first, second: their records.
        test: `before` is the first, `after` the second.
        names: of the people in `test.changed_people`, by id.
    """

    first: HeadRecord
    second: HeadRecord
    test: HeadTest
    names: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Calibration:
    """What thresholds do on strangers of the calibration part and held-out pictures.

    Attributes:
        estimate: for the risk asked for; None where none was stated.
        threshold: the one that this is about: the estimate's, or the one in force.
        curve: FPIR and FNMR over thresholds.
        strangers: scores of the calibration part, one attempt a stranger.
        held_out: scores of enrolled pictures held out.
        unit: what one attempt of a stranger is.
        synthetic: whether the strangers of the calibration part were drawn by the program.
        test: the head at `threshold` on strangers of the test part.
        set_aside: strangers who are enrolled, and so are left out of both.
        applied: whether risk and threshold are in force now.
    """

    estimate: RiskEstimate | None
    threshold: float
    curve: DetCurve
    strangers: Attempts
    held_out: Attempts
    unit: Unit
    synthetic: bool
    test: HeadScore
    set_aside: tuple[SetAside, ...]
    applied: bool

    def meaning(self, threshold: float) -> ThresholdMeaning:
        """Return what a threshold would do, in figures and in words."""
        return meaning_of(threshold, self.strangers, self.held_out, self.unit)


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
