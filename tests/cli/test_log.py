"""The rotating log in the data folder."""

import logging
from pathlib import Path

import pytest

from faceaccess.cli import log


def test_nothing_is_made_before_the_first_line(tmp_path: Path) -> None:
    handler = log.start(tmp_path / "home" / "logs")
    try:
        assert not (tmp_path / "home").exists()
        logging.getLogger("faceaccess.test").info("李伟 came in")
        logging.getLogger("another").info("chatter")
    finally:
        log.stop(handler)
    written = (tmp_path / "home" / "logs" / "faceaccess.log").read_text(encoding="utf-8")
    assert "faceaccess.test: 李伟 came in" in written


def test_it_is_taken_away_again(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers)
    log.stop(log.start(tmp_path))
    assert logging.getLogger().handlers == before


def test_old_files_are_kept_up_to_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = log.start(tmp_path)
    handler.maxBytes = 200
    try:
        for number in range(60):
            logging.getLogger("faceaccess.test").info("line %d with some words in it", number)
    finally:
        log.stop(handler)
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["faceaccess.log", *(f"faceaccess.log.{n}" for n in range(1, 6))]
    assert "line 59" in (tmp_path / "faceaccess.log").read_text()


def test_a_log_that_cannot_be_written_is_told_once_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    handler = log.start(tmp_path / "logs")
    try:
        logging.getLogger("faceaccess.test").info("one")
        logging.getLogger("faceaccess.test").info("two")
    finally:
        log.stop(handler)
    (line,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "logs") in line
    assert "cannot be written" in line
