"""Runs challenges before one camera: who is asked, what is seen of them, who has passed."""

import logging
import secrets
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame
from faceaccess.core.reasons import Reason
from faceaccess.door import challenge as judging
from faceaccess.door.challenge import Challenge, Chance, Pauses, drawn_plan
from faceaccess.vision.liveness.head_turn import StraightView, head_motion
from faceaccess.vision.liveness.views import face_in, view_of
from faceaccess.vision.quality import estimate_pose

_log = logging.getLogger(__name__)

STILL_SECONDS = (0.25, 0.75)
"""For so long a head must have looked straight and still before the first order; the longer where
few pictures come."""
STRAIGHT_YAW = 20.0
"""Degrees by which it may look aside then: cameras hang beside the screen that people look at."""
STILL_DEGREES = 6.0
"""Degrees by which it may move in that time."""
PASSED_SECONDS = 30.0
"""For so long a challenge that was passed counts: a second factor may still be awaited."""
CALM_SECONDS = 1.5
"""Seconds after a challenge in which pictures of the turned head may still speak against it."""
_TURNED_SPEAK = (Reason.UNKNOWN, Reason.AMBIGUOUS)


@dataclass(eq=False)
class _Standing:
    """What is known of one visit."""

    face: Face
    poses: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=40))
    person_id: str | None = None
    person: str | None = None
    straight: StraightView | None = None
    challenge: Challenge | None = None
    tries: int = 0
    passed: float | None = None

    @property
    def under_way(self) -> bool:
        return self.challenge is not None

    def is_ready(self, moment: float) -> bool:
        """Whether the head has looked straight and still just now."""
        least, most = STILL_SECONDS
        yaws: list[float] = []
        for at, yaw in reversed(self.poses):
            if not 0 <= moment - at <= most:
                break
            yaws.append(yaw)
            if moment - at >= least:
                straight = max(map(abs, yaws)) <= STRAIGHT_YAW
                return straight and max(yaws) - min(yaws) <= STILL_DEGREES
        return False


