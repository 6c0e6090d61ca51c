"""The camera's picture with a ring around the face that fills as pictures are taken."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QVariantAnimation
from PySide6.QtGui import QImage, QPainter, QPen
from PySide6.QtWidgets import QStyle, QWidget

from faceaccess.core.frames import Box
from faceaccess.gui.theme import theme
from faceaccess.gui.widgets.camera_view import CameraView

_WIDTH = 12
_LONGEST_MS = 180


class RingView(CameraView):
    """A camera view for enrolment.

    Args:
        name: what the camera looks at, for screen readers.
        parent: the owner.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._face: Box | None = None
        self._share = 0.0
        self._good = True
        self._painted = 0.0
        self._filling = QVariantAnimation(self)
        self._filling.valueChanged.connect(self._fill)

    @property
    def share(self) -> float:
        """How much of the ring is to be filled, 0 to 1."""
        return self._share

    def show_step(self, frame: QImage, face: Box | None, share: float, *, good: bool) -> None:
        """Show a frame with the ring.

        Args:
            frame: the picture.
            face: where the face is, in pixels of the frame; None shows an empty ring in the middle.
            share: filled part, 0 to 1.
            good: whether the face can be taken as it is; else the ring warns.
        """
        self._face, self._good = face, good
        if share != self._share:
            self._share = share
            self._animate(share)
        self.show_frame(frame)

    def clear(self) -> None:
        """Show nothing and empty the ring."""
        self._filling.stop()
        self._face, self._share, self._painted = None, 0.0, 0.0
        super().clear()

    def _animate(self, share: float) -> None:
        wished = self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
        self._filling.stop()
        if wished <= 0 or share < self._painted:
            self._fill(share)
            return
        self._filling.setDuration(min(wished, _LONGEST_MS))
        self._filling.setStartValue(self._painted)
        self._filling.setEndValue(share)
        self._filling.start()

    def _fill(self, share: float) -> None:
        self._painted = float(share)
        self.update()

    def paint_over(self, painter: QPainter, picture: QRect) -> None:
        """Paint the ring."""
        circle = self._circle(picture)
        grounds = theme()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(grounds.colour("surface"), _WIDTH + 6))
        painter.drawEllipse(circle)
        painter.setPen(QPen(grounds.colour("raised" if self._good else "warn"), _WIDTH))
        painter.drawEllipse(circle)
        if self._painted > 0:
            pen = QPen(grounds.colour("ok"), _WIDTH)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawArc(circle, 90 * 16, round(-self._painted * 360 * 16))

    def _circle(self, picture: QRect) -> QRectF:
        """Return the ring's square: around the face, kept within the picture."""
        most = min(picture.width(), picture.height()) / 2 - _WIDTH
        if self._face is None:
            centre, radius = QRectF(picture).center(), most * 0.7
        else:
            face = self.to_widget(self._face)
            centre, radius = face.center(), min(most, 0.8 * max(face.width(), face.height()))
        edge = radius + _WIDTH
        x = min(max(centre.x(), picture.left() + edge), picture.right() - edge)
        y = min(max(centre.y(), picture.top() + edge), picture.bottom() - edge)
        corner = QPointF(x - radius, y - radius)
        return QRectF(corner.x(), corner.y(), 2 * radius, 2 * radius)
