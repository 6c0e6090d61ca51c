"""Makes the pictures of the user guide; see `script/screenshots`."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from faceaccess.app import App, build_demo
from faceaccess.core.reasons import Reason
from faceaccess.gui.main import build_window
from faceaccess.gui.main_window import MainWindow
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import use_language
from faceaccess.gui.views.enrol import EnrolView
from faceaccess.gui.views.live import LiveView
from faceaccess.gui.views.people import PeopleView
from faceaccess.gui.views.train import TrainView
from faceaccess.pipeline.results import LookAlike

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "user-guide" / "pictures"
PATIENCE = 120.0  # seconds


def live_on(seconds: float) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def until(test: Callable[[], object]) -> None:
    """Let the window live until the test holds."""
    end = time.monotonic() + PATIENCE
    while not test():
        if time.monotonic() > end:
            raise SystemExit("what the picture should show never came")
        live_on(0.02)


class Studio:
    """Takes pictures of one window."""

    def __init__(self, app: App, window: MainWindow, folder: Path) -> None:
        self.app, self.window, self.folder = app, window, folder

    def shoot(self, name: str) -> None:
        """Save the window as it is, light and dark."""
        for scheme in ("light", "dark"):
            theme().choose(scheme)
            live_on(0.05)
            path = self.folder / f"{name}-{scheme}.png"
            if not self.window.grab().save(str(path)):
                raise SystemExit(f"{path} cannot be written")
            print(path.name)

    def live(self) -> None:
        """Somebody let in, a stranger refused."""
        view = self.window.view("live")
        assert isinstance(view, LiveView)
        until(lambda: len(view.recent) >= 4 and view.answer.tone == "ok")
        self.shoot("live-let-in")
        until(lambda: view.answer.reason == Reason.UNKNOWN.sentence)
        self.shoot("live-refused")

    def enrol(self) -> None:
        """The three steps, and the question about a look-alike."""
        self.window.show_place("enrol")
        view = self.window.view("enrol")
        assert isinstance(view, EnrolView)
        view.form.name.line.setText("Zoë Martin")
        view.form.number.line.setText("D9")
        view.form.department.line.setText("Reception")
        self.shoot("enrol-who")
        view.begin()
        until(lambda: view.capture.strip.shown >= 4)
        self.shoot("enrol-look-around")
        until(lambda: view.pages.currentWidget() is view.done)
        self.shoot("enrol-done")
        known = self.app.directory.list("Ana")[0]
        crop = self.app.directory.crop(self.app.directory.samples(known.id)[0].id)
        view.form.name.line.setText("Ana P.")
        view.form.number.line.clear()
        view.choice.ask("Ana P.", LookAlike(known.id, known.name, 0.83), crop, crop)
        view.pages.setCurrentWidget(view.choice)
        view.steps.go_to(1)
        self.shoot("enrol-look-alike")
        view.start_another()

    def others(self) -> None:
        """People, one person, training, events, set-up."""
        self.window.show_place("people")
        people = self.window.view("people")
        assert isinstance(people, PeopleView)
        for name, way in (("people-table", people.as_table), ("people-grid", people.as_grid)):
            way.click()
            live_on(1.5)
            self.shoot(name)
        person = self.app.directory.list("Li Wei")[0]
        self.window.show_person("people", person.id)
        live_on(1.5)
        self.shoot("person")
        self.window.show_place("train")
        train = self.window.view("train")
        assert isinstance(train, TrainView)
        train.full.setChecked(True)
        until(train.retrain.isEnabled)
        train.retrain.click()
        live_on(0.5)
        until(train.retrain.isEnabled)
        live_on(1.0)
        self.shoot("train")
        self.window.show_place("events")
        live_on(1.5)
        self.shoot("events")
        self.window.show_place("set_up")
        live_on(3.0)
        self.shoot("set-up")


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to put the pictures")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    app = build_demo()
    window = build_window(app)
    use_language("en")
    window.resize(1280, 840)
    try:
        window.show()
        window.start()
        studio = Studio(app, window, folder)
        studio.live()
        studio.enrol()
        studio.others()
    finally:
        window.shutdown()
        app.close()


if __name__ == "__main__":
    main()