class HeadChallenges:
    """The challenges of the faces before one camera. Used by one thread.

    Args:
        chance: where orders and moments come from; None for the system's own randomness.

    Attributes:
        steps: of each challenge that begins from now on.
    """

    def __init__(self, chance: Chance | None = None) -> None:
        self._chance: Chance = secrets.SystemRandom() if chance is None else chance
        self._pauses = Pauses()
        self._visits: dict[str, _Standing] = {}
        self._front: str | None = None
        self._seen = 0.0
        self.steps = 2

    def see(
        self, frame: Frame, faces: Sequence[tuple[str, Face]], compared: Collection[str]
    ) -> None:
        """Take notice of a frame.

        Args:
            frame: the frame.
            faces: the faces in it, largest first, each with its visit's id.
            compared: ids of the visits whose face was compared in this frame, and is still theirs.
        """
        if not 0 <= frame.moment - self._seen <= judging.LONGEST_GAP:
            self._break_off()
        self._seen = frame.moment
        self._front = faces[0][0] if faces else None
        present = dict(faces)
        for visit, face in faces:
            standing = self._visits.setdefault(visit, _Standing(face))
            standing.face = face
            standing.poses.append((frame.moment, estimate_pose(face.landmarks)[0]))
        for visit, standing in self._visits.items():
            if standing.challenge is not None:
                seen = present.get(visit) if visit in compared else None
                self._follow(standing, frame, seen)

    def _break_off(self) -> None:
        """End all challenges without a verdict: too few pictures come to judge them by."""
        for standing in self._visits.values():
            if standing.under_way:
                _log.warning("pictures come too slowly: a challenge begins anew")
                standing.challenge = standing.straight = None

    def _follow(self, standing: _Standing, frame: Frame, face: Face | None) -> None:
        challenge = standing.challenge
        assert challenge is not None
        assert standing.straight is not None
        motion = None
        if face is not None:
            motion = head_motion(standing.straight, face_in(view_of(frame), face))
        challenge.see(frame.moment, motion)
        if challenge.outcome is judging.Outcome.FAILED:
            self._failed(standing, frame.moment, challenge.why)
        elif challenge.outcome is judging.Outcome.PASSED:
            standing.challenge = standing.straight = None
            standing.passed = frame.moment
            self._pauses.passed(str(standing.person_id))

    def keep(self, followed: Collection[str]) -> None:
        """Forget all visits but these. A challenge that is broken off so has failed."""
        for visit in self._visits.keys() - set(followed):
            standing = self._visits.pop(visit)
            if standing.under_way and standing.poses:
                self._failed(standing, standing.poses[-1][0], "left")

    def rename(self, former: str, visit: str) -> None:
        """Let a visit go on under another id."""
        if former in self._visits:
            self._visits[visit] = self._visits.pop(former)

    def under_way(self, visit: str) -> Challenge | None:
        """Return the challenge that a visit is in, or None."""
        standing = self._visits.get(visit)
        return None if standing is None else standing.challenge

    def begun(self, visit: str) -> bool:
        """Whether somebody was challenged in this visit: then nothing else shows them alive."""
        standing = self._visits.get(visit)
        if standing is None:
            return False
        return standing.under_way or standing.tries > 0 or standing.passed is not None

    def asking(self, decision: Decision, visit: str, frame: Frame) -> Decision:
        """Return a decision that does not let in, as it is told while a challenge is under way.

        Pictures of a turned head may not reach the threshold; the person is told what is asked.
        """
        standing = self._visits.get(visit)
        if standing is None or not (
            decision.outcome is Outcome.NONE or decision.reason in _TURNED_SPEAK
        ):
            return decision
        if standing.challenge is not None:
            asked = standing.challenge.asks
            return _told(decision, Outcome.NONE, asked, standing)
        passed = standing.passed
        if passed is not None and 0 <= frame.moment - passed <= CALM_SECONDS:
            return _told(decision, Outcome.NONE, Reason.CHECKING, standing)
        return decision

    def admit(self, decision: Decision, visit: str, frame: Frame) -> Decision:
        """Return a decision that lets in as it is, if a challenge was passed; else what is asked.

        Denied while somebody who failed has to wait.
        """
        standing, moment = self._visits.get(visit), frame.moment
        if standing is None or decision.person_id is None:
            return replace(decision, outcome=Outcome.NONE, reason=Reason.CHECKING)
        if standing.person_id != decision.person_id:
            if standing.under_way:
                self._failed(standing, moment, "somebody else was recognised")
            standing.passed = None
        if standing.passed is not None and 0 <= moment - standing.passed <= PASSED_SECONDS:
            return decision
        if standing.challenge is not None:
            return replace(decision, outcome=Outcome.NONE, reason=standing.challenge.asks)
        waits = self._pauses.left(decision.person_id, moment) > 0
        if waits or standing.tries >= judging.MOST_CHALLENGES:
            return replace(decision, outcome=Outcome.DENIED, reason=Reason.CHALLENGE_FAILED)
        if visit != self._front:
            return replace(decision, outcome=Outcome.NONE, reason=Reason.CHECKING)
        asked = self._begin(standing, decision, frame)
        return replace(decision, outcome=Outcome.NONE, reason=asked)

    def _begin(self, standing: _Standing, decision: Decision, frame: Frame) -> Reason:
        """Begin a challenge if the head looks straight, and return what is asked."""
        straight = None
        if standing.is_ready(frame.moment):
            straight = StraightView.of(face_in(view_of(frame), standing.face))
        if straight is None:
            return Reason.LOOK_STRAIGHT
        standing.person_id, standing.person = decision.person_id, decision.person
        standing.straight, standing.passed = straight, None
        standing.challenge = Challenge(drawn_plan(self._chance, self.steps), frame.moment)
        return standing.challenge.asks

    def _failed(self, standing: _Standing, moment: float, why: str) -> None:
        standing.challenge = standing.straight = None
        standing.tries += 1
        self._pauses.failed(str(standing.person_id), moment)
        _log.info("%s did not pass the challenge: %s", standing.person_id, why)


def _told(decision: Decision, outcome: Outcome, reason: Reason, standing: _Standing) -> Decision:
    return replace(
        decision,
        outcome=outcome,
        reason=reason,
        person_id=standing.person_id,
        person=standing.person,
    )
