"""`keys`: shown, renewed, copied under a passphrase and taken from a copy."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Ran

Run = Callable[..., Ran]


@pytest.fixture
def passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "passphrase"
    file.write_text("four chance words here\n", "utf-8")
    monkeypatch.setenv("FACEACCESS_PASSPHRASE_FILE", str(file))
    return file


def test_they_are_shown_and_renewed(run: Run, home: Path) -> None:
    shown = run("keys", "show", "--json").line
    assert Path(shown["file"]).is_file()
    assert Path(shown["master"]).is_file()
    assert not Path(shown["file"]).is_relative_to(home)
    assert (shown["generation"], shown["people"], shown["open_to_others"]) == (1, 0, [])
    assert run("keys", "rotate", "--json").line == {"id": shown["id"], "generation": 2}
    again = run("keys", "show", "--json").line
    assert again["generation"] == 2
    assert not Path(shown["master"]).exists()
    assert "Master key" in run("keys", "show").stdout


def test_keys_that_others_may_read_are_told(run: Run) -> None:
    shown = run("keys", "show", "--json").line
    Path(shown["file"]).chmod(0o640)
    assert "chmod 600" in run("keys", "show").stderr
    assert run("keys", "show", "--json").line["open_to_others"] == [shown["file"]]


def test_a_copy_opens_the_data_on_another_computer(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passphrase: Path
) -> None:
    run("settings", "set", "threshold", "0.61")
    copy = tmp_path / "keys.copy"
    assert run("keys", "export", copy).exit_code == 0
    moved = tmp_path / "moved"
    shutil.copytree(home, moved)
    monkeypatch.setenv("FACEACCESS_KEYS", str(tmp_path / "other computer"))
    monkeypatch.setenv("FACEACCESS_HOME", str(moved))
    run("people", "list").refused("The keys of this data folder are not here", "keys")
    assert run("keys", "import", copy).exit_code == 0
    assert run("settings", "get", "threshold", "--json").line["value"] == 0.61
    run("keys", "import", copy).refused("are here already")
    passphrase.write_text("short\n", "utf-8")
    run("keys", "export", copy).refused("A passphrase of 5 characters cannot be used")
    passphrase.write_text("another passphrase\n", "utf-8")
    monkeypatch.setenv("FACEACCESS_KEYS", str(tmp_path / "third"))
    run("keys", "import", copy).refused("does not open with this passphrase")
    passphrase.unlink()
    run("keys", "import", copy).refused("FACEACCESS_PASSPHRASE_FILE names")


def test_keys_inside_the_data_folder_are_refused(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEACCESS_KEYS", str(home / "keys"))
    run("people", "list").refused("is inside the data folder")
    assert not (home / "faceaccess.sqlite3").exists()
