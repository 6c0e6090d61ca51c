"""Sheets and screens in space: pictures turned, tilted, bent, folded; for tests and benches.

Lengths are in distances between the eyes of the face that is shown. A sheet lies in its own plane
(x to the right, y down, z away from the camera); bent, its points keep their distances along it.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.camera.drawn_render import head_depth
from faceaccess.core.frames import Image
from faceaccess.vision.alignment import Points

WIDTH, HEIGHT = 640, 480
_STEPS = 6  # of Newton's method for where a ray meets the sheet


@dataclass(frozen=True)
class Shown:
    """What a sheet or screen shows.

    Attributes:
        image: any size.
        landmarks: (5, 2) of the face in it, pixels.
    """

    image: Image
    landmarks: Points

    @property
    def eyes(self) -> float:
        """Pixels between the eyes."""
        return float(np.hypot(*(self.landmarks[1] - self.landmarks[0])))

    @property
    def middle(self) -> NDArray[np.float64]:
        """The middle of the face, pixels."""
        return np.asarray(self.landmarks.mean(axis=0), np.float64)


@dataclass(frozen=True)
class SheetPose:
    """How a sheet is held.

    Attributes:
        turn: degrees about the upright axis, positive where its front turns to the picture's right.
        nod: degrees about the level axis, positive where its front turns upwards.
        roll: degrees in the picture.
        bend: 1 / radius of the cylinder about the upright axis, positive bulging to the camera.
        fold: degrees by which each half is bent back along the upright middle line.
        x, y: where the face's middle is, share of the picture.
        eyes: pixels between the eyes as seen from the front.
        distance: of the sheet from the camera, distances between the eyes.
    """

    turn: float = 0.0
    nod: float = 0.0
    roll: float = 0.0
    bend: float = 0.0
    fold: float = 0.0
    x: float = 0.5
    y: float = 0.45
    eyes: float = 55.0
    distance: float = 8.0


def laid(behind: Image, shown: Shown, pose: SheetPose) -> Image:
    """Return `behind` with the sheet before it."""
    focal = pose.eyes * pose.distance
    reach = 4.5 * pose.eyes
    cx, cy = pose.x * WIDTH, pose.y * HEIGHT
    x0, x1 = max(0, int(cx - reach)), min(WIDTH, int(cx + reach))
    y0, y1 = max(0, int(cy - reach)), min(HEIGHT, int(cy + reach))
    column, row = np.meshgrid(np.arange(x0, x1), np.arange(y0, y1))
    rays = np.stack(
        [
            (column - WIDTH / 2) / focal,
            (row - HEIGHT / 2) / focal,
            np.ones(column.shape),
        ],
        axis=-1,
    )
    place = np.array([(cx - WIDTH / 2) / focal, (cy - HEIGHT / 2) / focal, 1.0]) * pose.distance
    rotation = _rotation(pose)
    start = -place @ rotation  # of the rays, in the sheet's own axes
    way = rays @ rotation
    t = -start[2] / way[..., 2]
    for _ in range(_STEPS if pose.bend or pose.fold else 0):
        x = start[0] + t * way[..., 0]
        height, slope = _height(x, pose)
        t = t - (start[2] + t * way[..., 2] - height) / (way[..., 2] - slope * way[..., 0])
    x, y = start[0] + t * way[..., 0], start[1] + t * way[..., 1]
    height, _ = _height(x, pose)
    met = np.abs(start[2] + t * way[..., 2] - height) < 0.01
    if pose.bend:
        met &= np.abs(x * pose.bend) < 0.95
    along = np.where(met, _along(x, pose), -1e3)
    middle, eyes = shown.middle, shown.eyes
    source_x = (along * eyes + middle[0]).astype(np.float32)
    source_y = (y * eyes + middle[1]).astype(np.float32)
    # Pixels of the picture for one of the view: what is smaller would flicker.
    blur = eyes / pose.eyes
    image = shown.image
    if blur > 1.3:
        image = cv2.GaussianBlur(image, (0, 0), 0.45 * blur)
    opaque = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
    part = cv2.remap(opaque, source_x, source_y, cv2.INTER_LINEAR)
    share = part[..., 3:].astype(np.float32) / 255
    out = behind.copy()
    under = out[y0:y1, x0:x1]
    out[y0:y1, x0:x1] = (under * (1 - share) + part[..., :3] * share + 0.5).astype(np.uint8)
    return out


def laid_place(shown: Shown, place: NDArray[np.floating], pose: SheetPose) -> NDArray[np.float64]:
    """Return where a place of the picture, (2,) pixels, comes to lie in the view, pixels."""
    along, y = (place.astype(np.float64) - shown.middle) / shown.eyes
    x = along * math.cos(math.radians(pose.fold))
    if pose.bend:
        x = math.sin(along * pose.bend) / pose.bend
    height, _ = _height(np.array(x), pose)
    focal = pose.eyes * pose.distance
    middle = np.array([(pose.x - 0.5) * WIDTH, (pose.y - 0.5) * HEIGHT, focal]) / pose.eyes
    point = _rotation(pose) @ np.array([x, y, float(height)]) + middle
    return np.asarray(focal * point[:2] / point[2] + (WIDTH / 2, HEIGHT / 2), np.float64)


def _rotation(pose: SheetPose) -> NDArray[np.float64]:
    a, b, c = (math.radians(v) for v in (pose.turn, pose.nod, pose.roll))
    # The front faces -z: turning it to the right moves its own z axis to the left.
    about_y = np.array([[math.cos(a), 0, -math.sin(a)], [0, 1, 0], [math.sin(a), 0, math.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(b), math.sin(b)], [0, -math.sin(b), math.cos(b)]])
    about_z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x, np.float64)


def _height(
    x: NDArray[np.float64], pose: SheetPose
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far back the sheet lies at x, and the slope."""
    slope = math.tan(math.radians(pose.fold)) * np.tanh(x / 0.03)
    height = math.tan(math.radians(pose.fold)) * np.abs(x)
    if pose.bend:
        r = 1 / pose.bend
        inside = np.clip(x, -0.97 * abs(r), 0.97 * abs(r))
        root = np.sqrt(r * r - inside * inside)
        height = height + math.copysign(1, r) * (abs(r) - root)
        slope = slope + math.copysign(1, r) * inside / root
    return height, slope


