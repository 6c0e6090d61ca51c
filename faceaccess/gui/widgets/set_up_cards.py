"""The sections of Set-up that are more than a field."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from faceaccess.core.errors import KnownError
from faceaccess.core.settings import Settings, changed
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import SPACE_1, SPACE_2, SPACE_3, theme
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.field import LineField
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.settings_form import StillComboBox, shown
from faceaccess.pipeline.results import Check, ModelInfo


class ThresholdCard(Card):
    """The threshold as a stated risk.

    Attributes:
        entered: emitted with the setting's name and text.
    """

    entered = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("How alike a face must be"), parent)
        self._settings = Settings()
        self._default: float | None = None
        self.field = LineField(tr("Threshold"), self._problem)
        self.field.line.setMaximumWidth(240)
        self.field.edited.connect(self._on_edited)
        self.field.line.editingFinished.connect(self._on_entered)
        self.reset = Button(
            tr("Use the measured default"), "link", icon="undo", clicked=self._reset
        )
        row = QHBoxLayout()
        row.setSpacing(SPACE_3)
        row.addWidget(self.field)
        row.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignBottom)
        row.addStretch(1)
        self.risk = Label("", "strong")
        self.measured = Label("", "muted")
        self.body.addLayout(row)
        self.body.addWidget(self.risk)
        self.body.addWidget(self.measured)
        self._state()

    def show_settings(self, settings: Settings) -> None:
        """Show the threshold in force."""
        self._settings = settings
        if not self.field.line.hasFocus():
            self.field.set_text(shown(settings.threshold))
        self._state()

    def show_default(self, default: float | None) -> None:
        """Show the embedder's measured default; None where it is not known."""
        self._default = default
        self._state()

    def _typed(self) -> float | None:
        try:
            return float(self.field.text) if self.field.text else None
        except ValueError:
            return None

    def _state(self) -> None:
        self.reset.setVisible(bool(self.field.text))
        default, typed = self._default, self._typed()
        if default is None:
            self.field.line.setPlaceholderText("")
            self.measured.setText(tr("No default has been measured for this embedder."))
        else:
            self.field.line.setPlaceholderText(tr("{default} (measured)", default=f"{default:.2f}"))
            self.measured.setText(
                tr(
                    "Measured default: {default}. At that, 1 stranger picture in 1,000 passes.",
                    default=f"{default:.2f}",
                )
            )
        self.risk.setText(_risk(typed, default))
        self.risk.set_tone("warn" if _loose(typed, default) else "none")

    def _problem(self, text: str) -> str:
        try:
            changed(self._settings, "threshold", text)
        except KnownError:
            return tr("A number from -1 to 1, or empty.")
        return ""

    def _on_edited(self, _text: str) -> None:
        self._state()

    def _on_entered(self) -> None:
        if self.field.text != shown(self._settings.threshold) and self.field.check():
            self.entered.emit("threshold", self.field.text)

    def _reset(self) -> None:
        self.field.set_text("")
        self._state()
        self.entered.emit("threshold", "")


def _loose(typed: float | None, default: float | None) -> bool:
    return typed is not None and (default is None or typed < default - 0.005)


def _risk(typed: float | None, default: float | None) -> str:
    """Return what a threshold risks, in words."""
    if typed is None:
        return tr("Empty: the measured default is used.") if default is not None else ""
    if default is None:
        return tr("Nobody has measured what this lets through.")
    if _loose(typed, default):
        return tr("Lower than measured: more strangers pass.")
    if typed > default + 0.005:
        return tr("Higher than measured: fewer strangers pass, more staff are refused.")
    return tr("As measured.")


