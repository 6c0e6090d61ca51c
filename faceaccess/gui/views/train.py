"""Train: the door's head - what changed, one button, the curve, a verdict - and further pages."""

from collections.abc import Callable, Hashable, Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.heads import HeadRecord
from faceaccess.core.progress import Progress
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.paged_place import Page, PagedPlace
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_3, SPACE_4
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.curves import wait_for_library
from faceaccess.gui.widgets.head_cards import ChangesCard, HeadCurveCard, State, VersionsCard
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_scroll import PageScroll
from faceaccess.gui.wording import people_count, pictures_count
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.results import RetrainResult
from faceaccess.pipeline.retraining import Retraining

LOOK_EVERY = 1000
"""Milliseconds between two looks for changes made elsewhere, while the place is shown."""

HEAD = "head"
"""The name of the page on the door's head."""


class TrainView(PagedPlace):
    """The place "Train". Its first page is its own work, the door's head.

    Args:
        retraining: the use case.
        heads: returns what is known of stored heads, newest first; asked off the window's thread.
        runner: runs the training.
        actor: on whose behalf.
        revision: grows when people or heads change, in any process; asked off the window's thread.
        clock: tells what is today.
        pages: the pages after the first.
        parent: the owner.
    """

    def __init__(
        self,
        retraining: Retraining,
        heads: Callable[[], Sequence[HeadRecord]],
        runner: JobRunner,
        actor: Actor,
        revision: Callable[[], int],
        clock: Clock,
        pages: Sequence[Page] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("Train"), parent)
        self._retraining, self._heads, self._runner = retraining, heads, runner
        self._actor, self._revision, self._clock = actor, revision, clock
        self._seen: int | None = None
        self._state: State | None = None
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._cards = ChangesCard(runner, self.start, self._ask_enrol)
        self._curve_card = HeadCurveCard()
        self._versions_card = VersionsCard()
        self.bar = MessageBar()
        self._name_controls()
        self.add_page(Page(HEAD, tr("The door's head"), self._head_page))
        for page in pages:
            self.add_page(page)
        runner.busy_changed.connect(self._show_button)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_EVERY)
        self._look.timeout.connect(self._ask_revision)

    def _name_controls(self) -> None:
        cards, curve = self._cards, self._curve_card
        self.changes, self.lines, self.enrol = cards.changes, cards.lines, cards.enrol
        self.full, self.retrain, self.job = cards.full, cards.retrain, cards.job
        self.curve, self.verdict = curve.curve, curve.verdict
        self.verdict_words, self.verdict_figures = curve.verdict.words, curve.verdict.figures
        self.versions = self._versions_card.table

    def _head_page(self) -> Place:
        page = Place()
        outer = QVBoxLayout(page)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE_4)
        outer.addWidget(self.bar)
        scroll = PageScroll(tr("Training"))
        outer.addWidget(scroll, 1)
        column = QVBoxLayout(scroll.inside)
        column.setContentsMargins(0, 0, SPACE_3, 0)
        column.setSpacing(SPACE_4)
        top = QHBoxLayout()
        top.setSpacing(SPACE_4)
        top.addWidget(self._cards, 1)
        top.addWidget(self._curve_card, 1)
        column.addLayout(top)
        column.addWidget(self._versions_card, 1)
        return page

    # A place of the window.

    def arrive(self) -> None:
        """Show what has changed, and keep it so."""
        super().arrive()
        self._ask_revision()
        self._look.start()

    def leave(self) -> None:
        """Stop looking for changes; a training goes on."""
        super().leave()
        self._look.stop()

    def shutdown(self) -> None:
        """End the reading thread; the window ends the training."""
        super().shutdown()
        self._look.stop()
        self._loader.close()
        wait_for_library()

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
            self.set_subtitle(HEAD, "")
        else:
            self.set_subtitle(
                HEAD,
                tr(
                    "The door uses version {version}: {people}, {pictures}",
                    version=serving.version,
                    people=people_count(serving.people),
                    pictures=pictures_count(serving.samples),
                ),
            )
        self._cards.show_state(state)
        self._versions_card.show_state(state, self._clock.now())
        self._show_button()

    def _show_button(self, _busy: bool = False) -> None:  # noqa: FBT001, FBT002  # a signal's value
        anybody = self._state is not None and (
            self._state.serving is not None or self._state.changes.any
        )
        self.retrain.setEnabled(anybody and not self._runner.busy)
        self.full.setEnabled(anybody and not self._runner.busy)

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
        self._curve_card.show_result(result)

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
