"""Text as large as its room allows, in whole words, on as many lines as fit."""

from functools import lru_cache

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from faceaccess.gui.theme import theme

SMALLEST = 13
"""Smallest type in pixels."""
_LONGEST = 200  # characters; no notice or name of a sane length is cut


@lru_cache(maxsize=256)
def fitted_size(text: str, room: tuple[int, int], largest: int, *, bold: bool, family: str) -> int:
    """Return the largest type size in pixels, `SMALLEST` to `largest`, at which a text fits.

    Args:
        text: what is to be written.
        room: width and height in pixels.
        largest: in pixels.
        bold: whether it is written bold.
        family: of the font.

    Returns:
        The size, or 0 if it does not even fit at `SMALLEST` in whole words.
    """
    low, high = SMALLEST, max(SMALLEST, largest)
    if not _fits(text, room, _font(family, low, bold=bold)):
        return 0
    while low < high:
        middle = (low + high + 1) // 2
        if _fits(text, room, _font(family, middle, bold=bold)):
            low = middle
        else:
            high = middle - 1
    return low


@lru_cache(maxsize=256)
def balanced_width(text: str, width: int, pixels: int, *, bold: bool, family: str) -> int:
    """Return the least width in pixels that needs no more lines than `width`: no line of one word.

    Args:
        text: what is to be written; it fits in whole words.
        width: of its room, in pixels.
        pixels: the type size.
        bold: whether it is written bold.
        family: of the font.
    """
    font = _font(family, pixels, bold=bold)
    metrics = QFontMetrics(font)
    height = metrics.boundingRect(QRect(0, 0, width, 100_000), _WRAP, text).height()
    low, high = width // 2, width
    while low < high:
        middle = (low + high) // 2
        if _fits(text, (middle, height), font):
            high = middle
        else:
            low = middle + 1
    return high


def fitted_line(text: str, width: int, largest: int, family: str) -> int:
    """Return the largest type size in pixels, down to `SMALLEST`, at which a bold line fits."""
    for pixels in range(largest, SMALLEST, -1):
        if QFontMetrics(_font(family, pixels, bold=True)).horizontalAdvance(text) <= width:
            return pixels
    return SMALLEST


def height_of(text: str, width: int, pixels: int, family: str) -> int:
    """Return the height in pixels that a text takes at a type size, in whole words."""
    metrics = QFontMetrics(_font(family, pixels, bold=False))
    return metrics.boundingRect(QRect(0, 0, width, 100_000), _WRAP, text).height()


def _font(family: str, pixels: int, *, bold: bool) -> QFont:
    font = QFont(family)
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font


def _fits(text: str, room: tuple[int, int], font: QFont) -> bool:
    metrics = QFontMetrics(font)
    width, height = room
    taken = metrics.boundingRect(QRect(0, 0, width, 100_000), _WRAP, text)
    return taken.width() <= width and taken.height() <= height


_WRAP = int(Qt.TextFlag.TextWordWrap)


def draw_fitted(
    painter: QPainter, room: QRect, text: str, largest: int, *, bold: bool, left: bool = False
) -> bool:
    """Write a text in the painter's colour into a room, as large as it allows.

    Returns:
        Whether it fitted in whole words; else it is written small and broken, or cut.
    """
    family = painter.font().family()
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    size = fitted_size(text, (room.width(), room.height()), largest, bold=bold, family=family)
    painter.setFont(_font(family, size or SMALLEST, bold=bold))
    side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignHCenter
    wrap = Qt.TextFlag.TextWordWrap if size else Qt.TextFlag.TextWrapAnywhere
    if size and not left:
        width = balanced_width(text, room.width(), size, bold=bold, family=family)
        edge = (room.width() - width) // 2
        room = room.adjusted(edge, 0, -(room.width() - width - edge), 0)
    flags = int(side | Qt.AlignmentFlag.AlignVCenter) | int(wrap)
    painter.drawText(room, flags, text)
    return bool(size)


class TextBlock(QWidget):
    """One text that fills its room.

    Args:
        tint: token of its colour.
        bold: whether it is bold.
        left: whether it begins at the left and not in the middle.
        parent: the owner.
    """

    def __init__(
        self,
        tint: str = "text",
        *,
        bold: bool = False,
        left: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._text, self._tint, self._bold, self._left = "", tint, bold, left
        self.largest = 1000
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.update()

    @property
    def pixels(self) -> int:
        """The type's size; 0 where the text does not fit its room."""
        room = (self.width(), self.height())
        family = self.font().family()
        return fitted_size(self._text, room, self.largest, bold=self._bold, family=family)

    def minimumSizeHint(self) -> QSize:
        """Ask for nothing: whoever lays it out gives it its room."""
        return QSize(1, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text."""
        painter = QPainter(self)
        painter.setPen(theme().colour(self._tint))
        draw_fitted(
            painter, self.rect(), self._text, self.largest, bold=self._bold, left=self._left
        )
        painter.end()
