"""People: everybody who is enrolled, as faces or as a table, and one person's page."""

from collections.abc import Callable, Hashable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.models.people import Column, PeopleModel, Snapshot, snapshot
from faceaccess.gui.models.thumbnails import Thumbnails
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_2, SPACE_4, SPACE_6
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.views.person_page import PersonPage
from faceaccess.gui.widgets.buttons import Button, IconButton
from faceaccess.gui.widgets.empty_state import EmptyState
from faceaccess.gui.widgets.face_grid import FaceGrid
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_header import PageHeader
from faceaccess.gui.widgets.people_table import PeopleTable
from faceaccess.gui.wording import day_words, people_count
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.directory import Directory, RemovedPerson
from faceaccess.pipeline.enrolment import Enrolment

LOOK_EVERY = 1000
"""Milliseconds between two looks for changes made elsewhere, while the place is shown."""

UNDO_FOR = 30_000
"""Milliseconds that a removal can be undone."""

_ORDERS = (
    (Column.NAME, Qt.SortOrder.AscendingOrder),
    (Column.ADDED, Qt.SortOrder.DescendingOrder),
    (Column.PICTURES, Qt.SortOrder.AscendingOrder),
    (Column.DEPARTMENT, Qt.SortOrder.AscendingOrder),
    (Column.STAFF_NUMBER, Qt.SortOrder.AscendingOrder),
    (Column.ACTIVE, Qt.SortOrder.AscendingOrder),
)


def _order_names() -> tuple[str, ...]:
    return (
        tr("By name"),
        tr("Newest first"),
        tr("Fewest pictures first"),
        tr("By department"),
        tr("By staff number"),
        tr("Switched off first"),
    )


def cell_text(person: Person, column: Column) -> str:
    """Return what the table says of a person."""
    details = person.details
    return {
        Column.NAME: details.name,
        Column.STAFF_NUMBER: details.staff_number or "",
        Column.DEPARTMENT: details.department,
        Column.PICTURES: f"{person.samples:,}",
        Column.ADDED: day_words(person.created_at),
        Column.ACTIVE: tr("Let in") if details.active else tr("Switched off"),
    }[column]


