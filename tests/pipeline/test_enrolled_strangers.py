"""Who among the strangers is none, on vectors whose cosines are known."""

import numpy as np
import pytest

from faceaccess.core.corrections import CounterExamples
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head
from faceaccess.core.strangers import StrangerSet
from faceaccess.learn.open_set import Attempts
from faceaccess.pipeline.enrolled_strangers import enrolled_strangers, likeness_of_enrolled
from faceaccess.pipeline.stranger_check import StrangerCheck

SPACE = EmbeddingSpace("drawn", "none", 4)


def at(cosine: float, axis: int = 0, other: int = 3) -> np.ndarray:
    """A vector of length 1 with a known cosine to an axis."""
    vector = np.zeros(4, np.float32)
    vector[axis], vector[other] = cosine, np.sqrt(1 - cosine**2)
    return vector


def head(counter: np.ndarray | None = None) -> Head:
    rows = np.eye(4, dtype=np.float32)[:2]
    examples = None if counter is None else CounterExamples(("ann",), counter[np.newaxis])
    return Head(SPACE, ("ann", "bea"), rows, rows.copy(), 32.0, 0, examples)


def strangers(**vectors: list[np.ndarray]) -> StrangerSet:
    owners = tuple(owner for owner, own in vectors.items() for _ in own)
    return StrangerSet(np.concatenate([np.stack(own) for own in vectors.values()]), owners)


@pytest.mark.parametrize(
    ("scores", "least"),
    [([], 0.6), ([0.4, 0.5, 0.55], 0.6), ([0.7, 0.8, 0.9], 0.8), ([0.9, -np.inf, 0.7], 0.8)],
)
def test_the_greater_of_threshold_and_usual_likeness(scores: list[float], least: float) -> None:
    held_out = Attempts(("x",) * len(scores), np.array(scores), ("x",) * len(scores))
    assert likeness_of_enrolled(0.5, held_out) == pytest.approx(least)


def test_half_of_the_pictures_must_be_as_like() -> None:
    found = enrolled_strangers(
        head(),
        strangers(
            same=[at(0.9)],
            half=[at(0.8), at(0.1)],
            less=[at(0.8), at(0.1), at(0.2)],
            other=[at(0.75, axis=1)],
            unlike=[at(0.69)],
        ),
        0.7,
    )
    assert {owner: one.person_id for owner, one in found.items()} == {
        "same": "ann",
        "half": "ann",
        "other": "bea",
    }
    assert found["half"].similarity == pytest.approx(0.8, abs=1e-6)


def test_who_was_corrected_as_not_the_person_is_a_stranger() -> None:
    twin = at(0.9)
    assert enrolled_strangers(head(), strangers(twin=[twin]), 0.7)
    assert enrolled_strangers(head(twin), strangers(twin=[twin]), 0.7) == {}


def test_nobody_enrolled_and_no_strangers() -> None:
    nothing = np.zeros((0, 4), np.float32)
    empty = Head(SPACE, (), nothing, nothing, 1.0, 0)
    assert enrolled_strangers(empty, strangers(a=[at(0.9)]), 0.1) == {}
    assert enrolled_strangers(head(), StrangerSet(nothing, ()), 0.1) == {}


def test_the_same_stranger_is_found_among_old_and_new() -> None:
    old = strangers(old=[at(1.0, axis=2)])
    check = StrangerCheck(head(), old, least=0.6)
    found = check.stranger(np.stack([at(0.65, axis=2)]))
    assert found is not None
    assert found[0] == "old"
    assert found[1] == pytest.approx(0.65, abs=1e-6)
    new = np.stack([at(0.3, axis=2)])
    assert check.stranger(new) is None
    check.add("new", new)
    check.add("third", np.stack([-at(0.3, axis=2)]))
    again = check.stranger(new)
    assert again is not None
    assert again[0] == "new"
    # Two pictures, of which neither half shows one known stranger.
    assert check.stranger(np.stack([at(0.0, axis=2, other=1), at(0.0, axis=2, other=0)])) is None


def test_without_anybody_there_is_nobody_to_compare_with() -> None:
    nothing = StrangerSet(np.zeros((0, 4), np.float32), ())
    check = StrangerCheck(None, nothing, least=0.6)
    assert check.person(np.stack([at(1.0)])) is None
    assert check.stranger(np.stack([at(1.0)])) is None
    check.add("first", np.stack([at(1.0)]))
    found = check.stranger(np.stack([at(1.0)]))
    assert found is not None
    assert found[0] == "first"
