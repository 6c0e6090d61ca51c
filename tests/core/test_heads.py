import numpy as np
import pytest

from faceaccess.core.errors import BugError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head, Match

SPACE = EmbeddingSpace("sface", "5pt-112-gray", 4)
ROWS = np.eye(2, 4, dtype=np.float32)


def test_a_head_has_one_row_and_one_mean_a_person() -> None:
    with pytest.raises(BugError):
        Head(SPACE, ("a",), ROWS, ROWS, 32.0, 0)
    with pytest.raises(BugError):
        Head(SPACE, ("a", "b"), ROWS, ROWS[:1], 32.0, 0)
    with pytest.raises(BugError):
        Head(EmbeddingSpace("sface", "5pt-112-gray", 5), ("a", "b"), ROWS, ROWS, 32.0, 0)


def test_a_person_has_one_class_only() -> None:
    with pytest.raises(BugError, match="two classes"):
        Head(SPACE, ("a", "a"), ROWS, ROWS, 32.0, 0)


def test_the_margin_is_the_difference_and_unknown_with_one_person() -> None:
    assert Match("a", 0.75, "b", 0.5).margin == 0.25
    assert Match("a", 0.75).margin is None


def test_what_people_share_is_the_mean_product_of_different_people() -> None:
    # A common part of length 0.6 upwards, and 0.8 in a direction of one's own.
    own = 0.8 * np.eye(300, 301, dtype=np.float32)
    own[:, 300] = 0.6
    space = EmbeddingSpace("sface", "5pt-112-gray", 301)
    ids = tuple(map(str, range(300)))
    many = Head(space, ids, own, own, 32.0, 0)
    # Products of different people are 0.36, whatever their number; the mean is longer than that.
    assert np.linalg.norm(many.shared) == pytest.approx(0.6 * 300 / 305, abs=1e-5)
    assert many.shared[300] / np.linalg.norm(many.shared) > 0.99
    few = Head(space, ids[:3], own[:3], own[:3], 32.0, 0)
    assert np.linalg.norm(few.shared) == pytest.approx(0.6 * 3 / 8, abs=1e-5)
    assert few.shared is few.shared


@pytest.mark.parametrize("means", [[[1, 0]], [[1, 0], [-1, 0]], [[1, 0], [np.nan, 0]]])
def test_where_nothing_is_shared_it_is_zero(means: list[list[float]]) -> None:
    rows = np.array(means, np.float32)
    head = Head(EmbeddingSpace("m", "p", 2), tuple("ab"[: len(rows)]), rows, rows, 32.0, 0)
    assert head.shared.tolist() == [0.0, 0.0]


def test_nobody_shares_nothing() -> None:
    nobody = np.zeros((0, 4), np.float32)
    assert Head(SPACE, (), nobody, nobody, 32.0, 0).shared.tolist() == [0.0] * 4
