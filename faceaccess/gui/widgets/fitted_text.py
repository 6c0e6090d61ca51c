"""One short text as large as its room allows."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from faceaccess.gui.theme import ANSWER, theme

_STEP = 4
_WRAP = int(Qt.TextFlag.TextWordWrap)


class FittedText(QWidget):
    """Paints its text on one line between `largest` and `smallest`; what is still too long goes on
    two lines at `smallest`, and only then is cut with an ellipsis.

    Args:
        smallest, largest: type sizes in pixels.
        parent: the owner.
    """

    def __init__(
        self, smallest: int = ANSWER, largest: int = 96, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._smallest, self._largest = smallest, largest
        self._text, self._tint = "", "text"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text

    def set_text(self, text: str, tint: str = "text") -> None:
        """Show a text in the colour of a token."""
        if (text, tint) == (self._text, self._tint):
            return
        self._text, self._tint = text, tint
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for two lines of the smallest size."""
        metrics = QFontMetrics(self._font(self._smallest))
        return QSize(400, metrics.height() + metrics.lineSpacing() + 2)

    def minimumSizeHint(self) -> QSize:
        """As high as `sizeHint`, and narrow."""
        return QSize(160, self.sizeHint().height())

    def layout_in(self, room: QRect) -> tuple[int, str, bool]:
        """Return the type size in pixels, the text (cut if it must be), and whether it wraps."""
        for pixels in range(self._largest, self._smallest - 1, -_STEP):
            metrics = QFontMetrics(self._font(pixels))
            wide = metrics.horizontalAdvance(self._text)
            if wide <= room.width() and metrics.height() <= room.height():
                return pixels, self._text, False
        metrics = QFontMetrics(self._font(self._smallest))
        text = self._text
        while not self._fits_wrapped(metrics, room, text) and len(text) > 1:
            text = text[: -2 if text.endswith("…") else -1].rstrip() + "…"
        return self._smallest, text, True

    @staticmethod
    def _fits_wrapped(metrics: QFontMetrics, room: QRect, text: str) -> bool:
        taken = metrics.boundingRect(QRect(0, 0, room.width(), 10_000), _WRAP, text)
        return taken.height() <= room.height() and taken.width() <= room.width()

    def _font(self, pixels: int) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(pixels)
        font.setBold(True)
        return font

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text at the left, in the middle of the height."""
        painter = QPainter(self)
        pixels, text, wraps = self.layout_in(self.rect())
        painter.setFont(self._font(pixels))
        painter.setPen(theme().colour(self._tint))
        flags = int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(self.rect(), flags | _WRAP if wraps else flags, text)
        painter.end()
