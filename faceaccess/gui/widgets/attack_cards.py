"""The panels of the attack test: what to try, the attempt at hand, and what came out so far."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.core.attack_tests import (
    AttackReport,
    Attempt,
    AttemptOutcome,
    KindFigures,
    PresentationKind,
)
from faceaccess.gui.attack_wording import (
    interval_words,
    kind_words,
    not_covered_words,
    prepare_words,
    share_words,
)
from faceaccess.gui.theme import SPACE_2, SPACE_3
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.verdict import Verdict
from faceaccess.gui.wording import moment_words
from faceaccess.pipeline.attack_test import ATTEMPTS, Phase, figures


class PlanPanel(Card):
    """The kinds, each with how often it was tried and a button to begin.

    Attributes:
        chosen: emitted with the `PresentationKind` to try.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("What will you try?"), parent)
        words = tr(
            "Try real pictures, phones and masks at this camera, and let people walk up as they "
            "are. {count} attempts of each say something; more say more.",
            count=ATTEMPTS,
        )
        self.body.addWidget(Label(words, "muted"))
        self.buttons: dict[PresentationKind, Button] = {}
        self._counts: dict[PresentationKind, Label] = {}
        for kind in PresentationKind:
            row = QHBoxLayout()
            row.setSpacing(SPACE_3)
            texts = QVBoxLayout()
            texts.setSpacing(0)
            texts.addWidget(Label(kind_words(kind), "strong"))
            texts.addWidget(Label(prepare_words(kind), "small"))
            row.addLayout(texts, 1)
            self._counts[kind] = Label("", "muted", wrap=False)
            row.addWidget(self._counts[kind])
            button = Button(tr("Try"), clicked=partial(self.chosen.emit, kind))
            button.setAccessibleName(tr("Try: {kind}", kind=kind_words(kind)))
            self.buttons[kind] = button
            row.addWidget(button)
            self.body.addLayout(row)

    def show_counts(self, attempts: Sequence[Attempt]) -> None:
        """Show how often each kind was tried."""
        for kind, label in self._counts.items():
            count = sum(a.kind is kind for a in attempts)
            label.setText(tr("{count} times", count=count) if count else "")


class AttemptPanel(Card):
    """The attempt at hand: what to do, what the door says, how it ended.

    Attributes:
        again: emitted when the next attempt of this kind is wanted.
        stopped: emitted when another kind, or none, is wanted.
    """

    again = Signal()
    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.title = Label("", "title")
        self.todo = Label("", "heading")
        self.phase = Label("", "strong")
        self.said = Label("", "muted")
        self.verdict = Verdict()
        for widget in (self.title, self.todo, self.phase, self.said, self.verdict):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self.next_button = Button(tr("Next attempt"), "primary", clicked=self.again.emit)
        self.stop_button = Button(tr("Stop"), icon="close", clicked=self.stopped.emit)
        row.addWidget(self.next_button)
        row.addWidget(self.stop_button)
        row.addStretch(1)
        self.body.addLayout(row)

    def begin(self, kind: str, number: int, instruction: str) -> None:
        """Say what to do in an attempt.

        Args:
            kind: what the kind is called.
            number: of the attempt, from 1.
            instruction: what to do.
        """
        self.title.setText(tr("{kind}, attempt {number}", kind=kind, number=number))
        self.todo.setText(instruction)
        self.show_phase(Phase.CLEARING, None, "")
        self.verdict.setVisible(False)
        self.next_button.setEnabled(False)

    def show_phase(self, phase: Phase, left: float | None, said: str) -> None:
        """Say where the attempt is.

        Args:
            phase: where.
            left: seconds that the phase still lasts at most, or None.
            said: what the door says to somebody enrolled, or "".
        """
        seconds = 0 if left is None else max(1, round(left))
        words = {
            Phase.CLEARING: tr("First step out of view, with everything: {count} s", count=seconds)
            if left is not None
            else tr("First step out of view, with everything"),
            Phase.READY: tr("Now: come into view"),
            Phase.RUNNING: tr("The door looks: {count} s left", count=seconds),
            Phase.OVER: "",
        }[phase]
        self.phase.setText(words)
        self.said.setText(tr("The door says: {sentence}", sentence=said) if said else "")

    def show_outcome(self, words: str, attempt: Attempt) -> None:
        """Say how it ended."""
        self.phase.setText("")
        self.said.setText("")
        seconds = tr("after {seconds} s", seconds=f"{attempt.seconds:.1f}")
        good = (attempt.outcome is AttemptOutcome.LET_IN) != attempt.kind.is_attack
        counted = attempt.outcome is not AttemptOutcome.NO_FACE
        self.verdict.show_words(words, seconds if counted else "", good=good and counted)
        self.next_button.setEnabled(True)
        self.next_button.setFocus()


class AttackFigures(Card):
    """What the attempts so far show, by kind, and what they cannot show.

    Attributes:
        keeping: emitted when the report is to be kept.
        dropping: emitted when the attempts are to be forgotten.
    """

    keeping = Signal()
    dropping = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("What came out"), parent)
        self.last = Label("", "muted")
        self.body.addWidget(self.last)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(SPACE_3)
        self._grid.setVerticalSpacing(SPACE_2)
        self._grid.setColumnStretch(0, 1)
        self.body.addLayout(self._grid)
        self.explained = Label(
            tr(
                "Of attacks: how many were taken for a living person (APCER). Of people: how many "
                "were refused as a picture (BPCER). The true share lies between the two figures, "
                "19 times out of 20."
            ),
            "small",
        )
        self.body.addWidget(self.explained)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self.keep = Button(tr("Keep the report"), "primary", clicked=self.keeping.emit)
        self.drop = Button(tr("Forget these attempts"), "link", clicked=self.dropping.emit)
        row.addWidget(self.keep)
        row.addWidget(self.drop)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addWidget(Label(tr("What no such test can show"), "strong"))
        self.body.addWidget(Label(not_covered_words(), "small"))
        self._report: AttackReport | None = None
        self.show_attempts(())

    def show_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Show the figures of these attempts; of the last report where there are none."""
        shown = attempts or (() if self._report is None else self._report.attempts)
        self._fill(figures(shown))
        self.explained.setVisible(bool(shown))
        self.keep.setVisible(bool(attempts))
        self.drop.setVisible(bool(attempts))

    def show_last(self, report: AttackReport | None, now: datetime) -> None:
        """Say when this installation was tested last, or that it never was."""
        self._report = report
        if report is None:
            self.last.setText(tr("No attack test was kept yet: nothing is known about this door."))
        else:
            count = trn("{count} attempt", "{count} attempts", len(report.attempts))
            self.last.setText(
                tr(
                    "Last kept: {when}, camera {camera}, {count}.",
                    when=moment_words(report.time, now),
                    camera=report.camera,
                    count=count,
                )
            )
        if not self.keep.isVisibleTo(self):
            self.show_attempts(())

    def _fill(self, found: Sequence[KindFigures]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for row, one in enumerate(found):
            wrong = tr("let in") if one.kind.is_attack else tr("refused as a picture")
            self._grid.addWidget(Label(kind_words(one.kind), "strong"), row, 0)
            for column, text in enumerate((wrong, share_words(one), interval_words(one)), start=1):
                self._grid.addWidget(Label(text, wrap=False), row, column)
