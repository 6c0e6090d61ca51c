"""`faceaccess settings`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from faceaccess.core.settings import Settings

from .conftest import Ran

Run = Callable[..., Ran]


def test_list_has_every_setting_with_its_declaration(run: Run) -> None:
    records = {one["name"]: one for one in run("settings", "list", "--json").lines}
    assert list(records) == list(Settings.model_fields)
    threshold = records["threshold"]
    assert (threshold["value"], threshold["minimum"], threshold["maximum"]) == (None, -1, 1)
    assert records["theme"]["choices"] == ["system", "light", "dark"]
    assert records["camera_retry"]["unit"] == "s"
    assert all(record["help"] for record in records.values())


def test_list_for_people_has_every_setting(run: Run) -> None:
    shown = run("settings", "list").stdout
    assert all(f"{name} " in shown for name in Settings.model_fields)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("camera", "rtsp://192.0.2.7/door", "rtsp://192.0.2.7/door"),
        ("camera_name", "正门", "正门"),
        ("threshold", "0.55", 0.55),
        ("threshold", "-0.5", -0.5),
        ("colour", "true", True),
        ("evidence_frames", "5", 5),
    ],
)
def test_set_is_kept(run: Run, name: str, text: str, value: object) -> None:
    assert run("settings", "set", name, text, "--json").line["value"] == value
    assert run("settings", "get", name, "--json").line["value"] == value


def test_an_empty_value_puts_an_optional_setting_back(run: Run) -> None:
    run("settings", "set", "threshold", "0.6")
    assert run("settings", "set", "threshold", "", "--json").line["value"] is None


def test_get_for_people_tells_bounds_and_choices(run: Run) -> None:
    assert "Bounds: -1 to 1" in run("settings", "get", "threshold").stdout
    assert "Choices: system, light, dark" in run("settings", "get", "theme").stdout


@pytest.mark.parametrize(
    ("name", "text"),
    [("threshold", "2"), ("threshold", "high"), ("theme", "pink"), ("nonsense", "1")],
)
def test_a_wrong_value_is_refused_and_nothing_changes(run: Run, name: str, text: str) -> None:
    before = run("settings", "list", "--json").stdout
    run("settings", "set", name, text).refused(name)
    assert run("settings", "list", "--json").stdout == before


def test_settings_that_cannot_be_read_are_told_and_not_overwritten(run: Run, home: Path) -> None:
    home.mkdir()
    file = home / "settings.json"
    file.write_text("{ this is not JSON", encoding="utf-8")
    for arguments in (["list"], ["get", "theme"], ["set", "theme", "dark"]):
        run("settings", *arguments).refused(str(file), "cannot be read")
    assert file.read_text(encoding="utf-8") == "{ this is not JSON"


def test_a_setting_of_the_program_is_a_file_that_people_can_read(run: Run, home: Path) -> None:
    run("settings", "set", "camera_name", "正门")
    assert json.loads((home / "settings.json").read_text(encoding="utf-8")) == {
        "camera_name": "正门"
    }
    assert not (home / "faceaccess.sqlite3").exists()
