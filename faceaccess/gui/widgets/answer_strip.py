"""A door's answer where there is little room: symbol, word and colour in one strip."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import SPACE_2, SPACE_3, SPACE_4, theme
from faceaccess.gui.widgets.answer_panel import Answer
from faceaccess.gui.widgets.labels import Label, restyle

_SYMBOL = 40


class AnswerStrip(QFrame):
    """Shows an `Answer` smaller than `AnswerPanel` does, for somebody who sits before it.

    Args:
        parent: the owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "strip")
        self._answer = Answer("")
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_4, SPACE_2, SPACE_4, SPACE_2)
        row.setSpacing(SPACE_3)
        self._symbol = QLabel()
        self._symbol.setFixedSize(_SYMBOL, _SYMBOL)
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
        theme().changed.connect(self._tint)
        self._refresh()

    @property
    def answer(self) -> Answer:
        """What is shown."""
        return self._answer

    def show_answer(self, answer: Answer) -> None:
        """Show another answer; the same again costs nothing."""
        if answer != self._answer:
            self._answer = answer
            self._refresh()

    def _refresh(self) -> None:
        answer = self._answer
        self._words.setText(answer.words)
        self._reason.setText(answer.reason)
        self._reason.setVisible(bool(answer.reason))
        self._figures.setText(answer.figures)
        self.setAccessibleName(" ".join(filter(None, (answer.words, answer.reason))))
        restyle(self, tone=answer.tone)
        self._tint()

    def _tint(self) -> None:
        tint = "muted" if self._answer.tone == "none" else self._answer.tone
        self._symbol.setPixmap(icon_pixmap(self._answer.symbol, tint, _SYMBOL))
