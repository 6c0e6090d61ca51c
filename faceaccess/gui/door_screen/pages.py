"""How the screen is laid out: wide or high, in steps of its own size."""

from PySide6.QtCore import QDateTime, QLocale, QRect, Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from faceaccess.core.clock import Clock
from faceaccess.gui.door_screen.answer_board import AnswerBoard
from faceaccess.gui.door_screen.fitting import SMALLEST, TextBlock, fitted_line, height_of
from faceaccess.gui.door_screen.mirror_view import MirrorView
from faceaccess.gui.door_screen.pin_pad import PinPad
from faceaccess.gui.door_screen.shown import Level, Shown
from faceaccess.gui.door_screen.sleep import SHIFT
from faceaccess.gui.translation import language, tr

_BASE = 480
"""The shorter side in pixels that all sizes below are meant for; they grow with the screen."""
_HEAD, _FOOT, _EDGE, _KEY = 44, 52, 10, 160  # heights, margin, width of the key for a PIN
_MOST_FOOT = 0.28  # of the height, for a long notice


class Pages(QWidget):
    """All that is on the screen but what lies over it.

    Args:
        door: the door's name.
        notice: the privacy notice.
        clock: for what is entered.
        parent: the screen.
    """

    def __init__(self, door: str, notice: str, clock: Clock, parent: QWidget) -> None:
        super().__init__(parent)
        self._shift = (0, 0)
        self._words: Shown | None = None
        self._pad_wanted = False
        self.door = TextBlock("muted", bold=True, left=True, parent=self)
        self.door.set_text(door)
        self.time = TextBlock("text", bold=True, parent=self)
        self.mirror = MirrorView(tr("What the camera sees"), self)
        self.board = AnswerBoard(self)
        self.pad = PinPad(clock, self)
        self.large_time = TextBlock("text", bold=True, parent=self)
        self.date = TextBlock("muted", parent=self)
        self.hint = TextBlock("text", parent=self)
        self.notice = TextBlock("text", left=True, parent=self)
        self.notice.set_text(notice)
        self.pin_key = QPushButton(tr("PIN or code"), self)
        self.pin_key.setProperty("kind", "key")
        self.pin_key.setAccessibleName(tr("Enter a PIN or code"))
        self.pin_key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.pin_key.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.pin_key.setMinimumSize(1, 1)
        self.pin_key.hide()

    @property
    def pad_is_shown(self) -> bool:
        """Whether keys for a PIN are on the screen."""
        return self.pad.isVisibleTo(self)

    @property
    def is_idle(self) -> bool:
        """Whether the page for nobody is shown."""
        return self._words is not None and self._words.level is Level.IDLE and not self._pad_wanted

    def show_words(self, shown: Shown, *, pad: bool) -> None:
        """Show what is said, with or without keys for a PIN."""
        before = self.is_idle, self._pad_wanted, self._has_left
        if pad and not self._pad_wanted:
            self.pad.open()
        elif self._pad_wanted and not pad:
            self.pad.forget()
        self._words, self._pad_wanted = shown, pad
        self.board.show_words(shown)
        self.hint.set_text(shown.sentence)
        if before != (self.is_idle, self._pad_wanted, self._has_left):
            self.lay_out()

    @property
    def _has_left(self) -> bool:
        """Whether something stands beside the board."""
        talks_of_door = self._words is not None and self._words.level is Level.TROUBLE
        return not talks_of_door and (self._pad_wanted or self.mirror.has_picture)

    def show_time(self, moment: QDateTime) -> None:
        """Show the time of day, local."""
        place = QLocale(language())
        text = place.toString(moment.time(), "HH:mm")
        self.time.set_text(text)
        self.large_time.set_text(text)
        self.date.set_text(
            place.toString(moment.date(), "dddd, d MMMM yyyy")  # as English is read anywhere
            if place.language() == QLocale.Language.English
            else place.toString(moment.date(), QLocale.FormatType.LongFormat)
        )

    def offer_pad(self, offered: bool) -> None:  # noqa: FBT001  # the state, as in setVisible
        """Show or hide the key that opens the pad."""
        if offered != self.pin_key.isVisibleTo(self):
            self.pin_key.setVisible(offered)
            self.lay_out()

    def shift(self, right: int, down: int) -> None:
        """Move everything by some pixels, so that nothing burns into the screen."""
        if (right, down) != self._shift:
            self._shift = (right, down)
            self.lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay everything out anew."""
        self.lay_out()

    def lay_out(self) -> None:
        """Give everything its place."""
        scale = max(0.66, min(self.width(), self.height()) / _BASE)
        edge = round(_EDGE * scale)
        room = self.rect().adjusted(edge, edge, -edge, -edge)
        room = room.adjusted(SHIFT, SHIFT, -SHIFT, -SHIFT).translated(*self._shift)
        head, foot = round(_HEAD * scale), self._foot(room, scale)
        top = QRect(room.left(), room.top(), room.width(), head)
        low = QRect(room.left(), room.bottom() + 1 - foot, room.width(), foot)
        body = room.adjusted(0, head + edge // 2, 0, -foot - edge)
        clock = round(110 * scale)
        self.door.setGeometry(top.adjusted(0, 0, -clock - edge, 0))
        self.time.setGeometry(top.adjusted(top.width() - clock, 0, 0, 0))
        self._lay_out_foot(low, scale)
        idle, left = self.is_idle, self._has_left
        for widget, visible in (
            (self.time, not idle),
            (self.board, not idle),
            (self.pad, self._pad_wanted),
            (self.mirror, left and not idle and not self._pad_wanted),
            *((widget, idle) for widget in (self.large_time, self.date, self.hint)),
        ):
            widget.setVisible(visible)
        if idle:
            self._lay_out_idle(body)
        elif left:
            self._lay_out_two(body, edge)
        else:
            self.board.setGeometry(body)

    def _lay_out_two(self, body: QRect, edge: int) -> None:
        side: QWidget = self.pad if self._pad_wanted else self.mirror
        if body.width() > body.height():
            wide = round(body.width() * (0.42 if self._pad_wanted else 0.46))
            side.setGeometry(QRect(body.left(), body.top(), wide, body.height()))
            self.board.setGeometry(body.adjusted(wide + edge, 0, 0, 0))
        else:
            high = round(body.height() * 0.5)
            side.setGeometry(QRect(body.left(), body.top(), body.width(), high))
            self.board.setGeometry(body.adjusted(0, high + edge, 0, 0))

    def _lay_out_idle(self, body: QRect) -> None:
        time, date = round(body.height() * 0.5), round(body.height() * 0.16)
        self.large_time.setGeometry(QRect(body.left(), body.top(), body.width(), time))
        self.date.setGeometry(QRect(body.left(), body.top() + time, body.width(), date))
        self.hint.setGeometry(body.adjusted(0, time + date, 0, 0))

    def _key_width(self, scale: float) -> int:
        return max(132, round(_KEY * scale)) if self.pin_key.isVisibleTo(self) else 0

    def _foot(self, room: QRect, scale: float) -> int:
        """Return the height of the notice: as much as it needs, up to a share of the screen."""
        width = room.width() - round(self._key_width(scale) * 1.08)
        pixels = max(SMALLEST, round(14 * scale))
        needed = height_of(self.notice.text, width, pixels, self.font().family())
        return max(round(_FOOT * scale), min(needed, round(room.height() * _MOST_FOOT)))

    def _lay_out_foot(self, low: QRect, scale: float) -> None:
        key = self._key_width(scale)
        self.notice.largest = round(18 * scale)
        self.notice.setGeometry(low.adjusted(0, 0, -round(key * 1.08), 0))
        high = round(_FOOT * scale)
        self.pin_key.setGeometry(low.adjusted(low.width() - key, low.height() - high, 0, 0))
        font = QFont(self.font())
        room = key - round(16 * scale)
        font.setPixelSize(fitted_line(self.pin_key.text(), room, round(18 * scale), font.family()))
        font.setBold(True)
        self.pin_key.setFont(font)
        self.door.largest = self.time.largest = round(30 * scale)
        self.hint.largest = round(44 * scale)
        self.date.largest = round(26 * scale)
