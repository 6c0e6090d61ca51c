"""The table of events: rows of one height, so that new ones on top never move what is read."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from faceaccess.core.decisions import Event
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.models.events import EVENT_ROLE, Column, EventsModel
from faceaccess.gui.theme import SPACE_1, SPACE_2, theme
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.face_grid import draw_face
from faceaccess.gui.wording import outcome_icon

ROW = 56
"""Height of a row, pixels."""

_WIDTHS = {
    Column.PICTURE: ROW + SPACE_2,
    Column.TIME: 144,
    Column.OUTCOME: 124,
    Column.PERSON: 204,
    Column.REASON: 204,
    Column.SIMILARITY: 152,
    Column.CAMERA: 120,
}


class PictureDelegate(QStyledItemDelegate):
    """Draws the event's small picture."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint the picture; it is asked for here, so only what is seen is read."""
        painter.save()
        cell = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell, theme().colour("accent_surface"))
        side = cell.height() - 2 * SPACE_1
        face = QRect(cell.left() + SPACE_2, cell.top() + SPACE_1, side, side)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        draw_face(painter, face, picture if isinstance(picture, QImage) else None, 4)
        painter.restore()


class _OutcomeDelegate(QStyledItemDelegate):
    """Draws symbol and word of an outcome in its colour."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint symbol and word."""
        event = index.data(EVENT_ROLE)
        if not isinstance(event, Event):
            return
        painter.save()
        cell = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell, theme().colour("accent_surface"))
        symbol, token = outcome_icon(event.decision.outcome)
        side = 20
        left = cell.left() + SPACE_2
        painter.drawPixmap(left, cell.center().y() - side // 2, icon_pixmap(symbol, token, side))
        words = QRect(cell)
        words.setLeft(left + side + SPACE_2)
        painter.setPen(theme().colour(token))
        text = option.fontMetrics.elidedText(
            str(index.data(Qt.ItemDataRole.DisplayRole)),
            Qt.TextElideMode.ElideRight,
            words.width(),
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()


class EventTable(QTableView):
    """Events, newest on top. A row that comes in above what is read leaves it where it is."""

    def __init__(self, model: EventsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName(tr("Events"))
        self.setItemDelegateForColumn(int(Column.PICTURE), PictureDelegate(self))
        self.setItemDelegateForColumn(int(Column.OUTCOME), _OutcomeDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setStyleSheet(f"QTableView::item {{ padding: 0 {SPACE_2}px; }}")
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(rows.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW)
        head = self.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        head.setStretchLastSection(True)
        for column, width in _WIDTHS.items():
            self.setColumnWidth(int(column), width)
        model.rowsInserted.connect(self._keep_place)
        theme().changed.connect(self.viewport().update)

    @property
    def at_top(self) -> bool:
        """Whether the newest event is in sight."""
        return self.verticalScrollBar().value() == 0

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the current row by Enter, as a double click does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _keep_place(self, _parent: QModelIndex, first: int, last: int) -> None:
        bar = self.verticalScrollBar()
        top = bar.value()
        if top > 0 and first * ROW <= top:
            # The range of the bar grows only with the next layout, which must come first.
            self.updateGeometries()
            bar.setValue(top + (last - first + 1) * ROW)
