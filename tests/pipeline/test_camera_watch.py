"""A camera that does not show what is before the door now is noticed; values computed by hand."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceaccess.camera.drawn import DrawnPeopleSource
from faceaccess.camera.open import open_source
from faceaccess.core.clock import ManualClock
from faceaccess.core.frames import Frame, Image
from faceaccess.pipeline.camera_views import COLUMNS, ROWS, View, change, in_parts, samples
from faceaccess.pipeline.camera_watch import (
    ACCEPTED_AFTER,
    IN_A_ROW,
    KNOWN_AFTER,
    QUIET_FOR,
    WINDOW,
    CameraTrouble,
    CameraTroubleKind,
    CameraWatch,
)

NOW = datetime(2026, 1, 5, tzinfo=UTC)
RATE = 10  # pictures a second here: what counts is seconds
KNOWN = WINDOW * (KNOWN_AFTER + 1)
TOLD = WINDOW * (IN_A_ROW + 1)  # a window may be half over when something begins
Change = Callable[[Image], Image]


class Camera:
    """Gives a watch pictures of one scene with a sensor's noise, as long as a test says."""

    def __init__(self, scene: list[Image], *, noise: float = 2.0, seed: int = 1) -> None:
        self._scene = scene
        height, width = scene[0].shape[:2]
        chance = np.random.default_rng(seed)
        self._noise: list[NDArray[np.float32]] = [
            chance.normal(0, noise, (height, width, 3)).astype(np.float32) for _ in range(7)
        ]
        self._number = 0
        self.watch = CameraWatch()

    def show(self, seconds: float, changed: Change = lambda image: image) -> list[CameraTrouble]:
        """Show the scene for so long, changed before the noise comes; return what was told."""
        told = []
        for _ in range(round(seconds * RATE)):
            image = changed(self._scene[self._number % len(self._scene)])
            noisy = image.astype(np.float32) + self._noise[self._number % len(self._noise)]
            told.append(self._see(np.clip(noisy, 0, 255).astype(np.uint8)))
        return [one for one in told if one is not None]

    def show_as_it_is(self, seconds: float, images: list[Image]) -> list[CameraTrouble]:
        """Show pictures without adding noise."""
        told = [self._see(images[n % len(images)]) for n in range(round(seconds * RATE))]
        return [one for one in told if one is not None]

    def _see(self, image: Image) -> CameraTrouble | None:
        frame = Frame(image, "Door", self._number, self._number / RATE, NOW)
        self._number += 1
        return self.watch.see(frame)


def kinds(told: list[CameraTrouble]) -> set[CameraTroubleKind]:
    return {one.kind for one in told}


@pytest.fixture(scope="module")
def doorway() -> list[Image]:
    """The drawn doorway, nobody in it."""
    source = DrawnPeopleSource("demo:", ManualClock(), as_fast_as_it_goes=True)
    source.open()
    return [
        frame.image for frame in (source.read() for _ in range(20)) if frame and not frame.truth
    ]


def people(seconds: int) -> Iterator[Image]:
    """The drawn doorway with people who come and go, three pictures a second."""
    source = DrawnPeopleSource("demo:?fps=3", ManualClock(), as_fast_as_it_goes=True)
    source.open()
    for _ in range(3 * seconds):
        frame = source.read()
        assert frame is not None
        yield frame.image


# The measures


def test_samples_are_every_nth_pixel_cut_to_the_parts() -> None:
    image = np.arange(480 * 640 * 3, dtype=np.uint32).reshape(480, 640, 3).astype(np.uint8)
    taken = samples(image)
    assert taken.shape == (120, 160)
    assert taken[3, 7] == image[12, 28, 1]
    assert samples(np.zeros((720, 1280, 3), np.uint8)).shape == (90, 160)
    assert samples(np.zeros((100, 100), np.uint8)).shape == (96, 96)


def test_parts_are_means() -> None:
    values = np.zeros((12, 16), np.float32)
    values[:2, :2] = 8
    values[2, 2] = 4
    parts = in_parts(values)
    assert parts.shape == (ROWS, COLUMNS)
    assert (parts[0, 0], parts[1, 1], parts.sum()) == (8.0, 1.0, 9.0)


