"""Accuracy and loss of several optimizers side by side, by epoch or by time."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.core.progress import Progress
from faceaccess.gui.theme import SPACE_2, SPACE_4
from faceaccess.gui.training_wording import optimizer_name
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.curves import Curves, Legend, Point, Style
from faceaccess.gui.widgets.page_switch import PageSwitch
from faceaccess.learn.comparison import ComparedRun

EPOCHS, SECONDS = "epochs", "seconds"
"""What the horizontal axis can show."""


@dataclass(frozen=True)
class Measured:
    """The end of an epoch of one run."""

    epoch: float
    seconds: float
    loss: float
    accuracy: float | None


@dataclass
class Run:
    """One run so far.

    Attributes:
        optimizer: its name.
        points: one an epoch.
        ended: whether it has come to its end.
    """

    optimizer: str
    points: list[Measured] = field(default_factory=list)
    ended: bool = False


class CompareCurves(QWidget):
    """Every run is a thin line; the mean of an optimizer's runs that have ended is a thick one.

    Attributes:
        accuracy, loss: the plots; lines ("run", number) and ("mean", optimizer).
        axis: chooses what the horizontal axis shows.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._optimizers: tuple[str, ...] = ()
        self._runs: dict[int, Run] = {}
        self._by = EPOCHS
        self.axis = PageSwitch(tr("Curves by"))
        self.axis.add(EPOCHS, tr("By epoch"))
        self.axis.add(SECONDS, tr("By time"))
        self.axis.chosen.connect(self.show_by)
        self.legend = Legend()
        self.accuracy = Curves(
            tr("How many test pictures are right"), tr("Right, %"), self._across()
        )
        self.loss = Curves(tr("Loss of each epoch"), tr("Loss"), self._across())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_2)
        column.addWidget(self.axis)
        column.addWidget(self.legend)
        row = QHBoxLayout()
        row.setSpacing(SPACE_4)
        for plot in (self.accuracy, self.loss):
            plot.setFixedHeight(280)
            plot.words.setVisible(False)  # the legend says it
            row.addWidget(plot, 1)
        column.addLayout(row)

    @property
    def by(self) -> str:
        """What the horizontal axis shows, `EPOCHS` or `SECONDS`."""
        return self._by

    def begin(self, optimizers: Sequence[str]) -> None:
        """Empty the plots for a comparison of some optimizers."""
        self._optimizers = tuple(optimizers)
        self._runs = {}
        self._say()
        for plot in (self.accuracy, self.loss):
            plot.clear()

    def show_progress(self, progress: Progress) -> None:
        """Draw what a step of the comparison brought."""
        figures = progress.figures
        if "run" not in figures:
            return
        number = round(figures["run"])
        run = self._runs.setdefault(number, Run(progress.text.rpartition(", seed ")[0]))
        if figures.get("end_of_epoch"):
            accuracy = figures.get("accuracy")
            run.points.append(
                Measured(figures["epoch"], figures["seconds"], figures["loss"], accuracy)
            )
            self._draw_run(number)
        if figures.get("end_of_run"):
            run.ended = True
            self._draw_run(number)
            self._draw_mean(run.optimizer)
        self._say()

    def show_runs(self, runs: Sequence[ComparedRun]) -> None:
        """Draw runs that have ended, in place of what there is."""
        names = tuple(dict.fromkeys(run.optimizer for run in runs))
        self.begin(names)
        for number, one in enumerate(runs):
            points = [Measured(f.epoch, f.seconds, f.loss, f.accuracy) for f in one.history]
            self._runs[number] = Run(one.optimizer, points, ended=True)
            self._draw_run(number)
        for name in names:
            self._draw_mean(name)
        self._say()

    def show_by(self, by: str) -> None:
        """Let the horizontal axis show `EPOCHS` or `SECONDS`; anything else changes nothing."""
        if by not in self.axis.buttons or by == self._by:
            return
        self._by = by
        self.axis.show_chosen(by)
        for plot in (self.accuracy, self.loss):
            plot.set_bottom(self._across())
        for number in self._runs:
            self._draw_run(number)
        for name in self._optimizers:
            self._draw_mean(name)

    def _across(self) -> str:
        return tr("Epoch") if self._by == EPOCHS else tr("Seconds")

    def _x(self, point: Measured) -> float:
        return point.epoch if self._by == EPOCHS else point.seconds

    def _place(self, optimizer: str) -> int:
        if optimizer not in self._optimizers:
            self._optimizers += (optimizer,)
        return self._optimizers.index(optimizer)

    def _draw_run(self, number: int) -> None:
        run = self._runs[number]
        place, ended = self._place(run.optimizer), run.ended
        style = Style(place, width=1.0 if ended else 1.5, faint=ended, marked=not ended)
        self._draw(("run", number), [(self._x(p), p.loss) for p in run.points], self.loss, style)
        rights = [(self._x(p), 100 * p.accuracy) for p in run.points if p.accuracy is not None]
        self._draw(("run", number), rights, self.accuracy, style)

    def _draw_mean(self, optimizer: str) -> None:
        ended = [r for r in self._runs.values() if r.ended and r.optimizer == optimizer]
        longest = max((len(run.points) for run in ended), default=0)
        losses: list[Point] = []
        rights: list[Point] = []
        for epoch in range(longest):
            points = [run.points[epoch] for run in ended if epoch < len(run.points)]
            across = _mean([self._x(point) for point in points])
            losses.append((across, _mean([point.loss for point in points])))
            accuracies = [p.accuracy for p in points if p.accuracy is not None]
            if accuracies:
                rights.append((across, 100 * _mean(accuracies)))
        style = Style(self._place(optimizer), width=2.5)
        self._draw(("mean", optimizer), losses, self.loss, style)
        self._draw(("mean", optimizer), rights, self.accuracy, style)

    def _draw(
        self, line: tuple[str, object], points: Sequence[Point], plot: Curves, style: Style
    ) -> None:
        if points:
            plot.show_line(line, points, style)

    def _say(self) -> None:
        """Say in words how far each optimizer is, as the lines show it."""
        rights, losses, entries = [], [], []
        for name in self._optimizers:
            words = optimizer_name(name)
            right, loss = self._last(self.accuracy, name), self._last(self.loss, name)
            if right is not None:
                rights.append(tr("{name}: {percent} % right", name=words, percent=f"{right:.1f}"))
            if loss is not None:
                losses.append(tr("{name}: loss {loss}", name=words, loss=f"{loss:.3f}"))
            entries.append(words if right is None else rights[-1])
        self.accuracy.say("; ".join(rights))
        self.loss.say("; ".join(losses))
        self.legend.show_names(entries)

    def _last(self, plot: Curves, optimizer: str) -> float | None:
        points = plot.points(("mean", optimizer)) or self._running(plot, optimizer)
        return points[-1][1] if points else None

    def _running(self, plot: Curves, optimizer: str) -> Sequence[Point]:
        for number, run in self._runs.items():
            if run.optimizer == optimizer and not run.ended:
                return plot.points(("run", number))
        return ()


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
