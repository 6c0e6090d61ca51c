"""The training loss of the door's head as it falls."""

from typing import Any

from PySide6.QtWidgets import QWidget

from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.curves import Curves

_LINE = "loss"


class LossCurve(Curves):
    """One line, the loss after each step, and its two ends in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            tr("Training loss"),
            tr("Loss"),
            tr("Step"),
            tr("No training yet in this window."),
            parent,
        )

    @property
    def losses(self) -> tuple[float, ...]:
        """What is drawn."""
        return tuple(loss for _, loss in self.points(_LINE))

    @property
    def _line(self) -> Any:
        return self._lines[_LINE]

    def add(self, step: float, loss: float) -> None:
        """Append a point.

        Args:
            step: how many steps were taken before, from 0.
            loss: the mean loss at that point.
        """
        self.append(_LINE, (step, loss))
        self._say_ends()

    def show_losses(self, losses: tuple[float, ...]) -> None:
        """Draw a whole training: the loss at the start, then after each step."""
        self.show_line(_LINE, [(float(step), loss) for step, loss in enumerate(losses)])
        self._say_ends()

    def _say_ends(self) -> None:
        points = self.points(_LINE)
        if points:
            self.say(
                trn(
                    "{count} step: loss {first} at the start, {last} now",
                    "{count} steps: loss {first} at the start, {last} now",
                    len(points) - 1,
                    first=f"{points[0][1]:.3f}",
                    last=f"{points[-1][1]:.3f}",
                )
            )
