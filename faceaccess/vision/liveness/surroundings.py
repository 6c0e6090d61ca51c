"""Do the surroundings of a face move with it, or do they stay where they are?

Beside and above the head small cells are compared under two hypotheses: nothing moved there, or it
moved as the face did. Only cells count in which the two can be told apart: those with detail across
the direction of the motion. (Following points there says nothing along edges.)
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.vision.liveness.face_motion import FaceMotion
from faceaccess.vision.liveness.views import FacePair, Window

CELL = 0.4
"""Side of a cell, in eye distances."""
HEAD_WIDTH = 1.8
"""Half the width of what counts as the head with its hair, in eye distances from its middle."""
HEAD_TOP = 2.4
"""How far the head with its hair reaches above the eyes, in eye distances."""
CROWN_WIDTH, CROWN_TOP = 1.0, 3.4
"""Half the width and the height above the eyes of what may be high hair or a hat on top of it."""
LOWEST = 1.1
"""How far below the eyes cells lie, in eye distances: about the mouth, above the shoulders."""
_DETAIL = 6.0  # the hypotheses differ by so many times the noise where they can be told apart
_NOISE = 2.0  # squared grey levels at least
_STRONGEST = 100.0  # squared grey levels beyond which a cell counts no more
_STILL_SIDE, _MOVING_SIDE = 0.8, 0.6  # share of a side's detail that stayed
_CELLS_OF_SIDE = 3  # cells that must be measurable before a side moves
_LEAST_GRADIENT = 2.0  # summed over the cells, squared grey levels a pixel
_CLEAR = 0.35  # error of a hypothesis, as a share of the difference of both, that confirms it


@dataclass(frozen=True)
class Surroundings:
    """What the cells around a head did.

    Attributes:
        cells: how many could be measured.
        co_motion: -1 stayed where they are, +1 moved with the face; weighted mean, 0 where `cells`
            is 0.
        still: share of the measured detail that stayed, 0 to 1.
        sides: on how many of left, right and above the measured detail mostly stayed, 0 to 3;
            0 where on any of them it mostly did not: a phone that is hardly broader than the head
            shows above it.
        tremble: by how many pixels of the windows what stayed on the left, on the right or above
            (whichever moved most) shifted as a whole: a picture that is held trembles, a wall does
            not.
    """

    cells: int
    co_motion: float
    still: float
    sides: int
    tremble: float


def surroundings(pair: FacePair, motion: FaceMotion) -> Surroundings:
    """Measure what is beside and above the head between two views."""
    cells = cells_around(pair)
    before, after = detail(pair.before, pair.eye_distance), detail(pair.after, pair.eye_distance)
    size = (before.shape[1], before.shape[0])
    moved = cv2.warpAffine(
        before, motion.transform, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    stayed_error = means((after - before) ** 2, cells)
    moved_error = means((after - moved) ** 2, cells)
    apart = means((moved - before) ** 2, cells)
    noise = max(_NOISE, float(np.percentile(stayed_error, 10))) if len(cells) else _NOISE
    told = apart > _DETAIL * noise
    if not told.any():
        return Surroundings(0, 0.0, 0.0, 0, 0.0)
    weight = np.minimum(apart, _STRONGEST) * told
    ratio = (stayed_error - moved_error) / (stayed_error + moved_error + 1e-6)
    still = stayed_error < np.maximum(_CLEAR * apart, 2 * noise)
    side = side_of(cells, pair)
    return Surroundings(
        int(told.sum()),
        float((weight * ratio).sum() / weight.sum()),
        float((weight * still).sum() / weight.sum()),
        _still_sides(still, weight, side),
        max(_tremble(before, after, cells[still & (side == one)]) for one in range(3)),
    )


def _still_sides(
    still: NDArray[np.bool_], weight: NDArray[np.float64], side: NDArray[np.int64]
) -> int:
    count = 0
    for one in range(3):
        here = weight * (side == one)
        if here.sum() > 0:
            share = (here * still).sum() / here.sum()
            if share < _MOVING_SIDE and (here > 0).sum() >= _CELLS_OF_SIDE:
                return 0
            count += bool(share >= _STILL_SIDE)
    return count


def _tremble(before: Window, after: Window, cells: NDArray[np.int64]) -> float:
    """Return the length of the common shift of some cells, pixels; 0 where it cannot be told.

    One step of least squares on the gradients (B. Lucas, T. Kanade, 1981), with the residual as
    weight so that a few cells in which something else moves count little.
    """
    if not len(cells):
        return 0.0
    across, down = (
        cv2.Scharr(after, cv2.CV_32F, 1, 0) / 32,
        cv2.Scharr(after, cv2.CV_32F, 0, 1) / 32,
    )
    change = before - after
    products = (across * across, across * down, down * down, across * change, down * change)
    xx, xy, yy, xt, yt = (means(np.asarray(one, np.float32), cells) for one in products)
    shift = np.zeros(2)
    weight = np.ones(len(xx))
    for _ in range(3):
        matrix = np.array([[(weight * xx).sum(), (weight * xy).sum()], [0.0, (weight * yy).sum()]])
        matrix[1, 0] = matrix[0, 1]
        if np.linalg.eigvalsh(matrix)[0] < _LEAST_GRADIENT:
            return 0.0
        shift = np.linalg.solve(matrix, [(weight * xt).sum(), (weight * yt).sum()])
        energy = xx * shift[0] ** 2 + 2 * xy * shift[0] * shift[1] + yy * shift[1] ** 2
        error = np.abs(energy - shift[0] * xt - shift[1] * yt)
        weight = 1 / (1 + error / (np.median(error) + 1e-9))
    return float(np.hypot(*shift))


def detail(window: NDArray[Any], eye_distance: float) -> Window:
    """Return a window without the noise of single pixels and without slow changes of grey.

    Args:
        window: (height, width) grey levels.
        eye_distance: pixels of the window.
    """
    grey = window.astype(np.float32)
    fine = cv2.GaussianBlur(grey, (0, 0), 1.0)
    # A broad blur of a small picture: the same, and a tenth of the time.
    size = (grey.shape[1], grey.shape[0])
    small = cv2.resize(
        grey, (max(1, size[0] // 4), max(1, size[1] // 4)), interpolation=cv2.INTER_AREA
    )
    coarse = cv2.GaussianBlur(small, (0, 0), 0.125 * eye_distance)
    coarse = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(fine - coarse, np.float32)


def cells_around(pair: FacePair) -> NDArray[np.int64]:
    """Return x0, y0, x1, y1 of the cells beside and above the head, (n, 4), pixels."""
    height, width = pair.after.shape
    unit = pair.eye_distance
    side = max(4, round(CELL * unit))
    eyes = np.stack([pair.face_before[:2].mean(axis=0), pair.face_after[:2].mean(axis=0)])
    lowest = float(eyes[:, 1].min()) + LOWEST * unit
    left, right = eyes[:, 0].min() - HEAD_WIDTH * unit, eyes[:, 0].max() + HEAD_WIDTH * unit
    top = float(eyes[:, 1].min()) - HEAD_TOP * unit
    crown = float(eyes[:, 1].min()) - CROWN_TOP * unit
    crown_left = eyes[:, 0].min() - CROWN_WIDTH * unit
    crown_right = eyes[:, 0].max() + CROWN_WIDTH * unit
    found = []
    for y in range(0, height - side, side):
        for x in range(0, width - side, side):
            above = y + side <= top and not (
                y + side > crown and x + side > crown_left and x < crown_right
            )
            beside = x + side <= left or x >= right or above
            if beside and y + side <= lowest:
                found.append((x, y, x + side, y + side))
    return np.array(found, np.int64).reshape(-1, 4)


def side_of(cells: NDArray[np.int64], pair: FacePair) -> NDArray[np.int64]:
    """Return 0 for cells on the left of the head, 1 on its right, 2 above it."""
    x = (cells[:, 0] + cells[:, 2]) / 2 - float(pair.face_after[:2, 0].mean())
    reach = HEAD_WIDTH * pair.eye_distance
    return np.where(x < -reach, 0, np.where(x > reach, 1, 2)).astype(np.int64)


def means(values: Window, cells: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean of `values` in each cell, (n,)."""
    total = cv2.integral(values, sdepth=cv2.CV_64F)
    x0, y0, x1, y1 = cells.T
    sums = total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]
    return np.asarray(sums / np.maximum(1, (x1 - x0) * (y1 - y0)), np.float64)
