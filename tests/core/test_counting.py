import pytest

from faceaccess.core.counting import counted


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 people"), (1, "1 person"), (2, "2 people"), (1200, "1,200 people")],
)
def test_one_is_one_and_all_else_is_many(number: int, text: str) -> None:
    assert counted(number, "person", "people") == text
