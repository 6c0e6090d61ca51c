"""Draws hair, beard and scarf of a `DrawnPerson`."""

from collections.abc import Sequence

import numpy as np

from faceaccess.camera.drawn_brush import (
    Canvas,
    Points,
    darker,
    ellipse,
    mirrored,
    mixed,
    moved,
    smooth,
)
from faceaccess.camera.drawn_face import face_outline
from faceaccess.camera.drawn_look import DrawnPerson

XY = Sequence[tuple[float, float]]


def draw_back(canvas: Canvas, person: DrawnPerson) -> None:
    """Draw what hangs behind the neck: long hair, a bob, the back of a scarf."""
    half = _BACK.get(person.hair)
    if half is not None:
        outline = smooth(mirrored(half))
        canvas.paint(canvas.mask([outline], 0.01), darker(person.hair_colour, 0.62))
    if person.hair == "bun":
        canvas.paint(canvas.mask([ellipse(0, -2.02, 0.5, 0.42)], 0.01), person.hair_colour)


def draw_hair(canvas: Canvas, person: DrawnPerson) -> None:
    """Draw the hair over the head, with strands of light and dark."""
    p = person
    if p.hair == "bald":
        head = canvas.mask([face_outline(p)])
        shine = canvas.mask([ellipse(-0.25, -1.25, 0.3, 0.16, tilt=-0.3)], 0.09)
        canvas.tint(shine.inside(head), darker(p.skin, 1.45), 0.6)
        return
    if p.hair == "scarf":
        _scarf(canvas, p)
        return
    outlines = _front(p)
    mask = canvas.mask(outlines, 0.012)
    x, y = canvas.grid(mask)
    # Strands: a ripple along the direction in which the hair falls, brighter towards the top left.
    strands = 0.05 * np.sin(31 * x + 5 * np.sin(2.2 * y) + 3 * y) + 0.04 * np.sin(13 * x - 4 * y)
    glow = 0.3 * np.exp(-((x + 0.35) ** 2 + (y + 1.45) ** 2) / 0.35)
    factor = (0.84 + strands + glow).astype(np.float32)
    ink = np.clip(np.asarray(p.hair_colour, np.float32) * factor[..., None], 0, 255)
    head = canvas.mask([face_outline(p)])
    below = canvas.mask([moved(o, 0, 0.1) for o in outlines], 0.05)
    canvas.tint(below.inside(head), darker(p.skin, 0.5), 0.45)
    canvas.paint(mask, ink.astype(np.float32))


def draw_beard(canvas: Canvas, person: DrawnPerson) -> None:
    """Draw the beard; the mouth is drawn after it."""
    p = person
    if p.beard == "none":
        return
    ink = mixed(darker(p.brow_colour, 0.95), p.skin, 0.06)
    head = canvas.mask([moved(face_outline(p), 0, 0.05)])
    y, w = p.mouth_y, p.mouth_width
    lip = smooth(
        [
            (-w * 1.15, y + 0.06),
            (-w * 0.6, y - 0.17),
            (0, y - 0.2),
            (w * 0.6, y - 0.17),
            (w * 1.15, y + 0.06),
            (w * 0.5, y - 0.05),
            (-w * 0.5, y - 0.05),
        ]
    )
    around = smooth(
        mirrored(
            [
                (0.0, y - 0.2),
                (w * 1.12, y - 0.1),
                (w * 1.15, y + 0.3),
                (w * 0.8, p.chin_y + 0.04),
                (0.0, p.chin_y + 0.1),
            ]
        )
    )
    full = smooth(
        mirrored(
            [
                (0.0, y - 0.2),
                (w * 0.9, y - 0.15),
                (p.jaw * 0.74, 0.82),
                (p.cheek * 0.88, 0.3),
                (p.cheek * 0.93, -0.1),
                (p.cheek * 1.1, 0.1),
                (p.cheek * 1.1, 0.8),
                (p.jaw * 1.1, p.chin_y * 0.95),
                (p.chin * 1.3, p.chin_y + 0.2),
                (0.0, p.chin_y + 0.24),
            ]
        )
    )
    if p.beard == "moustache":
        canvas.tint(canvas.mask([lip], 0.014), ink, 0.93)
    elif p.beard == "goatee":
        canvas.tint(canvas.mask([around], 0.03).inside(head), ink, 0.9)
    elif p.beard == "stubble":
        canvas.tint(canvas.mask([full], 0.06).inside(head), ink, 0.38)
    else:
        wide = canvas.mask([moved(face_outline(p), 0, 0.1)], 0.02)
        canvas.paint(canvas.mask([full], 0.035).inside(wide), ink, 0.94)
        canvas.tint(canvas.mask([lip], 0.02), darker(ink, 0.8), 0.7)


def _scarf(canvas: Canvas, person: DrawnPerson) -> None:
    p = person
    outer = smooth(
        mirrored(
            [
                (0.0, -1.95),
                (0.7, -1.8),
                (1.14, -1.1),
                (1.24, 0.0),
                (1.16, 0.9),
                (0.95, 1.7),
                (0.7, 2.2),
                (0.0, 2.5),
            ]
        )
    )
    line = p.hairline
    inner = smooth(
        mirrored(
            [
                (0.0, line),
                (0.5, line + 0.12),
                (0.82, line + 0.55),
                (0.93, 0.15),
                (p.jaw * 0.95, 0.58 * p.chin_y),
                (p.jaw * 0.66, 0.86 * p.chin_y),
                (0.0, p.chin_y - 0.02),
            ]
        )
    )
    opening = canvas.mask([inner], 0.012)
    cloth = canvas.mask([outer], 0.01).outside(opening)
    x, y = canvas.grid(cloth)
    folds = 0.12 * np.sin(9 * np.hypot(x, (y + 0.2) * 0.7) + 1.4 * x)
    factor = (0.88 + folds - 0.12 * np.abs(x)).astype(np.float32)
    rim = canvas.line_mask(inner, 0.12, closed=True, soft=0.05)
    canvas.tint(rim.inside(opening), darker(p.skin, 0.45), 0.6)
    ink = np.asarray(p.hair_colour, np.float32) * factor[..., None]
    canvas.paint(cloth, ink.astype(np.float32))


