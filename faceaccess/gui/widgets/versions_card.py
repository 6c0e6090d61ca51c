"""The versions of the head: which serves, and using, keeping and comparing others."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QItemSelection, Signal
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem, QWidget

from faceaccess.core.heads import HeadRecord
from faceaccess.gui.theme import SPACE_2
from faceaccess.gui.told import told
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.flow import FlowLayout
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.plain_table import dress
from faceaccess.gui.wording import moment_words

_WIDTHS = (68, 120, 190, 64, 72, 124, 88, 112, 120)


class VersionsCard(Card):
    """Newest first. One row can be used or pinned, two can be compared.

    Attributes:
        using: emitted with the version that is to serve.
        pinning: emitted with a version and whether its numbers are to be kept.
        comparing: emitted with two versions, the older first.
    """

    using = Signal(int)
    pinning = Signal(int, bool)
    comparing = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Versions of the head"), parent)
        self._heads: Sequence[HeadRecord] = ()
        self._serving: int | None = None
        self._busy = False
        titles = (
            tr("Version"),
            tr("When"),
            tr("Why"),
            tr("People"),
            tr("Pictures"),
            tr("Strangers let in"),
            tr("Threshold"),
            tr("State"),
            tr("By"),
        )
        self.table = QTableWidget(0, len(titles))
        self.table.setHorizontalHeaderLabels(titles)
        dress(self.table, tr("Versions of the head"), _WIDTHS)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setMinimumHeight(200)
        self.table.selectionModel().selectionChanged.connect(self._on_selected)
        self.none = Label(tr("No head yet. The first enrolment makes one."), "muted")
        self.advice = Label("", "muted")
        self._buttons = QWidget()
        row = FlowLayout(self._buttons, SPACE_2)
        self.use = Button(tr("Use this version"), icon="play", clicked=self._use)
        self.pin = Button(tr("Keep it"), icon="lock", clicked=self._pin)
        self.compare = Button(tr("Compare the two"), icon="table", clicked=self._compare)
        for button in (self.use, self.pin, self.compare):
            row.addWidget(button)
        self.body.addWidget(self._buttons)
        self.body.addWidget(self.advice)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.none)
        self._on_selected()

    def show_heads(self, heads: Sequence[HeadRecord], serving: int | None, now: datetime) -> None:
        """List them.

        Args:
            heads: newest first.
            serving: which version serves.
            now: decides what "today" is.
        """
        chosen = {head.version for head in self._chosen()}
        self._heads, self._serving = tuple(heads), serving
        for widget in (self.table, self._buttons, self.advice):
            widget.setVisible(bool(heads))
        self.none.setVisible(not heads)
        self.table.clearSelection()
        self.table.setRowCount(len(heads))
        for row, head in enumerate(heads):
            for column, text in enumerate(self._cells(head, now)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(row, column, item)
            if head.version in chosen:
                model = self.table.selectionModel()
                flags = model.SelectionFlag.Select | model.SelectionFlag.Rows
                model.select(self.table.model().index(row, 0), flags)
        self._on_selected()

    def set_busy(self, *, busy: bool) -> None:
        """Whether something runs that the buttons must wait for."""
        self._busy = busy
        self._on_selected()

    def _cells(self, head: HeadRecord, now: datetime) -> tuple[str, ...]:
        after = None if head.test is None else head.test.after
        strangers = (
            ""
            if after is None
            else tr(
                "{count} of {total}",
                count=f"{after.strangers_in:,}",
                total=f"{after.strangers:,}",
            )
        )
        threshold = head.estimate.threshold if head.estimate is not None else None
        if threshold is None and after is not None:
            threshold = after.threshold
        return (
            f"v{head.version}",
            moment_words(head.created_at, now),
            told(head.note),
            f"{head.people:,}",
            f"{head.samples:,}",
            strangers,
            "" if threshold is None else f"{threshold:.3f}",
            self._state(head),
            head.actor,
        )

    def _state(self, head: HeadRecord) -> str:
        if head.version == self._serving:
            return tr("in use")
        if not head.accepted:
            return tr("refused")
        if head.pinned:
            return tr("kept")
        return tr("former") if head.stored else tr("former, dropped")

    # Choosing.

    def _chosen(self) -> list[HeadRecord]:
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        return [self._heads[row] for row in rows if row < len(self._heads)]

    def _on_selected(
        self, _now: QItemSelection | None = None, _before: QItemSelection | None = None
    ) -> None:
        chosen = self._chosen()
        one = chosen[0] if len(chosen) == 1 else None
        stored = one is not None and one.stored
        usable = stored and one is not None and one.version != self._serving
        self.use.setEnabled(usable and not self._busy)
        self.use.set_text(
            tr("Use version {version}", version=one.version) if one else tr("Use this version")
        )
        self.pin.setEnabled(stored and not self._busy)
        self.pin.set_text(tr("Keep it no more") if one and one.pinned else tr("Keep it"))
        two = len(chosen) == 2 and all(head.stored for head in chosen)
        self.compare.setEnabled(two and not self._busy)
        if one is not None and not one.stored:
            advice = tr("The numbers of version {version} were dropped.", version=one.version)
        else:
            advice = tr("Choose one to use or to keep it, two to compare them.")
        self.advice.setText(advice)

    def _use(self) -> None:
        self.using.emit(self._chosen()[0].version)

    def _pin(self) -> None:
        (head,) = self._chosen()
        self.pinning.emit(head.version, not head.pinned)

    def _compare(self) -> None:
        newer, older = self._chosen()
        self.comparing.emit(older.version, newer.version)
