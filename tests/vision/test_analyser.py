"""The whole look at a picture, with the real networks; many threads; many faces."""

import threading
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceaccess.camera.drawn_people import STAFF, Pose, render
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace, Face
from faceaccess.core.frames import Image
from faceaccess.core.home import DataHome
from faceaccess.core.reasons import Reason
from faceaccess.core.settings import Settings
from faceaccess.vision.alignment import SFACE_POINTS
from faceaccess.vision.analyser import BATCH, FaceAnalyser
from faceaccess.vision.build import build_analyser
from faceaccess.vision.quality import FILE_LIMITS, QualityLimits

LIMITS = QualityLimits.from_settings(Settings())


def test_a_drawn_person_is_observed_completely(analyser: FaceAnalyser, drawn: Image) -> None:
    (seen,) = analyser.observe(drawn)
    assert seen.crop.shape == (112, 112)
    assert seen.crop.dtype == np.uint8
    assert seen.quality.good
    assert seen.embedding is not None
    space = EmbeddingSpace("sface", "5pt-112-gray-mirrored", 128)
    assert seen.embedding.space == analyser.space == space
    assert np.linalg.norm(seen.embedding.vector) == pytest.approx(1, abs=1e-5)
    assert analyser.default_threshold == 0.47
    assert analyser.detector_name == "yunet"


def test_embedding_can_wait_and_is_not_made_twice(analyser: FaceAnalyser, drawn: Image) -> None:
    (without,) = analyser.observe(drawn, embed=False)
    assert without.embedding is None
    (with_it,) = analyser.embed([without])
    assert with_it.crop is without.crop
    again = analyser.embed([without, with_it])
    assert again[1].embedding is with_it.embedding
    assert again[0].embedding is not None
    assert with_it.embedding is not None
    assert np.allclose(again[0].embedding.vector, with_it.embedding.vector, atol=1e-5)
    assert analyser.embed([]) == []


def test_colour_crops_are_another_space(drawn: Image) -> None:
    colour = build_analyser(Settings(colour=True), DataHome(Path("nowhere")))
    (seen,) = colour.observe(drawn)
    assert seen.crop.shape == (112, 112, 3)
    assert colour.default_threshold == 0.45
    with pytest.raises(KnownError, match="another embedder"):
        colour.embed_crops([np.zeros((112, 112), np.uint8)])


def test_limits_can_change_without_loading_anew(analyser: FaceAnalyser, drawn: Image) -> None:
    small = cv2.resize(drawn, None, fx=0.28, fy=0.28, interpolation=cv2.INTER_AREA)
    (strict,) = analyser.observe(small, embed=False)
    (for_files,) = analyser.with_limits(FILE_LIMITS).observe(small, embed=False)
    assert strict.quality.issues[0].reason is Reason.TOO_FAR
    assert for_files.quality.good
    assert analyser.limits == LIMITS


def test_two_people_and_a_limit(analyser: FaceAnalyser) -> None:
    both = np.hstack([render(person, pose=Pose()) for person in STAFF[:2]])
    seen = analyser.observe(both)
    assert len(seen) == 2
    assert seen[0].face.box[2] * seen[0].face.box[3] >= seen[1].face.box[2] * seen[1].face.box[3]
    assert len(analyser.observe(both, limit=1)) == 1
    assert analyser.observe(both, limit=0) == []


class Slow:
    """A detector and an embedder that notice when two threads are inside."""

    name = "slow"
    space = EmbeddingSpace("slow", "none", 2)
    crop_side = 112
    template = SFACE_POINTS
    colour = False

    def __init__(self, faces: int = 1) -> None:
        self.faces = faces
        self.inside = threading.Semaphore(1)
        self.batches: list[int] = []

    def detect(self, image: Image) -> list[Face]:
        self._alone()
        return [Face((0, 0, 50, 50), SFACE_POINTS, 0.9)] * self.faces

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        self._alone()
        self.batches.append(len(crops))
        return np.tile(np.array([[0.6, 0.8]], np.float32), (len(crops), 1))

    def _alone(self) -> None:
        assert self.inside.acquire(blocking=False), "two threads at once"
        np.linalg.svd(np.ones((60, 60)))  # gives the interpreter's lock away for a while
        self.inside.release()


