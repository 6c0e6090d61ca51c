"""The window as a whole: places, keys, what it remembers, how it ends; on a real data folder."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot
from seeded import ACTOR, unnamed

from faceaccess.app import App, build
from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Job, Progress
from faceaccess.gui.main import application, build_window
from faceaccess.gui.main_window import PLACES, MainWindow
from faceaccess.gui.messages import Message
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, language, use_language
from faceaccess.gui.views.live import Figures, LiveView
from faceaccess.gui.views.people import PeopleView
from faceaccess.gui.views.train import TrainView
from faceaccess.gui.window_state import FILE_NAME

Make = Callable[[], MainWindow]


@pytest.fixture
def app(home: Path) -> Iterator[App]:
    app = build(home)
    app.settings.set(ACTOR, "camera", "demo:")
    app.settings.set(ACTOR, "language", "en")
    yield app
    app.close()


@pytest.fixture
def make(qtbot: QtBot, app: App) -> Iterator[Make]:
    made: list[MainWindow] = []

    def window() -> MainWindow:
        window = build_window(app)
        qtbot.addWidget(window)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)  # keys reach only the active window
        made.append(window)
        return window

    yield window
    for one in made:
        one.shutdown()
    use_language("en")
    theme().choose("light")


def test_every_place_opens_by_key_and_by_button(qtbot: QtBot, make: Make) -> None:
    window = make()
    assert window.place == "live"
    for number, name in enumerate(PLACES, start=1):
        qtbot.keyClick(
            window, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier
        )
        assert window.place == name
        assert window.places[name].isChecked()
        assert window._stack.currentWidget() is window.view(name)
    for name, button in window.places.items():
        button.click()
        assert window.place == name
    assert window.bar.message is None


def test_find_goes_to_a_search_field(qtbot: QtBot, make: Make) -> None:
    window = make()
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.place == "people"  # Live has nothing to search
    qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), QLineEdit))


def test_escape_takes_the_message_away(qtbot: QtBot, make: Make) -> None:
    window = make()
    window.show_message(Message("warn", "Something."))
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.bar.message is None


def test_every_control_of_every_place_has_a_name(make: Make) -> None:
    window = make()
    for name in PLACES:
        window.show_place(name)
    assert unnamed(window) == []


def test_the_focus_can_be_seen_on_every_kind_of_control(make: Make) -> None:
    make()
    sheet = theme()._application.styleSheet()
    for kind in ("QPushButton:focus", "QToolButton:focus", "QLineEdit:focus", "QComboBox:focus"):
        assert kind in sheet


def test_no_place_needs_more_room_than_the_window_has_with_longer_text(
    app: App, make: Make
) -> None:
    app.settings.set(ACTOR, "language", "en")
    window = make()
    english = {name: window.view(name).minimumSizeHint() for name in PLACES}
    window.shutdown()
    use_language(LONGER)
    original = language()
    assert original == LONGER
    from faceaccess.core.actors import Actor
    from faceaccess.gui.places import Places
    from faceaccess.gui.worker import JobRunner

    jobs = JobRunner()
    places = Places(app, jobs, Actor("x", "test"))
    views = {"live": places.live(), **{n: make() for n, make in places.others().items()}}
    side = window.findChild(type(window.places["live"])).parentWidget().sizeHint().width()
    for name, view in views.items():
        assert english[name].width() + side <= window.minimumWidth(), name
        assert english[name].height() + 60 <= window.minimumHeight(), name
        assert view.minimumSizeHint().width() + side * 1.5 <= 1280, name
        view.shutdown()
        view.deleteLater()
    jobs.shutdown()


def test_size_place_and_splitter_are_remembered_in_the_data_folder(
    app: App, home: Path, make: Make
) -> None:
    first = make()
    first.resize(960, 720)  # no larger than the screen without a screen, or it is cut
    live = first.view("live")
    assert isinstance(live, LiveView)
    live._splitter.setSizes([600, 300])
    kept = live.remembered()
    first.show_place("events")
    first.close()
    stored = [p.name for p in home.iterdir()]
    assert FILE_NAME in stored
    assert [n for n in stored if n.endswith((".db", ".sqlite", ".sqlite3"))] == [
        "faceaccess.sqlite3"
    ]
    second = make()
    assert (second.width(), second.height()) == (960, 720)
    assert second.place == "events"
    again = second.view("live")
    first_size, second_size = again.remembered()["splitter"].split(",")
    assert int(first_size) > int(second_size)
    assert kept


def test_a_damaged_state_file_only_means_the_usual_window(home: Path, make: Make) -> None:
    home.mkdir(exist_ok=True)
    (home / FILE_NAME).write_bytes(b"[window]\ngeometry=nonsense\nplace=cellar\n\x00\xff")
    window = make()
    assert window.place == "live"
    assert window.width() >= window.minimumWidth()


def test_the_state_is_never_kept_in_the_users_own_settings(app: App, make: Make) -> None:
    window = make()
    assert window._state._ini.format() == QSettings.Format.IniFormat
    assert window._state._ini.fileName() == str(app.home.root / FILE_NAME)


def test_status_shows_camera_and_head(make: Make) -> None:
    window = make()
    assert window._camera_status.text() == "Camera: waiting"
    window._show_figures(Figures(25.0, 12))
    assert window._camera_status.text() == "Camera: 25 frames/s"
    assert window._head_status.text() == "Head v12"


def test_a_place_that_cannot_be_made_is_told_and_the_present_one_stays(make: Make) -> None:
    window = make()
    others = dict(window._wiring.others)

    def broken() -> None:
        raise KnownError("The list cannot be read.", "Check the disk.")

    object.__setattr__(window._wiring, "others", {**others, "events": broken})
    window.show_place("events")
    assert window.place == "live"
    assert window.places["live"].isChecked()
    assert window.bar.message is not None
    assert window.bar.message.text == "The list cannot be read."


def test_a_running_job_is_asked_about_once_before_closing(qtbot: QtBot, make: Make) -> None:
    window = make()
    hold = threading.Event()
    window._wiring.jobs.call(lambda: hold.wait(10), on_failed=pytest.fail)
    window.close()
    assert window.isVisible()
    assert window.bar.message is not None
    hold.set()
    window.close()
    assert not window.isVisible()


def test_a_running_training_is_asked_about_too_and_ends_with_the_window(
    qtbot: QtBot, make: Make
) -> None:
    window = make()
    trainings = window._wiring.trainings
    closed = threading.Event()

    def endless() -> Job[None]:
        try:
            while True:
                yield Progress("Training")
        finally:
            closed.set()

    trainings.start(endless, on_failed=pytest.fail)
    trainings.pause()
    window.close()
    assert window.isVisible()
    assert window.bar.message is not None
    assert window.bar.message.remedy == (
        "Closing ends the training; one on pictures can go on another time."
    )
    window.close()
    assert not window.isVisible()
    assert not trainings.busy
    assert trainings._thread is None


def test_a_long_training_keeps_nothing_else_from_being_done(qtbot: QtBot, make: Make) -> None:
    window = make()
    hold, done = threading.Event(), []
    window._wiring.trainings.call(lambda: hold.wait(10), on_failed=pytest.fail)
    window._wiring.jobs.call(lambda: 1, on_failed=pytest.fail, on_done=done.append)
    qtbot.waitUntil(lambda: done == [1])
    assert window._wiring.trainings.busy
    hold.set()
    qtbot.waitUntil(lambda: not window._wiring.trainings.busy)


def test_train_has_three_pages_and_the_last_one_is_remembered(qtbot: QtBot, make: Make) -> None:
    window = make()
    qtbot.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    train = window.view("train")
    assert isinstance(train, TrainView)
    names = list(train.switch.buttons)
    assert names == ["head", "pictures", "compare"]
    train.switch.buttons["head"].setFocus()
    for name in names[1:]:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
        assert train.page == name
        assert unnamed(train) == []
    window.close()
    again = make().view("train")
    assert isinstance(again, TrainView)
    assert again.page == "compare"


def test_a_page_of_a_place_can_be_asked_for(make: Make) -> None:
    window = make()
    window.view("live").asked_for.emit("people/strangers")
    people = window.view("people")
    assert isinstance(people, PeopleView)
    assert people.page_of("strangers").isVisible()
    assert people.switch.buttons["strangers"].isChecked()
    window.view("live").asked_for.emit("people/enrolled")
    assert not people.page_of("strangers").isVisible()


def test_settings_are_followed_while_it_runs(qtbot: QtBot, app: App, make: Make) -> None:
    window = make()
    live = window.view("live")
    assert isinstance(live, LiveView)
    app.settings.set(ACTOR, "theme", "dark")
    live.settings_changed.emit()
    assert theme().dark
    assert not live.running  # colours alone do not start the camera
    app.settings.set(ACTOR, "camera_name", "Back door")
    live.settings_changed.emit()
    assert live.running
    assert live._header._title.text() == "Back door"


def test_the_demo_is_marked(qtbot: QtBot, app: App, make: Make) -> None:
    from faceaccess.gui.widgets.labels import Label

    app.is_demo = False
    plain = make()
    assert not any("Demo" in label.text() for label in plain.findChildren(Label))
    plain.shutdown()
    app.is_demo = True
    try:
        marked = make()
        banner = [x for x in marked.findChildren(Label) if x.text().startswith("Demo: ")]
        assert len(banner) == 1
        assert banner[0].isVisible()
    finally:
        app.is_demo = False


def test_the_window_is_built_without_loading_a_network(make: Make) -> None:
    import subprocess
    import sys

    code = (
        "import os, sys, tempfile; os.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "from pathlib import Path\n"
        "from faceaccess.app import build\n"
        "from faceaccess.gui.main import build_window\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    app = build(Path(folder) / 'home')\n"
        "    window = build_window(app); window.show(); window.shutdown(); app.close()\n"
        "assert 'torch' not in sys.modules, 'torch'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_there_is_one_application(qtbot: QtBot) -> None:
    assert application() is QApplication.instance()
