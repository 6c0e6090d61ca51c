"""Challenges before a camera: drawn people who obey, who do something else, and pictures."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import numpy as np
import pytest
from drawn import Frames, drawing

from faceaccess.app import App
from faceaccess.camera.drawn import DrawnPeopleSource
from faceaccess.camera.drawn_obedience import ORDERS, ObedientHead
from faceaccess.camera.drawn_people import STAFF, DrawnPerson, Pose, geometry, render
from faceaccess.camera.recordings import VideoFile
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame, Image
from faceaccess.core.liveness import Liveness, Verdict
from faceaccess.core.people import Person
from faceaccess.core.reasons import Reason
from faceaccess.core.settings import Settings
from faceaccess.door.challenge import FIRST_PAUSE, MOST_CHALLENGES
from faceaccess.pipeline.door_camera import DoorCamera
from faceaccess.pipeline.head_challenges import PASSED_SECONDS, HeadChallenges
from faceaccess.pipeline.liveness_check import LivenessCheck
from faceaccess.vision.liveness.passive import PassiveLiveness

KNOWN = Decision(Outcome.GRANTED, Reason.RECOGNISED, "id", "Li Wei")
UNKNOWN = Decision(Outcome.DENIED, Reason.UNKNOWN)
WHO = STAFF[1]
FPS = 15.0


class Scene:
    """A face before a camera that gives 15 pictures a second, without recognition."""

    def __init__(self, challenges: HeadChallenges, who: DrawnPerson = WHO) -> None:
        self.challenges, self.who = challenges, who
        self.number = 0
        self.heard: list[Reason] = []

    @property
    def moment(self) -> float:
        return self.number / FPS

    def show(
        self, aside: float, up: float, *, decision: Decision = KNOWN, compared: bool = True
    ) -> Decision:
        """Show a head, and return what is said."""
        pose = Pose(turn=round(2 * aside) / 2, nod=round(2 * up) / 2, eyes=0.1)
        frame = self.frame(render(self.who, width=480, height=360, pose=pose, seed=0))
        where = geometry(self.who, width=480, height=360, pose=pose)
        face = Face(where.box, where.landmarks, 1.0)
        self.challenges.see(frame, [("visit", face)], ["visit"] if compared else [])
        ask = self.challenges.admit if decision.outcome is Outcome.GRANTED else None
        said = (ask or self.challenges.asking)(decision, "visit", frame)
        if not self.heard or self.heard[-1] is not said.reason:
            self.heard.append(said.reason)
        return said

    def frame(self, image: Image) -> Frame:
        self.number += 1
        return Frame(image, "door", self.number, self.moment, datetime(2026, 1, 1, tzinfo=UTC))

    def obeyed(self, seed: int, *, seconds: float = 6.0) -> Decision:
        """Let somebody obey until they are let in or refused, and return what is said then."""
        head = ObedientHead(np.random.default_rng(seed))
        end = self.moment + seconds
        said = self.show(0, 0)
        while said.outcome is Outcome.NONE and self.moment < end:
            head.hear(said.reason, self.moment)
            said = self.show(*head.at(self.moment))
        return said


def test_somebody_who_obeys_is_let_in_and_was_told_each_step() -> None:
    scene = Scene(HeadChallenges(Random(5)))
    said = scene.obeyed(seed=1)
    assert said == KNOWN
    asked = [reason for reason in scene.heard if reason is not Reason.LOOK_STRAIGHT]
    assert asked[-1] is Reason.RECOGNISED
    assert len(asked) == 3
    assert set(asked[:2]) <= ORDERS
    assert scene.moment < 4.5
    assert scene.show(0, 0) == KNOWN  # a second factor may still be awaited


def test_a_pass_does_not_count_for_ever_nor_for_another_person() -> None:
    scene = Scene(HeadChallenges(Random(5)))
    assert scene.obeyed(seed=1) == KNOWN
    other = replace(KNOWN, person_id="other", person="Ada")
    assert scene.show(0, 0, decision=other).outcome is Outcome.NONE
    scene = Scene(HeadChallenges(Random(5)))
    assert scene.obeyed(seed=1) == KNOWN
    scene.number += round(PASSED_SECONDS * FPS) + 1
    assert scene.show(0, 0).reason is Reason.LOOK_STRAIGHT


def test_the_first_order_waits_for_a_head_that_looks_straight() -> None:
    scene = Scene(HeadChallenges(Random(5)))
    for _ in range(8):
        assert scene.show(40, 0).reason is Reason.LOOK_STRAIGHT
    assert {scene.show(0, 0).reason for _ in range(8)} & ORDERS - {Reason.LOOK_STRAIGHT}


def test_a_still_face_fails_waits_and_is_refused_after_some_challenges() -> None:
    scene = Scene(HeadChallenges(Random(5)))
    for count in range(MOST_CHALLENGES):
        said = scene.show(0, 0)
        while said.outcome is Outcome.NONE:
            said = scene.show(0, 0)
        assert (said.outcome, said.reason) == (Outcome.DENIED, Reason.CHALLENGE_FAILED)
        scene.number += round(FIRST_PAUSE * 2**count * FPS)
    assert {scene.show(0, 0).reason for _ in range(20)} == {Reason.CHALLENGE_FAILED}


def test_pauses_go_on_when_the_face_comes_again() -> None:
    scene = Scene(HeadChallenges(Random(5)))
    while scene.show(0, 0).outcome is Outcome.NONE:
        pass
    scene.challenges.keep([])
    assert scene.show(0, 0).reason is Reason.CHALLENGE_FAILED


def test_who_leaves_in_a_challenge_has_failed_it() -> None:
    scene = Scene(HeadChallenges(Random(5)))
    while scene.challenges.under_way("visit") is None:
        scene.show(0, 0)
    scene.challenges.keep([])
    assert scene.show(0, 0).reason is Reason.CHALLENGE_FAILED


def test_pictures_of_a_turned_head_do_not_break_off_a_challenge_but_a_refusal_does() -> None:
    scene = Scene(HeadChallenges(Random(5)))
    while scene.challenges.under_way("visit") is None:
        scene.show(0, 0)
    asked = scene.show(0, 0).reason
    said = scene.show(0, 0, decision=UNKNOWN)
    assert (said.outcome, said.reason, said.person) == (Outcome.NONE, asked, "Li Wei")
    inactive = Decision(Outcome.DENIED, Reason.INACTIVE, "id", "Li Wei")
    assert scene.show(0, 0, decision=inactive) == inactive


def test_another_face_in_the_middle_of_it_fails() -> None:
    scene = Scene(HeadChallenges(Random(5)))
    while scene.challenges.under_way("visit") is None:
        scene.show(0, 0)
    other = replace(KNOWN, person_id="other", person="Ada")
    scene.show(0, 0, decision=other)
    assert scene.show(0, 0).reason is Reason.CHALLENGE_FAILED


def test_a_face_that_is_not_compared_is_lost() -> None:
    scene = Scene(HeadChallenges(Random(5)))
    while scene.challenges.under_way("visit") is None:
        scene.show(0, 0)
    said = [scene.show(0, 0, compared=False).reason for _ in range(round(FPS * 0.8))]
    assert said[-1] is Reason.CHALLENGE_FAILED


def test_too_few_pictures_are_nobodys_failure() -> None:
    scene = Scene(HeadChallenges(Random(5)))
    while scene.challenges.under_way("visit") is None:
        scene.show(0, 0)
    scene.number += round(1.0 * FPS)
    assert scene.show(0, 0).reason is Reason.LOOK_STRAIGHT  # and begins anew
    assert scene.challenges.under_way("visit") is None
    while scene.challenges.under_way("visit") is None:
        assert scene.show(0, 0).outcome is Outcome.NONE


def test_three_pictures_a_second_are_enough_to_begin() -> None:
    scene = Scene(HeadChallenges(Random(5)))
    said = []
    for _ in range(3):
        said.append(scene.show(0, 0).reason)
        scene.number += 4
    assert said[0] is Reason.LOOK_STRAIGHT
    assert said[1] in ORDERS - {Reason.LOOK_STRAIGHT}


def test_only_the_face_in_front_is_challenged() -> None:
    challenges = HeadChallenges(Random(5))
    scene = Scene(challenges)
    where = geometry(WHO, width=480, height=360)
    face = Face(where.box, where.landmarks, 1.0)
    for _ in range(12):
        frame = scene.frame(render(WHO, width=480, height=360))
        challenges.see(frame, [("front", face), ("behind", face)], ["front", "behind"])
        said = challenges.admit(KNOWN, "behind", frame)
    assert said.reason is Reason.CHECKING
    assert challenges.under_way("behind") is None


class Told(PassiveLiveness):
    """Answers what it is told."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.verdict = verdict

    def answer(self, name: str, moment: float) -> Liveness:
        return Liveness(self.verdict, 0.5)


