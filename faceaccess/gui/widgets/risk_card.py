"""The risk that an administrator states, in words, and what the door promises for it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from faceaccess.core.calibrations import parse_risk
from faceaccess.core.errors import KnownError
from faceaccess.core.settings import Settings
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.risk_wording import (
    estimate_words,
    meaning_words,
    promise_words,
    risk_text,
    share_words,
)
from faceaccess.gui.theme import SPACE_2, SPACE_3, theme
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.filter_chips import ChipChoice
from faceaccess.gui.widgets.flow import FlowLayout
from faceaccess.gui.widgets.form_parts import Fold
from faceaccess.gui.widgets.job_strip import JobStrip
from faceaccess.gui.widgets.labels import Label, restyle
from faceaccess.gui.widgets.set_up_cards import ThresholdCard
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.results import Calibration

CHOICES = (100, 400, 1000, 10_000)
"""Strangers of whom at most one may get in; another number is typed."""
_USUAL = CHOICES.index(1000)
_MANY = 0.2
"""Share of colleagues asked to try again from which that is a warning."""


class RiskCard(Card):
    """States the risk, finds what it takes, and puts it in force.

    Args:
        runner: runs what finds it.
        threshold: the threshold by hand, shown behind a fold.
        parent: the owner.

    Attributes:
        estimating: emitted with a risk whose threshold is to be found.
        applying: emitted with a risk that is to be put in force.
        strangers_wanted: the page with the strangers is wanted.
    """

    estimating = Signal(float)
    applying = Signal(float)
    strangers_wanted = Signal()

    def __init__(
        self, runner: JobRunner, threshold: ThresholdCard, parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("How sure the door must be"), parent)
        self._runner = runner
        self._settings = Settings()
        self._found: float | None = None
        self.state = Label("", "strong")
        self.body.addWidget(self.state)
        self.body.addWidget(
            Label(
                tr(
                    "State how many strangers may be let in at most. The program finds the "
                    "threshold for your people, says how sure that is, and keeps to it whenever "
                    "people are added."
                ),
                "muted",
            )
        )
        self.body.addWidget(self._choice())
        self.problem = Label(
            tr("That is no risk: write it like 1/400, at most 1 stranger in 400."), "error"
        )
        self.body.addWidget(self.problem)
        self.job = JobStrip(runner)
        self.body.addWidget(self.job)
        self._show_found_parts()
        self.fold = Fold(tr("Set the threshold by hand"), threshold)
        self.body.addWidget(self.fold)
        runner.busy_changed.connect(self._on_busy)
        theme().changed.connect(self._tint)
        self._on_edited("")

    def _choice(self) -> QWidget:
        inside = QWidget()
        flow = FlowLayout(inside, SPACE_2)
        words = Label(tr("At most 1 stranger in"), "body", wrap=False)
        flow.addWidget(words)
        self.chips = ChipChoice(
            [f"{number:,}" for number in CHOICES], tr("Stated risk"), self._on_chip, self
        )
        self.chips.choose(_USUAL)
        for chip in self.chips.chips:
            flow.addWidget(chip)
        self.field = QLineEdit()
        self.field.setAccessibleName(tr("Another risk"))
        self.field.setPlaceholderText(tr("or write 1/500"))
        self.field.setMaximumWidth(160)
        self.field.textEdited.connect(self._on_edited)
        self.field.returnPressed.connect(self._find)
        flow.addWidget(self.field)
        self.find_out = Button(tr("Find out what it takes"), "primary", clicked=self._find)
        flow.addWidget(self.find_out)
        return inside

    def _show_found_parts(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self._sign = QLabel()
        self.promise = Label("", "strong", selectable=True)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.promise, 1)
        self._icon = ("check", "ok")
        self.stands = Label("", "body", selectable=True)
        self.meaning = Label("", "body", selectable=True)
        self.tested = Label("", "muted", selectable=True)
        self.aside = Label("", "body", selectable=True)
        self.aside.set_tone("warn")
        self.body.addLayout(row)
        for label in (self.meaning, self.stands, self.tested, self.aside):
            self.body.addWidget(label)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_3)
        self.apply = Button(tr("Put it in force"), "primary", clicked=self._apply)
        self.more = Button(tr("Add strangers"), "link", clicked=self.strangers_wanted.emit)
        buttons.addWidget(self.apply)
        buttons.addWidget(self.more)
        buttons.addStretch(1)
        self.body.addLayout(buttons)
        self.forget()

    def forget(self) -> None:
        """Show nothing that was found."""
        self._found = None
        for widget in (
            self._sign,
            self.promise,
            self.stands,
            self.meaning,
            self.tested,
            self.aside,
            self.apply,
            self.more,
        ):
            widget.setVisible(False)

    # What is in force.

    def show_settings(self, settings: Settings) -> None:
        """Say what is in force."""
        self._settings = settings
        if settings.threshold is not None:
            text = tr(
                "In force: the threshold {threshold}, set by hand.",
                threshold=f"{settings.threshold:.3f}",
            )
        elif settings.risk is not None:
            text = tr("In force: at most {share} strangers.", share=share_words(settings.risk))
            if settings.risk in (1 / number for number in CHOICES):
                self.chips.choose([1 / number for number in CHOICES].index(settings.risk))
            elif not self.field.hasFocus():
                self.field.setText(risk_text(settings.risk))
                self.chips.choose_none()
        else:
            text = tr("No risk is stated: the embedder's measured default is used.")
        self.state.setText(text)
        self.fold.unfold(open_=self.fold.open or settings.threshold is not None)

    # What is asked.

    @property
    def risk(self) -> float | None:
        """What is stated on the card; None where that is no risk."""
        if written := self.field.text().strip():
            try:
                return parse_risk(written)
            except KnownError:
                return None
        return 1 / CHOICES[self.chips.chosen]

    def _on_chip(self, _choice: int) -> None:
        self.field.setText("")
        self._on_edited("")

    def _on_edited(self, text: str) -> None:
        if text.strip():
            self.chips.choose_none()
        elif self.chips.chosen < 0:
            self.chips.choose(_USUAL)
        if self.risk != self._found:
            self.forget()
        self._on_busy(self._runner.busy)
        restyle(self.field, invalid="true" if self.risk is None else "false")
        self.problem.setVisible(self.risk is None)

    def _on_busy(self, busy: bool) -> None:  # noqa: FBT001  # a signal's value
        self.find_out.setEnabled(not busy and self.risk is not None)
        self.apply.setEnabled(not busy)

    def _find(self) -> None:
        if self.risk is not None:
            self.estimating.emit(self.risk)

    def _apply(self) -> None:
        if self._found is not None:
            self.applying.emit(self._found)

    # What was found.

    def show_found(self, found: Calibration) -> None:
        """Say what a risk takes, and whether it can be promised."""
        estimate = found.estimate
        if estimate is None:
            self.forget()
            return
        self._found = estimate.risk
        self._icon = ("check", "ok") if estimate.promise else ("warn", "warn")
        self._tint()
        self.promise.setText(promise_words(estimate))
        self.meaning.setText(
            meaning_words(found.meaning(estimate.threshold), estimate.strangers, estimate.unit)
        )
        many = estimate.fnmr is not None and estimate.fnmr > _MANY
        self.meaning.set_tone("danger" if many else "none")
        restyle(self.apply, kind="primary" if estimate.promise and not many else "danger")
        self.stands.setText(estimate_words(estimate))
        self.tested.setText(_tested(found))
        self.aside.setText(_aside(found))
        for widget in (
            self._sign,
            self.promise,
            self.stands,
            self.meaning,
            self.tested,
        ):
            widget.setVisible(True)
        self.aside.setVisible(bool(found.set_aside))
        self.apply.setVisible(not found.applied)
        self.apply.set_text(
            tr("Put it in force") if estimate.promise else tr("Put it in force all the same")
        )
        self.more.setVisible(not estimate.promise)
        self._on_busy(self._runner.busy)

    def _tint(self) -> None:
        self._sign.setPixmap(icon_pixmap(*self._icon))


def _tested(found: Calibration) -> str:
    test = found.test
    if not test.strangers:
        return ""
    return tr(
        "On other strangers, whom the threshold has not seen, {inside} of {strangers} got in.",
        inside=f"{test.strangers_in:,}",
        strangers=f"{test.strangers:,}",
    )


def _aside(found: Calibration) -> str:
    if not found.set_aside:
        return ""
    first = found.set_aside[0]
    return trn(
        "{count} stranger is left out, because they are enrolled: {label} is {name}.",
        "{count} strangers are left out, because they are enrolled; {label}, for one, is {name}.",
        len(found.set_aside),
        label=first.label,
        name=first.person,
    )
