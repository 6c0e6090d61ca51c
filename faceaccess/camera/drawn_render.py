"""Puts drawn people into a picture: heads turned as solids, moved, lit and laid over a background.

A person's layers are drawn once and kept; a frame costs a few warps. The head is turned by moving
each point by its depth (a dome with a nose), so features shift over the face as they do on a
real head.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.camera.drawn_brush import Canvas
from faceaccess.camera.drawn_clothes import draw_body, draw_glasses
from faceaccess.camera.drawn_face import draw_eyes, draw_mouth, draw_nose, draw_skin
from faceaccess.camera.drawn_hair import draw_back, draw_beard, draw_hair
from faceaccess.camera.drawn_look import DAYLIGHT, FRONT, DrawnPerson, Light, Pose
from faceaccess.core.frames import Box, Image

_UNIT = 104  # pixels a unit in a stored layer
Part = Literal["back", "body", "head"]
Extent = tuple[float, float, float, float]  # left, top, right, bottom, units
_T = 1 / 13  # eight pixels of a layer
_HEAD: Extent = (-25 * _T, -33 * _T, 25 * _T, 41 * _T)
_BACK: Extent = (-25 * _T, -33 * _T, 25 * _T, 44 * _T)
_BODY: Extent = (-34 * _T, 9 * _T, 34 * _T, 118 * _T)
_EXTENT: dict[Part, Extent] = {"back": _BACK, "body": _BODY, "head": _HEAD}
_AVERAGE_GAP = 0.92  # units between the pupils of an average face

Layer = NDArray[np.uint8]
Stack = tuple[Layer, ...]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FaceGeometry:
    """Where a drawn face really is in a picture.

    Attributes:
        box: x, y, width, height in pixels: forehead to chin, cheek to cheek, as detectors frame it.
        landmarks: (5, 2) float32 pixels: eyes on the picture's left and right, nose tip, left and
            right corner of the mouth.
    """

    box: Box
    landmarks: NDArray[np.float32]


def render(
    person: DrawnPerson,
    *,
    width: int = 640,
    height: int = 480,
    pose: Pose = FRONT,
    light: Light = DAYLIGHT,
    seed: int = 0,
) -> Image:
    """Return a picture of one drawn person before a plain wall.

    Args:
        person: who.
        width: of the picture, pixels.
        height: of the picture, pixels.
        pose: how the head is held and where it is.
        light: the light on person and wall.
        seed: of the sensor's noise and the wall's tone.

    Returns:
        (height, width, 3) uint8, blue-green-red; the same for the same arguments.
    """
    random = np.random.default_rng(seed)
    image = _wall(width, height, random)
    lay_over(image, person, pose, light)
    image = cv2.GaussianBlur(image, (0, 0), 0.5)
    return add_noise(lit(image, light), random.normal(0, 2.2, image.shape).astype(np.int8))


def geometry(
    person: DrawnPerson, *, width: int = 640, height: int = 480, pose: Pose = FRONT
) -> FaceGeometry:
    """Return where the face of `render` with the same arguments is."""
    p = person
    gap, smile = p.eye_gap, p.mouth_y - p.smile
    points = np.array(
        [(-gap, 0.0), (gap, 0.0), (0.0, p.nose_y - 0.05), (-p.mouth_width, smile),
         (p.mouth_width, smile)]
    )  # fmt: skip
    place = _place(pose, width, height)
    turned = _turned(points, pose)
    seen = turned @ place[:, :2].T + place[:, 2]
    edge = np.array(
        [(-p.cheek, -0.75), (p.cheek, -0.75), (p.cheek, p.chin_y), (-p.cheek, p.chin_y)]
    )
    edge[:, 0] += 0.3 * np.sin(np.radians(pose.turn))
    edge[:, 1] -= 0.3 * np.sin(np.radians(pose.nod))
    corners = edge @ place[:, :2].T + place[:, 2]
    middle = corners.mean(axis=0)
    # The frame of a tilted face stays upright and keeps its size.
    scale = float(np.hypot(*place[:, 0]))
    size = np.array([2 * p.cheek, p.chin_y + 0.75]) * scale
    x, y = middle - size / 2
    return FaceGeometry(
        (float(x), float(y), float(size[0]), float(size[1])), seen.astype(np.float32)
    )


def lay_over(image: Image, person: DrawnPerson, pose: Pose, light: Light) -> None:
    """Draw one person into `image`, in place, behind nothing."""
    height, width = image.shape[:2]
    place = _place(pose, width, height)
    body = place.copy()
    lean = _rotation(-pose.tilt * 0.8)  # the body hardly follows the head's tilt
    neck = np.array([0.0, 1.4])
    body[:, :2] = place[:, :2] @ lean
    body[:, 2] = place[:, :2] @ neck + place[:, 2] - body[:, :2] @ neck
    back = place.copy()
    back[:, 2] -= place[:, 0] * 0.35 * np.sin(np.radians(pose.turn))
    back[:, 2] += place[:, 1] * 0.35 * np.sin(np.radians(pose.nod))
    _blend(image, _stack(person, "back", 0, 0.0), back, _BACK)
    side = round(light.side, 1)
    _blend(image, _stack(person, "body", 0, side), body, _BODY)
    closed = round(max(0.0, min(1.0, pose.closed)) * 3)
    head = _stack(person, "head", closed, side)
    turn, nod = round(pose.turn * 2) / 2, round(pose.nod * 2) / 2
    if turn or nod:
        level = _level(head, place)
        turned = _turned_layer(head[level], turn, nod, level)
        head = (*head[:level], turned, *head[level + 1 :])
    _blend(image, head, place, _HEAD)


def prepare(person: DrawnPerson, step: int, side: float) -> None:
    """Draw one of a person's `PREPARE_STEPS` layers ahead of time: no frame waits for it then."""
    side = round(side, 1)
    if step < 3:
        _stack(person, "head", step, side)
    else:
        _stack(person, *(("back", 0, 0.0) if step == 3 else ("body", 0, side)))


