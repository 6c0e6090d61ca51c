"""The door's eye: frames in, decisions out. Headless; never imports the trainer."""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Decision, FrameResult, Outcome, TrackedFace
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import Observation
from faceaccess.core.frames import Box, Frame
from faceaccess.core.heads import Match
from faceaccess.core.reasons import Reason
from faceaccess.core.settings import Settings
from faceaccess.door.policy import FRESH, PASSING, Sighting, conclude, decide
from faceaccess.door.visits import (
    STEADY_OVERLAP,
    EmbeddedPicture,
    Visit,
    VisitTracker,
    overlap,
)
from faceaccess.learn.scoring import match, match_many
from faceaccess.pipeline.door_knowledge import DoorKnowledge
from faceaccess.pipeline.doorkeeper import Doorkeeper
from faceaccess.pipeline.event_journal import EventJournal
from faceaccess.pipeline.liveness_check import LivenessCheck
from faceaccess.pipeline.visit_evidence import evidence_of, picture_worth
from faceaccess.pipeline.visit_recorder import VisitRecorder, face_picture
from faceaccess.store.protocol import Store
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.quality import QualityLimits

_log = logging.getLogger(__name__)

MOST_FACES = 8
"""Faces of a frame that are looked at, the largest first."""
MOST_EMBEDDED = 2
"""Faces of a frame that are embedded: the rest waits for the next frames."""
SETTLED_EVERY = 3
"""A visit with its answer is embedded again every so many frames ..."""
SETTLED_SECONDS = 0.5
"""... or after so many seconds, whichever comes first."""
DENIED_AFTER = 5.0
"""Seconds after which a denied visit is recorded although it still goes on."""
FRONT_SECONDS = 1.0
"""How long after its last usable picture a face still counts as usable for standing in front."""
CLEARLY_MORE = 1.1
"""How much better a later picture of a visit must show the face to be kept instead."""

CLEAR = 0.08
"""A picture whose similarity is so far from the threshold is not looked at again mirrored: on
lfw-dev none of 25,736 answers changed by that, and 4 % of the pictures needed the second look."""

_NOBODY = Decision(Outcome.NONE, Reason.NOBODY)
_FAULT = Decision(Outcome.DENIED, Reason.FAULT)


@dataclass(eq=False)
class _Seen:
    """One face of the present frame."""

    observation: Observation
    visit: Visit
    decision: Decision = _NOBODY


