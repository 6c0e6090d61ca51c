"""Small pictures in a row, as they are taken."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from faceaccess.core.frames import Image
from faceaccess.gui.theme import SPACE_1
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.picture import PictureLabel


class PictureStrip(QWidget):
    """Room for `wanted` pictures; those not taken yet are empty.

    Args:
        wanted: how many pictures there will be.
        side: width and height of each in pixels.
        parent: the owner.
    """

    def __init__(self, wanted: int, side: int = 44, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_1)
        row.addStretch(1)
        self._labels: list[PictureLabel] = []
        for number in range(1, wanted + 1):
            name = tr("Picture {number} of {count}", number=number, count=wanted)
            label = PictureLabel(side, name)
            row.addWidget(label)
            self._labels.append(label)
        row.addStretch(1)
        self._shown = 0

    @property
    def shown(self) -> int:
        """How many pictures are shown."""
        return self._shown

    def show_pictures(self, pictures: Sequence[Image]) -> None:
        """Show these pictures, as many as there is room for."""
        if len(pictures) == self._shown:
            return
        self._shown = len(pictures)
        for index, label in enumerate(self._labels):
            label.set_picture(pictures[index] if index < len(pictures) else None)
