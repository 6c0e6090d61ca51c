import pytest

from faceaccess.core.counting import counted, few


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 people"), (1, "1 person"), (2, "2 people"), (1200, "1,200 people")],
)
def test_one_is_one_and_all_else_is_many(number: int, text: str) -> None:
    assert counted(number, "person", "people") == text


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["Ann"], "Ann"),
        (["Ann", "Bob", "Cid"], "Ann, Bob, Cid"),
        (["Ann", "Bob", "Cid", "Dan"], "Ann, Bob, Cid and 1 more"),
        ([str(i) for i in range(1203)], "0, 1, 2 and 1,200 more"),
    ],
)
def test_a_long_list_is_cut(names: list[str], text: str) -> None:
    assert few(names, most=3) == text
