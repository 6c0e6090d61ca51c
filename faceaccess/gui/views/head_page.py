"""The door's head: what changed, one button, the verdict, what thresholds mean, the versions."""

from collections.abc import Callable, Hashable, Sequence
from typing import Protocol, TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.heads import HeadRecord
from faceaccess.core.progress import Job, Progress
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.place import Place
from faceaccess.gui.risk_wording import verdict_words
from faceaccess.gui.theme import SPACE_3, SPACE_4
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.curves import wait_for_library
from faceaccess.gui.widgets.det_card import DetCard
from faceaccess.gui.widgets.head_cards import ChangesCard, HeadCurveCard, State
from faceaccess.gui.widgets.head_test_card import HeadTestCard
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_scroll import PageScroll
from faceaccess.gui.widgets.versions_card import VersionsCard
from faceaccess.gui.wording import people_count, pictures_count
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.results import Calibration, Changes, HeadComparison, RetrainResult

T = TypeVar("T")

LOOK_EVERY = 1000
"""Milliseconds between two looks for changes made elsewhere, while the page is shown."""


class Trainer(Protocol):
    """What the page uses of `Retraining`."""

    def changes(self) -> Changes: ...  # noqa: D102  # as in pipeline.retraining
    def run(  # noqa: D102  # as in pipeline.retraining
        self, actor: Actor, *, full: bool = False, force: str = ""
    ) -> Job[RetrainResult]: ...


class Heads(Protocol):
    """What the page uses of `HeadsInService`."""

    def list(self) -> Sequence[HeadRecord]: ...  # noqa: D102  # as in pipeline.heads_in_service
    def serving(self) -> int | None: ...  # noqa: D102  # as above
    def compare(self, a: int, b: int) -> Job[HeadComparison]: ...  # noqa: D102  # as above
    def use(  # noqa: D102  # as above
        self, actor: Actor, version: int, force: str = ""
    ) -> Job[RetrainResult]: ...
    def pin(self, actor: Actor, version: int, pinned: bool) -> object: ...  # noqa: D102, FBT001  # as above


class Measuring(Protocol):
    """What the page uses of `Calibrating`."""

    def curve(self) -> Job[Calibration]: ...  # noqa: D102  # as in pipeline.calibrating


