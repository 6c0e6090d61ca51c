"""The same picture over and over is told from a camera that sees somebody."""

from datetime import UTC, datetime

import numpy as np

from faceaccess.core.frames import Frame, Image
from faceaccess.pipeline.frozen_camera import FrozenCamera

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def frame(image: Image, moment: float) -> Frame:
    return Frame(image, "Door", 0, moment, NOW)


def picture(level: int) -> Image:
    return np.full((48, 64, 3), level, np.uint8)


def test_a_picture_that_comes_twice_is_used_and_one_that_stays_is_not() -> None:
    camera = FrozenCamera()
    told = [camera.is_frozen(frame(picture(9).copy(), at)) for at in (0.0, 0.25, 0.5, 0.6, 3.0)]
    assert told == [False, False, False, True, True]
    assert not camera.is_frozen(frame(picture(10), 3.1))
    assert not camera.is_frozen(frame(picture(10), 3.6))
    assert camera.is_frozen(frame(picture(10), 3.7))


def test_one_pixel_is_another_picture() -> None:
    camera = FrozenCamera()
    for at in range(5):
        image = picture(9)
        image[17, 3, 1] = at
        assert not camera.is_frozen(frame(image, float(at)))


def test_another_size_is_another_picture() -> None:
    camera = FrozenCamera()
    assert not camera.is_frozen(frame(picture(9), 0.0))
    assert not camera.is_frozen(frame(picture(9)[:24], 2.0))
