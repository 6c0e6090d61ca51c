"""A drawn head that shows what to do with one's own, as in a mirror."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from faceaccess.gui.door_screen.shown import Sign

# Where the face looks (shares of the head's radius, right and down) and where arrows stand.
_LOOKS: dict[Sign, tuple[float, float]] = {
    Sign.LEFT: (-0.38, 0.0),
    Sign.RIGHT: (0.38, 0.0),
    Sign.UP: (0.0, -0.4),
    Sign.DOWN: (0.0, 0.32),
    Sign.STRAIGHT: (0.0, 0.0),
    Sign.MOVE: (0.0, 0.0),
}
_ARROWS: dict[Sign, tuple[tuple[int, int], ...]] = {
    Sign.LEFT: ((-1, 0),),
    Sign.RIGHT: ((1, 0),),
    Sign.UP: ((0, -1),),
    Sign.DOWN: ((0, 1),),
    Sign.STRAIGHT: (),
    Sign.MOVE: ((-1, 0), (1, 0)),
}


def paint_sign(painter: QPainter, room: QRectF, sign: Sign, colour: QColor) -> None:
    """Paint a sign into a room. The screen is a mirror: the person's own left is at its left."""
    arrows = _ARROWS[sign]
    down = sum(way[1] for way in arrows)  # 1 down, -1 up, 0 neither
    side = min(room.width() / (1.0 if down else 1.7), room.height())
    radius = side * (0.34 if down else 0.42)
    centre = room.center() - QPointF(0, down * (side * 0.46 - radius))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, max(3.0, side * 0.055))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(centre, radius * 0.82, radius)
    _paint_face(painter, centre, radius, _LOOKS[sign], colour)
    for way in arrows:
        start = centre + QPointF(way[0] * radius * 1.12, way[1] * radius * 1.2)
        _paint_arrow(painter, start, way, side * (0.18 if down else 0.26), colour)
    painter.restore()


def _paint_face(
    painter: QPainter, centre: QPointF, radius: float, looks: tuple[float, float], colour: QColor
) -> None:
    at = centre + QPointF(looks[0] * radius, looks[1] * radius)
    eye = max(2.0, radius * 0.09)
    painter.setBrush(colour)
    for side in (-1, 1):
        painter.drawEllipse(at + QPointF(side * radius * 0.26, -radius * 0.18), eye / 2, eye / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    mouth = QPainterPath(at + QPointF(-radius * 0.2, radius * 0.36))
    mouth.quadTo(at + QPointF(0, radius * 0.5), at + QPointF(radius * 0.2, radius * 0.36))
    painter.drawPath(mouth)


def _paint_arrow(
    painter: QPainter, start: QPointF, way: tuple[int, int], length: float, colour: QColor
) -> None:
    across, down = way
    end = start + QPointF(across * length, down * length)
    wing = length * 0.5
    painter.drawLine(start, start + QPointF(across * length * 0.5, down * length * 0.5))
    back = QPointF(-across * wing, -down * wing)
    beside = QPointF(down * wing * 0.9, across * wing * 0.9)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([end, end + back + beside, end + back - beside]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
