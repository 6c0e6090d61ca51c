"""A choice of a few pages, side by side, of which one is shown."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from faceaccess.gui.widgets.buttons import Button


class PageSwitch(QWidget):
    """Buttons in a row, one pressed; Tab goes to it, the arrow keys to the others.

    Args:
        name: what is chosen, for screen readers.
        parent: the owner.

    Attributes:
        chosen: emitted with a page's name when a person has chosen it.
        buttons: by the page's name.
    """

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.buttons: dict[str, Button] = {}
        self._group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addStretch(1)

    def add(self, name: str, title: str) -> None:
        """Add a page at the right; the first is shown until another is."""
        button = Button(title, "segment")
        button.setChecked(not self.buttons)
        # The group checks on a click, and on an arrow key by clicking the neighbour.
        button.clicked.connect(lambda _on=False: self.chosen.emit(name))
        self._group.addButton(button)
        self.buttons[name] = button
        self._row.insertWidget(self._row.count() - 1, button)

    def show_chosen(self, name: str) -> None:
        """Press a page's button."""
        self.buttons[name].setChecked(True)
