"""Ends pulses of boards that have no timer."""

import threading
import time
from collections.abc import Callable

# Between two tries to lock a board that does not answer, s.
RETRY_AFTER = 0.5


class PulseTimer:
    """A thread that calls `end` when a pulse is over, and again until that succeeds.

    Args:
        end: locks; returns whether nothing is left to do. It is called without any lock of the
            timer held, so a new pulse may have been set meanwhile: it asks `is_due` first.
        retry_after: seconds between two tries.
    """

    def __init__(self, end: Callable[[], bool], *, retry_after: float = RETRY_AFTER) -> None:
        self._end = end
        self._retry_after = retry_after
        self._until: float | None = None
        self._not_before = 0.0
        self._stopped = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def set(self, seconds: float) -> None:
        """Let the pulse be over in so many seconds; an earlier one is forgotten.

        Raises:
            RuntimeError: if it was stopped, or no thread can be started.
        """
        with self._changed:
            if self._stopped:
                raise RuntimeError("the timer was stopped")
            if self._thread is None:
                # A daemon: whoever leaves without `stop` is not held up by a pulse; the guard
                # process locks then.
                thread = threading.Thread(target=self._run, name="pulse timer", daemon=True)
                thread.start()
                self._thread = thread
            self._until = time.monotonic() + seconds
            self._not_before = 0.0
            self._changed.notify()

    def clear(self) -> None:
        """Forget the pulse: it was ended."""
        with self._changed:
            self._until = None

    def is_due(self) -> bool:
        """Whether a pulse is over and has not been ended."""
        with self._changed:
            return self._until is not None and time.monotonic() >= self._until

    @property
    def pending(self) -> bool:
        """Whether there is a pulse that has not been ended."""
        with self._changed:
            return self._until is not None

    def stop(self) -> None:
        """End the thread, without another try."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while self._wait_for_due():
            if not self._end():
                with self._changed:
                    self._not_before = time.monotonic() + self._retry_after

    def _wait_for_due(self) -> bool:
        """Return when a pulse is due (True) or the timer was stopped (False)."""
        with self._changed:
            while not self._stopped:
                if self._until is None:
                    self._changed.wait()
                    continue
                left = max(self._until, self._not_before) - time.monotonic()
                if left <= 0:
                    return True
                self._changed.wait(left)
            return False
