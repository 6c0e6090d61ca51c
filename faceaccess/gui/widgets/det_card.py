"""What thresholds do at this site: the DET curve, one to drag, and what it means in words."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from faceaccess.core.calibrations import Unit
from faceaccess.gui.risk_wording import meaning_details, meaning_words
from faceaccess.gui.theme import SPACE_2
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.det_plot import DetPlot
from faceaccess.gui.widgets.labels import Label
from faceaccess.learn.det import DetCurve, meaning_of
from faceaccess.learn.open_set import Attempts


class DetCard(Card):
    """The curve with its handle; teaches while there are no strangers.

    Attributes:
        wanted: the curve is to be computed.
        chosen: emitted with a threshold that a person wants in force, set by hand.
        set_up: the risk is to be stated (in Set-up).
    """

    wanted = Signal()
    chosen = Signal(float)
    set_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("How sure is the door?"), parent)
        self._strangers: Attempts | None = None
        self._held_out: Attempts | None = None
        self._unit: Unit = "picture"
        self._in_force = 0.0
        self.compute = Button(tr("Measure now"), icon="refresh", clicked=self.wanted.emit)
        self.head.addWidget(self.compute)
        self.teaching = Label(
            tr(
                "Measured on your people and on strangers that no training has seen. Drag the "
                "threshold afterwards, and read what it means."
            ),
            "muted",
        )
        self.body.addWidget(self.teaching)
        self.plot = DetPlot()
        self.plot.moved.connect(self._say)
        self.body.addWidget(self.plot)
        self.threshold = Label("", "muted")
        self.meaning = Label("", "strong", selectable=True)
        self.details = Label("", "muted", selectable=True)
        self.weaker = Label(
            tr(
                "These strangers were drawn by the program, which is weaker than real ones. Add "
                "pictures of people who are not enrolled, in People, Strangers."
            )
        )
        self.weaker.set_tone("warn")
        for label in (self.threshold, self.meaning, self.details, self.weaker):
            self.body.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self.use = Button(tr("Use this threshold"), clicked=self._choose)
        self.back = Button(tr("Back to the one in force"), "link", icon="undo", clicked=self._back)
        self.risk = Button(tr("State a risk instead"), "link", clicked=self.set_up.emit)
        for button in (self.use, self.back, self.risk):
            row.addWidget(button)
        row.addStretch(1)
        self._row = QWidget()
        row.setContentsMargins(0, 0, 0, 0)
        self._row.setLayout(row)
        self.body.addWidget(self._row, 0, Qt.AlignmentFlag.AlignLeft)
        self.clear()

    def clear(self) -> None:
        """Teach."""
        self._strangers = self._held_out = None
        self.teaching.setVisible(True)
        for widget in (
            self.plot,
            self.threshold,
            self.meaning,
            self.details,
            self.weaker,
            self._row,
        ):
            widget.setVisible(False)

    def show_curve(
        self,
        curve: DetCurve,
        strangers: Attempts,
        held_out: Attempts,
        in_force: float,
        *,
        unit: Unit = "picture",
        synthetic: bool = False,
    ) -> None:
        """Draw what was measured.

        Args:
            curve: the errors over thresholds.
            strangers: attempts of strangers that it was drawn from.
            held_out: attempts of enrolled people.
            in_force: the threshold that the door uses.
            unit: what one attempt of a stranger is.
            synthetic: whether the strangers were drawn by the program.
        """
        self._strangers, self._held_out = strangers, held_out
        self._unit, self._in_force = unit, in_force
        self.teaching.setVisible(False)
        for widget in (self.plot, self.threshold, self.meaning, self.details, self._row):
            widget.setVisible(True)
        self.weaker.setVisible(synthetic)
        self.plot.show_curve(curve, in_force)
        self._say(in_force)

    def _say(self, threshold: float) -> None:
        if self._strangers is None or self._held_out is None:
            return
        meaning = meaning_of(threshold, self._strangers, self._held_out, self._unit)
        count, probes = len(self._strangers.scores), len(self._held_out.scores)
        there = abs(threshold - self._in_force) < 5e-4
        self.threshold.setText(
            tr("Threshold {threshold}, in force", threshold=f"{threshold:.3f}")
            if there
            else tr(
                "Threshold {threshold}; in force is {now}",
                threshold=f"{threshold:.3f}",
                now=f"{self._in_force:.3f}",
            )
        )
        self.meaning.setText(meaning_words(meaning, count, self._unit))
        self.details.setText(meaning_details(meaning, count, probes))
        self.plot.setAccessibleDescription(f"{self.threshold.text()}. {self.meaning.text()}")
        self.use.setEnabled(not there)
        self.back.setVisible(not there)

    def _choose(self) -> None:
        self.chosen.emit(round(self.plot.threshold, 3))

    def _back(self) -> None:
        self.plot.set_threshold(self._in_force)
        self._say(self._in_force)
        self.plot.setFocus()