PREPARE_STEPS = 5


def lit(image: Image, light: Light) -> Image:
    """Return `image` under a light's level and warmth."""
    if light.level == 1.0 and light.warmth == 0.0:
        return image
    tone = np.array([1 - 0.12 * light.warmth, 1.0, 1 + 0.08 * light.warmth]) * light.level
    ramp = np.arange(256)[:, None] * tone
    table: Image = np.clip(ramp + 0.5, 0, 255).astype(np.uint8).reshape(256, 1, 3)
    return np.asarray(cv2.LUT(image, table), np.uint8)


def add_noise(image: Image, noise: NDArray[np.int8]) -> Image:
    """Return `image` plus `noise` of the same shape, cut at 0 and 255."""
    return np.asarray(cv2.add(image, noise, dtype=cv2.CV_8U), np.uint8)


def _wall(width: int, height: int, random: np.random.Generator) -> Image:
    tone = random.uniform(150, 200) + random.uniform(-12, 12, 3)
    down = np.linspace(1.08, 0.88, height)[:, None]
    across = np.linspace(1.04, 0.94, width)[None, :]
    wall = (down * across)[..., None] * tone
    return np.clip(wall, 0, 255).astype(np.uint8)


def _rotation(degrees: float) -> Matrix:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s], [s, c]])


def _place(pose: Pose, width: int, height: int) -> Matrix:
    """Return the (2, 3) transform from units to pixels."""
    scale = pose.eyes * width / _AVERAGE_GAP
    place = np.empty((2, 3))
    place[:, :2] = scale * _rotation(pose.tilt)
    place[:, 2] = pose.x * width, pose.y * height
    return place


