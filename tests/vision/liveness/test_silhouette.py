"""Outlines of what moves around a face: those of people, and of what is held or stands there."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceaccess.vision.liveness.silhouette import Silhouette, outline

EYES = np.array([40.0, 25.0])
UNIT = 8.0  # cells between the eyes
NOTHING = np.zeros((60, 80), np.bool_)
FLAT = np.zeros((60, 80), np.float32)
PERSON = Silhouette((1.2, 1.2), (2.6, 2.6), (4.0, 4.0), 0.7, 3.5)

Shape = NDArray[np.bool_]


def at(x: float, y: float) -> tuple[int, int]:
    """Return the cell at a place told in eye distances."""
    return round(EYES[0] + x * UNIT), round(EYES[1] + y * UNIT)


def drawn(draw: Callable[[NDArray[np.uint8]], object]) -> Shape:
    image = np.zeros(NOTHING.shape, np.uint8)
    draw(image)
    return image > 0


def person(image: NDArray[np.uint8]) -> None:
    """The outline of a head and of shoulders that leave the picture below."""
    cv2.ellipse(image, at(0, -0.2), (10, 14), 0, 0, 360, 1, 1)
    shoulders = [at(-2.6, 4.5), at(-2.4, 3), at(-1, 2), at(1, 2), at(2.4, 3), at(2.6, 4.5)]
    cv2.polylines(image, [np.array(shoulders)], isClosed=False, color=1)


def rectangle(half: float, *, top: float, bottom: float, degrees: float = 0.0) -> Shape:
    """The outline of something rectangular, askew by some degrees."""
    corners = np.array([(-half, top), (half, top), (half, bottom), (-half, bottom)])
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turned = corners @ np.array([[c, s], [-s, c]])
    cells = np.array([at(x, y) for x, y in turned])
    return drawn(lambda image: cv2.polylines(image, [cells], isClosed=True, color=1))


def found(changed: Shape, still: Shape = NOTHING) -> Silhouette:
    made = outline(changed, still * np.float32(40.0), EYES, UNIT)
    assert made is not None
    return made


def test_head_and_shoulders_are_a_person() -> None:
    made = found(drawn(person))
    assert made.human
    assert made.beside == pytest.approx((1.25, 1.375), abs=0.15)
    assert all(out > 2.2 for out in made.body)
    assert made.crown < 0.8
    assert made.lowest == pytest.approx((60 - 25) / 8)
    assert made.room == pytest.approx((4.5, 4.5), abs=0.1)


@pytest.mark.parametrize("degrees", [-9.0, 0.0, 4.0, 9.0])
def test_a_phone_has_a_straight_top_also_where_it_is_held_askew(degrees: float) -> None:
    made = found(rectangle(1.6, top=-2.4, bottom=3.0, degrees=degrees))
    assert made.crown > 0.85
    assert not made.human


def test_an_arm_below_a_phone_makes_no_shoulders_of_it() -> None:
    phone = rectangle(1.5, top=-2.4, bottom=2.8)
    arm = drawn(lambda image: cv2.line(image, at(1.5, 2.5), at(4, 4.5), 1, 2))
    made = found(phone | arm)
    assert made.broad[1]
    assert not made.human


def test_a_film_ends_at_the_lower_rim_of_what_shows_it() -> None:
    cut = drawn(person)
    cut[at(0, 3)[1] :] = False
    rim = drawn(lambda image: cv2.rectangle(image, at(-2.7, -2.5), at(2.7, 4.2), 1, 1))
    assert not found(cut, rim).human


def test_what_stands_still_before_the_chest_is_not_worn() -> None:
    behind = drawn(lambda image: cv2.rectangle(image, at(-0.5, 3.9), at(0.5, 4.3), 1, 1))
    made = found(drawn(person), behind)
    assert made.barred
    assert not made.human


def test_a_head_that_leaves_the_picture_above_has_no_crown() -> None:
    eyes = EYES - (0, 14)
    made = outline(np.roll(drawn(person), -14, axis=0), FLAT, eyes, UNIT)
    assert made is not None
    assert made.crown == 1.0
    assert not made.human


def test_nothing_that_changes_beside_the_face_has_no_outline() -> None:
    assert outline(NOTHING, FLAT, EYES, UNIT) is None
    assert outline(NOTHING[:2], FLAT[:2], EYES, UNIT) is None


def test_who_walks_by_apart_from_a_head_does_not_make_it_broader() -> None:
    aside = drawn(lambda image: cv2.rectangle(image, at(3.2, -1), at(3.9, 1), 1, -1))
    assert found(drawn(person) | aside).beside == found(drawn(person)).beside


def test_a_lamp_that_flickers_over_a_head_does_not_change_its_crown() -> None:
    lamp = drawn(lambda image: cv2.rectangle(image, at(-1.3, -2.9), at(-1, -2.5), 1, -1))
    assert found(drawn(person) | lamp).crown == found(drawn(person)).crown


@pytest.mark.parametrize(
    ("made", "human"),
    [
        (PERSON, True),
        (replace(PERSON, crown=0.9), False),
        (replace(PERSON, lowest=1.5), False),
        (replace(PERSON, barred=True), False),
        (replace(PERSON, body=(1.5, 1.5)), False),
        (replace(PERSON, body=(2.6, 0.0)), True),  # one shoulder in the dark
        (replace(PERSON, body=(2.6, 0.0), still=(False, True)), False),
        (replace(PERSON, body=(2.6, 0.0), still=(True, False)), True),
        (replace(PERSON, body=(1.4, 1.4), room=(1.7, 1.7)), True),  # as far as the picture reaches
        (replace(PERSON, beside=(2.4, 2.4)), False),
    ],
)
def test_what_makes_an_outline_that_of_a_person(made: Silhouette, human: bool) -> None:
    assert made.human is human
