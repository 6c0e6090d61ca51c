"""A guided attack test: when an attempt begins and ends, how it is judged, and what is reported."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from faceaccess.app import App
from faceaccess.camera.open import open_source
from faceaccess.camera.reader import read_all
from faceaccess.core.actors import Actor
from faceaccess.core.attack_tests import (
    INSTRUCTIONS,
    Attempt,
    AttemptOutcome,
    PresentationKind,
    Variation,
)
from faceaccess.core.decisions import Decision, FrameResult, Outcome, TrackedFace
from faceaccess.core.errors import BugError
from faceaccess.core.frames import Frame
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.attack_test import (
    EMPTY,
    GONE,
    AskedOfAll,
    AttackTest,
    AttemptStep,
    Phase,
    figures,
    variation_of,
)
from faceaccess.pipeline.liveness_check import LivenessCheck

ACTOR = Actor("Ana", "command line")
UNKNOWN = Decision(Outcome.DENIED, Reason.UNKNOWN)
KNOWN = Decision(Outcome.GRANTED, Reason.RECOGNISED, "id", "Li Wei")
STEP = 0.1
"""Seconds between two frames."""

LIVE = (Outcome.GRANTED, Reason.RECOGNISED)
ATTACK = (Outcome.DENIED, Reason.NOT_LIVE)
UNSURE = (Outcome.NONE, Reason.LIVENESS_UNSURE)


class Before:
    """A recogniser before which stands what it is told: nobody, or a face."""

    def __init__(self) -> None:
        self.face: Decision | None = None
        self.closed = 0

    def process(self, frame: Frame) -> FrameResult:
        seen = () if self.face is None else (self.face,)
        faces = tuple(TrackedFace("visit", (1.0, 2.0, 3.0, 4.0), one) for one in seen)
        decision = self.face or Decision(Outcome.NONE, Reason.NOBODY)
        front = None if self.face is None else "visit"
        return FrameResult(frame.number, frame.time, "door", faces, decision, front)

    def close(self) -> None:
        self.closed += 1


class Scene:
    """A test before a made-up camera of ten frames a second."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.before = Before()
        self.says = UNSURE
        self.made = 0
        self.number = 0

        def said(check: LivenessCheck, decision: Decision, visit: str, frame: Frame) -> Decision:
            outcome, reason = self.says
            return Decision(outcome, reason, decision.person_id, liveness=0.5)

        def made(check: LivenessCheck) -> Before:
            assert isinstance(check, AskedOfAll)
            self.made += 1
            return self.before

        monkeypatch.setattr(LivenessCheck, "admit", said)
        self.test = AttackTest(made, seconds=5.0)  # type: ignore[arg-type]  # only what the test calls

    def frames(self, seconds: float) -> AttemptStep:
        """Go on for so long, at most to the attempt's end."""
        for _ in range(round(seconds / STEP)):
            moment = self.number * STEP
            image = np.zeros((48, 64, 3), np.uint8)
            now = datetime(2026, 1, 1, tzinfo=UTC)
            step = self.test.offer(Frame(image, "door", self.number, moment, now))
            self.number += 1
            if step.attempt is not None:
                break
        return step

    def ready(self, kind: PresentationKind) -> None:
        self.before.face = None
        self.test.begin(kind, Variation.STILL)
        assert self.frames(EMPTY + 2 * STEP).phase is Phase.READY


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


def test_an_attempt_waits_until_the_doorway_was_empty_and_begins_with_a_face(scene: Scene) -> None:
    scene.before.face = UNKNOWN
    scene.test.begin(PresentationKind.PRINT, Variation.STILL)
    assert scene.frames(8.0).phase is Phase.CLEARING  # somebody is there all the time
    scene.before.face = None
    step = scene.frames(EMPTY - 3 * STEP)
    assert step.phase is Phase.CLEARING
    assert step.left is not None
    assert step.left == pytest.approx(4 * STEP)
    assert scene.frames(0.5).phase is Phase.READY
    assert scene.frames(20.0).phase is Phase.READY  # it takes its time
    scene.before.face = UNKNOWN
    step = scene.frames(STEP)
    assert (step.phase, step.left, step.box) == (Phase.RUNNING, 5.0, (1.0, 2.0, 3.0, 4.0))
    assert step.reason is Reason.LIVENESS_UNSURE  # as if the face were enrolled


def test_an_attack_that_is_taken_for_a_person_ends_so_and_is_an_opening_where_recognised(
    scene: Scene,
) -> None:
    scene.ready(PresentationKind.PHONE)
    scene.before.face, scene.says = KNOWN, LIVE
    ended = scene.frames(5.0).attempt
    assert ended == Attempt(
        PresentationKind.PHONE, Variation.STILL, AttemptOutcome.LET_IN, 0.0, recognised=True
    )


def test_a_face_that_is_not_enrolled_counts_for_liveness_but_opens_nothing(scene: Scene) -> None:
    scene.ready(PresentationKind.PHONE)
    scene.before.face, scene.says = UNKNOWN, LIVE
    ended = scene.frames(5.0).attempt
    assert ended is not None
    assert (ended.outcome, ended.recognised) == (AttemptOutcome.LET_IN, False)


def test_a_refused_attack_is_tried_until_the_time_is_over(scene: Scene) -> None:
    scene.ready(PresentationKind.TABLET)
    scene.before.face, scene.says = KNOWN, ATTACK
    assert scene.frames(4.5).attempt is None
    ended = scene.frames(1.0).attempt
    assert ended is not None
    assert ended.outcome is AttemptOutcome.REFUSED