def test_a_ramp_has_its_slope_as_detail_and_no_bends() -> None:
    ramp = np.tile(3.0 * np.arange(160, dtype=np.float32), (120, 1))
    view = View.of(ramp)
    # 3 grey levels a sample across, none down; at the picture's edge it is mirrored and less.
    assert view.detail[2, 3] == pytest.approx(9.0)
    assert view.fine[2, 3] == pytest.approx(0.0)
    assert np.allclose(view.agreement(View.of(0.1 * ramp + 50)), 1.0)
    assert np.allclose(view.agreement(View.of(-ramp)), -1.0)
    assert np.allclose(view.agreement(View.of(ramp.T[:120, :120].repeat(2, 1)[:, :160])), 0.0)
    assert np.all(view.agreement(View.of(np.zeros((120, 160), np.float32))) == 0.0)
    assert np.all(View.of(np.zeros((120, 160), np.float32)).sharpness() == 0.0)


def test_change_is_that_of_the_middling_part() -> None:
    one = np.full((12, 16), 100, np.uint8)
    other = one + np.uint8(2)
    other[:3] = 250  # a clock that is shown
    assert change(one, other) == 2.0


# What must not be taken for tampering


def test_an_empty_doorway_is_in_order_by_day_by_lamp_and_at_night(doorway: list[Image]) -> None:
    camera = Camera(doorway)
    assert not camera.show(30)
    for light in (1.4, 0.5, 0.06, 1.0):  # somebody switches it
        told = camera.show(12, lambda image, light=light: np.clip(image * light, 0, 255))
        assert not told, light


def test_people_who_come_and_go_are_in_order() -> None:
    watch = CameraWatch()
    for number, image in enumerate(people(40)):
        assert watch.see(Frame(image, "Door", number, number / 3, NOW)) is None


def test_somebody_who_stands_close_for_a_minute_is_in_order(doorway: list[Image]) -> None:
    camera = Camera(doorway)
    camera.show(KNOWN)

    def close(image: Image) -> Image:
        image = image.copy()
        cv2.ellipse(image, (320, 300), (190, 260), 0, 0, 360, (120, 150, 190), -1)
        return image

    assert not camera.show(60, close)


@pytest.mark.parametrize("name", ["desk-live.mp4", "crowd-1080p.mp4"])
def test_real_pictures_of_somebody_and_of_a_crowd_are_in_order(
    evaluation_data: Callable[[str], Path], name: str
) -> None:
    source = open_source(
        str(evaluation_data("video") / name), ManualClock(), as_fast_as_it_goes=True
    )
    source.open()
    shown = []
    while (frame := source.read()) is not None and len(shown) < 100:
        shown.append(frame.image)
    watch = CameraWatch()
    to_and_fro = shown + shown[::-1]
    for number in range(30 * 25):
        image = to_and_fro[number % len(to_and_fro)]
        assert watch.see(Frame(image, "Door", number, number / 25, NOW)) is None


# What must be noticed


def covered(image: Image) -> Image:
    return np.full_like(image, 90)


def black(image: Image) -> Image:
    return np.zeros_like(image)


def behind_a_hand(image: Image) -> Image:
    shade = np.linspace(40, 120, image.shape[1], dtype=np.float32)
    return np.broadcast_to(shade[None, :, None], image.shape).astype(np.uint8)


def turned(image: Image) -> Image:
    return np.roll(image, (60, 200), axis=(0, 1))


def smeared(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 8), np.uint8)


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        (covered, CameraTroubleKind.COVERED),
        (black, CameraTroubleKind.COVERED),
        (behind_a_hand, CameraTroubleKind.COVERED),
        (turned, CameraTroubleKind.MOVED),
        (smeared, CameraTroubleKind.BLURRED),
    ],
)
def test_tampering_is_told_within_eight_seconds_and_ends_with_it(
    doorway: list[Image], changed: Change, kind: CameraTroubleKind
) -> None:
    camera = Camera(doorway)
    assert not camera.show(KNOWN)
    told = camera.show(TOLD + 4, changed)
    assert kinds(told) == {kind}
    assert all(one.tampered for one in told)
    assert len(told) >= 4 * RATE
    assert not camera.show(20)[round(2 * WINDOW * RATE) :]