class ModelsCard(Card):
    """The networks with licence, hash and state, and trusting a file.

    Attributes:
        trusting: emitted with a file's path and the network's name.
    """

    trusting = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Models"), parent)
        self._shown: tuple[ModelInfo, ...] = ()
        inside = QWidget()
        self._rows = QVBoxLayout(inside)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(SPACE_3)
        self.body.addWidget(inside)
        self.trust = Button(tr("Trust a weights file"), icon="folder", clicked=self._choose)
        self.which = StillComboBox()
        self.which.setAccessibleName(tr("Network that the file belongs to"))
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        row.addWidget(self.which)
        row.addWidget(self.trust)
        row.addStretch(1)
        self.body.addLayout(row)
        note = tr("A file is loaded only when its SHA-256 is the project's, or was trusted here.")
        self.body.addWidget(Label(note, "small"))
        theme().changed.connect(self._refill)

    def show_models(self, models: Sequence[ModelInfo]) -> None:
        """Show every network."""
        self._shown = tuple(models)
        chosen = self.which.currentText()
        self.which.clear()
        self.which.addItems([model.name for model in self._shown])
        own = [model.name for model in self._shown if model.sha256 is None]
        self.which.setCurrentText(chosen or (own[0] if own else ""))
        self._refill()

    def _refill(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for model in self._shown:
            self._rows.addWidget(self._row(model))

    def _row(self, model: ModelInfo) -> QWidget:
        row = QWidget()
        row.setAccessibleName(f"{model.name}: {model.text}")
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE_3)
        sign = QLabel()
        state = (
            ("check", "ok") if model.available else ("warn", "warn" if model.in_use else "muted")
        )
        sign.setPixmap(icon_pixmap(*state))
        line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(SPACE_1)
        kind = {"detector": tr("detector"), "embedder": tr("embedder")}.get(model.kind, model.kind)
        title = tr("{name}, {kind}", name=model.name, kind=kind)
        if model.in_use:
            title = tr("{name}, {kind}, in use", name=model.name, kind=kind)
        words.addWidget(Label(title, "strong"))
        words.addWidget(Label(tr(model.text)))
        words.addWidget(
            Label(
                tr("Licence: {licence}. {origin}", licence=model.licence, origin=model.origin),
                "small",
            )
        )
        if model.sha256 is not None:
            words.addWidget(Label(f"SHA-256 {model.sha256}", "small", selectable=True))
        line.addLayout(words, 1)
        return row

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Trust a weights file"))
        if name:
            self.trusting.emit(Path(name), self.which.currentText())


class FolderCard(Card):
    """Where the data is."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(tr("Data folder"), parent)
        self._folder = folder
        self.path = Label(str(folder), selectable=True)
        words = tr("People, pictures, events, settings and logs are in it, and nowhere else.")
        self.open = Button(tr("Open the folder"), icon="folder", clicked=self._open)
        self.copy = Button(tr("Copy the path"), "link", icon="copy", clicked=self._copy)
        self.body.addWidget(self.path)
        self.body.addWidget(Label(words, "muted"))
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        row.addWidget(self.open)
        row.addWidget(self.copy)
        row.addStretch(1)
        self.body.addLayout(row)

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(str(self._folder))


class ChecksCard(Card):
    """What `doctor` says.

    Attributes:
        wanted: the checks are to be run again.
    """

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Is all well?"), parent)
        self._shown: tuple[Check, ...] = ()
        self.again = Button(tr("Check now"), icon="refresh", clicked=self.wanted.emit)
        self.head.addWidget(self.again)
        self.sum = Label(tr("Not checked yet."), "strong")
        self.body.addWidget(self.sum)
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE_3)
        self._grid.setVerticalSpacing(SPACE_2)
        self._grid.setColumnStretch(2, 1)
        self.body.addWidget(inside)
        theme().changed.connect(self._refill)

    def begin(self) -> None:
        """Say that the checks run."""
        self.again.setEnabled(False)
        self.sum.setText(tr("Checking"))

    def show_checks(self, checks: Sequence[Check]) -> None:
        """Show what was found."""
        self._shown = tuple(checks)
        self.again.setEnabled(True)
        wrong = sum(not check.ok for check in checks)
        if wrong:
            words = tr(
                "{wrong} of {all} checks found something.", wrong=wrong, all=len(self._shown)
            )
        else:
            words = tr("All is well.")
        self.sum.setText(words)
        self._refill()

    def _refill(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, check in enumerate(self._shown):
            sign = QLabel()
            sign.setPixmap(icon_pixmap(*(("check", "ok") if check.ok else ("warn", "warn"))))
            sign.setAccessibleName(tr("well") if check.ok else tr("not well"))
            top = Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(sign, row, 0, top)
            self._grid.addWidget(
                Label(tr(check.name.capitalize()), "strong", wrap=False), row, 1, top
            )
            self._grid.addWidget(Label(tr(check.text)), row, 2, top)
