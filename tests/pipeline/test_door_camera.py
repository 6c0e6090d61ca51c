"""Which frames a door may use, and what looks like tampering."""

import numpy as np

from faceaccess.core.clock import ManualClock
from faceaccess.core.frames import Frame, Image
from faceaccess.door.policy import FRESH
from faceaccess.pipeline.door_camera import DoorCamera


class Source:
    address = "fake"

    def __init__(self, *, live: bool = True) -> None:
        self.live = live

    def open(self) -> None: ...

    def read(self) -> Frame | None:
        return None

    def close(self) -> None: ...

    def interrupt(self) -> None: ...


def frame(clock: ManualClock, image: Image, *, age: float = 0.0) -> Frame:
    return Frame(image, "Door", 0, clock.monotonic() - age, clock.now())


def black() -> Image:
    return np.zeros((48, 64, 3), np.uint8)


def test_a_late_frame_is_not_used_and_ends_no_alarm() -> None:
    clock = ManualClock()
    clock.advance(100)
    camera = DoorCamera(Source(), clock)
    chance = np.random.default_rng(1)
    for _ in range(90):  # 9 s of darkness with a sensor's noise
        clock.advance(0.1)
        trouble = camera.trouble_of(
            frame(clock, black() + chance.integers(0, 3, (48, 64, 3), "u1"))
        )
    assert "its lens is covered" in trouble
    assert camera.tampering == trouble
    late = camera.trouble_of(frame(clock, black() + 50, age=FRESH + 0.1))
    assert "too late" in late
    assert camera.tampering == trouble


def test_the_same_picture_is_not_used_at_once_and_an_alarm_later() -> None:
    clock = ManualClock()
    clock.advance(100)
    camera = DoorCamera(Source(), clock)
    image = np.tile(np.arange(64, dtype=np.uint8)[None, :, None] * 3, (48, 1, 3))
    image[:, ::2] //= 2
    told = []
    for _ in range(120):
        told.append((camera.trouble_of(frame(clock, image)), camera.tampering))
        clock.advance(0.1)
    same = "The camera gives the same picture again and again."
    assert told[5] == ("", "")
    assert told[7] == (same, "")
    assert told[-1] == (same, same)
    assert camera.trouble_of(frame(clock, image + 1)) == ""
    assert camera.tampering == ""


def test_a_recording_is_not_watched() -> None:
    clock = ManualClock()
    camera = DoorCamera(Source(live=False), clock)
    told = {camera.trouble_of(Frame(black(), "Door", n, n / 10, clock.now())) for n in range(200)}
    assert told == {""}
    assert camera.tampering == ""
