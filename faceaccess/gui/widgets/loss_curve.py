"""The training loss as it falls, drawn with pyqtgraph in the window's colours."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from faceaccess.gui.theme import SMALL, SPACE_1, theme
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.labels import Label

_HEIGHT = 260


class LossCurve(QWidget):
    """A curve with a line of words under it that says the same.

    pyqtgraph takes a third of a second to import; it is loaded when the curve is first shown.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: list[float] = []
        self._losses: list[float] = []
        self._plot: Any = None
        self._line: Any = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_1)
        self.words = Label("", "small")
        self._column.addWidget(self.words)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedHeight(_HEIGHT)
        self._say()

    @property
    def losses(self) -> tuple[float, ...]:
        """What is drawn."""
        return tuple(self._losses)

    def clear(self) -> None:
        """Begin anew."""
        self._steps, self._losses = [], []
        self._draw()

    def add(self, step: float, loss: float) -> None:
        """Append a point.

        Args:
            step: how many steps were taken before, from 0.
            loss: the mean loss at that point.
        """
        self._steps.append(step)
        self._losses.append(loss)
        self._draw()

    def show_losses(self, losses: tuple[float, ...]) -> None:
        """Draw a whole training: the loss at the start, then after each step."""
        self._steps = [float(number) for number in range(len(losses))]
        self._losses = list(losses)
        self._draw()

    def showEvent(self, event: object) -> None:
        """Load the plot when it is first looked at."""
        self.load()

    def load(self) -> None:
        """Load pyqtgraph and draw what is there; harmless when done already."""
        if self._plot is not None:
            return
        import pyqtgraph

        plot = pyqtgraph.PlotWidget()
        plot.setMenuEnabled(False)
        plot.setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        plot.setFrameShape(plot.Shape.NoFrame)
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.setAccessibleName(tr("Training loss"))
        plot.showGrid(x=False, y=True, alpha=0.25)
        self._line = plot.plot([], [])
        self._plot = plot
        self._column.insertWidget(0, plot, 1)
        theme().changed.connect(self._tint)
        self._tint()
        self._draw()

    def _tint(self) -> None:
        import pyqtgraph

        tokens = theme().tokens
        self._plot.setBackground(tokens.surface)
        self._line.setPen(pyqtgraph.mkPen(tokens.accent, width=2))
        for side, text in (("left", tr("Loss")), ("bottom", tr("Step"))):
            axis = self._plot.getAxis(side)
            axis.setPen(tokens.field_border)
            axis.setTextPen(tokens.muted)
            axis.setLabel(text, **{"color": tokens.muted, "font-size": f"{SMALL}px"})
            axis.setSIPrefixEnableRanges(())  # a loss has no unit: 0.9 is 0.9, not 900 m
            axis.setStyle(maxTickLevel=0)

    def _draw(self) -> None:
        if self._line is not None:
            self._line.setData(self._steps, self._losses)
            self._plot.setVisible(bool(self._losses))
        self._say()

    def _say(self) -> None:
        if not self._losses:
            text = tr("No training yet in this window.")
        else:
            text = trn(
                "{count} step: loss {first} at the start, {last} now",
                "{count} steps: loss {first} at the start, {last} now",
                len(self._losses) - 1,
                first=f"{self._losses[0]:.3f}",
                last=f"{self._losses[-1]:.3f}",
            )
        self.words.setText(text)
        self.setAccessibleName(tr("Training loss"))
        self.setAccessibleDescription(text)
