"""The list of access rules as a table."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from faceaccess.core.access_rules import AccessRule, Effect
from faceaccess.gui.icons import icon
from faceaccess.gui.rule_uses import RuleFacts
from faceaccess.gui.rule_wording import limits, sentence
from faceaccess.gui.translation import tr

_ICONS = {
    Effect.ALLOW: ("granted", "ok"),
    Effect.DENY: ("denied", "danger"),
    Effect.SECOND_FACTOR: ("lock", "warn"),
    Effect.TWO_PEOPLE: ("people", "warn"),
    Effect.ESCORT: ("person", "warn"),
}

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """The table's columns."""

    RULE = 0
    LIMITS = 1


class RulesModel(QAbstractTableModel):
    """Rules in the order in which they were added.

    Args:
        parent: the owner.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._facts = RuleFacts.nothing()
        self._rules: Sequence[AccessRule] = ()

    @property
    def rules(self) -> Sequence[AccessRule]:
        """What is listed."""
        return self._rules

    def take(self, facts: RuleFacts, rules: Sequence[AccessRule]) -> None:
        """List other rules."""
        self.beginResetModel()
        self._facts, self._rules = facts, tuple(rules)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """Return how many rules are listed."""
        return 0 if parent.isValid() else len(self._rules)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's name."""
        if role == Qt.ItemDataRole.DisplayRole and way == Qt.Orientation.Horizontal:
            return (tr("Rule"), tr("Besides"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what stands in a cell."""
        rule = self._rules[index.row()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            if index.column() == Column.RULE:
                return sentence(rule, self._facts.names)
            return limits(rule, self._facts.zone)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == Column.RULE:
            return icon(*_ICONS[rule.effect])
        return None
