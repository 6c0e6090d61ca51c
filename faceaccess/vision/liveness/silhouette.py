"""The outline of what moves around a face: head and shoulders, or a rectangle.

Where somebody stands before something that is still, what changes from view to view is their
outline: round above, and below the chin broader than the head, down to the edge of the picture. A
phone in a hand changes along its rim, as broad above as below; on a screen that stands still the
film ends at the screen's rim.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.vision.liveness.views import FaceInView, View, brightness_ratio

Grid = NDArray[np.bool_]
Pair = tuple[float, float]

CELL = 4
"""Side of a cell, pixels of `View.small`."""
ASIDE, ABOVE, BELOW = 4.5, 4.0, 6.0
"""How far the outline is looked for from the middle between the eyes, in eye distances."""
BESIDE_FROM, BESIDE_TO = -0.75, 1.0
"""Rows beside the face, eye distances below the eyes."""
BODY_FROM = 1.25
"""Eye distances below the eyes at which shoulders may begin."""
BODY_ENDS = 1.0
"""Eye distances above the lower edge of the picture down to which the body must reach."""
LEAST_BELOW = 1.75
"""Eye distances below the eyes to which the picture must reach for a body to be seen."""
LEAST_BODY = 1.9
"""Eye distances that a body reaches aside at least, where the picture does."""
BROADER = 0.35
"""Eye distances by which a body reaches further aside than the head."""
ROUND = 0.85
"""Breadth of the uppermost rows of a head at most, as a share of that beside the face."""
CROWN = 0.3
"""Height of these rows, eye distances."""
TURNS = range(-15, 16, 3)
"""Degrees by which the outline is turned to look at its uppermost part."""
INSIDE = (0.9, 1.7)
"""How far aside the body is what is seen, in the lowest `CHEST` eye distances of the picture."""
CHEST = 0.6
STILL_SHARE = 0.15
"""Share of the cells there from which something stands still."""
MOST_DIFFERENT = 0.75
"""Share of the view beyond which it is not known what was there before: the light has changed."""
HEAD_WIDTH = 1.9
"""What changes and does not reach nearer to the face, in eye distances, is somebody else."""
LEAST_SIZE = 1.0
"""Eye distances in height or breadth below which what changes is left out of the outline."""
MOST_VIEWS = 10
"""Views that are compared."""
STOOD = 0.8
"""Eye distances from its place within which a face stands there."""
_DIFFERENT = 10.0  # grey levels that are not the empty doorway's
_CHANGED = 3.0  # variance over the views, as a share of the median of all cells
_LEAST_NOISE = 0.1  # squared grey levels
_STEEP, _STEEPER = 6.0, 15.0  # grey levels from pixel to pixel: an edge, and a clear one


@dataclass(frozen=True)
class Silhouette:
    """The outline of what changed around a face; lengths in eye distances.

    Attributes:
        beside: how far it reaches to the left and to the right of the face.
        body: the same at the lower edge of the picture.
        room: how far the picture itself reaches to the left and to the right.
        crown: breadth of its uppermost rows as a share of that beside the face; 1 where it is cut
            by the upper edge of the picture.
        lowest: how far below the eyes the picture ends, `BELOW` at most.
        still: whether something with detail stands still on the left and on the right of the
            middle where a body would have to be.
        barred: whether something with clear edges stands still where the chest would have to be.
    """

    beside: Pair
    body: Pair
    room: Pair
    crown: float
    lowest: float
    still: tuple[bool, bool] = (False, False)
    barred: bool = False

    @property
    def broad(self) -> tuple[bool, bool]:
        """Whether a body is broader than the head, on the left and on the right."""
        left, right = (
            out >= min(max(LEAST_BODY, head + BROADER), room - 0.4)
            for out, head, room in zip(self.body, self.beside, self.room, strict=True)
        )
        return left, right

    @property
    def round(self) -> bool:
        """Whether it is seen to end above as a head does."""
        return self.crown <= ROUND

    @property
    def human(self) -> bool:
        """Whether it is that of a head on shoulders: one may lie in the dark, not be missing."""
        broad = self.broad
        return (
            self.round
            and self.lowest >= LEAST_BELOW
            and not self.barred
            and any(broad)
            and all(b or not s for b, s in zip(broad, self.still, strict=True))
        )


def silhouette(faces: Sequence[FaceInView]) -> Silhouette | None:
    """Return the outline of what changed while a face stood where it is last; None where none is.

    Args:
        faces: one face in several views of one camera, oldest first; those elsewhere are left out.
    """
    now = faces[-1]
    here = [f for f in faces if stood(f, now)]
    chosen = [here[round(n)] for n in np.linspace(0, len(here) - 1, min(MOST_VIEWS, len(here)))]
    if len(chosen) < 3:
        return None
    levels = np.stack([f.view.small for f in chosen]).astype(np.float32)
    for number in range(len(levels) - 1):
        levels[number] *= brightness_ratio(levels[number], levels[-1])
    cells = _in_cells(levels.var(axis=0))
    changed = cells > _CHANGED * (float(np.median(cells)) + _LEAST_NOISE)
    steep = cv2.morphologyEx(levels[-1], cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    edges = _in_cells(np.asarray(steep, np.float32))
    edges[changed] = 0.0
    return outline(_without_specks(changed), edges, *place(now))


def place(face: FaceInView) -> tuple[NDArray[np.float64], float]:
    """Return the middle between the eyes and the distance between them, cells."""
    scale = face.view.small.shape[1] / face.view.grey.shape[1] / CELL
    return face.eyes * scale, face.eye_distance * scale


def presence(now: FaceInView, empty: NDArray[np.float32]) -> Silhouette | None:
    """Return the outline of what was not there while nobody was; None where that is not known.

    Args:
        now: a face.
        empty: the empty doorway, as `View.small`.
    """
    cells = _in_cells(different(now.view, empty).astype(np.float32)) > 0.5
    if cells.mean() > MOST_DIFFERENT:
        return None
    return outline(_without_specks(cells), np.zeros(cells.shape, np.float32), *place(now))


def stood(face: FaceInView, now: FaceInView) -> bool:
    """Return whether a face stood then where it stands now, and as near."""
    unit = now.eye_distance
    return (
        face.view.grey.shape == now.view.grey.shape
        and float(np.linalg.norm(face.middle - now.middle)) < STOOD * unit
        and abs(face.eye_distance / unit - 1) < STOOD / 4
    )


def different(view: View, empty: NDArray[np.float32]) -> Grid:
    """Return which pixels of `View.small` are not the empty doorway's.

    As bright as it was, or as bright as half of the pixels say, whichever leaves less: something
    large before the camera is not a change of the light.
    """
    levels = view.small.astype(np.float32)
    as_it_was = np.abs(levels - empty) > _DIFFERENT
    lit = np.abs(levels - empty * brightness_ratio(empty, levels)) > _DIFFERENT
    return np.asarray(min(as_it_was, lit, key=np.count_nonzero), np.bool_)


def _in_cells(values: NDArray[np.float32]) -> NDArray[np.float32]:
    size = (max(1, values.shape[1] // CELL), max(1, values.shape[0] // CELL))
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _without_specks(cells: Grid) -> Grid:
    """Return the cells that have two neighbours at least."""
    around = cv2.boxFilter(
        cells.astype(np.float32), -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    return np.asarray(cells & (around >= 2.5), np.bool_)


def outline(
    changed: Grid, still: NDArray[np.float32], eyes: NDArray[np.float64], unit: float
) -> Silhouette | None:
    """Return the outline of some cells around a face; None where nothing changed beside it.

    Args:
        changed: which cells of the view changed.
        still: steepest change of grey from pixel to pixel, in those that did not change.
        eyes: (2,) the middle between the eyes, cells.
        unit: cells between the eyes.
    """
    height, width = changed.shape
    x0, x1 = max(0, round(eyes[0] - ASIDE * unit)), min(width, round(eyes[0] + ASIDE * unit))
    y0, y1 = max(0, round(eyes[1] - ABOVE * unit)), min(height, round(eyes[1] + BELOW * unit))
    if x1 - x0 < 4 or y1 - y0 < 4:
        return None
    here = changed[y0:y1, x0:x1]
    left = (np.arange(x0, x1 + 1) - eyes[0]) / unit  # left edges of the cells, and the right edge
    middle = (np.arange(y0, y1) + 0.5 - eyes[1]) / unit
    aside = (left[:-1] + left[1:]) / 2
    core = np.broadcast_to(np.abs(aside) < HEAD_WIDTH, here.shape)
    joined = _joined(here, core, LEAST_SIZE * unit)
    beside = joined[(middle >= BESIDE_FROM) & (middle < BESIDE_TO)]
    if not beside.any():
        return None
    head = _middle(_ends(beside, left))
    rows, columns = np.nonzero(joined)
    points = np.stack([aside[columns], middle[rows]], axis=1)
    cut = y0 == 0 and bool(joined[0].any())
    lowest = float(y1 - eyes[1]) / unit
    body = _ends(here[middle >= max(BODY_FROM, lowest - BODY_ENDS)], left)
    inside = still[y0:y1, x0:x1][middle >= lowest - CHEST]
    chest = inside[:, np.abs(aside) < INSIDE[1]]
    return Silhouette(
        head,
        _second(body),
        (-float(left[0]), float(left[-1])),
        1.0 if cut else _crown(points[points[:, 1] < BESIDE_TO]),
        lowest,
        (
            _shown(inside[:, (aside > -INSIDE[1]) & (aside < -INSIDE[0])] > _STEEP),
            _shown(inside[:, (aside > INSIDE[0]) & (aside < INSIDE[1])] > _STEEP),
        ),
        _shown(chest > _STEEPER),
    )


def _shown(cells: Grid) -> bool:
    return bool(cells.size and cells.mean() >= STILL_SHARE)


def _crown(points: NDArray[np.float64]) -> float:
    """Return how broad the uppermost part of some points is, as a share of their breadth.

    The largest of what is found as the picture is turned a little: a sheet may be held askew.
    """
    found = [0.0]
    for angle in np.radians(TURNS):
        x = points @ (np.cos(angle), -np.sin(angle))
        y = points @ (np.sin(angle), np.cos(angle))
        upper = x[y <= y.min() + CROWN]
        found.append(float(np.ptp(upper) / max(0.1, np.ptp(x))))
    return max(found)


def _joined(cells: Grid, core: Grid, least: float) -> Grid:
    """Return the cells that hang together, across gaps of two cells, and reach some of `core`.

    Left out is what is neither as high nor as broad as `least` cells: a lamp that flickers.
    """
    near = cv2.dilate(cells.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, labels, about, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    large = about[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) >= least + 2
    own = np.zeros(count, np.bool_)
    own[np.unique(labels[cells & core])] = True
    return np.asarray(cells & (own & large)[labels], np.bool_)


def _ends(rows: Grid, left: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each row with anything reaches to the left and right of the face, (n, 2)."""
    found = [np.flatnonzero(row) for row in rows if row.any()]
    ends = [(max(0.0, -left[f[0]]), max(0.0, left[f[-1] + 1])) for f in found]
    return np.array(ends, np.float64).reshape(-1, 2)


def _middle(ends: NDArray[np.float64]) -> Pair:
    found = np.median(ends, axis=0)
    return float(found[0]), float(found[1])


def _second(ends: NDArray[np.float64]) -> Pair:
    """Return the second furthest of each side: one row may be a speck."""
    if len(ends) < 2:
        return 0.0, 0.0
    found = np.sort(ends, axis=0)[-2]
    return float(found[0]), float(found[1])
