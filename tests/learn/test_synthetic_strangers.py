"""Drawn strangers resemble the enrolled as these resemble each other, however few they are."""

import numpy as np
import pytest

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.learn.open_set import stranger_pictures
from faceaccess.learn.synthetic_strangers import PREFIX, draw_strangers

SPACE = EmbeddingSpace("m", "p", 64)


def population(rng: np.random.Generator, people: int, pictures: int) -> np.ndarray:
    """(people, pictures, 64) unit vectors: a common part, uneven directions, noise of a picture."""
    scales = np.linspace(1.6, 0.4, 64) / 8
    centres = np.eye(64)[0] * 0.3 + rng.standard_normal((people, 1, 64)) * scales * 0.8
    made = centres + rng.standard_normal((people, pictures, 64)) * 0.06
    return (made / np.linalg.norm(made, axis=2, keepdims=True)).astype(np.float32)


def enrolled(faces: np.ndarray) -> tuple[Head, TrainingSet]:
    people, pictures, _ = faces.shape
    ids = tuple(f"p{i}" for i in range(people))
    means = faces.sum(axis=1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    data = TrainingSet(faces.reshape(-1, 64), tuple(i for i in ids for _ in range(pictures)))
    return Head(SPACE, ids, means, means, 32.0, 0), data


@pytest.mark.parametrize(("people", "apart"), [(8, 0.08), (30, 0.04), (200, 0.03)])
def test_their_scores_are_those_of_real_strangers(people: int, apart: float) -> None:
    rng = np.random.default_rng(people)
    head, data = enrolled(population(rng, people, 3))
    real = population(rng, 3000, 1)[:, 0]
    real_scores = (real @ head.means.T).max(axis=1)
    drawn = stranger_pictures(head, draw_strangers(head, data, 3000)).scores
    for share in (0.9, 0.99):  # what thresholds are made of
        expected = np.quantile(real_scores, share)
        assert np.quantile(drawn, share) == pytest.approx(expected, abs=apart)


def test_they_are_named_unit_and_repeatable() -> None:
    head, data = enrolled(population(np.random.default_rng(0), 10, 2))
    found = draw_strangers(head, data, 50, seed=3)
    assert found.strangers == len(found.vectors) == 50
    assert all(one.startswith(PREFIX) for one in found.stranger_ids)
    assert found.vectors.dtype == np.float32
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(np.ones(50), abs=1e-5)
    again = draw_strangers(head, data, 50, seed=3)
    assert np.array_equal(found.vectors, again.vectors)
    other = draw_strangers(head, data, 50, seed=4)
    assert not set(other.stranger_ids) & set(found.stranger_ids)
    assert not np.array_equal(found.vectors, other.vectors)


def test_nobody_enrolled_is_among_them() -> None:
    head, data = enrolled(population(np.random.default_rng(0), 20, 3))
    drawn = draw_strangers(head, data, 500)
    assert (drawn.vectors @ data.vectors.T).max() < 0.95


def test_two_people_with_one_picture_each_are_enough_and_one_is_not() -> None:
    faces = population(np.random.default_rng(0), 2, 1)
    head, data = enrolled(faces)
    assert draw_strangers(head, data, 20).strangers == 20
    head, data = enrolled(faces[:1])
    with pytest.raises(KnownError, match="single enrolled person"):
        draw_strangers(head, data, 20)
    # Two classes, but pictures of one of them only.
    head, _ = enrolled(faces)
    with pytest.raises(KnownError, match="single"):
        draw_strangers(head, TrainingSet(faces[0], ("p0",)), 20)


def test_twins_do_not_break_it() -> None:
    faces = population(np.random.default_rng(0), 1, 1).repeat(3, axis=0)
    head, data = enrolled(faces)
    drawn = draw_strangers(head, data, 20)
    assert np.isfinite(drawn.vectors).all()


def test_none_to_draw_is_a_bug() -> None:
    head, data = enrolled(population(np.random.default_rng(0), 4, 1))
    with pytest.raises(BugError):
        draw_strangers(head, data, 0)


def test_many_people_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faceaccess.learn.synthetic_strangers.MOST_PEOPLE", 20)
    head, data = enrolled(population(np.random.default_rng(0), 50, 2))
    assert draw_strangers(head, data, 20).strangers == 20
