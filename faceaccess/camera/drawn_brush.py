"""A canvas with transparency and soft brushes, in the units of `drawn_look`."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.camera.drawn_look import Colour

Points = NDArray[np.float64]
_FINE = 4  # binary places of a pixel in OpenCV's polygon coordinates


def smooth(points: Sequence[tuple[float, float]], *, closed: bool = True) -> Points:
    """Return a Catmull-Rom curve through `points`, (n, 2) float64, eight pieces a section."""
    corner = np.asarray(points, float)
    if closed:
        around = np.concatenate([corner[-1:], corner, corner[:2]])
    else:
        around = np.concatenate([corner[:1], corner, corner[-1:]])
    t = np.linspace(0, 1, 8, endpoint=False)[:, None]
    pieces = []
    for before, start, end, after in zip(
        around[:-3], around[1:-2], around[2:-1], around[3:], strict=True
    ):
        pieces.append(
            start
            + 0.5
            * t
            * (
                (end - before)
                + t
                * (
                    (2 * before - 5 * start + 4 * end - after)
                    + t * (3 * start - before - 3 * end + after)
                )
            )
        )
    if not closed:
        pieces.append(corner[-1:])
    curve: Points = np.concatenate(pieces)
    return curve


def moved(outline: Points, x: float, y: float) -> Points:
    """Return the outline moved by (x, y) units."""
    place: Points = outline + np.array([x, y])
    return place


def ellipse(x: float, y: float, a: float, b: float, *, tilt: float = 0.0) -> Points:
    """Return an ellipse as a polygon; `tilt` in radians, clockwise in the picture."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    across, down = a * np.cos(angle), b * np.sin(angle)
    c, s = np.cos(tilt), np.sin(tilt)
    return np.stack([x + c * across - s * down, y + s * across + c * down], axis=1)


