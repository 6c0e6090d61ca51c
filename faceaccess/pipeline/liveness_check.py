"""Where recognition asks whether a face is alive before anybody is let in."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame
from faceaccess.core.liveness import Verdict
from faceaccess.core.reasons import Reason
from faceaccess.core.settings import Settings
from faceaccess.pipeline.head_challenges import HeadChallenges
from faceaccess.pipeline.liveness_voice import HeardVoice
from faceaccess.vision.liveness.passive import PassiveLiveness

PATIENCE = 1.2
"""Seconds of a visit before a person is told what to do: most are found to be alive by then."""


class LivenessCheck:
    """The liveness of the faces before one camera, as the door needs it. Used by one thread.

    Three voices, of which only the first two can let somebody in: what is measured of the motion,
    the challenge where that is not sure, and a network of the user's that can only refuse. An
    attack that is seen refuses whatever the challenge says.

    Args:
        measures: what looks at the frames; None for a new one.
        challenges: who is asked to turn their head; None for new ones, or none where `measures`
            are given.
        opens_lock: whether a lock is opened for whom this lets in.

    Attributes:
        required: whether only a living face lets somebody in. Where it is off nothing is measured.
        challenge: when somebody is asked to turn their head.
    """

    def __init__(
        self,
        measures: PassiveLiveness | None = None,
        challenges: HeadChallenges | None = None,
        *,
        opens_lock: bool = True,
    ) -> None:
        self._measures = PassiveLiveness() if measures is None else measures
        if challenges is None and measures is None:
            challenges = HeadChallenges()
        self._challenges = challenges
        self._opens_lock = opens_lock
        self._voice: HeardVoice | None = None
        self._trouble: KnownError | None = None
        self.required = True
        self.challenge: Literal["unsure", "always", "off"] = "unsure"

    def take(self, settings: Settings) -> None:
        """Take all settings of liveness.

        Raises:
            KnownError: if the network that is to be heard cannot be; until that is mended, `see`
                raises it too, so that nobody is let in.
        """
        self.set(settings.liveness)
        self.challenge = settings.challenge
        if self._challenges is not None:
            self._challenges.steps = settings.challenge_steps
        file, sha256 = settings.liveness_voice, settings.liveness_voice_sha256
        if self._voice is not None and self._voice.is_of(file, sha256):
            return
        self._voice = self._trouble = None
        if file:
            try:
                self._voice = HeardVoice(file, sha256)
            except KnownError as error:
                self._trouble = error
                if self.required:
                    raise

    def set(self, liveness: Literal["off", "doors", "always"]) -> None:
        """Take the setting: where a face must be alive."""
        self.required = liveness == "always" or (liveness == "doors" and self._opens_lock)

    def see(
        self,
        frame: Frame,
        faces: Sequence[tuple[str, Face]],
        followed: Collection[str],
        compared: Collection[str] = (),
    ) -> None:
        """Take notice of a frame.

        Args:
            frame: the frame.
            faces: the faces in it, largest first, each with its visit's id.
            followed: ids of all visits that go on; what is known of others is forgotten.
            compared: ids of the visits whose face was compared in this frame, and is still theirs.

        Raises:
            KnownError: if the network that is to be heard has failed.
        """
        if not self.required or frame.still:
            return
        if self._trouble is not None:
            raise self._trouble
        self._measures.see(frame, faces)
        self._measures.keep(followed)
        if self._challenges is not None:
            self._challenges.see(frame, faces, compared)
            self._challenges.keep(followed)
        if self._voice is not None:
            self._voice.see(frame, faces)
            self._voice.keep(followed)

    def rename(self, former: str, visit: str) -> None:
        """Let a visit that goes on under another id keep what is known of it."""
        self._measures.rename(former, visit)
        if self._challenges is not None:
            self._challenges.rename(former, visit)
        if self._voice is not None:
            self._voice.rename(former, visit)

    def admit(self, decision: Decision, visit: str, frame: Frame) -> Decision:
        """Return the decision with what was measured, and kept out where the face may not be alive.

        A decision that does not let in stays as it is, but that somebody who is asked to turn their
        head is told so. Denied for an attack, none (the person is told what to do) where nothing
        is known; pictures given as files are not checked.
        """
        if not self.required or frame.still:
            return decision
        found = self._measures.answer(visit, frame.moment)
        decision = replace(decision, liveness=found.measure)
        attack = found.verdict is Verdict.ATTACK
        if decision.outcome is not Outcome.GRANTED:
            if attack or self._challenges is None or self.challenge == "off":
                return decision
            return self._challenges.asking(decision, visit, frame)
        if attack or (self._voice is not None and self._voice.refuses(visit, frame.moment)):
            return replace(decision, outcome=Outcome.DENIED, reason=Reason.NOT_LIVE)
        if self._voice is not None and not self._voice.heard(visit, frame.moment):
            return replace(decision, outcome=Outcome.NONE, reason=Reason.CHECKING)
        return self._shown_alive(decision, visit, frame, live=found.verdict is Verdict.LIVE)

    def _shown_alive(self, decision: Decision, visit: str, frame: Frame, *, live: bool) -> Decision:
        """Return what is said to somebody who is known and in whom no attack was seen."""
        challenges = None if self.challenge == "off" else self._challenges
        begun = challenges is not None and challenges.begun(visit)
        if live and not begun and self.challenge != "always":
            return decision
        waited = self._measures.seconds(visit, frame.moment)
        if waited < PATIENCE and not begun and self.challenge != "always":
            return replace(decision, outcome=Outcome.NONE, reason=Reason.CHECKING)
        if challenges is None:
            if live and self.challenge != "always":
                return decision
            return replace(decision, outcome=Outcome.NONE, reason=Reason.LIVENESS_UNSURE)
        return challenges.admit(decision, visit, frame)
