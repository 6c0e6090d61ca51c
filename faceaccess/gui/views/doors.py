"""The doors that run, live, with their commands; closing the page changes nothing at a door."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from faceaccess.gui.door_screen.feed_thread import Told
from faceaccess.gui.door_uses import DoorState, DoorUses, Record, read_doors
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_3, SPACE_4
from faceaccess.gui.told import told
from faceaccess.gui.translation import tr
from faceaccess.gui.watched_doors import WatchedDoors
from faceaccess.gui.widgets.door_list import DoorList, PastCommands
from faceaccess.gui.widgets.door_panel import DoorPanel
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.stopped_door import StoppedDoor
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.station_feed import DoorView

LOOK_EVERY = 1500
"""Milliseconds between two looks for doors that were started or ended, while the page is shown."""


class DoorsPage(Place):
    """The page "Now" of Doors.

    Args:
        uses: what it reads and commands with.
        parent: the owner.
    """

    def __init__(self, uses: DoorUses, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._uses = uses
        self._states: Sequence[DoorState] = ()
        self._views: dict[str, DoorView] = {}
        self._away: dict[str, tuple[str, str]] = {}
        self._watched = WatchedDoors(uses.feed, uses.clock, self)
        self._watched.told.connect(self._on_told)
        self._wanted = ""
        self._here = False
        self._commands = JobRunner(self)
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._build()
        self._look = QTimer(self)
        self._look.setInterval(LOOK_EVERY)
        self._look.timeout.connect(self._ask)

    # What is on the page.

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        self.bar = MessageBar()
        column.addWidget(self.bar)
        row = QHBoxLayout()
        row.setSpacing(SPACE_4)
        self.list = DoorList()
        self.list.chosen.connect(self._on_chosen)
        self.past = PastCommands()
        left = QVBoxLayout()
        left.setSpacing(SPACE_3)
        left.addWidget(self.list, 1)
        left.addWidget(self.past)
        row.addLayout(left)
        self.pages = QStackedWidget()
        row.addWidget(self.pages, 1)
        column.addLayout(row, 1)
        self.waiting = Label(tr("Looking for doors"), "muted")
        self.panel = DoorPanel(self._uses.clock)
        self.panel.commands.wanted.connect(self.command)
        self.stopped = StoppedDoor()
        self.stopped.wanted.connect(lambda name: self.command(name, None))
        for page in (self.waiting, self.panel, self.stopped):
            self.pages.addWidget(page)
        self.list.setVisible(False)

    # A place of the window.

    def arrive(self) -> None:
        """Look for doors, and watch those that run."""
        self._here = True
        self._ask()
        self._look.start()

    def leave(self) -> None:
        """Watch no more; the doors go on."""
        self._here = False
        self._look.stop()
        self._watched.watch({})

    def remembered(self) -> dict[str, str]:
        """Return which door is shown."""
        return {"door": self.door or self._wanted}

    def restore(self, values: dict[str, str]) -> None:
        """Show that door again, once it is found."""
        self._wanted = values.get("door", "")

    def shutdown(self) -> None:
        """End every thread of the page; the doors go on."""
        self.leave()
        self._watched.stop()
        self._loader.close()
        self._commands.shutdown()

    # Which doors there are.

    @property
    def door(self) -> str:
        """The name of the door that is shown, or ""."""
        return self.list.door

    @property
    def busy(self) -> bool:
        """Whether a door is being commanded; another command is not taken meanwhile."""
        return self._commands.busy

    def refresh(self) -> None:
        """Look for doors anew."""
        self._ask()

    def _ask(self) -> None:
        uses = self._uses
        self._loader.ask((id(self), "doors"), lambda: read_doors(uses), urgent=True)

    def _on_loaded(self, key: Hashable, value: object) -> None:
        if key == (id(self), "doors"):
            self._take(value)  # type: ignore[arg-type]  # what `read_doors` returned

    def _on_failed(self, _key: Hashable, error: Exception) -> None:
        self.bar.show_error(error)

    def _take(self, states: Sequence[DoorState]) -> None:
        self._states = states
        running = {state.name for state in states if state.running}
        for known in (self._views, self._away):
            for name in known.keys() - running:
                del known[name]
        self.list.setVisible(bool(states))
        self.list.show_doors(states, self._views)
        if self._wanted:
            wanted, self._wanted = self._wanted, ""
            self.list.choose(wanted)
        self._watch_running()
        self._show()

    def _watch_running(self) -> None:
        """Watch the doors that run, the one that is shown with pictures."""
        if self._here:
            door = self.door
            self._watched.watch({one.name: one.name == door for one in self._states if one.running})

    # What doors show.

    def _on_told(self, name: str, told_: Told) -> None:
        if told_.view is None:
            self._views.pop(name, None)
            error = told_.trouble
            self._away[name] = ("", "") if error is None else (error.text, error.remedy)
        else:
            self._views[name] = told_.view
            self._away.pop(name, None)
        self.list.show_doors(self._states, self._views)
        if name == self.door:
            if told_.view is not None and self.pages.currentWidget() is self.panel:
                self.panel.show_view(told_.view, told_.mirrored)
            self._show()

    def _on_chosen(self, name: str) -> None:
        self._begin(name)
        self._watch_running()
        self._show()

    def _begin(self, name: str) -> None:
        """Show a door in the panel anew: nothing of another door, or of an earlier run, stays."""
        self.panel.begin(name)
        view = self._views.get(name)
        if view is not None:
            self.panel.show_view(view, None)

    def _show(self) -> None:
        """Show the door that is chosen, in what it is in."""
        state = next((one for one in self._states if one.name == self.door), None)
        view, now = self._views.get(self.door), self._uses.clock.now()
        if state is None or (not state.running and view is None):
            self.stopped.show_door(state, self._uses.camera(), self._uses.folder)
            self.past.show_commands(() if state is None else state.commands, now)
            self.pages.setCurrentWidget(self.stopped)
            return
        if self.pages.currentWidget() is not self.panel:
            self._begin(self.door)
            self.pages.setCurrentWidget(self.panel)
        self.past.show_commands(state.commands, now)
        if view is None and self.door in self._away:
            self.panel.show_away(*self._away[self.door])
        why = tr("The station does not answer.")
        self.panel.commands.show_state(view, why=why, busy=self._commands.busy)

    # Commands.

    def command(self, does: str, until: Any) -> None:
        """Give the door that is shown a command; its answer is told. One after the other.

        Args:
            does: as `DoorCommandsCard.wanted`.
            until: until when it is to be held or muted, or None.
        """
        door, work = self.door, self._work(self.door, does, until)
        if not door or self._commands.busy:
            return
        self._commands.call(
            work,
            on_done=partial(self._on_done, door, does),
            on_failed=partial(self._on_refused, door),
        )
        self._show()

    def _work(self, door: str, does: str, until: Any) -> Callable[[], Record]:
        doors, actor = self._uses.doors, self._uses.actor
        return {
            "open": lambda: doors.open_once(door, actor),
            "lock_down": lambda: doors.lock_down(door, actor, on=True),
            "end_lock_down": lambda: doors.lock_down(door, actor, on=False),
            "hold": lambda: doors.hold(door, actor, until),
            "end_hold": lambda: doors.end_hold(door, actor),
            "mute": lambda: doors.mute(door, actor, until),
            "unmute": lambda: doors.unmute(door, actor),
        }[does]

    def _on_done(self, door: str, does: str, answer: Record) -> None:
        text = {
            "open": tr("{door}: the lock has acknowledged and opens once.", door=door),
            "lock_down": tr("{door} is locked down: nobody may enter.", door=door),
            "end_lock_down": tr("{door} lets people in again.", door=door),
            "hold": tr("{door}: the lock has acknowledged; it is held open.", door=door),
            "end_hold": tr("{door} is not held open any more.", door=door),
            "mute": tr("{door} is muted.", door=door),
            "unmute": tr("{door} is not muted any more.", door=door),
        }[does]
        trouble = str(answer.get("trouble") or "")
        tone = "warn" if trouble else "ok"
        self.bar.show_message(Message(tone, text, told(trouble)))  # type: ignore[arg-type]  # one of two tones
        self._ask()
        self._show()

    def _on_refused(self, door: str, error: BaseException) -> None:
        self.bar.show_error(error, tr("{door} did not do it.", door=door))
        self._ask()
        self._show()