def head_depth(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far a point of the face lies before the axis of the head, units."""
    # A paraboloid: like an ellipsoid in the middle, without its endless slope at the edge.
    dome = np.maximum(0.0, 1 - (x / 1.35) ** 2 - ((y + 0.1) / 2.2) ** 2)
    nose = 0.3 * np.exp(-((x / 0.22) ** 2) - ((y - 0.45) / 0.3) ** 2)
    return 0.95 * dome + nose


def _turned(points: Matrix, pose: Pose) -> Matrix:
    """Return where points of the face appear when the head is turned and nods, units."""
    x, y = points[:, 0], points[:, 1]
    depth = head_depth(x, y)
    # Cosine foreshortening is left out: the dome's own depth stands for it at the far side.
    return np.stack(
        [x + depth * np.sin(np.radians(pose.turn)), y - depth * np.sin(np.radians(pose.nod))],
        axis=1,
    )


@lru_cache(maxsize=200)
def _shift(turn: float, nod: float) -> NDArray[np.float32]:
    """Return how far from a turned head's pixel its point lies in the front view, in units.

    (rows, columns, 2), to the left and up. Coarse, one value for eight pixels of a layer: the head
    is smooth.
    """
    left, top, right, bottom = _HEAD
    rows, columns = round((bottom - top) / _T), round((right - left) / _T)
    x = (np.arange(columns) + 0.5)[None, :] * _T + left + np.zeros((rows, 1))
    y = (np.arange(rows) + 0.5)[:, None] * _T + top + np.zeros((1, columns))
    aside, up = np.sin(np.radians(turn)), np.sin(np.radians(nod))
    from_x, from_y = x.copy(), y.copy()
    for _ in range(12):  # a fixed point: depth belongs to the point that is looked for
        depth = head_depth(from_x, from_y)
        from_x = 0.5 * from_x + 0.5 * (x - aside * depth)
        from_y = 0.5 * from_y + 0.5 * (y + up * depth)
    return np.stack([from_x - x, from_y - y], axis=-1).astype(np.float32)


@lru_cache(maxsize=4)
def _pixels(width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the column and the row of each pixel."""
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    return column.astype(np.float32), row.astype(np.float32)


def _turned_layer(layer: Layer, turn: float, nod: float, level: int) -> Layer:
    size = (layer.shape[1], layer.shape[0])
    column, row = _pixels(*size)
    shift = cv2.resize(_shift(turn, nod) * (_UNIT / 2**level), size, interpolation=cv2.INTER_LINEAR)
    moved = cv2.remap(layer, column + shift[..., 0], row + shift[..., 1], cv2.INTER_LINEAR)
    return np.asarray(moved, np.uint8)


@lru_cache(maxsize=20)
def _canvas_layer(person: DrawnPerson, part: Part, closed: int) -> Layer:
    canvas = Canvas(*_EXTENT[part], 2 * _UNIT)
    if part == "head":
        draw_skin(canvas, person)
        draw_nose(canvas, person)
        draw_beard(canvas, person)
        draw_mouth(canvas, person)
        draw_eyes(canvas, person, closed / 3)
        draw_hair(canvas, person)
        draw_glasses(canvas, person)
    elif part == "back":
        draw_back(canvas, person)
    else:
        draw_body(canvas, person)
    return canvas.layer()


@lru_cache(maxsize=20)
def _stack(person: DrawnPerson, part: Part, closed: int, side: float) -> Stack:
    """Return a layer lit from one side, and the same at 1/2, 1/4 and 1/8 of its size.

    Sizes are multiples of eight pixels, so that halving moves nothing.
    """
    layer = _canvas_layer(person, part, closed)
    if side:
        left, _, right, _ = _EXTENT[part]
        x = np.linspace(left, right, layer.shape[1])
        ramp = (1 + 0.32 * side * np.tanh(1.4 * x) - 0.06 * abs(side)).astype(np.float32)
        shades = np.ones((layer.shape[1], 4), np.float32)
        shades[:, :3] = ramp[:, None]
        coloured = layer * shades
        # A colour is stored times its alpha and can therefore not be brighter than that.
        layer = np.minimum(coloured, layer[..., 3:]).astype(np.uint8)
    stack = [layer]
    for _ in range(3):
        size = (stack[-1].shape[1] // 2, stack[-1].shape[0] // 2)
        stack.append(
            np.asarray(cv2.resize(stack[-1], size, interpolation=cv2.INTER_AREA), np.uint8)
        )
    return tuple(stack)


def _level(stack: Stack, place: Matrix) -> int:
    """Return which size of a layer is the smallest that is not blurred at this place."""
    scale = float(np.hypot(*place[:, 0]))
    level = 0
    while level + 1 < len(stack) and scale < 0.55 * _UNIT / 2**level:
        level += 1
    return level


def _blend(image: Image, stack: Stack, place: Matrix, extent: Extent) -> None:
    """Lay a layer over the picture, in place; only the part that it covers is touched."""
    left, top, right, bottom = extent
    level = _level(stack, place)
    layer, unit = stack[level], _UNIT / 2**level
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    seen = corners @ place[:, :2].T + place[:, 2]
    height, width = image.shape[:2]
    x0, y0 = np.maximum(np.floor(seen.min(axis=0)).astype(int) - 1, 0)
    x1, y1 = np.minimum(np.ceil(seen.max(axis=0)).astype(int) + 1, (width, height))
    if x1 <= x0 or y1 <= y0:
        return
    warp = np.empty((2, 3))
    warp[:, :2] = place[:, :2] / unit
    warp[:, 2] = place[:, :2] @ (left + 0.5 / unit, top + 0.5 / unit) + place[:, 2] - 0.5
    warp[:, 2] -= x0, y0
    moved = cv2.warpAffine(layer, warp, (int(x1 - x0), int(y1 - y0)), flags=cv2.INTER_LINEAR)
    part = image[y0:y1, x0:x1]
    alpha = cv2.cvtColor(255 - moved[..., 3], cv2.COLOR_GRAY2BGR)
    cv2.add(cv2.multiply(part, alpha, scale=1 / 255), moved[..., :3], dst=part)
