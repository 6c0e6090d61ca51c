"""CSV rows as spreadsheets write them."""

from pathlib import Path

import pytest

from faceaccess.core.csv_rows import csv_rows
from faceaccess.core.errors import KnownError


def rows(path: Path, data: bytes, *optional: str) -> list[tuple[int, dict[str, str]]]:
    path.write_bytes(data)
    return list(csv_rows(path, ("a", "b"), optional))


def test_rows_with_their_lines(tmp_path: Path) -> None:
    assert rows(tmp_path / "x", b'a,b,c\n1,2,3\n\n , ,\n4\n"x\ny",5,6,7\n') == [
        (2, {"a": "1", "b": "2", "c": "3"}),
        (5, {"a": "4", "b": "", "c": ""}),
        (7, {"a": "x\ny", "b": "5", "c": "6"}),
    ]


def test_semicolons_a_byte_order_mark_and_names_in_capitals(tmp_path: Path) -> None:
    assert rows(tmp_path / "x", "\ufeffB; A \r\n1,5;ä\r\n".encode()) == [
        (2, {"b": "1,5", "a": "ä"}),
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", r"no column a and no column b\. The first line must be a,b or a,b,c\."),
        (b"a\n1\n", "no column b"),
        (b'a,b\n"1\n', "not proper CSV at line 2"),
        (b"a,b\n\xff,1\n", "not UTF-8"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "not proper CSV"),
    ],
)
def test_files_that_are_none(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(KnownError, match=says):
        rows(tmp_path / "x", data, "c")


def test_a_missing_file_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(csv_rows(tmp_path / "x", ("a",)))


def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faceaccess.core.csv_rows._MOST_BYTES", 10)
    with pytest.raises(KnownError, match="too large"):
        rows(tmp_path / "x", b"a,b\n1,2,3,4\n")