class Recogniser:
    """Follows the faces of one camera, decides, and records one event a visit.

    One object a camera, used by one thread at a time. Whatever goes wrong ends in a decision that
    is not granted; what it was stands in `problem` and once in the log.

    Args:
        store: people, heads and events.
        analyser: detects and embeds.
        settings: gives the settings in force; asked again when the store has changed.
        clock: measures how long a frame took, and how often the store is asked.
        record: whether visits are written as events.
        renewed: gives the analyser anew after another embedder was chosen, or None: then the door
            must be started again.
        keeper: of the door that is opened by what is decided, or None: nothing but recognition.
        liveness: tells whether a face is alive, where the settings ask for it; None: not checked.

    Raises:
        KnownError: if the store cannot be read, or people are enrolled in another embedding space.
    """

    def __init__(
        self,
        store: Store,
        analyser: FaceAnalyser,
        settings: Callable[[], Settings],
        clock: Clock,
        *,
        record: bool = True,
        renewed: Callable[[], FaceAnalyser] | None = None,
        keeper: Doorkeeper | None = None,
        liveness: LivenessCheck | None = None,
    ) -> None:
        self._clock = clock
        self._keeper = keeper
        self._liveness = liveness
        self._knowledge = DoorKnowledge(store, settings, analyser, renewed, clock)
        self._analyser = self._knowledge.analyser
        told = None if keeper is None else keeper.recorded
        journal = EventJournal(store, clock) if keeper is None else keeper.journal
        self._recorder = VisitRecorder(journal, enabled=record, told=told)
        self._tracker = VisitTracker(gap=1.0, agreement=0.0)
        self._problem: KnownError | None = None
        self._logged = ""
        self._last_frame: Frame | None = None
        self._began = clock.monotonic()
        self._apply_settings()

    @property
    def problem(self) -> KnownError | None:
        """Why decisions are faults at present (store locked, other embedder chosen), or None."""
        return self._problem or self._recorder.trouble

    @property
    def head_version(self) -> int | None:
        """The version of the head that decides now, or None before the first."""
        return self._knowledge.rules.head

    @property
    def threshold(self) -> float:
        """The cosine that a match must reach now."""
        return self._knowledge.rules.threshold

    def process(self, frame: Frame) -> FrameResult:
        """Return what is seen and decided in a frame. Plain values, serialisable; never raises."""
        self._began = self._clock.monotonic()
        seen: list[_Seen] = []
        try:
            trouble = self._refresh()
            self._end_if_interrupted(frame)
            seen = self._follow(frame)
            if trouble is None:
                front = self._front(seen, frame)
                for one in seen:
                    nearest = self._keeper is None or one is seen[0]
                    one.decision = self._answer(one, frame, in_front=one is front and nearest)
        except Exception as error:  # noqa: BLE001  # the door's last line: a fault never opens it
            trouble = error
        try:
            self._recorder.flush()
        except Exception as error:  # noqa: BLE001  # as above
            trouble = error
        if trouble is not None:
            self._let_nobody_in(seen, frame)
        self._report(trouble)
        front = self._front(seen, frame)
        self._last_frame = frame
        nobody = _NOBODY if self._problem is None else _FAULT
        return FrameResult(
            frame=frame.number,
            time=frame.time,
            camera=frame.camera,
            faces=tuple(
                TrackedFace(s.visit.id, s.observation.face.box, s.decision, s.visit.good_since)
                for s in seen
            ),
            decision=nobody if front is None else front.decision,
            front=None if front is None else front.visit.id,
            truth=None if front is None else _truth(frame, front.observation.face.box),
            seconds=self._clock.monotonic() - self._began,
        )

    def close(self) -> None:
        """End every visit and write what is still to be written. May be called twice."""
        self._end_visits()
        self._recorder.flush(last=True)

    def _end_visits(self) -> None:
        for visit in self._tracker.end_all():
            if self._last_frame is not None:
                self._conclude(visit, self._last_frame)

    def _refresh(self) -> Exception | None:
        """Take over what has changed in the store; return why that cannot be known."""
        try:
            if self._knowledge.refresh():
                if self._knowledge.analyser.space != self._analyser.space:
                    self._end_visits()  # their pictures' vectors cannot be compared any more
                self._apply_settings()
                self._score_anew()
        except Exception as error:  # noqa: BLE001  # faces are still shown, and nobody is let in
            return error
        return None

    def _score_anew(self) -> None:
        """Let the head now in force answer for all pictures of the visits that go on."""
        former = [(visit, visit.sightings) for visit in self._tracker.visits]
        for visit, _ in former:
            visit.sightings = []  # an error on the way leaves no evidence of the head before
        head = self._knowledge.head
        for visit, sightings in former:
            vectors = [s.vector for s in sightings if s.vector is not None]
            matches = match_many(head, np.stack(vectors)) if vectors and head is not None else []
            for found in matches:
                self._knowledge.learn_of(found)
            answers = iter(matches)
            visit.sightings = [
                s if s.vector is None else replace(s, match=next(answers, None)) for s in sightings
            ]

    def _end_if_interrupted(self, frame: Frame) -> None:
        """End all visits where no picture came for long, or a recording has begun again."""
        last = self._last_frame
        if last is None or 0 <= frame.moment - last.moment <= max(self._tracker.gap, FRESH):
            return
        for visit in self._tracker.end_all():
            self._conclude(visit, last)

    def _let_nobody_in(self, seen: Sequence[_Seen], frame: Frame) -> None:
        for one in seen:
            one.decision = _FAULT
        for visit in self._tracker.visits:
            if visit.seen == frame.moment:
                visit.answer = _FAULT

    def _apply_settings(self) -> None:
        settings = self._knowledge.settings
        self._analyser = self._knowledge.analyser.with_limits(QualityLimits.from_settings(settings))
        self._tracker.gap = settings.visit_gap
        if self._liveness is not None:
            self._liveness.take(settings)
        # Two pictures of one visit resemble each other more than a probe resembles an enrolled
        # person, so what is well below the threshold is another face.
        self._tracker.agreement = max(0.3, self._knowledge.rules.threshold - 0.1)

    def _follow(self, frame: Frame) -> list[_Seen]:
        """Find the faces, join them to visits, and gather what their pictures say."""
        faces = self._analyser.detect(frame.image)[:MOST_FACES]
        visits = self._tracker.follow([face.box for face in faces], frame.moment)
        for ended in self._tracker.end(frame.moment):
            self._conclude(ended, frame)
        seen = [
            _Seen(self._analyser.describe(frame.image, face), visit)
            for face, visit in zip(faces, visits, strict=True)
        ]
        for one in seen:
            quality = one.observation.quality
            if not quality.good:
                one.visit.add(Sighting(frame.moment, quality.issues[0].reason))
        self._embed(_due(seen, frame.moment), seen, frame)
        for one in seen:
            _keep_picture(one, frame)
        if self._liveness is not None:
            followed = [visit.id for visit in self._tracker.visits]
            named = [(one.visit.id, one.observation.face) for one in seen]
            compared = [one.visit.id for one in seen if one.visit.confirmed == frame.moment]
            self._liveness.see(frame, named, followed, compared)
        return seen

    def _embed(self, due: Sequence[_Seen], seen: Sequence[_Seen], frame: Frame) -> None:
        head, threshold = self._knowledge.head, self._knowledge.rules.threshold
        matches: dict[bytes, Match] = {}

        def is_clear(vector: NDArray[np.float32]) -> bool:
            """Whether a picture's answer is far from the threshold, on either side."""
            if head is None or not np.isfinite(vector).all():
                return True
            found = matches[vector.tobytes()] = match(head, vector)
            return abs(found.similarity - threshold) >= CLEAR

        observations = self._analyser.embed([one.observation for one in due], settled=is_clear)
        for one, embedded in zip(due, observations, strict=True):
            if embedded.embedding is None or not np.isfinite(embedded.embedding.vector).all():
                raise BugError("the embedder gave no finite vector")
            vector = embedded.embedding.vector
            present = [s.visit for s in seen]
            one.visit = self._tracker.confirm(one.visit, vector, present, frame.moment)
            found = matches.get(vector.tobytes())
            if found is None and head is not None:
                found = match(head, vector)
            if found is not None:
                self._knowledge.learn_of(found)
            one.visit.add(Sighting(frame.moment, None, found, vector))
            kept = EmbeddedPicture(vector, embedded.crop, embedded.quality)
            one.visit.keep(kept, self._knowledge.rules.evidence.window)

    def _answer(self, one: _Seen, frame: Frame, *, in_front: bool) -> Decision:
        visit, knowledge = one.visit, self._knowledge
        decision = decide(visit.sightings, frame.moment, knowledge.rules, knowledge.people)
        if decision.outcome is Outcome.GRANTED and not self._is_confirmed(visit, frame):
            decision = replace(decision, outcome=Outcome.NONE, reason=Reason.CHECKING)
        if self._liveness is not None and (
            visit.granted_as != decision.person_id or self._waits_for_lock(visit)
        ):
            known = decision.outcome is Outcome.GRANTED
            decision = self._liveness.admit(decision, visit.id, frame)
            if known and decision.outcome is not Outcome.GRANTED:
                visit.answer = self._hold_back(visit, decision, frame)
                return decision
        if decision.outcome is Outcome.GRANTED:
            decision = self._grant(one, decision, frame, in_front=in_front)
        elif (
            decision.outcome is Outcome.DENIED
            and not visit.recorded
            and frame.moment - visit.began >= DENIED_AFTER
        ):
            visit.recorded = True
            self._denied(visit, decision, frame, frame.moment)
        one.visit.answer = decision
        return decision

    def _waits_for_lock(self, visit: Visit) -> bool:
        """Whether a lock will be commanded again: a picture may have taken the person's place."""
        return self._keeper is not None and self._keeper.waits_for_lock(visit.id)

    def _is_confirmed(self, visit: Visit, frame: Frame) -> bool:
        """Whether it is sure enough for a lock who stands there: somebody else may have stepped
        into the place of one who was recognised, without a picture that can be compared.
        """
        if self._keeper is None:
            return True
        confirmed = visit.confirmed
        return confirmed is not None and frame.moment - confirmed <= SETTLED_SECONDS

    def _grant(self, one: _Seen, decision: Decision, frame: Frame, *, in_front: bool) -> Decision:
        """Let in, if the door allows it and that can be written while the decision holds; once a
        visit.
        """
        if one.visit.granted_as == decision.person_id:
            return decision
        if self._keeper is not None:
            if not in_front:  # a door is opened for whom it faces, one after the other
                behind = replace(decision, outcome=Outcome.NONE, reason=Reason.CHECKING)
                return self._hold_back(one.visit, behind, frame)
            admitted = self._keeper.admit(decision, frame)
            if admitted.outcome is not Outcome.GRANTED:
                return self._hold_back(one.visit, admitted, frame)
            decision, one.visit.held_back = admitted, None
        if one.visit.recorded:
            # Denied before, or let in as somebody else: that visit has its event.
            former, one.visit = one.visit.id, self._tracker.restart(one.visit)
            if self._liveness is not None:
                self._liveness.rename(former, one.visit.id)
        visit = one.visit
        visit.picture = face_picture(frame.image, one.observation.face.box)
        written = self._recorder.granted(
            visit,
            decision,
            frame,
            self._station,
            lambda: not self._is_late() and self._knowledge.is_current(),
            evidence_of(visit, frame.moment, self._knowledge.rules, self._analyser.space),
        )
        if written == "outdated" and not self._is_late():
            self._knowledge.look_at_once()
            return Decision(Outcome.NONE, Reason.CHECKING, head=decision.head)
        if written != "written":
            return replace(decision, outcome=Outcome.DENIED, reason=Reason.FAULT)
        visit.recorded = True
        visit.granted_as = decision.person_id
        return decision

    def _hold_back(self, visit: Visit, decision: Decision, frame: Frame) -> Decision:
        """Keep out somebody who was recognised; a denial is written at once, once a visit."""
        visit.held_back = decision
        if decision.outcome is Outcome.DENIED and not visit.recorded:
            visit.recorded = True
            self._denied(visit, decision, frame, frame.moment)
        return decision

    @property
    def _station(self) -> str:
        return self._knowledge.settings.station if self._keeper is None else self._keeper.name

    def _is_late(self) -> bool:
        """Whether this frame's decision took so long that its picture says nothing any more."""
        return self._clock.monotonic() - self._began > FRESH

    def _conclude(self, visit: Visit, frame: Frame) -> None:
        """Record a visit that ended without an event."""
        if visit.recorded:
            return
        visit.recorded = True
        if visit.answer is not None and visit.answer.reason is Reason.FAULT:
            stayed = visit.seen - visit.began >= PASSING
            known = visit.answer.person_id is not None
            decision: Decision | None = visit.answer if stayed or known else None
        elif visit.held_back is not None:
            decision = replace(visit.held_back, outcome=Outcome.DENIED)
        else:
            decision = conclude(visit.sightings, self._knowledge.rules, self._knowledge.people)
        if decision is not None:
            usable = [s.moment for s in visit.sightings if s.usable]
            self._denied(visit, decision, frame, usable[-1] if usable else frame.moment)

    def _denied(self, visit: Visit, decision: Decision, frame: Frame, moment: float) -> None:
        """Record a denial that was decided at a moment."""
        evidence = evidence_of(visit, moment, self._knowledge.rules, self._analyser.space)
        self._recorder.denied(visit, decision, frame, self._station, evidence)

    def _front(self, seen: Sequence[_Seen], frame: Frame) -> _Seen | None:
        for one in seen:
            confirmed = one.visit.confirmed
            lately = confirmed is not None and frame.moment - confirmed <= FRONT_SECONDS
            if lately or one.observation.quality.good:
                return one
        return seen[0] if seen else None

    def _report(self, error: Exception | None) -> None:
        """Keep and log a trouble once; None ends it."""
        if error is None:
            if self._problem is not None:
                _log.info("recognition works again")
            self._problem, self._logged = None, ""
            return
        if repr(error) != self._logged:
            self._logged = repr(error)
            if isinstance(error, KnownError):
                _log.error("recognition lets nobody in: %s", error)
            else:
                _log.error("recognition failed, nobody is let in", exc_info=error)
        self._problem = (
            error
            if isinstance(error, KnownError)
            else KnownError(f"Recognition failed: {error!r}.", "The log tells more.")
        )


