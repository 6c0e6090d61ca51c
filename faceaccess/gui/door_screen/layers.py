"""What lies over the whole screen: the veil that dims it, and the question before it is left."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.gui.door_screen.sleep import Light
from faceaccess.gui.theme import SPACE_3, SPACE_6
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.labels import Label

DIMMED = 0.45
"""Share of the light that is taken away while nobody is there."""


class Veil(QWidget):
    """Takes light away. A dark screen takes the touch that wakes it for itself.

    Attributes:
        touched: emitted when a dark screen was touched.
    """

    touched = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._light = Light.BRIGHT
        self.hide()

    @property
    def light(self) -> Light:
        """How bright the screen is."""
        return self._light

    def set_light(self, light: Light) -> None:
        """Let through more or less."""
        if light is self._light:
            return
        self._light = light
        dark = light is Light.DARK
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not dark)
        self.setVisible(light is not Light.BRIGHT)
        self.raise_()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Wake, and press nothing that could not be seen."""
        self.touched.emit()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint black, more or less of it."""
        black = QColor(0, 0, 0)
        black.setAlphaF(1.0 if self._light is Light.DARK else DIMMED)
        painter = QPainter(self)
        painter.fillRect(self.rect(), black)
        painter.end()


class LeaveQuestion(QFrame):
    """Asks whether the screen is to be left.

    Attributes:
        left: emitted when it is.
        stayed: emitted when it is not.
    """

    left = Signal()
    stayed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._screen = parent
        self.setProperty("panel", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_6, SPACE_6, SPACE_6, SPACE_6)
        column.setSpacing(SPACE_3)
        column.addWidget(Label(tr("Leave the door screen?"), "title"))
        column.addWidget(Label(tr("The door itself goes on without it.")))
        row = QHBoxLayout()
        self.stay = Button(tr("Stay"), "primary", clicked=self.stayed.emit)
        self.leave = Button(tr("Leave"), clicked=self.left.emit)
        row.addWidget(self.stay)
        row.addWidget(self.leave)
        column.addLayout(row)
        self.hide()

    def ask(self) -> None:
        """Come into the middle of the screen."""
        parent = self._screen
        self.setFixedWidth(min(380, parent.width() - 2 * SPACE_6))
        self.adjustSize()
        self.move((parent.width() - self.width()) // 2, (parent.height() - self.height()) // 2)
        self.show()
        self.raise_()
        self.stay.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Stay on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.stayed.emit()
        else:
            super().keyPressEvent(event)
