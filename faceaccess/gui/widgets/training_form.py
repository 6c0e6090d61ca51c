"""What can be chosen before a training: network, loss, optimizer, how long, and what ends it."""

import json
from dataclasses import asdict, dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from faceaccess.core.errors import KnownError
from faceaccess.gui.theme import SPACE_3, SPACE_4
from faceaccess.gui.training_wording import (
    loss_names,
    network_names,
    optimizer_names,
    optimizer_words,
    start_names,
)
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.form_parts import Fold, choice_of, in_columns, titled
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.number_fields import DecimalField, WholeField
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.preprocessing import MAX_SIZE, Preprocessing

_LARGEST = 1_000_000
_STANDARD = Hyperparameters()


@dataclass(frozen=True)
class Choices:
    """What was chosen.

    Attributes:
        preprocessing: how pictures are read.
        hyperparameters: how they are learned.
    """

    preprocessing: Preprocessing
    hyperparameters: Hyperparameters

    def as_text(self) -> str:
        """Return it as a text to remember."""
        return json.dumps([asdict(self.preprocessing), self.hyperparameters.as_json()])

    @classmethod
    def from_text(cls, text: str) -> "Choices | None":
        """Return what a text of an earlier run says, or None if it says nothing any more."""
        try:
            preprocessing, hyperparameters = json.loads(text)
            return cls(
                Preprocessing.from_json(preprocessing), Hyperparameters.from_json(hyperparameters)
            )
        except (ValueError, TypeError, AttributeError, KnownError):
            return None


