"""A section of a page on its own surface."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.gui.theme import SPACE_3, SPACE_4
from faceaccess.gui.widgets.labels import Label


class Card(QFrame):
    """A titled surface.

    Args:
        title: what the section is about, or "" for none.
        parent: the owner.

    Attributes:
        body: the layout to fill.
        head: the row of the title, for buttons at its right end; present even without a title.
    """

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        outer.setSpacing(SPACE_3)
        self.head = QHBoxLayout()
        self.head.setSpacing(SPACE_3)
        if title:
            self.head.addWidget(Label(title, "title"), 1)
            self.setAccessibleName(title)
        outer.addLayout(self.head)
        self.body = QVBoxLayout()
        self.body.setSpacing(SPACE_3)
        outer.addLayout(self.body, 1)
