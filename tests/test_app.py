"""The composition root: where the data is, what is lazy, and the demo."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from faceaccess import app as module
from faceaccess.app import App, build, build_demo, resolve_home
from faceaccess.camera.drawn import DrawnPeopleSource
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Outcome
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.home import DataHome


def test_the_data_folder_is_the_argument_then_the_variable_then_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEACCESS_HOME", str(tmp_path / "variable"))
    assert resolve_home(tmp_path / "given").root == tmp_path / "given"
    assert resolve_home(None).root == tmp_path / "variable"
    monkeypatch.setenv("FACEACCESS_HOME", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "usual"))
    assert resolve_home(None).root.name == "faceaccess"
    assert resolve_home(None).root.is_absolute()
    monkeypatch.chdir(tmp_path)
    assert resolve_home(Path("here")).root == tmp_path / "here"


def test_building_makes_nothing(tmp_path: Path) -> None:
    app = build(tmp_path / "data")
    assert app.settings.get().evidence_frames == 3
    app.close()
    assert not (tmp_path / "data").exists()


def test_importing_is_light() -> None:
    heavy = "('torch', 'cv2', 'PySide6', 'PIL', 'sqlite_utils', 'numpy', 'pydantic')"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; import faceaccess.app; print([m for m in {heavy} if m in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_listing_people_loads_no_network(home: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import sys; from faceaccess.app import build; app = build(); "
                "assert app.directory.list() == []; app.close(); "
                "print([m for m in ('torch', 'cv2', 'PySide6', 'PIL') if m in sys.modules])"
            ),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
    assert (home / "faceaccess.sqlite3").exists()


def test_the_store_is_opened_once_by_many_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App(DataHome(tmp_path), ManualClock())
    found: list[int] = []
    start = threading.Barrier(8)

    def use() -> None:
        start.wait()
        found.append(id(app.store))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    app.close()


def test_a_closed_context_is_not_opened_again(tmp_path: Path) -> None:
    app = App(DataHome(tmp_path), ManualClock())
    assert app.store.count_people() == 0
    app.close()
    app.close()
    with pytest.raises(BugError):
        _ = app.store
    with pytest.raises(BugError):
        _ = app.cameras


def test_a_camera_that_does_not_close_keeps_the_store_not_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App(DataHome(tmp_path), ManualClock())
    store, cameras = app.store, app.cameras

    def broken() -> None:
        raise BugError("the camera's thread cannot be joined")

    monkeypatch.setattr(cameras, "close", broken)
    with pytest.raises(BugError, match="joined"):
        app.close()
    with pytest.raises(BugError, match="closed"):
        store.revision()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_a_known_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    app = App(DataHome(tmp_path / "data"), ManualClock())
    with pytest.raises(KnownError):
        _ = app.store


def test_cameras_take_their_times_from_the_settings(tmp_path: Path) -> None:
    app = App(DataHome(tmp_path), ManualClock())
    app.settings._write_program({"camera_retry": 7.0, "camera_stall": 9.0})
    assert (app.cameras._retry_seconds, app.cameras._stall_seconds) == (7.0, 9.0)
    assert app.cameras is app.cameras
    app.close()


def test_the_analyser_is_loaded_once_and_its_gate_follows_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faceaccess.core.actors import Actor
    from faceaccess.vision import build as vision_build

    loads = []
    whole = vision_build.build_analyser

    def counted(settings: object, home: object, **more: object) -> object:
        loads.append(settings)
        return whole(settings, home, **more)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(vision_build, "build_analyser", counted)
    app = App(DataHome(tmp_path), ManualClock())
    assert app.analyser().limits.min_eye_distance == 30
    app.settings.set(Actor("tester", "test"), "min_eye_distance", "77")
    assert app.analyser().limits.min_eye_distance == 77
    assert len(loads) == 1
    app.settings.set(Actor("tester", "test"), "colour", "true")
    assert app.analyser().space.preprocessing == "5pt-112-colour-mirrored"
    assert len(loads) == 2
    assert app.threshold() == 0.45
    app.close()


@pytest.fixture(scope="module")
def demo() -> App:
    made = build_demo()
    yield made
    made.close()


def test_the_demo_knows_the_drawn_staff(demo: App) -> None:
    assert demo.is_demo
    from faceaccess.camera.drawn_people import DEMO_THRESHOLD, STAFF

    assert {p.name for p in demo.directory.list()} == {p.name for p in STAFF}
    assert demo.threshold() == DEMO_THRESHOLD
    assert demo.settings.get().camera == "demo:"
    assert demo.store.serving_head()[0].people == len(STAFF)


def test_in_the_demo_nobody_is_taken_for_another(demo: App) -> None:
    source = DrawnPeopleSource("demo:", demo.clock, as_fast_as_it_goes=True)
    source.open()
    recogniser = demo.new_recogniser(record=False)
    let_in: set[str] = set()
    refused = 0
    for _ in range(25 * 25):
        frame = source.read()
        assert frame is not None
        result = recogniser.process(frame)
        decision = result.decision
        if decision.outcome is Outcome.GRANTED:
            assert decision.person == result.truth
            let_in.add(decision.person or "")
        elif decision.outcome is Outcome.DENIED:
            assert result.truth is None, f"{result.truth} was refused: {decision}"
            refused += 1
    source.close()
    recogniser.close()
    assert len(let_in) >= 4
    assert refused > 0


def test_closing_the_demo_deletes_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stop(Exception):  # noqa: N818  # not an error of the product
        pass

    made: list[Path] = []
    mkdtemp = module.tempfile.mkdtemp

    def watched(**options: str) -> str:
        folder = mkdtemp(**options)
        made.append(Path(folder))
        return folder

    def broken(self: App) -> None:
        raise Stop

    monkeypatch.setattr(module.tempfile, "mkdtemp", watched)
    monkeypatch.setattr(App, "analyser", broken)
    with pytest.raises(Stop):
        build_demo()
    assert len(made) == 1
    assert not made[0].exists()


def test_networks_that_load_ahead_are_those_that_are_asked_for(tmp_path: Path) -> None:
    app = build(tmp_path / "data")
    later: list[object] = []
    app.load_ahead(later.append)
    try:
        app.analyser()
        assert len(later) == 1  # loaded once; the other engine is for when there is time
    finally:
        app.close()
    assert "networks" not in {thread.name for thread in threading.enumerate()}


def test_networks_that_cannot_load_ahead_are_told_to_who_asks(tmp_path: Path) -> None:
    app = build(tmp_path / "data")
    app.home.root.mkdir()
    app.home.database.write_bytes(b"no database at all" * 100)
    app.load_ahead(lambda _what: None)
    with pytest.raises(KnownError):
        app.analyser()
    app.close()