def mirrored(half: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return `half` (right side, from top to bottom) with its mirror image, as a closed outline."""
    left = [(-x, y) for x, y in reversed(half) if x > 1e-9]
    return [*half, *left]


class Mask:
    """How strongly each pixel of a part of the canvas is meant; zero everywhere else.

    Args:
        share: (height, width) float32, 0 to 1.
        top, left: where the part lies on the canvas, pixels.
    """

    def __init__(self, share: NDArray[np.float32], top: int, left: int) -> None:
        self.share, self.top, self.left = share, top, left

    @property
    def part(self) -> tuple[slice, slice]:
        """The rows and columns of the canvas."""
        height, width = self.share.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)

    def inside(self, other: "Mask") -> "Mask":
        """Return this mask times another one."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        bottom = min(self.top + self.share.shape[0], other.top + other.share.shape[0])
        right = min(self.left + self.share.shape[1], other.left + other.share.shape[1])
        bottom, right = max(top, bottom), max(left, right)

        def cut(mask: Mask) -> NDArray[np.float32]:
            rows = slice(top - mask.top, bottom - mask.top)
            return mask.share[rows, left - mask.left : right - mask.left]

        return Mask(cut(self) * cut(other), top, left)

    def outside(self, other: "Mask") -> "Mask":
        """Return this mask where the other one is not."""
        common = self.inside(other)
        share = self.share.copy()
        height, width = common.share.shape
        y, x = common.top - self.top, common.left - self.left
        share[y : y + height, x : x + width] -= common.share
        return Mask(share, self.top, self.left)


class Canvas:
    """A colour picture with transparency, painted front over back.

    Args:
        left, top, right, bottom: the part of the plane that it shows, in units.
        scale: pixels a unit.
    """

    def __init__(self, left: float, top: float, right: float, bottom: float, scale: float) -> None:
        self.left, self.top, self.scale = left, top, scale
        size = (round((bottom - top) * scale), round((right - left) * scale))
        self.colour = np.zeros((*size, 3), np.float32)
        self.alpha = np.zeros(size, np.float32)

    def grid(self, mask: Mask) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return x (1, width) and y (height, 1) of the mask's pixel centres, in units."""
        height, width = mask.share.shape
        x = (np.arange(width, dtype=np.float32) + mask.left + 0.5) / self.scale + self.left
        y = (np.arange(height, dtype=np.float32) + mask.top + 0.5) / self.scale + self.top
        return x[None, :], y[:, None]

    def mask(self, outlines: Sequence[Points], soft: float = 0.0) -> Mask:
        """Return a mask that is 1 inside the outlines, blurred by `soft` units."""
        pixels = [self._pixels(outline) for outline in outlines]
        shape, top, left = self._blank(np.concatenate(pixels), 2 + 3 * soft * self.scale)
        for outline in pixels:  # one by one: overlapping ones in a single fill cancel out
            cv2.fillPoly(shape, [_fine(outline, top, left)], 255, cv2.LINE_AA, _FINE)
        return self._softened(shape, top, left, soft)

    def line_mask(
        self, line: Points, thick: float, *, closed: bool = False, soft: float = 0.0
    ) -> Mask:
        """Return a mask that is 1 on a line `thick` units wide."""
        pixels = self._pixels(line)
        width = max(1, round(thick * self.scale))
        shape, top, left = self._blank(pixels, 2 + width + 3 * soft * self.scale)
        cv2.polylines(shape, [_fine(pixels, top, left)], closed, 255, width, cv2.LINE_AA, _FINE)
        return self._softened(shape, top, left, soft)

    def paint(
        self, mask: Mask, colour: Colour | NDArray[np.float32], strength: float = 1.0
    ) -> None:
        """Lay a colour over the picture where the mask is, making it opaque there.

        Args:
            mask: where.
            colour: one colour, or one for each pixel of the mask, (height, width, 3) float32.
            strength: factor on the mask, 0 to 1.
        """
        over = (mask.share * np.float32(strength))[..., None]
        under = self.alpha[mask.part][..., None] * (1 - over)
        out = over + under
        mixture = np.asarray(colour, np.float32) * over + self.colour[mask.part] * under
        self.colour[mask.part] = mixture / np.maximum(out, 1e-6)
        self.alpha[mask.part] = out[..., 0]

    def tint(self, mask: Mask, colour: Colour, strength: float) -> None:
        """Mix a colour into what is there without making anything more opaque."""
        over = (mask.share * np.float32(strength))[..., None]
        there = self.colour[mask.part]
        there += (np.asarray(colour, np.float32) - there) * over

    def layer(self) -> NDArray[np.uint8]:
        """Return (height / 2, width / 2, 4) uint8: colour times alpha, and alpha."""
        full = np.dstack([self.colour * self.alpha[..., None], self.alpha * 255])
        height, width = self.alpha.shape
        half = cv2.resize(full, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        layer: NDArray[np.uint8] = np.clip(half + 0.5, 0, 255).astype(np.uint8)
        return layer

    def _pixels(self, outline: Points) -> Points:
        return (outline - (self.left, self.top)) * self.scale - 0.5

    def _blank(self, pixels: Points, margin: float) -> tuple[NDArray[np.uint8], int, int]:
        height, width = self.alpha.shape
        left, top = np.clip(np.floor(pixels.min(axis=0) - margin), 0, (width, height)).astype(int)
        right, bottom = np.clip(np.ceil(pixels.max(axis=0) + margin), 0, (width, height)).astype(
            int
        )
        return np.zeros((max(0, bottom - top), max(0, right - left)), np.uint8), int(top), int(left)

    def _softened(self, shape: NDArray[np.uint8], top: int, left: int, soft: float) -> Mask:
        share: NDArray[np.float32] = shape.astype(np.float32) / np.float32(255)
        if soft > 0 and share.size:
            share = np.asarray(cv2.GaussianBlur(share, (0, 0), soft * self.scale), np.float32)
        return Mask(share, top, left)


def _fine(pixels: Points, top: int, left: int) -> NDArray[np.int32]:
    return np.round((pixels - (left, top)) * (1 << _FINE)).astype(np.int32).reshape(-1, 1, 2)


def darker(colour: Colour, factor: float) -> Colour:
    """Return the colour times `factor`, within 0 to 255."""
    b, g, r = (min(255, max(0, round(c * factor))) for c in colour)
    return b, g, r


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return `one` with `share` of `other` in it."""
    b, g, r = (round(a + (c - a) * share) for a, c in zip(one, other, strict=True))
    return b, g, r
