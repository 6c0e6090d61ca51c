"""Draws the head of a `DrawnPerson`: skin, eyes, brows, nose and mouth, from the front."""

import numpy as np
from numpy.typing import NDArray

from faceaccess.camera.drawn_brush import (
    Canvas,
    Mask,
    Points,
    darker,
    ellipse,
    mirrored,
    mixed,
    moved,
    smooth,
)
from faceaccess.camera.drawn_look import DrawnPerson


def face_outline(person: DrawnPerson) -> Points:
    """Return the outline of the head from the crown to the chin."""
    p = person
    half = [
        (0.0, -1.72),
        (0.52, -1.62),
        (0.88 * p.temple, -1.22),
        (p.temple, -0.62),
        (p.cheek, 0.1),
        (0.5 * (p.cheek + p.jaw) + 0.02, 0.66),
        (p.jaw, 0.62 * p.chin_y),
        (0.5 * (p.jaw + p.chin), 0.86 * p.chin_y),
        (p.chin, 0.97 * p.chin_y),
        (0.0, p.chin_y),
    ]
    return smooth(mirrored(half))


def draw_skin(canvas: Canvas, person: DrawnPerson) -> None:
    """Draw the ears and the head with its soft shadows; no features yet."""
    p = person
    shade = darker(p.skin, 0.66)
    for side in (-1, 1):
        ear = ellipse(side * (p.cheek + 0.03), 0.16, 0.15, 0.34, tilt=side * 0.12)
        canvas.paint(canvas.mask([ear]), darker(p.skin, 0.86))
        inner = ellipse(side * (p.cheek + 0.05), 0.16, 0.07, 0.2, tilt=side * 0.12)
        canvas.paint(canvas.mask([inner], 0.03), shade, 0.55)
    head = canvas.mask([face_outline(p)])
    canvas.paint(head, _lit(canvas, head, p))
    _soft(canvas, head, ellipse(0, p.chin_y + 0.02, 0.9, 0.2), 0.1, darker(p.skin, 0.62), 0.4)
    for side in (-1, 1):
        socket = ellipse(side * p.eye_gap * 0.92, -0.08, 0.25, 0.19)
        _soft(canvas, head, socket, 0.08, darker(p.skin, 0.6), 0.4)
        cheek = ellipse(side * 0.6, 0.56, 0.26, 0.2)
        _soft(canvas, head, cheek, 0.12, mixed(p.skin, (95, 85, 215), 0.6), 0.55 * p.blush)
        hollow = ellipse(side * (p.jaw * 0.93), 0.95, 0.14, 0.4, tilt=side * 0.35)
        _soft(canvas, head, hollow, 0.1, shade, 0.3)
    _soft(canvas, head, ellipse(0, p.chin_y - 0.2, 0.2, 0.1), 0.08, darker(p.skin, 1.25), 0.3)
    _soft(canvas, head, ellipse(0, -0.75, 0.45, 0.2), 0.15, darker(p.skin, 1.2), 0.3)
    if p.freckles:
        _freckles(canvas, p)
    if p.wrinkles:
        _wrinkles(canvas, p)


def draw_eyes(canvas: Canvas, person: DrawnPerson, closed: float) -> None:
    """Draw both eyes, shut by `closed` (0 to 1), and the brows."""
    for side in (-1, 1):
        _eye(canvas, person, side, closed)
        _brow(canvas, person, side)


def draw_nose(canvas: Canvas, person: DrawnPerson) -> None:
    """Draw the nose: the shadow beside its bridge, its tip, wings and nostrils."""
    p = person
    dark, light = darker(p.skin, 0.55), darker(p.skin, 1.3)
    w, end = p.nose_width, p.nose_y
    head = canvas.mask([face_outline(p)])
    for side in (-1, 1):
        flank = smooth(
            [
                (side * 0.1, -0.2),
                (side * 0.17, 0.1),
                (side * w * 1.05, end - 0.1),
                (side * w * 0.75, end),
                (side * 0.09, end - 0.2),
                (side * 0.07, 0.0),
            ]
        )
        strength = p.nose_bridge * (0.62 if side > 0 else 0.4)
        _soft(canvas, head, flank, 0.04, dark, strength)
        wing = smooth(
            [
                (side * w * 0.92, end - 0.17),
                (side * w * 1.12, end - 0.05),
                (side * w * 0.95, end + 0.05),
                (side * w * 0.6, end + 0.03),
            ],
            closed=False,
        )
        canvas.tint(canvas.line_mask(wing, 0.03, soft=0.012), darker(p.skin, 0.45), 0.75)
        hole = ellipse(side * w * 0.5, end + 0.025, w * 0.24, 0.03, tilt=-side * 0.3)
        canvas.tint(canvas.mask([hole], 0.012), darker(p.skin, 0.25), 0.85)
    _soft(canvas, head, ellipse(-0.01, end * 0.4, 0.045, end * 0.55), 0.03, light, 0.4)
    _soft(canvas, head, ellipse(-0.02, end - 0.1, w * 0.32, 0.07), 0.03, light, 0.5)
    _soft(canvas, head, ellipse(0, end + 0.1, w * 0.8, 0.05), 0.04, dark, 0.35)