def _along(x: NDArray[np.float64], pose: SheetPose) -> NDArray[np.float64]:
    """Return the place on the flat sheet of a point at x."""
    along = x / math.cos(math.radians(pose.fold))
    if pose.bend:
        r = abs(1 / pose.bend)
        along = along + np.where(
            np.abs(x) < r, r * np.arcsin(np.clip(x / r, -1, 1)) - x, 10 * np.sign(x)
        )
    return along


def turned_photograph(shown: Shown, aside: float, up: float) -> Shown:
    """Return a photograph whose points are moved by the depth of a drawn head, as if it turned.

    Args:
        shown: the photograph, from the front.
        aside: degrees, positive to the picture's right.
        up: degrees, positive upwards.
    """
    height, width = shown.image.shape[:2]
    left, right = shown.landmarks[:2].astype(np.float64)
    unit = shown.eyes / (2 * 0.46)  # pixels for one of the drawing's units
    middle = (left + right) / 2
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    x, y = (column - middle[0]) / unit, (row - middle[1]) / unit
    sine_x, sine_y = math.sin(math.radians(aside)), math.sin(math.radians(up))
    from_x, from_y = x.copy(), y.copy()
    for _ in range(8):
        deep = head_depth(from_x, from_y)
        from_x = 0.5 * from_x + 0.5 * (x - sine_x * deep)
        from_y = 0.5 * from_y + 0.5 * (y + sine_y * deep)
    image = cv2.remap(
        shown.image,
        (from_x * unit + middle[0]).astype(np.float32),
        (from_y * unit + middle[1]).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return Shown(np.asarray(image, np.uint8), shown.landmarks)
