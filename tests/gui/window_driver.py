"""Drives the real window on the demo, as a person would; run by `test_real_window.py`.

Prints one line for everything that it saw, and ends with 0 only if all of it was as it should be.
"""

import sys
import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from faceaccess.app import build_demo
from faceaccess.gui.main import build_window
from faceaccess.gui.main_window import MainWindow
from faceaccess.gui.views.enrol import EnrolView
from faceaccess.gui.views.live import LiveView
from faceaccess.gui.views.train import TrainView

PATIENCE = 90.0  # seconds for each thing; slow machines share their cores with other tests


def saw(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def until(what: str, test: Callable[[], object]) -> None:
    """Let the window live until the test holds; the whole run fails if it never does."""
    end = time.monotonic() + PATIENCE
    loop = QEventLoop()
    while not test():
        if time.monotonic() > end:
            raise SystemExit(f"never seen: {what}")
        QTimer.singleShot(20, loop.quit)
        loop.exec()


def enrol(window: MainWindow, name: str) -> None:
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    view = window.view("enrol")
    assert isinstance(view, EnrolView)
    until("the keyboard in the field of the name", view.form.name.line.hasFocus)
    latin = name.encode("ascii", "ignore").decode()
    QTest.keyClicks(view.form.name.line, latin)
    view.form.name.line.insert(name.removeprefix(latin))  # as an input method puts it in
    QTest.keyClick(view.form.name.line, Qt.Key.Key_Return)
    until("a first picture taken", lambda: view.capture.strip.shown > 0 or view.steps.current > 1)
    saw(f"hint: {view.capture.hint.text()}")
    until(
        "all pictures taken",
        lambda: view.pages.currentWidget() in {view.done, view.choice} or view.bar.message,
    )
    if view.pages.currentWidget() is view.choice:
        saw(f"asked: {view.choice._question.text()}")
        view.choice.other_button.click()
        until("the end of enrolment", lambda: view.pages.currentWidget() is view.done)
    saw(f"enrolled: {view.done.words.text()}")
    QTest.mouseClick(view.done.try_button, Qt.MouseButton.LeftButton)


def recognise(window: MainWindow, name: str) -> None:
    live = window.view("live")
    assert isinstance(live, LiveView)
    until(f"{name} let in", lambda: live.answer.words == f"Let in: {name}")
    saw(f"live: {live.answer.words}, {live.answer.figures}")
    if window.place != "live":
        raise SystemExit("the button to try it did not lead to Live")
    until("the visit in the list", lambda: bool(live.recent))
    until("frames a second", lambda: live.figures.fps)
    saw(f"frames a second: {live.figures.fps:.0f}, head v{live.figures.head}")


def retrain(window: MainWindow) -> None:
    live = window.view("live")
    assert isinstance(live, LiveView)
    before = live.figures.head
    QTest.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    view = window.view("train")
    assert isinstance(view, TrainView)
    view.head.full.setChecked(True)
    until("the button Retrain", view.head.retrain.isEnabled)
    QTest.mouseClick(view.head.retrain, Qt.MouseButton.LeftButton)
    until("a newer head in Live", lambda: (live.figures.head or 0) > (before or 0))
    saw(f"retrained: head v{before} -> v{live.figures.head}")


def drive(window: MainWindow) -> None:
    until("the window on the screen", lambda: window.isVisible() and window.isActiveWindow())
    live = window.view("live")
    assert isinstance(live, LiveView)
    until("the camera's first picture", lambda: live._camera.has_frame)
    until("a first decision", lambda: live.figures.fps)
    saw(f"platform: {QGuiApplication.platformName()}")
    name = "Wang 王小明"
    enrol(window, name)
    recognise(window, name)
    retrain(window)
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    if window.bar.message is not None:
        raise SystemExit(f"a message stands: {window.bar.message}")


def main() -> int:
    app = build_demo()
    saw("demo: built")
    began = time.monotonic()
    window = build_window(app)
    try:
        window.show()
        window.start()
        window.activateWindow()
        until("the window exposed", lambda: window.windowHandle().isExposed())
        saw(f"open: after {time.monotonic() - began:.2f} s")
        drive(window)
        window.close()
        QApplication.processEvents()
        saw("closed: no thread left")
    finally:
        window.shutdown()
        app.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