def draw_mouth(canvas: Canvas, person: DrawnPerson) -> None:
    """Draw the lips, the line between them and the shadow under them."""
    p = person
    w, y, corner = p.mouth_width, p.mouth_y, p.mouth_y - p.smile
    head = canvas.mask([face_outline(p)])
    _soft(
        canvas, head, ellipse(0, y + p.lip_lower + 0.09, w * 0.6, 0.05), 0.04,
        darker(p.skin, 0.55), 0.5,
    )  # fmt: skip
    dip = y + p.smile * 0.35
    upper = smooth(
        [
            (-w, corner),
            (-w * 0.45, y - p.lip_upper * 0.95),
            (-w * 0.16, y - p.lip_upper * 1.15),
            (0, y - p.lip_upper * 0.85),
            (w * 0.16, y - p.lip_upper * 1.15),
            (w * 0.45, y - p.lip_upper * 0.95),
            (w, corner),
            (w * 0.4, dip + 0.012),
            (0, dip + 0.018),
            (-w * 0.4, dip + 0.012),
        ]
    )
    lower = smooth(
        [
            (-w, corner),
            (-w * 0.4, dip - 0.005),
            (w * 0.4, dip - 0.005),
            (w, corner),
            (w * 0.5, y + p.lip_lower * 0.95),
            (0, y + p.lip_lower * 1.25),
            (-w * 0.5, y + p.lip_lower * 0.95),
        ]
    )
    canvas.tint(canvas.mask([lower], 0.012), p.lips, 0.95)
    canvas.tint(canvas.mask([upper], 0.012), darker(p.lips, 0.8), 0.95)
    shine = ellipse(-0.03, y + p.lip_lower * 0.68, w * 0.32, max(0.012, p.lip_lower * 0.2))
    canvas.tint(canvas.mask([shine], 0.02), darker(p.lips, 1.5), 0.6)
    line = smooth(
        [
            (-w * 1.03, corner),
            (-w * 0.4, dip),
            (0, dip + 0.008),
            (w * 0.4, dip),
            (w * 1.03, corner),
        ],
        closed=False,
    )
    canvas.tint(canvas.line_mask(line, 0.026, soft=0.008), darker(p.lips, 0.32), 0.9)
    for side in (-1, 1):
        pit = ellipse(side * w * 1.06, corner, 0.035, 0.035)
        _soft(canvas, head, pit, 0.025, darker(p.skin, 0.5), 0.5)


def _lit(canvas: Canvas, head: Mask, person: DrawnPerson) -> NDArray[np.float32]:
    """Return the skin's colour on a head lit from above in front, (height, width, 3) float32."""
    x, y = canvas.grid(head)
    across, down = x / 1.12, (y + 0.05) / 1.8
    depth = np.sqrt(np.maximum(0.02, 1 - across**2 - down**2))
    # Lambert's law with the light a little above and to the left of the camera.
    light = -0.16 * across - 0.2 * down + 0.94 * depth
    factor = 0.42 + 0.66 * np.clip(light, 0, 1)
    return (np.asarray(person.skin, np.float32) * factor[..., None]).astype(np.float32)


def _soft(
    canvas: Canvas,
    inside: Mask,
    outline: Points,
    soft: float,
    colour: tuple[int, int, int],
    strength: float,
) -> None:
    canvas.tint(canvas.mask([outline], soft).inside(inside), colour, strength)


def _lids(person: DrawnPerson, side: int, closed: float) -> tuple[Points, Points]:
    """Return the edges of the upper and the lower lid, from the inner to the outer corner."""
    p = person
    x, w = side * p.eye_gap, p.eye_width
    open_ = p.eye_open * (1 - p.lid) * (1 - closed) + 0.004
    low = p.eye_open * 0.75
    sink = low * closed
    inner = (x - side * w, 0.02 + sink)
    outer = (x + side * w, -p.eye_slant + sink)
    upper = smooth(
        [
            inner,
            (x - side * w * 0.45, -open_ * 0.85 + sink),
            (x + side * w * 0.1, -open_ * 1.12 - p.eye_slant * 0.4 + sink),
            (x + side * w * 0.62, -open_ * 0.72 - p.eye_slant * 0.8 + sink),
            outer,
        ],
        closed=False,
    )
    lower = smooth(
        [
            inner,
            (x - side * w * 0.4, low * 0.75 + 0.01),
            (x + side * w * 0.2, low),
            (x + side * w * 0.7, low * 0.6 - p.eye_slant * 0.6),
            outer,
        ],
        closed=False,
    )
    return upper, lower


