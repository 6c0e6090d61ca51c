"""Frames off the GUI thread: a camera's feed, looked at by some work, handed over newest first.

One `CameraThread` serves one view. It takes frames from a feed (a subscription of the camera hub),
lets its work look at each (recognition, guided capture, or nothing for a preview) and hands the
newest result to the GUI thread. Results that the window is too slow for are dropped, never queued.
Errors do not end the thread: they are told as a `Condition`, and the work is made anew.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot
from PySide6.QtGui import QImage

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame
from faceaccess.gui.told import told
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.picture import to_qimage

_log = logging.getLogger(__name__)

WAIT_SECONDS = 0.2
"""Longest wait for a frame before the camera's state is asked for."""

RETRY_SECONDS = 1.0
"""Pause before work that failed is made anew."""


class FeedState(Protocol):
    """How a camera is."""

    @property
    def kind(self) -> str:
        """One of "opening", "running", "lost", "ended", "failed"."""
        ...

    @property
    def text(self) -> str:
        """Why, one sentence, or ""."""
        ...


class Feed(Protocol):
    """A subscription to a camera."""

    @property
    def state(self) -> FeedState:
        """How the camera is."""
        ...

    def next(self, timeout: float) -> Frame | None:
        """Return the newest frame not seen yet, or None after `timeout` seconds without one."""
        ...

    def close(self) -> None:
        """End the subscription."""
        ...


class FrameWork(Protocol):
    """What is done with each frame, in the camera thread."""

    def process(self, frame: Frame) -> Any:
        """Return what the view wants to know of the frame."""
        ...

    def close(self) -> None:
        """Write what is still to be written."""
        ...


class NoWork:
    """For a plain preview."""

    def process(self, frame: Frame) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, eq=False)
class Seen:
    """One frame on its way to the screen.

    Attributes:
        frame: as the camera gave it.
        picture: its pixels for painting.
        result: what the work made of it; None while the work is being made.
        fps: frames a second that the work has kept up with lately.
    """

    frame: Frame
    picture: QImage
    result: Any
    fps: float


@dataclass(frozen=True)
class Condition:
    """How camera and work are, when it changes.

    Attributes:
        kind: "loading" (the work is being made), "opening", "running", "lost" (the camera is gone
            and is tried again), "ended" (a recording is over), "failed" (never opened), "fault"
            (the work failed and is made anew).
        text: why, one sentence, or "".
        remedy: what to do, or "".
    """

    kind: Literal["loading", "opening", "running", "lost", "ended", "failed", "fault"]
    text: str = ""
    remedy: str = ""