class PeopleView(Place):
    """The place "People".

    Args:
        directory: reads and edits people.
        enrolment: gives the use case for more pictures (slow at the first call).
        runner: runs what writes.
        actor: on whose behalf.
        revision: grows when people change, in any process; asked off the window's thread.
        threshold: gives the similarity that the door asks for (slow at the first call).
        clock: tells what is today.

    Attributes:
        enrol_more: emitted with a person's id when pictures are to be taken with the camera.
    """

    enrol_more = Signal(str)

    def __init__(  # what a view needs is named one by one
        self,
        directory: Directory,
        enrolment: Callable[[], Enrolment],
        runner: JobRunner,
        actor: Actor,
        revision: Callable[[], int],
        threshold: Callable[[], float],
        clock: Clock,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._directory, self._runner, self._actor = directory, runner, actor
        self._revision = revision
        self._seen: int | None = None
        self._undo: RemovedPerson | None = None
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._thumbnails = Thumbnails(self._loader, directory.thumbnail, self)
        headers = (
            tr("Name"),
            tr("Staff number"),
            tr("Department"),
            tr("Pictures"),
            tr("Enrolled"),
            tr("At the door"),
        )
        self.model = PeopleModel(self._thumbnails, headers, cell_text, self)
        self.page = PersonPage(directory, enrolment, runner, self._loader, actor, threshold, clock)
        self._build()
        self._look = QTimer(self)
        self._look.setInterval(LOOK_EVERY)
        self._look.timeout.connect(self._ask_revision)
        self._undo_timer = QTimer(self)
        self._undo_timer.setSingleShot(True)
        self._undo_timer.timeout.connect(self._forget_undo)

    # What is in the place.

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_6, SPACE_6, SPACE_6, SPACE_6)
        column.setSpacing(SPACE_4)
        self.bar = MessageBar()
        column.addWidget(self.bar)
        self.whole = QStackedWidget()
        column.addWidget(self.whole, 1)
        self.whole.addWidget(self._list_page())
        self.whole.addWidget(self.page)
        self.page.closed.connect(self._back)
        self.page.removed.connect(self._on_removed)
        self.page.changed.connect(self.refresh)
        self.page.camera_wanted.connect(self.enrol_more)

    def _list_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        self.header = PageHeader(tr("People"))
        self.enrol = Button(tr("Enrol somebody"), "primary", icon="add", clicked=self._ask_enrol)
        self.header.add_action(self.enrol)
        column.addWidget(self.header)
        self.tools = QWidget()
        self._fill_tools()
        column.addWidget(self.tools)
        self.lists = QStackedWidget()
        column.addWidget(self.lists, 1)
        self.grid = FaceGrid(self.model)
        self.table = PeopleTable(self.model)
        self.table.horizontalHeader().sortIndicatorChanged.connect(self._on_sorted)
        self.empty = EmptyState(
            "people",
            tr("Nobody is enrolled yet"),
            tr("The door lets in whom it knows. It takes a minute with a camera, or pictures."),
            tr("Enrol the first person"),
        )
        self.empty.acted.connect(self._ask_enrol)
        self.nobody = EmptyState("search", tr("Nobody like that"), "", tr("Show everybody"))
        self.nobody.acted.connect(self._clear_search)
        self.waiting = Label(tr("Reading the list"), "muted")
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for widget in (self.waiting, self.grid, self.table, self.empty, self.nobody):
            self.lists.addWidget(widget)
        for view in (self.grid, self.table):
            view.activated.connect(self._open)
            view.clicked.connect(self._open)
        return page

    def _fill_tools(self) -> None:
        row = QHBoxLayout(self.tools)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_2)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search by name, staff number or department"))
        self.search.setAccessibleName(tr("Search people"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_search)
        self.search.returnPressed.connect(self._focus_list)
        row.addWidget(self.search, 1)
        self.order = QComboBox()
        self.order.setAccessibleName(tr("Order"))
        self.order.addItems(_order_names())
        self.order.activated.connect(self._on_order)
        row.addWidget(self.order)
        self.as_grid = IconButton("grid", tr("Show faces"), checkable=True)
        self.as_table = IconButton("table", tr("Show a table"), checkable=True)
        self._ways = QButtonGroup(self)
        for number, button in enumerate((self.as_grid, self.as_table)):
            self._ways.addButton(button, number)
            row.addWidget(button)
        self.as_grid.setChecked(True)
        self._ways.idClicked.connect(self._show_lists)

    # A place of the window.

    def arrive(self) -> None:
        """Bring the list up to date and keep it so."""
        self._ask_revision()
        self._look.start()

    def leave(self) -> None:
        """Stop looking for changes."""
        self._look.stop()

    def focus_search(self) -> bool:
        """Give the keyboard to the search."""
        if self.whole.currentWidget() is self.page:
            self._back()
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()
        return True

    def escape(self) -> bool:
        """Go back to the list, else clear the search."""
        if self.whole.currentWidget() is self.page:
            self._back()
            return True
        if self.search.text():
            self._clear_search()
            return True
        return False

    def remembered(self) -> dict[str, str]:
        """Return grid or table, and the order."""
        way = "table" if self.as_table.isChecked() else "grid"
        return {"way": way, "order": str(self.order.currentIndex())}

    def restore(self, values: dict[str, str]) -> None:
        """Take back what `remembered` gave."""
        if values.get("way") == "table":
            self.as_table.setChecked(True)
        order = values.get("order", "")
        if order.isdigit() and int(order) < len(_ORDERS):
            self.order.setCurrentIndex(int(order))
            self._on_order(int(order))
        self._show_lists()

    def shutdown(self) -> None:
        """End the reading thread."""
        self._look.stop()
        self._loader.close()

    # Reading.

    def refresh(self) -> None:
        """Read the list anew."""
        self._seen = None
        self._ask_revision()

    def _ask_revision(self) -> None:
        self._loader.ask((id(self), "revision"), self._revision, urgent=True)

    def _on_loaded(self, key: Hashable, value: object) -> None:
        if key == (id(self), "revision"):
            if value != self._seen:
                self._seen = value if isinstance(value, int) else None
                directory = self._directory
                self._loader.ask(
                    (id(self), "people"), lambda: snapshot(directory.list()), urgent=True
                )
        elif key == (id(self), "people"):
            self._take(value)  # type: ignore[arg-type]  # what `snapshot` returned

    def _take(self, people: Snapshot) -> None:
        self._thumbnails.clear()
        self.model.take(people)
        self._say_count()
        self._show_lists()
        if self.whole.currentWidget() is self.page:
            self.page.refresh()

    def _on_failed(self, key: Hashable, error: Exception) -> None:
        if isinstance(key, tuple) and key[0] == id(self):
            self.bar.show_error(error)

    # Showing.

    def _say_count(self) -> None:
        total, shown = self.model.total, self.model.rowCount()
        if not total:
            self.header.set_subtitle("")
        elif shown == total:
            self.header.set_subtitle(people_count(total))
        else:
            self.header.set_subtitle(
                trn(
                    "{count} of {total} people",
                    "{count} of {total} people",
                    shown,
                    total=f"{total:,}",
                )
            )

    def _show_lists(self, _way: int = 0) -> None:
        if not self.model.total:
            shown: QWidget = self.empty if self._seen is not None else self.waiting
        elif not self.model.rowCount():
            text = tr("No name, staff number or department has “{query}” in it.")
            self.nobody.set_words(
                tr("Nobody like that"),
                text.format(query=self.model.query.strip()),
                tr("Show everybody"),
            )
            shown = self.nobody
        else:
            shown = self.table if self.as_table.isChecked() else self.grid
        self.lists.setCurrentWidget(shown)
        self.tools.setVisible(bool(self.model.total))
        self.enrol.setVisible(bool(self.model.total))

    def _on_search(self, text: str) -> None:
        self.model.search(text)
        self._say_count()
        self._show_lists()

    def _clear_search(self) -> None:
        self.search.clear()
        self.search.setFocus()

    def _on_order(self, choice: int) -> None:
        column, order = _ORDERS[choice]
        self.table.horizontalHeader().setSortIndicator(int(column), order)

    def _on_sorted(self, column: int, order: Qt.SortOrder) -> None:
        wanted = (Column(column), order)
        self.order.setCurrentIndex(_ORDERS.index(wanted) if wanted in _ORDERS else -1)

    def _focus_list(self) -> None:
        view = self.lists.currentWidget()
        if view in (self.grid, self.table) and self.model.rowCount():
            view.setFocus()
            self._list().setCurrentIndex(self.model.index(0, 0))

    def _list(self) -> QAbstractItemView:
        return self.table if self.as_table.isChecked() else self.grid

    # One person.

    def _open(self, index: QModelIndex | QPersistentModelIndex) -> None:
        if index.isValid():
            self.show_person(self.model.person(index.row()).id)

    def show_person(self, person_id: str) -> None:
        """Open a person's page."""
        self.page.show_person(person_id)
        self.whole.setCurrentWidget(self.page)
        self.page.back.setFocus()

    def _back(self) -> None:
        self.whole.setCurrentIndex(0)
        self.refresh()
        self._list().setFocus()

    def _ask_enrol(self) -> None:
        self.asked_for.emit("enrol")

    # Removing, and back.

    def _on_removed(self, removed: RemovedPerson) -> None:
        self._back()
        self._undo = removed
        name = removed.person.name
        message = Message(
            "accent",
            trn(
                "{name} was removed with {count} picture.",
                "{name} was removed with {count} pictures.",
                len(removed.samples),
                name=name,
            ),
            tr("The door does not know them any more."),
        )
        self.bar.show_message(message)
        self.undo = Button(tr("Undo"), icon="undo", clicked=self._put_back)
        self.undo.setAccessibleName(tr("Put {name} back", name=name))
        self.bar.add_button(self.undo)
        self._undo_timer.start(UNDO_FOR)

    def _put_back(self) -> None:
        removed, directory, actor = self._undo, self._directory, self._actor
        if removed is None:
            return
        try:
            self._runner.call(
                lambda: directory.undo_remove(actor, removed),
                on_done=self._on_put_back,
                on_failed=self.bar.show_error,
            )
        except KnownError:
            # The undo stays in view: only its moment was wrong.
            self.undo.setText(tr("Undo (something else is being done)"))

    def _on_put_back(self, person: Person) -> None:
        self._undo = None
        self._undo_timer.stop()
        text = tr("{name} is back, and the door knows them again.", name=person.name)
        self.bar.show_message(Message("ok", text))
        self.refresh()

    def _forget_undo(self) -> None:
        if self._undo is not None:
            self._undo = None
            self.bar.clear()
