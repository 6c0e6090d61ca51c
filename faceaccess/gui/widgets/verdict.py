"""How something went: a symbol, one sentence, and the figures under it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import SPACE_2, theme
from faceaccess.gui.widgets.labels import Label


class Verdict(QWidget):
    """Hidden until there is one.

    Attributes:
        words: the sentence.
        figures: what stands under it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_2)
        self._sign = QLabel()
        column = QVBoxLayout()
        column.setSpacing(0)
        self.words = Label("", "strong", selectable=True)
        self.figures = Label("", "muted", selectable=True)
        column.addWidget(self.words)
        column.addWidget(self.figures)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        self._icon = ("granted", "ok")
        theme().changed.connect(self._tint)
        self.setVisible(False)

    def show_words(self, words: str, figures: str, *, good: bool) -> None:
        """Say how it went.

        Args:
            words: one sentence.
            figures: what it rests on.
            good: whether it went as one would wish; else it is marked as a warning.
        """
        self._icon = ("granted", "ok") if good else ("warn", "warn")
        self._tint()
        self.words.setText(words)
        self.figures.setText(figures)
        self.setAccessibleName(words)
        self.setAccessibleDescription(figures)
        self.setVisible(True)

    def _tint(self) -> None:
        self._sign.setPixmap(icon_pixmap(*self._icon))
