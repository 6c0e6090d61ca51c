"""A message inside the page, in place of a dialog."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.messages import Message, from_error
from faceaccess.gui.theme import SPACE_2, SPACE_3, theme
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button, IconButton
from faceaccess.gui.widgets.labels import Label, restyle

_ICONS = {"accent": "info", "ok": "granted", "warn": "warn", "danger": "warn"}


class MessageBar(QFrame):
    """Shows one message with symbol, words, and details behind a fold; hidden while there is none.

    Buttons of the caller (an undo, a choice) go in with `add_button` after `show_message`; they
    leave with the message.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "bar")
        self._message: Message | None = None
        self._extra: list[QWidget] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_3, SPACE_2, SPACE_2, SPACE_2)
        column.setSpacing(SPACE_2)
        self._row = QHBoxLayout()
        self._row.setSpacing(SPACE_3)
        self._icon = QLabel()
        self._row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        words = QVBoxLayout()
        words.setSpacing(0)
        self._text = Label("", "strong")
        self._remedy = Label()
        words.addWidget(self._text)
        words.addWidget(self._remedy)
        self._row.addLayout(words, 1)
        self._fold = Button(tr("Details"), "link", icon="chevron_down", clicked=self._toggle)
        self._close = IconButton("close", tr("Close the message"), clicked=self.clear)
        self._row.addWidget(self._fold)
        self._row.addWidget(self._close)
        column.addLayout(self._row)
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setAccessibleName(tr("Details of the error"))
        self._details.setMinimumHeight(140)
        self._copy = Button(tr("Copy the details"), icon="copy", clicked=self._copy_details)
        column.addWidget(self._details)
        column.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignLeft)
        theme().changed.connect(self._tint)
        self.clear()

    @property
    def message(self) -> Message | None:
        """What is shown, or None."""
        return self._message

    def show_message(self, message: Message, *, closable: bool = True) -> None:
        """Show a message in place of the former one."""
        self._drop_buttons()
        self._message = message
        self._text.setText(message.text)
        self._remedy.setText(message.remedy)
        self._remedy.setVisible(bool(message.remedy))
        self._details.setPlainText(message.details)
        self._fold.setVisible(bool(message.details))
        self._unfold(open_=False)
        self._close.setVisible(closable)
        self.setAccessibleName(" ".join(filter(None, (message.text, message.remedy))))
        restyle(self, tone=message.tone)
        self._tint()
        self.setVisible(True)

    def show_error(self, error: BaseException, consequence: str = "") -> None:
        """Show an error; see `messages.from_error`."""
        self.show_message(from_error(error, consequence))

    def add_button(self, button: QWidget) -> None:
        """Add a button of the message that is shown; it leaves with the message."""
        self._extra.append(button)
        self._row.insertWidget(2 + len(self._extra) - 1, button)

    def clear(self) -> None:
        """Hide the message."""
        self._drop_buttons()
        self._message = None
        self.setVisible(False)

    def _drop_buttons(self) -> None:
        for button in self._extra:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._extra.clear()

    def _toggle(self) -> None:
        self._unfold(open_=self._details.isHidden())

    def _unfold(self, *, open_: bool) -> None:
        self._details.setVisible(open_)
        self._copy.setVisible(open_)

    def _copy_details(self) -> None:
        if self._message is not None:
            parts = (self._message.text, self._message.remedy, self._message.details)
            QGuiApplication.clipboard().setText("\n".join(filter(None, parts)))

    def _tint(self) -> None:
        if self._message is not None:
            tone = self._message.tone
            self._icon.setPixmap(icon_pixmap(_ICONS[tone], tone))
