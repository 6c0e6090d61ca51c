"""Which frames of an empty doorway are looked at."""

import numpy as np

from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Decision, FrameResult, Outcome, TrackedFace
from faceaccess.core.frames import Frame, Image
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.empty_doorway import EMPTY_AFTER, LOOK_AFTER, EmptyDoorway

NOW = ManualClock().now()


def noisy(seed: int) -> Image:
    """A doorway as a camera sees it: every pixel wavers by some grey levels."""
    noise = np.random.default_rng(seed).normal(0, 6, (480, 640, 3))
    return np.clip(120 + noise, 0, 255).astype(np.uint8)


def frame(moment: float, image: Image) -> Frame:
    return Frame(image, "Door", 0, moment, NOW)


def looks(doorway: EmptyDoorway, frames: list[Frame]) -> list[float]:
    return [one.moment for one in frames if doorway.worth_a_look(one)]


def test_an_empty_doorway_is_looked_at_now_and_then() -> None:
    frames = [frame(n / 25, noisy(n)) for n in range(50)]
    seen = looks(EmptyDoorway(), frames)
    assert seen[0] == 0.0
    assert 2.0 / LOOK_AFTER - 2 <= len(seen) <= 2.0 / LOOK_AFTER + 1


def test_whoever_comes_is_looked_at_at_once() -> None:
    doorway = EmptyDoorway()
    looks(doorway, [frame(0.0, noisy(1))])
    image = noisy(2)
    image[100:180, 200:260] = 60  # a head in the distance
    assert doorway.worth_a_look(frame(0.04, image))


def test_a_grey_picture_is_compared_too() -> None:
    doorway = EmptyDoorway()
    grey = np.full((480, 640), 100, np.uint8)
    assert looks(doorway, [frame(0.0, grey), frame(0.04, grey)]) == [0.0]


def test_every_frame_counts_while_somebody_is_there_and_shortly_after() -> None:
    doorway = EmptyDoorway()
    image = noisy(1)
    first = frame(0.0, image)
    assert doorway.worth_a_look(first)
    face = TrackedFace("v", (0, 0, 9, 9), Decision(Outcome.NONE, Reason.CHECKING))
    doorway.looked(first, FrameResult(0, NOW, "Door", (face,), face.decision))
    moments = [n / 25 for n in range(1, 75)]
    seen = looks(doorway, [frame(moment, image) for moment in moments])
    assert [m for m in moments if m <= EMPTY_AFTER] == [m for m in seen if m <= EMPTY_AFTER]
    assert len([m for m in seen if m > EMPTY_AFTER]) <= 1.0 / LOOK_AFTER + 1


def test_a_clock_that_ran_backwards_blinds_nobody() -> None:
    doorway = EmptyDoorway()
    image = noisy(1)
    looks(doorway, [frame(1000.0, image)])
    assert doorway.worth_a_look(frame(5.0, image))
