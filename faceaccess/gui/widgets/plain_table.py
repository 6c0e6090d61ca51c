"""What all of the window's plain tables have in common."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTableView

from faceaccess.gui.theme import SPACE_2


def dress(table: QTableView, name: str, widths: Sequence[int], *, row: int = 36) -> None:
    """Give a table of whole rows its looks and its name.

    Args:
        table: with its columns already.
        name: for screen readers.
        widths: of the columns, pixels; the last one takes the rest.
        row: height of a row, pixels.
    """
    table.setAccessibleName(name)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    table.setStyleSheet(f"QTableView::item {{ padding: 0 {SPACE_2}px; }}")
    rows = table.verticalHeader()
    rows.setVisible(False)
    rows.setSectionResizeMode(rows.ResizeMode.Fixed)
    rows.setDefaultSectionSize(row)
    head = table.horizontalHeader()
    head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    head.setHighlightSections(False)
    head.setStretchLastSection(True)
    for place, width in enumerate(widths):
        table.setColumnWidth(place, width)
