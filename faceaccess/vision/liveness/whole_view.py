"""What the whole view of a fixed camera tells: whether it moves, and what it looks like empty."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.frames import Box
from faceaccess.vision.liveness.silhouette import (
    MOST_DIFFERENT,
    Silhouette,
    different,
    presence,
)
from faceaccess.vision.liveness.surroundings import cells_around, detail, means, side_of
from faceaccess.vision.liveness.views import FaceInView, FacePair, View, brightness_ratio

MOVED = 0.7
"""Pixels of `View.small` by which a point must shift to count as moved."""
LEAST_POINTS = 12
"""Points beside the person that must have been followed."""
EMPTY_SECONDS = 3.0
"""Seconds without a face before a view is learned as the empty doorway."""
LEARN_EVERY = 0.5
"""Seconds between two views of the empty doorway that are learned."""
LINE = 3.0
"""Grey levels, over two pixels of `View.small`, from which a row shows an upright line."""
LINE_ROWS = 0.9
"""Share of the rows from the eyes down that must show it."""
BODY = 1.5
"""Eye distances from the middle beyond which such a line is looked for."""
LEAST_OF_SIDE = 4
"""Points on one side of the person below which nothing is said of it."""
_LEARNED = 0.05  # weight of a new view: the picture follows daylight in some ten seconds
_LEARNED_LATE = 0.001  # where something else is seen: what was put there is not learned for minutes
_LEAST_CELLS = 6
_ENERGY = 12.0  # squared grey levels of detail below which a cell says nothing
_DIFFERENT = 0.6  # difference as a share of the detail from which a cell shows something else


@dataclass(frozen=True)
class ViewMotion:
    """What points all over the view, beside the person, did.

    Attributes:
        moved: share of them that moved, 0 to 1.
        around: the same on the left or on the right of the face, whichever is less; 0 where one of
            them has too few. Somebody who walks by moves on one side, a screen on both.
    """

    moved: float
    around: float


def view_motion(before: FaceInView, after: FaceInView) -> ViewMotion | None:
    """Return whether the view moves; None where too few points can be followed."""
    small = [before.view.small, after.view.small]
    small[0] = cv2.convertScaleAbs(small[0], alpha=brightness_ratio(small[0], small[1]))
    factor = small[1].shape[1] / after.view.grey.shape[1]
    mask = np.full(small[1].shape, 255, np.uint8)
    for face in (before, after):
        x, y = face.eyes * factor
        unit = face.eye_distance * factor
        top, aside = max(0, int(y - 2.6 * unit)), 2.2 * unit
        mask[top:, max(0, int(x - aside)) : max(0, int(x + aside))] = 0  # the head
        below, broad = max(0, int(y + 1.5 * unit)), 4.5 * unit
        mask[below:, max(0, int(x - broad)) : max(0, int(x + broad))] = 0  # the body
    found = cv2.goodFeaturesToTrack(small[0], 100, 0.02, 8, mask=mask)
    if found is None or len(found) < LEAST_POINTS:
        return None
    there, ok, _ = cv2.calcOpticalFlowPyrLK(small[0], small[1], found, found.copy())
    good = ok.ravel() == 1
    if good.sum() < LEAST_POINTS:
        return None
    moved = np.linalg.norm(there - found, axis=2).ravel()[good] > MOVED
    left = found[good, 0, 0] < after.eyes[0] * factor
    sides = [moved[left], moved[~left]]
    around = min(float(one.mean()) if len(one) >= LEAST_OF_SIDE else 0.0 for one in sides)
    return ViewMotion(float(moved.mean()), around)


def framed(face: FaceInView) -> bool:
    """Return whether upright lines go down to the lower edge on both sides of a person.

    So they do at a screen that stands there and whose rim is out of view below; and at the posts of
    a door.
    """
    small = face.view.small.astype(np.float32)
    factor = small.shape[1] / face.view.grey.shape[1]
    (x, y), unit = face.eyes * factor, face.eye_distance * factor
    below = small[max(0, min(round(y), small.shape[0] - 8)) :]
    steps = np.abs(below[:, 2:] - below[:, :-2])
    lines = (cv2.dilate(steps, np.ones((1, 3), np.uint8)) > LINE).mean(axis=0) >= LINE_ROWS
    aside = np.arange(len(lines)) + 1 - x
    return bool(lines[aside < -BODY * unit].any() and lines[aside > BODY * unit].any())


class EmptyView:
    """The doorway of one camera as it looks while nobody is there, learned as time goes by."""

    def __init__(self) -> None:
        self._empty_since: float | None = None
        self._learned_at = -np.inf
        self._picture: NDArray[np.float32] | None = None
        self._small: NDArray[np.float32] | None = None

    def see(self, view: View, faces: int) -> None:
        """Learn from a view in which so many faces were found."""
        if self._picture is not None and self._picture.shape != view.grey.shape:
            self._picture = self._small = None
        if faces or (self._empty_since is not None and view.moment < self._empty_since):
            self._empty_since = None
            return
        if self._empty_since is None:
            self._empty_since = view.moment
        if view.moment - self._empty_since < EMPTY_SECONDS:
            return
        if 0 <= view.moment - self._learned_at < LEARN_EVERY:
            return
        self._learned_at = view.moment
        grey, small = view.grey.astype(np.float32), view.small.astype(np.float32)
        if self._picture is None or self._small is None:
            self._picture, self._small = grey, small
            return
        other = different(view, self._small)
        if other.mean() > MOST_DIFFERENT:
            other[:] = False  # the light has changed, not what is there
        for pixels, learned in ((~other, _LEARNED), (other, _LEARNED_LATE)):
            mask = pixels.astype(np.uint8)
            cv2.accumulateWeighted(small, self._small, learned, mask=mask)
            size = (grey.shape[1], grey.shape[0])
            large = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
            cv2.accumulateWeighted(grey, self._picture, learned, mask=large)

    def wanted(self, moment: float) -> bool:
        """Whether a view without a face would be looked at now."""
        return not 0 <= moment - self._learned_at < LEARN_EVERY

    @property
    def known(self) -> bool:
        """Whether the doorway was seen empty."""
        return self._picture is not None

    def presence(self, face: FaceInView) -> Silhouette | None:
        """See `silhouette.presence`; None also where the doorway is not known."""
        if self._small is None or self._small.shape != face.view.small.shape:
            return None
        return presence(face, self._small)

    def replaced(self, pair: FacePair) -> float | None:
        """Return the share of the detail around a head that is not the empty doorway's; 0 to 1.

        Of left, right and above, that where the share is largest. None where the doorway is not
        known, or neither shows detail there.
        """
        if self._picture is None:
            return None
        x, y, width, height = _place(pair)
        window = self._picture[round(y) : round(y + height), round(x) : round(x + width)]
        size = (pair.after.shape[1], pair.after.shape[0])
        empty = cv2.resize(window, size, interpolation=cv2.INTER_AREA)
        cells = cells_around(pair)
        if len(cells) < _LEAST_CELLS:
            return None
        now, then = (detail(w, pair.eye_distance) for w in (pair.after, np.asarray(empty)))
        energy = np.maximum(means(now**2, cells), means(then**2, cells))
        shown = energy > _ENERGY
        if shown.sum() < _LEAST_CELLS:
            return None
        different = means((now - then) ** 2, cells) > _DIFFERENT * energy
        shares = [float((different & shown).sum() / shown.sum())]
        side = side_of(cells, pair)
        for one in range(3):
            here = shown & (side == one)
            if here.sum() >= _LEAST_CELLS:
                shares.append(float((different & here).sum() / here.sum()))
        return max(shares)


def _place(pair: FacePair) -> Box:
    height, width = pair.after.shape
    x, y = pair.origin
    return (float(x), float(y), width / pair.scale, height / pair.scale)
