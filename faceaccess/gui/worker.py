"""Long work off the GUI thread: the one thread that runs a `core.progress.Job`.

A runner has one QThread, started with the first job and joined by `shutdown`. A job ends in
exactly one of done, failed, cancelled; the callbacks are called in the GUI thread, all progress
before the end. Progress is handed over in batches, so a job that reports faster than the window
can draw does not fill the event queue. A paused job holds between two of its steps; cancelling it
and shutting down work all the same.
"""

import logging
import os
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.progress import CancelledError, Job, Progress, run
from faceaccess.gui.translation import tr

_log = logging.getLogger(__name__)

NICENESS = 5
"""How far jobs stand back on a busy machine; measured by bench/live_while_retraining.py."""

LONG_NICENESS = 10
"""How far jobs of many minutes stand back: behind the short ones too."""

T = TypeVar("T")

OnProgress = Callable[[Progress], None]
OnFailed = Callable[[BaseException], None]


@dataclass(eq=False)
class _Task(Generic[T]):
    """One job on its way, with what to call."""

    factory: Callable[[], Job[T]]
    on_progress: OnProgress | None
    on_done: Callable[[T], None] | None
    on_failed: OnFailed
    on_cancelled: Callable[[], None] | None
    cancelled: threading.Event = field(default_factory=threading.Event)
    going: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: list[Progress] = field(default_factory=list)
    deliver: Callable[[], None] | None = None
    told: bool = False

    def __post_init__(self) -> None:
        self.going.set()

    def hold(self) -> bool:
        """Wait while the job is paused, in its thread; whether it was cancelled meanwhile."""
        self.going.wait()
        return self.cancelled.is_set()

    def cancel(self) -> None:
        self.cancelled.set()
        self.going.set()

    def put(self, progress: Progress) -> bool:
        """Add to what waits for the GUI; whether nothing waited before, so that it must be told."""
        with self.lock:
            first = not self.waiting
            self.waiting.append(progress)
        return first

    def take(self) -> list[Progress]:
        with self.lock:
            batch, self.waiting = self.waiting, []
        return batch


def _give_way(niceness: int) -> None:
    """Let the window and the door have the processor before this thread, where the system can."""
    if sys.platform == "linux":  # elsewhere niceness belongs to the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


class _Thread(QThread):
    """Takes tasks until it is handed None. Its signals are emitted in the worker thread."""

    progressed = Signal(object)
    ended = Signal(object)

    def __init__(self, tasks: "queue.SimpleQueue[_Task[Any] | None]", niceness: int) -> None:
        super().__init__()
        self._tasks, self._niceness = tasks, niceness

    def run(self) -> None:
        _give_way(self._niceness)
        while (task := self._tasks.get()) is not None:
            task.deliver = self._end_of(task)
            self.ended.emit(task)

    def _end_of(self, task: "_Task[T]") -> Callable[[], None]:
        """Run the task; return what tells its end (called in the GUI thread)."""

        def progressed(progress: Progress) -> None:
            if task.put(progress):
                self.progressed.emit(task)

        try:
            result = run(task.factory(), progressed, task.hold)
        except CancelledError:
            return task.on_cancelled or (lambda: None)
        except KnownError as error:
            known = error
            return lambda: task.on_failed(known)
        except BaseException as error:  # noqa: BLE001  # whatever ends a job is told, once
            _log.exception("a job failed")
            unexpected = error
            return lambda: task.on_failed(unexpected)
        done = task.on_done
        return (lambda: None) if done is None else (lambda: done(result))


