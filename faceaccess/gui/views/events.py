"""Events: who came to the door, newest on top."""

from collections.abc import Callable, Hashable, Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Event
from faceaccess.gui.correction_uses import VisitUses
from faceaccess.gui.models.events import Column, EventsModel
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.models.thumbnails import Thumbnails
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_2, SPACE_4, SPACE_6
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.views.event_corrections import EventCorrections
from faceaccess.gui.views.events_export import EventsExport
from faceaccess.gui.views.what_if import WhatIfPage
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.empty_state import EmptyState
from faceaccess.gui.widgets.event_panel import EventPanel
from faceaccess.gui.widgets.event_table import EventTable
from faceaccess.gui.widgets.filter_chips import EventFilters, Named
from faceaccess.gui.widgets.job_strip import JobStrip
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_header import PageHeader
from faceaccess.gui.wording import (
    events_count,
    moment_words,
    outcome_words,
    reason_words,
    similarity_words,
    who_words,
)
from faceaccess.pipeline.directory import Directory
from faceaccess.pipeline.journal import Journal
from faceaccess.store.protocol import EventFilter

LOOK_EVERY = 1000
"""Milliseconds between two looks for new events, while the place is shown."""

_SUGGESTED = 12
"""People offered for a typed name."""


class EventsView(Place):
    """The place "Events".

    Args:
        journal: where events come from.
        directory: suggests people to filter by.
        clock: tells what is today.
        uses: takes statements on visits.
        make_what_if: makes the page that decides visits once more; called when it is wanted.
        parent: the owner.

    Attributes:
        person_wanted: emitted with a person's id when that page is to be opened.
    """

    person_wanted = Signal(str)

    def __init__(
        self,
        journal: Journal,
        directory: Directory,
        clock: Clock,
        uses: VisitUses,
        make_what_if: Callable[[], WhatIfPage],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._journal, self._directory, self._clock = journal, directory, clock
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._thumbnails = Thumbnails(self._loader, journal.picture, self)
        headers = (
            tr("Picture"),
            tr("Time"),
            tr("Outcome"),
            tr("Who"),
            tr("Why"),
            tr("Similarity"),
            tr("Camera"),
        )
        self.model = EventsModel(
            journal, self._loader, self._thumbnails, headers, self._cell_text, self
        )
        self._begun = False
        self._total: int | None = None
        self._missed = 0
        self._uses, self._make_what_if = uses, make_what_if
        self._what_if: WhatIfPage | None = None
        self._build()
        self.corrections = EventCorrections(
            self.panel,
            uses,
            journal,
            directory,
            self._loader,
            strip=self.learning,
            bar=self.bar,
            parent=self,
        )
        self.model.counted.connect(self._on_counted)
        self.model.arrived.connect(self._on_arrived)
        self.model.settled.connect(self._on_settled)
        self.model.trouble.connect(self._on_trouble)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_EVERY)
        self._look.timeout.connect(self.model.poll)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_6, SPACE_6, SPACE_6, SPACE_6)
        column.setSpacing(SPACE_4)
        self.header = PageHeader(tr("Events"))
        self.bar = MessageBar()
        self._export = EventsExport(
            self._journal, lambda: self.filters.value, self._clock, self.bar, self
        )
        self._export.busy_changed.connect(self._on_exporting)
        self.export = Button(tr("Export as CSV"), icon="export", clicked=self._export.choose)
        self.what_if = Button(tr("What if"), icon="refresh", clicked=self.show_what_if)
        self.header.add_action(self.what_if)
        self.header.add_action(self.export)
        column.addWidget(self.header)
        self.job, self.learning = self._export.job, JobStrip(self._uses.jobs)
        for widget in (self.bar, self.job, self.learning):
            column.addWidget(widget)
        self.whole = QStackedWidget()
        column.addWidget(self.whole, 1)
        self.whole.addWidget(self._list_page())

    def _list_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        self.filters = EventFilters(self._clock)
        self.filters.changed.connect(self._on_filter)
        self.filters.asked.connect(self._on_asked)
        column.addWidget(self.filters)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self.fresh = Button("", "primary", icon="chevron_down", clicked=self._to_top)
        self._show_fresh()
        row.addStretch(1)
        row.addWidget(self.fresh)
        row.addStretch(1)
        column.addLayout(row)
        self.lists = QStackedWidget()
        self.table = EventTable(self.model)
        self.table.activated.connect(self._open)
        self.table.doubleClicked.connect(self._open)
        self.table.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self._thumbnails.ready.connect(self._on_picture)
        self.waiting = Label(tr("Reading the events"), "muted")
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty = EmptyState(
            "events",
            tr("Nobody has come to the door yet"),
            tr("Every visit will be listed here, with its picture and why the door decided so."),
            tr("Look at the door"),
        )
        self.empty.acted.connect(self._ask_live)
        self.none = EmptyState(
            "filter",
            tr("No event like that"),
            tr("The chips above narrow the list."),
            tr("Show all events"),
        )
        self.none.acted.connect(self.filters.clear)
        for widget in (self.waiting, self.table, self.empty, self.none):
            self.lists.addWidget(widget)
        halves = QHBoxLayout()
        halves.setSpacing(SPACE_4)
        halves.addWidget(self.lists, 1)
        self.panel = EventPanel()
        self.panel.person_wanted.connect(self.person_wanted)
        self.panel.asked.connect(self._on_asked)
        self.panel.closed.connect(self.table.clearSelection)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.table.clicked.connect(self._on_row)
        halves.addWidget(self.panel)
        column.addLayout(halves, 1)
        return page

    def _cell_text(self, event: Event, column: Column) -> str:
        decision = event.decision
        if column is Column.PICTURE:
            return ""
        if column is Column.TIME:
            return moment_words(event.time, self._clock.now())
        return {
            Column.OUTCOME: outcome_words(decision.outcome),
            Column.PERSON: who_words(decision),
            Column.REASON: reason_words(decision.reason),
            Column.SIMILARITY: similarity_words(decision),
            Column.CAMERA: event.camera,
        }[column]

    # A place of the window.

    def arrive(self) -> None:
        """Show the events, and look for new ones from now on."""
        if self._begun:
            self.model.poll()
        else:
            self._begun = True
            self.model.show(self.filters.value)
        self._look.start()

    def leave(self) -> None:
        """Stop looking for new events."""
        self._look.stop()
        if self._what_if is not None:
            self._what_if.leave()

    def focus_search(self) -> bool:
        """Give the keyboard to the name to filter by."""
        self.filters.who.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return self.filters.who.isVisible()

    def escape(self) -> bool:
        """Close what is open beside or above the list, else show all events."""
        if self._what_if is not None and self.whole.currentWidget() is self._what_if:
            self._show_list()
            return True
        if self.panel.close_panel():
            return True
        if self.filters.value == EventFilter():
            return False
        self.filters.clear()
        return True

    def remembered(self) -> dict[str, str]:
        """Return the chips and the columns' widths."""
        widths = " ".join(str(self.table.columnWidth(int(column))) for column in Column)
        return {"chips": self.filters.remembered(), "widths": widths}

    def restore(self, values: dict[str, str]) -> None:
        """Take back what `remembered` gave."""
        self.filters.restore(values.get("chips", ""))
        widths = values.get("widths", "").split()
        if len(widths) == len(Column) and all(width.isdigit() for width in widths):
            for column, width in zip(Column, widths, strict=True):
                self.table.setColumnWidth(int(column), max(int(width), 40))

    def shutdown(self) -> None:
        """End the threads."""
        self._look.stop()
        if self._what_if is not None:
            self._what_if.shutdown()
        self._export.shutdown()
        self._loader.close()

    def only_person(self, person_id: str, name: str) -> None:
        """Show only one person's events."""
        self.filters.only_person(Named(person_id, name))

    # The list.

    def _on_filter(self) -> None:
        self._begun = True
        self._missed = 0
        self._show_fresh()
        self.table.scrollToTop()
        self.model.show(self.filters.value)

    def _on_counted(self, count: int) -> None:
        self._total = count
        self.header.set_subtitle(events_count(count) if count else "")
        self.export.setEnabled(bool(count))

    def _on_settled(self) -> None:
        self._note_cameras()
        if self.model.rowCount():
            shown: QWidget = self.table
        elif self.filters.value == EventFilter():
            shown = self.empty
        else:
            shown = self.none
        self.lists.setCurrentWidget(shown)
        self.filters.setVisible(shown is not self.empty)
        self._show_actions()
        if self.bar.message is not None and self.bar.message.tone == "danger":
            self.bar.clear()

    def _on_arrived(self, count: int) -> None:
        self._note_cameras()
        if not self.table.at_top:
            self._missed += count
        self._show_fresh()

    def _on_trouble(self, error: Exception) -> None:
        self.bar.show_error(error)

    def _note_cameras(self) -> None:
        seen = {self.model.event_at(row).camera for row in range(min(self.model.rowCount(), 200))}
        self.filters.add_cameras(sorted(seen))

    def _on_scrolled(self, value: int) -> None:
        if value == 0 and self._missed:
            self._missed = 0
            self._show_fresh()

    def _show_fresh(self) -> None:
        self.fresh.setVisible(self._missed > 0)
        self.fresh.set_text(
            trn("{count} new event: show", "{count} new events: show", self._missed)
        )

    def _to_top(self) -> None:
        self.table.scrollToTop()
        self.table.setFocus()

    def _on_picture(self, _event_id: str) -> None:
        self.table.viewport().update()

    def _open(self, index: QModelIndex) -> None:
        person_id = self.model.event_at(index.row()).decision.person_id
        if person_id is not None and self.model.event_at(index.row()).decision.person is not None:
            self.person_wanted.emit(person_id)

    def _on_row(self, index: QModelIndex, _before: QModelIndex | None = None) -> None:
        if index.isValid():
            self.corrections.show_event(self.model.event_at(index.row()))

    # What if.

    @property
    def what_if_page(self) -> WhatIfPage | None:
        """The page that decides visits once more, once it was shown."""
        return self._what_if

    def show_what_if(self) -> None:
        """Show the page that decides visits once more."""
        if self._what_if is None:
            self._what_if = self._make_what_if()
            self._what_if.closed.connect(self._show_list)
            self._what_if.event_wanted.connect(self._show_visit)
            self.whole.addWidget(self._what_if)
        self.whole.setCurrentWidget(self._what_if)
        self._show_actions()
        self._what_if.arrive()
        self._what_if.back.setFocus()

    def _show_list(self) -> None:
        if self._what_if is not None:
            self._what_if.leave()
        self.whole.setCurrentIndex(0)
        self._show_actions()
        self.table.setFocus()

    def _show_visit(self, event: Event) -> None:
        self._show_list()
        self.corrections.show_event(event)

    def _show_actions(self) -> None:
        listed = self.whole.currentIndex() == 0
        some = self.lists.currentWidget() is not self.empty
        self.what_if.setVisible(listed and some)
        self.export.setVisible(listed and some)

    def _ask_live(self) -> None:
        self.asked_for.emit("live")

    # People to filter by.

    def _on_asked(self, text: str) -> None:
        directory = self._directory
        self._loader.ask(
            (id(self), "people"),
            lambda: tuple(Named(p.id, p.name) for p in directory.list(text, 0, _SUGGESTED)),
            urgent=True,
        )

    def _on_loaded(self, key: Hashable, people: Sequence[Named]) -> None:
        if key == (id(self), "people"):
            self.filters.suggest(people)
            self.panel.chooser.suggest(people)

    # Export.

    def export_to(self, path: Path) -> None:
        """Write what the filter lets through to a CSV file."""
        self._export.write(path)

    def _on_exporting(self, busy: bool) -> None:  # noqa: FBT001  # a signal's value
        self.export.setEnabled(bool(self._total) and not busy)
