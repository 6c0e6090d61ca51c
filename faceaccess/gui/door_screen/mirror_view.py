"""The camera as a mirror, with a ring around the face that the door looks at."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from faceaccess.core.frames import Box
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import CORNER, theme
from faceaccess.gui.widgets.labels import Tone
from faceaccess.gui.widgets.picture import fitted

_ROOM = 0.75
"""The ring's radius for a face one pixel long, its longer side."""


class MirrorView(QWidget):
    """Shows mirrored pictures; nobody but who is in front has a ring.

    Args:
        name: what it shows, for screen readers.
        parent: the owner.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._picture: QImage | None = None
        self._size = (1, 1)
        self._face: Box | None = None
        self._tone: Tone = "none"

    @property
    def has_picture(self) -> bool:
        """Whether there is a picture to show."""
        return self._picture is not None

    def show_picture(
        self, picture: QImage | None, size: tuple[int, int], face: Box | None, tone: Tone
    ) -> None:
        """Show a picture.

        Args:
            picture: as in a mirror, of any scale; None keeps the last one.
            size: width and height of the frame that it was made of.
            face: the face in front, in pixels of that frame, not mirrored; None without a ring.
            tone: colour of the ring.
        """
        if picture is not None:
            self._picture = picture
        self._size, self._face, self._tone = size, face, tone
        self.update()

    def clear(self) -> None:
        """Forget the picture."""
        self._picture, self._face = None, None
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Ask for nothing: the screen gives it its room."""
        return QSize(1, 1)

    def ring(self) -> QRectF | None:
        """Return the ring's square in the widget, or None without a face."""
        if self._picture is None or self._face is None:
            return None
        picture = fitted(self._picture.size(), self.rect())
        scale = picture.width() / max(1, self._size[0])
        x, y, width, height = self._face
        centre = QPointF(
            picture.right() + 1 - (x + width / 2) * scale, picture.top() + (y + height / 2) * scale
        )
        radius = _ROOM * max(width, height) * scale
        return QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint picture and ring."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if self._picture is None:
            side = min(self.width(), self.height()) // 3
            place = QRect(0, 0, side, side)
            place.moveCenter(self.rect().center())
            painter.drawPixmap(place.topLeft(), icon_pixmap("camera", "muted", max(1, side)))
            painter.end()
            return
        picture = fitted(self._picture.size(), self.rect())
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(picture), CORNER * 2, CORNER * 2)
        painter.setClipPath(shape)
        painter.drawImage(picture, self._picture)
        ring = self.ring()
        if ring is not None:
            width = max(5.0, picture.height() / 45)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme().colour("background"), width * 1.8))
            painter.drawEllipse(ring)
            tint = "text" if self._tone == "none" else self._tone
            painter.setPen(QPen(theme().colour(tint), width))
            painter.drawEllipse(ring)
        painter.end()
