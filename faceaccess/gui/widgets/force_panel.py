"""Letting a head serve against its test: only with a reason, which is kept."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from faceaccess.gui.theme import SPACE_2
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.field import LineField
from faceaccess.gui.widgets.labels import Label

_LEAST = 4
"""Letters that a reason has at least."""


class ForcePanel(QWidget):
    """A line for the reason and a button; hidden until something was refused.

    Attributes:
        forced: emitted with the reason.
        reason, button: the controls.
    """

    forced = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_2)
        self._words = Label("", "body")
        self.reason = LineField(
            tr("Why it should serve all the same"),
            hint=tr("The reason is kept with the head, with your name and the time."),
        )
        self.reason.edited.connect(self._on_edited)
        self.button = Button(tr("Let it serve all the same"), "danger", clicked=self._force)
        column.addWidget(self._words)
        column.addWidget(self.reason)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self.setVisible(False)

    def ask(self, consequence: str) -> None:
        """Offer it.

        Args:
            consequence: what holds as long as nothing is forced ("The door goes on with ...").
        """
        self._words.setText(consequence)
        self.reason.set_text("")
        self._on_edited("")
        self.setVisible(True)

    def _on_edited(self, _text: str) -> None:
        self.button.setEnabled(len(self.reason.text) >= _LEAST)

    def _force(self) -> None:
        self.setVisible(False)
        self.forced.emit(self.reason.text)
