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
