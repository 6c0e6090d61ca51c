"""What the test of a head found, beside the head that it replaces or is compared with."""

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QTableWidget, QTableWidgetItem, QWidget

from faceaccess.core.head_tests import HeadScore, HeadTest
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.change_table import ChangeTable, changes_words
from faceaccess.gui.widgets.force_panel import ForcePanel
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.plain_table import dress

_ROW = 32


class HeadTestCard(Card):
    """Two heads on the same strangers and pictures, and each person before and after.

    Attributes:
        force: the panel that lets a refused head serve.
        scores, people: the tables.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("The test: before and after"), parent)
        self.words = Label("", "strong", selectable=True)
        self.force = ForcePanel()
        titles = (
            tr("Head"),
            tr("Strangers let in"),
            tr("Pictures known"),
            tr("Taken for somebody else"),
            tr("Threshold"),
            tr("People"),
        )
        self.scores = QTableWidget(0, len(titles))
        self.scores.setHorizontalHeaderLabels(titles)
        dress(self.scores, tr("Both heads in the test"), (200, 150, 150, 180, 100, 80), row=_ROW)
        self.scores.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.weaker = Label(tr("The strangers were drawn by the program: weaker than real ones."))
        self.weaker.set_tone("warn")
        self.changed = Label("", "muted")
        self.people = ChangeTable()
        self.none = Label(
            tr(
                "Every new head is tried on strangers and on pictures that it has not seen, before "
                "it may serve. What the next training finds will be here."
            ),
            "muted",
        )
        for widget in (
            self.none,
            self.words,
            self.force,
            self.scores,
            self.weaker,
            self.changed,
            self.people,
        ):
            self.body.addWidget(widget)
        self.show_nothing()

    def show_nothing(self) -> None:
        """Teach."""
        self.none.setVisible(True)
        for widget in (
            self.words,
            self.force,
            self.scores,
            self.weaker,
            self.changed,
            self.people,
        ):
            widget.setVisible(False)

    def show_test(
        self, title: str, test: HeadTest, names: Mapping[str, str], titles: tuple[str, str]
    ) -> None:
        """Show a test.

        Args:
            title: which heads.
            test: what was found.
            names: of people by id.
            titles: what the head before and the other one are called.
        """
        self.none.setVisible(False)
        self.words.setText(title)
        rows = [(titles[0], test.before), (titles[1], test.after)]
        self._show_scores([(name, score) for name, score in rows if score is not None])
        self.changed.setText(changes_words(test.changed_people))
        self.people.show_changes(test.changed_people, names)
        self.weaker.setVisible(test.synthetic)
        self.people.setVisible(bool(test.changed_people))
        for widget in (self.words, self.scores, self.changed):
            widget.setVisible(True)
        self.force.setVisible(False)

    def _show_scores(self, rows: Sequence[tuple[str, HeadScore]]) -> None:
        self.scores.setRowCount(len(rows))
        for row, (name, score) in enumerate(rows):
            cells = (
                name,
                tr(
                    "{count} of {total}",
                    count=f"{score.strangers_in:,}",
                    total=f"{score.strangers:,}",
                ),
                tr("{count} of {total}", count=f"{score.known:,}", total=f"{score.probes:,}"),
                f"{score.wrong:,}",
                f"{score.threshold:.3f}",
                f"{score.people:,}",
            )
            for column, text in enumerate(cells):
                self.scores.setItem(row, column, QTableWidgetItem(text))
        head = self.scores.horizontalHeader().sizeHint().height()
        self.scores.setFixedHeight(max(len(rows), 1) * _ROW + head + 4)
