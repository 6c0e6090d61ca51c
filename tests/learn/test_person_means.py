"""Means in which the odd picture weighs less: by hand, and the same in whatever order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.people import TrainingSet
from faceaccess.learn import person_means as module
from faceaccess.learn.person_means import LEAST_WEIGHT, odd_pictures, person_means


def at(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def by_hand(vectors: np.ndarray) -> np.ndarray:
    weights = np.ones(len(vectors))
    for _ in range(5 if len(vectors) > 2 else 0):
        mean = unit((weights[:, None] * vectors).sum(axis=0))
        weights = np.array([max(float(v @ mean) - 0.2, 0.05) for v in vectors])
    return unit((weights[:, None] * vectors).sum(axis=0))


def test_one_and_two_pictures_have_a_plain_mean() -> None:
    found = person_means(TrainingSet(at(10, 20, 60), ("a", "b", "b")))
    assert found == pytest.approx(at(10, 40), abs=1e-6)
    assert found.dtype == np.float32


def test_a_picture_of_somebody_else_hardly_counts() -> None:
    data = TrainingSet(at(0, 4, 110), ("a",) * 3)
    # The odd one has the least weight beside nearly 0.8 each: the mean is 3 degrees off, not 27.
    (mean,) = person_means(data)
    angle = np.degrees(np.arctan2(mean[1], mean[0]))
    pull = LEAST_WEIGHT / (LEAST_WEIGHT + 2 * 0.8)
    assert angle == pytest.approx(2 + np.degrees(np.arctan(pull)), abs=1.5)
    plain = at(0, 4, 110).sum(axis=0)
    assert np.degrees(np.arctan2(plain[1], plain[0])) > 25
    (odd,) = odd_pictures(data)
    assert (odd.sample, odd.person_id) == (2, "a")
    assert odd.weight == pytest.approx(LEAST_WEIGHT / 0.8, abs=0.01)


def test_pictures_that_fit_weigh_about_the_same() -> None:
    data = TrainingSet(at(0, 10, 20), ("a",) * 3)
    assert person_means(data) == pytest.approx(at(10), abs=1e-3)
    assert odd_pictures(data) == ()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), at_once=st.integers(1, 40))
def test_any_order_and_any_block_give_the_same(seed: int, at_once: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 6, 12)
    owners = np.repeat(np.arange(12), counts)
    centres = unit(rng.standard_normal((12, 8)))
    vectors = unit(centres[owners] + 0.3 * rng.standard_normal((len(owners), 8)))
    order = rng.permutation(len(owners))
    data = TrainingSet(vectors[order].astype(np.float32), tuple(f"p{i}" for i in owners[order]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_AT_ONCE", at_once)
        found = person_means(data)
    for person, mean in zip(data.people, found, strict=True):
        own = vectors[owners == int(person[1:])]
        assert mean == pytest.approx(by_hand(own), abs=2e-6)
    asked = np.array([7, 2])
    assert person_means(data, asked) == pytest.approx(found[asked], abs=1e-7)


def test_pictures_that_cancel_each_other_are_told_by_person() -> None:
    data = TrainingSet(at(0, 50, 0, 180), ("a", "a", "Li", "Li"))
    with pytest.raises(KnownError, match="Li"):
        person_means(data)
    assert person_means(data, np.array([0])) == pytest.approx(at(25), abs=1e-6)


@pytest.mark.parametrize("number", [np.nan, np.inf, 0.0, 2.0])
def test_a_broken_vector_is_our_fault(number: float) -> None:
    vectors = at(0, 10, 20)
    vectors[1] *= number
    with pytest.raises(BugError):
        person_means(TrainingSet(vectors, ("a", "a", "b")))


def test_nobody() -> None:
    nobody = TrainingSet(np.zeros((0, 2), np.float32), ())
    assert person_means(nobody).shape == (0, 2)
    assert odd_pictures(nobody) == ()
