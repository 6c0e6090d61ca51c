"""What a comparison found: a sentence or two, and a table."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem, QWidget

from faceaccess.gui.theme import SPACE_2
from faceaccess.gui.training_wording import classes_count, optimizer_name
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.verdict import Verdict
from faceaccess.pipeline.comparing import ComparisonResult
from faceaccess.pipeline.comparison_summary import ComparedOptimizer, Figure

_ROW = 36


class CompareResult(Card):
    """Hidden until there is a result.

    Attributes:
        export_wanted: emitted when it is to be written to a folder.
        table: one row an optimizer.
    """

    export_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Result"), parent)
        self.verdict = Verdict()
        self.body.addWidget(self.verdict)
        self.table = QTableWidget(0, 7)
        self.table.setAccessibleName(tr("Optimizers compared"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.setStyleSheet(f"QTableView::item {{ padding: 0 {SPACE_2}px; }}")
        self.table.verticalHeader().setVisible(False)
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        head = self.table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        head.setSectionResizeMode(head.ResizeMode.ResizeToContents)
        head.setStretchLastSection(True)
        self.body.addWidget(self.table)
        self.note = Label("", "small", selectable=True)
        self.body.addWidget(self.note)
        self.export = Button(
            tr("Export to a folder"), icon="export", clicked=self.export_wanted.emit
        )
        self.body.addWidget(self.export, 0, Qt.AlignmentFlag.AlignLeft)
        self.setVisible(False)

    def show_result(self, result: ComparisonResult) -> None:
        """Say what was found."""
        goal = f"{100 * result.target:g}"
        self.table.setHorizontalHeaderLabels(
            (
                tr("Optimizer"),
                tr("At the end, %"),
                tr("Best, %"),
                tr("Difference"),
                tr("Epochs to {goal} %", goal=goal),
                tr("Seconds to {goal} %", goal=goal),
                tr("Seconds"),
            )
        )
        self.table.setRowCount(len(result.rows))
        for place, row in enumerate(result.rows):
            for column, text in enumerate(_cells(row)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(place, column, item)
        frame = self.table.horizontalHeader().sizeHint().height() + 2 * _ROW // 3
        self.table.setFixedHeight(frame + _ROW * len(result.rows))
        words, figures = findings(result)
        self.verdict.show_words(words, figures, good=True)
        self.note.setText(
            tr(
                "{classes}: {training} pictures to learn from, {test} to test on. Each figure is "
                "the mean of {runs}; in brackets stands the spread where there are several. "
                "The difference is to {first}, start by start.",
                classes=classes_count(len(result.classes)),
                training=f"{result.training:,}",
                test=f"{result.test:,}",
                runs=trn("{count} run", "{count} runs", result.settings.seeds),
                first=optimizer_name(result.rows[0].optimizer),
            )
        )
        self.setVisible(True)


def findings(result: ComparisonResult) -> tuple[str, str]:
    """Return which optimizer ended best, and which came first to the target, each a sentence."""
    ended = [(row.final.mean, row) for row in result.rows if row.final is not None]
    if not ended:
        return tr("No optimizer came to an end: every loss grew beyond all numbers."), ""
    accuracy, best = max(ended, key=lambda pair: pair[0])
    words = tr(
        "{name} was the best at the end: {percent} % of {total} test pictures are right",
        name=optimizer_name(best.optimizer),
        percent=f"{100 * accuracy:.1f}",
        total=f"{result.test:,}",
    )
    goal = f"{100 * result.target:g}"
    arrived = [
        (row.epochs_to.mean, row.seconds_to, row)
        for row in result.rows
        if row.epochs_to is not None
    ]
    if not arrived:
        return words, tr("None of them came to {goal} % in every run.", goal=goal)
    epochs, seconds, first = min(arrived, key=lambda one: one[0])
    return words, tr(
        "{name} needed the fewest epochs to {goal} %: {epochs}, in {seconds} s",
        name=optimizer_name(first.optimizer),
        goal=goal,
        epochs=f"{epochs:.1f}",
        seconds="?" if seconds is None else f"{seconds.mean:.1f}",
    )


def _cells(row: ComparedOptimizer) -> tuple[str, ...]:
    return (
        optimizer_name(row.optimizer),
        _final(row),
        _text(row.best, 100),
        _text(row.difference, 100, "+"),
        _reached(row, row.epochs_to),
        _reached(row, row.seconds_to),
        _text(row.seconds, 1),
    )


def _final(row: ComparedOptimizer) -> str:
    text = _text(row.final, 100)
    if not row.diverged:
        return text
    lost = trn("{count} run lost", "{count} runs lost", row.diverged)
    return tr("{figure}, {lost}", figure=text, lost=lost) if text else lost


def _reached(row: ComparedOptimizer, found: Figure | None) -> str:
    if found is not None:
        return _text(found, 1)
    if row.reached:
        return tr("{count} of {runs} runs", count=row.reached, runs=row.runs)
    return tr("never")


def _text(found: Figure | None, factor: float, sign: str = "") -> str:
    if found is None:
        return ""
    mean = f"{factor * found.mean:{sign}.1f}".replace("-", "\N{MINUS SIGN}")
    return mean if found.spread is None else f"{mean} ({factor * found.spread:.1f})"
