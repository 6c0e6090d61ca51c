"""A grid of faces with names: thousands of people, of whom only those in sight are drawn."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from faceaccess.core.people import Person
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.models.people import PERSON_ROLE, PeopleModel
from faceaccess.gui.theme import BODY, CORNER, SMALL, SPACE_1, SPACE_2, SPACE_3, theme
from faceaccess.gui.translation import tr

FACE = 104
"""Side of a face in the grid, pixels."""
_CELL = QSize(FACE + 4 * SPACE_2, FACE + 60)


def draw_face(painter: QPainter, where: QRect, picture: QImage | None, corner: int) -> None:
    """Draw a face with round corners, filling `where`; a plain figure where there is none."""
    shape = QPainterPath()
    shape.addRoundedRect(QRectF(where), corner, corner)
    painter.save()
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    painter.setClipPath(shape)
    painter.fillRect(where, theme().colour("raised"))
    if picture is None:
        side = where.width() // 2
        figure = icon_pixmap("person", "muted", side)
        painter.drawPixmap(
            where.center().x() - side // 2 + 1, where.center().y() - side // 2 + 1, figure
        )
    else:
        side = min(picture.width(), picture.height())
        middle = QRect(0, 0, side, side)
        middle.moveCenter(picture.rect().center())
        painter.drawImage(where, picture, middle)
    painter.restore()


class FaceDelegate(QStyledItemDelegate):
    """Draws one person: face, name, and what a receptionist tells people apart by."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return the size of one cell, the same for all."""
        return _CELL

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint the cell; the picture is asked for here, so only what is seen is read."""
        person = index.data(PERSON_ROLE)
        if not isinstance(person, Person):
            return
        painter.save()
        cell = option.rect.adjusted(SPACE_1, SPACE_1, -SPACE_1, -SPACE_1)
        self._ground(painter, option, cell)
        face = QRect(0, 0, FACE, FACE)
        face.moveCenter(cell.center())
        face.moveTop(cell.top() + SPACE_2)
        painter.setOpacity(1.0 if person.details.active else 0.5)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        draw_face(painter, face, picture if isinstance(picture, QImage) else None, CORNER)
        painter.setOpacity(1.0)
        self._words(painter, option, cell.adjusted(SPACE_2, 0, -SPACE_2, 0), face.bottom(), person)
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, cell: QRect) -> None:
        state = option.state
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(theme().colour("accent_surface"))
            painter.drawRoundedRect(cell, CORNER, CORNER)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(theme().colour("raised"))
            painter.drawRoundedRect(cell, CORNER, CORNER)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme().colour("focus"), 2))
            painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), CORNER, CORNER)

    def _words(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        column: QRect,
        below: int,
        person: Person,
    ) -> None:
        font = option.font
        elide, middle = Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignHCenter
        font.setPixelSize(BODY)
        metrics = QFontMetrics(font)
        line = QRect(column.left(), below + SPACE_1, column.width(), metrics.height())
        painter.setFont(font)
        painter.setPen(theme().colour("text"))
        painter.drawText(line, middle, metrics.elidedText(person.name, elide, line.width()))
        second, token = self._second(person)
        font.setPixelSize(SMALL)
        metrics = QFontMetrics(font)
        line = QRect(column.left(), line.bottom() + 1, column.width(), metrics.height())
        painter.setFont(font)
        painter.setPen(theme().colour(token))
        painter.drawText(line, middle, metrics.elidedText(second, elide, line.width()))

    def _second(self, person: Person) -> tuple[str, str]:
        if not person.details.active:
            return tr("switched off"), "warn"
        if not person.samples:
            return tr("no pictures"), "warn"
        return person.details.department or person.details.staff_number or "", "muted"


class TableFaceDelegate(QStyledItemDelegate):
    """Draws a name in a table with a small face before it."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint face and name over the row's ground."""
        painter.save()
        cell = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell, theme().colour("accent_surface"))
        side = cell.height() - 2 * SPACE_1
        face = QRect(cell.left() + SPACE_2, cell.top() + SPACE_1, side, side)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        draw_face(painter, face, picture if isinstance(picture, QImage) else None, 4)
        words = QRect(cell)
        words.setLeft(face.right() + SPACE_3)
        painter.setPen(theme().colour("text"))
        text = option.fontMetrics.elidedText(
            str(index.data(Qt.ItemDataRole.DisplayRole)),
            Qt.TextElideMode.ElideRight,
            words.width() - SPACE_2,
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()


class FaceGrid(QListView):
    """People as faces in rows; arrow keys move, Enter opens."""

    def __init__(self, model: PeopleModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(FaceDelegate(self))
        # Wrapping rows of the plain list are laid out many times faster than Qt's icon view.
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setGridSize(_CELL)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(_CELL.height() // 3)
        self.setAccessibleName(tr("People as faces"))
        theme().changed.connect(self.viewport().update)
