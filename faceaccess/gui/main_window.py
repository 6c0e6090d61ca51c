"""The one window: a side bar of seven places, messages above them, the status below."""

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from faceaccess.core.home import DataHome
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.messages import Message, from_error
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_1, SPACE_2, SPACE_3, SPACE_4, theme
from faceaccess.gui.translation import tr
from faceaccess.gui.views.live import Figures, LiveView
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.window_state import WindowState
from faceaccess.gui.worker import JobRunner

PLACES = ("live", "enrol", "people", "train", "events", "doors", "set_up")
"""The places, top to bottom; Ctrl+1 to Ctrl+7."""

_LOAD_AFTER_MS = 50
"""The camera and the models start so long after the window is on the screen."""


def place_names() -> dict[str, str]:
    """Return what each place is called."""
    return {
        "live": tr("Live"),
        "enrol": tr("Enrol"),
        "people": tr("People"),
        "train": tr("Train"),
        "events": tr("Events"),
        "doors": tr("Doors"),
        "set_up": tr("Set-up"),
    }


@dataclass(frozen=True)
class Wiring:
    """What the window is made of.

    Attributes:
        home: where the window's state is kept.
        live: the first place; it runs from the start.
        others: how to make each of the other places; called when it is first shown.
        jobs: the job runner that all places share.
        trainings: runs what takes many minutes.
        demo: whether the demo is marked.
        on_settings: called after a place changed a setting.
    """

    home: DataHome
    live: LiveView
    others: Mapping[str, Callable[[], Place]]
    jobs: JobRunner
    trainings: JobRunner
    demo: bool
    on_settings: Callable[[], None]


