"""The parallax of a nose: of heads that turn, and of flat, bent and folded pictures that do not."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
import pytest
from sheets import SheetPose, Shown, laid, laid_place

from faceaccess.camera.drawn_people import STAFF, STRANGERS, DrawnPerson, Pose, geometry, render
from faceaccess.core.challenges import HeadMotion, Step
from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame, Image
from faceaccess.door.challenge import BEGUN, RELIEF, TURNED
from faceaccess.vision.alignment import Points
from faceaccess.vision.liveness.head_turn import StraightView, head_motion
from faceaccess.vision.liveness.views import FaceInView, face_in, view_of


def in_view(image: Image, landmarks: Points, moment: float = 0.0) -> FaceInView:
    frame = Frame(image, "door", 0, moment, datetime(2026, 1, 1, tzinfo=UTC))
    return face_in(view_of(frame), Face((0, 0, 1, 1), np.asarray(landmarks, np.float32), 1.0))


def seen(person: DrawnPerson, pose: Pose, moment: float = 0.0, seed: int = 0) -> FaceInView:
    places = geometry(person, pose=pose).landmarks
    return in_view(render(person, pose=pose, seed=seed), places, moment)


def moved(before: FaceInView, after: FaceInView) -> HeadMotion:
    straight = StraightView.of(before)
    assert straight is not None
    motion = head_motion(straight, after)
    assert motion is not None
    return motion


POSES = {
    Step.LEFT: Pose(turn=22, eyes=0.1),
    Step.RIGHT: Pose(turn=-22, eyes=0.1),
    Step.UP: Pose(nod=22, eyes=0.1),
    Step.DOWN: Pose(nod=-22, eyes=0.1),
}


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("person", [*STAFF[::4], STRANGERS[1]], ids=lambda p: p.name)
def test_a_head_that_turns_shows_its_nose_in_that_direction_alone(
    step: Step, person: DrawnPerson
) -> None:
    motion = moved(seen(person, Pose(eyes=0.1)), seen(person, POSES[step], 1.5, seed=3))
    assert motion.moment == 1.5
    assert motion.towards(step) >= TURNED[step]
    assert motion.across(step) < BEGUN
    if step is not Step.DOWN:  # a chin that sinks shows less of a drawn nose, for some too little
        assert motion.relief(step) >= RELIEF[step]
    for other in Step:
        if other is not step:
            assert motion.relief(other) < RELIEF[other]


def test_a_head_that_is_moved_tilted_or_nearer_has_not_turned() -> None:
    person = STAFF[0]
    after = seen(person, Pose(eyes=0.12, x=0.55, y=0.4, tilt=8), seed=3)
    motion = moved(seen(person, Pose(eyes=0.1)), after)
    assert motion.most < BEGUN / 2
    assert max(abs(motion.relief_aside), abs(motion.relief_up)) < RELIEF[Step.LEFT] / 2


def test_large_faces_are_measured_like_small_ones() -> None:
    person = STAFF[1]
    found = [
        moved(seen(person, Pose(eyes=eyes)), seen(person, Pose(turn=20, eyes=eyes), seed=1))
        for eyes in (0.08, 0.22)
    ]
    assert abs(found[0].aside - found[1].aside) < 0.02
    assert abs(found[0].relief_aside - found[1].relief_aside) < 0.012


@lru_cache(maxsize=1)
def picture() -> Shown:
    pose = Pose(eyes=0.16, y=0.5)
    return Shown(render(STAFF[3], pose=pose), geometry(STAFF[3], pose=pose).landmarks)


def sheet(pose: SheetPose) -> FaceInView:
    """A picture of a face on a sheet before a grey wall."""
    wall = np.full((480, 640, 3), 160, np.uint8)
    places = [laid_place(picture(), place, pose) for place in picture().landmarks]
    return in_view(laid(wall, picture(), pose), np.array(places, np.float32))


@pytest.mark.parametrize("bend", [0.0, 0.5, 0.9])
@pytest.mark.parametrize(("turn", "nod"), [(20, 0), (-35, 0), (0, 20), (0, -30), (25, 15)])
def test_a_picture_that_is_turned_tilted_or_bent_shows_no_nose(
    bend: float, turn: float, nod: float
) -> None:
    flat = SheetPose(bend=bend)
    motion = moved(sheet(flat), sheet(replace(flat, turn=turn, nod=nod)))
    for step in Step:
        assert motion.relief(step) < RELIEF[step]


def test_a_picture_that_is_bent_more_and_more_shows_no_nose() -> None:
    motion = moved(sheet(SheetPose()), sheet(SheetPose(bend=0.9, turn=15)))
    for step in Step:
        assert motion.relief(step) < RELIEF[step]


def test_another_picture_a_small_face_and_broken_landmarks_are_not_measured() -> None:
    straight = StraightView.of(seen(STAFF[0], Pose(eyes=0.1)))
    assert straight is not None
    noise = np.random.default_rng(0).integers(0, 255, (480, 640, 3)).astype(np.uint8)
    places = geometry(STAFF[0], pose=Pose(eyes=0.1)).landmarks
    assert head_motion(straight, in_view(noise, places)) is None
    assert StraightView.of(seen(STAFF[0], Pose(eyes=0.03))) is None
    assert head_motion(straight, seen(STAFF[0], Pose(eyes=0.03))) is None
    assert head_motion(straight, in_view(noise, np.full((5, 2), np.nan))) is None
    assert StraightView.of(in_view(noise, np.full((5, 2), np.nan))) is None
    in_a_row = np.column_stack([np.linspace(200, 400, 5), np.full(5, 200.0)])
    assert head_motion(straight, in_view(noise, in_a_row)) is None
