"""Where one is in a short sequence of steps."""

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import SPACE_1, SPACE_2, SPACE_3, theme
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.labels import Label, restyle


class Steps(QWidget):
    """Names the steps in a row; the present one is marked by colour, weight and an icon.

    Args:
        names: the steps in order.
        parent: the owner.
    """

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_2)
        self._names = tuple(names)
        self._current = 0
        self._parts: list[tuple[QFrame, QLabel, Label]] = []
        for number, name in enumerate(names, start=1):
            frame = QFrame()
            frame.setProperty("panel", "bar")
            inside = QHBoxLayout(frame)
            inside.setContentsMargins(SPACE_3, SPACE_1, SPACE_3, SPACE_1)
            inside.setSpacing(SPACE_2)
            symbol = QLabel()
            words = Label(tr("{number}. {name}", number=number, name=name), wrap=False)
            inside.addWidget(symbol)
            inside.addWidget(words)
            row.addWidget(frame)
            self._parts.append((frame, symbol, words))
        row.addStretch(1)
        theme().changed.connect(self._refresh)
        self._refresh()

    @property
    def current(self) -> int:
        """The present step, from 0."""
        return self._current

    def go_to(self, step: int) -> None:
        """Mark a step as the present one, those before as done."""
        self._current = step
        self._refresh()

    def _refresh(self) -> None:
        for index, (frame, symbol, words) in enumerate(self._parts):
            if index < self._current:
                name, token, role = "granted", "ok", "body"
            elif index == self._current:
                name, token, role = "chevron_right", "accent", "strong"
            else:
                name, token, role = "waiting", "muted", "muted"
            symbol.setPixmap(icon_pixmap(name, token, 16))
            restyle(words, role=role)
            restyle(frame, tone="accent" if index == self._current else "none")
        count = len(self._names)
        self.setAccessibleName(
            tr(
                "Step {number} of {count}: {name}",
                number=self._current + 1,
                count=count,
                name=self._names[self._current],
            )
        )