class MainWindow(QMainWindow):
    """The product's window.

    Args:
        wiring: the places and what they share.

    Attributes:
        place_shown: emitted with a place's name after it is shown.
        bar: messages about the whole program.
    """

    place_shown = Signal(str)

    def __init__(self, wiring: Wiring) -> None:
        super().__init__()
        self._wiring = wiring
        self._state = WindowState(wiring.home)
        self._views: dict[str, Place] = {}
        self._current = ""
        self._close_asked = False
        self._down = False
        self._settled = False
        self.setWindowTitle(tr("faceaccess (demo)") if wiring.demo else "faceaccess")
        self.setMinimumSize(960, 700)
        self._build()
        self._shortcuts()
        if not self._state.restore_geometry(self):
            self.resize(1280, 840)
        theme().changed.connect(self._tint)
        self._add(wiring.live, "live")
        wiring.live.figures_changed.connect(self._show_figures)
        self._show_figures(Figures(None, None))
        self.show_place(self._state.place if self._state.place in PLACES else "live")

    # Building

    def _build(self) -> None:
        central = QWidget()
        central.setObjectName("window")
        self.setCentralWidget(central)
        row = QHBoxLayout(central)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side_bar())
        right = QVBoxLayout()
        right.setSpacing(0)
        row.addLayout(right, 1)
        if self._wiring.demo:
            right.addWidget(self._demo_banner())
        self.bar = MessageBar()
        margin = QVBoxLayout()
        margin.setContentsMargins(SPACE_4, SPACE_2, SPACE_4, 0)
        margin.addWidget(self.bar)
        right.addLayout(margin)
        self._stack = QStackedWidget()
        right.addWidget(self._stack, 1)

    def _side_bar(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("panel", "sidebar")
        frame.setMinimumWidth(172)
        column = QVBoxLayout(frame)
        column.setContentsMargins(SPACE_3, SPACE_4, SPACE_3, SPACE_4)
        column.setSpacing(SPACE_1)
        self._group = QButtonGroup(self)
        self.places: dict[str, Button] = {}
        for number, (name, words) in enumerate(place_names().items(), start=1):
            button = Button(words, "place", icon=name)
            button.setToolTip(tr("{place} (Ctrl+{number})", place=words, number=number))
            button.clicked.connect(lambda _on=False, name=name: self.show_place(name))
            self._group.addButton(button)
            self.places[name] = button
            if name == "set_up":
                column.addStretch(1)
            column.addWidget(button)
        column.addSpacing(SPACE_3)
        self._camera_status = Label("", "small")
        self._head_status = Label("", "small")
        column.addWidget(self._camera_status)
        column.addWidget(self._head_status)
        return frame

    def _demo_banner(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("panel", "banner")
        row = QHBoxLayout(frame)
        row.setContentsMargins(SPACE_4, SPACE_2, SPACE_4, SPACE_2)
        row.setSpacing(SPACE_2)
        self._banner_icon = QLabel()
        row.addWidget(self._banner_icon)
        words = tr("Demo: drawn people, and nothing that you do here is kept.")
        frame.setAccessibleName(words)
        row.addWidget(Label(words, "strong"), 1)
        self._tint()
        return frame

    def _tint(self) -> None:
        if self._wiring.demo:
            self._banner_icon.setPixmap(icon_pixmap("info", "warn"))

    def _shortcuts(self) -> None:
        for number, name in enumerate(PLACES, start=1):
            keys = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            keys.activated.connect(lambda name=name: self.show_place(name))
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self).activated.connect(self._find)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self._escape)

    def _add(self, view: Place, name: str) -> None:
        view.asked_for.connect(self.show_place)
        view.settings_changed.connect(self._wiring.on_settings)
        view.restore(self._state.of_place(name))
        self._views[name] = view
        self._stack.addWidget(view)

    # Places

    @property
    def place(self) -> str:
        """The name of the place that is shown."""
        return self._current

    def view(self, name: str) -> Place:
        """Return a place's view, which is made at the first call."""
        if name not in self._views:
            self._add(self._wiring.others[name](), name)
        return self._views[name]

    def show_place(self, name: str) -> None:
        """Show a place, or a page of one ("people/strangers").

        A place that cannot be made is told, and the present one stays.
        """
        name, _, page = name.partition("/")
        self._show(name)
        if page and self._current == name:
            self._views[name].show_page(page)

    def _show(self, name: str) -> None:
        if name == self._current:
            self.places[name].setChecked(True)
            return
        try:
            view = self.view(name)
        except Exception as error:  # noqa: BLE001  # told where it was asked for
            self.show_message(from_error(error))
            self.places.get(self._current, self.places["live"]).setChecked(True)
            return
        if self._current:
            self._views[self._current].leave()
        self._current = name
        self.places[name].setChecked(True)
        self._stack.setCurrentWidget(view)
        # The keyboard follows to the new place; a view may take it further, to its first field.
        self.places[name].setFocus()
        view.arrive()
        self.place_shown.emit(name)

    def show_person(self, place: str, person_id: str) -> None:
        """Go to a person's page ("people"), or take more pictures of somebody ("enrol")."""
        self.show_place(place)
        if self._current == place:
            self._views[place].show_person(person_id)

    def _find(self) -> None:
        if not self._views[self._current].focus_search():
            self.show_place("people")
            self._views[self._current].focus_search()

    def _escape(self) -> None:
        if not self._views[self._current].escape() and self.bar.message is not None:
            self.bar.clear()

    # Status and messages

    def _show_figures(self, figures: Figures) -> None:
        fps = figures.fps
        if fps is not None and not self._settled:
            # The networks are loaded. What is there now stays: the collector need not walk through
            # it again, which holds up every thread for 80 ms and more each time.
            self._settled = True
            gc.freeze()
        camera = (
            tr("Camera: waiting") if fps is None else tr("Camera: {fps} frames/s", fps=f"{fps:.0f}")
        )
        head = tr("No head yet") if figures.head is None else tr("Head v{head}", head=figures.head)
        self._camera_status.setText(camera)
        self._head_status.setText(head)

    def show_message(self, message: Message) -> None:
        """Show a message about the whole program, above the place."""
        self.bar.show_message(message)

    # Life

    def start(self) -> None:
        """Begin to watch, a moment after the window is on the screen."""
        QTimer.singleShot(_LOAD_AFTER_MS, self, self._wiring.live.start)

    def shutdown(self) -> None:
        """End every thread of every place; harmless when done already."""
        if self._down:
            return
        self._down = True
        for view in self._views.values():
            view.shutdown()
        self._wiring.jobs.shutdown()
        self._wiring.trainings.shutdown()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask once while a job runs; then remember the state and end all threads."""
        writing, training = self._wiring.jobs.busy, self._wiring.trainings.busy
        if (writing or training) and not self._close_asked:
            self._close_asked = True
            event.ignore()
            remedies = []
            if writing:
                remedies.append(tr("Closing cancels it; nothing of it is kept."))
            if training:
                remedies.append(
                    tr("Closing ends the training; one on pictures can go on another time.")
                )
            text = tr("Something is still being done.")
            self.show_message(Message("warn", text, " ".join(remedies)))
            self.bar.add_button(Button(tr("Close all the same"), "danger", clicked=self.close))
            return
        remembered = {name: view.remembered() for name, view in self._views.items()}
        self._state.save(self, self._current, remembered)
        self.hide()
        self.shutdown()
        event.accept()
