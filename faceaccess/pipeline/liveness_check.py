"""Where recognition asks whether a face is alive before anybody is let in."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame
from faceaccess.core.liveness import Verdict
from faceaccess.core.reasons import Reason
from faceaccess.vision.liveness.passive import PassiveLiveness

PATIENCE = 1.2
"""Seconds of a visit before a person is told what to do: most are found to be alive by then."""


class LivenessCheck:
    """The liveness of the faces before one camera, as the door needs it. Used by one thread.

    Args:
        measures: what looks at the frames; None for a new one.
        opens_lock: whether a lock is opened for whom this lets in.

    Attributes:
        required: whether only a living face lets somebody in. Where it is off nothing is measured.
    """

    def __init__(self, measures: PassiveLiveness | None = None, *, opens_lock: bool = True) -> None:
        self._measures = PassiveLiveness() if measures is None else measures
        self._opens_lock = opens_lock
        self.required = True

    def set(self, liveness: Literal["off", "doors", "always"]) -> None:
        """Take the setting: where a face must be alive."""
        self.required = liveness == "always" or (liveness == "doors" and self._opens_lock)

    def see(
        self, frame: Frame, faces: Sequence[tuple[str, Face]], followed: Collection[str]
    ) -> None:
        """Take notice of a frame.

        Args:
            frame: the frame.
            faces: the faces in it, largest first, each with its visit's id.
            followed: ids of all visits that go on; what is known of others is forgotten.
        """
        if not self.required or frame.still:
            return
        self._measures.see(frame, faces)
        self._measures.keep(followed)

    def rename(self, former: str, visit: str) -> None:
        """Let a visit that goes on under another id keep what is known of it."""
        self._measures.rename(former, visit)

    def admit(self, decision: Decision, visit: str, frame: Frame) -> Decision:
        """Return the decision with what was measured, and kept out where the face may not be alive.

        A decision that does not let in stays as it is. Denied for an attack, none (the person is
        told what to do) where nothing is known; pictures given as files are not checked.
        """
        if not self.required or frame.still:
            return decision
        found = self._measures.answer(visit, frame.moment)
        decision = replace(decision, liveness=found.measure)
        if decision.outcome is not Outcome.GRANTED or found.verdict is Verdict.LIVE:
            return decision
        if found.verdict is Verdict.ATTACK:
            return replace(decision, outcome=Outcome.DENIED, reason=Reason.NOT_LIVE)
        waited = self._measures.seconds(visit, frame.moment)
        reason = Reason.CHECKING if waited < PATIENCE else Reason.LIVENESS_UNSURE
        return replace(decision, outcome=Outcome.NONE, reason=reason)
