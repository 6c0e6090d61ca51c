"""Train: what changed, one button, the curve, and a verdict in words."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.heads import HeadRecord
from faceaccess.core.progress import Progress
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_2, SPACE_3, SPACE_4, SPACE_6, theme
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.job_strip import JobStrip
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.loss_curve import LossCurve
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_header import PageHeader
from faceaccess.gui.wording import moment_words, people_count, pictures_count
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.results import Changes, RetrainResult
from faceaccess.pipeline.retraining import Retraining

LOOK_EVERY = 1000
"""Milliseconds between two looks for changes made elsewhere, while the place is shown."""

_NAMED = 5
"""People named before the rest is counted."""


@dataclass(frozen=True)
class State:
    """What the page shows, read at once."""

    changes: Changes
    heads: Sequence[HeadRecord]

    @property
    def serving(self) -> HeadRecord | None:
        """The newest accepted head."""
        return next((head for head in self.heads if head.accepted), None)


class TrainView(Place):
    """The place "Train".

    Args:
        retraining: the use case.
        heads: returns what is known of stored heads, newest first; asked off the window's thread.
        runner: runs the training.
        actor: on whose behalf.
        revision: grows when people or heads change, in any process; asked off the window's thread.
        clock: tells what is today.
    """

    def __init__(
        self,
        retraining: Retraining,
        heads: Callable[[], Sequence[HeadRecord]],
        runner: JobRunner,
        actor: Actor,
        revision: Callable[[], int],
        clock: Clock,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._retraining, self._heads, self._runner = retraining, heads, runner
        self._actor, self._revision, self._clock = actor, revision, clock
        self._seen: int | None = None
        self._state: State | None = None
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._build()
        runner.busy_changed.connect(self._show_button)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_EVERY)
        self._look.timeout.connect(self._ask_revision)

    # What is in the place.

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE_6, SPACE_6, SPACE_6, SPACE_6)
        outer.setSpacing(SPACE_4)
        self.header = PageHeader(tr("Train"))
        outer.addWidget(self.header)
        self.bar = MessageBar()
        outer.addWidget(self.bar)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setAccessibleName(tr("Training"))
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        scroll.setWidget(inside)
        outer.addWidget(scroll, 1)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, SPACE_3, 0)
        column.setSpacing(SPACE_4)
        top = QHBoxLayout()
        top.setSpacing(SPACE_4)
        top.addWidget(self._changes_card(), 1)
        top.addWidget(self._curve_card(), 1)
        column.addLayout(top)
        column.addWidget(self._versions_card(), 1)

    def _changes_card(self) -> Card:
        card = Card(tr("Since the last training"))
        self.changes = Label(tr("Looking at what has changed"), "strong")
        self.lines = Label("", "body", selectable=True)
        self.advice = Label("", "muted")
        for label in (self.changes, self.lines, self.advice):
            card.body.addWidget(label)
        self.enrol = Button(tr("Enrol the first person"), icon="add", clicked=self._ask_enrol)
        self.enrol.setVisible(False)
        card.body.addWidget(self.enrol, 0, Qt.AlignmentFlag.AlignLeft)
        card.body.addStretch(1)
        self.full = QCheckBox(tr("Start over from all pictures"))
        self.full.setAccessibleName(tr("Start over from all pictures"))
        self.full.setToolTip(
            tr("Usually the head goes on from what it knows; starting over takes a little longer.")
        )
        card.body.addWidget(self.full)
        self.retrain = Button(tr("Retrain"), "primary", clicked=self.start)
        self.retrain.setMinimumHeight(48)
        card.body.addWidget(self.retrain)
        self.job = JobStrip(self._runner)
        card.body.addWidget(self.job)
        return card

    def _curve_card(self) -> Card:
        card = Card(tr("Training loss"))
        self.curve = LossCurve()
        card.body.addWidget(self.curve, 1)
        self.verdict = QWidget()
        row = QHBoxLayout(self.verdict)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_2)
        self._sign = QLabel()
        words = QVBoxLayout()
        words.setSpacing(0)
        self.verdict_words = Label("", "strong")
        self.verdict_figures = Label("", "muted")
        words.addWidget(self.verdict_words)
        words.addWidget(self.verdict_figures)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.verdict.setVisible(False)
        self._state_sign = ("granted", "ok")
        theme().changed.connect(self._tint)
        card.body.addWidget(self.verdict)
        return card

    def _versions_card(self) -> Card:
        card = Card(tr("Versions of the head"))
        titles = (
            tr("Version"),
            tr("When"),
            tr("Why"),
            tr("People"),
            tr("Pictures"),
            tr("Steps"),
            tr("Time"),
            tr("State"),
            tr("By"),
        )
        self.versions = QTableWidget(0, len(titles))
        self.versions.setHorizontalHeaderLabels(titles)
        self.versions.setAccessibleName(tr("Versions of the head"))
        self.versions.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.versions.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.versions.setShowGrid(False)
        self.versions.setTabKeyNavigation(False)
        self.versions.setWordWrap(False)
        self.versions.setStyleSheet(f"QTableView::item {{ padding: 0 {SPACE_2}px; }}")
        self.versions.verticalHeader().setVisible(False)
        self.versions.verticalHeader().setDefaultSectionSize(36)
        head = self.versions.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        head.setStretchLastSection(True)
        for place, width in enumerate((72, 140, 200, 76, 84, 64, 64, 92, 120)):
            self.versions.setColumnWidth(place, width)
        self.versions.setMinimumHeight(200)
        self.none = Label(tr("No head yet. The first enrolment makes one."), "muted")
        card.body.addWidget(self.versions, 1)
        card.body.addWidget(self.none)
        return card

    # A place of the window.

    def arrive(self) -> None:
        """Show what has changed, and keep it so."""
        self._ask_revision()
        self._look.start()

    def leave(self) -> None:
        """Stop looking for changes; a training goes on."""
        self._look.stop()

    def shutdown(self) -> None:
        """End the reading thread; the window ends the training."""
        self._look.stop()
        self._loader.close()

    # Reading.

    def _ask_revision(self) -> None:
        self._loader.ask((id(self), "revision"), self._revision, urgent=True)

    def _ask_state(self) -> None:
        retraining, heads = self._retraining, self._heads
        self._loader.ask(
            (id(self), "state"), lambda: State(retraining.changes(), tuple(heads())), urgent=True
        )

    def _on_loaded(self, key: Hashable, value: object) -> None:
        if key == (id(self), "revision"):
            if isinstance(value, int) and value != self._seen:
                self._seen = value
                self._ask_state()
        elif key == (id(self), "state") and isinstance(value, State):
            self._state = value
            self._show_state(value)

    def _on_failed(self, key: Hashable, error: Exception) -> None:
        if isinstance(key, tuple) and key[0] == id(self):
            self._seen = None
            self.bar.show_error(error)

    # Showing.

    def _show_state(self, state: State) -> None:
        serving = state.serving
        if serving is None:
            self.header.set_subtitle("")
        else:
            self.header.set_subtitle(
                tr(
                    "The door uses version {version}: {people}, {pictures}",
                    version=serving.version,
                    people=people_count(serving.people),
                    pictures=pictures_count(serving.samples),
                )
            )
        self._show_changes(state)
        self._show_versions(state)
        self._show_button()

    def _show_changes(self, state: State) -> None:
        changes = state.changes
        lines = [
            _sentence(changes.added, tr("{names} came in"), tr("{names} and {more} more came in")),
            _sentence(changes.removed, tr("{names} went"), tr("{names} and {more} more went")),
            _sentence(
                changes.more_pictures,
                tr("{names}: pictures changed"),
                tr("{names} and {more} more: pictures changed"),
            ),
        ]
        told = [line for line in lines if line]
        self.lines.setText("\n".join(told))
        self.lines.setVisible(bool(told))
        nobody = state.serving is None and not changes.any
        self.enrol.setVisible(nobody)
        count = len(changes.added) + len(changes.removed) + len(changes.more_pictures)
        if count:
            self.changes.setText(trn("{count} change", "{count} changes", count))
            self.advice.setText(
                tr("Retraining takes them in together. The door goes on while it runs.")
            )
        elif nobody:
            self.changes.setText(tr("Nobody is enrolled yet"))
            self.advice.setText(tr("There is nothing to train before the first enrolment."))
        else:
            self.changes.setText(tr("Nothing has changed"))
            self.advice.setText(
                tr("The door knows everybody who is enrolled. Retraining is not needed.")
            )

    def _show_versions(self, state: State) -> None:
        serving, now = state.serving, self._clock.now()
        self.versions.setVisible(bool(state.heads))
        self.none.setVisible(not state.heads)
        self.versions.setRowCount(len(state.heads))
        for row, head in enumerate(state.heads):
            if head is serving:
                place = tr("in use")
            else:
                place = tr("former") if head.accepted else tr("refused")
            cells = (
                f"v{head.version}",
                moment_words(head.created_at, now),
                head.note,
                f"{head.people:,}",
                f"{head.samples:,}",
                f"{head.steps:,}",
                tr("{seconds} s", seconds=f"{head.seconds:.1f}"),
                place,
                head.actor,
            )
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.versions.setItem(row, column, item)

    def _show_button(self, _busy: bool = False) -> None:  # noqa: FBT001, FBT002  # a signal's value
        anybody = self._state is not None and (
            self._state.serving is not None or self._state.changes.any
        )
        self.retrain.setEnabled(anybody and not self._runner.busy)
        self.full.setEnabled(anybody and not self._runner.busy)

    def _tint(self) -> None:
        self._sign.setPixmap(icon_pixmap(*self._state_sign))

    def _ask_enrol(self) -> None:
        self.asked_for.emit("enrol")

    # Training.

    def start(self) -> None:
        """Begin the training."""
        retraining, actor, full = self._retraining, self._actor, self.full.isChecked()
        try:
            self._runner.start(
                lambda: retraining.run(actor, full=full),
                on_progress=self._on_progress,
                on_done=self._on_done,
                on_failed=self._on_train_failed,
                on_cancelled=self._on_cancelled,
            )
        except KnownError as error:
            self.bar.show_error(error)
            return
        self.bar.clear()
        self.verdict.setVisible(False)
        self.curve.clear()
        self.job.begin(tr("Training"))
        self.job.cancel.setFocus()

    def _on_progress(self, progress: Progress) -> None:
        self.job.show_progress(progress)
        loss = progress.figures.get("loss")
        if loss is not None:
            step = progress.figures.get("step", float(len(self.curve.losses)))
            self.curve.add(step, loss)

    def _on_done(self, result: RetrainResult) -> None:
        self._end()
        if result.losses:
            self.curve.show_losses(result.losses)
        head = result.head
        self._state_sign = ("granted", "ok") if result.accepted else ("warn", "warn")
        self._tint()
        self.verdict_words.setText(tr(result.verdict))
        self.verdict_figures.setText(
            tr(
                "Version {version}: {people}, {pictures}, {steps} steps, {seconds} s",
                version=head.version,
                people=people_count(head.people),
                pictures=pictures_count(head.samples),
                steps=head.steps,
                seconds=f"{head.seconds:.1f}",
            )
        )
        self.verdict.setVisible(True)
        self.verdict.setAccessibleName(self.verdict_words.text())

    def _on_train_failed(self, error: BaseException) -> None:
        self._end()
        self.bar.show_error(error, self._consequence())

    def _on_cancelled(self) -> None:
        self._end()
        self.bar.show_message(Message("accent", tr("Cancelled."), self._consequence()))

    def _consequence(self) -> str:
        serving = None if self._state is None else self._state.serving
        if serving is None:
            return tr("The door knows nobody yet.")
        return tr("The door goes on with version {version}.", version=serving.version)

    def _end(self) -> None:
        self.job.end()
        self.retrain.setFocus()
        self._seen = None
        self._ask_revision()


def _sentence(names: Sequence[str], few: str, many: str) -> str:
    """Return a sentence that names people, or "" for none."""
    if not names:
        return ""
    shown = ", ".join(names[:_NAMED])
    if len(names) <= _NAMED:
        return few.format(names=shown)
    return many.format(names=shown, more=f"{len(names) - _NAMED:,}")
