"""What is compared: on which pictures, which optimizers, how often and how long."""

import json
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from faceaccess.gui.theme import SPACE_2, SPACE_3, SPACE_4
from faceaccess.gui.training_wording import (
    loss_names,
    network_names,
    optimizer_names,
    optimizer_words,
)
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.flow import FlowLayout
from faceaccess.gui.widgets.form_parts import Fold, choice_of, in_columns, titled
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.number_fields import WholeField
from faceaccess.gui.widgets.source_buttons import SourceButtons
from faceaccess.gui.wording import breakable
from faceaccess.learn.preprocessing import MAX_SIZE
from faceaccess.pipeline.comparing import ComparisonSettings
from faceaccess.pipeline.training_defaults import COMPARED, DRAWN_EPOCHS, EPOCHS

_LARGEST = 1_000_000
_STANDARD = ComparisonSettings()


class CompareForm(QWidget):
    """The choices of a comparison.

    Attributes:
        source_buttons: choose pictures of one's own.
        source: the folder or list to compare on, or None for drawn faces.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source: Path | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        column.addWidget(self._where())
        column.addWidget(self._which())
        column.addLayout(self._numbers())
        self.more = Fold(tr("More choices"), self._rest())
        column.addWidget(self.more)
        self.show_source(None)

    def _where(self) -> QWidget:
        self.drawn = QRadioButton(tr("Drawn faces"))
        self.own = QRadioButton(tr("Pictures of my own"))
        self._group = QButtonGroup(self)
        for button in (self.drawn, self.own):
            button.setAccessibleName(button.text())
            self._group.addButton(button)
        self.drawn.clicked.connect(lambda _on=False: self.show_source(None))
        self.own.clicked.connect(lambda _on=False: self._own())
        self.source_buttons = SourceButtons()
        self.source_buttons.chosen.connect(self.show_source)
        self.where = Label("", "small", selectable=True)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_2)
        row = QWidget()
        flow = FlowLayout(row, SPACE_4)
        for widget in (self.drawn, self.own):
            flow.addWidget(widget)
        for part in (row, self.where, self.source_buttons):
            column.addWidget(part)
        return inside

    def _which(self) -> QWidget:
        self.optimizers: dict[str, QCheckBox] = {}
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_2)
        column.addWidget(Label(tr("Optimizers"), "strong"))
        row = QWidget()
        flow = FlowLayout(row, SPACE_4)
        for name, words in optimizer_names().items():
            check = QCheckBox(words)
            check.setAccessibleName(words)
            check.setAccessibleDescription(optimizer_words(name))
            check.setToolTip(optimizer_words(name))
            check.setChecked(name in COMPARED)
            self.optimizers[name] = check
            flow.addWidget(check)
        column.addWidget(row)
        return inside

    def _numbers(self) -> QHBoxLayout:
        self.seeds = WholeField(tr("Runs of each"), 1, 100)
        self.seeds.setValue(_STANDARD.seeds)
        self.epochs = WholeField(tr("Epochs of a run"), 1, _LARGEST)
        row = QHBoxLayout()
        row.setSpacing(SPACE_4)
        for title, field in (
            (tr("Runs of each"), self.seeds),
            (tr("Epochs of a run"), self.epochs),
        ):
            row.addWidget(titled(title, field))
        row.addStretch(1)
        return row

    def _rest(self) -> QWidget:
        self.network = choice_of(network_names())
        self.loss = choice_of(loss_names())
        self.batch = WholeField(tr("Pictures a step"), 1, _LARGEST)
        self.seed = WholeField(tr("Seed"), 0, 2**31 - 1)
        self.side = WholeField(tr("Size of the pictures"), 1, MAX_SIZE, unit=tr("pixels"))
        self.share = WholeField(tr("Kept for testing"), 5, 50, unit="%")
        self.colour = QCheckBox(tr("Learn from colours"))
        self.averaged = QCheckBox(tr("Average the weights"))
        for check in (self.colour, self.averaged):
            check.setAccessibleName(check.text())
        self._fill_rest(_STANDARD)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        fields = in_columns(
            (
                titled(tr("Network"), self.network),
                titled(tr("Loss"), self.loss),
                titled(tr("Pictures a step"), self.batch),
                titled(tr("Seed"), self.seed),
                titled(tr("Size of the pictures"), self.side),
                titled(tr("Kept for testing"), self.share),
            )
        )
        for part in (fields, self.colour, self.averaged):
            column.addWidget(part)
        return inside

    def _fill_rest(self, settings: ComparisonSettings) -> None:
        self.network.setCurrentIndex(max(self.network.findData(settings.network), 0))
        self.loss.setCurrentIndex(self.loss.findData(settings.loss))
        self.batch.setValue(settings.batch)
        self.seed.setValue(settings.seed)
        self.side.setValue(settings.size)
        self.share.setValue(round(100 * settings.share))
        self.colour.setChecked(settings.colour)
        self.averaged.setChecked(settings.averaged_weights)

    # Where the pictures come from.

    def show_source(self, source: Path | None) -> None:
        """Compare on a folder or a list of pictures; None for drawn faces."""
        self.source = source
        (self.drawn if source is None else self.own).setChecked(True)
        self.epochs.setValue(DRAWN_EPOCHS if source is None else EPOCHS)
        self.where.setText(
            tr("Drawn faces need no pictures of yours; it takes about two minutes.")
            if source is None
            else breakable(str(source), 24)
        )
        for field in (self.side, self.share, self.colour):
            field.setEnabled(source is not None)

    def _own(self) -> None:
        """Pictures of one's own are to be taken: which?"""
        if self.source is None:
            self.drawn.setChecked(True)  # until one has been chosen
            self.source_buttons.ask_folder()

    # What was chosen.

    def settings(self) -> ComparisonSettings:
        """Return what is chosen.

        Raises:
            KnownError: if it is not possible.
        """
        names = tuple(name for name, check in self.optimizers.items() if check.isChecked())
        common = ComparisonSettings(
            optimizers=names,
            seeds=self.seeds.value(),
            epochs=self.epochs.value(),
            batch=self.batch.value(),
            network=self.network.currentData(),
            loss=self.loss.currentData(),
            averaged_weights=self.averaged.isChecked(),
            seed=self.seed.value(),
        )
        if self.source is None:
            return common
        return replace(
            common,
            size=self.side.value(),
            colour=self.colour.isChecked(),
            share=self.share.value() / 100,
        )

    def as_text(self) -> str:
        """Return the main choices as a text to remember; the pictures are chosen anew each time."""
        names = [name for name, check in self.optimizers.items() if check.isChecked()]
        return json.dumps({"optimizers": names, "seeds": self.seeds.value()})

    def show_text(self, text: str) -> None:
        """Take what `as_text` gave; anything else changes nothing."""
        try:
            kept = json.loads(text)
            names, seeds = set(kept["optimizers"]), int(kept["seeds"])
        except (ValueError, TypeError, KeyError):
            return
        for name, check in self.optimizers.items():
            check.setChecked(name in names)
        self.seeds.setValue(seeds)
