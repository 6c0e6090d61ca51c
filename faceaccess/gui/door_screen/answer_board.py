"""The answer: the largest thing on the screen, by symbol, word and colour, and one sentence."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from faceaccess.gui.door_screen.fitting import draw_fitted, fitted_size
from faceaccess.gui.door_screen.head_sign import paint_sign
from faceaccess.gui.door_screen.shown import Shown
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import CORNER, theme

_WIDE = 1.6
"""A board so many times as wide as high has the symbol beside the words, else above."""
_SYMBOL_HEIGHT, _SIGN_HEIGHT = 0.26, 0.36
"""Shares of the board's height for a symbol, and for a drawn head, above the words."""
_SENTENCE = 0.6  # of the word's type size at most


class AnswerBoard(QWidget):
    """Paints what is said.

    Args:
        parent: the owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Shown | None = None
        self._longest = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def shown(self) -> Shown | None:
        """What is shown."""
        return self._shown

    def show_words(self, shown: Shown) -> None:
        """Show something else; the same again costs nothing."""
        if shown == self._shown:
            return
        self._longest = max(self._longest, shown.left) if shown.left > 0 else 0.0
        self._shown = shown
        self.setAccessibleName(f"{shown.word}. {shown.sentence}")
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Ask for nothing: the screen gives it its room."""
        return QSize(1, 1)

    def rooms(self) -> tuple[QRect, QRect, QRect]:
        """Return the places of symbol, word and sentence."""
        high = _SIGN_HEIGHT if self._shown and self._shown.sign else _SYMBOL_HEIGHT
        edge = max(10, min(self.width(), self.height()) // 22)
        inside = self.rect().adjusted(edge, edge, -edge, -edge)
        if inside.width() > _WIDE * inside.height():
            side = round(min(inside.height(), inside.width() * 0.3))
            symbol = QRect(inside.left(), inside.top(), side, inside.height())
            words = inside.adjusted(side + edge, 0, 0, 0)
            word = QRect(words.left(), words.top(), words.width(), round(words.height() * 0.58))
        else:
            symbol = QRect(
                inside.left(), inside.top(), inside.width(), round(inside.height() * high)
            )
            words = inside.adjusted(0, symbol.height() + edge // 2, 0, 0)
            word = QRect(words.left(), words.top(), words.width(), round(words.height() * 0.6))
        sentence = words.adjusted(0, word.height() + edge // 2, 0, 0)
        return symbol, word, sentence

    def sizes(self) -> tuple[int, int]:
        """Return the type sizes of word and sentence in pixels; 0 where it does not fit."""
        if self._shown is None:
            return 0, 0
        _, word, sentence = self.rooms()
        family = self.font().family()
        large = fitted_size(
            self._shown.word, (word.width(), word.height()), word.height(), bold=True, family=family
        )
        small = fitted_size(
            self._shown.sentence,
            (sentence.width(), sentence.height()),
            self._most_for_sentence(large),
            bold=False,
            family=family,
        )
        return large, small

    @staticmethod
    def _most_for_sentence(word: int) -> int:
        return round(word * _SENTENCE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground, symbol, words and the time that is left."""
        shown = self._shown
        if shown is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong = shown.tone != "none"
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour(shown.tone if strong else "surface"))
        painter.drawRoundedRect(self.rect(), CORNER * 2, CORNER * 2)
        ink = "background" if strong else "text"
        symbol, word, sentence = self.rooms()
        self._paint_symbol(painter, symbol, shown, ink)
        painter.setPen(theme().colour(ink))
        draw_fitted(painter, word, shown.word, word.height(), bold=True)
        large, _ = self.sizes()
        draw_fitted(painter, sentence, shown.sentence, self._most_for_sentence(large), bold=False)
        if shown.left > 0 and self._longest > 0:
            self._paint_left(painter, shown.left / self._longest)
        painter.end()

    def _paint_symbol(self, painter: QPainter, room: QRect, shown: Shown, ink: str) -> None:
        if shown.sign is not None:
            paint_sign(painter, QRectF(room), shown.sign, theme().colour(ink))
            return
        side = min(room.width(), room.height())
        pixmap = icon_pixmap(shown.symbol, ink, side)
        place = QRect(0, 0, side, side)
        place.moveCenter(room.center())
        painter.drawPixmap(place.topLeft(), pixmap)

    def _paint_left(self, painter: QPainter, share: float) -> None:
        high = max(4, self.height() // 60)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("background"))
        wide = (self.width() - 6 * CORNER) * min(1.0, share)
        line = QRectF(3 * CORNER, self.height() - 2 * high, wide, high)
        painter.drawRoundedRect(line, high / 2, high / 2)
