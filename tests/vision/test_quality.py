"""Every measure against a case where its value is known, and the gate's verdicts."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.camera.drawn_people import STAFF, Pose, render
from faceaccess.core.faces import Face, Quality
from faceaccess.core.frames import Image
from faceaccess.core.reasons import Reason
from faceaccess.core.settings import Settings
from faceaccess.vision.alignment import SFACE_POINTS, aligned_crop, grayscale
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.protocols import Detector
from faceaccess.vision.quality import (
    FILE_LIMITS,
    FILE_MIN_EYE_DISTANCE,
    QualityLimits,
    estimate_pose,
    judged,
    measure,
)

LIMITS = QualityLimits.from_settings(Settings())
GOOD = Quality(80.0, 200.0, 120.0, 40.0, 0.0, 0.0, 0.0, 0.0)


def face_at(points: np.ndarray, box: tuple[float, float, float, float] = (10, 10, 90, 90)) -> Face:
    return Face(box, points.astype(np.float32), 0.9)


def measured(luma: np.ndarray, face: Face | None = None) -> Quality:
    """Quality of a crop that is the whole picture."""
    image = np.repeat(luma[:, :, None], 3, axis=2)
    return measure(image, face or face_at(SFACE_POINTS), luma)


def test_brightness_contrast_and_sharpness_by_hand() -> None:
    flat = measured(np.full((112, 112), 90, np.uint8))
    assert (flat.brightness, flat.contrast, flat.sharpness) == (90.0, 0.0, 0.0)
    stripes = np.zeros((112, 112), np.uint8)
    stripes[:, ::2] = 100  # neighbours left and right differ by 100: the Laplacian is +-200
    striped = measured(stripes)
    assert striped.brightness == 50.0
    assert striped.contrast == 50.0
    assert striped.sharpness == pytest.approx(200**2, rel=0.01)


def test_blur_lowers_sharpness_only(drawn: Image, yunet: Detector) -> None:
    (face,) = yunet.detect(drawn)
    values = []
    for sigma in (0.1, 2.0, 4.0, 8.0):
        image = cv2.GaussianBlur(drawn, (0, 0), sigma)
        crop = grayscale(aligned_crop(image, face.landmarks, SFACE_POINTS, 112))
        values.append(measure(image, face, crop))
    sharpness = [one.sharpness for one in values]
    assert sharpness == sorted(sharpness, reverse=True)
    assert sharpness[0] > 10 * sharpness[-1]
    assert abs(values[0].brightness - values[-1].brightness) < 6


def test_crops_of_other_sizes_and_colours_give_the_same_measures(
    drawn: Image, yunet: Detector
) -> None:
    (face,) = yunet.detect(drawn)
    gray = grayscale(aligned_crop(drawn, face.landmarks, SFACE_POINTS, 112))
    colour = aligned_crop(drawn, face.landmarks, SFACE_POINTS, 112)
    other = aligned_crop(drawn, face.landmarks, SFACE_POINTS * 1.4, 150)
    assert measure(drawn, face, gray) == measure(drawn, face, colour)
    assert measure(drawn, face, gray) == measure(drawn, face, other)


def test_eye_distance_and_what_it_is_for_a_head_turned_aside() -> None:
    picture = np.zeros((112, 112), np.uint8)
    assert measured(picture).eye_distance == pytest.approx(35.24, abs=0.01)
    turned = SFACE_POINTS.copy()
    turned[:, 0] = 50 + (turned[:, 0] - 50) * 0.3
    eyes, mouth = turned[:2].mean(0), turned[3:].mean(0)
    expected = 0.85 * float(np.linalg.norm(eyes - mouth))
    assert measured(picture, face_at(turned)).eye_distance == pytest.approx(expected, rel=1e-5)
    assert expected > 33


def test_cut_off_is_the_share_of_the_box_outside() -> None:
    picture = np.zeros((112, 112), np.uint8)
    inside = measured(picture, face_at(SFACE_POINTS, (0, 0, 112, 112)))
    assert inside.cut_off == 0.0
    corner = measured(picture, face_at(SFACE_POINTS, (-56, 56, 112, 112)))
    assert corner.cut_off == pytest.approx(0.75)
    outside = measured(picture, face_at(SFACE_POINTS, (500, 0, 10, 10)))
    assert outside.cut_off == 1.0


# A head as a solid, seen from far away: the nose stands before the plane of eyes and mouth.
HEAD = np.array(
    [[-0.5, 0, 0], [0.5, 0, 0], [0, 0.635, 0.6], [-0.4, 1.176, 0], [0.4, 1.176, 0]], np.float64
)


def turned(yaw: float, roll: float = 0.0, size: float = 60.0) -> np.ndarray:
    """Landmarks of the head turned right in the picture by `yaw`, then tilted clockwise."""
    y, r = np.radians([yaw, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    seen = (HEAD @ about_y.T)[:, :2]
    tilt = np.array([[np.cos(r), -np.sin(r)], [np.sin(r), np.cos(r)]])
    return (seen @ tilt.T * size + 200).astype(np.float32)


@given(st.floats(-60, 60), st.floats(-170, 170))
def test_a_solid_heads_turn_and_tilt_are_found(yaw: float, roll: float) -> None:
    found_yaw, found_pitch, found_roll = estimate_pose(turned(yaw, roll))
    assert found_yaw == pytest.approx(yaw, abs=0.1)
    assert found_pitch == pytest.approx(0, abs=0.5)
    assert found_roll == pytest.approx(roll, abs=0.1)


def test_pitch_goes_up_with_the_nose() -> None:
    points = turned(0)
    up, down = points.copy(), points.copy()
    up[2, 1] -= 12
    down[2, 1] += 12
    assert estimate_pose(up)[1] > 15
    assert estimate_pose(down)[1] < -15


def test_points_that_are_no_face_still_have_a_pose() -> None:
    assert estimate_pose(np.full((5, 2), 7, np.float32)) == (90.0, 0.0, 0.0)
    upside_down = turned(0)
    upside_down[3:, 1] = upside_down[0, 1] - 30
    assert estimate_pose(upside_down)[1] == 90.0


def test_drawn_heads_turn_the_way_they_are_drawn(yunet: Detector) -> None:
    yaws = []
    for turn in (-25.0, 0.0, 25.0):
        (face,) = yunet.detect(render(STAFF[0], pose=Pose(turn=turn)))
        yaws.append(estimate_pose(face.landmarks)[0])
    assert yaws[0] < yaws[1] - 8
    assert yaws[2] > yaws[1] + 8


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"eye_distance": LIMITS.min_eye_distance - 1}, Reason.TOO_FAR),
        ({"sharpness": LIMITS.min_sharpness - 1}, Reason.BLURRED),
        ({"brightness": LIMITS.min_brightness - 1}, Reason.TOO_DARK),
        ({"brightness": LIMITS.max_brightness + 1}, Reason.TOO_BRIGHT),
        ({"contrast": LIMITS.min_contrast - 1}, Reason.LOW_CONTRAST),
        ({"yaw": LIMITS.max_yaw + 1}, Reason.TURNED_AWAY),
        ({"yaw": -LIMITS.max_yaw - 1}, Reason.TURNED_AWAY),
        ({"pitch": -LIMITS.max_pitch - 1}, Reason.TURNED_AWAY),
        ({"roll": -LIMITS.max_roll - 1}, Reason.HEAD_TILTED),
        ({"cut_off": 0.2}, Reason.CUT_OFF),
    ],
)
def test_each_limit_has_its_reason(change: dict[str, float], reason: Reason) -> None:
    quality = judged(replace(GOOD, **change), LIMITS)
    assert [issue.reason for issue in quality.issues] == [reason]
    assert not quality.good
    assert quality.issues[0].sentence
    (value,) = change.values()
    assert quality.issues[0].value == abs(value)


def test_at_the_limit_is_good_and_too_close_is_told() -> None:
    at = Quality(
        LIMITS.min_eye_distance,
        LIMITS.min_sharpness,
        LIMITS.max_brightness,
        LIMITS.min_contrast,
        LIMITS.max_yaw,
        LIMITS.max_pitch,
        LIMITS.max_roll,
        LIMITS.max_cut_off,
    )
    assert judged(at, LIMITS).good
    assert judged(at, LIMITS, face_share=1.2).issues[0].reason is Reason.TOO_CLOSE


def test_the_worst_comes_first() -> None:
    poor = replace(
        GOOD,
        eye_distance=0.8 * LIMITS.min_eye_distance,
        brightness=0.3 * LIMITS.min_brightness,
        yaw=1.5 * LIMITS.max_yaw,
        sharpness=0.5 * LIMITS.min_sharpness,  # a square: its root misses by 1.41
    )
    reasons = [issue.reason for issue in judged(poor, LIMITS).issues]
    assert reasons == [Reason.TOO_DARK, Reason.TURNED_AWAY, Reason.BLURRED, Reason.TOO_FAR]


def test_files_have_the_hard_floor_alone_changed() -> None:
    assert FILE_MIN_EYE_DISTANCE == 25.0
    assert replace(FILE_LIMITS, min_eye_distance=LIMITS.min_eye_distance) == LIMITS
    assert FILE_LIMITS.min_eye_distance == FILE_MIN_EYE_DISTANCE


def test_the_gate_follows_the_settings() -> None:
    settings = Settings(min_eye_distance=77, max_yaw=12, min_contrast=3)
    limits = QualityLimits.from_settings(settings)
    assert (limits.min_eye_distance, limits.max_yaw, limits.min_contrast) == (77, 12, 3)


@pytest.mark.parametrize("eyes", [0.06, 0.1, 0.16])
def test_drawn_people_pass_the_cameras_gate(analyser: FaceAnalyser, eyes: float) -> None:
    for person in STAFF:
        (seen,) = analyser.observe(render(person, pose=Pose(eyes=eyes)), embed=False)
        assert seen.quality.good, (person.name, seen.quality)


def test_a_normal_webcam_scene_passes(
    analyser: FaceAnalyser, evaluation_data: Callable[[str], Path]
) -> None:
    film = cv2.VideoCapture(str(evaluation_data("video") / "desk-live.mp4"))
    good = []
    try:
        for _ in range(20):
            there, frame = film.read()
            assert there
            (seen,) = analyser.observe(cv2.resize(frame, (720, 480)), embed=False)
            good.append(seen.quality.good)
    finally:
        film.release()
    assert all(good)