def _eye(canvas: Canvas, person: DrawnPerson, side: int, closed: float) -> None:
    p = person
    x, r = side * p.eye_gap, p.iris_size
    upper, lower = _lids(p, side, closed)
    hole = canvas.mask([np.concatenate([upper, lower[::-1]])], 0.006)
    canvas.tint(hole, (226, 230, 234), 1.0)
    iris = canvas.mask([ellipse(x, -0.01, r, r)], 0.006).inside(hole)
    canvas.tint(iris, darker(p.iris, 0.45), 1.0)
    canvas.tint(
        canvas.mask([ellipse(x, -0.005, r * 0.82, r * 0.82)], 0.01).inside(hole), p.iris, 1.0
    )
    canvas.tint(
        canvas.mask([ellipse(x, -0.01, r * 0.45, r * 0.45)], 0.006).inside(hole), (14, 12, 12), 1
    )
    shine = ellipse(x - 0.33 * r, -0.01 - 0.38 * r, r * 0.22, r * 0.22)
    canvas.tint(canvas.mask([shine], 0.005).inside(hole), (255, 255, 255), 0.95)
    lid_shadow = canvas.line_mask(moved(upper, 0, 0.035), 0.06, soft=0.02).inside(hole)
    canvas.tint(lid_shadow, (60, 60, 70), 0.55)
    canvas.tint(canvas.line_mask(upper, 0.038, soft=0.006), darker(p.brow_colour, 0.35), 0.92)
    canvas.tint(canvas.line_mask(lower, 0.014, soft=0.01), darker(p.skin, 0.45), 0.6)
    crease = moved(upper, 0, -0.035 - 0.06 * (1 - p.lid))
    canvas.tint(canvas.line_mask(crease, 0.018, soft=0.014), darker(p.skin, 0.45), 0.6)
    bag = smooth([(x - side * 0.16, 0.16), (x, 0.2), (x + side * 0.16, 0.15)], closed=False)
    canvas.tint(
        canvas.line_mask(bag, 0.03, soft=0.03), darker(p.skin, 0.55), 0.2 + 0.4 * p.wrinkles
    )


def _brow(canvas: Canvas, person: DrawnPerson, side: int) -> None:
    p = person
    x, y, t = side * p.eye_gap, p.brow_y, p.brow_thick
    inner, outer = x - side * 0.27, x + side * 0.31
    outline = smooth(
        [
            (inner, y + p.brow_slant - t * 0.4),
            (x + side * 0.06, y - p.brow_arch - t * 0.6),
            (outer, y - p.brow_slant * 0.3),
            (x + side * 0.08, y - p.brow_arch + t * 0.6),
            (inner, y + p.brow_slant + t * 0.7),
        ]
    )
    ink = mixed(darker(p.brow_colour, 0.75), p.skin, 0.06)
    canvas.tint(canvas.mask([outline], 0.014), ink, 0.92)


def _freckles(canvas: Canvas, person: DrawnPerson) -> None:
    random = np.random.default_rng(sum(map(ord, person.name)))
    spots = [
        ellipse(x, y, r, r)
        for x, y, r in zip(
            random.normal(0, 0.42, 60),
            random.normal(0.38, 0.14, 60),
            random.uniform(0.012, 0.024, 60),
            strict=True,
        )
        if abs(x) < 0.8
    ]
    canvas.tint(canvas.mask(spots, 0.006), darker(person.skin, 0.55), 0.7 * person.freckles)


def _wrinkles(canvas: Canvas, person: DrawnPerson) -> None:
    p = person
    ink = darker(p.skin, 0.5)
    lines = []
    for side in (-1, 1):
        fold = [
            (side * p.nose_width * 1.15, p.nose_y - 0.06),
            (side * (p.mouth_width + 0.05), p.mouth_y - 0.2),
            (side * (p.mouth_width + 0.12), p.mouth_y + 0.1),
        ]
        lines.append(smooth(fold, closed=False))
        for rise in (-0.05, 0.03):
            x = side * (p.eye_gap + p.eye_width)
            foot = [(x + side * 0.04, rise * 0.5), (x + side * 0.16, rise * 2)]
            lines.append(smooth(foot, closed=False))
    lines.extend(
        smooth([(-0.42, y + 0.03), (0, y), (0.42, y + 0.03)], closed=False)
        for y in (p.brow_y - 0.24, p.brow_y - 0.38)
    )
    for line in lines:
        canvas.tint(canvas.line_mask(line, 0.022, soft=0.016), ink, 0.7 * p.wrinkles)
