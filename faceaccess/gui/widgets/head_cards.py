"""The upper cards of the page on the door's head: what changed, and how the training went."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QWidget

from faceaccess.core.heads import HeadRecord
from faceaccess.gui.risk_wording import verdict_words
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.job_strip import JobStrip
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.loss_curve import LossCurve
from faceaccess.gui.widgets.verdict import Verdict
from faceaccess.gui.wording import people_count, pictures_count
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.results import Changes, RetrainResult

_NAMED = 5
"""People named before the rest is counted."""


@dataclass(frozen=True)
class State:
    """What the page shows, read at once."""

    changes: Changes
    heads: Sequence[HeadRecord]
    version: int | None
    """Which of them serves."""

    @property
    def serving(self) -> HeadRecord | None:
        """The head that serves."""
        return next((head for head in self.heads if head.version == self.version), None)


class ChangesCard(Card):
    """What has changed since the last training, and the button that takes it in.

    Args:
        runner: runs the training.
        start: begins it.
        enrol: goes to the first enrolment.
        parent: the owner.
    """

    def __init__(
        self,
        runner: JobRunner,
        start: Callable[[], object],
        enrol: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("Since the last training"), parent)
        self.changes = Label(tr("Looking at what has changed"), "strong")
        self.lines = Label("", "body", selectable=True)
        self.advice = Label("", "muted")
        for label in (self.changes, self.lines, self.advice):
            self.body.addWidget(label)
        self.enrol = Button(tr("Enrol the first person"), icon="add", clicked=enrol)
        self.enrol.setVisible(False)
        self.body.addWidget(self.enrol, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addStretch(1)
        self.full = QCheckBox(tr("Start over from all pictures"))
        self.full.setAccessibleName(tr("Start over from all pictures"))
        self.full.setToolTip(
            tr("Usually the head goes on from what it knows; starting over takes a little longer.")
        )
        self.body.addWidget(self.full)
        self.retrain = Button(tr("Retrain"), "primary", clicked=start)
        self.retrain.setMinimumHeight(48)
        self.body.addWidget(self.retrain)
        self.job = JobStrip(runner)
        self.body.addWidget(self.job)

    def show_state(self, state: State) -> None:
        """Say what has changed."""
        changes = state.changes
        lines = [
            _sentence(changes.added, tr("{names} came in"), tr("{names} and {more} more came in")),
            _sentence(changes.removed, tr("{names} went"), tr("{names} and {more} more went")),
            _sentence(
                changes.more_pictures,
                tr("{names}: pictures changed"),
                tr("{names} and {more} more: pictures changed"),
            ),
        ]
        told = [line for line in lines if line]
        self.lines.setText("\n".join(told))
        self.lines.setVisible(bool(told))
        nobody = state.serving is None and not changes.any
        self.enrol.setVisible(nobody)
        count = len(changes.added) + len(changes.removed) + len(changes.more_pictures)
        if count:
            self.changes.setText(trn("{count} change", "{count} changes", count))
            self.advice.setText(
                tr("Retraining takes them in together. The door goes on while it runs.")
            )
        elif nobody:
            self.changes.setText(tr("Nobody is enrolled yet"))
            self.advice.setText(tr("There is nothing to train before the first enrolment."))
        else:
            self.changes.setText(tr("Nothing has changed"))
            self.advice.setText(
                tr("The door knows everybody who is enrolled. Retraining is not needed.")
            )


class HeadCurveCard(Card):
    """The loss as it falls, and the verdict under it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Training loss"), parent)
        self.curve = LossCurve()
        self.body.addWidget(self.curve, 1)
        self.verdict = Verdict()
        self.body.addWidget(self.verdict)

    def show_result(self, result: RetrainResult) -> None:
        """Say how a training went."""
        head = result.head
        words = (
            tr(result.verdict) if result.test is None else verdict_words(result.test, result.names)
        )
        self.verdict.show_words(
            words,
            tr(
                "Version {version}: {people}, {pictures}, {steps} steps, {seconds} s",
                version=head.version,
                people=people_count(head.people),
                pictures=pictures_count(head.samples),
                steps=head.steps,
                seconds=f"{head.seconds:.1f}",
            ),
            good=result.accepted,
        )


def _sentence(names: Sequence[str], few: str, many: str) -> str:
    """Return a sentence that names people, or "" for none."""
    if not names:
        return ""
    shown = ", ".join(names[:_NAMED])
    if len(names) <= _NAMED:
        return few.format(names=shown)
    return many.format(names=shown, more=f"{len(names) - _NAMED:,}")
