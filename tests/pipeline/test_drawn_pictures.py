"""Drawn faces as a set: the same from a seed, balanced, and told apart by who is drawn."""

import numpy as np

from faceaccess.camera.drawn_people import SITTER, STAFF, STRANGERS
from faceaccess.core.progress import Progress, run
from faceaccess.learn.picture_split import shared_pictures
from faceaccess.pipeline.drawn_pictures import PEOPLE, SIZE, DrawnPictures, draw

TWO = PEOPLE[:2]


def few(seed: int) -> DrawnPictures:
    return run(draw(seed, training=10, test=5, people=TWO))


def test_everybody_of_the_demo_is_a_class() -> None:
    names = [person.name for person in PEOPLE]
    assert names == sorted(one.name for one in (*STAFF, *STRANGERS, SITTER))
    assert len(set(names)) == len(names) == 14


def test_a_seed_gives_the_same_pictures_and_another_one_others() -> None:
    assert few(1).training.fingerprint == few(1).training.fingerprint
    assert few(1).test.fingerprint == few(1).test.fingerprint
    assert few(1).training.fingerprint != few(2).training.fingerprint


def test_sets_are_balanced_gray_and_share_no_picture() -> None:
    drawn = few(1)
    assert drawn.training.classes == drawn.test.classes == tuple(one.name for one in TWO)
    assert np.bincount(drawn.training.labels).tolist() == [10, 10]
    assert np.bincount(drawn.test.labels).tolist() == [5, 5]
    assert drawn.training.preprocessing.shape == (1, SIZE, SIZE)
    assert shared_pictures(drawn.training, drawn.test) == 0


def test_pictures_of_a_person_differ_and_are_no_flat_tones() -> None:
    pictures = few(1).training.batch(np.arange(10)).astype(float)
    assert pictures.std(axis=(1, 2, 3)).min() > 10
    assert np.abs(pictures[0] - pictures[1:]).mean(axis=(1, 2, 3)).min() > 10


def test_people_can_be_told_apart_by_their_pictures() -> None:
    """The nearest mean names strangers' pictures far more often than chance: faces are in them."""
    drawn = run(draw(0, training=40, test=20, people=PEOPLE[:4]))

    def flat(pictures: np.ndarray) -> np.ndarray:
        vectors = pictures.reshape(len(pictures), -1).astype(float)
        vectors -= vectors.mean(axis=1, keepdims=True)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    shown = flat(drawn.training.batch(np.arange(len(drawn.training))))
    means = np.stack([shown[drawn.training.labels == label].mean(axis=0) for label in range(4)])
    tested = flat(drawn.test.batch(np.arange(len(drawn.test))))
    right = (tested @ flat(means).T).argmax(axis=1) == drawn.test.labels
    assert right.mean() > 0.4  # chance: 0.25


def test_progress_counts_every_picture() -> None:
    steps: list[Progress] = []
    run(draw(0, training=8, test=4, people=TWO), steps.append)
    assert steps[0].done == 0
    assert (steps[-1].done, steps[-1].total) == (24, 24)
    assert all(step.done <= step.total == 24 for step in steps)
    assert {step.text for step in steps[:-1]} == {one.name for one in TWO}
