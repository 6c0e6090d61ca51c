"""Live: the camera, who stands there, and the door's answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Event, FrameResult, Outcome, TrackedFace
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame, Image
from faceaccess.core.reasons import Reason
from faceaccess.gui.camera_thread import CameraThread, Condition, Feed, FrameWork, Seen
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_3, SPACE_4, SPACE_6
from faceaccess.gui.told import told, told_error
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.answer_panel import Answer, AnswerPanel, answer_of
from faceaccess.gui.widgets.camera_view import CameraView, FaceMark
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.empty_state import EmptyState
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.page_header import PageHeader
from faceaccess.gui.widgets.recent_events import RecentEvents
from faceaccess.gui.worker import JobRunner

RECENT = 12
"""How many visits are listed."""

_RECENT_EVERY_MS = 1000


class Door(Protocol):
    """What Live uses of a `Recogniser`."""

    @property
    def head_version(self) -> int | None: ...  # noqa: D102  # as in pipeline.recognition
    @property
    def problem(self) -> KnownError | None: ...  # noqa: D102  # as in pipeline.recognition
    def process(self, frame: Frame) -> FrameResult: ...  # noqa: D102  # as above
    def close(self) -> None: ...  # noqa: D102  # as above


class Visits(Protocol):
    """What Live uses of a `Journal`."""

    def list(self, *, limit: int) -> Sequence[Event]: ...  # noqa: D102  # as in pipeline.journal
    def picture(self, event_id: str) -> Image | None: ...  # noqa: D102  # as above


@dataclass(frozen=True)
class DoorAnswer:
    """What recognition said of one frame, and with which head.

    Attributes:
        result: the answer with all faces.
        head: the version that decided, or None before the first.
        problem: why decisions are faults at present, or None.
    """

    result: FrameResult
    head: int | None
    problem: KnownError | None


class _DoorWork:
    """A recogniser as work for the camera thread."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def process(self, frame: Frame) -> DoorAnswer:
        result = self._door.process(frame)
        return DoorAnswer(result, self._door.head_version, self._door.problem)

    def close(self) -> None:
        self._door.close()


@dataclass(frozen=True)
class Figures:
    """What the status tells.

    Attributes:
        fps: frames a second, or None without a running camera.
        head: the serving head's version, or None.
    """

    fps: float | None
    head: int | None


