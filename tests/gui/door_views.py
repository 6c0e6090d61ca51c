"""What a station shows, made by hand, and a feed that tells it."""

import queue
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from faceaccess.core.decisions import Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockOutcome
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.station_feed import DoorView, FaceInFeed

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
BOX = (100.0, 60.0, 120.0, 160.0)
SIZE = (640, 480)


def face(*, in_front: bool = True, box: tuple[float, float, float, float] = BOX) -> FaceInFeed:
    return FaceInFeed(box=box, person=None, outcome=Outcome.NONE, in_front=in_front)


def view(reason: Reason, outcome: Outcome = Outcome.NONE, **more: Any) -> DoorView:
    """A view of somebody in front of the camera, or of nobody where the reason says so."""
    somebody = reason not in {Reason.NOBODY, Reason.CAMERA_LOST}
    fields: dict[str, Any] = {
        "door": "Front door",
        "time": NOW,
        "outcome": outcome,
        "reason": reason,
        "person": None,
        "similarity": None,
        "liveness": None,
        "lock": LockOutcome.NONE,
        "faces": (face(),) if somebody else (),
        "size": SIZE,
        "picture": np.full((240, 320, 3), 90, np.uint8) if somebody else None,
        "camera_state": "running",
        "locked_down": False,
        "held_until": None,
        "muted_until": None,
        "alarms": (),
        "lock_trouble": None,
        "takes_entries": False,
        "pulse_left": 0.0,
    }
    return DoorView(**{**fields, **more})


def let_in(person: str = "Ana Silva", **more: Any) -> DoorView:
    lock = LockOutcome.ACKNOWLEDGED
    return view(Reason.RECOGNISED, Outcome.GRANTED, person=person, lock=lock, **more)


def refused(reason: Reason = Reason.UNKNOWN, **more: Any) -> DoorView:
    return view(reason, Outcome.DENIED, **more)


def nobody(**more: Any) -> DoorView:
    return view(Reason.NOBODY, **more)


class FakeFeed:
    """Tells the views that the test puts in; a `KnownError` in their place is raised."""

    def __init__(self) -> None:
        self.told: queue.SimpleQueue[DoorView | Exception] = queue.SimpleQueue()
        self.opened = 0
        self.closed = 0
        self.refusing: Exception | None = None

    def open(self) -> "FakeFeed":
        self.opened += 1
        if self.refusing is not None:
            raise self.refusing
        return self

    def put(self, *told: DoorView | Exception) -> None:
        for one in told:
            self.told.put(one)

    def next(self, timeout: float) -> DoorView | None:
        try:
            one = self.told.get(timeout=min(timeout, 0.02))
        except queue.Empty:
            return None
        if isinstance(one, Exception):
            raise one
        return one

    def close(self) -> None:
        self.closed += 1


GONE = KnownError("The door 'Front door' does not run.", "Start it.")

Send = Callable[[str], object]
