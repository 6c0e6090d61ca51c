"""A scale that shows how alike a person's pictures are, beside what the door asks for."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from faceaccess.gui.theme import SMALL, SPACE_2, SPACE_4, theme
from faceaccess.gui.translation import tr, trn
from faceaccess.pipeline.sureness import Sureness

_HEIGHT = 56


class SpreadScale(QWidget):
    """One dot a picture on a line from 0 to 1, with a mark at the threshold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sureness: Sureness | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(200)
        theme().changed.connect(self.update)

    def show_sureness(self, sureness: Sureness) -> None:
        """Draw a person's pictures; hides itself where there is nothing to compare."""
        self._sureness = sureness
        self.setVisible(bool(sureness.similarities))
        if sureness.lowest is not None and sureness.highest is not None:
            words = trn(
                "{count} picture, similarity {low} to {high}; the door asks for {threshold}",
                "{count} pictures, similarity {low} to {high}; the door asks for {threshold}",
                len(sureness.similarities),
                low=f"{sureness.lowest:.2f}",
                high=f"{sureness.highest:.2f}",
                threshold=f"{sureness.threshold:.2f}",
            )
            self.setAccessibleName(words)
            self.setToolTip(words)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the scale's usual size."""
        return QSize(320, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint line, mark and dots."""
        if self._sureness is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self.font()
        font.setPixelSize(SMALL)
        painter.setFont(font)
        line = QRectF(SPACE_4, 14, self.width() - 2 * SPACE_4, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("border"))
        painter.drawRoundedRect(line, 2, 2)
        needed = self._at(line, self._sureness.threshold)
        painter.setPen(QPen(theme().colour("text"), 2))
        painter.drawLine(QPointF(needed, 4), QPointF(needed, 28))
        for value in self._sureness.similarities.values():
            good = value >= self._sureness.threshold
            painter.setPen(QPen(theme().colour("surface"), 1.5))
            painter.setBrush(theme().colour("ok" if good else "danger"))
            centre = QPointF(self._at(line, value), 16)
            if good:
                painter.drawEllipse(centre, 6, 6)
            else:  # another shape, too: colour is never the only sign
                painter.drawRect(QRectF(centre.x() - 5, centre.y() - 5, 10, 10))
        self._words(painter, line, needed)

    def _at(self, line: QRectF, value: float) -> float:
        return line.left() + min(max(value, 0.0), 1.0) * line.width()

    def _words(self, painter: QPainter, line: QRectF, needed: float) -> None:
        assert self._sureness is not None
        painter.setPen(theme().colour("muted"))
        middle = Qt.AlignmentFlag.AlignHCenter
        for x, text in ((line.left(), "0"), (line.right(), "1")):
            painter.drawText(QRectF(x - 20, 32, 40, 20), middle, text)
        text = tr("needs {threshold}", threshold=f"{self._sureness.threshold:.2f}")
        width = painter.fontMetrics().horizontalAdvance(text) + SPACE_2
        left = min(max(needed - width / 2, line.left() + 16), line.right() - width - 16)
        painter.drawText(QRectF(left, 32, width, 20), middle, text)
