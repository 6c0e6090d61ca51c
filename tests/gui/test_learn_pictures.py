"""Train, page "Pictures": choose, part, train, hold, stop, try, save; and what goes wrong."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from seeded import unnamed
from training_fakes import CLASSES, FakeTrainer, opened

from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views.learn_pictures import PicturesPage
from faceaccess.gui.worker import JobRunner
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.labelled_pictures import RejectedPicture
from faceaccess.pipeline.picture_training import PictureTraining

Make = Callable[..., PicturesPage]


@pytest.fixture
def runner() -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    runner.shutdown()


@pytest.fixture
def trainer() -> Iterator[FakeTrainer]:
    trainer = FakeTrainer()
    with opened(trainer.reading, trainer.training):
        yield trainer


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path, runner: JobRunner, trainer: FakeTrainer) -> Iterator[Make]:
    theme()
    made: list[PicturesPage] = []

    def page(real: PictureTraining | None = None) -> PicturesPage:
        view = PicturesPage(real or trainer, runner, tmp_path / "models")
        qtbot.addWidget(view)
        view.resize(780, 620)
        view.show()
        made.append(view)
        return view

    yield page
    runner.cancel()
    trainer.reading.open()
    trainer.training.open()
    runner.shutdown()
    for view in made:
        view.shutdown()


@pytest.fixture
def page(make: Make) -> PicturesPage:
    return make()


@pytest.fixture
def ready(qtbot: QtBot, page: PicturesPage, tmp_path: Path) -> PicturesPage:
    """A page whose pictures are read and parted, with 3 epochs to train."""
    page.choose(tmp_path / "people")
    qtbot.waitUntil(page.pictures.parting.isVisible)
    page.form.epochs.setValue(3)
    return page


def rows(page: PicturesPage) -> list[list[str]]:
    model = page.pictures.model
    return [
        [model.data(model.index(row, column)) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def picture(path: Path) -> Path:
    cv2.imwrite(str(path), np.full((20, 30, 3), 120, np.uint8))
    return path


def test_an_empty_page_teaches_and_offers_no_training(page: PicturesPage) -> None:
    assert page.pictures.teaching.isVisible()
    assert "one folder for each class" in page.pictures.teaching.text()
    assert page.pictures.first.folder.isVisible()
    assert not page.how.isVisible()
    assert not page.progress.isVisible()
    assert page.trying.isVisible()
    assert not page.trying.picture.isEnabled()


def test_what_was_read_is_said_with_what_could_not_be_used(
    qtbot: QtBot, page: PicturesPage, trainer: FakeTrainer, tmp_path: Path
) -> None:
    trainer.rejected += (RejectedPicture("text.txt", "It is no picture either."),)
    trainer.remarks = ("Two pictures are the same.",)
    page.choose(tmp_path / "people")
    assert page.job.isVisible()
    qtbot.waitUntil(page.pictures.parting.isVisible)
    assert page.pictures.counts.text() == "people: 30 pictures, 3 classes"
    assert rows(page) == [[name, "8", "2"] for name in CLASSES]
    assert page.pictures.split.text() == "20 % are kept for testing: 24 to learn from, 6 to test on"
    assert page.pictures.remarks.text() == "Two pictures are the same."
    fold = page.pictures.rejected_fold
    assert fold.button.text() == "2 files could not be used"
    assert not fold.open
    fold.button.click()
    assert page.pictures.rejected.item(0).text() == "broken.jpg: It is no picture."
    assert page.pictures.rejected.item(1).text() == "text.txt: It is no picture either."
    assert not page.job.isVisible()
    assert page.progress.start.isEnabled()
    assert not page.pictures.teaching.isVisible()


def test_moving_the_share_parts_anew_and_reads_nothing(
    qtbot: QtBot, ready: PicturesPage, trainer: FakeTrainer
) -> None:
    ready.pictures.share.setValue(40)
    qtbot.waitUntil(lambda: "12 to test on" in ready.pictures.split.text())
    assert rows(ready)[0] == ["Ada", "6", "4"]
    assert trainer.parted[-1] == (0.4, 0)
    assert len(trainer.read_with) == 1


def test_a_training_draws_its_curves_and_ends_with_a_verdict(
    qtbot: QtBot, ready: PicturesPage, trainer: FakeTrainer
) -> None:
    qtbot.mouseClick(ready.progress.start, Qt.MouseButton.LeftButton)
    assert ready.job.isVisible()
    assert ready.job.cancel.text() == "Stop"
    assert not ready.progress.start.isVisible()
    assert not ready.form.isEnabled()
    trainer.training.let(2)
    qtbot.waitUntil(lambda: len(ready.progress.accuracy.points("tested")) == 2)
    assert ready.progress.accuracy.points("tested") == ((1.0, 50.0), (2.0, 75.0))
    assert ready.progress.loss.points("learned") == ((1.0, 2.0), (2.0, 1.0))
    assert ready.progress.loss.points("tested") == ((1.0, 2.5), (2.0, 1.25))
    assert ready.progress.loss.points("steps") == ((0.5, 2.0), (1.5, 1.0))
    assert ready.progress.now.text() == "Epoch 2 of 3: loss 1.000, 75.0 % right (4 of 6)"
    assert ready.progress.step.text() == "Step length 0.35, gradient norm 0.75; 1.0 s"
    assert ready.progress.accuracy.accessibleDescription() == (
        "75.0 % right (4 of 6) now; the best so far was 75.0 % right (4 of 6)"
    )
    trainer.training.let()
    qtbot.waitUntil(lambda: ready.progress.has_result)
    assert ready.progress.verdict.words.text() == ("5 of 6 test pictures are named right (83.3 %)")
    told = ready.progress.verdict.figures.text().splitlines()
    assert told == [
        "All epochs that you asked for were trained.",
        "3 of 3 epochs, 1.5 s, loss 0.667, learned from 24 pictures",
    ]
    assert trainer.trained_with == [(Hyperparameters(epochs=3), False)]
    assert ready.progress.start.isVisible()
    assert ready.form.isEnabled()
    qtbot.waitUntil(lambda: ready.trying.has_model)
    assert ready.trying.which.text() == "people: 3 classes"


def test_a_training_can_be_held_and_goes_on(
    qtbot: QtBot, ready: PicturesPage, trainer: FakeTrainer, runner: JobRunner
) -> None:
    ready.start()
    trainer.training.let()
    qtbot.waitUntil(lambda: len(ready.progress.accuracy.points("tested")) == 1)
    ready.job.pause.click()
    assert runner.paused
    assert ready.job.pause.text() == "Resume"
    trainer.training.open()
    qtbot.wait(50)
    assert len(ready.progress.accuracy.points("tested")) == 1
    ready.job.pause.click()
    assert ready.job.pause.text() == "Pause"
    qtbot.waitUntil(lambda: ready.progress.has_result)
    assert len(ready.progress.accuracy.points("tested")) == 3


@pytest.mark.parametrize("held", [False, True])
def test_stop_keeps_what_was_learned(
    qtbot: QtBot, ready: PicturesPage, trainer: FakeTrainer, held: bool
) -> None:
    ready.start()
    trainer.training.let()
    qtbot.waitUntil(lambda: len(ready.progress.accuracy.points("tested")) == 1)
    if held:
        ready.job.pause.click()
    ready.job.cancel.click()
    assert ready.job.cancel.text() == "Stopping"
    trainer.training.let()  # the step that it may be in
    qtbot.waitUntil(lambda: ready.progress.has_result)
    assert "It ended because you stopped it." in ready.progress.verdict.figures.text()
    assert ready.progress.buttons.isVisible()
    qtbot.waitUntil(lambda: ready.trying.has_model)


def test_cancelling_the_reading_leaves_an_empty_page(
    qtbot: QtBot, page: PicturesPage, trainer: FakeTrainer, tmp_path: Path
) -> None:
    trainer.reading._open.clear()
    trainer.reading._permits.acquire(blocking=False)
    while trainer.reading._permits.acquire(blocking=False):
        pass
    page.choose(tmp_path / "people")
    assert page.job.cancel.text() == "Cancel"
    page.job.cancel.click()
    trainer.reading.let(3)
    qtbot.waitUntil(lambda: page.bar.message is not None)
    assert page.bar.message is not None
    assert page.bar.message.text == "Cancelled."
    assert page.pictures.teaching.isVisible()
    assert not page.how.isVisible()


def test_pictures_that_cannot_be_read_are_an_error_in_the_page(
    qtbot: QtBot, page: PicturesPage, trainer: FakeTrainer, tmp_path: Path
) -> None:
    trainer.fails = KnownError("The folder people is empty.", "Put pictures in it.")
    page.choose(tmp_path / "people")
    qtbot.waitUntil(lambda: page.bar.message is not None)
    assert page.bar.message is not None
    assert page.bar.message.text == "The folder people is empty."
    assert page.pictures.teaching.isVisible()


def test_a_training_that_fails_keeps_the_pictures(
    qtbot: QtBot, ready: PicturesPage, trainer: FakeTrainer
) -> None:
    trainer.fails = KnownError("The disk is full.", "Make room.")
    trainer.training.open()
    ready.start()
    qtbot.waitUntil(lambda: ready.bar.message is not None)
    assert ready.bar.message is not None
    assert ready.bar.message.text == "The disk is full."
    assert ready.progress.start.isEnabled()
    assert not ready.progress.has_result


def test_another_size_is_read_anew_before_the_training(
    qtbot: QtBot, ready: PicturesPage, trainer: FakeTrainer
) -> None:
    trainer.training.open()
    ready.form.side.setValue(48)
    ready.form.colour.click()
    ready.start()
    qtbot.waitUntil(lambda: ready.progress.has_result)
    assert [(one.size, one.colour) for one in trainer.read_with] == [(32, False), (48, True)]
    ready.start()
    qtbot.waitUntil(lambda: len(trainer.trained_with) == 2)
    assert len(trainer.read_with) == 2


def test_what_was_broken_off_is_asked_about(
    qtbot: QtBot, ready: PicturesPage, trainer: FakeTrainer, tmp_path: Path
) -> None:
    trainer.training.open()
    folder = tmp_path / "models"
    folder.mkdir()
    ready.start()
    qtbot.waitUntil(lambda: ready.progress.has_result)
    (model,) = folder.iterdir()
    checkpoint = trainer.checkpoint_of(model)
    checkpoint.write_bytes(b"half of it")
    ready.start()
    assert ready.bar.message is not None
    assert ready.bar.message.text == "A training on these pictures was broken off."
    assert len(trainer.trained_with) == 1
    ready.go_on()
    qtbot.waitUntil(lambda: len(trainer.trained_with) == 2)
    assert trainer.trained_with[-1][1]
    qtbot.waitUntil(lambda: not ready.job.isVisible())
    ready.begin_anew()
    qtbot.waitUntil(lambda: len(trainer.trained_with) == 3)
    assert not trainer.trained_with[-1][1]
    assert not checkpoint.exists()


def test_two_folders_of_one_name_do_not_share_a_model(
    qtbot: QtBot, page: PicturesPage, trainer: FakeTrainer, tmp_path: Path
) -> None:
    trainer.training.open()
    for place in ("a", "b"):
        page.choose(tmp_path / place / "people")
        qtbot.waitUntil(lambda: page.progress.start.isVisible() and page.progress.start.isEnabled())
        page.start()
        qtbot.waitUntil(lambda: page.progress.has_result)
        qtbot.waitUntil(lambda: not page.job.isVisible())
    names = [path.name for path in (tmp_path / "models").iterdir()]
    assert len(names) == 2
    assert all(name.startswith("people-") for name in names)


def test_another_training_that_runs_keeps_the_button_still(
    qtbot: QtBot, ready: PicturesPage, runner: JobRunner, trainer: FakeTrainer
) -> None:
    import threading

    hold = threading.Event()
    runner.call(lambda: hold.wait(10), on_failed=pytest.fail)
    assert not ready.progress.start.isEnabled()
    assert ready.progress.waiting.isVisible()
    assert not ready.pictures.other.isEnabled()
    ready.start()  # by whatever way
    assert ready.bar.message is not None
    assert trainer.trained_with == []
    hold.set()
    qtbot.waitUntil(ready.progress.start.isEnabled)
    assert not ready.progress.waiting.isVisible()


def test_pictures_that_are_dropped_while_it_trains_change_nothing(
    qtbot: QtBot, ready: PicturesPage, trainer: FakeTrainer, tmp_path: Path
) -> None:
    ready.start()
    trainer.training.let()
    qtbot.waitUntil(lambda: len(ready.progress.accuracy.points("tested")) == 1)
    ready.take(tmp_path / "other.csv")
    assert ready.bar.message is not None
    assert ready.job.isVisible()
    assert not ready.form.isEnabled()
    assert ready.pictures.counts.text().startswith("people: ")
    trainer.training.open()
    qtbot.waitUntil(lambda: ready.progress.has_result)
    assert len(trainer.read_with) == 1


def test_the_wheel_scrolls_the_page_and_changes_nothing(qtbot: QtBot, ready: PicturesPage) -> None:
    fields = (ready.form.epochs, ready.form.step, ready.form.network, ready.pictures.share)
    before = [ready.form.choices(), ready.pictures.share.value()]
    for field in fields:
        none, still = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(
            QPointF(5, 5),
            QPointF(5, 5),
            QPoint(0, 0),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            none,
            still,
            False,
        )
        QApplication.sendEvent(field, event)
        assert not event.isAccepted()
    assert [ready.form.choices(), ready.pictures.share.value()] == before


def test_a_picture_is_tried_on_the_trained_model(
    qtbot: QtBot, ready: PicturesPage, trainer: FakeTrainer, tmp_path: Path
) -> None:
    trainer.training.open()
    ready.start()
    qtbot.waitUntil(lambda: ready.trying.has_model)
    ready.take(picture(tmp_path / "who.png"))
    qtbot.waitUntil(lambda: ready.trying.shown.has_picture)
    assert ready.trying.says.text() == "Li Wei (probability 0.91)"
    shown = [(a.text(), c.text()) for a, _, c in ready.trying.rows if a.isVisible()]
    assert shown == [("Li Wei", "0.91"), ("Ada", "0.07"), ("Tom", "0.02")]
    assert [bar.value() for _, bar, _ in ready.trying.rows[:3]] == [910, 70, 20]
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"nothing")
    ready.take(broken)
    qtbot.waitUntil(lambda: "broken.png" in ready.trying.says.text())
    assert not ready.trying.shown.has_picture
    assert not ready.trying.rows[0][0].isVisible()


def test_a_model_file_can_be_opened_and_a_wrong_one_is_refused(
    qtbot: QtBot, page: PicturesPage, tmp_path: Path
) -> None:
    page.take(picture(tmp_path / "who.png"))
    assert page.bar.message is not None
    assert page.bar.message.text == "There is no model yet that could name the picture."
    (tmp_path / "mine.model").write_bytes(b"a model")
    page.take(tmp_path / "mine.model")
    qtbot.waitUntil(lambda: page.trying.has_model)
    assert page.trying.which.text() == "mine.model: 3 classes"
    assert page.trying.picture.isEnabled()
    page.take(tmp_path / "lost.model")
    qtbot.waitUntil(lambda: "lost.model" in page.bar.accessibleName())
    assert page.trying.which.text() == "mine.model: 3 classes"  # the one before stays
    page.take(tmp_path / "who.png")
    page.take(tmp_path / "mine.model")  # while the picture is looked at
    qtbot.waitUntil(lambda: not page.trying.answer.isVisible())
    assert page.trying.has_model


def test_a_folder_or_a_list_that_is_dropped_is_read(
    qtbot: QtBot, page: PicturesPage, trainer: FakeTrainer, tmp_path: Path
) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    for path in (folder, tmp_path / "list.csv"):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        none = Qt.KeyboardModifier.NoModifier
        page.dropEvent(
            QDropEvent(
                QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, none
            )
        )
        qtbot.waitUntil(lambda path=path: page.pictures.counts.text().startswith(path.name + ": "))
        qtbot.waitUntil(lambda: not page.job.isVisible())
    assert len(trainer.read_with) == 2


def test_what_the_buttons_ask_for_is_taken(
    qtbot: QtBot,
    page: PicturesPage,
    trainer: FakeTrainer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    model, saved = tmp_path / "mine.model", tmp_path / "saved.model"
    model.write_bytes(b"a model")
    files = ["", "/list.csv", str(model), str(picture(tmp_path / "who.png"))]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/somewhere/people")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (files.pop(0), ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(saved), ""))
    page.pictures.first.list.click()  # nothing was chosen in the end
    assert trainer.read_with == []
    page.pictures.first.folder.click()
    qtbot.waitUntil(lambda: page.pictures.counts.text().startswith("people: "))
    page.pictures.other.list.click()
    qtbot.waitUntil(lambda: page.pictures.counts.text().startswith("list.csv: "))
    page.trying.open.click()
    qtbot.waitUntil(lambda: page.trying.has_model)
    page.trying.picture.click()
    qtbot.waitUntil(lambda: page.trying.shown.has_picture)
    trainer.training.open()
    page.form.epochs.setValue(2)
    page.start()
    qtbot.waitUntil(lambda: page.progress.has_result)
    page.progress.save.click()
    qtbot.waitUntil(lambda: page.bar.message is not None)
    assert [out for _, out in trainer.copied] == [saved]


def test_the_model_is_saved_elsewhere_and_a_full_disk_is_said(
    qtbot: QtBot, ready: PicturesPage, trainer: FakeTrainer, tmp_path: Path
) -> None:
    trainer.training.open()
    ready.start()
    qtbot.waitUntil(lambda: ready.progress.has_result)
    ready.save_to(tmp_path / "mine.model")
    qtbot.waitUntil(lambda: ready.bar.message is not None)
    assert ready.bar.message is not None
    assert ready.bar.message.text == f"The model was saved to {tmp_path / 'mine.model'}."
    assert trainer.copied[0][1] == tmp_path / "mine.model"
    trainer.copy_fails = KnownError("The disk is full.", "Make room.")
    ready.save_to(tmp_path / "other.model")
    qtbot.waitUntil(lambda: ready.bar.message.text == "The disk is full.")  # type: ignore[union-attr]  # it is there


def test_a_value_that_is_not_possible_is_said(qtbot: QtBot, ready: PicturesPage) -> None:
    ready.form.loss.addItem("strange", "strange")
    ready.form.loss.setCurrentIndex(ready.form.loss.findData("strange"))
    ready.start()
    assert ready.bar.message is not None
    assert "strange" in ready.bar.message.text
    assert not ready.job.isVisible()
    assert "choices" not in ready.remembered()


def test_choices_are_remembered(make: Make) -> None:
    first = make()
    first.form.epochs.setValue(7)
    first.form.layers.setText("fc 8 | relu | classes")
    first.form.until_accuracy.setValue(95.5)
    first.form.colour.click()
    first.pictures.share.setValue(35)
    kept = first.remembered()
    second = make()
    second.restore(kept)
    assert second.form.choices() == first.form.choices()
    assert second.pictures.share.value() == 35
    second.restore({"choices": "[1, 2", "share": "many"})
    assert second.form.choices() == first.form.choices()


def test_a_diverged_training_is_marked(
    qtbot: QtBot, ready: PicturesPage, trainer: FakeTrainer
) -> None:
    trainer.stopped_by = "diverged"
    trainer.training.open()
    ready.start()
    qtbot.waitUntil(lambda: ready.progress.has_result)
    assert "no number any more" in ready.progress.verdict.figures.text()
    assert ready.progress.verdict._icon == ("warn", "warn")


@pytest.mark.parametrize("language", ["en", LONGER, "zh_CN"])
def test_every_control_has_a_name_and_nothing_is_cut_at_the_least_width(
    qtbot: QtBot, make: Make, trainer: FakeTrainer, tmp_path: Path, language: str
) -> None:
    use_language(language)
    try:
        trainer.training.open()
        view = make()
        view.choose(tmp_path / ("Ω" * 60))
        qtbot.waitUntil(view.pictures.parting.isVisible)
        view.form.more.button.click()
        view.form.epochs.setValue(2)
        view.start()
        qtbot.waitUntil(lambda: view.trying.has_model)
        view.take(picture(tmp_path / f"{'w' * 80}.png"))
        qtbot.waitUntil(lambda: view.trying.shown.has_picture)
        assert unnamed(view) == []
        room = 960 - 1.5 * 172 if language == LONGER else 960 - 172
        needed = view.how.parentWidget().minimumSizeHint().width()
        assert needed <= room - 2 * 24 - 20  # the place's margins, the scroll bar
    finally:
        use_language("en")


def test_a_real_network_learns_a_real_folder(qtbot: QtBot, make: Make, tmp_path: Path) -> None:
    """Dark, bright and striped squares, told apart by a network that is saved and tried."""
    rng = np.random.default_rng(3)
    for name, base in (("dark", 30), ("bright", 220), ("striped", None)):
        folder = tmp_path / "squares" / name
        folder.mkdir(parents=True)
        for number in range(15):
            pixels = np.full((16, 16), 125 if base is None else base, np.float64)
            if base is None:
                pixels[::2] = 20
            noisy = (pixels + rng.normal(0, 6, pixels.shape)).clip(0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / f"{number}.png"), noisy)
    (tmp_path / "squares" / "dark" / "broken.png").write_bytes(b"\x89PNG")
    view = make(PictureTraining(SystemClock()))
    view.form.side.setValue(8)
    view.form.layers.setText("conv 4x3 pad 1 | relu | pool 2 | fc 16 | relu | classes")
    view.form.optimizer.setCurrentIndex(view.form.optimizer.findData("adam"))
    view.form.step.setValue(0.02)
    view.form.shift.setValue(0)
    view.form.epochs.setValue(12)
    view.form.batch.setValue(9)
    view.choose(tmp_path / "squares")
    qtbot.waitUntil(view.pictures.parting.isVisible, timeout=20_000)
    assert view.pictures.counts.text() == "squares: 45 pictures, 3 classes"
    assert "broken.png" in view.pictures.rejected.item(0).text()
    view.start()
    qtbot.waitUntil(
        lambda: view.progress.has_result or view.bar.message is not None, timeout=120_000
    )
    assert view.bar.message is None
    assert view.progress.verdict.words.text() == "9 of 9 test pictures are named right (100.0 %)"
    assert len(view.progress.accuracy.points("tested")) == 12
    view.form.epochs.setValue(100_000)
    view.start()
    qtbot.waitUntil(lambda: len(view.progress.accuracy.points("tested")) >= 2, timeout=60_000)
    view.job.cancel.click()
    qtbot.waitUntil(lambda: view.progress.has_result, timeout=60_000)
    assert "It ended because you stopped it." in view.progress.verdict.figures.text()
    qtbot.waitUntil(lambda: view.trying.has_model, timeout=60_000)
    qtbot.waitUntil(lambda: view.trying._opening is None, timeout=60_000)
    view.take(tmp_path / "squares" / "bright" / "0.png")
    qtbot.waitUntil(lambda: view.trying.shown.has_picture, timeout=60_000)
    assert view.trying.says.text().startswith("bright (probability ")
    view.save_to(tmp_path / "copy.model")
    qtbot.waitUntil(lambda: view.bar.message is not None, timeout=60_000)
    assert (tmp_path / "copy.model").stat().st_size > 1000
    view.take(tmp_path / "copy.model")
    qtbot.waitUntil(lambda: view.trying.which.text() == "copy.model: 3 classes", timeout=60_000)
