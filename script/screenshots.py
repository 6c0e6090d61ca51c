"""Take the pictures of the user guide: every place of the demo's window, light and dark.

    .venv/bin/python script/screenshots.py [FOLDER]        (default: docs/pictures)

Drawn people only. Takes about a minute: the door must see some of them come by first.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer

from faceaccess.app import build_demo
from faceaccess.gui.main import build_window
from faceaccess.gui.main_window import MainWindow
from faceaccess.gui.theme import theme
from faceaccess.gui.views.events import EventsView
from faceaccess.gui.views.people import PeopleView
from faceaccess.gui.views.train import TrainView

VISITS = 5


def spin(until: Callable[[], bool], seconds: float) -> None:
    """Run the event loop until a condition holds or the time is over."""
    loop = QEventLoop()
    poll = QTimer()
    poll.timeout.connect(lambda: loop.quit() if until() else None)
    poll.start(20)
    QTimer.singleShot(int(seconds * 1000), loop, loop.quit)
    loop.exec()
    poll.stop()


def never() -> bool:
    """Let `spin` wait its time."""
    return False


def take(window: MainWindow, folder: Path, name: str) -> None:
    """Save what the window shows, light and dark."""
    for scheme in ("light", "dark"):
        theme().choose(scheme)
        spin(never, 0.4)
        window.grab().save(str(folder / f"{name}-{scheme}.png"))
    theme().choose("light")


def main() -> None:
    """Run the demo and take every picture."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/pictures")
    folder.mkdir(parents=True, exist_ok=True)
    app = build_demo()
    window = build_window(app)
    window.resize(1280, 840)
    window.show()
    window.start()
    try:
        spin(lambda: app.journal.count() >= VISITS, 90)
        spin(never, 2)
        take(window, folder, "live")
        window.show_place("enrol")
        spin(never, 1)
        take(window, folder, "enrol")
        window.show_place("people")
        people = window.view("people")
        assert isinstance(people, PeopleView)
        spin(lambda: people.model.rowCount() > 0, 10)
        spin(never, 1)
        take(window, folder, "people-grid")
        people.as_table.click()
        take(window, folder, "people-table")
        people.show_person(people.model.person(0).id)
        spin(lambda: people.page.person is not None, 10)
        take(window, folder, "person")
        window.show_place("train")
        train = window.view("train")
        assert isinstance(train, TrainView)
        spin(train.retrain.isEnabled, 10)
        train.full.setChecked(True)
        train.retrain.click()
        spin(train.verdict.isVisible, 60)
        take(window, folder, "train")
        window.show_place("events")
        events = window.view("events")
        assert isinstance(events, EventsView)
        spin(lambda: events.model.rowCount() > 0, 10)
        spin(never, 1)
        take(window, folder, "events")
        window.show_place("set_up")
        spin(never, 4)
        take(window, folder, "set-up")
    finally:
        window.shutdown()
        app.close()


if __name__ == "__main__":
    main()
