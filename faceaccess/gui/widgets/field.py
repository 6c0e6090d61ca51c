"""A labelled line to fill in, with what is wrong with it right under it."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from faceaccess.gui.theme import SPACE_1
from faceaccess.gui.widgets.labels import Label, restyle


class LineField(QWidget):
    """Label above, line, and the problem or a hint below.

    Args:
        title: the label; also the line's accessible name.
        problem: tells what is wrong with a text, or "" (asked at every key); None asks nothing.
        hint: shown below while nothing is wrong.
        placeholder: shown in the empty line.
        parent: the owner.

    Attributes:
        line: the line itself.
        edited: emitted with the text when a person changed it.
    """

    edited = Signal(str)

    def __init__(
        self,
        title: str,
        problem: Callable[[str], str] | None = None,
        *,
        hint: str = "",
        placeholder: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._check, self._hint = problem, hint
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_1)
        label = Label(title, "strong")
        self.line = QLineEdit()
        self.line.setAccessibleName(title)
        self.line.setPlaceholderText(placeholder)
        label.setBuddy(self.line)
        self._below = Label("", "small")
        column.addWidget(label)
        column.addWidget(self.line)
        column.addWidget(self._below)
        self.line.textEdited.connect(self._on_edited)
        self.show_problem("")

    @property
    def text(self) -> str:
        """What is filled in, trimmed."""
        return self.line.text().strip()

    def set_text(self, text: str) -> None:
        """Fill in, and forget the problem."""
        self.line.setText(text)
        self.line.setCursorPosition(0)
        self.show_problem("")

    def check(self) -> bool:
        """Look for a problem, show it, and return whether there is none."""
        problem = "" if self._check is None else self._check(self.text)
        self.show_problem(problem)
        return not problem

    def show_problem(self, problem: str) -> None:
        """Show what is wrong with the field, or the hint for ""."""
        self._below.setText(problem or self._hint)
        self._below.setVisible(bool(problem or self._hint))
        restyle(self._below, role="error" if problem else "small")
        restyle(self.line, invalid="true" if problem else "false")
        self.line.setAccessibleDescription(problem or self._hint)

    def _on_edited(self, text: str) -> None:
        self.check()
        self.edited.emit(text)
