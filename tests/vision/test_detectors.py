"""Both real detectors on drawn people, on real faces where they are present, and on no faces."""

import itertools
import random
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from faceaccess.camera.drawn_people import STAFF, STRANGERS, DrawnPerson, Pose, geometry, render
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.images.codec import read_image
from faceaccess.vision.build import build_detector
from faceaccess.vision.protocols import Detector
from faceaccess.vision.yunet import SMALLEST_EYES, YuNetDetector, overlap, search_side


@pytest.fixture(scope="module", params=["yunet", "mtcnn"])
def detector(request: pytest.FixtureRequest) -> Detector:
    return build_detector(request.param)


def eyes_of(landmarks: np.ndarray) -> float:
    return float(np.linalg.norm(landmarks[1] - landmarks[0]))


@pytest.mark.parametrize("person", [*STAFF[:4], STRANGERS[0]], ids=lambda p: p.name)
def test_a_drawn_face_is_found_where_it_was_drawn(detector: Detector, person: DrawnPerson) -> None:
    (face,) = detector.detect(render(person, pose=Pose()))
    x, y, width, height = face.box
    # The landmarks in the order of `Face`: left and right as seen, eyes above nose above mouth.
    left, right, nose, mouth_left, mouth_right = face.landmarks
    assert left[0] < nose[0] < right[0]
    assert mouth_left[0] < nose[0] < mouth_right[0]
    assert max(left[1], right[1]) < nose[1] < min(mouth_left[1], mouth_right[1])
    assert abs(eyes_of(face.landmarks) - 0.14 * 640) < 0.2 * 0.14 * 640
    assert x < left[0] < right[0] < x + width
    assert y < left[1] < mouth_left[1] < y + height
    assert 0.7 <= face.score <= 1.0


def test_faces_come_largest_first(detector: Detector) -> None:
    small = cv2.resize(render(STAFF[0], pose=Pose()), (320, 240))
    image = np.full((480, 960, 3), 120, np.uint8)
    image[100:340, :320] = small
    image[:, 320:] = render(STAFF[1], pose=Pose())
    faces = detector.detect(image)
    assert len(faces) == 2
    assert faces[0].box[0] > 320 > faces[1].box[0] + faces[1].box[2]


def test_no_face_and_odd_sizes(detector: Detector) -> None:
    for shape in ((480, 640), (1, 1), (1, 500), (3000, 2), (5, 5), (24, 24), (33, 700)):
        assert detector.detect(np.zeros((*shape, 3), np.uint8)) == []
    noise = np.random.default_rng(3).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    assert detector.detect(noise) == []


def test_a_picture_that_may_not_be_written_to_and_one_with_gaps(
    detector: Detector, drawn: Image
) -> None:
    wide = np.repeat(drawn, 2, axis=1)[:, ::2]
    (one,), (two,) = detector.detect(drawn), detector.detect(wide)
    assert np.array_equal(one.landmarks, two.landmarks)


def test_the_detectors_agree(drawn: Image) -> None:
    points = [build_detector(name).detect(drawn)[0].landmarks for name in ("yunet", "mtcnn")]
    off = np.linalg.norm(points[0] - points[1], axis=1) / eyes_of(points[0])
    assert off[:3].max() < 0.2
    assert off[3:].max() < 0.4  # a drawn mouth is no real one


@pytest.mark.parametrize(
    ("eyes", "size"),
    [
        *itertools.product([SMALLEST_EYES, 60.0, 120.0], [(640, 480), (1920, 1080), (4000, 3000)]),
        (240.0, (1920, 1080)),
        (700.0, (4000, 3000)),
    ],
)
def test_small_and_large_faces_in_small_and_large_pictures(
    yunet: Detector, drawn: Image, eyes: float, size: tuple[int, int]
) -> None:
    scale = eyes / (0.14 * 640)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    # The wall around the face is left away, so that it fits into the smallest picture.
    face = cv2.resize(drawn[60:430, 160:480], None, fx=scale, fy=scale, interpolation=how)
    height, width = min(face.shape[0], size[1]), min(face.shape[1], size[0])
    image = np.full((size[1], size[0], 3), 130, np.uint8)
    image[:height, :width] = face[:height, :width]
    faces = yunet.detect(image)
    assert len(faces) == 1
    assert abs(eyes_of(faces[0].landmarks) - eyes) < 0.2 * eyes


def test_landmarks_hardly_depend_on_the_faces_size(yunet: Detector, drawn: Image) -> None:
    (large,) = yunet.detect(drawn)
    for scale in (0.75, 0.5, 0.3):
        small_image = cv2.resize(drawn, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        (small,) = yunet.detect(small_image)
        off = np.linalg.norm(small.landmarks / scale - large.landmarks, axis=1)
        assert off.max() / eyes_of(large.landmarks) < 0.1


def test_a_face_in_two_searches_is_one_face(yunet: Detector) -> None:
    image = cv2.resize(render(STAFF[2], pose=Pose()), (2560, 1920))
    assert len(yunet.detect(image)) == 1


@pytest.mark.parametrize(
    ("shape", "side"),
    [
        ((480, 640), 320),
        ((250, 250), 250),
        ((1080, 1920), round(1920 * 11 / 25)),
        ((3000, 4000), 1760),
        ((8000, 12000), 2560),
    ],
)
def test_how_small_a_picture_is_searched(shape: tuple[int, int], side: int) -> None:
    assert search_side(np.zeros((*shape, 3), np.uint8)) == side


def test_overlap_by_hand() -> None:
    assert overlap((0, 0, 2, 2), (1, 1, 2, 2)) == pytest.approx(1 / 7)
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1.0
    assert overlap((0, 0, 2, 2), (2, 0, 2, 2)) == 0.0


def test_drawn_heads_that_turn_are_still_found(yunet: Detector) -> None:
    for person, turn in itertools.product(STAFF[:3], (-25.0, 25.0)):
        pose = Pose(turn=turn)
        (face,) = yunet.detect(render(person, pose=pose))
        assert overlap(face.box, geometry(person, pose=pose).box) > 0.3


def test_a_file_that_is_no_network_is_refused() -> None:
    with pytest.raises(KnownError, match="YuNet"):
        YuNetDetector(b"not a network at all" * 10)


def test_real_faces_are_all_found(
    detector: Detector, evaluation_data: Callable[[str], Path]
) -> None:
    files = sorted(evaluation_data("lfw-dev").glob("*/*_0001.jpg"))
    chosen = random.Random(5).sample(files, 40)
    found = [bool(detector.detect(read_image(file))) for file in chosen]
    assert sum(found) >= 39