class CameraThread(QThread):
    """Runs one feed and one work until `stop`.

    Args:
        open_feed: opens the subscription; called in the thread.
        make_work: makes the work; may be slow (models load) and is called in a thread of its own,
            while the picture is shown already.
        clock: measures frames a second.
        parent: the owner.

    Attributes:
        seen: emitted in the GUI thread with the newest `Seen`.
        condition_changed: emitted in the GUI thread with a `Condition`.
    """

    seen = Signal(object)
    condition_changed = Signal(object)
    _ready = Signal()

    def __init__(
        self,
        open_feed: Callable[[], Feed],
        make_work: Callable[[], FrameWork],
        clock: Clock,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._open_feed, self._make_work, self._clock = open_feed, make_work, clock
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._newest: Seen | None = None
        self._conditions: deque[Condition] = deque()
        self._last: Condition | None = None
        self._moments: deque[float] = deque(maxlen=30)
        self._ready.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)

    def stop(self) -> None:
        """End and join the thread; what it has not handed over is dropped."""
        self._ending.set()
        self.wait()
        with self._lock:
            self._newest = None
            self._conditions.clear()

    def run(self) -> None:
        """Do the thread's work; Qt calls this."""
        while not self._ending.is_set():
            try:
                feed = self._open_feed()
            except Exception as error:  # noqa: BLE001  # told, and tried again
                self._tell_error("failed", error)
                self._ending.wait(RETRY_SECONDS)
                continue
            try:
                self._serve(feed)
            finally:
                feed.close()

    def _serve(self, feed: Feed) -> None:
        maker = _Maker(self._make_work)
        work: FrameWork | None = None
        try:
            while not self._ending.is_set():
                if work is None:
                    work = self._made(maker)
                frame = feed.next(WAIT_SECONDS)
                if frame is None:
                    state = feed.state
                    self._tell_state(state, loading=work is None)
                    if state.kind in {"ended", "failed"}:
                        self._ending.wait(WAIT_SECONDS)  # an ended feed does not wait itself
                    continue
                self._tell(Condition("running" if work is not None else "loading"))
                try:
                    result = None if work is None else work.process(frame)
                except Exception as error:  # noqa: BLE001  # told, and made anew
                    self._tell_error("fault", error)
                    self._close(work)
                    work, maker = None, _Maker(self._make_work)
                    self._ending.wait(RETRY_SECONDS)
                    continue
                self._put(frame, result)
        finally:
            work = work or maker.wait()
            self._close(work)

    def _made(self, maker: "_Maker") -> FrameWork | None:
        """Return the work if it is ready; a failed attempt is told and begun again."""
        if maker.error is not None:
            self._tell_error("fault", maker.error)
            self._ending.wait(RETRY_SECONDS)
            if not self._ending.is_set():
                maker.begin()
            return None
        return maker.work

    def _close(self, work: FrameWork | None) -> None:
        if work is None:
            return
        try:
            work.close()
        except Exception as error:  # noqa: BLE001  # told; the thread must go on or end
            self._tell_error("fault", error)

    def _put(self, frame: Frame, result: Any) -> None:
        if result is not None:
            self._moments.append(self._clock.monotonic())
        picture = to_qimage(frame.image).convertToFormat(QImage.Format.Format_RGB32)
        with self._lock:
            first = self._newest is None and not self._conditions
            self._newest = Seen(frame, picture, result, self._fps())
        if first:
            self._ready.emit()

    def _fps(self) -> float:
        if len(self._moments) < 2:
            return 0.0
        span = self._moments[-1] - self._moments[0]
        return (len(self._moments) - 1) / span if span > 0 else 0.0

    def _tell_state(self, state: FeedState, *, loading: bool) -> None:
        if state.kind == "running":
            # A running camera that gives no frame for a moment; a stall is told by the reader.
            self._tell(Condition("loading" if loading else "running"))
        elif state.kind in {"opening", "lost", "ended", "failed"}:
            self._moments.clear()
            self._tell(Condition(state.kind, told(state.text)))  # type: ignore[arg-type]  # just tested

    def _tell_error(self, kind: Literal["failed", "fault"], error: BaseException) -> None:
        if isinstance(error, KnownError):
            self._tell(Condition(kind, told(error.text), told(error.remedy)))
            return
        _log.error("the camera thread goes on after a fault", exc_info=error)
        self._tell(Condition(kind, tr("The program has a fault."), str(error)))

    def _tell(self, condition: Condition) -> None:
        if condition == self._last:
            return
        if condition.kind == "loading" and self._last is not None and self._last.kind == "fault":
            return  # the reason stays in view while the work is tried again
        self._last = condition
        with self._lock:
            first = self._newest is None and not self._conditions
            if condition.kind not in {"loading", "running"}:
                self._newest = None  # a frame from before the trouble is not shown after it
            self._conditions.append(condition)
        if first:
            self._ready.emit()

    @Slot()
    def _hand_over(self) -> None:
        with self._lock:
            conditions, newest = list(self._conditions), self._newest
            self._conditions.clear()
            self._newest = None
        for condition in conditions:
            self.condition_changed.emit(condition)
        if newest is not None:
            self.seen.emit(newest)


class _Maker:
    """Makes the work in a thread of its own."""

    def __init__(self, make: Callable[[], FrameWork]) -> None:
        self._make = make
        self.work: FrameWork | None = None
        self.error: BaseException | None = None
        self.begin()

    def begin(self) -> None:
        self.error = None
        self._thread = threading.Thread(target=self._run, name="loading the models")
        self._thread.start()

    def _run(self) -> None:
        try:
            self.work = self._make()
        except BaseException as error:  # noqa: BLE001  # told by the camera thread
            self.error = error

    def wait(self) -> FrameWork | None:
        self._thread.join()
        return self.work
