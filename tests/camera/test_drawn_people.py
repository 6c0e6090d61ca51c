"""Drawn people against the real networks: found, in place, good enough, and told apart."""

import numpy as np
import pytest
from numpy.typing import NDArray

from faceaccess.camera.drawn_people import (
    DEMO_THRESHOLD,
    SITTER,
    STAFF,
    STRANGERS,
    DrawnPerson,
    Light,
    Pose,
    geometry,
    render,
)
from faceaccess.core.faces import Observation
from faceaccess.vision.analyser import FaceAnalyser

EVERYBODY = (*STAFF, *STRANGERS, SITTER)
POSES = (Pose(), Pose(turn=-15, tilt=4, eyes=0.1), Pose(turn=15, tilt=-6, x=0.4, y=0.5))


def only(networks: FaceAnalyser, person: DrawnPerson, pose: Pose, **how: object) -> Observation:
    seen = networks.observe(render(person, pose=pose, **how))  # type: ignore[arg-type]
    assert len(seen) == 1, f"{len(seen)} faces for {person.name} in {pose}"
    return seen[0]


def vector(seen: Observation) -> NDArray[np.float32]:
    assert seen.embedding is not None
    return seen.embedding.vector


@pytest.fixture(scope="module")
def means(networks: FaceAnalyser) -> NDArray[np.float32]:
    """(staff, dimension): each one's mean embedding over three enrolled pictures, length 1."""
    rows = []
    for person in STAFF:
        mean = np.mean(
            [vector(only(networks, person, pose, seed=n)) for n, pose in enumerate(POSES)], axis=0
        )
        rows.append(mean / np.linalg.norm(mean))
    return np.asarray(rows, np.float32)


def test_there_are_enough_people_and_no_name_twice() -> None:
    assert len(STAFF) >= 6
    assert len(STRANGERS) >= 4
    assert len({person.name for person in EVERYBODY}) == len(EVERYBODY)


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.name)
def test_the_detector_finds_the_face_with_its_landmarks_in_place(
    networks: FaceAnalyser, person: DrawnPerson
) -> None:
    for pose in POSES:
        seen = only(networks, person, pose)
        truth = geometry(person, pose=pose)
        apart = pose.eyes * 640
        off = np.linalg.norm(seen.face.landmarks - truth.landmarks, axis=1) / apart
        assert off[:3].max() < 0.3  # eyes and nose
        assert off[3:].max() < 0.45  # the mouth's corners are hard to find in a beard
        assert overlap(seen.face.box, truth.box) > 0.6


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.name)
def test_near_the_camera_the_quality_gate_is_passed_in_every_light(
    networks: FaceAnalyser, person: DrawnPerson
) -> None:
    for light in (Light(), Light(0.88, -0.5, 0.6), Light(1.06, 0.5, -0.4)):
        seen = only(networks, person, Pose(eyes=0.1, turn=6), light=light)
        assert seen.quality.good, seen.quality


def test_the_networks_tell_everybody_apart_at_the_demo_threshold(
    networks: FaceAnalyser, means: NDArray[np.float32]
) -> None:
    random = np.random.default_rng(20_260)  # poses and lights that the search did not see
    for number, person in enumerate((*STAFF, *STRANGERS, SITTER)):
        for _ in range(4):
            pose = Pose(
                turn=random.uniform(-18, 18),
                tilt=random.uniform(-7, 7),
                eyes=random.uniform(0.085, 0.15),
                x=random.uniform(0.4, 0.6),
                closed=float(random.choice([0, 0, 0.4])),
            )
            light = Light(
                random.uniform(0.88, 1.08), random.uniform(-0.5, 0.5), random.uniform(-0.5, 0.6)
            )
            seen = only(networks, person, pose, light=light, seed=int(random.integers(2**31)))
            cosines = means @ vector(seen)
            if number < len(STAFF):
                assert cosines[number] >= DEMO_THRESHOLD, (person.name, pose)
                cosines[number] = -1
            assert cosines.max() < DEMO_THRESHOLD, (person.name, pose)


def test_a_picture_is_the_same_for_the_same_arguments() -> None:
    one, again, other = (render(STAFF[0], seed=seed) for seed in (3, 3, 4))
    assert one.shape == (480, 640, 3)
    assert one.dtype == np.uint8
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_a_turned_head_moves_its_nose_further_than_its_eyes() -> None:
    front, turned = (geometry(STAFF[0], pose=Pose(turn=turn)).landmarks for turn in (0, 20))
    moved = (turned - front)[:, 0]
    assert moved[2] > moved[0] > 0
    assert moved[2] > moved[1] > 0


def test_darker_and_warmer_light_shows_in_the_picture() -> None:
    plain, dark, warm = (
        render(STAFF[0], light=light).mean(axis=(0, 1))
        for light in (Light(), Light(0.7), Light(warmth=1.0))
    )
    assert dark == pytest.approx(plain * 0.7, rel=0.03)
    assert warm[2] > plain[2]
    assert warm[0] < plain[0]


def overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> float:
    """Return the share of two boxes' union that both cover."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    common = max(0.0, across) * max(0.0, down)
    return common / (one[2] * one[3] + other[2] * other[3] - common)