def _due(seen: Sequence[_Seen], moment: float) -> list[_Seen]:
    """Return the faces to embed now: the largest that is due, and who waited longest."""
    due = [one for one in seen if one.observation.quality.good and not _rests(one.visit, moment)]
    waited = sorted(
        due[1:],
        key=lambda one: -math.inf if one.visit.confirmed is None else one.visit.confirmed,
    )
    return [*due[:1], *waited][:MOST_EMBEDDED]


def _rests(visit: Visit, moment: float) -> bool:
    """Whether a visit has its answer and is followed so surely that it need not be embedded."""
    return (
        visit.answer is not None
        and visit.answer.outcome is not Outcome.NONE
        and visit.answer.reason is not Reason.FAULT
        and visit.confirmed is not None
        and visit.overlap >= STEADY_OVERLAP
        and visit.unconfirmed < SETTLED_EVERY
        and moment - visit.confirmed < SETTLED_SECONDS
    )


def _keep_picture(one: _Seen, frame: Frame) -> None:
    """Keep a picture for a denial: the first one, then a good one that shows clearly more."""
    worth = picture_worth(one.observation.quality)
    if one.visit.picture is None or worth > CLEARLY_MORE * one.visit.picture_worth:
        one.visit.picture = face_picture(frame.image, one.observation.face.box)
        one.visit.picture_worth = worth


def _truth(frame: Frame, box: Box) -> str | None:
    """Return who really stands where the box is, or None for a stranger or where nobody knows."""
    truths = frame.truth or ()
    best = max(truths, key=lambda truth: overlap(truth.box, box), default=None)
    return None if best is None or overlap(best.box, box) == 0.0 else best.name
