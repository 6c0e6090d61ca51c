"""What a running door can be told: open once, lock down, hold open and mute until a time."""

from datetime import datetime, timedelta

from PySide6.QtCore import QTime, Signal
from PySide6.QtWidgets import QTimeEdit, QWidget

from faceaccess.core.clock import Clock
from faceaccess.gui.theme import SPACE_2
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.flow import FlowLayout
from faceaccess.gui.widgets.form_parts import choice_of
from faceaccess.gui.widgets.labels import Label
from faceaccess.pipeline.station_feed import DoorView

_MINUTES = (5, 15, 30)
_HOURS = (1, 2, 4, 8)
_UNTIL = "until"


class DoorCommandsCard(Card):
    """Buttons that command a door; those that are not possible say why.

    Args:
        clock: tells the time.
        parent: the owner.

    Attributes:
        wanted: emitted with the command's name ("open", "lock_down", "end_lock_down", "hold",
            "end_hold", "mute", "unmute") and until when, or None.
        buttons: by what they do: "open", "lock_down", "hold", "mute".
        reason: why something is not possible.
    """

    wanted = Signal(str, object)

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(tr("Commands"))
        self._clock = clock
        self._names = {"open": "open", "lock_down": "lock_down", "hold": "hold", "mute": "mute"}
        self.buttons = {
            "open": Button(tr("Open once"), "primary", clicked=lambda: self._want("open")),
            "lock_down": Button(
                tr("Lock down"), "danger", icon="lock", clicked=lambda: self._want("lock_down")
            ),
            "hold": Button(tr("Hold open"), clicked=lambda: self._want("hold")),
            "mute": Button(tr("Mute"), clicked=lambda: self._want("mute")),
        }
        self.span = choice_of(_spans())
        self.span.setAccessibleName(tr("For how long"))
        self.span.setCurrentIndex(1)
        self.span.setMinimumContentsLength(12)
        self.until = QTimeEdit(QTime(18, 0))
        self.until.setDisplayFormat("HH:mm")
        self.until.setAccessibleName(tr("Until when"))
        self.span.currentIndexChanged.connect(self._on_span)
        row = QWidget()
        flow = FlowLayout(row, SPACE_2)
        for widget in (self.buttons["open"], self.buttons["lock_down"], self.span, self.until):
            flow.addWidget(widget)
        flow.addWidget(self.buttons["hold"])
        flow.addWidget(self.buttons["mute"])
        self.body.addWidget(row)
        self.reason = Label("", "small")
        self.body.addWidget(self.reason)
        self._on_span()
        self.show_state(None, why=tr("The door's station does not answer."))

    def show_state(self, view: DoorView | None, *, why: str = "", busy: bool = False) -> None:
        """Allow what is possible now.

        Args:
            view: what the door shows, or None where it does not answer.
            why: why there is no view.
            busy: whether a command is under way; the buttons stay, so that the keyboard does, too.
        """
        refused = dict.fromkeys(self.buttons, "")
        if view is None:
            refused = dict.fromkeys(self.buttons, why)
        elif view.locked_down:
            first = tr("Locked down: end that before it can be opened.")
            refused |= {"open": first, "hold": first}
        elif view.held_until is not None:
            refused["open"] = tr("It is held open already.")
        down = view is not None and view.locked_down
        held = view is not None and view.held_until is not None
        muted = view is not None and view.muted_until is not None
        self._name("lock_down", "end_lock_down" if down else "lock_down")
        self._name("hold", "end_hold" if held else "hold")
        self._name("mute", "unmute" if muted else "mute")
        for name, button in self.buttons.items():
            button.setEnabled(not refused[name])
            button.setToolTip(refused[name])
            button.setAccessibleDescription(refused[name])
        told = " ".join(dict.fromkeys(filter(None, refused.values())))
        self.reason.setText(tr("The door is being asked.") if busy else told)
        self.reason.setVisible(bool(self.reason.text()))

    @property
    def end(self) -> datetime:
        """Until when something is held or muted: aware, in the future."""
        now = self._clock.now()
        minutes = self.span.currentData()
        if minutes != _UNTIL:
            return now + timedelta(minutes=int(minutes))
        wanted, today = self.until.time(), now.astimezone().date()
        for day in (today, today + timedelta(days=1)):
            clock = (wanted.hour(), wanted.minute())
            end = datetime(day.year, day.month, day.day, *clock).astimezone()  # made aware at once
            if end > now:
                return end
        return now + timedelta(days=1)

    def _name(self, button: str, does: str) -> None:
        """Let a button do and say something else."""
        self._names[button] = does
        words = {
            "lock_down": tr("Lock down"),
            "end_lock_down": tr("End the lock-down"),
            "hold": tr("Hold open"),
            "end_hold": tr("Shut it now"),
            "mute": tr("Mute"),
            "unmute": tr("End the mute"),
        }[does]
        if self.buttons[button].text() != words:
            self.buttons[button].set_text(words)

    def _want(self, button: str) -> None:
        does = self._names[button]
        self.wanted.emit(does, self.end if does in {"hold", "mute"} else None)

    def _on_span(self) -> None:
        self.until.setVisible(self.span.currentData() == _UNTIL)


def _spans() -> dict[str, str]:
    spans = {
        str(count): trn("for {count} minute", "for {count} minutes", count) for count in _MINUTES
    }
    spans |= {
        str(60 * count): trn("for {count} hour", "for {count} hours", count) for count in _HOURS
    }
    return {**spans, _UNTIL: tr("until a time")}
