"""Numbers to fill in, on pages that scroll."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSlider, QSpinBox, QWidget

from faceaccess.gui.theme import CONTROL_HEIGHT, SPACE_1


class WholeField(QSpinBox):
    """A whole number that the mouse wheel scrolls past and never changes.

    Args:
        name: what it is, for screen readers.
        least, most: its bounds.
        unit: shown behind it, or "".
        none: what the least value says in place of a number ("never"), or "".
        parent: the owner.
    """

    def __init__(
        self,
        name: str,
        least: int,
        most: int,
        *,
        unit: str = "",
        none: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setRange(least, most)
        self.setSuffix(f" {unit}" if unit else "")
        self.setSpecialValueText(none)
        _dress(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()


class DecimalField(QDoubleSpinBox):
    """A number that the mouse wheel scrolls past and never changes.

    Args:
        name: what it is, for screen readers.
        most: the upper bound; the lower is 0.
        decimals: how many are shown and kept.
        unit: shown behind it, or "".
        none: what 0 says in place of a number ("never"), or "".
        parent: the owner.
    """

    def __init__(
        self,
        name: str,
        most: float,
        decimals: int,
        *,
        unit: str = "",
        none: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setDecimals(decimals)
        self.setRange(0.0, most)
        self.setSuffix(f" {unit}" if unit else "")
        self.setSpecialValueText(none)
        _dress(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()


class ShareSlider(QSlider):
    """A share in per cent, in steps of 5, that the mouse wheel scrolls past and never changes.

    Args:
        name: what it is a share of, for screen readers.
        least, most: its bounds.
        parent: the owner.
    """

    def __init__(self, name: str, least: int, most: int, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName(name)
        self.setRange(least, most)
        self.setSingleStep(5)
        self.setPageStep(5)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()


def _dress(field: QAbstractSpinBox) -> None:
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    field.setMinimumWidth(_WIDTH)
    field.setFixedHeight(CONTROL_HEIGHT)  # as high as a choice beside it
    # A style sheet's padding does not reach the line inside.
    field.lineEdit().setTextMargins(SPACE_1, 0, 0, 0)


_WIDTH = 110
