"""Makes the pictures of the user guide; see `script/screenshots`."""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from faceaccess.app import App, build_demo
from faceaccess.camera.drawn_people import STAFF, STRANGERS, DrawnPerson, Pose, render
from faceaccess.core.actors import Actor
from faceaccess.core.reasons import Reason
from faceaccess.gui.main import build_window
from faceaccess.gui.main_window import MainWindow
from faceaccess.gui.theme import theme
from faceaccess.gui.views.compare import ComparePage
from faceaccess.gui.views.enrol import EnrolView
from faceaccess.gui.views.events import EventsView
from faceaccess.gui.views.learn_pictures import PicturesPage
from faceaccess.gui.views.live import LiveView
from faceaccess.gui.views.people import PeopleView
from faceaccess.gui.views.set_up import SetUpView
from faceaccess.gui.views.strangers import StrangersPage
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

    def strangers(self) -> None:
        """Strangers and look-alikes, what thresholds mean, the stated risk."""
        self.window.show_place("people/strangers")
        people = self.window.view("people")
        assert isinstance(people, PeopleView)
        page = people.page_of("strangers")
        assert isinstance(page, StrangersPage)
        with tempfile.TemporaryDirectory() as folder:
            page.add_folder(drawn_strangers(Path(folder) / "visitors"))
            until(lambda: page.model.rowCount() and not page.job.isVisible())
        live_on(1.5)
        self.shoot("people-strangers")
        self.window.show_place("people/look_alikes")
        live_on(1.5)
        self.shoot("people-look-alikes")
        self.window.show_place("people/enrolled")
        self.window.show_place("train")
        train = self.window.view("train")
        assert isinstance(train, TrainView)
        until(train.head.det.compute.isEnabled)
        train.head.det.compute.click()
        until(train.head.det.plot.isVisible)
        train.head.page.verticalScrollBar().setValue(train.head.det.y())
        self.shoot("train-threshold")
        self.window.show_place("set_up")
        view = self.window.view("set_up")
        assert isinstance(view, SetUpView)
        live_on(2.0)
        card = view.risk
        card.fold.unfold(open_=False)
        card.field.setText("1/20")
        card.field.textEdited.emit("1/20")
        card.find_out.click()
        until(card.promise.isVisible)
        view.page.verticalScrollBar().setValue(card.y())
        self.shoot("set-up-risk")
        view.page.verticalScrollBar().setValue(0)

    def visits(self) -> None:
        """One visit, corrected; what if."""
        self.window.show_place("events")
        view = self.window.view("events")
        assert isinstance(view, EventsView)
        until(lambda: view.model.rowCount() >= 6)
        rows = [view.model.event_at(row) for row in range(view.model.rowCount())]
        known = next(row for row, event in enumerate(rows) if event.decision.person)
        view.table.setCurrentIndex(view.model.index(known, 1))
        until(view.panel.wrong.isEnabled)
        self.shoot("events-visit")
        view.panel.close_panel()
        view.show_what_if()
        page = view.what_if_page
        assert page is not None
        until(page.picture.isVisible)
        page.slider.setValue(950)
        live_on(1.5)
        self.shoot("what-if")
        page.closed.emit()

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
        self.window.show_place("events")
        live_on(1.5)
        self.shoot("events")
        self.window.show_place("set_up")
        live_on(3.0)
        self.shoot("set-up")

    def learning(self) -> None:
        """The further pages of Train."""
        self.window.show_place("train")
        train = self.window.view("train")
        assert isinstance(train, TrainView)
        self.learn(train)
        self.compare(train)
        train.show_page("head")

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


def drawn_strangers(folder: Path) -> Path:
    """Write pictures of drawn people who are nobody, each mixed from parts of others."""
    chance = random.Random(3)  # noqa: S311  # for looks, not for secrets
    folder.mkdir(parents=True)
    everybody = (*STAFF, *STRANGERS)
    parts = [part.name for part in fields(DrawnPerson) if part.name != "name"]
    for number in range(1, 161):
        mixed = replace(
            chance.choice(everybody),
            name=f"Visitor {number}",
            **{part: getattr(chance.choice(everybody), part) for part in parts},
        )
        picture = render(mixed, pose=Pose(turn=chance.uniform(-10, 10)), seed=number)
        (folder / f"visitor {number:03}.png").write_bytes(encode_png(picture))
    return folder


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
    scenes = ("live", "enrol", "others", "learning", "strangers", "visits")
    parser.add_argument("--only", choices=scenes, nargs="*", default=scenes, help="which of them")
    parser.add_argument("--language", default="en", help="of the window")
    options = parser.parse_args()
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    app = build_demo()
    app.settings.set(Actor("demo", "demo"), "language", options.language)
    window = build_window(app)
    window.resize(1280, 840)
    try:
        window.show()
        window.start()
        studio = Studio(app, window, folder)
        for scene in scenes:
            if scene in options.only:
                getattr(studio, scene)()
    finally:
        window.shutdown()
        app.close()


if __name__ == "__main__":
    main()
