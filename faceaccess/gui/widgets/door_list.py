"""All doors by name, with how each is at a glance."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from faceaccess.core.decisions import Outcome
from faceaccess.core.door_commands import DoorCommand
from faceaccess.gui.door_uses import DoorState
from faceaccess.gui.door_wording import command_words
from faceaccess.gui.icons import icon
from faceaccess.gui.theme import SPACE_2, SPACE_3, theme
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.labels import Label
from faceaccess.pipeline.station_feed import DoorView

WIDTH = 190
"""Width of the list and of what is under it, in pixels."""

_COMMANDS = 3
_NAME = Qt.ItemDataRole.UserRole


class DoorList(QListWidget):
    """A line a door: symbol, name, and one word of how it is.

    Attributes:
        chosen: emitted with the name of the door that is to be shown.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Doors"))
        self.setWordWrap(True)
        self.setFixedWidth(WIDTH)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._states: Sequence[DoorState] = ()
        self._views: Mapping[str, DoorView] = {}
        self.currentItemChanged.connect(self._on_current)
        theme().changed.connect(self._refresh)

    @property
    def door(self) -> str:
        """The door that is chosen, or ""."""
        return str(self.item(self.currentRow()).data(_NAME)) if self.currentRow() >= 0 else ""

    def show_doors(self, states: Sequence[DoorState], views: Mapping[str, DoorView]) -> None:
        """Show doors; the choice stays where it can.

        Args:
            states: all doors, by name.
            views: what those show that answer.
        """
        self._states, self._views = states, views
        names = [state.name for state in states]
        listed = [self.item(place).data(_NAME) for place in range(self.count())]
        if names != listed:
            self._list(names)
        self._refresh()

    def choose(self, name: str) -> None:
        """Choose a door by name; unknown ones are ignored."""
        for place in range(self.count()):
            if self.item(place).data(_NAME) == name:
                self.setCurrentRow(place)

    def _list(self, names: Sequence[str]) -> None:
        before = self.door
        self.blockSignals(True)
        self.clear()
        for name in names:
            item = QListWidgetItem(name)
            item.setData(_NAME, name)
            item.setSizeHint(QSize(0, 2 * self.fontMetrics().height() + 2 * SPACE_2))
            self.addItem(item)
        self.choose(before)
        if self.currentRow() < 0 and names:
            self.setCurrentRow(0)
        self.blockSignals(False)
        if self.door != before:
            self.chosen.emit(self.door)

    def _refresh(self) -> None:
        for place, state in enumerate(self._states):
            symbol, tint, word = _glance(state, self._views.get(state.name))
            item = self.item(place)
            text = f"{state.name}\n{word}"
            if item.text() != text:
                item.setText(text)
                item.setToolTip(text)
            item.setIcon(icon(symbol, tint))

    def _on_current(self, *_items: object) -> None:
        if self.door:
            self.chosen.emit(self.door)


class PastCommands(Card):
    """What a door was commanded last, and by whom; hidden while that is nothing."""

    def __init__(self) -> None:
        super().__init__("")
        self.setFixedWidth(WIDTH)
        self.layout().setContentsMargins(SPACE_3, SPACE_2, SPACE_3, SPACE_2)  # type: ignore[union-attr]  # a card has one
        self.body.addWidget(Label(tr("Last commands"), "strong"))
        self.words = Label("", "small")
        self.body.addWidget(self.words)
        self.setVisible(False)

    def show_commands(self, commands: Sequence[DoorCommand], now: datetime) -> None:
        """Tell the newest few."""
        told = [command_words(command, now) for command in commands[:_COMMANDS]]
        self.words.setText("\n".join(told))
        self.setVisible(bool(told))


def _glance(state: DoorState, view: DoorView | None) -> tuple[str, str, str]:
    """Return symbol, colour and a word of how a door is."""
    if state.alarms if view is None else view.alarms:
        return "warn", "danger", tr("alarm")
    if state.locked_down if view is None else view.locked_down:
        return "lock", "danger", tr("locked down")
    if view is not None:
        return _glance_of_running(view)
    if state.running:
        return "waiting", "muted", tr("does not answer")
    return "stop", "muted", tr("does not run")


def _glance_of_running(view: DoorView) -> tuple[str, str, str]:
    if view.held_until is not None:
        return "granted", "warn", tr("held open")
    by_outcome = {
        Outcome.GRANTED: ("granted", "ok", tr("let in")),
        Outcome.DENIED: ("denied", "danger", tr("refused")),
        Outcome.NONE: ("live", "accent", tr("runs")),
    }
    by_camera = {
        "lost": ("camera_off", "danger", tr("no picture")),
        "starting": ("waiting", "muted", tr("starting")),
    }
    return by_camera.get(view.camera_state, by_outcome[view.outcome])
