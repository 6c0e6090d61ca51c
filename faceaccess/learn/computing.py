"""How a job computes: torch's threads and modes hold between two yields only, and time is counted.

A job is driven in small pieces, in a program that does other things between them. What torch keeps
for the whole process or thread is therefore set when the job goes on and put back when it yields.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

from faceaccess.core.clock import Clock
from faceaccess.core.progress import Job

T = TypeVar("T")


class Stopwatch:
    """Counts the seconds in which a job is driven; the pauses between do not count.

    Args:
        clock: its monotonic time is read.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._before = 0.0
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """The time counted so far."""
        running = 0.0 if self._since is None else self._clock.monotonic() - self._since
        return self._before + running

    def set(self, seconds: float) -> None:
        """Let `seconds` have been counted until now."""
        self._before = seconds
        if self._since is not None:
            self._since = self._clock.monotonic()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time that the block takes."""
        self._since = self._clock.monotonic()
        try:
            yield
        finally:
            self._before, self._since = self.seconds, None


def computing(job: Job[T], *, threads: int | None, watch: Stopwatch | None = None) -> Job[T]:
    """Drive a job that uses torch; to the caller it is the same job.

    While it computes, torch has so many threads and gradients are enabled, whatever the caller has
    set; at each yield and at the end everything is as the caller left it.

    Args:
        job: closed when this one is.
        threads: torch's threads, >= 1, or None to leave the caller's.
        watch: counts while the job computes.
    """
    try:
        while True:
            with _mode(threads, watch):
                try:
                    progress = next(job)
                except StopIteration as stop:
                    result: T = stop.value
                    return result
            yield progress
    finally:
        with _mode(threads, watch):
            job.close()


@contextmanager
def _mode(threads: int | None, watch: Stopwatch | None) -> Iterator[None]:
    before = torch.get_num_threads()
    if threads is not None and threads != before:
        torch.set_num_threads(threads)
    try:
        with torch.inference_mode(False), torch.enable_grad():
            if watch is None:
                yield
            else:
                with watch.running():
                    yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)
