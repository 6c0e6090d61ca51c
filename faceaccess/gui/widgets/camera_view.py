"""The camera's picture with what is seen in it, painted by hand."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from faceaccess.core.frames import Box
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import CORNER, SPACE_1, SPACE_2, theme
from faceaccess.gui.widgets.picture import fitted

_TEXT_PIXELS = 16


@dataclass(frozen=True)
class FaceMark:
    """One face to mark.

    Attributes:
        box: in pixels of the frame.
        text: the name or the word at the box; "" for none.
        tone: token of the colour ("ok", "danger", "warn", "accent", "muted").
        symbol: name of the icon before the text; "" for none.
    """

    box: Box
    text: str
    tone: str
    symbol: str = ""


class CameraView(QWidget):
    """Shows frames with the aspect kept, boxes and names on top.

    Args:
        name: what the camera looks at, for screen readers.
        parent: the owner.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 180)
        self._frame: QImage | None = None
        self._marks: tuple[FaceMark, ...] = ()
        self._notice = ""
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Ask for a camera's usual size."""
        return QSize(640, 480)

    @property
    def has_frame(self) -> bool:
        """Whether a frame is shown."""
        return self._frame is not None

    @property
    def marks(self) -> tuple[FaceMark, ...]:
        """What is marked at present."""
        return self._marks

    def show_frame(self, frame: QImage, marks: tuple[FaceMark, ...] = ()) -> None:
        """Show a frame with its marks; takes an earlier notice away."""
        self._frame, self._marks, self._notice = frame, marks, ""
        self.update()

    def show_notice(self, text: str) -> None:
        """Darken the last frame, which is out of date now, and say why over it."""
        self._marks, self._notice = (), text
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self._frame, self._marks, self._notice = None, (), ""
        self.update()

    def picture_rect(self) -> QRect:
        """Return where in the widget the frame is painted; empty without a frame."""
        if self._frame is None:
            return QRect()
        return fitted(self._frame.size(), self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint frame, marks and notice."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), CORNER, CORNER)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), theme().colour("raised"))
        if self._frame is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.picture_rect(), self._frame)
            self.paint_over(painter, self.picture_rect())
            for mark in self._marks:
                self._paint_mark(painter, mark)
        if self._notice:
            self._paint_notice(painter)
        painter.end()

    def paint_over(self, painter: QPainter, picture: QRect) -> None:
        """Paint what a kind of view has over its frames; nothing here."""

    def to_widget(self, box: Box) -> QRectF:
        """Return a box of the frame in the widget's coordinates.

        A frame must be shown.
        """
        assert self._frame is not None
        picture = self.picture_rect()
        scale = picture.width() / self._frame.width()
        x, y, width, height = box
        return QRectF(
            picture.x() + x * scale, picture.y() + y * scale, width * scale, height * scale
        )

    def _paint_mark(self, painter: QPainter, mark: FaceMark) -> None:
        rect = self.to_widget(mark.box)
        colour = theme().colour(mark.tone)
        painter.setPen(QPen(theme().colour("surface"), 5))
        painter.drawRoundedRect(rect, CORNER, CORNER)
        painter.setPen(QPen(colour, 3))
        painter.drawRoundedRect(rect, CORNER, CORNER)
        if not mark.text:
            return
        font = QFont(self.font())
        font.setPixelSize(_TEXT_PIXELS)
        font.setBold(True)
        metrics = QFontMetrics(font)
        symbol = _TEXT_PIXELS + SPACE_1 if mark.symbol else 0
        picture = self.picture_rect()
        room = picture.width() - 2 * SPACE_2 - symbol
        text = metrics.elidedText(mark.text, Qt.TextElideMode.ElideRight, room)
        width = metrics.horizontalAdvance(text) + 2 * SPACE_2 + symbol
        height = metrics.height() + 2 * SPACE_1
        left = min(max(rect.left(), picture.left()), picture.right() - width)
        above = rect.top() - height - SPACE_1
        top = above if above >= picture.top() else min(rect.bottom(), picture.bottom() - height)
        plate = QRectF(left, top, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("surface"))
        painter.drawRoundedRect(plate, CORNER / 2, CORNER / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if mark.symbol:
            pixmap = icon_pixmap(mark.symbol, mark.tone, _TEXT_PIXELS)
            painter.drawPixmap(int(left + SPACE_2), int(top + (height - _TEXT_PIXELS) / 2), pixmap)
        painter.setFont(font)
        painter.setPen(colour)
        words = plate.adjusted(SPACE_2 + symbol, 0, -SPACE_1, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_notice(self, painter: QPainter) -> None:
        veil = QColor(theme().colour("surface"))
        veil.setAlphaF(0.85)
        painter.fillRect(self.rect(), veil)
        font = QFont(self.font())
        font.setPixelSize(18)
        painter.setFont(font)
        painter.setPen(theme().colour("text"))
        inside = self.rect().adjusted(16, 16, -16, -16)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(inside, int(flags), self._notice)
