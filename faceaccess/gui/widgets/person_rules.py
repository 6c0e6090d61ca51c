"""On a person's page: which doors they may pass when, as plain sentences."""

from collections.abc import Callable

from PySide6.QtCore import Qt

from faceaccess.core.access_rules import AccessRule, Effect
from faceaccess.gui.rule_uses import RuleFacts
from faceaccess.gui.rule_wording import limits, sentence
from faceaccess.gui.theme import SPACE_1
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.wording import breakable

_SHOWN = 6
"""Rules shown; more are counted."""


class PersonRulesCard(Card):
    """The rules that a person is under, those for everybody included.

    Args:
        open_rules: goes to the rules.
        parent: the owner.

    Attributes:
        told: what follows where no rule allows, or "".
        rows: the sentences.
        button: leads to the rules.
    """

    def __init__(self, open_rules: Callable[[], object]) -> None:
        super().__init__(tr("Rules"))
        self.told = Label("", "muted")
        self.body.addWidget(self.told)
        self.rows: list[Label] = []
        self.more = Label("", "muted")
        self.body.addWidget(self.more)
        self.button = Button(tr("To the rules"), "link", clicked=open_rules)
        self.body.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.setSpacing(SPACE_1)
        self.setVisible(False)

    def show_rules(self, facts: RuleFacts) -> None:
        """Show rules that concern one person.

        Args:
            facts: with the person's rules alone; see `read_person_rules`.
        """
        for row in self.rows:
            self.body.removeWidget(row)
            row.hide()
            row.deleteLater()
        rules = facts.policy.rules
        allowed = any(rule.effect is Effect.ALLOW for rule in rules)
        self.told.setText(
            "" if allowed else tr("No rule allows: every door at any time, while access is on.")
        )
        self.told.setVisible(not allowed)
        self.rows = [Label(_words(rule, facts)) for rule in rules[:_SHOWN]]
        for place, row in enumerate(self.rows, start=1):
            self.body.insertWidget(place, row)
        more = len(rules) - len(self.rows)
        self.more.setText(trn("and {count} more", "and {count} more", more) if more > 0 else "")
        self.more.setVisible(more > 0)
        self.setVisible(True)


def _words(rule: AccessRule, facts: RuleFacts) -> str:
    besides = limits(rule, facts.zone)
    words = breakable(sentence(rule, facts.names), 24)
    return tr("{rule} ({besides})", rule=words, besides=besides) if besides else words
