"""How a head has turned since it looked straight: the parallax of the nose before the face.

Whatever is flat, also turned, tilted or moved, changes between two views by a homography; a sheet
that is bent or folded changes smoothly apart from the fold. The flow of the face is measured
densely, the skin around the nose is fitted with such a motion, and what the nose does beyond it is
returned. The nose's landmark is not used for that: detectors put it where a nose should be, also on
a flat picture that is turned.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.challenges import HeadMotion
from faceaccess.vision.liveness.views import FaceInView

EYES = 40.0
"""Pixels between the eyes in the windows that are compared."""
LEAST_EYES = 24.0
"""Pixels of the view between the eyes below which nothing is measured."""
LEAST_FOLLOWED = 0.45
"""Share of the face that must be followed there and back."""
_WIDTH, _HEIGHT = round(3.0 * EYES), round(3.4 * EYES)
_ORIGIN = np.array([1.5, 1.2]) * EYES  # of the middle between the eyes
_GRID = 3  # pixels between two places at which the flow is read
_BACK = 1.0  # pixels by which a place followed there and back may miss itself
_ROUNDS = 4  # of the robust fit
_MISS = 0.7  # pixels of residual from which a place counts less in the fit
_STRONG = 40.0  # squared grey levels a pixel above which more texture counts no more
_FOLD = 0.12  # eye distances aside of the nose where a fold may be as well
_LEAST_NOSE, _LEAST_FACE = 6, 60  # places that must have been followed

Grey = NDArray[np.uint8]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StraightView:
    """A face that looks straight, as what later views are compared with.

    Attributes:
        window: (height, width) uint8, eyes level and `EYES` apart.
        landmarks: (5, 2) float64, pixels of the window.
    """

    window: Grey
    landmarks: Numbers

    @classmethod
    def of(cls, face: FaceInView) -> "StraightView | None":
        """Return a face as such a view, or None where it is too small to be measured."""
        points = face.landmarks.astype(np.float64)
        across = points[1] - points[0]
        apart = float(np.hypot(*across))
        if apart < LEAST_EYES or not np.isfinite(points).all():
            return None
        angle = math.atan2(across[1], across[0])
        c, s = math.cos(angle) * EYES / apart, math.sin(angle) * EYES / apart
        way = np.empty((2, 3))
        way[:, :2] = (c, s), (-s, c)
        way[:, 2] = _ORIGIN - way[:, :2] @ points[:2].mean(axis=0)
        return cls(_window(face.view.grey, way), points @ way[:, :2].T + way[:, 2])


def head_motion(straight: StraightView, face: FaceInView) -> HeadMotion | None:
    """Return how a head has turned since, or None where it cannot be followed.

    Costs some 6 ms.
    """
    if face.eye_distance < LEAST_EYES or not np.isfinite(face.landmarks).all():
        return None
    way = _brought_back(straight, face)
    if way is None:
        return None
    flow = _Flow.between(straight, _window(face.view.grey, way))
    if flow.followed < LEAST_FOLLOWED:
        return None
    plane = flow.nose_beyond(_plane)
    sheet = flow.nose_beyond(_sheet)
    if plane is None or sheet is None:
        return None
    # Whoever faces the camera has their own left on the picture's right.
    return HeadMotion(
        face.view.moment,
        aside=plane[0],
        up=-plane[1],
        relief_aside=sheet[0],
        relief_up=-sheet[1],
    )


def _window(grey: Grey, way: Numbers) -> Grey:
    """Return what an affine motion shows of a view, without flicker where it is made smaller."""
    scale = math.sqrt(abs(float(np.linalg.det(way[:, :2]))))
    if 0 < scale < 0.7:
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        share = np.array(size) / (grey.shape[1], grey.shape[0])
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
        linear = way[:, :2] / share
        way = np.column_stack([linear, way[:, 2] + linear @ (0.5 - 0.5 * share)])
    found = cv2.warpAffine(
        grey, way, (_WIDTH, _HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cv2.GaussianBlur(found, (0, 0), 0.8), np.uint8)


def _brought_back(straight: StraightView, face: FaceInView) -> Numbers | None:
    """Return the affine motion that takes eyes and mouth back to the straight view, (2, 3)."""
    corners = [0, 1, 3, 4]
    now = np.column_stack([face.landmarks[corners].astype(np.float64), np.ones(4)])
    way, _, rank, _ = np.linalg.lstsq(now, straight.landmarks[corners], rcond=None)
    return np.asarray(way.T, np.float64) if rank == 3 else None


@dataclass(frozen=True, eq=False)
class _Flow:
    """The flow of a face, at places of a grid.

    Attributes:
        x, y: of the places, eye distances from the nose and from the line of the eyes.
        moved: (rows, columns, 2), pixels.
        good: whether a place was followed there and back.
        texture: (rows, columns, 2), how well motion across and down can be seen there.
        face, around, nose: which places belong to the face, to the skin around the nose, to the
            nose.
    """

    x: Numbers
    y: Numbers
    moved: Numbers
    good: NDArray[np.bool_]
    texture: Numbers
    face: NDArray[np.bool_]
    around: NDArray[np.bool_]
    nose: NDArray[np.bool_]

    @classmethod
    def between(cls, straight: StraightView, now: Grey) -> "_Flow":
        """Measure the flow from the straight view (T. Kroeger and others, 2016)."""
        method = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        there = method.calc(straight.window, now, None)
        back = method.calc(now, straight.window, None)
        rows, columns = np.mgrid[0:_HEIGHT:_GRID, 0:_WIDTH:_GRID]
        moved = there[rows, columns].astype(np.float64)
        at = (np.stack([columns, rows], axis=-1) + moved).astype(np.float32)
        returned = cv2.remap(
            back,
            np.ascontiguousarray(at[..., 0]),
            np.ascontiguousarray(at[..., 1]),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(1e3, 1e3),
        )
        good = np.linalg.norm(moved + returned, axis=-1) < _BACK
        nose, mouth = straight.landmarks[2], straight.landmarks[3:].mean(axis=0)
        x, y = (columns - nose[0]) / EYES, (rows - _ORIGIN[1]) / EYES
        tip, lips = (nose[1] - _ORIGIN[1]) / EYES, (mouth[1] - _ORIGIN[1]) / EYES
        face = (np.abs(x) < 0.85) & (y > -0.45) & (y < lips + 0.25)
        face &= (x / 0.95) ** 2 + ((y - 0.4) / 1.1) ** 2 < 1
        near = (np.abs(x) < 0.36) & (y > tip - 0.45) & (y < tip + 0.25)
        on_nose = (np.abs(x) < 0.2) & (y > tip - 0.22) & (y < tip + 0.1)
        texture = _texture(straight.window)[rows, columns]
        return cls(x, y, moved, good, texture, face, face & ~near, on_nose)

    @property
    def followed(self) -> float:
        """Share of the face that was followed, 0 to 1."""
        return float(self.good[self.face].mean())

    def nose_beyond(self, motions: "_Motions") -> tuple[float, float] | None:
        """Return the nose's mean motion across and down beyond what fits the skin around it.

        In eye distances; None where too little was followed.
        """
        around, nose = self.around & self.good, self.nose & self.good
        if around.sum() < _LEAST_FACE or nose.sum() < _LEAST_NOSE:
            return None
        terms, at_nose = (motions(self.x[m], self.y[m]) for m in (around, nose))
        found = []
        for axis in range(2):
            clear = self.texture[..., axis]
            weight = np.sqrt(np.minimum(clear[around], _STRONG) + 0.5)
            fit = _fitted(terms, self.moved[..., axis][around], weight)
            beyond = self.moved[..., axis][nose] - at_nose @ fit
            found.append(float(np.average(beyond, weights=clear[nose] + 1e-3)) / EYES)
        return (found[0], found[1]) if all(map(math.isfinite, found)) else None


class _Motions:
    """Smooth motions that are told from a nose: their terms at places x, y, (n, terms)."""

    def __init__(self, *, bent: bool) -> None:
        self._bent = bent

    def __call__(self, x: Numbers, y: Numbers) -> Numbers:
        terms = [np.ones_like(x), x, y]
        if self._bent:  # a homography near the identity, a cylinder, and an upright fold somewhere
            folds = [np.abs(x - at) for at in (-_FOLD, 0.0, _FOLD)]
            terms += [x * x, x * y, y * y, *folds, np.abs(x) * y]
        return np.stack(terms, axis=-1)


_plane, _sheet = _Motions(bent=False), _Motions(bent=True)


def _fitted(terms: Numbers, values: Numbers, weight: Numbers) -> Numbers:
    """Return the coefficients of a robust least-squares fit."""
    now = weight
    for _ in range(_ROUNDS):
        fit = np.linalg.lstsq(terms * now[:, None], values * now, rcond=None)[0]
        now = weight / np.sqrt(1 + ((values - terms @ fit) / _MISS) ** 2)
    return np.asarray(fit, np.float64)


def _texture(window: Grey) -> Numbers:
    """Return the squared gradient across and down, smoothed, (height, width, 2)."""
    grey = window.astype(np.float32)
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *d) / 8 for d in ((1, 0), (0, 1)))
    return np.asarray(
        np.stack([cv2.GaussianBlur(g * g, (0, 0), 3.0) for g in (across, down)], axis=-1),
        np.float64,
    )
