"""An empty place that teaches: what would be here, and the button that begins it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import SPACE_2, SPACE_4, SPACE_6, theme
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.labels import Label

_TEXT_WIDTH = 420


class EmptyState(QWidget):
    """An icon, a title, one sentence and at most one button, centred.

    Args:
        icon: name of the icon.
        title: what is missing ("Nobody is enrolled yet").
        text: what to do about it.
        action: the button's text, or "" for none.
        parent: the owner.

    Attributes:
        acted: emitted when the button was pressed.
        button: the button; hidden without an action.
    """

    acted = Signal()

    def __init__(
        self, icon: str, title: str, text: str = "", action: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        outer = QHBoxLayout(self)
        outer.setContentsMargins(SPACE_6, SPACE_6, SPACE_6, SPACE_6)
        inside = QWidget()
        inside.setMaximumWidth(_TEXT_WIDTH)
        outer.addStretch(1)
        outer.addWidget(inside, 1000)  # as wide as allowed; the stretches share the rest
        outer.addStretch(1)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_2)
        column.addStretch(1)
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._picture)
        column.addSpacing(SPACE_2)
        self._title = Label("", "title")
        self._text = Label("", "muted")
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addSpacing(SPACE_4)
        self.button = Button(action or tr("Go on"), "primary")
        self.button.clicked.connect(lambda _checked=False: self.acted.emit())
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self.set_words(title, text, action)
        theme().changed.connect(self._tint)
        self._tint()

    def set_words(self, title: str, text: str = "", action: str = "") -> None:
        """Change all words; an empty action hides the button."""
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        if action:
            self.button.set_text(action)
        self.button.setVisible(bool(action))
        self.setAccessibleName(title)

    def set_icon(self, icon: str) -> None:
        """Change the icon."""
        self._icon = icon
        self._tint()

    def _tint(self) -> None:
        self._picture.setPixmap(icon_pixmap(self._icon, "muted", 48))
