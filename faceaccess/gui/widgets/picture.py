"""Pictures of the product (blue-green-red arrays) on Qt's widgets."""

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from faceaccess.core.errors import BugError
from faceaccess.core.frames import Image
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import CORNER, theme


def to_qimage(image: Image) -> QImage:
    """Return a picture as a QImage that owns its pixels.

    Args:
        image: (height, width, 3) uint8 blue-green-red, or (height, width) uint8 grayscale.

    Raises:
        BugError: for any other shape or type.
    """
    if image.dtype != np.uint8 or image.ndim not in {2, 3} or image.size == 0:
        raise BugError(f"a picture of shape {image.shape} and type {image.dtype} cannot be shown")
    pixels = np.ascontiguousarray(image)
    height, width = pixels.shape[:2]
    if pixels.ndim == 2:
        kind = QImage.Format.Format_Grayscale8
    elif pixels.shape[2] == 3:
        kind = QImage.Format.Format_BGR888
    else:
        raise BugError(f"a picture with {pixels.shape[2]} channels cannot be shown")
    return QImage(pixels.data, width, height, pixels.strides[0], kind).copy()


def to_pixmap(image: Image) -> QPixmap:
    """Return a picture as a QPixmap; shapes as in `to_qimage`."""
    return QPixmap.fromImage(to_qimage(image))


def fitted(inner: QSize, outer: QRect) -> QRect:
    """Return the largest rectangle of `inner`'s aspect that fits `outer`, centred."""
    size = inner.scaled(outer.size(), Qt.AspectRatioMode.KeepAspectRatio)
    rect = QRect(outer.topLeft(), size)
    rect.moveCenter(outer.center())
    return rect


class PictureLabel(QWidget):
    """A still picture that keeps its aspect, with round corners; an icon where there is none.

    Args:
        side: width and height in pixels.
        name: what the picture shows, for screen readers.
        fallback: name of the icon shown without a picture.
        parent: the owner.
    """

    def __init__(
        self,
        side: int = 64,
        name: str = "",
        fallback: str = "person",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._side, self._fallback = side, fallback
        self._pixmap: QPixmap | None = None
        self.setAccessibleName(name)
        self.setFixedSize(side, side)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def set_picture(self, image: Image | None) -> None:
        """Show a picture (shapes as in `to_qimage`), or the icon for None."""
        self._pixmap = None if image is None else to_pixmap(image)
        self.update()

    @property
    def has_picture(self) -> bool:
        """Whether a picture is shown, and not the icon."""
        return self._pixmap is not None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture over a ground of its own."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        shape = QPainterPath()
        shape.addRoundedRect(self.rect(), CORNER, CORNER)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), theme().colour("raised"))
        if self._pixmap is not None:
            painter.drawPixmap(fitted(self._pixmap.size(), self.rect()), self._pixmap)
        else:
            size = self._side // 2
            mark = icon_pixmap(self._fallback, "muted", size)
            painter.drawPixmap((self.width() - size) // 2, (self.height() - size) // 2, mark)
