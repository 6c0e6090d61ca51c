"""A camera that does what a test tells it."""

import queue
import threading
from datetime import UTC, datetime

import numpy as np

from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame

WAIT = 10.0  # seconds; the longest that a test waits for something that must happen


class FakeSource:
    """Gives out what was put into it: a number is a frame, an exception is raised, None ends."""

    def __init__(
        self, *, live: bool = True, openings: list[Exception | None] | None = None
    ) -> None:
        self.live = live
        self.address = "fake"
        self.script: queue.Queue[int | Exception | None] = queue.Queue()
        self.openings = openings or []
        self.opened = threading.Semaphore(0)
        self.asked = threading.Semaphore(0)
        self.open_now = 0
        self.most_open = 0
        self.opens = 0
        self.closes = 0

    def open(self) -> None:
        self.opens += 1
        problem = self.openings.pop(0) if self.openings else None
        self.opened.release()
        if problem is not None:
            raise problem
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)

    def read(self) -> Frame | None:
        self.asked.release()
        what = self.script.get(timeout=60)
        if isinstance(what, Exception):
            raise what
        return None if what is None else frame(what)

    def close(self) -> None:
        self.closes += 1
        self.open_now = max(0, self.open_now - 1)

    def interrupt(self) -> None:
        self.script.put(None)


def frame(number: int) -> Frame:
    image = np.full((2, 2, 3), number % 256, np.uint8)
    return Frame(image, "fake", number, float(number), datetime(2026, 1, 5, tzinfo=UTC))


def gone() -> KnownError:
    return KnownError("The fake camera is gone.", "Bring it back.")
