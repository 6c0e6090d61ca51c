"""The door's answer: symbol, word and colour, readable from two metres."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.reasons import Reason
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import SPACE_1, SPACE_3, SPACE_4, SPACE_6, theme
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.fitted_text import FittedText
from faceaccess.gui.widgets.labels import Label, Tone, restyle
from faceaccess.gui.wording import outcome_words, similarity_words

_SYMBOL = 88


@dataclass(frozen=True)
class Answer:
    """What the panel shows.

    Attributes:
        words: the largest text.
        reason: one sentence under it.
        figures: similarity and threshold, or "".
        symbol: name of the icon.
        tone: colour of symbol, words and ground.
        action: text of the button, or "".
    """

    words: str
    reason: str = ""
    figures: str = ""
    symbol: str = "waiting"
    tone: Tone = "none"
    action: str = ""


_QUIET: dict[Reason, tuple[str, Tone]] = {
    Reason.NOBODY: ("person", "none"),
    Reason.CHECKING: ("waiting", "accent"),
    Reason.CAMERA_LOST: ("camera_off", "danger"),
    Reason.FAULT: ("warn", "danger"),
}
"""Symbol and tone of reasons without a verdict; all others ask the person to do something."""


def answer_of(decision: Decision) -> Answer:
    """Return how a decision is shown to the person at the door."""
    reason = tr(decision.reason.sentence)
    figures = similarity_words(decision)
    if decision.outcome is Outcome.GRANTED:
        words = (
            outcome_words(decision.outcome)
            if decision.person is None
            else tr("Let in: {name}", name=decision.person)
        )
        return Answer(words, reason, figures, "granted", "ok")
    if decision.reason is Reason.NOBODY_ENROLLED:
        return Answer(
            reason,
            tr("The door can let in only people it knows."),
            symbol="people",
            action=tr("Enrol the first person"),
        )
    if decision.outcome is Outcome.DENIED:
        return Answer(outcome_words(decision.outcome), reason, figures, "denied", "danger")
    symbol, tone = _QUIET.get(decision.reason, ("info", "warn"))
    return Answer(reason, symbol=symbol, tone=tone)


class AnswerFrame(QFrame):
    """A strip of an answer's colour with its symbol; what it says is laid out by its kinds.

    Args:
        symbol: size of the symbol, pixels.
        parent: the owner.
    """

    def __init__(self, symbol: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "strip")
        self._answer = Answer("")
        self._symbol = QLabel()
        self._symbol.setFixedSize(symbol, symbol)
        theme().changed.connect(self._tint)

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
        """Show the present answer; kinds show its words first."""
        answer = self._answer
        self.setAccessibleName(" ".join(filter(None, (answer.words, answer.reason))))
        restyle(self, tone=answer.tone)
        self._tint()

    def _tint(self) -> None:
        tint = "muted" if self._answer.tone == "none" else self._answer.tone
        self._symbol.setPixmap(icon_pixmap(self._answer.symbol, tint, self._symbol.width()))


class AnswerPanel(AnswerFrame):
    """Shows an `Answer`.

    Attributes:
        acted: emitted when the answer's button was pressed.
    """

    acted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_SYMBOL, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_6, SPACE_4, SPACE_6, SPACE_4)
        row.setSpacing(SPACE_6)
        row.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignVCenter)
        words = QVBoxLayout()
        words.setSpacing(SPACE_1)
        self._words = FittedText()
        words.addWidget(self._words)
        line = QHBoxLayout()
        line.setSpacing(SPACE_3)
        self._reason = Label("", "title")
        self._figures = Label("", "title", wrap=False)
        line.addWidget(self._reason, 1)
        line.addWidget(self._figures, 0, Qt.AlignmentFlag.AlignRight)
        self.button = Button(tr("Enrol the first person"), "primary")
        self.button.clicked.connect(lambda _checked=False: self.acted.emit())
        line.addWidget(self.button)
        words.addLayout(line)
        row.addLayout(words, 1)
        self._refresh()

    def _refresh(self) -> None:
        answer = self._answer
        tint = {"none": "muted"}.get(answer.tone, answer.tone)
        self._words.set_text(answer.words, "text" if answer.tone == "none" else tint)
        self._reason.setText(answer.reason)
        self._figures.setText(answer.figures)
        if answer.action:
            self.button.set_text(answer.action)
        self.button.setVisible(bool(answer.action))
        super()._refresh()