def door(app: App, clock: ManualClock) -> Callable[[float, float], Decision]:
    """Return what a door says of a head that is turned, with recognition."""
    check = LivenessCheck(Told(Verdict.UNSURE), HeadChallenges(Random(4)))
    recogniser, frames = app.new_recogniser(liveness=check), Frames(clock, fps=FPS)

    def shown(aside: float, up: float) -> Decision:
        pose = Pose(turn=round(2 * aside) / 2, nod=round(2 * up) / 2, eyes=0.12)
        image = render(WHO, pose=pose, seed=0)
        return recogniser.process(frames.of(image)).decision

    return shown


def obeying(
    shown: Callable[[float, float], Decision], clock: ManualClock, seed: int, seconds: float = 9.0
) -> list[Decision]:
    head, said = ObedientHead(np.random.default_rng(seed)), [shown(0, 0)]
    end = clock.monotonic() + seconds
    while said[-1].outcome is not Outcome.GRANTED and clock.monotonic() < end:
        head.hear(said[-1].reason, clock.monotonic())
        said.append(shown(*head.at(clock.monotonic())))
    return said


def test_a_door_lets_in_who_obeys_and_names_them_all_the_while(
    app: App, actor: Actor, enrol: Callable[..., Person], clock: ManualClock
) -> None:
    enrol(1)
    app.settings.set(actor, "liveness", "always")
    shown = door(app, clock)
    said = obeying(shown, clock, seed=4)
    assert said[-1].outcome is Outcome.GRANTED
    during = [d for d in said if d.reason in ORDERS]
    assert {d.person for d in during} == {WHO.name}
    assert {d.outcome for d in said[:-1]} == {Outcome.NONE}
    (event,) = app.store.events()
    assert event.decision.outcome is Outcome.GRANTED


