"""A door that does not run, and how to start it."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from faceaccess.gui.door_uses import DoorState
from faceaccess.gui.door_wording import alarm_words, start_command
from faceaccess.gui.theme import SPACE_2, SPACE_3
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.labels import Label


class StoppedDoor(QWidget):
    """Tells that a door does not run, with the command that starts it.

    Attributes:
        wanted: emitted with "lock_down" or "end_lock_down".
        line: the command.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        card = Card()
        self.title = Label("", "title")
        self.alarms = Label("", "error")
        self.text = Label("")
        for label in (self.title, self.alarms, self.text):
            card.body.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self.line = QLineEdit()
        self.line.setReadOnly(True)
        self.line.setAccessibleName(tr("The command that starts the door"))
        self.copy = Button(tr("Copy"), "primary", icon="copy", clicked=self._copy)
        self.copy.setAccessibleName(tr("Copy the command"))
        row.addWidget(self.line, 1)
        row.addWidget(self.copy)
        card.body.addLayout(row)
        advice = tr(
            "Run it on the computer that the door's camera and lock are connected to. Give the "
            "lock's address in place of simulated:, which opens nothing. The door then goes on by "
            "itself; closing this window does not end it."
        )
        card.body.addWidget(Label(advice, "muted"))
        column.addWidget(card)
        self.lock = Card()
        self.locked = Label("")
        self.lock.body.addWidget(self.locked)
        self.button = Button(tr("Lock down"), "danger", icon="lock", clicked=self._want)
        line = QHBoxLayout()
        line.addWidget(self.button)
        line.addStretch(1)
        self.lock.body.addLayout(line)
        column.addWidget(self.lock)
        column.addStretch(1)
        self._down = False

    def show_door(self, state: DoorState | None, camera: str, folder: str) -> None:
        """Show a door that was seen before, or how the first is started (None).

        Args:
            state: the door.
            camera: a camera's address for the command.
            folder: the data folder for the command, or "" for the usual one.
        """
        self.lock.setVisible(state is not None)
        if state is None:
            self.title.setText(tr("No door runs yet"))
            self.text.setText(
                tr("A door is a process of its own: it decides and opens also without this window.")
            )
            self.alarms.setVisible(False)
            self._set_line(start_command(tr("Front door"), camera, folder))
            return
        self.title.setText(tr("{door} does not run", door=state.name))
        self.text.setText(tr("Nobody is let in there until it runs again. This starts it:"))
        self.alarms.setText("\n".join(map(alarm_words, state.alarms)))
        self.alarms.setVisible(bool(state.alarms))
        self._set_line(start_command(state.name, camera, folder))
        self._down = state.locked_down
        self.locked.setText(
            tr("It will come up locked down.")
            if self._down
            else tr("It can be locked down before it runs.")
        )
        self.button.set_text(tr("End the lock-down") if self._down else tr("Lock down"))

    def _set_line(self, text: str) -> None:
        if self.line.text() != text:
            self.line.setText(text)
            self.line.setCursorPosition(0)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.line.text())
        self.copy.set_text(tr("Copied"))

    def _want(self) -> None:
        self.wanted.emit("end_lock_down" if self._down else "lock_down")
