"""The door screen: one widget, full screen, driven by what the station tells."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QDateTime, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from faceaccess.core.clock import Clock
from faceaccess.gui.door_screen import wording
from faceaccess.gui.door_screen.entry_line import FORGET_SECONDS
from faceaccess.gui.door_screen.entry_sender import EntrySender
from faceaccess.gui.door_screen.feed_thread import Feed, FeedThread, Told
from faceaccess.gui.door_screen.layers import LeaveQuestion, Veil
from faceaccess.gui.door_screen.names import Names
from faceaccess.gui.door_screen.pages import Pages
from faceaccess.gui.door_screen.shown import Level, Shown, away, shown_of, starting
from faceaccess.gui.door_screen.sleep import Light, Sleep, shift_at
from faceaccess.gui.door_screen.sounds import Player
from faceaccess.gui.door_screen.steadiness import Steadiness
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import tr
from faceaccess.pipeline.station_feed import DoorView

TICK_MS = 200
"""How often clock, light and forgotten entries are looked after."""
SAID_SECONDS = 4.0
"""For how long it stands that an entry was taken or not."""
ASK_SECONDS = 10.0
"""For how long the question whether to leave stands."""


@dataclass(frozen=True)
class ScreenPlan:
    """What a screen shows, and whom it speaks to.

    Attributes:
        door: the door's name.
        names: how much of a name is shown.
        notice: the privacy notice; "" for the usual one in the screen's language.
        open_feed: connects to the station; called in another thread.
        send_entry: hands an entry to the station; called in another thread.
        player: plays sounds, or None for silence.
    """

    door: str
    names: Names
    notice: str
    open_feed: Callable[[], Feed]
    send_entry: Callable[[str], object]
    player: Player | None = None


class DoorScreen(QWidget):
    """Shows one station to the person before its door.

    Args:
        plan: what it shows.
        clock: time of day on the screen, and how long somebody is gone.
    """

    def __init__(self, plan: ScreenPlan, clock: Clock) -> None:
        super().__init__()
        self._plan, self._clock = plan, clock
        self.setWindowTitle(tr("Door screen: {door}", door=plan.door))
        self.setAccessibleName(self.windowTitle())
        self.setMinimumSize(480, 320)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.pages = Pages(plan.door, plan.notice or wording.default_notice(), clock, self)
        self.pages.pin_key.clicked.connect(self._open_pad)
        self.pages.pad.entered.connect(self._send)
        self.pages.pad.touched.connect(self._keep_pad)
        self.veil = Veil(self)
        self.veil.touched.connect(self._touched)
        self.question = LeaveQuestion(self)
        self.question.left.connect(self.close)
        self.question.stayed.connect(self._stay)
        self._thread = FeedThread(plan.open_feed, clock, self)
        self._thread.told.connect(self._take)
        self._sender = EntrySender(plan.send_entry, self)
        self._sender.sent.connect(self._sent)
        self._sender.failed.connect(self._not_sent)
        self._steady = Steadiness()
        self._sleep = Sleep(clock.monotonic())
        self._view: DoorView | None = None
        self._shown = starting()
        self._pad_until = 0.0
        self._said: tuple[Shown, float] | None = None
        self._asked = 0.0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.tick)
        theme().changed.connect(self.update)
        self._refresh()

    @property
    def shown(self) -> Shown:
        """What stands on the screen now."""
        return self._shown

    def start(self) -> None:
        """Begin to follow the station."""
        self._timer.start(TICK_MS)
        self._thread.start()

    def shutdown(self) -> None:
        """End all threads; the screen is of no use afterwards."""
        self._timer.stop()
        self._thread.stop()
        self._sender.stop()
        self.pages.pad.forget()

    # What the station tells

    @Slot(object)
    def _take(self, told: Told) -> None:
        self._view = told.view
        if told.view is None:
            self._pad_until = 0.0
            self._change(away())
            return
        view = told.view
        shown = shown_of(view, self._plan.names)
        if view.faces or shown.level in {Level.HINT, Level.ANSWER}:
            self._sleep.wake(self._clock.monotonic())
        self._change(shown, told)

    def _change(self, shown: Shown, told: Told | None = None) -> None:
        now = self._clock.monotonic()
        before = self._shown
        self._shown = self._steady.take(shown, now)
        self._mirror(told)
        if self._shown.level in {Level.ANSWER, Level.TROUBLE}:
            self._said = None
        new = (before.word, before.sentence) != (self._shown.word, self._shown.sentence)
        if new and self._shown.sound and self._plan.player is not None and not self._is_muted():
            self._plan.player.play(self._shown.sound)
        self._refresh()

    def _mirror(self, told: Told | None) -> None:
        if told is None or told.view is None or self._shown.level in {Level.IDLE, Level.TROUBLE}:
            self.pages.mirror.clear()  # who passes by is not shown to others
        else:
            shown = self._shown
            self.pages.mirror.show_picture(told.mirrored, told.view.size, shown.face, shown.tone)

    def _is_muted(self) -> bool:
        view = self._view
        return view is not None and view.muted_until is not None and view.muted_until > view.time

    # What is shown

    def tick(self) -> None:
        """Look after clock, light and what is to be forgotten."""
        now = self._clock.monotonic()
        self.pages.pad.forget_old()
        if self._said is not None and now >= self._said[1]:
            self._said = None
        if self.question.isVisible() and now - self._asked >= ASK_SECONDS:
            self._stay()
        self._refresh()

    def _refresh(self) -> None:
        now = self._clock.monotonic()
        takes = self._view is not None and self._view.takes_entries
        words = self._shown
        if words.pad:  # who looks down at the keys is not seen for a moment
            self._pad_until = now + FORGET_SECONDS
        elif not takes or words.level in {Level.TROUBLE, Level.ANSWER}:
            self._pad_until = 0.0
        pad = now < self._pad_until
        if self._said is not None and words.level in {Level.IDLE, Level.HINT}:
            words = self._said[0]
        elif pad and not words.pad:
            words = replace(
                words,
                level=Level.HINT,
                word=tr("PIN or code"),
                sentence=tr("Enter it, then look at the camera"),
                symbol="keypad",
                tone="accent",
            )
        moment = self._clock.now()
        light = self._sleep.light(now, trouble=words.level is Level.TROUBLE)
        self.pages.show_words(words, pad=pad)
        self.pages.show_time(QDateTime.fromSecsSinceEpoch(int(moment.timestamp())))
        self.pages.offer_pad(takes and not pad and words.level is not Level.TROUBLE)
        self.pages.shift(*shift_at(now))
        self.veil.set_light(light if not self.question.isVisible() else Light.BRIGHT)

    # Entries

    @Slot()
    def _open_pad(self) -> None:
        self._said = None
        self._touched()
        self._keep_pad()

    @Slot()
    def _keep_pad(self) -> None:
        self._pad_until = self._clock.monotonic() + FORGET_SECONDS
        self._touched()

    @Slot()
    def _touched(self) -> None:
        self._sleep.wake(self._clock.monotonic())
        self._refresh()

    @Slot(str)
    def _send(self, text: str) -> None:
        self._sender.send(text)

    @Slot()
    def _sent(self) -> None:
        self._pad_until = 0.0
        self._say(
            Shown(
                Level.HINT,
                tr("Thank you"),
                tr("Now look at the camera"),
                "accent",
                "keypad",
            )
        )

    @Slot()
    def _not_sent(self) -> None:
        self._say(
            Shown(
                Level.HINT,
                tr("Not entered"),
                tr("It did not reach the door: try again, or ring"),
                "danger",
                "warn",
            )
        )

    def _say(self, words: Shown) -> None:
        now = self._clock.monotonic()
        self._sleep.wake(now)
        self._said = (words, now + SAID_SECONDS)
        self._refresh()

    # Keys and touches

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter digits, ask before leaving on Esc, leave on Ctrl+Q."""
        self._sleep.wake(self._clock.monotonic())
        key = event.key()
        if key == Qt.Key.Key_Q and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.close()
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.pages.pad.count:
            self.pages.pad.press("send")
        elif key == Qt.Key.Key_Backspace:
            self.pages.pad.press("back")
        elif len(event.text()) == 1 and event.text().isprintable():
            self._typed(event.text())
        else:
            super().keyPressEvent(event)
        self._refresh()

    def _typed(self, text: str) -> None:
        """Take a key of a keyboard, or of a card reader that acts as one."""
        view = self._view
        if view is None or not view.takes_entries or self._shown.level is Level.TROUBLE:
            return
        if not self.pages.pad_is_shown:
            self._open_pad()
        self.pages.pad.press(text)

    def _escape(self) -> None:
        if self.pages.pad_is_shown and (self.pages.pad.count or not self._shown.pad):
            self.pages.pad.forget()
            self._pad_until = 0.0
            return
        self._asked = self._clock.monotonic()
        self.question.ask()

    @Slot()
    def _stay(self) -> None:
        self.question.hide()
        self.setFocus()
        self._refresh()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Wake at a touch."""
        self._touched()
        super().mousePressEvent(event)

    # The window

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("background"))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay everything out anew."""
        self.pages.setGeometry(self.rect())
        self.veil.setGeometry(self.rect())
        if self.question.isVisible():
            self.question.ask()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Forget what was entered."""
        self.pages.pad.forget()
        super().closeEvent(event)
