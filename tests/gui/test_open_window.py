"""The way in: the loop, a data folder that cannot be opened, signals, hooks on and off."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from seeded import ACTOR

from faceaccess.app import App, build
from faceaccess.gui.main import open_window
from faceaccess.gui.main_window import MainWindow
from faceaccess.gui.widgets.empty_state import EmptyState


@pytest.fixture
def app(qtbot: QtBot, home: Path) -> Iterator[App]:
    app = build(home)
    app.settings.set(ACTOR, "camera", "demo:")
    yield app
    app.close()


def when(test: Callable[[], object], act: Callable[[], object]) -> None:
    """In the loop that is about to run: do something as soon as a test holds."""

    def look() -> None:
        if test():
            act()
        else:
            QTimer.singleShot(10, look)

    QTimer.singleShot(10, look)


def main_window() -> MainWindow | None:
    shown = (w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))
    return next((w for w in shown if w.isVisible()), None)


def failed_page() -> EmptyState | None:
    for widget in QApplication.topLevelWidgets():
        if widget.isVisible() and not isinstance(widget, MainWindow):
            return widget.findChild(EmptyState)
    return None


def close_it() -> None:
    window = main_window()
    assert window is not None
    window.close()


def test_the_loop_ends_with_the_window_and_leaves_nothing(app: App) -> None:
    hooks = sys.excepthook, threading.excepthook, signal.getsignal(signal.SIGINT)
    when(lambda: main_window() is not None, close_it)
    assert open_window(app) == 0
    assert (sys.excepthook, threading.excepthook, signal.getsignal(signal.SIGINT)) == hooks
    assert main_window() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_it_as_its_button_does(app: App, number: signal.Signals) -> None:
    when(lambda: main_window() is not None, lambda: os.kill(os.getpid(), number))
    assert open_window(app) == 0


@pytest.mark.expected_log_errors
def test_an_error_that_nobody_caught_is_shown_in_the_window(app: App) -> None:
    seen: list[str] = []

    def fail() -> None:
        sys.excepthook(ValueError, ValueError("in a slot"), None)

    def look() -> bool:
        window = main_window()
        return window is not None and window.bar.message is not None

    def note() -> None:
        window = main_window()
        assert window is not None
        assert window.bar.message is not None
        seen.append(window.bar.message.details)
        window.close()

    when(lambda: main_window() is not None, fail)
    when(look, note)
    assert open_window(app) == 0
    assert "ValueError: in a slot" in seen[0]


def test_a_damaged_database_is_said_in_a_window_and_not_overwritten(app: App) -> None:
    app.home.root.mkdir(parents=True, exist_ok=True)
    app.home.database.write_bytes(b"this is no database" * 100)
    texts: list[str] = []

    def note() -> None:
        page = failed_page()
        assert page is not None
        texts.append(page._title.text())
        page.window().close()

    when(lambda: failed_page() is not None, note)
    assert open_window(app) == 1
    assert str(app.home.database) in texts[0] or "database" in texts[0]
    assert app.home.database.read_bytes().startswith(b"this is no database")


def test_try_again_opens_the_window_once_the_folder_is_mended(app: App) -> None:
    good = app.home.settings_file.read_text(encoding="utf-8")
    app.home.settings_file.write_text("{ this is not JSON", encoding="utf-8")

    def mend() -> None:
        page = failed_page()
        assert page is not None
        app.home.settings_file.write_text(good, encoding="utf-8")
        page.findChild(QPushButton).click()

    when(lambda: failed_page() is not None, mend)
    when(lambda: main_window() is not None, close_it)
    assert open_window(app) == 0
