"""The pictures that a network learns from: where they are, what they show, how they are parted."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from faceaccess.gui.theme import SPACE_2, SPACE_3
from faceaccess.gui.told import told
from faceaccess.gui.training_wording import classes_count
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.form_parts import Fold
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.number_fields import ShareSlider
from faceaccess.gui.widgets.source_buttons import SourceButtons
from faceaccess.gui.wording import breakable, pictures_count
from faceaccess.learn.prepared_set import PreparedSet
from faceaccess.pipeline.picture_training import PicturesForTraining, PicturesRead
from faceaccess.pipeline.training_defaults import SHARE

_LEAST_SHARE, _MOST_SHARE = 5, 50
_LISTED = 1000
"""Files named one by one that could not be used; more are counted."""

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ClassesModel(QAbstractTableModel):
    """Classes with their numbers of pictures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, int, int]] = []
        self._titles = (tr("Class"), tr("Learned"), tr("Tested"))

    def show_parts(self, pictures: PicturesForTraining) -> None:
        """List the classes of some pictures."""
        self.beginResetModel()
        learned, tested = _numbers(pictures.training), _numbers(pictures.test)
        self._rows = list(zip(pictures.classes, learned, tested, strict=True))
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of classes."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return 3."""
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell."""
        value = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return value if isinstance(value, str) else f"{value:,}"
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(value, str):
            return value
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return None


def _numbers(pictures: PreparedSet) -> list[int]:
    """Return how many pictures of each class there are."""
    counts: list[int] = np.bincount(pictures.labels, minlength=len(pictures.classes)).tolist()
    return counts


class PicturesCard(Card):
    """Teaches while there are no pictures; afterwards says what there is.

    Attributes:
        first, other: buttons to choose pictures, and others.
        share: the slider for the part that is kept for testing, in per cent.
        share_changed: emitted when a person moved it.
    """

    share_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Pictures"), parent)
        self.teaching = Label(
            tr(
                "A network can learn to tell any kinds of pictures apart. Give it a folder that "
                "holds one folder for each class, with the pictures of the class in it; or a CSV "
                "file with the columns picture and label. Drop it here, or choose it."
            ),
            "muted",
        )
        self.body.addWidget(self.teaching)
        self.counts = Label("", "strong", selectable=True)
        self.where = Label("", "small", selectable=True)
        self.remarks = Label("", "body", selectable=True)
        self.remarks.set_tone("warn")
        for label in (self.counts, self.where, self.remarks):
            self.body.addWidget(label)
        self.rejected = QListWidget()
        self.rejected.setAccessibleName(tr("Files that could not be used"))
        self.rejected.setWordWrap(True)
        self.rejected.setFixedHeight(140)
        self.rejected.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rejected_fold = Fold(tr("Files that could not be used"), self.rejected)
        self.body.addWidget(self.rejected_fold)
        self.body.addWidget(self._parting())
        self.first, self.other = SourceButtons(main=True), SourceButtons(again=True)
        self.body.addWidget(self.first)
        self.body.addWidget(self.other)
        self.show_nothing()

    def _parting(self) -> QWidget:
        self.parting = QWidget()
        column = QVBoxLayout(self.parting)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        self.split = Label("", "body")
        self.share = ShareSlider(
            tr("Share of the pictures kept for testing, in per cent"), _LEAST_SHARE, _MOST_SHARE
        )
        self.share.setValue(round(100 * SHARE))
        self.share.valueChanged.connect(lambda _value: self.share_changed.emit())
        column.addWidget(self.split)
        column.addWidget(self.share)
        self.model = ClassesModel(self)
        self.classes = QTableView()
        self.classes.setModel(self.model)
        self.classes.setAccessibleName(tr("Classes"))
        self.classes.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.classes.setShowGrid(False)
        self.classes.setTabKeyNavigation(False)
        self.classes.setWordWrap(False)
        self.classes.setStyleSheet(f"QTableView::item {{ padding: 0 {SPACE_2}px; }}")
        self.classes.verticalHeader().setVisible(False)
        self.classes.verticalHeader().setDefaultSectionSize(32)
        head = self.classes.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        head.setSectionResizeMode(0, head.ResizeMode.Stretch)
        for place in (1, 2):
            head.setSectionResizeMode(place, head.ResizeMode.ResizeToContents)
        self.classes.setFixedHeight(200)
        column.addWidget(self.classes)
        return self.parting

    def show_nothing(self) -> None:
        """Teach."""
        self._teach(on=True)
        for widget in (self.counts, self.where, self.remarks, self.rejected_fold, self.parting):
            widget.setVisible(False)

    def _teach(self, *, on: bool) -> None:
        self.teaching.setVisible(on)
        self.first.setVisible(on)
        self.other.setVisible(not on)

    def show_source(self, source: Path) -> None:
        """Say which pictures are being read."""
        self.show_nothing()
        self._teach(on=False)
        self.counts.setText(source.name or str(source))
        self.where.setText(breakable(str(source), 24))
        self.counts.setVisible(True)
        self.where.setVisible(True)

    def show_read(self, read: PicturesRead) -> None:
        """Say what was read."""
        self.show_source(read.source)
        self.counts.setText(
            tr(
                "{name}: {pictures}, {classes}",
                name=read.source.name or str(read.source),
                pictures=pictures_count(len(read.pictures)),
                classes=classes_count(len(read.pictures.classes)),
            )
        )
        self.remarks.setText("\n".join(tr(remark) for remark in read.remarks))
        self.remarks.setVisible(bool(read.remarks))
        self._show_rejected([(one.picture, one.reason) for one in read.rejected])

    def show_parts(self, pictures: PicturesForTraining) -> None:
        """Say how they are parted."""
        self.split.setText(
            tr(
                "{share} % are kept for testing: {learned} to learn from, {tested} to test on",
                share=self.share.value(),
                learned=f"{len(pictures.training):,}",
                tested=f"{len(pictures.test):,}",
            )
        )
        self.share.setAccessibleDescription(self.split.text())
        self.model.show_parts(pictures)
        self.parting.setVisible(True)

    def _show_rejected(self, rejected: Sequence[tuple[str, str]]) -> None:
        self.rejected.clear()
        self.rejected.addItems(
            [
                tr("{picture}: {reason}", picture=picture, reason=told(reason))
                for picture, reason in rejected[:_LISTED]
            ]
        )
        more = len(rejected) - _LISTED
        if more > 0:
            self.rejected.addItem(trn("and {count} more", "and {count} more", more))
        count = len(rejected)
        self.rejected_fold.button.set_text(
            trn("{count} file could not be used", "{count} files could not be used", count)
        )
        self.rejected_fold.setVisible(bool(rejected))
