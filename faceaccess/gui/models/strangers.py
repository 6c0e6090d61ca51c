"""The strangers of the site as a Qt model."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from faceaccess.core.strangers import Stranger
from faceaccess.gui.models.thumbnails import Thumbnails
from faceaccess.gui.risk_wording import role_words
from faceaccess.gui.translation import tr
from faceaccess.gui.wording import day_words

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class Column(IntEnum):
    """Columns, from the left."""

    PICTURE = 0
    LABEL = 1
    ROLE = 2
    PICTURES = 3
    ADDED = 4


class StrangersModel(QAbstractTableModel):
    """Strangers, the newest on top.

    Args:
        thumbnails: pictures by the stranger's id.
        parent: the owner.
    """

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._rows: tuple[Stranger, ...] = ()
        self._headers = (
            tr("Picture"),
            tr("Known as"),
            tr("Used"),
            tr("Pictures"),
            tr("Added"),
        )

    def take(self, strangers: Sequence[Stranger]) -> None:
        """Show others.

        Args:
            strangers: the oldest first, as the store lists them.
        """
        self.beginResetModel()
        self._rows = tuple(reversed(strangers))
        self.endResetModel()

    def stranger(self, row: int) -> Stranger:
        """Return who is in a row."""
        return self._rows[row]

    # What Qt asks for.

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text or picture."""
        stranger, column = self._rows[index.row()], Column(index.column())
        if role == Qt.ItemDataRole.DecorationRole and column is Column.PICTURE:
            return self._thumbnails.get(stranger.id)
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return None
        return {
            Column.PICTURE: "",
            Column.LABEL: stranger.label or tr("Without a name"),
            Column.ROLE: role_words(stranger.role),
            Column.PICTURES: f"{stranger.samples:,}",
            Column.ADDED: day_words(stranger.added_at),
        }[column]

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        return None