def test_an_attack_that_is_let_in_after_it_was_refused_is_let_in(scene: Scene) -> None:
    scene.ready(PresentationKind.TABLET)
    scene.before.face, scene.says = KNOWN, ATTACK
    scene.frames(2.0)
    scene.says = LIVE
    ended = scene.frames(1.0).attempt
    assert ended is not None
    assert ended.outcome is AttemptOutcome.LET_IN


def test_a_person_who_is_taken_for_a_picture_is_refused_at_once(scene: Scene) -> None:
    scene.ready(PresentationKind.BONA_FIDE)
    scene.before.face, scene.says = KNOWN, ATTACK
    ended = scene.frames(STEP).attempt
    assert ended is not None
    assert ended.outcome is AttemptOutcome.REFUSED


def test_who_leaves_too_early_was_unsure_and_who_never_came_is_not_counted(scene: Scene) -> None:
    scene.ready(PresentationKind.MASK)
    scene.before.face = KNOWN
    scene.frames(1.0)
    scene.before.face = None
    ended = scene.frames(GONE + 3 * STEP).attempt
    assert ended is not None
    assert ended.outcome is AttemptOutcome.UNSURE
    assert ended.seconds == pytest.approx(0.9)
    scene.ready(PresentationKind.MASK)
    never = scene.test.finish().attempt
    assert never is not None
    assert never.outcome is AttemptOutcome.NO_FACE
    (counted,) = figures(scene.test.attempts)
    assert (counted.counted, counted.unsure) == (1, 1)


def test_a_recording_begins_with_its_first_face_and_with_a_recogniser_of_its_own(
    scene: Scene,
) -> None:
    for _ in range(2):
        scene.test.begin(PresentationKind.PRINT, recorded=True)
        scene.before.face = KNOWN
        assert scene.frames(STEP).phase is Phase.RUNNING
        scene.test.finish()
    assert scene.made == 2
    scene.test.close()
    assert scene.before.closed == 2


def test_attempts_before_one_camera_share_what_is_known_of_the_doorway(scene: Scene) -> None:
    scene.ready(PresentationKind.PRINT)
    scene.test.finish()
    scene.ready(PresentationKind.PRINT)
    assert scene.made == 1


def test_a_frame_or_an_end_without_an_attempt_is_a_fault(scene: Scene) -> None:
    with pytest.raises(BugError):
        scene.frames(STEP)
    with pytest.raises(BugError):
        scene.test.finish()
    scene.test.begin(PresentationKind.PRINT)
    scene.test.drop()
    assert scene.test.attempts == []


def test_figures_are_counted_by_kind_with_exact_intervals() -> None:
    def some(kind: PresentationKind, *outcomes: AttemptOutcome) -> Iterator[Attempt]:
        for outcome in outcomes:
            yield Attempt(kind, Variation.STILL, outcome, 1.0, recognised=True)

    refused, let_in = AttemptOutcome.REFUSED, AttemptOutcome.LET_IN
    unsure, no_face = AttemptOutcome.UNSURE, AttemptOutcome.NO_FACE
    attempts = [
        *some(PresentationKind.PHONE, let_in, refused, unsure, no_face, refused),
        *some(PresentationKind.BONA_FIDE, let_in, let_in, refused),
        *some(PresentationKind.MASK, no_face),
        *some(PresentationKind.PRINT, *[refused] * 10),
    ]
    person, paper, phone, mask = figures(attempts)
    assert (person.kind, person.counted, person.wrong, person.opened) == (
        PresentationKind.BONA_FIDE,
        3,
        1,
        0,
    )
    assert (phone.counted, phone.let_in, phone.refused, phone.unsure) == (4, 1, 2, 1)
    assert (phone.wrong, phone.opened) == (1, 1)
    assert (mask.counted, mask.interval) == (0, None)
    assert paper.interval is not None
    # 0 of 10: 1 - 0.025 ** (1 / 10)
    assert paper.interval == pytest.approx((0.0, 0.3085), abs=1e-4)


def test_a_report_is_kept_and_says_what_was_not_tried(scene: Scene, app: App) -> None:
    scene.ready(PresentationKind.PRINT)
    scene.before.face = KNOWN
    scene.frames(10.0)
    kept = app.attack_reports.keep("Front door", ACTOR, scene.test.attempts)
    assert kept.actor == "Ana (command line)"
    assert kept.not_tried == (
        PresentationKind.BONA_FIDE,
        PresentationKind.PHONE,
        PresentationKind.TABLET,
        PresentationKind.MASK,
    )
    later = app.attack_reports.keep("Yard", ACTOR, [])
    assert app.attack_reports.all() == [later, kept]


def test_every_attempt_has_an_instruction() -> None:
    assert len(INSTRUCTIONS) == len(PresentationKind) * len(Variation)
    assert {variation_of(number) for number in range(5)} == set(Variation)
    assert variation_of(5) is variation_of(0)


@pytest.mark.parametrize(
    ("clip", "kind", "outcome"),
    [
        ("desk-live.mp4", PresentationKind.BONA_FIDE, AttemptOutcome.LET_IN),
        ("desk-phone-replay.mp4", PresentationKind.PHONE, AttemptOutcome.REFUSED),
    ],
)
def test_real_recordings(
    evaluation_data: Callable[[str], Path],
    app: App,
    clip: str,
    kind: PresentationKind,
    outcome: AttemptOutcome,
) -> None:
    test = app.new_attack_test()
    test.begin(kind, recorded=True)
    source = open_source(str(evaluation_data("video") / clip), app.clock, as_fast_as_it_goes=True)
    steps = (test.offer(frame).attempt for frame in read_all(source))
    ended = next((attempt for attempt in steps if attempt is not None), None)
    if ended is None:
        ended = test.finish().attempt
    test.close()
    assert ended is not None
    assert (ended.outcome, ended.recognised) == (outcome, False)  # nobody is enrolled
