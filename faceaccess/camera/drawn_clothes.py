"""Draws glasses and clothes of a `DrawnPerson`."""

import numpy as np

from faceaccess.camera.drawn_brush import Canvas, Points, darker, ellipse, mirrored, moved, smooth
from faceaccess.camera.drawn_look import DrawnPerson


def draw_glasses(canvas: Canvas, person: DrawnPerson) -> None:
    """Draw the glasses."""
    p = person
    if p.glasses == "none":
        return
    ink = (40, 36, 34)
    thick = {"round": 0.05, "square": 0.075, "half": 0.065}[p.glasses]
    for side in (-1, 1):
        x = side * p.eye_gap
        lens = _lens(p, x)
        canvas.tint(canvas.mask([lens], 0.01), (235, 228, 220), 0.1)
        glint = smooth([(x - 0.2, 0.08), (x - 0.1, -0.16), (x - 0.04, -0.16), (x - 0.14, 0.08)])
        canvas.tint(canvas.mask([glint], 0.02), (255, 255, 255), 0.16)
        if p.glasses == "half":
            top = np.array([(x - 0.33, 0.0), (x - 0.31, -0.14), (x + 0.31, -0.14), (x + 0.33, 0.0)])
            canvas.tint(canvas.line_mask(top, thick, soft=0.006), ink, 0.95)
            canvas.tint(canvas.line_mask(lens, 0.018, closed=True, soft=0.006), ink, 0.5)
        else:
            canvas.tint(canvas.line_mask(lens, thick, closed=True, soft=0.006), ink, 0.95)
        arm = np.array([(x + side * 0.31, -0.08), (side * (p.cheek + 0.04), -0.02)])
        canvas.tint(canvas.line_mask(arm, thick, soft=0.006), ink, 0.9)
    gap = p.eye_gap - 0.3
    bridge = smooth([(-gap, -0.05), (0, -0.11), (gap, -0.05)], closed=False)
    canvas.tint(canvas.line_mask(bridge, thick, soft=0.006), ink, 0.95)


def draw_body(canvas: Canvas, person: DrawnPerson) -> None:
    """Draw neck, shoulders, coat and collar."""
    p = person
    neck = [(0.0, 0.8), (0.55, 0.8), (0.53, 1.9), (0.75, 2.35), (0.0, 2.75)]
    canvas.paint(canvas.mask([smooth(mirrored(neck))]), darker(p.skin, 0.82))
    under = canvas.mask([ellipse(0, p.chin_y + 0.02, 0.75, 0.4)], 0.12)
    canvas.tint(under, darker(p.skin, 0.42), 0.7)
    coat = [
        (0.0, 2.75),
        (0.5, 2.35),
        (0.72, 2.18),
        (1.45, 2.46),
        (2.0, 2.8),
        (2.28, 3.6),
        (2.42, 5.2),
        (2.4, 7.4),
        (2.2, 9.2),
        (0.0, 9.2),
    ]
    mask = canvas.mask([smooth(mirrored(coat))], 0.01)
    x, y = canvas.grid(mask)
    factor = 1.0 - 0.2 * (np.abs(x) / 2.4) ** 2 - 0.04 * np.clip(y - 3, 0, 6)
    cloth = np.asarray(p.shirt, np.float32) * factor[..., None].astype(np.float32)
    canvas.paint(mask, cloth.astype(np.float32))
    for side in (-1, 1):
        sleeve = smooth([(side * 1.6, 3.9), (side * 1.66, 5.5), (side * 1.62, 9.0)], closed=False)
        canvas.tint(
            canvas.line_mask(sleeve, 0.05, soft=0.03).inside(mask), darker(p.shirt, 0.5), 0.7
        )
        collar = smooth(
            [
                (side * 0.68, 2.1),
                (side * 0.9, 2.3),
                (side * 0.5, 3.1),
                (side * 0.06, 2.78),
                (side * 0.42, 2.5),
            ]
        )
        canvas.tint(
            canvas.mask([moved(collar, 0.02, 0.06)], 0.05).inside(mask), darker(p.shirt, 0.4), 0.6
        )
        canvas.paint(canvas.mask([collar], 0.006), darker(p.shirt, 1.25))
    seam = np.array([(0.0, 2.85), (0.0, 9.0)])
    canvas.tint(canvas.line_mask(seam, 0.03, soft=0.012).inside(mask), darker(p.shirt, 0.55), 0.8)
    buttons = [ellipse(0.09, y, 0.05, 0.05) for y in (3.4, 4.3, 5.2, 6.1, 7.0)]
    canvas.tint(canvas.mask(buttons, 0.008), darker(p.shirt, 0.45), 0.9)


def _lens(person: DrawnPerson, x: float) -> Points:
    if person.glasses == "round":
        return ellipse(x, 0.01, 0.3, 0.28)
    a, b = (0.33, 0.2) if person.glasses == "square" else (0.32, 0.17)
    return smooth(
        [
            (x - a, -b * 0.6),
            (x - a * 0.8, -b),
            (x + a * 0.8, -b),
            (x + a, -b * 0.6),
            (x + a * 0.9, b * 0.7),
            (x + a * 0.6, b * 1.1),
            (x - a * 0.6, b * 1.1),
            (x - a * 0.9, b * 0.7),
        ]
    )
