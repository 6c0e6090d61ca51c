"""The window's icons: SVG drawings in `assets/icons`, tinted by a token."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QObject, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from faceaccess.core.errors import BugError
from faceaccess.core.resources import resource_folder
from faceaccess.gui.theme import theme

ICON_SIZE = 20
"""Usual side of an icon in pixels."""

_GAP = 6


@lru_cache(maxsize=64)
def _drawing(name: str) -> str:
    path = resource_folder("assets") / "icons" / f"{name}.svg"
    if not path.is_file():
        raise BugError(f"there is no icon {name!r}")
    return path.read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def _rendered(name: str, colour: str, pixels: int) -> QImage:
    svg = _drawing(name).replace("currentColor", colour)
    image = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    return image


def icon_pixmap(name: str, tint: str = "text", size: int = ICON_SIZE) -> QPixmap:
    """Return an icon in the colour that `tint` has now, `size` pixels wide and high.

    Raises:
        BugError: if there is no such icon.
    """
    scale = 2  # sharp on dense screens; Qt scales it down on others
    image = _rendered(name, theme().colour(tint).name(), size * scale)
    pixmap = QPixmap.fromImage(image)
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def icon(name: str, tint: str = "text") -> QIcon:
    """Return an icon in the colour that `tint` has now.

    Raises:
        BugError: if there is no such icon.
    """
    return QIcon(icon_pixmap(name, tint))


class _IconKeeper(QObject):
    """Gives a button its icon anew whenever the colours or the button's state change."""

    def __init__(self, button: QAbstractButton, name: str, tint: str, checked: str) -> None:
        super().__init__(button)
        self._button, self._name, self._tint, self._checked = button, name, tint, checked
        theme().changed.connect(self.refresh)
        button.toggled.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        tint = self._checked if self._button.isChecked() else self._tint
        gap = _GAP if self._button.text() else 0
        made = QIcon(_with_gap(icon_pixmap(self._name, tint), gap))
        made.addPixmap(_with_gap(icon_pixmap(self._name, "muted"), gap), QIcon.Mode.Disabled)
        self._button.setIcon(made)
        self._button.setIconSize(QSize(ICON_SIZE + gap, ICON_SIZE))


def _with_gap(pixmap: QPixmap, gap: int) -> QPixmap:
    """Return the icon with room after it, which no style gives a button."""
    if not gap:
        return pixmap
    ratio = pixmap.devicePixelRatio()
    wide = QPixmap(round(pixmap.width() + gap * ratio), pixmap.height())
    wide.setDevicePixelRatio(ratio)
    wide.fill(Qt.GlobalColor.transparent)
    painter = QPainter(wide)
    painter.drawPixmap(0, 0, pixmap)
    painter.end()
    return wide


def set_icon(
    button: QAbstractButton, name: str, tint: str = "text", checked: str | None = None
) -> None:
    """Give a button an icon that follows the theme.

    Args:
        button: the button.
        name: a file of `assets/icons` without its ending.
        tint: the token of its colour.
        checked: its colour while the button is checked; `tint` if None.

    Raises:
        BugError: if there is no such icon.
    """
    _drawing(name)
    _IconKeeper(button, name, tint, tint if checked is None else checked)
