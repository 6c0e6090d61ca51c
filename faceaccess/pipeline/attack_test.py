"""A guided test of one door's liveness: attempts before its camera, and what they show.

The liveness layer is asked as if every face were enrolled and let in by the evidence, so that the
figures are its own (ISO/IEC 30107-3: of the subsystem that detects attacks). Whether the face was
really recognised is noted beside it. No picture is kept, no event written, no lock commanded.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from faceaccess.core.attack_tests import (
    Attempt,
    AttemptOutcome,
    KindFigures,
    PresentationKind,
    Variation,
)
from faceaccess.core.decisions import Decision, FrameResult, Outcome
from faceaccess.core.errors import BugError
from faceaccess.core.frames import Box, Frame
from faceaccess.core.reasons import Reason
from faceaccess.learn.intervals import binomial_interval
from faceaccess.pipeline.liveness_check import LivenessCheck
from faceaccess.pipeline.recognition import Recogniser

ATTEMPTS = 10
"""Attempts of a kind unless said otherwise."""
SECONDS = 10.0
"""Longest time of an attempt from its first face: passive liveness, a challenge, and a margin."""
EMPTY = 4.0
"""Seconds without a face between two attempts, in which the camera learns the empty doorway."""
GONE = 2.0
"""Seconds out of sight after which an attempt is over."""
_RECOGNITION = 1.0  # seconds that recognition has after liveness has let somebody in


class Phase(StrEnum):
    """Where an attempt is."""

    CLEARING = "clearing"
    """Nobody may be in view, so that the doorway is seen empty."""
    READY = "ready"
    """The attempt begins with the first face."""
    RUNNING = "running"
    OVER = "over"


@dataclass(frozen=True)
class AttemptStep:
    """What one frame of an attempt brought.

    Attributes:
        phase: where the attempt is.
        box: of the face in front, x, y, width, height in pixels of the frame, or None.
        reason: what the door would say to somebody enrolled now.
        left: seconds that this phase still lasts at most, or None where it ends by what is seen.
        attempt: how it ended, once it is over.
    """

    phase: Phase
    box: Box | None
    reason: Reason
    left: float | None
    attempt: Attempt | None = None


class AskedOfAll(LivenessCheck):
    """A liveness check that answers for every face, known or not, and is never off."""

    def __init__(self) -> None:
        super().__init__(opens_lock=True)
        self._answered: tuple[str, int, Decision] | None = None

    def set(self, liveness: Literal["off", "doors", "always"]) -> None:
        """As `LivenessCheck.set`, but a test of liveness is never without it."""
        super().set(liveness)
        self.required = True

    def admit(self, decision: Decision, visit: str, frame: Frame) -> Decision:
        """As `LivenessCheck.admit`; what is said of a face that is not known is only noted."""
        said = self.as_if_known(decision, visit, frame)
        if decision.outcome is Outcome.GRANTED:
            return said
        return replace(decision, liveness=said.liveness)

    def as_if_known(self, decision: Decision, visit: str, frame: Frame) -> Decision:
        """Return what the door would say if the evidence let this face in; once a frame."""
        if self._answered is None or self._answered[:2] != (visit, frame.number):
            known = replace(
                decision,
                outcome=Outcome.GRANTED,
                reason=Reason.RECOGNISED,
                person_id="anybody",  # one person for the whole attempt, known or not
            )
            self._answered = (visit, frame.number, super().admit(known, visit, frame))
        return self._answered[2]


@dataclass(eq=False)
class _Running:
    """The attempt at hand."""

    kind: PresentationKind
    variation: Variation | None
    phase: Phase
    empty_since: float | None = None
    first: float = 0.0
    last: float = 0.0
    let_in: float | None = None
    refused: float | None = None
    not_live: bool = False
    recognised: bool = False

    @property
    def outcome(self) -> AttemptOutcome:
        if self.phase in (Phase.CLEARING, Phase.READY):
            return AttemptOutcome.NO_FACE
        if self.let_in is not None:
            return AttemptOutcome.LET_IN
        return AttemptOutcome.UNSURE if self.refused is None else AttemptOutcome.REFUSED


class AttackTest:
    """One test at one camera. Used by one thread; close it.

    Args:
        new_recogniser: makes a recogniser that records nothing, with the given liveness check;
            slow at the first call.
        seconds: longest time of an attempt from its first face.
    """

    def __init__(
        self,
        new_recogniser: Callable[[LivenessCheck], Recogniser],
        *,
        seconds: float = SECONDS,
    ) -> None:
        self._new_recogniser = new_recogniser
        self._seconds = seconds
        self._check: AskedOfAll | None = None
        self._recogniser: Recogniser | None = None
        self._running: _Running | None = None
        self.attempts: list[Attempt] = []

    def begin(
        self, kind: PresentationKind, variation: Variation | None = None, *, recorded: bool = False
    ) -> None:
        """Begin an attempt.

        Args:
            kind: what will be presented.
            variation: how.
            recorded: whether the frames are a recording of one attempt: it begins with the first
                face, and nothing that other frames showed before counts for it.
        """
        if recorded or self._recogniser is None:
            self.close()
            self._check = AskedOfAll()
            self._recogniser = self._new_recogniser(self._check)
        self._running = _Running(kind, variation, Phase.READY if recorded else Phase.CLEARING)

    def offer(self, frame: Frame) -> AttemptStep:
        """Look at a frame of the attempt that was begun.

        Raises:
            BugError: if none was begun, or it is over.
        """
        running, recogniser = self._running, self._recogniser
        if running is None or recogniser is None:
            raise BugError("a frame without an attempt")
        result = recogniser.process(frame)
        said = self._said(result, frame)
        now = frame.moment
        if running.phase is Phase.CLEARING:
            return self._clear(running, result, now)
        if said is None:
            if running.phase is Phase.RUNNING and now - running.last > GONE:
                return self._over(running)
        else:
            self._take(running, result, said, now)
        if running.phase is Phase.RUNNING and self._is_over(running, now):
            return self._over(running)
        left = None
        if running.phase is Phase.RUNNING:
            left = max(0.0, self._seconds - (now - running.first))
        reason = Reason.NOBODY if said is None else said.reason
        return AttemptStep(running.phase, _front_box(result), reason, left)

    def finish(self) -> AttemptStep:
        """End the attempt at hand where it is: its recording has ended, or there is no more time.

        Raises:
            BugError: if none was begun, or it is over.
        """
        if self._running is None:
            raise BugError("no attempt to finish")
        return self._over(self._running)

    def drop(self) -> None:
        """Forget the attempt at hand, as if it had not been begun."""
        self._running = None

    def close(self) -> None:
        """Give the networks back; the attempts stay."""
        self._running = None
        if self._recogniser is not None:
            self._recogniser.close()
            self._recogniser = None

    def _said(self, result: FrameResult, frame: Frame) -> Decision | None:
        if result.front is None or self._check is None:
            return None
        return self._check.as_if_known(result.decision, result.front, frame)

    def _clear(self, running: _Running, result: FrameResult, now: float) -> AttemptStep:
        if result.faces or running.empty_since is None or now < running.empty_since:
            running.empty_since = None if result.faces else now
        waited = 0.0 if running.empty_since is None else now - running.empty_since
        if waited >= EMPTY:
            running.phase = Phase.READY
        return AttemptStep(
            running.phase, _front_box(result), Reason.NOBODY, max(0.0, EMPTY - waited)
        )

    def _take(self, running: _Running, result: FrameResult, said: Decision, now: float) -> None:
        if running.phase is Phase.READY:
            running.phase, running.first = Phase.RUNNING, now
        running.last = now
        if said.outcome is Outcome.GRANTED and running.let_in is None:
            running.let_in = now
        if said.outcome is Outcome.DENIED and running.refused is None:
            running.refused = now
        running.not_live = running.not_live or said.reason is Reason.NOT_LIVE
        running.recognised = running.recognised or result.decision.outcome is Outcome.GRANTED

    def _is_over(self, running: _Running, now: float) -> bool:
        if running.let_in is not None:
            # Recognition may need a picture more than liveness: did the door open, all in all?
            return running.recognised or now - running.let_in > _RECOGNITION
        person = running.kind is PresentationKind.BONA_FIDE
        return (person and running.not_live) or now - running.first >= self._seconds

    def _over(self, running: _Running) -> AttemptStep:
        moments = {
            AttemptOutcome.LET_IN: running.let_in,
            AttemptOutcome.REFUSED: running.refused,
        }
        moment = moments.get(running.outcome)
        seconds = (running.last if moment is None else moment) - running.first
        seconds = round(max(0.0, seconds), 3)
        attempt = Attempt(
            running.kind, running.variation, running.outcome, seconds, running.recognised
        )
        self.attempts.append(attempt)
        self._running = None
        return AttemptStep(Phase.OVER, None, Reason.NOBODY, None, attempt)


def variation_of(number: int) -> Variation:
    """Return how attempt `number` (from 0) of a kind is made."""
    return tuple(Variation)[number % len(Variation)]


def figures(attempts: Iterable[Attempt]) -> tuple[KindFigures, ...]:
    """Return what attempts show, for every kind among them."""
    by_kind: dict[PresentationKind, list[Attempt]] = {}
    for attempt in attempts:
        by_kind.setdefault(attempt.kind, []).append(attempt)
    return tuple(_figures(kind, by_kind[kind]) for kind in PresentationKind if kind in by_kind)


def _figures(kind: PresentationKind, attempts: Sequence[Attempt]) -> KindFigures:
    count = Counter(one.outcome for one in attempts)
    counted = len(attempts) - count[AttemptOutcome.NO_FACE]
    wrong = count[AttemptOutcome.LET_IN if kind.is_attack else AttemptOutcome.REFUSED]
    return KindFigures(
        kind=kind,
        counted=counted,
        let_in=count[AttemptOutcome.LET_IN],
        refused=count[AttemptOutcome.REFUSED],
        unsure=count[AttemptOutcome.UNSURE],
        wrong=wrong,
        interval=binomial_interval(wrong, counted) if counted else None,
        opened=sum(
            kind.is_attack and one.outcome is AttemptOutcome.LET_IN and one.recognised
            for one in attempts
        ),
    )


def _front_box(result: FrameResult) -> Box | None:
    return next((face.box for face in result.faces if face.visit == result.front), None)
