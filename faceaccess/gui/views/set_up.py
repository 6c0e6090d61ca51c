"""Set-up's first page: camera, threshold, settings, models, data folder, checks."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.progress import Job
from faceaccess.core.settings import Settings
from faceaccess.gui.camera_thread import Feed
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_3, SPACE_4
from faceaccess.gui.told import told_error
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.camera_card import CameraCard, FoundCamera
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_scroll import PageScroll
from faceaccess.gui.widgets.risk_card import RiskCard
from faceaccess.gui.widgets.set_up_cards import (
    ChecksCard,
    FolderCard,
    ModelsCard,
    ThresholdCard,
)
from faceaccess.gui.widgets.settings_form import SettingsGroup, all_fields, groups
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.doctor import Doctor
from faceaccess.pipeline.models import Models
from faceaccess.pipeline.results import Calibration, Check
from faceaccess.pipeline.settings_service import SettingsService

_SAID_FOR = 4000
"""Milliseconds that "Saved" stays."""


class RiskFinder(Protocol):
    """What the place uses of `Calibrating`."""

    def estimate(self, risk: float) -> Job[Calibration]: ...  # noqa: D102  # as in calibrating
    def apply(self, actor: Actor, risk: float) -> Job[Calibration]: ...  # noqa: D102  # as above


class SetUpView(Place):
    """The page "Settings" of Set-up.

    Args:
        settings: reads and writes settings.
        calibrating: finds thresholds for risks, and puts risks in force.
        models: lists and trusts weights.
        doctor: runs the checks.
        find_cameras: returns the cameras of this computer; slow.
        open_feed: opens a camera by address and name (a share of the camera hub).
        default_threshold: gives the embedder's measured default (slow at the first call).
        runner: runs what writes.
        actor: on whose behalf.
        home: the data folder.
        clock: measures frames a second.
    """

    def __init__(  # noqa: PLR0913  # what a view needs is named one by one
        self,
        *,
        settings: SettingsService,
        calibrating: RiskFinder,
        models: Models,
        doctor: Doctor,
        find_cameras: Callable[[], Sequence[FoundCamera]],
        open_feed: Callable[[str, str], Feed],
        default_threshold: Callable[[], float | None],
        runner: JobRunner,
        actor: Actor,
        home: DataHome,
        clock: Clock,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings, self._models, self._doctor = settings, models, doctor
        self._find_cameras, self._default_threshold = find_cameras, default_threshold
        self._calibrating = calibrating
        self._runner, self._actor = runner, actor
        self._begun = False
        self._entering = ""
        self._loader = Loader(self)
        # The checks may wait for a camera; the fields must not wait for the checks.
        self._slow = Loader(self)
        for loader in (self._loader, self._slow):
            loader.loaded.connect(self._on_loaded)
            loader.failed.connect(self._on_failed)
        self._said = QTimer(self)
        self._said.setSingleShot(True)
        self._said.timeout.connect(self._forget_saved)
        self.camera = CameraCard(open_feed, clock)
        self.threshold = ThresholdCard()
        self.risk = RiskCard(runner, self.threshold)
        self.models = ModelsCard()
        self.folder = FolderCard(home.root)
        self.checks = ChecksCard()
        self._build()

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE_4)
        self.bar = MessageBar()
        outer.addWidget(self.bar)
        self.page = PageScroll(tr("Set-up"))
        outer.addWidget(self.page, 1)
        column = QVBoxLayout(self.page.inside)
        column.setContentsMargins(0, 0, SPACE_3, 0)
        column.setSpacing(SPACE_4)
        column.addWidget(self.camera)
        column.addWidget(self.risk)
        made = []
        for title, names in groups():
            card = Card(tr(title))
            group = SettingsGroup(names)
            group.entered.connect(self._store)
            card.body.addWidget(group)
            column.addWidget(card)
            made.append(group)
        self.fields = all_fields(made)
        column.addWidget(self.models)
        column.addWidget(self.folder)
        column.addWidget(self.checks)
        column.addStretch(1)
        self.camera.entered.connect(self._store)
        self.camera.searched.connect(self._search)
        self.threshold.entered.connect(self._store)
        self.risk.estimating.connect(self._estimate)
        self.risk.applying.connect(self._apply)
        self.risk.strangers_wanted.connect(lambda: self.asked_for.emit("people/strangers"))
        self.models.trusting.connect(self._trust)
        self.checks.wanted.connect(self._check)

    # A place of the window.

    def arrive(self) -> None:
        """Read everything anew and show the camera's picture."""
        self._read()
        if not self._begun:
            self._begun = True
            self._search()
            self._check()

    def leave(self) -> None:
        """Let the camera go."""
        self.camera.stop()

    def shutdown(self) -> None:
        """End the threads."""
        self.camera.stop()
        self._loader.close()
        self._slow.close()

    # Reading.

    def _read(self) -> None:
        self._loader.ask((id(self), "settings"), self._settings.get, urgent=True)
        self._loader.ask((id(self), "models"), self._models.list, urgent=True)
        self._slow.ask((id(self), "threshold"), self._default_threshold, urgent=True)

    def _search(self) -> None:
        self.camera.search.setEnabled(False)
        self._slow.ask((id(self), "cameras"), self._find_cameras, urgent=True)

    def _check(self) -> None:
        self.checks.begin()
        self._slow.ask((id(self), "checks"), self._doctor.run, urgent=True)

    def _on_loaded(self, key: Hashable, value: object) -> None:
        if not (isinstance(key, tuple) and key[0] == id(self)):
            return
        take: dict[str, Callable[..., object]] = {
            "settings": self._take_settings,
            "models": self.models.show_models,
            "threshold": self.threshold.show_default,
            "cameras": self._take_cameras,
            "checks": self._take_checks,
        }
        take[key[1]](value)

    def _on_failed(self, key: Hashable, error: Exception) -> None:
        if not (isinstance(key, tuple) and key[0] == id(self)):
            return
        if key[1] == "threshold" and isinstance(error, KnownError):
            # The weights are missing: the models' section says so, and the checks do.
            self.threshold.show_default(None)
            return
        self.camera.search.setEnabled(True)
        self.checks.again.setEnabled(True)
        self.bar.show_error(error)

    def _take_settings(self, settings: Settings) -> None:
        self.camera.show_settings(settings)
        self.threshold.show_settings(settings)
        self.risk.show_settings(settings)
        for field in self.fields.values():
            field.show_settings(settings)
        if self.isVisible() and not self.camera.previewing:
            self.camera.preview()

    def _take_cameras(self, cameras: Sequence[FoundCamera]) -> None:
        self.camera.search.setEnabled(True)
        self.camera.show_found(cameras)

    def _take_checks(self, checks: Sequence[Check]) -> None:
        if self.camera.gives_pictures:
            # A camera that this window holds looks busy to the check; but we see its pictures.
            checks = [
                replace(check, ok=True, text=tr("It gives pictures."))
                if check.name == "camera"
                else check
                for check in checks
            ]
        self.checks.show_checks(checks)

    # Writing.

    def _store(self, name: str, text: str) -> None:
        settings, actor = self._settings, self._actor
        try:
            self._runner.call(
                lambda: settings.set(actor, name, text),
                on_done=self._on_stored,
                on_failed=self._on_not_stored,
            )
        except KnownError as error:
            self._show_problem(name, error)
            return
        self._entering = name

    def _on_stored(self, settings: Settings) -> None:
        title = tr(Settings.model_fields[self._entering].title or self._entering)
        self.bar.show_message(Message("ok", tr("Saved: {setting}.", setting=title)))
        self._said.start(_SAID_FOR)
        self._take_settings(settings)
        if self._entering in ("embedder", "colour", "threshold"):
            self._read()
        self.settings_changed.emit()

    def _on_not_stored(self, error: BaseException) -> None:
        self._show_problem(self._entering, error)
        self._loader.ask((id(self), "settings"), self._settings.get, urgent=True)

    def _show_problem(self, name: str, error: BaseException) -> None:
        field = self.fields.get(name)
        if field is not None and isinstance(error, KnownError):
            field.show_problem(told_error(error))
        else:
            self.bar.show_error(error, tr("The setting stays as it was."))

    # The risk.

    def _estimate(self, risk: float) -> None:
        calibrating = self._calibrating
        self._find(lambda: calibrating.estimate(risk), self._on_estimated)

    def _apply(self, risk: float) -> None:
        calibrating, actor = self._calibrating, self._actor
        self._find(lambda: calibrating.apply(actor, risk), self._on_applied)

    def _find(
        self, job: Callable[[], Job[Calibration]], done: Callable[[Calibration], None]
    ) -> None:
        try:
            self._runner.start(
                job,
                on_progress=self.risk.job.show_progress,
                on_done=done,
                on_failed=self._on_not_found,
                on_cancelled=self.risk.job.end,
            )
        except KnownError as error:
            self.bar.show_error(error)
            return
        self.bar.clear()
        self.risk.job.begin(tr("Measuring on strangers and colleagues"))

    def _on_estimated(self, found: Calibration) -> None:
        self.risk.job.end()
        self.risk.show_found(found)

    def _on_applied(self, found: Calibration) -> None:
        self.risk.job.end()
        self.risk.show_found(found)
        text = tr("The risk is in force. Every later head is calibrated to it before it serves.")
        self.bar.show_message(Message("ok", text))
        self._read()
        self.settings_changed.emit()

    def _on_not_found(self, error: BaseException) -> None:
        self.risk.job.end()
        self.bar.show_error(error, tr("The door goes on with the threshold that it has."))

    def _forget_saved(self) -> None:
        if self.bar.message is not None and self.bar.message.tone == "ok":
            self.bar.clear()

    def _trust(self, file: Path, name: str) -> None:
        models, actor = self._models, self._actor
        try:
            self._runner.call(
                lambda: models.trust(actor, file, name or None),
                on_done=self._on_trusted,
                on_failed=self.bar.show_error,
            )
        except KnownError as error:
            self.bar.show_error(error)

    def _on_trusted(self, _model: object) -> None:
        self.bar.show_message(Message("ok", tr("The file is trusted from now on.")))
        self._read()
        self.settings_changed.emit()
