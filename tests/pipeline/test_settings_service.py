"""Settings of both scopes: where they are kept, and that unreadable ones are never overwritten."""

import contextlib
import json
import threading
from collections.abc import Callable

import pytest

from faceaccess.app import App
from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.settings import Settings


def test_each_setting_goes_where_it_belongs(app: App, actor: Actor) -> None:
    app.settings.set(actor, "camera", "rtsp://door/1")
    after = app.settings.set(actor, "evidence_frames", "5")
    assert (after.camera, after.evidence_frames) == ("rtsp://door/1", 5)
    assert json.loads(app.home.settings_file.read_text()) == {"camera": "rtsp://door/1"}
    assert app.store.settings()["evidence_frames"] == 5
    assert "camera" not in app.store.settings()


def test_another_context_sees_them(make_app: Callable[..., App], actor: Actor) -> None:
    one, other = make_app(), make_app()
    one.settings.set(actor, "visit_gap", "2.5")
    one.settings.set(actor, "theme", "dark")
    assert other.settings.get().visit_gap == 2.5
    assert other.settings.get().theme == "dark"


def test_reset_and_the_optional_threshold(app: App, actor: Actor) -> None:
    assert app.settings.set(actor, "threshold", "0").threshold == 0.0  # zero is a value
    assert app.settings.set(actor, "threshold", "").threshold is None
    app.settings.set(actor, "camera", "3")
    assert app.settings.reset(actor, "camera").camera == Settings().camera


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("threshold", "1.5"),
        ("threshold", "nan"),
        ("evidence_frames", "0"),
        ("evidence_frames", "many"),
        ("theme", "pink"),
        ("no_such_setting", "1"),
    ],
)
def test_a_bad_value_changes_nothing(app: App, actor: Actor, name: str, text: str) -> None:
    before = app.settings.get()
    with pytest.raises(KnownError):
        app.settings.set(actor, name, text)
    assert app.settings.get() == before


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "",
        '{"camera": 3.5}',
        '{"camera_retry": 0}',
        '{"nonsense": 1}',
        '{"threshold": 0.1}',
        "\x00",
    ],
)
def test_an_unreadable_file_is_told_and_never_overwritten(
    app: App, actor: Actor, text: str
) -> None:
    app.home.settings_file.write_text(text)
    with pytest.raises(KnownError, match="cannot be read") as raised:
        app.settings.get()
    assert str(app.home.settings_file) in str(raised.value)
    if text not in ('{"camera": 3.5}', '{"camera_retry": 0}'):
        with pytest.raises(KnownError):
            app.settings.set(actor, "camera", "1")
        assert app.home.settings_file.read_text() == text


def test_bytes_that_are_no_text(app: App) -> None:
    app.home.settings_file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(KnownError, match="cannot be read"):
        app.settings.get()


def test_a_stored_value_out_of_bounds_can_be_mended(app: App, actor: Actor) -> None:
    with app.store.transaction() as transaction:
        transaction.put_settings({"evidence_frames": 0})
    with pytest.raises(KnownError, match="evidence_frames") as raised:
        app.settings.get()
    assert "settings set evidence_frames" in raised.value.remedy
    assert app.settings.set(actor, "evidence_frames", "2").evidence_frames == 2


def test_reading_makes_no_database(app: App) -> None:
    app.close()
    for file in app.home.root.iterdir():
        if file.is_file():
            file.unlink()
    from faceaccess.pipeline.settings_service import SettingsService

    def no_store() -> None:
        raise AssertionError("the store was opened")

    service = SettingsService(app.home, no_store)  # type: ignore[arg-type]  # never called
    assert service.get() == Settings()
    assert not app.home.database.exists()


def test_a_folder_in_the_way(app: App, actor: Actor) -> None:
    app.home.settings_file.mkdir()
    with pytest.raises(KnownError):
        app.settings.set(actor, "camera", "1")


def test_the_file_with_a_cameras_password_is_the_users_alone(app: App, actor: Actor) -> None:
    app.settings.set(actor, "camera", "rtsp://user:secret@door/1")
    assert app.home.settings_file.stat().st_mode & 0o077 == 0
    app.settings.set(actor, "theme", "dark")
    assert app.home.settings_file.stat().st_mode & 0o077 == 0


def test_settings_set_by_several_threads_are_all_kept(
    app: App, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = app.settings._program
    both_have_read = threading.Barrier(2)

    def slow() -> dict[str, object]:
        values = whole()
        with contextlib.suppress(threading.BrokenBarrierError):
            both_have_read.wait(0.3)
        return values

    monkeypatch.setattr(app.settings, "_program", slow)
    threads = [
        threading.Thread(target=app.settings.set, args=(actor, name, value))
        for name, value in (("theme", "dark"), ("station", "gate"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads(app.home.settings_file.read_text()) == {"theme": "dark", "station": "gate"}
