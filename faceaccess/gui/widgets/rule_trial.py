"""What would happen to somebody at a door, now or at another time."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from faceaccess.core.errors import KnownError
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.rule_uses import RuleFacts
from faceaccess.gui.rule_wording import answer_words, minute_words, sentence
from faceaccess.gui.theme import SPACE_1, SPACE_3, theme
from faceaccess.gui.told import told_error
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.filter_chips import Named
from faceaccess.gui.widgets.form_parts import titled
from faceaccess.gui.widgets.labels import Label, restyle
from faceaccess.gui.widgets.rule_fields import DoorBox, OnePerson
from faceaccess.gui.wording import outcome_icon
from faceaccess.pipeline.rule_book import Tried

_SYMBOL = 32


class TrialCard(Card):
    """Asks who, where and when, and shows what the rules say.

    Attributes:
        asked: emitted with a typed text when people are to be suggested.
        wanted: emitted with person id, door, and the time as typed ("" for now).
        answer, reason, rule: the words of the answer.
    """

    asked = Signal(str)
    wanted = Signal(str, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(tr("What would happen?"))
        self._symbol_of = ("info", "muted")
        self.who = OnePerson(tr("Who comes"))
        self.who.asked.connect(self.asked)
        self.door = DoorBox(tr("To which door"))
        self.when = QLineEdit()
        self.when.setPlaceholderText(tr("now, or 2026-12-24 18:00"))
        self.try_button = Button(tr("Try it"), "primary", clicked=self.ask)
        self.when.returnPressed.connect(self.ask)
        row = QHBoxLayout()
        row.setSpacing(SPACE_3)
        for title, field, stretch in (
            (tr("Who comes"), self.who, 3),
            (tr("To which door"), self.door, 3),
            (tr("When"), self.when, 3),
        ):
            row.addWidget(titled(title, field), stretch)
        row.addWidget(titled(" ", self.try_button))
        self.try_button.setAccessibleName(tr("Try it"))
        self.body.addLayout(row)
        self.who.changed.connect(self.clear)
        self.door.currentTextChanged.connect(self.clear)
        self.when.textEdited.connect(self.clear)
        self.body.addWidget(self._answers())
        theme().changed.connect(self._tint)
        self.clear()

    def _answers(self) -> QWidget:
        self._answers_row = QWidget()
        row = QHBoxLayout(self._answers_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_3)
        self._symbol = QLabel()
        self._symbol.setFixedSize(_SYMBOL, _SYMBOL)
        row.addWidget(self._symbol)
        words = QVBoxLayout()
        words.setSpacing(SPACE_1)
        self.answer = Label("", "title")
        self.reason = Label("")
        self.rule = Label("", "muted")
        for label in (self.answer, self.reason, self.rule):
            words.addWidget(label)
        row.addLayout(words, 1)
        return self._answers_row

    def offer(self, facts: RuleFacts) -> None:
        """Offer the doors that there are."""
        self.door.offer(facts.doors)

    def suggest(self, people: Sequence[Named]) -> None:
        """Offer people for what is typed."""
        self.who.suggest(people)

    def choose(self, person: Named) -> None:
        """Choose somebody."""
        self.who.set_person(person)
        self.clear()

    def ask(self) -> None:
        """Ask what would happen, if it is said to whom and where."""
        person, door = self.who.person, self.door.door
        self.who.show_wrong(wrong=person is None)
        if person is None:
            self.who.chooser.setFocus()
            self._tell(tr("Choose the person who comes."), "", "", ("info", "accent"))
        elif door is None:
            self.door.setFocus()
            self._tell(tr("Choose the door, or type its name."), "", "", ("info", "accent"))
        else:
            self.wanted.emit(person.id, door, self.when.text().strip())

    def show_tried(self, tried: Tried) -> None:
        """Show what the rules say."""
        admission = tried.admission
        reason = tr(
            "{time}: {reason}",
            time=minute_words(tried.time),
            reason=tr(admission.reason.sentence),
        )
        if admission.warning is not None:
            warned = tr("Told besides: {reason}", reason=tr(admission.warning.sentence))
            reason = f"{reason}\n{warned}"
        names = {tried.person.id: tried.person.name}
        rule = (
            ""
            if admission.rule is None
            else tr("By the rule: {rule}", rule=sentence(admission.rule, names))
        )
        self._tell(answer_words(tried), reason, rule, outcome_icon(admission.outcome))

    def show_error(self, error: BaseException) -> None:
        """Say why it cannot be told."""
        known = isinstance(error, KnownError)
        words = told_error(error) if known else tr("Something went wrong that should not have.")
        self._tell(words, "" if known else str(error), "", ("warn", "danger"))
        restyle(self.when, invalid="true" if known and self.when.text().strip() else "false")

    def clear(self) -> None:
        """Show no answer: another question is being put."""
        self._answers_row.setVisible(False)
        self.who.show_wrong(wrong=False)
        restyle(self.when, invalid="false")

    def _tell(self, answer: str, reason: str, rule: str, symbol: tuple[str, str]) -> None:
        for label, words in ((self.answer, answer), (self.reason, reason), (self.rule, rule)):
            label.setText(words)
            label.setVisible(bool(words))
        self._answers_row.setAccessibleName(" ".join(filter(None, (answer, reason, rule))))
        self._answers_row.setVisible(True)
        self._symbol_of = symbol
        self._tint()

    def _tint(self) -> None:
        name, tint = self._symbol_of
        self._symbol.setPixmap(icon_pixmap(name, tint, _SYMBOL))
