"""The door's events as a Qt model: newest first, page by page, new ones put in their place on top.

Nothing here waits for the store: pages are asked for and come in later, so that a million events
scroll like a hundred.
"""

from collections.abc import Callable, Hashable, Sequence
from enum import IntEnum
from typing import Any, Protocol

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from faceaccess.core.decisions import Event
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.models.thumbnails import Thumbnails
from faceaccess.store.protocol import EventFilter

Index = QModelIndex | QPersistentModelIndex

PAGE = 200
"""Events asked for at a time."""


class Column(IntEnum):
    """Columns, from the left."""

    PICTURE = 0
    TIME = 1
    OUTCOME = 2
    PERSON = 3
    REASON = 4
    SIMILARITY = 5
    CAMERA = 6


EVENT_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""Role under which an index answers with its `Event`."""


class EventSource(Protocol):
    """What the list needs of the journal."""

    def list(self, which: EventFilter | None, offset: int, limit: int) -> Sequence[Event]:
        """Return events, newest first, without pictures."""
        ...

    def count(self, which: EventFilter | None) -> int:
        """Return how many there are."""
        ...


class EventsModel(QAbstractTableModel):
    """Events that pass the filter.

    Attributes:
        counted: how many events pass the filter, when that has been found out.
        arrived: how many new events were put on top.
        trouble: the exception of a page that could not be read.
        settled: the first page of a new filter is there (also where it is empty).

    Args:
        journal: where events come from; asked only on the loader's thread.
        loader: does the asking.
        thumbnails: pictures by event id, or None. The view redraws when they are `ready`: finding
            the row of one in a long list would cost more than drawing a screen of them.
        headers: the columns' titles, translated.
        text: gives the text of a cell.
    """

    counted = Signal(int)
    arrived = Signal(int)
    trouble = Signal(object)
    settled = Signal()

    def __init__(
        self,
        journal: EventSource,
        loader: Loader,
        thumbnails: Thumbnails | None,
        headers: Sequence[str],
        text: Callable[[Event, Column], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._journal = journal
        self._loader = loader
        self._thumbnails = thumbnails
        self._headers = tuple(headers)
        self._text = text
        self._filter = EventFilter()
        self._rows: list[Event] = []
        self._ids: set[str] = set()
        self._round = 0  # counts filters, so that pages of a former one are told apart
        self._more = False
        self._asked = False
        self._polling = False
        loader.loaded.connect(self._on_loaded)
        loader.failed.connect(self._on_failed)

    @property
    def filter(self) -> EventFilter:
        """What narrows the list."""
        return self._filter

    def event_at(self, row: int) -> Event:
        """Return the event of a row."""
        return self._rows[row]

    def show(self, which: EventFilter) -> None:
        """Begin anew with another filter."""
        self._round += 1
        self._filter = which
        self._asked = self._polling = True
        journal = self._journal
        self._ask("first", lambda: tuple(journal.list(which, 0, PAGE)))
        self._count()

    def poll(self) -> None:
        """Look for new events; meant for a timer. Asks for one page unless one is under way."""
        if self._polling:
            return
        self._polling = True
        journal, which = self._journal, self._filter
        self._ask("new", lambda: tuple(journal.list(which, 0, PAGE)))

    def _count(self) -> None:
        journal, which = self._journal, self._filter
        self._ask("count", lambda: journal.count(which))

    def _ask(self, what: str, work: Callable[[], object]) -> None:
        self._loader.ask((id(self), self._round, what), work, urgent=True)

    def _on_loaded(self, key: Hashable, value: Any) -> None:
        if not (isinstance(key, tuple) and key[0] == id(self)):
            return
        if key[1] != self._round:
            return
        {
            "first": self._take_first,
            "next": self._take_next,
            "new": self._take_new,
            "count": self.counted.emit,
        }[key[2]](value)

    def _on_failed(self, key: Hashable, error: Exception) -> None:
        if isinstance(key, tuple) and key[0] == id(self) and key[1] == self._round:
            self._asked = self._polling = False
            self.trouble.emit(error)

    def _take_first(self, page: Sequence[Event]) -> None:
        self.beginResetModel()
        self._rows = list(page)
        self._ids = {event.id for event in page}
        self._more = len(page) == PAGE
        self._asked = self._polling = False
        self.endResetModel()
        self.settled.emit()

    def _take_next(self, page: Sequence[Event]) -> None:
        # Events that came in since the last poll push the pages down: what is known is left out.
        fresh = [event for event in page if event.id not in self._ids]
        self._asked = False
        self._more = len(page) == PAGE
        if fresh:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._rows += fresh
            self._ids.update(event.id for event in fresh)
            self.endInsertRows()

    def _take_new(self, page: Sequence[Event]) -> None:
        self._polling = False
        fresh = [at for at, event in enumerate(page) if event.id not in self._ids]
        if not fresh:
            return
        if len(fresh) == PAGE or not self._rows:
            # More came in than a page holds, or these are the first: the list begins anew.
            self._take_first(page)
        else:
            for first, last in _runs(fresh):
                self.beginInsertRows(QModelIndex(), first, last)
                self._rows[first:first] = page[first : last + 1]
                self.endInsertRows()
            self._ids.update(page[at].id for at in fresh)
        self._count()
        self.arrived.emit(len(fresh))

    # What Qt asks for.

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many events have been read so far."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(Column)

    def canFetchMore(self, parent: Index) -> bool:
        """Return whether older events may be there."""
        return not parent.isValid() and self._more and not self._asked

    def fetchMore(self, parent: Index) -> None:
        """Ask for the next page; its rows are inserted when they come in."""
        if not self.canFetchMore(parent):
            return
        self._asked = True
        journal, which, offset = self._journal, self._filter, len(self._rows)
        self._ask("next", lambda: tuple(journal.list(which, offset, PAGE)))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, picture, event or words for a screen reader."""
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        event = self._rows[index.row()]
        column = Column(index.column())
        if role == EVENT_ROLE:
            return event
        if role == Qt.ItemDataRole.DecorationRole:
            if column is Column.PICTURE and self._thumbnails is not None:
                return self._thumbnails.get(event.id)
            return None
        if role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return self._text(event, column)
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


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Return ascending places as (first, last) of runs without gaps."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs
