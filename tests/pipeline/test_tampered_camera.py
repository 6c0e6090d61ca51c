"""A running door whose camera somebody covers: nothing is looked at, and an alarm is stored."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from faceaccess.core.alarms import AlarmKind
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Decision, FrameResult, Outcome
from faceaccess.core.frames import Frame, Image
from faceaccess.core.home import DataHome
from faceaccess.core.reasons import Reason
from faceaccess.core.settings import Settings
from faceaccess.door.locks.open import open_lock
from faceaccess.pipeline.door_camera import DoorCamera
from faceaccess.pipeline.door_parts import DoorParts
from faceaccess.pipeline.running_door import RunningDoor
from faceaccess.store.sqlite_store import SqliteStore

COVERED, UNCOVERED, END = 16.0, 40.0, 50.0  # seconds


class Lookout:
    """Stands where recognition does: notes which frames it is shown, and sees nobody."""

    problem, head_version = None, 0

    def __init__(self) -> None:
        self.looked: list[float] = []

    def process(self, frame: Frame) -> FrameResult:
        self.looked.append(frame.moment)
        nobody = Decision(Outcome.NONE, Reason.NOBODY)
        return FrameResult(frame.number, frame.time, frame.camera, (), nobody)

    def close(self) -> None:
        pass


class Source:
    address, live = "fake", True

    def open(self) -> None: ...

    def read(self) -> Frame | None:
        return None

    def close(self) -> None: ...

    def interrupt(self) -> None: ...


NOISE = [np.random.default_rng(seed).normal(0, 2, (240, 320, 3)) for seed in range(7)]


def picture(moment: float) -> Image:
    """A doorway of stripes with a sensor's noise, or a hand before the lens."""
    stripes = np.arange(320)[None, :, None] // 16 % 2 * 90 + np.arange(240)[:, None, None] // 24 * 7
    if COVERED <= moment < UNCOVERED:
        stripes = np.full((240, 320, 1), 60)
    return np.clip(stripes + NOISE[round(moment * 5) % 7] + 20, 0, 255).astype(np.uint8)


def test_a_covered_camera_opens_nothing_is_told_and_is_an_alarm_until_it_sees_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()

    @contextlib.contextmanager
    def opened(*_: object) -> Iterator[Iterator[Frame]]:
        def frames() -> Iterator[Frame]:
            while clock.monotonic() < END:
                clock.advance(0.2)
                image = picture(clock.monotonic())
                yield Frame(image, "Front", 0, clock.monotonic(), clock.now())

        yield frames()

    monkeypatch.setattr(DoorCamera, "opened", opened)
    home = DataHome(tmp_path)
    store = SqliteStore(home, clock)
    said: list[str] = []
    lookout = Lookout()
    with RunningDoor(
        DoorParts(
            home=home,
            store=store,
            settings=Settings,
            clock=clock,
            name="Front",
            source=Source(),
            lock=open_lock("simulated:", clock),
            new_recogniser=lambda _: lookout,  # type: ignore[arg-type, return-value]
            say=said.append,
        )
    ) as door:
        for _ in door.answers(threading.Event()):
            pass
    alarms = store.alarms("Front", limit=10)
    store.close()
    assert [alarm.kind for alarm in alarms] == [AlarmKind.TAMPERED]
    assert "its lens is covered" in alarms[0].detail
    assert said.count("The camera sees nothing: its lens is covered, or it is wholly dark.") == 1
    blind = [at for at in lookout.looked if COVERED + 9 <= at < UNCOVERED]
    assert blind == []
    assert [at for at in lookout.looked if at < COVERED]
    assert [at for at in lookout.looked if at >= UNCOVERED + 4]
