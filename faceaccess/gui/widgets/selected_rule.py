"""One rule with its week, under the list."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.core.access_rules import AccessRule, Effect
from faceaccess.gui.rule_uses import RuleFacts
from faceaccess.gui.rule_wording import limits, sentence
from faceaccess.gui.theme import SPACE_1, SPACE_2, SPACE_4
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.week_view import WeekView
from faceaccess.gui.wording import day_words


class SelectedRule(Card):
    """The rule that is marked in the list; hidden while none is.

    Args:
        parent: the owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.layout().setContentsMargins(SPACE_4, SPACE_2, SPACE_4, SPACE_2)  # type: ignore[union-attr]  # a card has one
        row = QHBoxLayout()
        row.setSpacing(SPACE_4)
        words = QVBoxLayout()
        words.setSpacing(SPACE_1)
        self.sentence = Label("", "strong")
        self.limits, self.note = Label("", "muted"), Label("")
        self.added = Label("", "small")
        for label in (self.sentence, self.limits, self.note, self.added):
            words.addWidget(label)
        words.addStretch(1)
        row.addLayout(words, 1)
        self.week = WeekView()
        row.addWidget(self.week, 1)
        self.body.addLayout(row)
        self.show_rule(None, RuleFacts.nothing())

    def show_rule(self, rule: AccessRule | None, facts: RuleFacts) -> None:
        """Show a rule, or nothing."""
        self.setVisible(rule is not None)
        if rule is None:
            return
        self.sentence.setText(sentence(rule, facts.names))
        told = limits(rule, facts.zone)
        by = tr("Written {day} by {who}", day=day_words(rule.added_at), who=rule.added_by)
        for label, text in ((self.limits, told), (self.note, rule.note), (self.added, by)):
            label.setText(text)
            label.setVisible(bool(text))
        self.week.show_hours(rule.schedule, taking=rule.effect is not Effect.ALLOW)
        self.setAccessibleName(self.sentence.text())
