"""The top of a page: where one is, and what can be done there."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.gui.theme import SPACE_1, SPACE_3
from faceaccess.gui.widgets.labels import Label


class PageHeader(QWidget):
    """A heading with a line under it and room for buttons at the right.

    Args:
        title: the page's name.
        subtitle: one sentence under it, or "".
        parent: the owner.
    """

    def __init__(self, title: str, subtitle: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_3)
        words = QVBoxLayout()
        words.setSpacing(SPACE_1)
        self._title = Label(title, "heading")
        self._subtitle = Label(subtitle, "muted")
        self._subtitle.setVisible(bool(subtitle))
        words.addWidget(self._title)
        words.addWidget(self._subtitle)
        row.addLayout(words, 1)
        self._row = row

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self._title.setText(title)

    def set_subtitle(self, subtitle: str) -> None:
        """Change the line under the heading; "" hides it."""
        self._subtitle.setText(subtitle)
        self._subtitle.setVisible(bool(subtitle))

    def add_action(self, widget: QWidget) -> None:
        """Add a button (or a field) at the right end."""
        self._row.addWidget(widget)
