"""Where recognition asks for life: who is kept out, and with which words."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import pytest
from drawn import Frames, drawing

from faceaccess.app import App
from faceaccess.camera.drawn_people import STAFF
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame
from faceaccess.core.liveness import Liveness, Verdict
from faceaccess.core.people import Person
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.liveness_check import PATIENCE, LivenessCheck
from faceaccess.vision.liveness.passive import PassiveLiveness

KNOWN = Decision(Outcome.GRANTED, Reason.RECOGNISED, "id", "Li Wei")


class Told(PassiveLiveness):
    """Answers what it is told."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.verdict = verdict

    def answer(self, name: str, moment: float) -> Liveness:
        return Liveness(self.verdict, 0.5)


def frame(moment: float, *, still: bool = False) -> Frame:
    image = np.full((480, 640, 3), 128, np.uint8)
    return Frame(image, "door", 0, moment, datetime(2026, 1, 1, tzinfo=UTC), still=still)


FACE = Face(
    (270.0, 180.0, 100.0, 120.0),
    np.array([[290, 220], [350, 220], [320, 250], [297, 280], [343, 280]], np.float32),
    1.0,
)


def asked(verdict: Verdict, *, after: float, still: bool = False, on: bool = True) -> Decision:
    check = LivenessCheck(Told(verdict))
    check.required = on
    check.see(frame(1.0, still=still), [("visit", FACE)], ["visit"])
    return check.admit(KNOWN, "visit", frame(1.0 + after, still=still))


@pytest.mark.parametrize(
    ("verdict", "after", "outcome", "reason"),
    [
        (Verdict.LIVE, 0.5, Outcome.GRANTED, Reason.RECOGNISED),
        (Verdict.ATTACK, 0.5, Outcome.DENIED, Reason.NOT_LIVE),
        (Verdict.UNSURE, 0.5, Outcome.NONE, Reason.CHECKING),
        (Verdict.UNSURE, PATIENCE, Outcome.NONE, Reason.LIVENESS_UNSURE),
    ],
)
def test_only_a_living_face_is_let_in(
    verdict: Verdict, after: float, outcome: Outcome, reason: Reason
) -> None:
    found = asked(verdict, after=after)
    assert (found.outcome, found.reason, found.liveness) == (outcome, reason, 0.5)
    assert found.person == "Li Wei"


def test_pictures_from_files_are_not_checked_and_off_is_off() -> None:
    assert asked(Verdict.ATTACK, after=1.0, still=True) == KNOWN
    assert asked(Verdict.ATTACK, after=1.0, on=False) == KNOWN


def test_who_is_kept_out_already_stays_out() -> None:
    stranger = Decision(Outcome.DENIED, Reason.UNKNOWN)
    found = LivenessCheck(Told(Verdict.LIVE)).admit(stranger, "visit", frame(1.0))
    assert (found.outcome, found.reason) == (Outcome.DENIED, Reason.UNKNOWN)


def test_a_picture_that_does_not_move_is_not_let_in_until_the_check_is_switched_off(
    app: App, actor: Actor, enrol: Callable[..., Person], clock: ManualClock
) -> None:
    enrol(1)
    app.settings.set(actor, "liveness", "always")
    app.settings.set(actor, "challenge", "off")
    frames, recogniser = Frames(clock), app.new_recogniser()
    picture = drawing(STAFF[1], 3, seed=5)
    decisions = [recogniser.process(frames.of(picture)).decision for _ in range(50)]
    assert Outcome.GRANTED not in {d.outcome for d in decisions}
    assert decisions[-1].reason is Reason.LIVENESS_UNSURE
    recogniser.close()
    (event,) = app.store.events()
    assert (event.decision.outcome, event.decision.reason) == (
        Outcome.DENIED,
        Reason.LIVENESS_UNSURE,
    )
    app.settings.set(actor, "liveness", "off")
    again = app.new_recogniser()
    decisions = [again.process(frames.of(picture)).decision for _ in range(10)]
    again.close()
    assert decisions[-1].outcome is Outcome.GRANTED


@pytest.mark.parametrize(
    ("liveness", "opens_lock", "required"),
    [
        ("off", True, False),
        ("off", False, False),
        ("doors", True, True),
        ("doors", False, False),
        ("always", True, True),
        ("always", False, True),
    ],
)
def test_where_a_face_must_be_alive(
    liveness: Literal["off", "doors", "always"], opens_lock: bool, required: bool
) -> None:
    check = LivenessCheck(opens_lock=opens_lock)
    check.set(liveness)
    assert check.required is required
