"""Buttons of the three ranks, and quieter kin."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from faceaccess.gui.icons import set_icon

Kind = Literal["primary", "quiet", "danger", "link", "chip", "place", "segment"]

_ICON_TOKENS: dict[str, str] = {
    "primary": "on_accent",
    "danger": "danger",
    "link": "accent",
    "quiet": "text",
    "chip": "muted",
    "place": "muted",
    "segment": "muted",
}

_CHECKABLE = {"chip", "place", "segment"}


class Button(QPushButton):
    """A push button.

    Args:
        text: what it does; also its accessible name.
        kind: "primary" for the one main thing of a page, "quiet" for others, "danger" for what
            removes, "link" for a word in passing, "chip" for a filter, "place" for the side bar,
            "segment" for one of a row of which one is pressed.
        icon: name of an icon before the text, or None.
        clicked: called without arguments on a click.
        parent: the owner.
    """

    def __init__(
        self,
        text: str,
        kind: Kind = "quiet",
        *,
        icon: str | None = None,
        clicked: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setProperty("kind", kind)
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # Enter presses the button that has the keyboard, wherever it stands.
        self.setAutoDefault(True)
        if kind in _CHECKABLE:
            self.setCheckable(True)
        if icon is not None:
            checked = "accent" if kind in _CHECKABLE else None
            set_icon(self, icon, _ICON_TOKENS[kind], checked)
        if clicked is not None:
            self.clicked.connect(lambda _checked=False: clicked())

    def set_text(self, text: str) -> None:
        """Change the text and the accessible name with it."""
        self.setText(text)
        self.setAccessibleName(text)


class IconButton(QToolButton):
    """A button that shows only an icon.

    Args:
        icon: name of the icon.
        name: what it does, in words: tool tip and accessible name.
        clicked: called without arguments on a click.
        checkable: whether it stays pressed.
        parent: the owner.
    """

    def __init__(
        self,
        icon: str,
        name: str,
        *,
        clicked: Callable[[], object] | None = None,
        checkable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setToolTip(name)
        self.setAccessibleName(name)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        set_icon(self, icon, "text", "accent")
        if clicked is not None:
            self.clicked.connect(lambda _checked=False: clicked())