def test_what_lasts_less_than_three_looks_is_not_told(doorway: list[Image]) -> None:
    camera = Camera(doorway)
    camera.show(KNOWN)
    assert not camera.show(WINDOW * 2, covered)  # a hand that wipes the lens
    assert not camera.show(20)


def test_a_camera_that_is_covered_from_the_beginning_is_told(doorway: list[Image]) -> None:
    assert kinds(Camera(doorway).show(TOLD, black)) == {CameraTroubleKind.COVERED}


def test_another_view_becomes_the_known_one_after_ten_minutes_and_no_view_never_does(
    doorway: list[Image],
) -> None:
    looks = ACCEPTED_AFTER + 2 * IN_A_ROW
    for changed, stays in ((turned, False), (covered, True)):
        camera = Camera(doorway)
        camera.show(KNOWN)
        watch = camera.watch._doorway
        seen = samples(changed(doorway[0])).astype(np.float32)
        told = [watch.look(seen) for _ in range(looks)]
        assert told[IN_A_ROW] is not None
        assert told[ACCEPTED_AFTER - 1] is not None
        assert (told[-1] is not None) is stays


def test_a_picture_that_stays_is_no_alarm_until_it_has_stayed_for_ten_seconds(
    doorway: list[Image],
) -> None:
    camera = Camera(doorway)
    camera.show(KNOWN)
    told = camera.show_as_it_is(QUIET_FOR + 4, [doorway[0]])
    assert kinds(told) == {CameraTroubleKind.FROZEN}
    assert not told[0].tampered
    assert told[-1].tampered
    assert len(told) == pytest.approx((QUIET_FOR + 3.5) * RATE, abs=2)
    assert not camera.show(10)[2 * RATE :]


def encoded_anew(image: Image) -> list[Image]:
    """One picture as an encoder gives it again and again, never twice the same, with a clock."""
    given = []
    for second in range(13):
        shown = image.copy()
        cv2.putText(shown, f"12:00:{second:02d}", (8, 30), 0, 0.8, (255, 255, 255), 2)
        for _ in range(RATE):
            # A good encoder changes little, and not everywhere, from picture to picture.
            shown = shown.copy()
            shown[(len(given) * 7) % 400 :: 97, (len(given) * 13) % 600 :: 89] ^= 1
            given.append(shown)
    return given


def test_a_frozen_picture_that_is_encoded_anew_is_told_from_a_live_one(
    doorway: list[Image],
) -> None:
    camera = Camera(doorway)
    assert not camera.show(KNOWN)
    told = camera.show_as_it_is(13, encoded_anew(doorway[0]))
    assert kinds(told) == {CameraTroubleKind.FROZEN}
    assert told[-1].tampered
    assert not camera.show(30)[2 * RATE :]


def test_a_picture_too_bright_to_waver_is_not_frozen(doorway: list[Image]) -> None:
    camera = Camera(doorway)
    camera.show(KNOWN)
    assert not camera.show(20, lambda image: np.clip(image * 1.8, 0, 255))


def test_a_camera_without_noise_is_not_missed_for_its_noise(doorway: list[Image]) -> None:
    camera = Camera(doorway, noise=0.0)
    assert not camera.show_as_it_is(40, encoded_anew(doorway[0]))


def test_pauses_and_clocks_that_jump_break_nothing(doorway: list[Image]) -> None:
    watch = CameraWatch()
    chance = np.random.default_rng(3)
    for moment in (0.0, 0.1, 500.0, 500.1, 2.0, 2.1, 1e6):
        image = doorway[0] ^ chance.integers(0, 2, doorway[0].shape, np.uint8)
        assert watch.see(Frame(image, "Door", 0, moment, NOW)) is None
    assert watch.see(Frame(doorway[0][:240, :320], "Door", 0, 1e6 + 1, NOW)) is None
