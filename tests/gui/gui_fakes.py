"""Stand-ins for cameras and recognisers, driven by the test step by step."""

import queue
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from faceaccess.core.decisions import Decision, Event, FrameResult, Outcome, TrackedFace
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame, Image
from faceaccess.core.reasons import Reason

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def picture(height: int = 120, width: int = 160, level: int = 90) -> Image:
    return np.full((height, width, 3), level, np.uint8)


def frame(number: int = 0, image: Image | None = None) -> Frame:
    return Frame(picture() if image is None else image, "Front door", number, number / 30, NOW)


@dataclass
class State:
    kind: str = "running"
    text: str = ""


class FakeFeed:
    """A feed whose frames the test puts in."""

    def __init__(self) -> None:
        self.frames: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self.state = State()
        self.closed = False

    def put(self, *frames: Frame) -> None:
        for one in frames:
            self.frames.put(one)

    def next(self, timeout: float) -> Frame | None:
        try:
            return self.frames.get(timeout=min(timeout, 0.02))
        except queue.Empty:
            return None

    def close(self) -> None:
        self.closed = True


def granted(name: str = "Li Wei", similarity: float = 0.71) -> Decision:
    return Decision(
        Outcome.GRANTED, Reason.RECOGNISED, "id-" + name, name, similarity, 0.5, head=12
    )


def denied() -> Decision:
    return Decision(Outcome.DENIED, Reason.UNKNOWN, None, None, 0.31, 0.5, head=12)


def waiting(reason: Reason = Reason.NOBODY) -> Decision:
    return Decision(Outcome.NONE, reason, head=12)


@dataclass
class FakeDoor:
    """Answers every frame with the same decision, or raises."""

    decision: Decision = field(default_factory=granted)
    head_version: int | None = 12
    problem: KnownError | None = None
    error: Exception | None = None
    closed: int = 0
    processed: int = 0

    def process(self, one: Frame) -> FrameResult:
        self.processed += 1
        if self.error is not None:
            raise self.error
        faces: tuple[TrackedFace, ...] = ()
        if self.decision.reason not in {Reason.NOBODY, Reason.NOBODY_ENROLLED}:
            faces = (TrackedFace("visit", (40, 20, 60, 70), self.decision),)
        return FrameResult(one.number, one.time, one.camera, faces, self.decision)

    def close(self) -> None:
        self.closed += 1


def event(number: int, decision: Decision | None = None) -> Event:
    return Event(f"event-{number}", "test", number, NOW, "Front door", decision or granted())


@dataclass
class FakeVisits:
    events: list[Event] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    fail: Exception | None = None

    def list(self, *, limit: int) -> Sequence[Event]:
        if self.fail is not None:
            raise self.fail
        return self.events[:limit]

    def picture(self, event_id: str) -> Image | None:
        self.asked.append(event_id)
        return picture(48, 48)


Opener = Callable[[], FakeFeed]