def test_an_attack_that_is_seen_refuses_whatever_the_challenge_says() -> None:
    told, challenges = Told(Verdict.UNSURE), HeadChallenges(Random(5))
    check, scene = LivenessCheck(told, challenges), Scene(challenges)
    assert scene.obeyed(seed=1) == KNOWN
    frame = Frame(render(WHO), "door", 0, scene.moment, datetime(2026, 1, 1, tzinfo=UTC))
    assert check.admit(KNOWN, "visit", frame).outcome is Outcome.GRANTED
    told.verdict = Verdict.ATTACK
    said = check.admit(KNOWN, "visit", frame)
    assert (said.outcome, said.reason) == (Outcome.DENIED, Reason.NOT_LIVE)


@pytest.mark.parametrize(
    ("challenge", "verdict", "reason"),
    [
        ("off", Verdict.LIVE, Reason.RECOGNISED),
        ("off", Verdict.UNSURE, Reason.LIVENESS_UNSURE),
        ("unsure", Verdict.LIVE, Reason.RECOGNISED),
        ("always", Verdict.LIVE, Reason.CHALLENGE_FAILED),
        ("unsure", Verdict.UNSURE, Reason.CHALLENGE_FAILED),
    ],
)
def test_when_somebody_is_challenged_is_a_setting(
    challenge: str, verdict: Verdict, reason: Reason
) -> None:
    check = LivenessCheck(Told(verdict), HeadChallenges(Random(5)))
    check.take(Settings(challenge=challenge))  # type: ignore[arg-type]  # one of its values
    where = geometry(WHO, width=480, height=360)
    face, image = Face(where.box, where.landmarks, 1.0), render(WHO, width=480, height=360)
    for number in range(50):
        frame = Frame(image, "door", number, 0.1 * number, datetime(2026, 1, 1, tzinfo=UTC))
        check.see(frame, [("visit", face)], ["visit"], ["visit"])
        said = check.admit(KNOWN, "visit", frame)
        if said.reason is reason and number > 20:
            break
    assert said.reason is reason


def test_once_challenged_nothing_else_shows_somebody_alive() -> None:
    told = Told(Verdict.UNSURE)
    check = LivenessCheck(told, HeadChallenges(Random(5)))
    where = geometry(WHO, width=480, height=360)
    face, image = Face(where.box, where.landmarks, 1.0), render(WHO, width=480, height=360)
    said = KNOWN
    for number in range(60):
        frame = Frame(image, "door", number, 0.1 * number, datetime(2026, 1, 1, tzinfo=UTC))
        check.see(frame, [("visit", face)], ["visit"], ["visit"])
        said = check.admit(KNOWN, "visit", frame)
        if said.reason in ORDERS:
            told.verdict = Verdict.LIVE
        assert said.outcome is not Outcome.GRANTED
    assert told.verdict is Verdict.LIVE


def test_the_picture_of_somebody_enrolled_is_challenged_and_kept_out(
    app: App, actor: Actor, enrol: Callable[..., Person], clock: ManualClock
) -> None:
    enrol(1)
    app.settings.set(actor, "liveness", "always")
    frames, recogniser = Frames(clock, fps=8.0), app.new_recogniser()
    picture = drawing(STAFF[1], 3, seed=5)
    said = [recogniser.process(frames.of(picture)).decision for _ in range(34)]
    recogniser.close()
    assert Outcome.GRANTED not in {d.outcome for d in said}
    assert said[-1].reason is Reason.CHALLENGE_FAILED
    (event,) = app.store.events()
    assert (event.decision.outcome, event.decision.reason) == (
        Outcome.DENIED,
        Reason.CHALLENGE_FAILED,
    )


def test_drawn_people_hear_what_a_door_says_and_other_cameras_need_not() -> None:
    drawn = DrawnPeopleSource("demo:?seed=3", ManualClock(), as_fast_as_it_goes=True)
    drawn.open()
    door = DoorCamera(drawn, ManualClock())
    boxes = []
    for number in range(110):
        if number == 60:
            door.tell(Reason.TURN_LEFT)
        frame = drawn.read()
        assert frame is not None
        boxes.append(frame.truth)
    drawn.close()
    assert len({b[0].box for b in boxes[100:] if b}) == 1  # turned, and waiting
    film = VideoFile(Path("none.mp4"), ManualClock(), name="film")
    DoorCamera(film, ManualClock()).tell(Reason.TURN_LEFT)
