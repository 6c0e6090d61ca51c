"""Means in which the odd picture weighs less: by hand, and the same in whatever order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.people import TrainingSet
from faceaccess.learn import person_means as module
from faceaccess.learn.person_means import WEIGHT, odd_pictures, person_means


def at(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def by_hand(vectors: np.ndarray) -> np.ndarray:
    weights = np.ones(len(vectors))
    if len(vectors) > 2:
        others = [unit(np.delete(vectors, i, axis=0).sum(axis=0)) for i in range(len(vectors))]
        cosines = [float(v @ o) for v, o in zip(vectors, others, strict=True)]
        if min(cosines) < 0.25:
            weights[int(np.argmin(cosines))] = 0.1
    return unit((weights[:, None] * vectors).sum(axis=0))


def test_one_and_two_pictures_have_a_plain_mean() -> None:
    found = person_means(TrainingSet(at(10, 20, 60), ("a", "b", "b")))
    assert found == pytest.approx(at(10, 40), abs=1e-6)
    assert found.dtype == np.float32


def test_a_picture_of_somebody_else_hardly_counts() -> None:
    data = TrainingSet(at(0, 4, 110), ("a",) * 3)
    (mean,) = person_means(data)
    weighed = at(0) + at(4) + WEIGHT * at(110)
    assert mean == pytest.approx(unit(weighed)[0], abs=1e-6)
    # 3 degrees off, not 27 as the plain mean is.
    assert np.degrees(np.arctan2(mean[1], mean[0])) == pytest.approx(4.8, abs=0.5)
    (odd,) = odd_pictures(data)
    assert (odd.sample, odd.person_id) == (2, "a")
    assert odd.likeness == pytest.approx(np.cos(np.radians(108)), abs=1e-6)


@pytest.mark.parametrize(("degrees", "doubted"), [(75.0, False), (76.0, True)])
def test_from_which_likeness_on_a_picture_is_doubted(degrees: float, doubted: bool) -> None:
    # cos 75.5 = 0.25: the third is so far from the other two, which are one.
    data = TrainingSet(at(0, 0, degrees), ("a",) * 3)
    assert bool(odd_pictures(data)) is doubted
    plain = unit(at(0, 0, degrees).sum(axis=0))
    assert (person_means(data)[0] == pytest.approx(plain, abs=1e-6)) is not doubted


def test_at_most_one_is_doubted() -> None:
    # Three people, it seems: nobody can say who is meant, so one is doubted and two stay.
    data = TrainingSet(np.eye(3, dtype=np.float32), ("a",) * 3)
    assert len(odd_pictures(data)) == 1


def test_pictures_that_fit_have_a_plain_mean_to_the_bit() -> None:
    rng = np.random.default_rng(1)
    vectors = unit(unit(rng.standard_normal((1, 32))) + 0.1 * rng.standard_normal((4, 32)))
    data = TrainingSet(vectors.astype(np.float32), ("a",) * 4)
    plain = unit(data.vectors.astype(np.float64).sum(axis=0)).astype(np.float32)
    assert np.array_equal(person_means(data)[0], plain)
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