class JobRunner(QObject):
    """Runs one job at a time on a thread of its own.

    The window has one for everything that writes to the database, and one for trainings of many
    minutes, which must not keep the first from its work.

    Args:
        parent: the owner.
        niceness: how far its thread stands back on a busy machine, 0 to 19.

    Attributes:
        busy_changed: emitted with whether a job runs, in the GUI thread.
        paused_changed: emitted with whether the job is paused, in the GUI thread.
    """

    busy_changed = Signal(bool)
    paused_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None, *, niceness: int = NICENESS) -> None:
        super().__init__(parent)
        self._niceness = niceness
        self._paused = False
        self._tasks: queue.SimpleQueue[_Task[Any] | None] = queue.SimpleQueue()
        self._thread: _Thread | None = None
        self._current: _Task[Any] | None = None
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a job runs whose end has not been told yet."""
        return self._current is not None

    @property
    def paused(self) -> bool:
        """Whether a job runs that holds, or will hold after the step that it is in."""
        return self._paused

    def start(
        self,
        factory: Callable[[], Job[T]],
        *,
        on_failed: OnFailed,
        on_done: Callable[[T], None] | None = None,
        on_progress: OnProgress | None = None,
        on_cancelled: Callable[[], None] | None = None,
    ) -> None:
        """Start a job.

        Args:
            factory: makes the job; called in the worker thread, so it may be slow or raise.
            on_failed: called with a `KnownError`, or with what else was raised (logged already).
            on_done: called with the job's result.
            on_progress: called with every `Progress`, in order.
            on_cancelled: called when `cancel` ended the job.

        Raises:
            KnownError: if a job is running.
            BugError: after `shutdown`.
        """
        if self._closed:
            raise BugError("a job was started after the end of its runner")
        if self._current is not None:
            raise KnownError(
                tr("Something else is still being done."), tr("Wait for its end, or cancel it.")
            )
        task = _Task(factory, on_progress, on_done, on_failed, on_cancelled)
        self._current = task
        if self._thread is None:
            self._thread = _Thread(self._tasks, self._niceness)
            queued = Qt.ConnectionType.QueuedConnection
            self._thread.progressed.connect(self._tell_progress, queued)
            self._thread.ended.connect(self._tell_end, queued)
            self._thread.start()
        self._tasks.put(task)
        self.busy_changed.emit(True)

    def call(
        self,
        function: Callable[[], T],
        *,
        on_failed: OnFailed,
        on_done: Callable[[T], None] | None = None,
    ) -> None:
        """Run a plain function as a job that has no progress and cannot be cancelled.

        Raises:
            KnownError, BugError: as `start`.
        """

        def job() -> Job[T]:
            yield from ()
            return function()

        self.start(job, on_done=on_done, on_failed=on_failed)

    def cancel(self) -> None:
        """Ask the running job to end at its next step; harmless when none runs.

        A paused job ends too; nothing of it is done any more.
        """
        if self._current is not None:
            self._current.cancel()
            self._set_paused(paused=False)

    def pause(self) -> None:
        """Hold the running job after its present step; harmless when none runs, or it must end.

        Only for jobs that hold nothing that others wait for, as a transaction.
        """
        if self._current is not None and not self._current.cancelled.is_set():
            self._current.going.clear()
            self._set_paused(paused=True)

    def resume(self) -> None:
        """Let a paused job go on; harmless when none is paused."""
        if self._current is not None:
            self._current.going.set()
        self._set_paused(paused=False)

    def _set_paused(self, *, paused: bool) -> None:
        if paused != self._paused:
            self._paused = paused
            self.paused_changed.emit(paused)

    def shutdown(self) -> None:
        """Cancel, tell the running job's end, and join the thread. No job can be started after."""
        self._closed = True
        task = self._current
        self.cancel()
        if self._thread is not None:
            self._tasks.put(None)
            self._thread.wait()
            self._thread = None
        if task is not None:
            self._tell_end(task)

    @Slot(object)
    def _tell_progress(self, task: _Task[Any]) -> None:
        if task.told:
            return
        for progress in task.take():
            if task.on_progress is not None:
                task.on_progress(progress)

    @Slot(object)
    def _tell_end(self, task: _Task[Any]) -> None:
        if task.told:
            return
        self._tell_progress(task)
        task.told = True
        self._current = None
        self._set_paused(paused=False)  # it may have ended in the step after which it was to hold
        self.busy_changed.emit(False)
        assert task.deliver is not None
        task.deliver()
