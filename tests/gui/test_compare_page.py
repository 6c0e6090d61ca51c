"""Train, page "Compare": curves side by side, by epoch or time, the table, export, what fails."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from seeded import unnamed
from training_fakes import FakeComparing, opened

from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Progress
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views.compare import ComparePage
from faceaccess.gui.widgets.compare_result import findings
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.comparing import COMPARED, Comparing, ComparisonSettings

Make = Callable[..., ComparePage]
TWO = {"direction", "adam"}


@pytest.fixture
def runner() -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    runner.shutdown()


@pytest.fixture
def comparing() -> Iterator[FakeComparing]:
    comparing = FakeComparing()
    with opened(comparing.gate):
        yield comparing


@pytest.fixture
def make(qtbot: QtBot, runner: JobRunner, comparing: FakeComparing) -> Iterator[Make]:
    theme()
    made: list[ComparePage] = []

    def page(real: Comparing | None = None) -> ComparePage:
        view = ComparePage(real or comparing, runner)
        qtbot.addWidget(view)
        view.resize(780, 620)
        view.show()
        made.append(view)
        return view

    yield page
    runner.cancel()
    comparing.gate.open()
    runner.shutdown()
    for view in made:
        view.shutdown()


@pytest.fixture
def page(make: Make) -> ComparePage:
    """A page on which two optimizers are chosen, two runs of two epochs each."""
    view = make()
    for name, check in view.form.optimizers.items():
        check.setChecked(name in TWO)
    view.form.seeds.setValue(2)
    view.form.epochs.setValue(2)
    return view


def test_drawn_faces_and_all_optimizers_are_ready_to_compare(page: ComparePage, make: Make) -> None:
    fresh = make()
    assert fresh.form.settings().optimizers == COMPARED
    assert fresh.form.settings() == ComparisonSettings(epochs=fresh.form.epochs.value())
    assert "need no pictures" in fresh.form.where.text()
    assert not fresh.drawing.isVisible()
    assert not fresh.result.isVisible()


def test_the_curves_grow_side_by_side(
    qtbot: QtBot, page: ComparePage, comparing: FakeComparing
) -> None:
    qtbot.mouseClick(page.start_button, Qt.MouseButton.LeftButton)
    assert page.job.isVisible()
    assert not page.form.isEnabled()
    comparing.gate.let(3)
    qtbot.waitUntil(lambda: len(page.curves.accuracy.points(("run", 1))) == 1)
    assert page.curves.accuracy.points(("run", 0)) == ((1.0, 50.0), (2.0, 75.0))
    assert page.curves.loss.points(("run", 0)) == ((1.0, 2.0), (2.0, 1.0))
    assert page.curves.accuracy.points(("mean", "direction")) == ((1.0, 50.0), (2.0, 75.0))
    assert page.curves.accuracy.points(("mean", "adam")) == ()
    assert page.curves.legend.names == ("Direction: 75.0 % right", "Adam: 40.0 % right")
    assert page.curves.accuracy.accessibleDescription() == (
        "Direction: 75.0 % right; Adam: 40.0 % right"
    )
    assert page.curves.loss.accessibleDescription() == "Direction: loss 1.000; Adam: loss 2.000"
    assert page.job.words.text() == "Adam, seed 0: step 12 of 32"
    comparing.gate.open()
    qtbot.waitUntil(page.result.isVisible)
    mean = page.curves.accuracy.points(("mean", "direction"))
    assert [epoch for epoch, _ in mean] == [1.0, 2.0]
    assert [right for _, right in mean] == pytest.approx([49.5, 74.5])
    assert not page.job.isVisible()
    assert page.form.isEnabled()
    assert comparing.asked[0][0] is None
    assert comparing.asked[0][1].optimizers == ("direction", "adam")


def test_runs_of_one_optimizer_look_alike_and_stand_behind_their_mean(
    qtbot: QtBot, page: ComparePage, comparing: FakeComparing
) -> None:
    page.curves.loss.load()
    comparing.gate.open()
    page.start()
    qtbot.waitUntil(page.result.isVisible)
    lines = page.curves.loss._lines
    pens = {line: lines[line].opts["pen"] for line in lines}
    assert pens["run", 0].color().name() == pens["run", 2].color().name()
    assert pens["run", 0].color().name() == pens["mean", "direction"].color().name()
    assert pens["run", 0].color().name() != pens["run", 1].color().name()
    assert pens["mean", "direction"].dashPattern() != pens["mean", "adam"].dashPattern()
    assert pens["mean", "direction"].widthF() > pens["run", 0].widthF()
    assert lines["mean", "direction"].zValue() > lines["run", 0].zValue()


def test_curves_can_be_looked_at_by_time(
    qtbot: QtBot, page: ComparePage, comparing: FakeComparing
) -> None:
    comparing.gate.open()
    page.start()
    qtbot.waitUntil(page.result.isVisible)
    page.curves.axis.buttons["seconds"].click()
    assert page.curves.accuracy.points(("run", 0)) == ((0.5, 50.0), (1.0, 75.0))
    assert page.curves.loss.points(("mean", "adam")) == ((0.5, 2.0), (1.0, 1.0))
    page.curves.axis.buttons["epochs"].click()
    assert page.curves.accuracy.points(("run", 0)) == ((1.0, 50.0), (2.0, 75.0))


def test_the_table_says_what_was_found(
    qtbot: QtBot, page: ComparePage, comparing: FakeComparing
) -> None:
    comparing.gate.open()
    page.start()
    qtbot.waitUntil(page.result.isVisible)
    table = page.result.table
    cells = [[table.item(row, column).text() for column in range(7)] for row in range(2)]
    # Direction: 75 and 74 % at the end; Adam 10 below; 60 % between the epochs.
    assert cells[0] == [
        "Direction",
        "74.5 (0.7)",
        "74.5 (0.7)",
        "",
        "1.4 (0.0)",
        "0.7 (0.0)",
        "1.0 (0.0)",
    ]
    assert cells[1][:4] == ["Adam", "64.5 (0.7)", "64.5 (0.7)", "\N{MINUS SIGN}10.0 (0.0)"]
    assert table.horizontalHeaderItem(4).text() == "Epochs to 60 %"
    assert page.result.verdict.words.text() == (
        "Direction was the best at the end: 74.5 % of 50 test pictures are right"
    )
    assert page.result.verdict.figures.text() == (
        "Direction needed the fewest epochs to 60 %: 1.4, in 0.7 s"
    )
    assert "the mean of 2 runs" in page.result.note.text()


def test_findings_without_a_target_reached_and_without_any_end(
    qtbot: QtBot, page: ComparePage, comparing: FakeComparing
) -> None:
    from dataclasses import replace

    comparing.gate.open()
    page.start()
    qtbot.waitUntil(page.result.isVisible)
    result = page._result
    assert result is not None
    never = replace(
        result, rows=tuple(replace(row, epochs_to=None, seconds_to=None) for row in result.rows)
    )
    assert findings(never)[1] == "None of them came to 60 % in every run."
    lost = replace(
        result,
        rows=tuple(
            replace(
                row,
                final=None,
                best=None,
                difference=None,
                diverged=2,
                reached=0,
                epochs_to=None,
                seconds_to=None,
            )
            for row in result.rows
        ),
    )
    assert findings(lost)[0].startswith("No optimizer came to an end")
    page.result.show_result(lost)
    assert page.result.table.item(0, 1).text() == "2 runs lost"
    assert page.result.table.item(0, 4).text() == "never"


def test_it_can_be_held_and_cancelled(
    qtbot: QtBot, page: ComparePage, comparing: FakeComparing, runner: JobRunner
) -> None:
    page.start()
    comparing.gate.let()
    qtbot.waitUntil(lambda: bool(page.curves.accuracy.points(("run", 0))))
    page.job.pause.click()
    assert runner.paused
    page.job.cancel.click()
    comparing.gate.let()
    qtbot.waitUntil(lambda: page.bar.message is not None)
    assert page.bar.message is not None
    assert page.bar.message.remedy == "The curves show how far it came."
    assert comparing.closed
    assert page.drawing.isVisible()
    assert not page.result.isVisible()
    assert page.start_button.isEnabled()


def test_what_cannot_be_compared_is_said(
    qtbot: QtBot, page: ComparePage, comparing: FakeComparing
) -> None:
    for check in page.form.optimizers.values():
        check.setChecked(False)
    page.start()
    assert page.bar.message is not None
    assert page.bar.message.text == "No optimizer is named."
    assert comparing.asked == []
    page.form.optimizers["adam"].setChecked(True)
    comparing.fails = KnownError("The folder is empty.", "Put pictures in it.")
    page.start()
    qtbot.waitUntil(lambda: page.bar.message is not None)
    assert page.bar.message.text == "The folder is empty."
    assert not page.drawing.isVisible()


def test_another_training_that_runs_keeps_the_button_still(
    qtbot: QtBot, page: ComparePage, runner: JobRunner
) -> None:
    import threading

    hold = threading.Event()
    runner.call(lambda: hold.wait(10), on_failed=pytest.fail)
    assert not page.start_button.isEnabled()
    assert page.waiting.isVisible()
    page.start()
    assert page.bar.message is not None
    hold.set()
    qtbot.waitUntil(page.start_button.isEnabled)


def test_a_folder_can_be_chosen_or_dropped(
    qtbot: QtBot,
    page: ComparePage,
    comparing: FakeComparing,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    answers = ["", str(tmp_path / "chosen")]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: answers.pop(0))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/pictures.csv", ""))
    page.form.own.click()
    assert page.form.drawn.isChecked()  # none was chosen
    page.form.own.click()
    assert page.form.own.isChecked()
    assert page.form.source == tmp_path / "chosen"
    page.form.source_buttons.list.click()
    assert page.form.source == Path("/pictures.csv")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    none = Qt.KeyboardModifier.NoModifier
    left, copy = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
    page.dropEvent(QDropEvent(QPointF(5, 5), copy, mime, left, none))
    assert page.form.own.isChecked()
    assert page.form.side.isEnabled()
    page.form.share.setValue(30)
    page.form.colour.click()
    comparing.gate.open()
    page.start()
    qtbot.waitUntil(page.result.isVisible)
    source, settings = comparing.asked[0]
    assert source == tmp_path
    assert (settings.share, settings.colour) == (0.3, True)
    page.form.drawn.click()
    assert page.form.source is None
    assert page.form.settings().colour is False


def test_it_is_exported_to_a_folder(
    qtbot: QtBot, page: ComparePage, comparing: FakeComparing, tmp_path: Path
) -> None:
    page.export_to(tmp_path)  # nothing to export yet
    comparing.gate.open()
    page.start()
    qtbot.waitUntil(page.result.isVisible)
    page.export_to(tmp_path)
    qtbot.waitUntil(lambda: page.bar.message is not None)
    assert page.bar.message is not None
    assert page.bar.message.text == f"The comparison was written to {tmp_path}."
    assert page.bar.message.remedy == "Files: report.md, runs.csv"
    assert comparing.exported == [tmp_path]
    comparing.export_fails = KnownError("The disk is full.", "Make room.")
    page.export_to(tmp_path / "b")
    qtbot.waitUntil(lambda: page.bar.message.text == "The disk is full.")  # type: ignore[union-attr]  # it is there


def test_choices_and_the_axis_are_remembered(page: ComparePage, make: Make) -> None:
    page.curves.axis.buttons["seconds"].click()
    kept = page.remembered()
    again = make()
    again.restore(kept)
    assert again.form.settings().optimizers == ("direction", "adam")
    assert again.form.seeds.value() == 2
    assert again.curves.by == "seconds"
    assert again.curves.axis.buttons["seconds"].isChecked()
    again.restore({"choices": "{}", "axis": "moons"})
    assert again.form.seeds.value() == 2
    assert again.curves.by == "seconds"


def test_progress_of_reading_draws_nothing(page: ComparePage) -> None:
    page.curves.begin(["adam"])
    page.curves.show_progress(Progress("Reading pictures", 1, 10, "a, seed 1.png"))
    assert page.curves.loss.lines() == ()
    assert page.curves.legend.names == ("Adam",)


@pytest.mark.parametrize("language", ["en", LONGER, "zh_CN"])
def test_every_control_has_a_name_and_nothing_is_cut_at_the_least_width(
    qtbot: QtBot, make: Make, comparing: FakeComparing, language: str
) -> None:
    use_language(language)
    try:
        view = make()
        view.form.more.button.click()
        view.form.epochs.setValue(2)
        comparing.gate.open()
        view.start()
        qtbot.waitUntil(view.result.isVisible)
        assert unnamed(view) == []
        room = 960 - 1.5 * 172 if language == LONGER else 960 - 172
        needed = view.drawing.parentWidget().minimumSizeHint().width()
        assert needed <= room - 2 * 24 - 20  # the place's margins, the scroll bar
    finally:
        use_language("en")


def test_a_real_comparison_of_a_few_drawn_faces(
    qtbot: QtBot, make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Few faces and one epoch; the figures and the files are the use case's own."""
    from functools import partial

    from faceaccess.camera.drawn_people import STAFF
    from faceaccess.pipeline import drawn_pictures

    people = sorted(STAFF, key=lambda person: person.name)[:3]
    few = partial(drawn_pictures.draw, training=8, test=4, people=people)
    monkeypatch.setattr(drawn_pictures, "draw", few)
    view = make(Comparing(SystemClock()))
    for name, check in view.form.optimizers.items():
        check.setChecked(name in TWO)
    view.form.seeds.setValue(1)
    view.form.epochs.setValue(2)
    view.form.batch.setValue(8)
    view.start()
    qtbot.waitUntil(
        lambda: view.result.isVisible() or view.bar.message is not None, timeout=120_000
    )
    assert view.bar.message is None
    assert view.result.table.rowCount() == 2
    assert len(view.curves.accuracy.points(("mean", "adam"))) == 2
    view.export_to(tmp_path / "out")
    qtbot.waitUntil(lambda: view.bar.message is not None, timeout=60_000)
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["curves.png", "curves.svg", "report.md", "runs.csv"]
