"""The checks, and the list of networks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from faceaccess.app import App
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.people import Person
from faceaccess.pipeline.doctor import Doctor

NAMES = [
    "data folder",
    "free space",
    "settings",
    "database",
    "keys",
    "head",
    "weights",
    "camera",
    "display",
]


def checks(app: App) -> dict[str, tuple[bool, str]]:
    return {check.name: (check.ok, check.text) for check in app.doctor.run()}


def test_all_is_well(app: App, actor: Actor, enrol: Callable[..., Person]) -> None:
    enrol(1)
    app.settings.set(actor, "camera", "demo:")
    found = checks(app)
    assert list(found) == NAMES
    assert all(ok for name, (ok, _) in found.items() if name != "display"), found
    assert found["head"][1] == "Version 1 knows 1 person."
    assert found["database"][1].startswith("Opens; 1 person")


def test_a_new_folder_is_checked_without_making_it(tmp_path: Path) -> None:
    app = App(DataHome(tmp_path / "new"), ManualClock())
    found = checks(app)
    assert found["data folder"] == (True, f"{tmp_path / 'new'} will be made.")
    assert found["database"][0]
    assert not found["head"][0]
    assert not (tmp_path / "new").exists()
    app.close()


def test_each_trouble_is_told_and_none_raises(app: App, actor: Actor, tmp_path: Path) -> None:
    app.settings.set(actor, "camera", str(tmp_path / "no-such.mp4"))
    app.settings.set(actor, "embedder", "facenet")
    found = checks(app)
    assert not found["camera"][0]
    assert "no-such.mp4" in found["camera"][1]
    assert not found["weights"][0]
    assert "facenet" in found["weights"][1]
    app.home.settings_file.write_text("{")
    found = checks(app)
    assert not found["settings"][0]
    assert str(app.home.settings_file) in found["settings"][1]


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    home = DataHome(tmp_path)
    home.database.write_bytes(b"not a database at all" * 100)
    app = App(home, ManualClock())
    ok, text = checks(app)["database"]
    assert not ok
    assert home.database.name in text
    assert home.database.read_bytes().startswith(b"not a database")
    app.close()


def test_a_network_camera_that_refuses(app: App, actor: Actor) -> None:
    app.settings.set(actor, "camera", "rtsp://someone:secret@127.0.0.1:9/stream")
    ok, text = checks(app)["camera"]
    assert not ok
    assert "does not answer" in text
    assert "secret" not in text


@pytest.mark.expected_log_errors
def test_a_check_that_breaks_does_not_hide_the_others(tmp_path: Path) -> None:
    def broken() -> None:
        raise RuntimeError("boom")

    doctor = Doctor(DataHome(tmp_path), broken, broken, ManualClock(), {"DISPLAY": ":9"})  # type: ignore[arg-type]  # injected fault
    found = {check.name: check for check in doctor.run()}
    assert list(found) == NAMES
    assert not found["settings"].ok
    assert "boom" in found["settings"].text
    assert found["display"].ok


def test_models_tell_licence_hash_and_use(app: App) -> None:
    found = {info.name: info for info in app.models.list()}
    assert {"yunet", "sface", "mtcnn", "dlib", "facenet"} <= set(found)
    assert [info.name for info in found.values() if info.in_use] == ["yunet", "sface"]
    sface = found["sface"]
    assert (sface.kind, sface.licence, sface.available) == ("embedder", "Apache-2.0", True)
    assert sface.sha256 is not None
    assert len(sface.sha256) == 64
    assert (found["facenet"].available, found["facenet"].sha256) == (False, None)


def test_trusting_a_file(app: App, actor: Actor, tmp_path: Path) -> None:
    file = tmp_path / "20180402-114759-vggface2.pt"
    file.write_bytes(b"weights")
    info = app.models.trust(actor, file)
    assert info.name == "facenet"
    assert info.available
    file.write_bytes(b"other weights")
    changed = next(info for info in app.models.list() if info.name == "facenet")
    assert not changed.available
    with pytest.raises(KnownError):
        app.models.trust(actor, tmp_path / "missing.pt")
    with pytest.raises(KnownError):
        app.models.trust(actor, file, "sface")


def test_keys_that_others_may_read_are_told(app: App) -> None:
    ring = app.store.key_ring
    assert ring is not None
    ok, text = checks(app)["keys"]
    assert ok
    assert str(ring.file.path) in text
    ring.file.path.chmod(0o644)
    ok, text = checks(app)["keys"]
    assert not ok
    assert "Other accounts" in text
    assert "keys rotate" in text
