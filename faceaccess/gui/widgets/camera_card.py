"""The camera's section of Set-up: the choice, with its picture beside it."""

from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.core.clock import Clock
from faceaccess.core.settings import Settings
from faceaccess.gui.camera_thread import CameraThread, Condition, Feed, NoWork, Seen
from faceaccess.gui.theme import SPACE_2, SPACE_3, SPACE_4
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button, IconButton
from faceaccess.gui.widgets.camera_view import CameraView
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.field import LineField
from faceaccess.gui.widgets.labels import Label, restyle
from faceaccess.gui.widgets.settings_form import StillComboBox


class FoundCamera(Protocol):
    """A camera that the system tells of."""

    @property
    def address(self) -> str:
        """What opens it."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...


class CameraCard(Card):
    """Which camera, with its picture beside the choice.

    Args:
        open_feed: opens a camera by address and name (a share of the camera hub).
        clock: measures frames a second.

    Attributes:
        entered: emitted with a setting's name and text.
        searched: the cameras of this computer are to be looked for.
    """

    entered = Signal(str, str)
    searched = Signal()

    def __init__(
        self, open_feed: Callable[[str, str], Feed], clock: Clock, parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("Camera"), parent)
        self._open_feed, self._clock = open_feed, clock
        self._thread: CameraThread | None = None
        self._settings = Settings()
        self._running = False
        halves = QHBoxLayout()
        halves.setSpacing(SPACE_4)
        self.body.addLayout(halves)
        left = QVBoxLayout()
        left.setSpacing(SPACE_3)
        halves.addLayout(left, 1)
        self._fill(left)
        self.picture = CameraView(tr("What this camera sees"))
        self.picture.setFixedHeight(240)
        halves.addWidget(self.picture, 1)

    def _fill(self, column: QVBoxLayout) -> None:
        label = Label(tr("Cameras of this computer"), "strong")
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self.found = StillComboBox()
        self.found.setAccessibleName(tr("Cameras of this computer"))
        self.found.activated.connect(self._on_chosen)
        label.setBuddy(self.found)
        row.addWidget(self.found, 1)
        self.search = IconButton("refresh", tr("Look for cameras"), clicked=self.searched.emit)
        row.addWidget(self.search)
        column.addWidget(label)
        column.addLayout(row)
        self.address = LineField(
            tr("Address"),
            self._problem,
            hint=tr(Settings.model_fields["camera"].description or ""),
        )
        self.address.edited.connect(self._on_edited)
        self.address.line.returnPressed.connect(self._use)
        column.addWidget(self.address)
        self.name = LineField(
            tr(Settings.model_fields["camera_name"].title or ""),
            lambda text: "" if text else tr("The door needs a name."),
        )
        self.name.line.editingFinished.connect(self._on_name)
        column.addWidget(self.name)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self.use = Button(tr("Use this camera"), "primary", clicked=self._use)
        self.look = Button(tr("Show its picture"), icon="play", clicked=self.preview)
        row.addWidget(self.use)
        row.addWidget(self.look)
        row.addStretch(1)
        column.addLayout(row)
        self.state = Label("", "muted")
        column.addWidget(self.state)
        column.addStretch(1)

    @property
    def gives_pictures(self) -> bool:
        """Whether the camera in use is seen to give pictures right now."""
        return self._running and self.address.text == self._settings.camera

    @property
    def previewing(self) -> bool:
        """Whether a camera is being shown or tried."""
        return self._thread is not None

    def show_settings(self, settings: Settings) -> None:
        """Show what is in use; what is being typed stays."""
        same = self.address.text in ("", self._settings.camera)
        self._settings = settings
        if same:
            self.address.set_text(settings.camera)
        if not self.name.line.hasFocus():
            self.name.set_text(settings.camera_name)
        self._show_found()
        self._on_edited()

    def show_found(self, cameras: Sequence[FoundCamera]) -> None:
        """Offer the cameras that were found."""
        self.found.clear()
        for camera in cameras:
            words = tr("{name} ({address})", name=camera.name, address=camera.address)
            self.found.addItem(words, camera.address)
        if not cameras:
            self.found.addItem(tr("No camera was found"), None)
        self.found.addItem(tr("Drawn people, to try it out"), "demo:")
        self._show_found()

    def _show_found(self) -> None:
        place = self.found.findData(self.address.text)
        self.found.setCurrentIndex(place)

    def _problem(self, text: str) -> str:
        return "" if text else tr("Give an address, or choose a camera above.")

    def _on_chosen(self, place: int) -> None:
        address = self.found.itemData(place)
        if isinstance(address, str):
            self.address.set_text(address)
            self._on_edited()
            self.preview()

    def _on_edited(self, _text: str = "") -> None:
        other = bool(self.address.text) and self.address.text != self._settings.camera
        self.use.setEnabled(other)
        self.use.set_text(tr("Use this camera") if other else tr("In use"))

    def _on_name(self) -> None:
        if self.name.check() and self.name.text != self._settings.camera_name:
            self.entered.emit("camera_name", self.name.text)

    def _use(self) -> None:
        if self.address.check() and self.address.text != self._settings.camera:
            self.entered.emit("camera", self.address.text)
            self.preview()

    # The picture.

    def preview(self) -> None:
        """Show what the camera in the address field sees."""
        self.stop()
        if not self.address.check():
            return
        address, name = self.address.text, self.name.text or self._settings.camera_name
        open_feed = self._open_feed
        thread = CameraThread(lambda: open_feed(address, name), NoWork, self._clock, self)
        thread.seen.connect(self._on_seen)
        thread.condition_changed.connect(self._on_condition)
        self._thread = thread
        self._say(tr("Opening the camera"), "none")
        thread.start()

    def stop(self) -> None:
        """Let the camera go, and wait for its thread."""
        self._running = False
        if self._thread is not None:
            self._thread.stop()
            self._thread.deleteLater()
            self._thread = None
            self.picture.clear()

    def _on_seen(self, seen: Seen) -> None:
        self.picture.show_frame(seen.picture)
        height, width = seen.frame.image.shape[:2]
        if not self._running:
            self._running = True
            self._say(
                tr("It gives pictures of {width} x {height}.", width=width, height=height), "ok"
            )

    def _on_condition(self, condition: Condition) -> None:
        if condition.kind in ("running", "loading"):
            return
        self._running = False
        words = {
            "opening": tr("Opening the camera"),
            "lost": tr("The camera is lost, and tried again."),
            "ended": tr("The recording has ended."),
        }.get(condition.kind, tr("The camera cannot be opened."))
        told = " ".join(filter(None, (condition.text or words, condition.remedy)))
        self._say(told, "none" if condition.kind in ("opening", "ended") else "danger")
        self.picture.show_notice(told)

    def _say(self, text: str, tone: str) -> None:
        self.state.setText(text)
        restyle(self.state, tone=tone)
