"""Preparing one picture: channels, luma, sizes, and values that no picture has."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.errors import BugError, KnownError
from faceaccess.learn.preprocessing import MAX_SIZE, Preprocessing

GRAY, COLOUR = Preprocessing(2, colour=False), Preprocessing(2, colour=True)


def flat(height: int, width: int, bgr: tuple[int, int, int]) -> np.ndarray:
    return np.full((height, width, 3), bgr, np.uint8)


def test_gray_is_the_luma_of_the_standard() -> None:
    # 0.299 R + 0.587 G + 0.114 B, for R = 200, G = 100, B = 50: 59.8 + 58.7 + 5.7 = 124.2
    prepared = GRAY.pixels(flat(5, 3, (50, 100, 200)))
    assert prepared.tolist() == [[[124, 124], [124, 124]]]
    assert prepared.dtype == np.uint8


@pytest.mark.parametrize("value", [0, 1, 77, 254, 255])
def test_gray_pictures_keep_their_values(value: int) -> None:
    assert (GRAY.pixels(flat(4, 4, (value, value, value))) == value).all()
    assert (GRAY.pixels(np.full((4, 4), value, np.uint8)) == value).all()


def test_colour_is_red_green_blue_one_channel_each() -> None:
    prepared = COLOUR.pixels(flat(2, 2, (50, 100, 200)))
    assert prepared.shape == (3, 2, 2)
    assert [int(channel[0, 0]) for channel in prepared] == [200, 100, 50]
    assert (COLOUR.pixels(np.full((2, 2), 9, np.uint8)) == 9).all()


def test_what_shrinks_is_averaged_over_its_area() -> None:
    picture = np.array([[0, 40, 10, 10], [20, 60, 10, 10], [1, 1, 0, 8], [1, 1, 0, 8]], np.uint8)
    assert GRAY.pixels(picture).tolist() == [[[30, 10], [1, 4]]]


def test_a_picture_of_the_right_size_is_left_alone() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (7, 7, 3), np.uint8)
    prepared = Preprocessing(7, colour=True).pixels(picture)
    assert (prepared == picture[:, :, ::-1].transpose(2, 0, 1)).all()


def test_what_grows_is_interpolated_linearly() -> None:
    prepared = Preprocessing(4, colour=False).pixels(np.array([[0, 100]], np.uint8))
    # centres of the new pixels in the old picture: -0.25, 0.25, 0.75, 1.25
    assert prepared.tolist() == [[[0, 25, 75, 100]] * 4]


def test_an_axis_that_shrinks_is_averaged_though_the_other_one_grows() -> None:
    picture = np.zeros((1, 400), np.uint8)
    picture[0, ::2] = 200  # stripes: any single pixel is 0 or 200
    assert np.abs(Preprocessing(4, colour=False).pixels(picture).astype(int) - 100).max() <= 1


@pytest.mark.parametrize("shape", [(1, 70_000), (70_000, 1), (1, 1), (3, 40_000)])
@pytest.mark.parametrize("colour", [False, True])
def test_extreme_shapes(shape: tuple[int, int], colour: bool) -> None:
    prepared = Preprocessing(3, colour=colour).pixels(flat(*shape, (7, 7, 7)))
    assert prepared.shape == (3 if colour else 1, 3, 3)
    assert (prepared == 7).all()


@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.booleans(), st.integers(0, 99)
)
def test_any_size_gives_the_prepared_shape_within_the_range_of_the_picture(
    height: int, width: int, size: int, colour: bool, seed: int
) -> None:
    picture = np.random.default_rng(seed).integers(60, 200, (height, width, 3), np.uint8)
    preprocessing = Preprocessing(size, colour=colour)
    prepared = preprocessing.pixels(picture)
    assert prepared.shape == preprocessing.shape == (preprocessing.channels, size, size)
    assert prepared.flags.c_contiguous
    assert picture.min() <= prepared.min() <= prepared.max() <= picture.max()


def test_the_picture_is_not_written_to() -> None:
    picture = np.full((2, 2, 3), 5, np.uint8)
    prepared = Preprocessing(2, colour=False).pixels(picture[:, :, 0])
    prepared[:] = 0
    assert (picture == 5).all()


@pytest.mark.parametrize("size", [0, -1, MAX_SIZE + 1, 2.0, True, "32", None])
def test_sizes_that_are_none(size: object) -> None:
    with pytest.raises(KnownError, match="size of"):
        Preprocessing(size, colour=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_our_fault(image: np.ndarray) -> None:
    with pytest.raises(BugError, match="not a picture"):
        GRAY.pixels(image)


def test_json_and_back() -> None:
    for preprocessing in (GRAY, Preprocessing(MAX_SIZE, colour=True)):
        assert Preprocessing.from_json(preprocessing.as_json()) == preprocessing


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {},
        {"size": 2},
        {"size": 2, "colour": 1},
        {"size": "2", "colour": True},
        {"size": 2, "colour": True, "crop": "centre"},
    ],
)
def test_records_that_are_none(record: object) -> None:
    with pytest.raises(KnownError):
        Preprocessing.from_json(record)
