"""Taking pictures of one person before the camera."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from drawn import Frames, beside, drawing

from faceaccess.app import App
from faceaccess.camera.drawn_people import STAFF
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import BugError
from faceaccess.core.faces import Embedding
from faceaccess.core.people import PersonDetails
from faceaccess.core.progress import run
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.guided_capture import PATIENCE, TURNED, GuidedCapture
from faceaccess.pipeline.sureness import Sureness

LI, ADA = STAFF[1], STAFF[0]


@pytest.fixture
def frames(clock: ManualClock) -> Frames:
    return Frames(clock, fps=3)


@pytest.fixture
def capture(app: App) -> GuidedCapture:
    return app.new_capture()


def test_a_person_who_looks_around_is_done(
    app: App, actor: Actor, capture: GuidedCapture, frames: Frames
) -> None:
    hints, step = [], None
    # The head goes from side to side, a little differently each time.
    for i in range(60):
        turn = (0.0, 24.0, -24.0, 12.0, -12.0)[i % 5] * (1 + 0.03 * (i // 5))
        step = capture.offer(frames.of(drawing(LI, turn, seed=i)))
        hints.append(step.sentence)
        if step.done:
            break
    assert step is not None
    assert step.done
    assert (step.count, step.wanted) == (8, 8)
    assert len(capture.observations) == 8
    assert "Turn your head a little to your left" in hints
    yaws = [one.quality.yaw for one in capture.observations]
    assert min(yaws) < -TURNED
    assert max(yaws) > TURNED
    result = run(
        app.enrolment.add_observed(
            actor, PersonDetails("Li Wei"), capture.observations, "camera Front door"
        )
    )
    assert (result.added, result.warnings) == (8, ())
    after = capture.offer(frames.of(drawing(ADA)))
    assert (after.done, after.taken, after.count) == (True, False, 8)


def test_the_same_look_is_not_taken_twice(capture: GuidedCapture, frames: Frames) -> None:
    assert capture.offer(frames.of(drawing(LI))).taken
    for seed in range(5):
        step = capture.offer(frames.of(drawing(LI, seed=seed)))
        assert not step.taken
        assert step.hint is None
        assert step.sentence.startswith(("Turn", "Look"))
    assert len(capture.observations) == 1


def test_who_cannot_turn_is_not_kept_waiting_for_ever(
    capture: GuidedCapture, frames: Frames
) -> None:
    taken = [
        capture.offer(frames.of(drawing(LI, turn, seed=seed))).taken
        for seed, turn in enumerate(np.linspace(-3, 3, 40))
    ]
    assert sum(taken) >= 3
    assert PATIENCE == 3.0


def test_one_and_the_same_picture_is_never_taken_again(
    capture: GuidedCapture, frames: Frames
) -> None:
    taken = [capture.offer(frames.of(drawing(LI))).taken for _ in range(40)]
    assert sum(taken) == 1


def test_poor_pictures_give_the_failing_measure(capture: GuidedCapture, frames: Frames) -> None:
    blurred = capture.offer(frames.of(cv2.GaussianBlur(drawing(LI), (0, 0), 6)))
    assert (blurred.taken, blurred.hint, blurred.sentence) == (False, Reason.BLURRED, "Hold still")
    far = capture.offer(frames.of(drawing(LI, eyes=0.042)))
    assert (far.hint, far.sentence) == (Reason.TOO_FAR, "Come closer")
    assert far.box is not None
    assert far.quality is not None


def test_nobody_two_people_and_somebody_else(
    capture: GuidedCapture, frames: Frames, blank: np.ndarray
) -> None:
    nobody = capture.offer(frames.of(blank))
    assert (nobody.box, nobody.taken, nobody.sentence) == (None, False, "Look into the camera")
    two = capture.offer(frames.of(beside(drawing(LI), drawing(ADA))))
    assert (two.taken, two.sentence) == (False, "Only one person in the picture, please")
    assert capture.offer(frames.of(drawing(LI))).taken
    for turn in (0.0, 15.0, -15.0):
        other = capture.offer(frames.of(drawing(ADA, turn)))
        assert (other.taken, other.sentence) == (False, "This is somebody else than before")
    assert len(capture.observations) == 1


def test_the_pictures_are_judged_as_they_are_taken(capture: GuidedCapture, frames: Frames) -> None:
    first = capture.offer(frames.of(drawing(LI)))
    assert first.sure is not None
    assert (first.sure.level, first.weakest) == ("one", None)
    step = first
    for i, turn in enumerate((24.0, -24.0, 12.0, -12.0) * 3):
        step = capture.offer(frames.of(drawing(LI, turn, seed=i)))
    assert step.sure is not None
    assert set(step.sure.similarities) == {str(n) for n in range(step.count)}
    # Held out, drawings of one person are like each other, and no stranger's.
    assert step.sure.level in {"fair", "sure"}
    assert step.sure.recognised == step.count


def test_the_direction_that_is_least_like_the_others_is_asked_for(app: App, frames: Frames) -> None:
    def judge(pictures: Sequence[Embedding]) -> Sureness:
        """Say that the second picture, which was turned to one side, is unlike all others."""
        values = {str(n): 0.3 if n == 1 else 0.9 for n in range(len(pictures))}
        return Sureness("unsure", values if len(pictures) > 1 else {}, 0.5)

    capture = GuidedCapture(app.analyser(), threshold=0.5, wanted=12, sureness=judge)
    steps = [
        capture.offer(frames.of(drawing(LI, turn, seed=n)))
        for n, turn in enumerate((0.0, 24.0, -24.0))
    ]
    assert [step.taken for step in steps] == [True, True, True]
    yaw = capture.observations[1].quality.yaw
    assert abs(yaw) >= TURNED
    assert steps[-1].weakest == ("left" if yaw > 0 else "right")
    assert steps[-1].sentence == f"Turn your head a little to your {steps[-1].weakest}"


def test_pictures_are_not_taken_faster_than_a_person_moves(app: App, clock: ManualClock) -> None:
    capture, fast = app.new_capture(wanted=3), Frames(clock, fps=30)
    taken = [
        capture.offer(fast.of(drawing(LI, turn))).taken for turn in (0.0, 20.0, -20.0, 10.0, -10.0)
    ]
    assert taken == [True, False, False, False, False]


def test_a_number_that_makes_no_sense(app: App) -> None:
    with pytest.raises(BugError):
        app.new_capture(wanted=0)