def test_many_threads_never_meet_inside_the_networks() -> None:
    parts = Slow()
    first = FaceAnalyser(parts, parts, LIMITS)
    second = first.with_limits(FILE_LIMITS)  # shares the networks, and so the lock
    image = np.zeros((120, 120, 3), np.uint8)
    faults: list[BaseException] = []

    def work(analyser: FaceAnalyser) -> None:
        try:
            for _ in range(30):
                assert len(analyser.observe(image)) == 1
        except BaseException as error:  # noqa: BLE001  # told by the test below
            faults.append(error)

    threads = [threading.Thread(target=work, args=(one,)) for one in (first, second) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_many_faces_are_embedded_in_bounded_batches() -> None:
    parts = Slow(faces=100)
    seen = FaceAnalyser(parts, parts, LIMITS).observe(np.zeros((120, 120, 3), np.uint8))
    assert len(seen) == 100
    assert sum(parts.batches) == 100
    assert max(parts.batches) == BATCH
    assert all(one.embedding is not None for one in seen)
    vectors = [one.embedding.vector for one in seen if one.embedding is not None]
    assert all(vector.base is None for vector in vectors)  # no vector keeps its whole batch alive


def test_many_real_faces_in_one_picture(analyser: FaceAnalyser) -> None:
    small = cv2.resize(render(STAFF[0], pose=Pose()), (320, 240), interpolation=cv2.INTER_AREA)
    wall = np.tile(small, (5, 5, 1))
    assert len(analyser.observe(wall)) == 25


def test_the_engine_is_a_setting(drawn: Image, analyser: FaceAnalyser) -> None:
    by_opencv = build_analyser(Settings(engine="opencv"), DataHome(Path("nowhere")))
    assert by_opencv.space == analyser.space
    (one,), (other,) = by_opencv.observe(drawn), analyser.observe(drawn)
    assert one.embedding is not None
    assert other.embedding is not None
    assert np.allclose(one.embedding.vector, other.embedding.vector, atol=2e-5)


def test_mtcnn_as_the_detector(drawn: Image) -> None:
    with_mtcnn = build_analyser(Settings(detector="mtcnn"), DataHome(Path("nowhere")))
    (seen,) = with_mtcnn.observe(drawn)
    assert seen.embedding is not None
    assert with_mtcnn.detector_name == "mtcnn"


def test_the_same_networks_embed_in_the_space_of_single_crops(
    analyser: FaceAnalyser, drawn: Image
) -> None:
    views, single = analyser.spaces
    assert (views.preprocessing, single.preprocessing) == ("5pt-112-gray-mirrored", "5pt-112-gray")
    former = analyser.in_space(single)
    assert former.space == former.with_limits(FILE_LIMITS).space == single
    assert former.newest().space == views == analyser.space
    assert former.default_threshold == 0.50
    (seen,), (alone,) = analyser.observe(drawn), former.observe(drawn)
    assert seen.embedding is not None
    assert alone.embedding is not None
    (flipped,) = former.embed_crops([np.ascontiguousarray(seen.crop[:, ::-1])])
    both = alone.embedding.vector + flipped.vector
    assert np.allclose(seen.embedding.vector, both / np.linalg.norm(both), atol=1e-5)
    with pytest.raises(KnownError, match="dlib/5pt-150-gray/128"):
        analyser.in_space(EmbeddingSpace("dlib", "5pt-150-gray", 128))


def test_enrolled_faces_are_embedded_anew_with_more_views(
    analyser: FaceAnalyser, drawn: Image
) -> None:
    (seen,) = analyser.observe(drawn)
    (enrolled,) = analyser.embed([seen], enrolled=True)
    assert seen.embedding is not None
    assert enrolled.embedding is not None
    assert enrolled.embedding.space == seen.embedding.space
    likeness = float(enrolled.embedding.vector @ seen.embedding.vector)
    assert 0.8 < likeness < 0.999
    former = analyser.in_space(analyser.spaces[1])
    (plain,) = former.embed_crops([seen.crop])
    (same,) = former.embed_crops([seen.crop], enrolled=True)
    assert np.array_equal(plain.vector, same.vector)


def test_a_settled_face_is_looked_at_once(analyser: FaceAnalyser, drawn: Image) -> None:
    (seen,) = analyser.observe(drawn, embed=False)
    former = analyser.in_space(analyser.spaces[1])
    (plain,) = former.embed([seen])
    (whole,) = analyser.embed([seen])
    asked: list[NDArray[np.float32]] = []

    def answers(value: bool) -> Image:
        def settled(vector: NDArray[np.float32]) -> bool:
            asked.append(vector.copy())
            return value

        (found,) = analyser.embed([seen], settled=settled)
        assert found.embedding is not None
        assert found.embedding.space == analyser.space
        return found.embedding.vector

    assert plain.embedding is not None
    assert whole.embedding is not None
    assert np.allclose(answers(True), plain.embedding.vector, atol=1e-5)
    assert np.allclose(answers(False), whole.embedding.vector, atol=1e-5)
    assert not np.allclose(plain.embedding.vector, whole.embedding.vector, atol=1e-3)
    assert len(asked) == 2
    assert np.allclose(asked[0], asked[1])
