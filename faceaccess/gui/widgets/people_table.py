"""People as a table that its headers order."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from faceaccess.gui.models.people import Column, PeopleModel
from faceaccess.gui.theme import SPACE_2
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.face_grid import TableFaceDelegate

_ROW = 52
_WIDTHS = (280, 140, 200, 100, 130, 130)


class PeopleTable(QTableView):
    """One line a person, with a small face before the name."""

    def __init__(self, model: PeopleModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName(tr("People as a table"))
        self.setItemDelegateForColumn(int(Column.NAME), TableFaceDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setStyleSheet(f"QTableView::item {{ padding: 0 {SPACE_2}px; }}")
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(_ROW)
        head = self.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        for column, width in zip(Column, _WIDTHS, strict=True):
            self.setColumnWidth(int(column), width)
        head.setStretchLastSection(True)
        head.setSortIndicator(int(Column.NAME), Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
