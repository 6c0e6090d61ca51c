"""The page "Attack test" of Set-up: attempts with pictures, phones and masks at this camera."""

from collections.abc import Hashable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from faceaccess.core.attack_tests import AttackReport, Attempt, PresentationKind
from faceaccess.gui.attack_wording import attempt_words, instruction_words, kind_words
from faceaccess.gui.attack_work import AttackUses, AttackWork, Attempted
from faceaccess.gui.camera_thread import CameraThread, Condition, Seen
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_3, SPACE_4
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.attack_cards import AttackFigures, AttemptPanel, PlanPanel
from faceaccess.gui.widgets.camera_view import CameraView, FaceMark
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_scroll import PageScroll
from faceaccess.pipeline.attack_test import Phase, variation_of


class AttackTestPage(Place):
    """Leads through attempts, one kind after the other, and shows what they show.

    Args:
        uses: what the page needs of the program.
        parent: the owner.
    """

    def __init__(self, uses: AttackUses, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._uses = uses
        self._thread: CameraThread | None = None
        self._work: AttackWork | None = None
        self._attempts: list[Attempt] = []
        self._kind: PresentationKind | None = None
        self._number = 0
        self._taken = 0
        self._running = False
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._build()
        self._show_plan()

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE_4)
        self.bar = MessageBar()
        outer.addWidget(self.bar)
        halves = QHBoxLayout()
        halves.setSpacing(SPACE_4)
        outer.addLayout(halves, 1)
        self.picture = CameraView(tr("What the camera sees during the test"))
        halves.addWidget(self.picture, 3)
        self.side = PageScroll(tr("Attack test"))
        halves.addWidget(self.side, 2)
        column = QVBoxLayout(self.side.inside)
        column.setContentsMargins(0, 0, SPACE_3, 0)
        column.setSpacing(SPACE_4)
        self.steps = QStackedWidget()
        column.addWidget(self.steps)
        self.plan = PlanPanel()
        self.plan.chosen.connect(self._begin_kind)
        self.steps.addWidget(self.plan)
        self.attempt = AttemptPanel()
        self.attempt.again.connect(self._again)
        self.attempt.stopped.connect(self._show_plan)
        self.steps.addWidget(self.attempt)
        self.figures = AttackFigures()
        self.figures.keeping.connect(self._keep)
        self.figures.dropping.connect(self._forget)
        column.addWidget(self.figures)
        column.addStretch(1)

    @property
    def ready(self) -> bool:
        """Whether the models are loaded and an attempt can begin."""
        return self._work is not None

    @property
    def pending(self) -> tuple[Attempt, ...]:
        """The attempts that are not kept in a report yet."""
        return tuple(self._attempts)

    # A place of the window.

    def arrive(self) -> None:
        """Look through the camera, and read when it was tested last."""
        self._loader.ask((id(self), "reports"), self._uses.reports, urgent=True)
        if self._thread is None:
            thread = CameraThread(self._uses.open_feed, self._make_work, self._uses.clock, self)
            thread.seen.connect(self._on_seen)
            thread.condition_changed.connect(self._on_condition)
            self._thread = thread
            thread.start()

    def leave(self) -> None:
        """Let the camera go; an attempt that goes on is not counted, the others stay."""
        self._show_plan()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()
            thread.deleteLater()
            self._work = None
            self.picture.clear()

    def escape(self) -> bool:
        """Stop the attempt at hand."""
        if self._kind is None:
            return False
        self._show_plan()
        return True

    def shutdown(self) -> None:
        """End the threads."""
        self.leave()
        self._loader.close()

    # Attempts.

    def _make_work(self) -> AttackWork:
        # Assigned here, in the thread that loads; the window asks only after the first frame.
        work = AttackWork(self._uses.new_test())
        self._work, self._taken, self._running = work, 0, False
        return work

    def _begin_kind(self, kind: PresentationKind) -> None:
        if self._work is None:
            words = tr("The models are still being loaded: try again in a moment.")
            self.bar.show_message(Message("accent", words))
            return
        self.bar.clear()
        self._kind = kind
        self._number = sum(attempt.kind is kind for attempt in self._attempts)
        self.steps.setCurrentWidget(self.attempt)
        self._begin()

    def _begin(self) -> None:
        if self._work is None or self._kind is None:
            return
        variation = variation_of(self._number)
        self._work.ask(self._kind, variation)
        self._running = True
        words = instruction_words(self._kind, variation)
        self.attempt.begin(kind_words(self._kind), self._number + 1, words)

    def _again(self) -> None:
        self._begin()

    def _show_plan(self) -> None:
        if self._work is not None and self._kind is not None:
            self._work.drop()
        self._kind, self._running = None, False
        self.steps.setCurrentWidget(self.plan)
        self.plan.show_counts(self._attempts)

    def _on_seen(self, seen: Seen) -> None:
        attempted: Attempted | None = seen.result
        step = None if attempted is None else attempted.step
        marks: tuple[FaceMark, ...] = ()
        if step is not None and step.box is not None:
            marks = (FaceMark(step.box, "", "accent"),)
        self.picture.show_frame(seen.picture, marks)
        if attempted is None:
            return
        if len(attempted.ended) > self._taken:
            new = attempted.ended[self._taken :]
            self._taken = len(attempted.ended)
            for attempt in new:
                self._take(attempt)
        elif step is not None and self._running and step.attempt is None:
            said = tr(step.reason.sentence) if step.phase is Phase.RUNNING else ""
            self.attempt.show_phase(step.phase, step.left, said)

    def _take(self, attempt: Attempt) -> None:
        self._running = False
        self._attempts.append(attempt)
        self.figures.show_attempts(self._attempts)
        self.plan.show_counts(self._attempts)
        self._number += 1
        words = attempt_words(attempt.kind, attempt.outcome, recognised=attempt.recognised)
        self.attempt.show_outcome(words, attempt)

    def _on_condition(self, condition: Condition) -> None:
        if condition.kind in ("running", "opening"):
            return
        if condition.kind == "loading":
            self.picture.show_notice(tr("Loading the models"))
            return
        told = " ".join(filter(None, (condition.text, condition.remedy)))
        self.picture.show_notice(told or tr("The camera is lost, and tried again."))
        if self._kind is not None:
            self._show_plan()
            words = tr("The attempt was broken off and is not counted.")
            self.bar.show_message(Message("warn", words, told))

    # Reports.

    def _keep(self) -> None:
        attempts = tuple(self._attempts)
        self._loader.ask((id(self), "kept"), lambda: self._uses.report(attempts), urgent=True)

    def _forget(self) -> None:
        self._attempts.clear()
        self.figures.show_attempts(self._attempts)
        self._show_plan()

    def _on_loaded(self, key: Hashable, value: object) -> None:
        if key == (id(self), "reports") and isinstance(value, Sequence):
            self.figures.show_last(next(iter(value), None), self._uses.clock.now())
        elif key == (id(self), "kept") and isinstance(value, AttackReport):
            self._forget()
            self.figures.show_last(value, self._uses.clock.now())
            self.bar.show_message(Message("ok", tr("The report is kept.")))

    def _on_failed(self, key: Hashable, error: Exception) -> None:
        if isinstance(key, tuple) and key[0] == id(self):
            self.bar.show_error(error, tr("The attempts are still here."))
