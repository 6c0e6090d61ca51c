"""Parts that forms are made of: a field with its name, columns, a choice, a fold."""

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from faceaccess.gui.theme import SPACE_1, SPACE_3, SPACE_4
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.settings_form import StillComboBox

_SHORTEST = 6
"""Letters that a choice among two columns is at least wide."""


def titled(title: str, control: QWidget, help_: str = "") -> QWidget:
    """Return a control with its name above it and a line of help below."""
    field = QWidget()
    column = QVBoxLayout(field)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACE_1)
    label = Label(title, "strong")
    label.setBuddy(control)
    control.setAccessibleName(title)
    control.setAccessibleDescription(help_)
    column.addStretch(1)  # where the name beside it needs two lines, both controls stand level
    column.addWidget(label)
    column.addWidget(control)
    if help_:
        column.addWidget(Label(help_, "small"))
    return field


def in_columns(fields: Sequence[QWidget]) -> QWidget:
    """Return fields side by side in two columns."""
    inside = QWidget()
    grid = QGridLayout(inside)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(SPACE_4)
    grid.setVerticalSpacing(SPACE_3)
    for column in (0, 1):
        grid.setColumnStretch(column, 1)
    for place, field in enumerate(fields):
        grid.addWidget(field, place // 2, place % 2)
    return inside


def choice_of(names: Mapping[str, str]) -> StillComboBox:
    """Return a choice among names, shown as their words."""
    box = StillComboBox()
    box.setMinimumContentsLength(_SHORTEST)
    for name, words in names.items():
        box.addItem(words, name)
    return box


class Fold(QWidget):
    """A link that shows and hides what is under it.

    Args:
        title: what is under it.
        inside: that.
        parent: the owner.

    Attributes:
        button: the link.
    """

    def __init__(self, title: str, inside: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inside = inside
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        self.button = Button(title, "link", icon="chevron_down", clicked=self._toggle)
        self.button.setCheckable(True)
        column.addWidget(self.button)
        column.addWidget(inside)
        inside.setVisible(False)

    def unfold(self, *, open_: bool) -> None:
        """Show or hide what is inside."""
        self.button.setChecked(open_)
        self._inside.setVisible(open_)

    @property
    def open(self) -> bool:
        """Whether what is inside is shown."""
        return not self._inside.isHidden()

    def _toggle(self) -> None:
        self._inside.setVisible(self.button.isChecked())
