"""A training on pictures as it runs: words, two plots, and the verdict at its end."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from faceaccess.core.progress import Progress
from faceaccess.gui.theme import SPACE_2
from faceaccess.gui.training_wording import (
    accuracy_words,
    ending_words,
    epoch_words,
    named_right_words,
    step_words,
)
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.curves import Curves, Legend, Style
from faceaccess.gui.widgets.flow import FlowLayout
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.verdict import Verdict
from faceaccess.gui.wording import pictures_count
from faceaccess.learn.stop_rules import EpochFigures
from faceaccess.pipeline.picture_training import PictureTrainingResult

_STEPS, _LEARNED, _TESTED = Style(0, width=1, faint=True), Style(0), Style(1, marked=True)


class TrainingProgress(Card):
    """What a training has brought so far.

    Attributes:
        start_wanted: emitted when a training is to begin.
        save_wanted: emitted when the model is to be saved.
        loss, accuracy: the plots; lines "learned" and "tested" with a point an epoch, and "steps"
            with what a few steps inside an epoch had.
    """

    start_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Training"), parent)
        self._epochs, self._tested, self._accuracy = 1, 0, ""
        self.start = Button(tr("Start"), "primary", icon="play", clicked=self.start_wanted.emit)
        self.start.setMinimumHeight(48)
        self.waiting = Label(
            tr("Another training is running. This one can start when it has ended."), "muted"
        )
        self.now = Label("", "strong")
        self.step = Label("", "muted")
        self.plots = QWidget()
        self.legend = Legend()
        self.legend.show_names((tr("pictures learned"), tr("pictures tested")))
        self.loss = Curves(tr("Loss of each epoch"), tr("Loss"), tr("Epoch"))
        self.accuracy = Curves(tr("How many test pictures are right"), tr("Right, %"), tr("Epoch"))
        for curves in (self.loss, self.accuracy):
            curves.setFixedHeight(190)
        self.verdict = Verdict()
        self.save = Button(tr("Save the model"), icon="export", clicked=self.save_wanted.emit)
        self.buttons = QWidget()
        row = FlowLayout(self.buttons, SPACE_2)
        row.addWidget(self.save)
        plots = QVBoxLayout(self.plots)
        plots.setContentsMargins(0, 0, 0, 0)
        plots.setSpacing(SPACE_2)
        for widget in (self.legend, self.loss, self.accuracy):
            plots.addWidget(widget)
        column = QVBoxLayout()
        column.setSpacing(SPACE_2)
        for part in (
            self.verdict,
            self.buttons,
            self.now,
            self.step,
            self.start,
            self.waiting,
            self.plots,
        ):
            column.addWidget(part)
        self.body.addLayout(column)
        self.show_ready("")

    def show_ready(self, words: str) -> None:
        """Show that a training can begin.

        Args:
            words: what it will work on.
        """
        self.verdict.setVisible(False)
        for part in (self.buttons, self.step, self.plots):
            part.setVisible(False)
        self.now.setText(words)
        self.now.setVisible(bool(words))

    def show_busy(self, *, here: bool, elsewhere: bool) -> None:
        """Offer the start or not.

        Args:
            here: whether a job of this page runs.
            elsewhere: whether another does, which this one has to wait for.
        """
        self.start.setVisible(not here)
        self.start.setEnabled(not elsewhere)
        self.waiting.setVisible(elsewhere)

    @property
    def has_result(self) -> bool:
        """Whether a training has come to its end."""
        return not self.verdict.isHidden()

    def begin(self, epochs: int) -> None:
        """Show that a training begins.

        Args:
            epochs: how many there are to be at most.
        """
        self._epochs, self._tested, self._accuracy = epochs, 0, ""
        for curves in (self.loss, self.accuracy):
            curves.clear()
        self.verdict.setVisible(False)
        self.buttons.setVisible(False)
        self.now.setText(tr("The network is being made"))
        self.step.setText("")
        for part in (self.now, self.step, self.plots):
            part.setVisible(True)

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is; what carries no figures is passed over."""
        figures = progress.figures
        self._tested = round(figures.get("tested", self._tested))
        if "loss" not in figures or "epoch" not in figures:
            return
        at = figures["epoch"]
        if figures.get("end_of_epoch"):
            self._end_of_epoch(
                at, figures["loss"], figures.get("test_loss"), figures.get("accuracy")
            )
        elif progress.total > 0:
            at = self._epochs * figures["step"] / progress.total
            self.loss.append("steps", (at, figures["loss"]), _STEPS)
        self.now.setText(epoch_words(figures, self._epochs, self._accuracy))
        self.step.setText(step_words(figures))
        self._say()

    def show_history(self, history: Sequence[EpochFigures]) -> None:
        """Draw the epochs of a whole training."""
        for figures in history:
            self._end_of_epoch(figures.epoch, figures.loss, figures.test_loss, figures.accuracy)
        self._say()

    def show_result(self, result: PictureTrainingResult) -> None:
        """Say how it ended."""
        trained = result.trained
        self._tested = len(result.pictures.test)
        if trained.accuracy is None:
            words = tr("The network has learned the pictures")
        else:
            words = named_right_words(trained.accuracy, self._tested)
        figures = [
            ending_words(trained.stopped_by),
            tr(
                "{epochs} of {most} epochs, {seconds} s, loss {loss}, learned from {pictures}",
                epochs=f"{result.epochs:,}",
                most=f"{trained.hyperparameters.epochs:,}",
                seconds=f"{trained.seconds:,.1f}",
                loss=f"{trained.loss:.3f}",
                pictures=pictures_count(len(result.pictures.training)),
            ),
        ]
        if trained.skipped_steps:
            figures.append(
                trn(
                    "{count} step was left out: its gradient was no number.",
                    "{count} steps were left out: their gradients were no numbers.",
                    trained.skipped_steps,
                )
            )
        self.verdict.show_words(words, "\n".join(figures), good=trained.stopped_by != "diverged")
        self.now.setVisible(False)
        self.step.setVisible(False)
        self.buttons.setVisible(True)

    def _end_of_epoch(
        self, epoch: float, loss: float, test_loss: float | None, accuracy: float | None
    ) -> None:
        self.loss.append("learned", (epoch, loss), _LEARNED)
        if test_loss is not None:
            self.loss.append("tested", (epoch, test_loss), _TESTED)
        if accuracy is not None:
            self.accuracy.append("tested", (epoch, 100 * accuracy), _TESTED)
            self._accuracy = accuracy_words(accuracy, self._tested)

    def _say(self) -> None:
        losses = self.loss.points("learned") or self.loss.points("steps")
        tested = self.loss.points("tested")
        if losses and tested:
            self.loss.say(
                tr(
                    "Loss {first} at the start, {last} now; {tested} on the test pictures",
                    first=f"{losses[0][1]:.3f}",
                    last=f"{losses[-1][1]:.3f}",
                    tested=f"{tested[-1][1]:.3f}",
                )
            )
        elif losses:
            self.loss.say(
                tr(
                    "Loss {first} at the start, {last} now",
                    first=f"{losses[0][1]:.3f}",
                    last=f"{losses[-1][1]:.3f}",
                )
            )
        right = self.accuracy.points("tested")
        if right:
            best = max(percent for _, percent in right)
            self.accuracy.say(
                tr(
                    "{last} now; the best so far was {best}",
                    last=self._accuracy,
                    best=accuracy_words(best / 100, self._tested),
                )
            )