class LiveView(Place):
    """The first place.

    Args:
        door_name: gives the name of the camera's door.
        open_feed: opens a subscription to the door's camera.
        make_door: makes a recogniser; slow the first time.
        visits: the journal.
        clock: the program's clock.
        parent: the owner.

    Attributes:
        figures_changed: emitted with `Figures`.
    """

    figures_changed = Signal(object)

    def __init__(
        self,
        *,
        door_name: Callable[[], str],
        open_feed: Callable[[], Feed],
        make_door: Callable[[], Door],
        visits: Visits,
        clock: Clock,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._door_name, self._open_feed, self._make_door = door_name, open_feed, make_door
        self._visits, self._clock = visits, clock
        self._thread: CameraThread | None = None
        self._ended = False
        self._condition = Condition("opening")
        self._figures = Figures(None, None)
        self._reader = JobRunner(self)
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(_RECENT_EVERY_MS)
        self._timer.timeout.connect(self._load_recent)

    # Life

    def start(self) -> None:
        """Begin to watch; until the models are loaded the picture is shown without answers.

        Does nothing while it watches already, and after `shutdown`.
        """
        if self._ended or self._thread is not None:
            return
        self._header.set_title(self._door_name())
        self._condition_changed(Condition("loading"))
        thread = CameraThread(self._open_feed, self._make_work, self._clock, self)
        thread.seen.connect(self._show)
        thread.condition_changed.connect(self._condition_changed)
        self._thread = thread
        thread.start()
        self._timer.start()
        self._load_recent()

    @property
    def running(self) -> bool:
        """Whether it watches."""
        return self._thread is not None

    @property
    def answer(self) -> Answer:
        """What the door answers at present."""
        return self._answer.answer

    @property
    def recent(self) -> tuple[str, ...]:
        """Ids of the visits that are listed, newest first."""
        return self._recent.ids

    @property
    def figures(self) -> Figures:
        """Frames a second and the head's version."""
        return self._figures

    def _make_work(self) -> FrameWork:
        return _DoorWork(self._make_door())

    def stop(self) -> None:
        """Stop watching and join the camera thread; pending visits are written."""
        self._timer.stop()
        if self._thread is not None:
            self._thread.stop()
            self._thread.seen.disconnect(self._show)
            self._thread.condition_changed.disconnect(self._condition_changed)
            self._thread.deleteLater()
            self._thread = None
        self._camera.clear()

    def restart(self) -> None:
        """Watch anew, after the camera or the models were changed."""
        self.stop()
        self.start()

    def shutdown(self) -> None:
        """End every thread of the view."""
        self._ended = True
        self.stop()
        self._reader.shutdown()

    def arrive(self) -> None:
        """Bring the list of visits up to date."""
        if self._thread is not None:
            self._load_recent()

    def remembered(self) -> dict[str, str]:
        """Return the splitter's sizes."""
        return {"splitter": ",".join(str(size) for size in self._splitter.sizes())}

    def restore(self, values: dict[str, str]) -> None:
        """Take the splitter's sizes back."""
        sizes = [int(size) for size in values.get("splitter", "").split(",") if size.isdigit()]
        if len(sizes) == self._splitter.count() and sum(sizes) > 0:
            self._splitter.setSizes(sizes)

    # Building

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE_6, SPACE_4, SPACE_6, SPACE_4)
        outer.setSpacing(SPACE_4)
        self._header = PageHeader(self._door_name())
        self._fps = Label("", "muted", wrap=False)
        self._header.add_action(self._fps)
        outer.addWidget(self._header)

        self._camera = CameraView(tr("Live picture of the camera"))
        self._no_camera = EmptyState(
            "camera_off", tr("The camera gives no picture"), action=tr("Choose a camera")
        )
        self._no_camera.acted.connect(lambda: self.asked_for.emit("set_up"))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._camera)
        self._stack.addWidget(self._no_camera)
        self._answer = AnswerPanel()
        self._answer.acted.connect(lambda: self.asked_for.emit("enrol"))
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, SPACE_3, 0)
        column.setSpacing(SPACE_4)
        column.addWidget(self._stack, 1)
        column.addWidget(self._answer)

        recent = Card(tr("Recent visits"))
        self._recent = RecentEvents()
        recent.body.addWidget(self._recent)
        self._splitter = QSplitter()
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setAccessibleName(tr("Camera and recent visits"))
        self._splitter.addWidget(left)
        self._splitter.addWidget(recent)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setSizes([800, 280])
        recent.setMinimumWidth(220)
        outer.addWidget(self._splitter, 1)

        line = QHBoxLayout()
        line.addWidget(Label(tr("No lock connected, no liveness check."), "muted"), 1)
        outer.addLayout(line)

    # What comes from the camera thread

    def _show(self, seen: Seen) -> None:
        if self._stack.currentWidget() is not self._camera:
            self._stack.setCurrentWidget(self._camera)
        answer: DoorAnswer | None = seen.result
        marks = () if answer is None else tuple(map(mark_of, answer.result.faces))
        self._camera.show_frame(seen.picture, marks)
        if answer is None:
            self._tell_figures(Figures(None, self._figures.head))
            return
        if answer.problem is not None and answer.result.decision.reason is Reason.FAULT:
            self._answer.show_answer(_fault(told(answer.problem.text), told(answer.problem.remedy)))
        else:
            self._answer.show_answer(answer_of(answer.result.decision))
        self._tell_figures(Figures(seen.fps or None, answer.head))

    def _condition_changed(self, condition: Condition) -> None:
        self._condition = condition
        kind = condition.kind
        if kind == "running":
            return
        self._tell_figures(Figures(None, self._figures.head))
        if kind == "loading":
            words, why = tr("Loading the models"), tr("The door answers in a moment.")
            self._answer.show_answer(Answer(words, why))
        elif kind == "opening":
            self._answer.show_answer(Answer(tr("Opening the camera")))
        elif kind == "fault":
            self._answer.show_answer(_fault(condition.text, condition.remedy))
        else:
            self._no_picture(condition)

    def _no_picture(self, condition: Condition) -> None:
        """Show that there is no picture: lost, ended, or never there."""
        ended = condition.kind == "ended"
        words = tr("The recording is over") if ended else tr(Reason.CAMERA_LOST.sentence)
        why = " ".join(filter(None, (condition.text, condition.remedy)))
        if self._camera.has_frame:
            again = "" if ended else tr("It is tried again and again.")
            self._camera.show_notice("\n".join(filter(None, (words, why, again))))
        else:
            self._no_camera.set_words(words, why, tr("Choose a camera"))
            self._stack.setCurrentWidget(self._no_camera)
        tone, symbol = ("none", "info") if ended else ("danger", "camera_off")
        reason = "" if ended else tr("Nobody is let in until it is back.")
        self._answer.show_answer(Answer(words, reason, symbol=symbol, tone=tone))  # type: ignore[arg-type]  # both are tones

    def _tell_figures(self, figures: Figures) -> None:
        rounded = Figures(None if figures.fps is None else float(round(figures.fps)), figures.head)
        if rounded == self._figures:
            return
        self._figures = rounded
        fps = rounded.fps
        self._fps.setText("" if fps is None else tr("{fps} frames a second", fps=f"{fps:.0f}"))
        self.figures_changed.emit(rounded)

    # The list of visits

    def _load_recent(self) -> None:
        if self._reader.busy or not self.isVisible():
            return
        known = frozenset(self._recent.ids)

        def load() -> tuple[Sequence[Event], dict[str, Image | None]]:
            events = self._visits.list(limit=RECENT)
            new = (event.id for event in events if event.id not in known)
            return events, {event_id: self._visits.picture(event_id) for event_id in new}

        self._reader.call(load, on_done=self._show_recent, on_failed=self._recent_failed)

    def _show_recent(self, loaded: tuple[Sequence[Event], dict[str, Image | None]]) -> None:
        events, pictures = loaded
        self._recent.show_events(events, pictures, self._clock.now())

    def _recent_failed(self, error: BaseException) -> None:
        self._recent.show_failure(told_error(error))


def _fault(text: str, remedy: str) -> Answer:
    why = " ".join(filter(None, (text, remedy)))
    return Answer(tr(Reason.FAULT.sentence), why, symbol="warn", tone="danger")


def mark_of(face: TrackedFace) -> FaceMark:
    """Return how a face is marked in the picture."""
    decision = face.decision
    if decision.outcome is Outcome.GRANTED:
        return FaceMark(face.box, decision.person or tr("Let in"), "ok", "granted")
    if decision.outcome is Outcome.DENIED:
        text = decision.person or tr("Not known")
        return FaceMark(face.box, text, "danger", "denied")
    return FaceMark(face.box, tr(decision.reason.sentence), "muted", "waiting")
