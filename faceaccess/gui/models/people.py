"""Enrolled people as a Qt model: all of them in memory, searched and sorted without the store.

Ten thousand people are a few megabytes of names; their pictures are not in here but in a bounded
cache that reads only what is drawn.
"""

import locale
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from faceaccess.core.people import Person
from faceaccess.gui.models.thumbnails import Thumbnails

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """Columns of the table view, from the left."""

    NAME = 0
    STAFF_NUMBER = 1
    DEPARTMENT = 2
    PICTURES = 3
    ADDED = 4
    ACTIVE = 5


PERSON_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""Role under which an index answers with its `Person`."""

_TEXT_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
)


def folded(text: str) -> str:
    """Return text as it is compared in a search: no case, no accents."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parts if not unicodedata.combining(c)).casefold()


@dataclass(frozen=True)
class _Entry:
    """One person with what search and sort look at."""

    person: Person
    haystack: str
    by_name: str


def _entry(person: Person) -> _Entry:
    details = person.details
    fields = (details.name, details.staff_number or "", details.department)
    return _Entry(person, "\n".join(folded(field) for field in fields), sort_key(details.name))


def sort_key(text: str) -> str:
    """Return a key by which names sort as people of this machine's language expect."""
    try:
        return locale.strxfrm(folded(text))
    except OSError:
        # Some C libraries refuse characters that their locale does not know.
        return folded(text)


Snapshot = tuple[_Entry, ...]
"""All people, ready to be searched; made off the window's thread by `snapshot`."""


def snapshot(people: Sequence[Person]) -> Snapshot:
    """Prepare people for `PeopleModel.take`; the slow part, meant for the loader's thread."""
    return tuple(sorted(map(_entry, people), key=lambda entry: entry.by_name))


class PeopleModel(QAbstractTableModel):
    """The people that match the search, in the order asked for.

    Args:
        thumbnails: gives the pictures (`DecorationRole` of the name); None shows none.
        headers: the columns' titles, translated, one for each `Column`.
        text: gives the text of a cell for people, for example a date in local form.
    """

    def __init__(
        self,
        thumbnails: Thumbnails | None,
        headers: Sequence[str],
        text: Callable[[Person, Column], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._headers = tuple(headers)
        self._text = text
        self._all: Snapshot = ()
        self._rows: list[_Entry] = []
        self._places: dict[str, int] | None = None
        self._query = ""
        self._column = Column.NAME
        self._descending = False
        if thumbnails is not None:
            thumbnails.ready.connect(self._on_picture)

    @property
    def query(self) -> str:
        """What is searched for."""
        return self._query

    @property
    def total(self) -> int:
        """How many people there are, whether they match or not."""
        return len(self._all)

    def take(self, people: Snapshot) -> None:
        """Show another state of the store; search and order stay."""
        self._all = people
        self._show()

    def search(self, query: str) -> None:
        """Show those whose name, staff number or department contains every word of `query`."""
        if query != self._query:
            self._query = query
            self._show()

    def person(self, row: int) -> Person:
        """Return who stands in a row."""
        return self._rows[row].person

    def row_of(self, person_id: str) -> int | None:
        """Return where a person stands now, or None where they do not match."""
        if self._places is None:
            self._places = {entry.person.id: row for row, entry in enumerate(self._rows)}
        return self._places.get(person_id)

    def _show(self) -> None:
        words = folded(self._query).split()
        self.beginResetModel()
        rows = [e for e in self._all if all(word in e.haystack for word in words)]
        self._rows = self._ordered(rows)
        self._places = None
        self.endResetModel()

    def _ordered(self, rows: list[_Entry]) -> list[_Entry]:
        """Sort by the chosen column; equal ones stay in the order of their names."""
        keys: dict[Column, Callable[[_Entry], Any]] = {
            Column.STAFF_NUMBER: lambda e: (
                e.person.details.staff_number is None,
                e.person.details.staff_number or "",
            ),
            Column.DEPARTMENT: lambda e: folded(e.person.details.department),
            Column.PICTURES: lambda e: e.person.samples,
            Column.ADDED: lambda e: e.person.created_at,
            Column.ACTIVE: lambda e: e.person.details.active,
        }
        if self._column is Column.NAME:
            return rows[::-1] if self._descending else rows
        return sorted(rows, key=keys[self._column], reverse=self._descending)

    # What Qt asks for.

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of matching people."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, picture, person or words for a screen reader."""
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        person = self._rows[index.row()].person
        column = Column(index.column())
        if role in _TEXT_ROLES:
            return self._text(person, column)
        if role == PERSON_ROLE:
            return person
        if (
            role == Qt.ItemDataRole.DecorationRole
            and column is Column.NAME
            and self._thumbnails is not None
        ):
            return self._thumbnails.get(person.id)
        if role == Qt.ItemDataRole.TextAlignmentRole and column is Column.PICTURES:
            return int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return a column's title."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by a column."""
        if column < 0:
            return
        self._column = Column(column)
        self._descending = order == Qt.SortOrder.DescendingOrder
        self._show()

    def _on_picture(self, person_id: str) -> None:
        row = self.row_of(person_id)
        if row is not None:
            at = self.index(row, int(Column.NAME))
            self.dataChanged.emit(at, at, [int(Qt.ItemDataRole.DecorationRole)])
