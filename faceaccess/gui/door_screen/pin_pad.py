"""Keys for a PIN or code: by touch, by a keyboard, by a card reader that acts as one."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QIcon, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from faceaccess.core.clock import Clock
from faceaccess.gui.door_screen.entry_line import EntryLine
from faceaccess.gui.door_screen.fitting import draw_fitted
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import CORNER, theme
from faceaccess.gui.translation import tr

_MOST_DOTS = 12
_ICONS = {"clear": ("cross", "text"), "send": ("check", "on_accent")}


class _Dots(QWidget):
    """How many keys were entered; never which."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.count = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:
        return QSize(1, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("surface"))
        painter.drawRoundedRect(self.rect(), CORNER, CORNER)
        if not self.count:
            painter.setPen(theme().colour("muted"))
            room = self.rect().adjusted(CORNER, 2, -CORNER, -2)
            draw_fitted(painter, room, tr("PIN or code"), self.height() // 2, bold=False)
        else:
            count = min(self.count, _MOST_DOTS)
            step = min(self.height() * 0.6, self.width() / (_MOST_DOTS + 1))
            side = step * 0.55
            left = (self.width() - (count - 1) * step) / 2
            painter.setBrush(theme().colour("text"))
            for number in range(count):
                x = left + number * step - side / 2
                painter.drawEllipse(QRectF(x, (self.height() - side) / 2, side, side))
        painter.end()


class PinPad(QWidget):
    """Ten digits, one key to begin anew and one to send.

    Args:
        clock: tells when what was begun is forgotten.
        parent: the owner.

    Attributes:
        entered: emitted with what was entered when it is to be sent; it is forgotten here then.
        touched: emitted at every key.
    """

    entered = Signal(str)
    touched = Signal()

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._line = EntryLine()
        self.setAccessibleName(tr("Keys for a PIN or code"))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._dots = _Dots(self)
        self._grid.addWidget(self._dots, 0, 0, 1, 3)
        self.keys: dict[str, QPushButton] = {}
        for number, digit in enumerate("123456789"):
            self._add(digit, digit, 1 + number // 3, number % 3)
        self._add("clear", tr("Clear"), 4, 0)
        self._add("0", "0", 4, 1)
        self._add("send", tr("Send"), 4, 2)
        self.keys["send"].setProperty("kind", "primary")
        for row in range(5):
            self._grid.setRowStretch(row, 1)
        for column in range(3):
            self._grid.setColumnStretch(column, 1)

    def _add(self, key: str, name: str, row: int, column: int) -> None:
        button = QPushButton("" if key in _ICONS else name, self)
        button.setProperty("kind", "key")
        button.setAccessibleName(name)
        # The keyboard enters digits itself; a key that keeps it would take Enter for its own.
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        button.setMinimumSize(1, 1)
        button.clicked.connect(lambda _checked=False: self.press(key))
        self.keys[key] = button
        self._grid.addWidget(button, row, column)

    @property
    def count(self) -> int:
        """How many characters stand there."""
        return len(self._line)

    def open(self) -> None:
        """Begin with nothing entered."""
        self._line.clear()
        self._refresh()

    def press(self, key: str) -> None:
        """Take one key.

        Args:
            key: "clear", "send", "back", or one character.
        """
        now = self._clock.monotonic()
        if key == "send":
            text = self._line.take(now)
            if text:
                self.entered.emit(text)
        elif key == "clear":
            self._line.clear()
        elif key == "back":
            self._line.back(now)
        else:
            self._line.add(key, now)
        self._refresh()
        self.touched.emit()

    def forget_old(self) -> None:
        """Forget what was begun too long ago."""
        if self._line.forget_old(self._clock.monotonic()):
            self._refresh()

    def forget(self) -> None:
        """Forget what was entered."""
        self._line.clear()
        self._refresh()

    def _refresh(self) -> None:
        self._dots.count = len(self._line)
        self._dots.setAccessibleName(tr("{count} entered", count=len(self._line)))
        self._dots.update()

    def minimumSizeHint(self) -> QSize:
        """Ask for nothing: the screen gives it its room."""
        return QSize(1, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let digits and gaps grow with the keys."""
        gap = max(6, self.height() // 60)
        self._grid.setSpacing(gap)
        side = max(16, (self.height() - 4 * gap) // 5)
        font = QFont(self.font())
        font.setPixelSize(max(16, round(side * 0.45)))
        font.setBold(True)
        for key, button in self.keys.items():
            button.setFont(font)
            if key in _ICONS:
                button.setIcon(QIcon(icon_pixmap(*_ICONS[key], size=round(side * 0.5))))
                button.setIconSize(QSize(round(side * 0.5), round(side * 0.5)))
