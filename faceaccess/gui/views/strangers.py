"""Strangers: people who are not enrolled, on whom the door is measured."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QItemSelection, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.core.progress import Job
from faceaccess.core.strangers import CALIBRATION_SHARE, Role, Stranger
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.models.strangers import Column, StrangersModel
from faceaccess.gui.models.thumbnails import Thumbnails
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_2, SPACE_4, theme
from faceaccess.gui.told import told
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.empty_state import EmptyState
from faceaccess.gui.widgets.event_table import ROW, PictureDelegate
from faceaccess.gui.widgets.job_strip import JobStrip
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.plain_table import dress
from faceaccess.gui.wording import pictures_count
from faceaccess.gui.worker import JobRunner
from faceaccess.learn.calibration import LEAST_STRANGERS, strangers_to_promise
from faceaccess.pipeline.strangers import StrangersAdded

LOOK_EVERY = 1000
"""Milliseconds between two looks for changes made elsewhere, while the page is shown."""


class StrangerGallery(Protocol):
    """What the page uses of `Strangers`."""

    def add(self, actor: Actor, folder: Path) -> Job[StrangersAdded]: ...  # noqa: D102  # as there
    def list(self) -> Sequence[Stranger]: ...  # noqa: D102  # as there
    def remove(self, actor: Actor, stranger_id: str) -> object: ...  # noqa: D102  # as there
    def thumbnail(self, stranger_id: str) -> Image | None: ...  # noqa: D102  # as there


class StrangersPage(Place):
    """The page "Strangers" of People.

    Args:
        gallery: the use case.
        runner: runs what writes.
        actor: on whose behalf.
        revision: grows when strangers change; asked off the window's thread.
        parent: the owner.
    """

    def __init__(
        self,
        gallery: StrangerGallery,
        runner: JobRunner,
        actor: Actor,
        revision: Callable[[], int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._gallery, self._runner, self._actor = gallery, runner, actor
        self._revision = revision
        self._seen: int | None = None
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._thumbnails = Thumbnails(self._loader, gallery.thumbnail, self)
        self.model = StrangersModel(self._thumbnails, self)
        self._build()
        self._thumbnails.ready.connect(self._on_picture)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_EVERY)
        self._look.timeout.connect(self._ask_revision)
        self.setAcceptDrops(True)

    # What is on the page.

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        self.bar = MessageBar()
        self.job = JobStrip(self._runner)
        column.addWidget(self.bar)
        column.addWidget(self.job)
        self.pages = QStackedWidget()
        column.addWidget(self.pages, 1)
        self.waiting = Label(tr("Reading the list"), "muted")
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty = EmptyState(
            "unknown",
            tr("No strangers yet"),
            tr(
                "Give pictures of people who are not enrolled: a folder in which every picture, or "
                "every folder of pictures, is one person. The door is measured on them, so that a "
                "risk can be promised: about {count} carry 1 in 100. Until then, the program draws "
                "some itself, which is weaker.",
                count=round(100 * strangers_to_promise(0.01) / CALIBRATION_SHARE),
            ),
            tr("Add a folder"),
        )
        self.empty.acted.connect(self._choose)
        self.pages.addWidget(self.waiting)
        self.pages.addWidget(self.empty)
        self.pages.addWidget(self._list())

    def _list(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        self.counts = Label("", "strong")
        self.roles = Label("", "muted")
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self.add = Button(tr("Add a folder"), "primary", icon="folder", clicked=self._choose)
        self.remove = Button(tr("Remove"), icon="remove", clicked=self._ask_remove)
        self.sure = Button(tr("Remove it"), "danger", clicked=self._remove)
        self.keep = Button(tr("Keep"), "link", clicked=self._forget)
        for button in (self.add, self.remove, self.sure, self.keep):
            row.addWidget(button)
        row.addStretch(1)
        self.table = QTableView()
        self.table.setModel(self.model)
        widths = (ROW + SPACE_2, 320, 160, 100, 140)
        dress(self.table, tr("Strangers"), widths, row=ROW)
        self.table.setItemDelegateForColumn(int(Column.PICTURE), PictureDelegate(self.table))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.selectionModel().selectionChanged.connect(self._on_selected)
        theme().changed.connect(self.table.viewport().update)
        column.addWidget(self.counts)
        column.addWidget(self.roles)
        column.addLayout(row)
        column.addWidget(self.table, 1)
        self._forget()
        return page

    # A place of the window.

    def arrive(self) -> None:
        """Bring the list up to date and keep it so."""
        self._ask_revision()
        self._look.start()

    def leave(self) -> None:
        """Stop looking for changes; adding goes on."""
        self._look.stop()

    def shutdown(self) -> None:
        """End the reading thread."""
        self._look.stop()
        self._loader.close()

    # Reading.

    def _ask_revision(self) -> None:
        self._loader.ask((id(self), "revision"), self._revision, urgent=True)

    def refresh(self) -> None:
        """Read the list anew."""
        self._seen = None
        self._ask_revision()

    def _on_loaded(self, key: Hashable, value: object) -> None:
        if key == (id(self), "revision"):
            if value != self._seen:
                self._seen = value if isinstance(value, int) else None
                self._loader.ask((id(self), "list"), self._gallery.list, urgent=True)
        elif key == (id(self), "list"):
            self._take(value)  # type: ignore[arg-type]  # what `list` returned

    def _on_failed(self, key: Hashable, error: Exception) -> None:
        if isinstance(key, tuple) and key[0] == id(self):
            self.bar.show_error(error)

    def _on_picture(self, _stranger_id: str) -> None:
        self.table.viewport().update()

    def _take(self, strangers: Sequence[Stranger]) -> None:
        self.model.take(strangers)
        self._forget()
        self.pages.setCurrentIndex(2 if strangers else 1)
        roles = Counter(stranger.role for stranger in strangers)
        self.counts.setText(
            tr(
                "{strangers}, {pictures}",
                strangers=trn("{count} stranger", "{count} strangers", len(strangers)),
                pictures=pictures_count(sum(stranger.samples for stranger in strangers)),
            )
        )
        told = tr(
            "{calibration} for the threshold, {test} for the test, {negative} for training; which, "
            "never changes.",
            calibration=f"{roles[Role.CALIBRATION]:,}",
            test=f"{roles[Role.TEST]:,}",
            negative=f"{roles[Role.NEGATIVE]:,}",
        )
        if roles[Role.CALIBRATION] < LEAST_STRANGERS:
            few = tr(
                "Fewer than {least} for the threshold: drawn ones are used, which is weaker.",
                least=LEAST_STRANGERS,
            )
            told = f"{told} {few}"
        self.roles.setText(told)

    # Adding.

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Pictures of people not enrolled"))
        if folder:
            self.add_folder(Path(folder))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one folder."""
        if len(event.mimeData().urls()) == 1 and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the folder that was dropped."""
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.add_folder(Path(event.mimeData().urls()[0].toLocalFile()))

    def add_folder(self, folder: Path) -> None:
        """Analyse and store the strangers of a folder."""
        gallery, actor = self._gallery, self._actor
        try:
            self._runner.start(
                lambda: gallery.add(actor, folder),
                on_progress=self.job.show_progress,
                on_done=self._on_added,
                on_failed=self._on_not_added,
                on_cancelled=self._on_cancelled,
            )
        except KnownError as error:
            self.bar.show_error(error)
            return
        self.bar.clear()
        self.job.begin(tr("Looking at the pictures"))

    def _on_added(self, added: StrangersAdded) -> None:
        self.job.end()
        text = trn(
            "{count} stranger was added ({pictures}).",
            "{count} strangers were added ({pictures}).",
            added.strangers,
            pictures=pictures_count(added.pictures),
        )
        remarks = "\n".join(
            tr("{picture}: {reason}", picture=one.picture, reason=told(one.reason))
            for one in (*added.rejected, *added.warnings)
        )
        remedy = (
            trn(
                "{count} picture was not taken; the details say why.",
                "{count} pictures were not taken; the details say why.",
                len(added.rejected),
            )
            if added.rejected
            else tr("The threshold of a stated risk is found anew on them.")
        )
        tone = "warn" if added.rejected or added.warnings else "ok"
        self.bar.show_message(Message(tone, text, remedy, remarks))  # type: ignore[arg-type]  # one of two tones
        self.refresh()

    def _on_not_added(self, error: BaseException) -> None:
        self.job.end()
        self.bar.show_error(error, tr("Nothing was changed."))

    def _on_cancelled(self) -> None:
        self.job.end()
        self.bar.show_message(Message("accent", tr("Cancelled. Nothing was changed.")))
        self.refresh()

    # Removing.

    def _chosen(self) -> Stranger | None:
        rows = self.table.selectionModel().selectedRows()
        return self.model.stranger(rows[0].row()) if rows else None

    def _on_selected(self, _now: QItemSelection, _before: QItemSelection) -> None:
        self._forget()

    def _ask_remove(self) -> None:
        for button, shown in ((self.remove, False), (self.sure, True), (self.keep, True)):
            button.setVisible(shown)
        self.keep.setFocus()

    def _forget(self) -> None:
        for button, shown in ((self.remove, True), (self.sure, False), (self.keep, False)):
            button.setVisible(shown)
        self.remove.setEnabled(self._chosen() is not None)

    def _remove(self) -> None:
        chosen, gallery, actor = self._chosen(), self._gallery, self._actor
        if chosen is None:
            return
        try:
            self._runner.call(
                lambda: gallery.remove(actor, chosen.id),
                on_done=self._on_removed,
                on_failed=self._on_not_added,
            )
        except KnownError as error:
            self.bar.show_error(error)

    def _on_removed(self, _nothing: object) -> None:
        self.bar.show_message(Message("ok", tr("The stranger was removed.")))
        self.refresh()
