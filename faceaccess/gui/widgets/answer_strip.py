"""A door's answer where there is little room: symbol, word and colour in one strip."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.gui.theme import SPACE_2, SPACE_3, SPACE_4
from faceaccess.gui.widgets.answer_panel import AnswerFrame
from faceaccess.gui.widgets.labels import Label

_SYMBOL = 40


class AnswerStrip(AnswerFrame):
    """Shows an `Answer` smaller than `AnswerPanel` does, for somebody who sits before it.

    Args:
        parent: the owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_SYMBOL, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_4, SPACE_2, SPACE_4, SPACE_2)
        row.setSpacing(SPACE_3)
        row.addWidget(self._symbol)
        words = QVBoxLayout()
        words.setSpacing(0)
        self._words = Label("", "title")
        self._reason = Label("")
        words.addWidget(self._words)
        words.addWidget(self._reason)
        row.addLayout(words, 1)
        self._figures = Label("", "muted", wrap=False)
        row.addWidget(self._figures)
        self._refresh()

    def _refresh(self) -> None:
        answer = self._answer
        self._words.setText(answer.words)
        self._reason.setText(answer.reason)
        self._reason.setVisible(bool(answer.reason))
        self._figures.setText(answer.figures)
        super()._refresh()
