"""Passive liveness on drawn people, and on flat pictures of them that are held before a camera."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

import cv2
import numpy as np
import pytest

from faceaccess.camera.drawn_look import Light, Pose
from faceaccess.camera.drawn_people import STAFF, geometry, render
from faceaccess.camera.drawn_render import lay_over
from faceaccess.camera.drawn_scene import doorway
from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame, Image
from faceaccess.core.liveness import UNSURE, Verdict
from faceaccess.vision.liveness.measures import Measures
from faceaccess.vision.liveness.passive import (
    ATTACK_WINDOWS,
    DOUBTFUL_WINDOWS,
    LATELY,
    LIVE_SECONDS,
    LIVE_WINDOWS,
    PassiveLiveness,
    judged,
)
from faceaccess.vision.liveness.silhouette import Silhouette
from faceaccess.vision.liveness.whole_view import ViewMotion

LI = STAFF[1]
LIGHT = Light(1.0, 0.0, 0.1)
RATE = 12.5
PERSON = Silhouette((1.2, 1.2), (2.6, 2.6), (4.0, 4.0), 0.7, 3.5)
RECTANGLE = replace(PERSON, body=(1.2, 1.2), crown=1.0)
STILL = Measures(0.0, 0.1, 30, -0.9, 1.0, 2, 0.05, 0.0, ViewMotion(0.0, 0.0), None, PERSON)
"""A window that speaks for life."""

Shown = Iterator[tuple[Image, Face | None]]


def face_at(pose: Pose) -> Face:
    found = geometry(LI, pose=pose)
    return Face(found.box, np.asarray(found.landmarks, np.float32), 1.0)


def swaying(second: float, amount: float = 1.0) -> Pose:
    """Somebody who stands and moves a little."""
    return Pose(
        turn=6 * amount * math.sin(2.1 * second),
        eyes=0.1 * (1 + 0.01 * amount * math.sin(2.7 * second)),
        x=0.5 + 0.01 * amount * math.sin(1.9 * second),
        y=0.42 + 0.004 * amount * math.sin(3.5 * second),
    )


def person(behind: Image, random: np.random.Generator, amount: float = 1.0) -> Shown:
    for step in range(30):
        pose = swaying(step / RATE, amount)
        image = behind.copy()
        lay_over(image, LI, pose, LIGHT)
        yield noisy(image, random), face_at(pose)


def held(behind: Image, random: np.random.Generator, pixels: float, *, film: bool) -> Shown:
    """A sheet with a picture of somebody, or a screen with a film, in an unquiet hand."""
    for step in range(30):
        second = step / RATE
        pose = swaying(second if film else 0.0)
        shown = cv2.resize(render(LI, pose=pose, seed=3), (480, 360))
        sheet = np.full((380, 500, 3), 245, np.uint8)
        sheet[10:370, 10:490] = shown
        dx, dy = pixels * math.sin(3 * second), pixels * math.sin(4.1 * second + 1)
        place = np.array([[1.0, 0.0, 70 + dx], [0.0, 1.0, 60 + dy]])
        image = behind.copy()
        cv2.warpAffine(sheet, place, (640, 480), dst=image, borderMode=cv2.BORDER_TRANSPARENT)
        points = face_at(pose).landmarks * 0.75 + np.array([80 + dx, 70 + dy], np.float32)
        x, y = points.min(axis=0) - 25
        face = Face((float(x), float(y), 110.0, 130.0), points.astype(np.float32), 1.0)
        yield noisy(image, random), face


def empty(behind: Image, random: np.random.Generator) -> Shown:
    for _ in range(90):
        yield noisy(behind, random), None


def noisy(image: Image, random: np.random.Generator) -> Image:
    return np.clip(image + random.normal(0, 1.5, image.shape), 0, 255).astype(np.uint8)


class Camera:
    """Shows pictures to passive liveness, one after the other."""

    def __init__(self) -> None:
        self.passive = PassiveLiveness()
        self.moment = 0.0
        self.verdicts: list[Verdict] = []

    def show(self, shown: Shown) -> Verdict:
        """Show pictures and return the last answer."""
        for image, face in shown:
            self.moment += 1 / RATE
            frame = Frame(image, "door", 0, self.moment, datetime(2026, 1, 1, tzinfo=UTC))
            self.passive.see(frame, [] if face is None else [("visit", face)])
            self.verdicts.append(self.passive.answer("visit", self.moment).verdict)
        return self.verdicts[-1]


@pytest.fixture
def camera() -> Camera:
    return Camera()


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(5)


DOORWAY = doorway(640, 480)
BARE = np.full((480, 640, 3), 150, np.uint8)


def test_somebody_who_moves_before_a_doorway_is_alive(
    camera: Camera, random: np.random.Generator
) -> None:
    camera.show(person(DOORWAY, random))
    assert Verdict.LIVE in camera.verdicts
    assert Verdict.ATTACK not in camera.verdicts
    answer = camera.passive.answer("visit", camera.moment)
    assert answer.measure is not None
    assert 0.8 < answer.measure <= 1.0


def test_also_where_the_doorway_was_seen_empty_before(
    camera: Camera, random: np.random.Generator
) -> None:
    camera.show(empty(DOORWAY, random))
    camera.show(person(DOORWAY, random))
    assert Verdict.LIVE in camera.verdicts
    windows = camera.passive.windows("visit")
    assert all(w.replaced is not None and w.replaced < 0.5 for w in windows)


@pytest.mark.parametrize("film", [False, True])
@pytest.mark.parametrize("pixels", [2.0, 6.0])
def test_a_held_picture_or_film_is_never_alive(
    camera: Camera, random: np.random.Generator, pixels: float, *, film: bool
) -> None:
    camera.show(held(DOORWAY, random, pixels, film=film))
    assert Verdict.LIVE not in camera.verdicts
    if not film:
        assert camera.verdicts[-1] is Verdict.ATTACK


def test_what_was_put_before_the_empty_doorway_is_noticed(
    camera: Camera, random: np.random.Generator
) -> None:
    camera.show(empty(DOORWAY, random))
    camera.show(held(DOORWAY, random, 0.0, film=True))  # a screen that stands still
    assert Verdict.LIVE not in camera.verdicts
    windows = camera.passive.windows("visit")
    assert windows
    assert all(w.replaced is not None and w.replaced >= 0.5 for w in windows)


def test_a_screen_that_was_left_there_for_half_a_minute_is_not_the_empty_doorway(
    camera: Camera, random: np.random.Generator
) -> None:
    camera.show(empty(DOORWAY, random))
    dark = DOORWAY.copy()
    dark[60:440, 70:570] = 20
    for shown in islice(empty(dark, random), 60):
        camera.moment += 0.5
        camera.show(iter([shown]))
    camera.show(held(DOORWAY, random, 0.0, film=True))
    assert Verdict.LIVE not in camera.verdicts
    made = camera.passive.windows("visit")
    assert made
    assert all(w.presence is not None and not w.presence.round for w in made)


def test_a_screen_whose_lower_rim_is_out_of_view_is_no_doorway_that_was_not_seen_empty(
    camera: Camera, random: np.random.Generator
) -> None:
    def mounted() -> Shown:
        for image, face in person(DOORWAY, random):
            framed = np.full((480, 640, 3), 90, np.uint8)
            framed[:, 130:510] = image[:, 130:510]
            yield framed, face

    camera.show(mounted())
    assert Verdict.LIVE not in camera.verdicts
    assert all(w.framed for w in camera.passive.windows("visit"))


def test_who_does_not_move_is_not_known_to_be_alive(
    camera: Camera, random: np.random.Generator
) -> None:
    camera.show(person(DOORWAY, random, amount=0.0))
    assert set(camera.verdicts) == {Verdict.UNSURE}


def test_before_a_bare_wall_nobody_can_be_measured(
    camera: Camera, random: np.random.Generator
) -> None:
    camera.show(person(BARE, random))
    assert set(camera.verdicts) == {Verdict.UNSURE}


def test_a_camera_that_moves_tells_nothing_for_life(
    camera: Camera, random: np.random.Generator
) -> None:
    def shaken() -> Shown:
        for step, (image, face) in enumerate(person(DOORWAY, random)):
            assert face is not None
            dx = 6.0 * math.sin(3 * step / RATE)
            moved = cv2.warpAffine(
                image,
                np.array([[1.0, 0, dx], [0, 1.0, 0]]),
                (640, 480),
                borderMode=cv2.BORDER_REPLICATE,
            )
            points = face.landmarks + np.array([dx, 0], np.float32)
            yield np.asarray(moved, np.uint8), replace(face, landmarks=points)

    camera.show(shaken())
    assert Verdict.LIVE not in camera.verdicts


def test_a_visit_that_goes_on_under_another_name_keeps_its_answer(
    camera: Camera, random: np.random.Generator
) -> None:
    camera.show(person(DOORWAY, random))
    camera.passive.rename("visit", "later")
    assert camera.passive.answer("later", camera.moment).verdict is Verdict.LIVE
    assert camera.passive.answer("visit", camera.moment) == UNSURE
    camera.passive.keep([])
    assert camera.passive.answer("later", camera.moment) == UNSURE


# The answer of several windows


def windows(*made: Measures) -> list[Measures]:
    return [replace(one, moment=0.1 * number) for number, one in enumerate(made)]


def test_enough_windows_for_life_and_none_against_it() -> None:
    nothing = replace(STILL, shift=0.0)
    few = windows(*[nothing] * 5, *[STILL] * (LIVE_WINDOWS - 1))
    assert judged(few, 1.0).verdict is Verdict.UNSURE
    short = windows(*[STILL] * LIVE_WINDOWS)
    assert short[-1].moment < LIVE_SECONDS
    assert judged(short, 1.0).verdict is Verdict.UNSURE
    enough = windows(*[nothing] * 5, *[STILL] * LIVE_WINDOWS)
    assert judged(enough, 1.0).verdict is Verdict.LIVE
    assert judged(enough, LATELY + 1.0).verdict is Verdict.UNSURE  # too long ago
    doubt = replace(STILL, edges=2.0)
    assert judged(windows(*[STILL] * 20, doubt), 2.5).verdict is Verdict.UNSURE


def test_what_was_seen_on_the_way_speaks_against_life_and_not_for_it() -> None:
    many = windows(*[STILL] * 20)
    assert judged(many, 2.0, since=0.5).verdict is Verdict.LIVE
    assert judged(many, 2.0, since=1.7).verdict is Verdict.UNSURE
    unsteady = windows(*[replace(STILL, tremble=1.0)] * 10, *[STILL] * 10)
    assert judged(unsteady, 2.0).verdict is Verdict.UNSURE
    assert judged(unsteady, 2.0, since=0.8).verdict is Verdict.LIVE
    cue = windows(replace(STILL, edges=2.0), *[STILL] * 19)
    assert judged(cue, 2.0, since=0.8).verdict is Verdict.UNSURE


def test_who_walks_up_is_waited_for_until_they_stand(
    camera: Camera, random: np.random.Generator
) -> None:
    def nearer() -> Shown:
        for step in range(12):
            pose = replace(swaying(0.0), eyes=0.05 + 0.005 * step)
            image = DOORWAY.copy()
            lay_over(image, LI, pose, LIGHT)
            yield noisy(image, random), face_at(pose)

    camera.show(nearer())
    assert camera.passive.seconds("visit", camera.moment) < 0.5
    camera.show(person(DOORWAY, random))
    assert camera.passive.seconds("visit", camera.moment) > 2.0
    assert Verdict.LIVE in camera.verdicts


def test_no_window_at_all_is_unsure() -> None:
    assert judged([], 0.0) == UNSURE


def test_an_attack_has_two_cues_twice_or_one_often() -> None:
    both = replace(STILL, co_motion=0.5, edges=2.0, outline=RECTANGLE)
    assert judged(windows(*[both] * (ATTACK_WINDOWS - 1)), 1.0).verdict is Verdict.UNSURE
    assert judged(windows(*[both] * ATTACK_WINDOWS), 1.0).verdict is Verdict.ATTACK
    one = replace(STILL, view=ViewMotion(0.9, 0.9), outline=RECTANGLE)
    assert judged(windows(*[one] * (DOUBTFUL_WINDOWS - 1)), 1.0).verdict is Verdict.UNSURE
    assert judged(windows(*[one] * DOUBTFUL_WINDOWS), 1.0).verdict is Verdict.ATTACK


def test_who_has_the_outline_of_a_person_is_not_refused_for_what_moves_behind() -> None:
    crowded = replace(STILL, co_motion=0.5, edges=2.0)
    assert judged(windows(*[crowded] * 10), 1.0).verdict is Verdict.UNSURE


@pytest.mark.parametrize(
    "spoil",
    [
        lambda w: replace(w, shift=0.001),
        lambda w: replace(w, cells=3),
        lambda w: replace(w, co_motion=-0.3),
        lambda w: replace(w, still=0.5),
        lambda w: replace(w, sides=0),
        lambda w: replace(w, tremble=0.4),
        lambda w: replace(w, edges=0.9),
        lambda w: replace(w, view=ViewMotion(0.4, 0.0)),
        lambda w: replace(w, replaced=0.7),
        lambda w: replace(w, framed=True),
        lambda w: replace(w, outline=None),
        lambda w: replace(w, outline=RECTANGLE),
        lambda w: replace(w, presence=RECTANGLE),
    ],
)
def test_each_measure_alone_keeps_a_window_from_speaking_for_life(
    spoil: Callable[[Measures], Measures],
) -> None:
    assert STILL.speaks_for_life
    assert not spoil(STILL).speaks_for_life