class HeadPage(Place):
    """The first page of "Train".

    Args:
        retraining: trains.
        heads: the stored versions.
        calibrating: measures what thresholds do.
        set_threshold: stores a threshold set by hand; called off the window's thread.
        runner: runs what writes.
        actor: on whose behalf.
        revision: grows when people or heads change, in any process; asked off the window's thread.
        clock: tells what is today.
        parent: the owner.

    Attributes:
        told: emitted with a line about the head in service.
    """

    told = Signal(str)

    def __init__(  # noqa: PLR0913  # what a page needs is named one by one
        self,
        *,
        retraining: Trainer,
        heads: Heads,
        calibrating: Measuring,
        set_threshold: Callable[[float], object],
        runner: JobRunner,
        actor: Actor,
        revision: Callable[[], int],
        clock: Clock,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._retraining, self._heads, self._calibrating = retraining, heads, calibrating
        self._set_threshold, self._runner = set_threshold, runner
        self._actor, self._revision, self._clock = actor, revision, clock
        self._seen: int | None = None
        self._state: State | None = None
        self._forced: Callable[[str], Job[RetrainResult]] | None = None
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._build()
        runner.busy_changed.connect(self._show_buttons)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_EVERY)
        self._look.timeout.connect(self._ask_revision)

    def _build(self) -> None:
        cards = ChangesCard(self._runner, self.start, self._ask_enrol)
        curve = HeadCurveCard()
        self._cards, self._curve_card = cards, curve
        self.test, self.det, self._versions = HeadTestCard(), DetCard(), VersionsCard()
        self.bar = MessageBar()
        self.changes, self.lines, self.enrol = cards.changes, cards.lines, cards.enrol
        self.full, self.retrain, self.job = cards.full, cards.retrain, cards.job
        self.curve, self.verdict = curve.curve, curve.verdict
        self.verdict_words, self.verdict_figures = curve.verdict.words, curve.verdict.figures
        self.versions, self.version_buttons = self._versions.table, self._versions
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE_4)
        outer.addWidget(self.bar)
        self.page = PageScroll(tr("Training"))
        outer.addWidget(self.page, 1)
        column = QVBoxLayout(self.page.inside)
        column.setContentsMargins(0, 0, SPACE_3, 0)
        column.setSpacing(SPACE_4)
        top = QHBoxLayout()
        top.setSpacing(SPACE_4)
        top.addWidget(cards, 1)
        top.addWidget(curve, 1)
        column.addLayout(top)
        column.addWidget(self.test)
        column.addWidget(self.det)
        column.addWidget(self._versions, 1)
        self.test.force.forced.connect(self._force)
        self.det.wanted.connect(self._measure)
        self.det.chosen.connect(self._choose_threshold)
        self.det.set_up.connect(lambda: self.asked_for.emit("set_up"))
        self._versions.using.connect(self._use)
        self._versions.pinning.connect(self._pin)
        self._versions.comparing.connect(self._compare)

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
        wait_for_library()

    # Reading.

    def _ask_revision(self) -> None:
        self._loader.ask((id(self), "revision"), self._revision, urgent=True)

    def _ask_state(self) -> None:
        retraining, heads = self._retraining, self._heads
        self._loader.ask(
            (id(self), "state"),
            lambda: State(retraining.changes(), tuple(heads.list()), heads.serving()),
            urgent=True,
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
        self.told.emit(
            ""
            if serving is None
            else tr(
                "The door uses version {version}: {people}, {pictures}",
                version=serving.version,
                people=people_count(serving.people),
                pictures=pictures_count(serving.samples),
            )
        )
        self._cards.show_state(state)
        self._versions.show_heads(state.heads, state.version, self._clock.now())
        self.det.setVisible(serving is not None)
        self.test.setVisible(serving is not None)
        self._show_buttons()

    def _show_buttons(self, _busy: bool = False) -> None:  # noqa: FBT001, FBT002  # a signal's value
        busy = self._runner.busy
        anybody = self._state is not None and (
            self._state.serving is not None or self._state.changes.any
        )
        self.retrain.setEnabled(anybody and not busy)
        self.full.setEnabled(anybody and not busy)
        self.det.compute.setEnabled(not busy)
        self._versions.set_busy(busy=busy)

    def _ask_enrol(self) -> None:
        self.asked_for.emit("enrol")

    # Training, and letting another version serve.

    def start(self) -> None:
        """Begin the training."""
        retraining, actor, full = self._retraining, self._actor, self.full.isChecked()
        self._try(tr("Training"), lambda force: retraining.run(actor, full=full, force=force))

    def _use(self, version: int) -> None:
        heads, actor = self._heads, self._actor
        self._try(
            tr("Testing version {version}", version=version),
            lambda force: heads.use(actor, version, force),
        )

    def _try(self, title: str, job: Callable[[str], Job[RetrainResult]], reason: str = "") -> None:
        """Have a head tested and put into service; remember how to force it."""
        try:
            self._runner.start(
                lambda: job(reason),
                on_progress=self._on_progress,
                on_done=self._on_done,
                on_failed=self._on_job_failed,
                on_cancelled=self._on_cancelled,
            )
        except KnownError as error:
            self.bar.show_error(error)
            return
        self._forced = job
        self.bar.clear()
        self.verdict.setVisible(False)
        self.curve.clear()
        self.job.begin(title)
        self.job.cancel.setFocus()

    def _force(self, reason: str) -> None:
        if self._forced is not None:
            self._try(tr("Testing, and letting it serve"), self._forced, reason)

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
        test = result.test
        if test is None:
            return
        before = None if test.before is None else test.before.version
        self.test.show_test(
            verdict_words(test, result.names),
            test,
            result.names,
            (
                tr("In service before") if before is None else tr("Version {n}", n=before),
                tr("Version {n}", n=result.head.version),
            ),
        )
        if not result.accepted:
            self.test.force.ask(self._consequence())
            self.page.ensureWidgetVisible(self.test)

    def _on_job_failed(self, error: BaseException) -> None:
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

    # Comparing and keeping versions.

    def _compare(self, older: int, newer: int) -> None:
        heads = self._heads
        self._read_only(
            tr("Comparing versions {a} and {b}", a=older, b=newer),
            lambda: heads.compare(older, newer),
            self._on_compared,
        )

    def _on_compared(self, found: HeadComparison) -> None:
        self.job.end()
        a, b = found.first.version, found.second.version
        self.test.show_test(
            tr("Versions {a} and {b} on the strangers and pictures of today", a=a, b=b),
            found.test,
            found.names,
            (tr("Version {n}", n=a), tr("Version {n}", n=b)),
        )
        self.page.ensureWidgetVisible(self.test)

    def _pin(self, version: int, pinned: bool) -> None:  # noqa: FBT001  # a signal's value
        heads, actor = self._heads, self._actor
        self._call(lambda: heads.pin(actor, version, pinned), self._on_pinned)

    def _on_pinned(self, _nothing: object) -> None:
        self._seen = None
        self._ask_revision()

    # What thresholds mean.

    def _measure(self) -> None:
        self._read_only(
            tr("Measuring on strangers and colleagues"), self._calibrating.curve, self._on_measured
        )

    def _on_measured(self, found: Calibration) -> None:
        self.job.end()
        self.det.show_curve(
            found.curve,
            found.strangers,
            found.held_out,
            found.threshold,
            unit=found.unit,
            synthetic=found.synthetic,
        )
        self.page.ensureWidgetVisible(self.det)

    def _choose_threshold(self, threshold: float) -> None:
        store = self._set_threshold
        self._call(lambda: store(threshold), self._on_threshold)

    def _on_threshold(self, _settings: object) -> None:
        text = tr("The threshold is set by hand now. A stated risk does not hold any more.")
        self.bar.show_message(Message("warn", text, tr("Set-up states a risk again.")))
        self.settings_changed.emit()
        self._measure()

    # Running.

    def _read_only(self, title: str, job: Callable[[], Job[T]], done: Callable[[T], None]) -> None:
        try:
            self._runner.start(
                job,
                on_progress=self.job.show_progress,
                on_done=done,
                on_failed=self._on_job_failed,
                on_cancelled=self._on_cancelled,
            )
        except KnownError as error:
            self.bar.show_error(error)
            return
        self.bar.clear()
        self.job.begin(title)

    def _call(self, work: Callable[[], object], done: Callable[[object], None]) -> None:
        try:
            self._runner.call(work, on_done=done, on_failed=self.bar.show_error)
        except KnownError as error:
            self.bar.show_error(error)
