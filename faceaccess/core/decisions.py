"""What the door decides about one visit, and the record of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from faceaccess.core.corrections import Evidence
from faceaccess.core.frames import Box, Image
from faceaccess.core.locks import LockOutcome
from faceaccess.core.reasons import Reason


class Outcome(StrEnum):
    """The three answers of the door."""

    GRANTED = "granted"
    DENIED = "denied"
    NONE = "none"


@dataclass(frozen=True)
class Decision:
    """The door's answer at one moment. Plain values only, so that it can be serialised.

    Attributes:
        outcome: granted, denied, or none while there is nobody or not enough evidence.
        reason: why, out of the closed list.
        person_id, person: who was recognised (also for a denial of somebody known); None otherwise.
        similarity: cosine to the person's mean of the best-supported match, or None.
        threshold: what similarity had to reach, or None where nothing was compared.
        runner_up: name of the second-best person, or None.
        margin: difference of cosines between the best and the second, or None.
        head: version of the head that decided, or None.
        liveness: what was measured about a living face, -1 to 1, see `core.liveness`; None where it
            was not checked or could not be measured. Not stored with an event.
    """

    outcome: Outcome
    reason: Reason
    person_id: str | None = None
    person: str | None = None
    similarity: float | None = None
    threshold: float | None = None
    runner_up: str | None = None
    margin: float | None = None
    head: int | None = None
    liveness: float | None = None


@dataclass(frozen=True)
class TrackedFace:
    """One face in view.

    Attributes:
        visit: the visit's UUID4 text; the same as long as the face is followed.
        box: x, y, width, height in pixels of the frame.
        decision: the answer for this face.
        good_since: moment of the visit's first good picture, as in `Frame.moment`, or None.
    """

    visit: str
    box: Box
    decision: Decision
    good_since: float | None = None


@dataclass(frozen=True)
class FrameResult:
    """What recognition says of one frame.

    Attributes:
        frame: the frame's number.
        time: when the frame was taken, aware, UTC.
        camera: the camera's name.
        faces: all faces in view, largest first.
        decision: the answer of the door: that of the face in front, or "nobody".
        front: the visit whose answer it is, or None.
        truth: name of who really stands in front where that is known (drawn people), else None.
        seconds: time from the frame's arrival to the decision.
    """

    frame: int
    time: datetime
    camera: str
    faces: tuple[TrackedFace, ...]
    decision: Decision
    front: str | None = None
    truth: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Event:
    """The record of one visit.

    Attributes:
        id: UUID4 text, made where the visit happened.
        station: name of the program instance that decided.
        sequence: counts the station's events, from 1 without gaps.
        time: aware, UTC.
        camera: the camera's name.
        decision: what was decided, with the head version.
        picture: small picture of the face, (height, width, 3) uint8, or None (also when it was not
            asked for from the store).
        evidence: what the decision stood on, or None (also when it was not asked for).
        lock: what the lock answered when a granted visit was to be let in; none where no lock was
            commanded, or its answer could not be written any more.
    """

    id: str
    station: str
    sequence: int
    time: datetime
    camera: str
    decision: Decision
    picture: Image | None = None
    evidence: Evidence | None = None
    lock: LockOutcome = LockOutcome.NONE
