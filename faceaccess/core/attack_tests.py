"""A test of one door's liveness with real attempts: its kinds, its outcomes, and what they show.

The terms are those of ISO/IEC 30107-3: APCER is the share of attack presentations of one kind that
are taken for a living person, BPCER the share of living persons that are taken for an attack.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from faceaccess.core.calibrations import Interval


class PresentationKind(StrEnum):
    """What is held before the camera. The value is stored."""

    BONA_FIDE = "bona_fide"
    PRINT = "print"
    PHONE = "phone"
    TABLET = "tablet"
    MASK = "mask"

    @property
    def is_attack(self) -> bool:
        """Whether it is not a living person with their own face."""
        return self is not PresentationKind.BONA_FIDE


class Variation(StrEnum):
    """How it is presented; the attempts of one kind take turns."""

    STILL = "still"
    MOVED = "moved"
    CLOSER = "closer"
    TILTED = "tilted"
    FOLLOWED = "followed"


class AttemptOutcome(StrEnum):
    """How one attempt ended. The value is stored.

    let_in: taken for a living person. refused: taken for an attack. unsure: neither within the
    time. no_face: no face was found; such an attempt is not counted.
    """

    LET_IN = "let_in"
    REFUSED = "refused"
    UNSURE = "unsure"
    NO_FACE = "no_face"


KIND_NAMES: dict[PresentationKind, str] = {
    PresentationKind.BONA_FIDE: "Living person",
    PresentationKind.PRINT: "Print",
    PresentationKind.PHONE: "Phone",
    PresentationKind.TABLET: "Tablet",
    PresentationKind.MASK: "Mask",
}
"""What each kind is called; the window translates it."""

PREPARE: dict[PresentationKind, str] = {
    PresentationKind.BONA_FIDE: "Somebody with their own face; several people, if you can.",
    PresentationKind.PRINT: "A photograph of an enrolled person, printed as large as the face.",
    PresentationKind.PHONE: "A phone that shows a picture or a film of an enrolled person.",
    PresentationKind.TABLET: "A tablet or a screen that shows an enrolled person.",
    PresentationKind.MASK: "A mask, or the face cut out of a print and worn.",
}
"""What to have at hand for a kind; the window translates it."""

INSTRUCTIONS: dict[tuple[PresentationKind, Variation], str] = {
    (PresentationKind.BONA_FIDE, Variation.STILL): "Walk up and stand as if you waited at the door",
    (PresentationKind.BONA_FIDE, Variation.MOVED): "Walk up and talk to somebody beside you",
    (PresentationKind.BONA_FIDE, Variation.CLOSER): "Walk up and stop close to the camera",
    (PresentationKind.BONA_FIDE, Variation.TILTED): "Walk up with your head a little on one side",
    (PresentationKind.BONA_FIDE, Variation.FOLLOWED): "Walk up and do what the door asks for",
    (PresentationKind.PRINT, Variation.STILL): "Hold the print still before your face",
    (PresentationKind.PRINT, Variation.MOVED): "Move the print slowly from side to side",
    (PresentationKind.PRINT, Variation.CLOSER): "Bring the print slowly closer to the camera",
    (PresentationKind.PRINT, Variation.TILTED): "Tilt and bend the print slowly",
    (PresentationKind.PRINT, Variation.FOLLOWED): "Try with the print to do what the door asks for",
    (PresentationKind.PHONE, Variation.STILL): "Hold the phone still, with a film of the face",
    (PresentationKind.PHONE, Variation.MOVED): "Move the phone slowly from side to side",
    (PresentationKind.PHONE, Variation.CLOSER): "Bring the phone so close that its rim is not seen",
    (PresentationKind.PHONE, Variation.TILTED): "Tilt the phone slowly, with a picture of the face",
    (PresentationKind.PHONE, Variation.FOLLOWED): "Play a film of the head turning on the phone",
    (PresentationKind.TABLET, Variation.STILL): "Hold the tablet still, with a film of the face",
    (PresentationKind.TABLET, Variation.MOVED): "Move the tablet slowly from side to side",
    (PresentationKind.TABLET, Variation.CLOSER): "Bring the tablet so close that its rim is unseen",
    (PresentationKind.TABLET, Variation.TILTED): "Lean the tablet on something and let go of it",
    (PresentationKind.TABLET, Variation.FOLLOWED): "Play a film of the head turning on the tablet",
    (PresentationKind.MASK, Variation.STILL): "Wear the mask, or the face cut out of a print",
    (PresentationKind.MASK, Variation.MOVED): "Wear it and move your head a little",
    (PresentationKind.MASK, Variation.CLOSER): "Wear it and come close to the camera",
    (PresentationKind.MASK, Variation.TILTED): "Wear it with your head a little on one side",
    (PresentationKind.MASK, Variation.FOLLOWED): "Wear it and do what the door asks for",
}
"""What the person who tests has to do, one plain sentence each; the window translates them."""

NOT_COVERED: tuple[str, ...] = (
    "Other light, another place of the camera, another camera: test again after such a change.",
    "Better attacks than those that were tried, above all good masks: use a second factor.",
    "A picture that is fed into the camera's cable or network instead of held before it.",
    "Other people: some faces are harder to tell from a picture than the few that took part.",
)
"""What no such test can show, one sentence each."""


@dataclass(frozen=True)
class Attempt:
    """One attempt and how it ended.

    Attributes:
        kind: what was presented.
        variation: how; None where a recording was played.
        outcome: how it ended.
        seconds: from the first face in view to the outcome; for one that came to nothing, how long
            a face was in view.
        recognised: whether the face was also recognised as an enrolled person and let in by the
            evidence: an attack with this and `LET_IN` would have opened the door.
    """

    kind: PresentationKind
    variation: Variation | None
    outcome: AttemptOutcome
    seconds: float
    recognised: bool = False


@dataclass(frozen=True)
class KindFigures:
    """What the attempts of one kind show.

    Attributes:
        kind: what was presented.
        counted: attempts in which a face was found.
        let_in, refused, unsure: of those.
        wrong: of the counted, what was decided wrongly: attacks let in (APCER), or living persons
            refused as an attack (BPCER).
        interval: exact 95 % interval of wrong / counted (Clopper and Pearson 1934), or None where
            nothing was counted.
        opened: attacks that would have opened the door: let in and recognised.
    """

    kind: PresentationKind
    counted: int
    let_in: int
    refused: int
    unsure: int
    wrong: int
    interval: Interval | None
    opened: int


@dataclass(frozen=True)
class AttackReport:
    """All attempts of one test at one camera.

    Attributes:
        time: when it ended, aware, UTC.
        camera: the camera's address without a password.
        actor: who tested, as "name (way)".
        attempts: in the order in which they were made.
    """

    time: datetime
    camera: str
    actor: str
    attempts: tuple[Attempt, ...]

    @property
    def not_tried(self) -> tuple[PresentationKind, ...]:
        """Kinds without a counted attempt: nothing is known about them."""
        tried = {a.kind for a in self.attempts if a.outcome is not AttemptOutcome.NO_FACE}
        return tuple(kind for kind in PresentationKind if kind not in tried)
