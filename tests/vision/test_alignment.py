"""The similarity transform, by hand and by its properties; crops of small and large faces."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.errors import BugError
from faceaccess.vision.alignment import (
    SFACE_POINTS,
    aligned_crop,
    grayscale,
    similarity_transform,
    warped,
)


def test_by_hand_a_quarter_turn_twice_the_size_and_a_shift() -> None:
    source = np.array([[0, 0], [1, 0], [0, 2]], np.float32)
    target = np.array([[5, 7], [5, 9], [1, 7]], np.float32)  # (x, y) -> (5 - 2y, 7 + 2x)
    assert np.allclose(similarity_transform(source, target), [[0, -2, 5], [2, 0, 7]])


def test_by_hand_least_squares_of_points_that_cannot_fit() -> None:
    # A square to one stretched along x to twice its width: by symmetry no turn, no shift, and the
    # scale is sum(z . w) / sum(|z|^2) = (2 + 1) / 2.
    source = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32)
    target = source * (2, 1)
    assert np.allclose(similarity_transform(source, target), [[1.5, 0, 0], [0, 1.5, 0]])


def test_a_reflection_is_never_used() -> None:
    source = SFACE_POINTS
    mirrored = source * (-1, 1)
    matrix = similarity_transform(source, mirrored)
    assert np.linalg.det(matrix[:, :2]) >= 0


@given(st.floats(-np.pi, np.pi), st.floats(0.05, 20), st.floats(-500, 500), st.floats(-500, 500))
def test_any_similarity_is_found_again(angle: float, scale: float, x: float, y: float) -> None:
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    true = np.array([[cos, -sin, x], [sin, cos, y]])
    moved = SFACE_POINTS.astype(np.float64) @ true[:, :2].T + true[:, 2]
    assert np.allclose(similarity_transform(SFACE_POINTS, moved), true, atol=1e-6 * (1 + scale))


@given(st.integers(0, 2**32 - 1))
def test_it_agrees_with_umeyamas_decomposition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source = rng.uniform(0, 100, (5, 2))
    turn = rng.uniform(-3, 3)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    target = 1.7 * source @ rotation.T + rng.normal(0, 3, (5, 2))
    a, b = source - source.mean(0), target - target.mean(0)
    u, s, vt = np.linalg.svd(b.T @ a / 5)
    sign = np.diag([1.0, np.sign(np.linalg.det(u @ vt))])
    matrix = np.trace(np.diag(s) @ sign) / (a**2).sum(1).mean() * (u @ sign @ vt)
    shift = target.mean(0) - matrix @ source.mean(0)
    assert np.allclose(similarity_transform(source, target), np.hstack([matrix, shift[:, None]]))


def test_points_in_one_place_are_refused() -> None:
    with pytest.raises(BugError):
        similarity_transform(np.full((5, 2), 3, np.float32), SFACE_POINTS)


def dots(points: np.ndarray, size: tuple[int, int], radius: int) -> np.ndarray:
    image = np.zeros((*size, 3), np.uint8)
    for x, y in points:
        cv2.circle(image, (round(x * 16), round(y * 16)), radius * 16, (255, 255, 255), -1, 16, 4)
    return image


@pytest.mark.parametrize("scale", [0.6, 1.0, 2.0, 3.7, 9.0])
def test_landmarks_land_on_the_template_whatever_the_faces_size(scale: float) -> None:
    points = SFACE_POINTS * scale + (40, 30)
    image = dots(
        points, (round(140 * scale) + 60, round(140 * scale) + 80), max(2, round(3 * scale))
    )
    crop = aligned_crop(image, points.astype(np.float32), SFACE_POINTS, 112)
    assert crop.shape == (112, 112, 3)
    luma = grayscale(crop).astype(np.float64)
    for x, y in SFACE_POINTS:
        left, top = int(x) - 6, int(y) - 6
        part = luma[top : top + 13, left : left + 13]
        ys, xs = np.mgrid[top : top + 13, left : left + 13]
        centre = ((part * xs).sum() / part.sum(), (part * ys).sum() / part.sum())
        assert np.hypot(centre[0] - x, centre[1] - y) < 0.25


def test_a_large_face_is_averaged_not_sampled() -> None:
    board = np.zeros((1120, 1120, 3), np.uint8)
    board[::2, ::2] = board[1::2, 1::2] = 255  # finer than a crop can show: gray
    window = warped(board, np.array([[0.1, 0, 0], [0, 0.1, 0]]), 112)
    assert abs(float(window[2:-2, 2:-2].mean()) - 127.5) < 2
    assert window[2:-2, 2:-2].std() < 5


def test_outside_the_picture_is_black() -> None:
    white = np.full((50, 50, 3), 255, np.uint8)
    window = warped(white, np.array([[1.0, 0, 31], [0, 1.0, 0]]), 112)
    assert window[:50, :30].max() == 0
    assert window[:50, 32:80].min() == 255
    assert window[52:].max() == 0


def test_grayscale_is_the_luma_of_blue_green_red() -> None:
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]], np.uint8)
    assert grayscale(pixels).tolist() == [[29, 150, 76, 9]]
    flat = np.zeros((3, 3), np.uint8)
    assert grayscale(flat) is flat
