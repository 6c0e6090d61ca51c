"""People: everybody who is enrolled, as faces or as a table, and one person's page."""

from collections.abc import Callable, Hashable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractItemView, QStackedWidget, QVBoxLayout, QWidget

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.people import Person
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.models.people import Column, PeopleModel, Snapshot, snapshot
from faceaccess.gui.models.thumbnails import Thumbnails
from faceaccess.gui.paged_place import Page
from faceaccess.gui.place import PeoplePage, Place
from faceaccess.gui.theme import SPACE_4, SPACE_6
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.views.person_page import PersonPage
from faceaccess.gui.views.removal_undo import RemovalUndo
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.empty_state import EmptyState
from faceaccess.gui.widgets.face_grid import FaceGrid
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_header import PageHeader
from faceaccess.gui.widgets.page_switch import PageSwitch
from faceaccess.gui.widgets.people_table import PeopleTable
from faceaccess.gui.widgets.people_tools import ORDERS, PeopleTools
from faceaccess.gui.wording import day_words, people_count
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.directory import Directory, RemovedPerson
from faceaccess.pipeline.enrolment import Enrolment
from faceaccess.pipeline.look_alikes import Pair
from faceaccess.pipeline.sureness import Sureness

LOOK_EVERY = 1000
"""Milliseconds between two looks for changes made elsewhere, while the place is shown."""

ENROLLED = "enrolled"
"""The name of the page with the list of people."""


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
        sureness: says how surely the door knows somebody (slow at the first call).
        alikes: returns pairs of somebody and others who may be taken for each other.
        clock: tells what is today.
        pages: the pages beside the list.

    Attributes:
        enrol_more: emitted with a person's id when pictures are to be taken with the camera.
    """

    enrol_more = Signal(str)

    def __init__(  # noqa: PLR0913  # what a view needs is named one by one
        self,
        *,
        directory: Directory,
        enrolment: Callable[[], Enrolment],
        runner: JobRunner,
        actor: Actor,
        revision: Callable[[], int],
        sureness: Callable[[str], Sureness],
        alikes: Callable[[str], Sequence[Pair]],
        clock: Clock,
        pages: Sequence[Page] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._directory, self._runner, self._actor = directory, runner, actor
        self._revision = revision
        self._seen: int | None = None
        self._pages = {page.name: page for page in pages}
        self._made: dict[str, Place] = {}
        self._part, self._here = ENROLLED, False
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
        self.page = PersonPage(
            directory=directory,
            enrolment=enrolment,
            runner=runner,
            loader=self._loader,
            actor=actor,
            sureness=sureness,
            alikes=alikes,
            clock=clock,
        )
        self._build()
        self.undo = RemovalUndo(directory, runner, actor, self.bar, self)
        self.undo.put_back.connect(self.refresh)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_EVERY)
        self._look.timeout.connect(self._ask_revision)

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
        self.page.person_wanted.connect(self.show_person)

    def _list_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        self.header = PageHeader(tr("People"))
        self.enrol = Button(tr("Enrol somebody"), "primary", icon="add", clicked=self._ask_enrol)
        self.header.add_action(self.enrol)
        column.addWidget(self.header)
        self.switch = PageSwitch(tr("Pages of {place}", place=tr("People")))
        self.switch.chosen.connect(self.show_page)
        column.addWidget(self.switch)
        self.parts = QStackedWidget()
        column.addWidget(self.parts, 1)
        self.parts.addWidget(self._enrolled_part())
        self.switch.add(ENROLLED, tr("Enrolled people"))
        for other in self._pages.values():
            self.switch.add(other.name, other.title)
        self.switch.setVisible(bool(self._pages))
        return page

    def _enrolled_part(self) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        self.tools = PeopleTools()
        self.search, self.order = self.tools.search, self.tools.order
        self.as_grid, self.as_table = self.tools.as_grid, self.tools.as_table
        self.search.textChanged.connect(self._on_search)
        self.search.returnPressed.connect(self._focus_list)
        self.tools.ordered.connect(self._on_order)
        self.tools.shown_as.connect(self._show_lists)
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
        return part

    # A place of the window.

    def arrive(self) -> None:
        """Bring the list up to date and keep it so."""
        self._here = True
        self._ask_revision()
        self._look.start()
        if self._part in self._made:
            self._made[self._part].arrive()

    def leave(self) -> None:
        """Stop looking for changes."""
        self._here = False
        self._look.stop()
        if self._part in self._made:
            self._made[self._part].leave()

    def show_page(self, name: str) -> None:
        """Show the list of people, or a page beside it, which is made at the first time."""
        if self.whole.currentWidget() is self.page:
            self.whole.setCurrentIndex(0)
        if name == self._part:
            return
        if self._part in self._made:
            self._made[self._part].leave()
        self._part = name
        self.switch.show_chosen(name)
        if name == ENROLLED:
            self.parts.setCurrentIndex(0)
            return
        if name not in self._made:
            made = self._pages[name].make()
            made.asked_for.connect(self.asked_for)
            if isinstance(made, PeoplePage):
                made.person_wanted.connect(self.show_person)
            self._made[name] = made
            self.parts.addWidget(made)
        self.parts.setCurrentWidget(self._made[name])
        if self._here:
            self._made[name].arrive()

    def page_of(self, name: str) -> Place:
        """Return a page beside the list, which has been shown."""
        return self._made[name]

    def focus_search(self) -> bool:
        """Give the keyboard to the search."""
        if self.whole.currentWidget() is self.page:
            self._back()
        self.show_page(ENROLLED)
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()
        return True

    def escape(self) -> bool:
        """Go back to the list, else clear the search."""
        if self.whole.currentWidget() is self.page:
            self._back()
            return True
        if self._part != ENROLLED:
            self.show_page(ENROLLED)
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
        if order.isdigit() and int(order) < len(ORDERS):
            self.order.setCurrentIndex(int(order))
            self._on_order(int(order))
        self._show_lists()

    def shutdown(self) -> None:
        """End the threads, also of the other pages."""
        self._look.stop()
        for page in self._made.values():
            page.shutdown()
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

    def _show_lists(self) -> None:
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
        column, order = ORDERS[choice]
        self.table.horizontalHeader().setSortIndicator(int(column), order)

    def _on_sorted(self, column: int, order: Qt.SortOrder) -> None:
        self.tools.show_order(Column(column), order)

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

    def _on_removed(self, removed: RemovedPerson) -> None:
        self._back()
        self.undo.offer(removed)