class TrainingForm(QWidget):
    """The choices, those that matter first, the others behind a fold.

    Attributes:
        pictures_changed: emitted when pictures must be read anew (size, colour).
    """

    pictures_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        column.addWidget(self._first())
        column.addWidget(self._ends())
        self.more = Fold(tr("More choices"), self._rest())
        column.addWidget(self.more)
        self.show_choices(Choices(Preprocessing(), _STANDARD))
        self.side.editingFinished.connect(self.pictures_changed)
        self.colour.clicked.connect(lambda _on=False: self.pictures_changed.emit())

    def _first(self) -> QWidget:
        self.network = choice_of(network_names())
        self.loss = choice_of(loss_names())
        self.optimizer = choice_of(optimizer_names())
        self.epochs = WholeField(tr("Epochs"), 1, _LARGEST)
        self.batch = WholeField(tr("Pictures a step"), 1, _LARGEST)
        self.side = WholeField(tr("Size of the pictures"), 1, MAX_SIZE, unit=tr("pixels"))
        self.colour = QCheckBox(tr("Learn from colours"))
        self.colour.setAccessibleName(tr("Learn from colours"))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        column.addWidget(
            in_columns(
                (
                    titled(tr("Network"), self.network),
                    titled(tr("Loss"), self.loss),
                    titled(tr("Optimizer"), self.optimizer),
                    titled(tr("Epochs"), self.epochs),
                )
            )
        )
        self.words = Label("", "small")
        column.addWidget(self.words)
        self.optimizer.currentIndexChanged.connect(self._say_optimizer)
        column.addWidget(
            in_columns(
                (
                    titled(tr("Pictures a step"), self.batch),
                    titled(tr("Size of the pictures"), self.side),
                )
            )
        )
        column.addWidget(self.colour)
        return inside

    def _ends(self) -> QWidget:
        never = tr("never")
        self.until_accuracy = DecimalField(tr("When so many are right"), 100.0, 1, unit="%")
        self.patience = WholeField(tr("After epochs without gain"), 0, _LARGEST)
        self.until_loss = DecimalField(tr("When the loss is"), 1000.0, 4)
        self.minutes = DecimalField(tr("After minutes"), 100_000.0, 1)
        for field in (self.until_accuracy, self.patience, self.until_loss, self.minutes):
            field.setSpecialValueText(never)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        column.addWidget(Label(tr("Stop earlier"), "strong"))
        column.addWidget(
            in_columns(
                (
                    titled(tr("When so many are right"), self.until_accuracy),
                    titled(tr("After epochs without gain"), self.patience),
                    titled(tr("When the loss is"), self.until_loss),
                    titled(tr("After minutes"), self.minutes),
                )
            )
        )
        return inside

    def _rest(self) -> QWidget:
        self.layers = QLineEdit()
        self.layers.setPlaceholderText("conv 6x5 | relu | pool 2 | fc 84 | relu | classes")
        self.step = DecimalField(tr("First step"), 1000.0, 6, none=tr("computed"))
        self.seed = WholeField(tr("Seed"), 0, 2**31 - 1)
        self.start = choice_of(start_names())
        self.shift = WholeField(tr("Shift"), 0, MAX_SIZE, unit=tr("pixels"))
        self.mirror = QCheckBox(tr("Mirror at random"))
        self.averaged = QCheckBox(tr("Average the weights"))
        self.mirror.setAccessibleName(self.mirror.text())
        self.averaged.setAccessibleName(self.averaged.text())
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        column.addWidget(
            titled(
                tr("Layers of your own"),
                self.layers,
                tr("Taken in place of the network above, if anything stands here."),
            )
        )
        column.addWidget(
            in_columns(
                (
                    titled(tr("First step"), self.step),
                    titled(tr("Seed"), self.seed),
                    titled(tr("Weights start"), self.start),
                    titled(tr("Shift"), self.shift),
                )
            )
        )
        for check in (self.mirror, self.averaged):
            column.addWidget(check)
        return inside

    def _say_optimizer(self) -> None:
        self.words.setText(optimizer_words(self.optimizer.currentData()))

    # What was chosen.

    def choices(self) -> Choices:
        """Return what is chosen.

        Raises:
            KnownError: if a value is not possible.
        """
        goal, loss = self.until_accuracy.value(), self.until_loss.value()
        return Choices(
            self.preprocessing(),
            Hyperparameters(
                network=self.layers.text().strip() or self.network.currentData(),
                loss=self.loss.currentData(),
                optimizer=self.optimizer.currentData(),
                initial_step=self.step.value() or None,
                batch=self.batch.value(),
                epochs=self.epochs.value(),
                seed=self.seed.value(),
                initialiser=self.start.currentData(),
                shift=self.shift.value(),
                mirror=self.mirror.isChecked(),
                averaged_weights=self.averaged.isChecked(),
                until_accuracy=goal / 100 if goal else None,
                until_loss=loss or None,
                until_seconds=60 * self.minutes.value() or None,
                patience=self.patience.value() or None,
            ),
        )

    def preprocessing(self) -> Preprocessing:
        """Return how pictures are to be read."""
        return Preprocessing(self.side.value(), self.colour.isChecked())

    def show_choices(self, chosen: Choices) -> None:
        """Fill in."""
        values = chosen.hyperparameters
        named = self.network.findData(values.network)
        self.network.setCurrentIndex(max(named, 0))
        self.layers.setText("" if named >= 0 else values.network)
        self.loss.setCurrentIndex(self.loss.findData(values.loss))
        self.optimizer.setCurrentIndex(self.optimizer.findData(values.optimizer))
        self.start.setCurrentIndex(self.start.findData(values.initialiser))
        self.step.setValue(values.initial_step or 0.0)
        self.batch.setValue(values.batch)
        self.epochs.setValue(values.epochs)
        self.seed.setValue(values.seed)
        self.shift.setValue(values.shift)
        self.mirror.setChecked(values.mirror)
        self.averaged.setChecked(values.averaged_weights)
        self.until_accuracy.setValue(100 * (values.until_accuracy or 0.0))
        self.until_loss.setValue(values.until_loss or 0.0)
        self.minutes.setValue((values.until_seconds or 0.0) / 60)
        self.patience.setValue(values.patience or 0)
        self.side.setValue(chosen.preprocessing.size)
        self.colour.setChecked(chosen.preprocessing.colour)
        self._say_optimizer()
