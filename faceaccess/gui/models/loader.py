"""Reading for the lists off the window's thread: pages, counts and thumbnails.

One thread, started at the first request, joined by `close`. What was asked last is done first,
because it is what is on the screen now; requests nobody will look at any more fall off the end.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, Signal

Work = Callable[[], object]


class _Queue:
    """What is waiting, shared by the window's thread and the loader's. It knows no Qt, so that it
    can be closed while Qt takes the loader down.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._changed = threading.Condition()
        self._urgent: OrderedDict[Hashable, Work] = OrderedDict()
        self._waiting: OrderedDict[Hashable, Work] = OrderedDict()
        self.closed = False

    def put(self, key: Hashable, work: Work, *, urgent: bool) -> list[Hashable]:
        """Add or replace a request; return the keys of those that were dropped for it."""
        with self._changed:
            where = self._urgent if urgent else self._waiting
            where[key] = work
            where.move_to_end(key)
            dropped: list[Hashable] = []
            while len(self._waiting) > self._limit:
                dropped.append(self._waiting.popitem(last=False)[0])
            self._changed.notify()
            return dropped

    def take(self) -> tuple[Hashable, Work] | None:
        """Wait for the next request; None when the queue was closed."""
        with self._changed:
            while not (self.closed or self._urgent or self._waiting):
                self._changed.wait()
            if self.closed:
                return None
            if self._urgent:
                return self._urgent.popitem(last=False)
            return self._waiting.popitem(last=True)

    def forget(self) -> list[Hashable]:
        """Drop the requests that are not urgent; return their keys."""
        with self._changed:
            dropped = list(self._waiting)
            self._waiting.clear()
            return dropped

    def close(self) -> None:
        with self._changed:
            self.closed = True
            self._urgent.clear()
            self._waiting.clear()
            self._changed.notify()


class Loader(QObject):
    """Runs small readings on one thread of its own and hands the results to the window's thread.

    Connect bound methods of QObjects to its signals: those run in their own thread, lambdas would
    not.

    Attributes:
        loaded: (key, value) of a request that is done.
        failed: (key, exception) of a request that raised; the exception is whatever it was.
        dropped: key of a request that was never begun, because newer ones pushed it out.

    Args:
        limit: how many requests that are not urgent may wait.
    """

    loaded = Signal(object, object)
    failed = Signal(object, object)
    dropped = Signal(object)

    def __init__(self, parent: QObject | None = None, *, limit: int = 200) -> None:
        super().__init__(parent)
        self._queue = _Queue(limit)
        self._thread: threading.Thread | None = None
        # A loader that is destroyed without `close` still ends its thread.
        self.destroyed.connect(self._queue.close)

    def ask(self, key: Hashable, work: Work, *, urgent: bool = False) -> None:
        """Ask for `work()`; a waiting request of the same key is replaced.

        Urgent ones (pages, counts) go first, in their order, and are never dropped. After `close`
        nothing is done.
        """
        if self._queue.closed:
            return
        if self._thread is None:
            self._thread = threading.Thread(
                target=_work_off, args=(self._queue, self), name="list loader", daemon=True
            )
            self._thread.start()
        for gone in self._queue.put(key, work, urgent=urgent):
            self.dropped.emit(gone)

    def forget(self) -> None:
        """Drop what waits and is not urgent: the list has moved on."""
        for gone in self._queue.forget():
            self.dropped.emit(gone)

    def close(self) -> None:
        """End the thread and wait for the reading at hand; results that arrive later are lost."""
        self._queue.close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None


def _work_off(queue: _Queue, loader: Loader) -> None:
    """The thread's body."""
    while (request := queue.take()) is not None:
        key, work = request
        try:
            value = work()
        except Exception as error:  # noqa: BLE001  # handed on whole: the view says what it means
            _tell(queue, loader.failed, key, error)
        else:
            _tell(queue, loader.loaded, key, value)


def _tell(queue: _Queue, signal: object, key: Hashable, value: object) -> None:
    if queue.closed:
        return
    try:
        signal.emit(key, value)  # type: ignore[attr-defined]  # a bound Signal, which has no type
    except RuntimeError:
        # The loader was destroyed between the check and the call; nobody listens any more.
        queue.close()