def _front(person: DrawnPerson) -> list[Points]:
    """Return the outlines of the hair that lies over the head."""
    p = person
    line, t = p.hairline, p.temple
    crown: XY = [
        (-1.04, -0.1),
        (-1.1, -0.8),
        (-0.92, -1.45),
        (-0.45, -1.82),
        (0.0, -1.9),
        (0.45, -1.82),
        (0.92, -1.45),
        (1.1, -0.8),
        (1.04, -0.1),
    ]
    if p.hair == "short":
        edge = [
            (t * 0.98, -0.15),
            (t * 0.86, -0.55),
            (0.62, line + 0.08),
            (0.2, line - 0.06),
            (-0.35, line - 0.14),
            (-0.7, line + 0.12),
            (-t * 0.86, -0.55),
            (-t * 0.98, -0.15),
        ]
    elif p.hair == "crop":
        crown = [
            (-t * 1.03, -0.3),
            (-t * 1.03, -0.8),
            (-0.84, -1.4),
            (-0.45, -1.72),
            (0, -1.78),
            (0.45, -1.72),
            (0.84, -1.4),
            (t * 1.03, -0.8),
            (t * 1.03, -0.3),
        ]
        edge = [
            (t * 0.92, -0.55),
            (0.68, line + 0.02),
            (0.0, line),
            (-0.68, line + 0.02),
            (-t * 0.92, -0.55),
        ]
    elif p.hair == "fringe":
        low = max(line, -0.56)
        edge = [
            (t * 1.0, 0.1),
            (t * 0.9, -0.3),
            (0.6, low),
            (0.2, low + 0.04),
            (-0.2, low + 0.03),
            (-0.6, low),
            (-t * 0.9, -0.3),
            (-t * 1.0, 0.1),
        ]
    elif p.hair == "receding":
        crown = [
            (-t * 1.07, 0.1),
            (-1.06, -0.6),
            (-0.8, -1.5),
            (-0.35, -1.76),
            (0.0, -1.8),
            (0.35, -1.76),
            (0.8, -1.5),
            (1.06, -0.6),
            (t * 1.07, 0.1),
        ]
        edge = [
            (t * 0.96, -0.1),
            (t * 0.86, -0.7),
            (0.62, -1.42),
            (0.2, -1.3),
            (-0.2, -1.3),
            (-0.62, -1.42),
            (-t * 0.86, -0.7),
            (-t * 0.96, -0.1),
        ]
    elif p.hair in ("long", "bob"):
        low = 2.3 if p.hair == "long" else 1.25
        crown = [
            (-1.16, low),
            (-1.2, 0.2),
            (-1.14, -0.8),
            (-0.9, -1.5),
            (-0.4, -1.86),
            (0.0, -1.9),
            (0.4, -1.86),
            (0.9, -1.5),
            (1.14, -0.8),
            (1.2, 0.2),
            (1.16, low),
        ]
        edge = [
            (0.96, low),
            (1.0, 0.5),
            (0.88, -0.35),
            (0.55, line + 0.1),
            (0.1, line - 0.3),
            (-0.25, line - 0.28),
            (-0.66, line + 0.2),
            (-0.9, -0.3),
            (-1.0, 0.5),
            (-0.96, low),
        ]
    elif p.hair == "bun":
        edge = [
            (t, -0.1),
            (t * 0.9, -0.6),
            (0.55, line - 0.02),
            (0.0, line - 0.14),
            (-0.55, line - 0.02),
            (-t * 0.9, -0.6),
            (-t, -0.1),
        ]
    else:
        return _curls(p)
    return [smooth([*crown, *edge])]


def _curls(person: DrawnPerson) -> list[Points]:
    line = person.hairline
    return [
        ellipse(0, line - 0.56, 1.08, 0.66),
        ellipse(0, -1.5, 1.0, 0.62),
        *(
            ellipse(1.22 * np.cos(angle), -0.62 - 1.32 * np.sin(angle), 0.34, 0.32)
            for angle in np.linspace(-0.08, np.pi + 0.08, 17)
        ),
        *(ellipse(x, line - 0.12 + 0.35 * x * x, 0.2, 0.2) for x in np.linspace(-0.8, 0.8, 8)),
    ]


_BACK: dict[str, XY] = {
    "long": [
        (0.0, -1.9),
        (0.9, -1.5),
        (1.22, -0.4),
        (1.26, 1.0),
        (1.32, 2.4),
        (1.05, 3.1),
        (0.0, 3.2),
    ],
    "bob": [(0.0, -1.9), (0.9, -1.5), (1.22, -0.4), (1.26, 0.8), (1.12, 1.5), (0.0, 1.6)],
    "scarf": [
        (0.0, -1.9),
        (0.9, -1.4),
        (1.24, 0.0),
        (1.2, 1.4),
        (1.15, 2.2),
        (1.35, 2.7),
        (0.0, 3.1),
    ],
    "curly": [(0.0, -1.9), (1.0, -1.5), (1.42, -0.7), (1.3, 0.25), (0.9, 0.5), (0.0, 0.4)],
}
