"""Makes the pictures of the user guide; see `script/screenshots`."""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from faceaccess.app import App, build_demo
from faceaccess.camera.drawn_people import STAFF, Pose, render
from faceaccess.core.reasons import Reason
from faceaccess.gui.main import build_window
from faceaccess.gui.main_window import MainWindow
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import use_language
from faceaccess.gui.views.compare import ComparePage
from faceaccess.gui.views.enrol import EnrolView
from faceaccess.gui.views.learn_pictures import PicturesPage
from faceaccess.gui.views.live import LiveView
from faceaccess.gui.views.people import PeopleView
from faceaccess.gui.views.train import TrainView
from faceaccess.images.codec import encode_png
from faceaccess.pipeline.results import LookAlike

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "user-guide" / "pictures"
PATIENCE = 600.0  # seconds


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
        train.head.full.setChecked(True)
        until(train.head.retrain.isEnabled)
        train.head.retrain.click()
        live_on(0.5)
        until(train.head.retrain.isEnabled)
        live_on(1.0)
        self.shoot("train")
        self.learn(train)
        self.compare(train)
        self.window.show_place("events")
        live_on(1.5)
        self.shoot("events")
        self.window.show_place("set_up")
        live_on(3.0)
        self.shoot("set-up")

    def learn(self, train: TrainView) -> None:
        """A network that learns the drawn staff."""
        train.show_page("pictures")
        page = train.page_of("pictures")
        assert isinstance(page, PicturesPage)
        with tempfile.TemporaryDirectory() as folder:
            source = drawn_folder(Path(folder) / "staff")
            page.form.side.setValue(24)
            page.form.epochs.setValue(30)
            page.choose(source)
            until(page.pictures.parting.isVisible)
            self.shoot("learn-read")
            page.start()
            until(lambda: len(page.progress.accuracy.points("tested")) >= 12)
            self.shoot("learn-training")
            until(lambda: page.trying.has_model)
            page.take(source / "Li Wei" / "3.png")
            until(lambda: page.trying.shown.has_picture)
            page.page.ensureWidgetVisible(page.trying)
            self.shoot("learn-tried")

    def compare(self, train: TrainView) -> None:
        """Optimizers on drawn faces."""
        train.show_page("compare")
        page = train.page_of("compare")
        assert isinstance(page, ComparePage)
        self.shoot("compare")
        page.start()
        until(lambda: bool(page.curves.accuracy.points(("run", 9))))
        page.page.ensureWidgetVisible(page.drawing)
        self.shoot("compare-running")
        until(page.result.isVisible)
        page.page.verticalScrollBar().setValue(page.page.verticalScrollBar().maximum())
        self.shoot("compare-result")


def drawn_folder(folder: Path) -> Path:
    """Write a folder of class folders with drawn faces, and two files that are none."""
    chance = random.Random(1)  # noqa: S311  # for looks, not for secrets
    for person in STAFF:
        (folder / person.name).mkdir(parents=True)
        for number in range(30):
            pose = Pose(turn=chance.uniform(-20, 20), tilt=chance.uniform(-8, 8), eyes=0.34)
            picture = render(person, width=120, height=120, pose=pose, seed=number)
            (folder / person.name / f"{number}.png").write_bytes(encode_png(picture))
    (folder / STAFF[0].name / "cut off.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / STAFF[1].name / "notes.txt").write_text("not a picture", "utf-8")
    return folder


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
