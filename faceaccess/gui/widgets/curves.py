"""Several lines over common axes, drawn with pyqtgraph in the window's colours, and a legend."""

import threading
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QObject, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.gui.theme import SMALL, SPACE_1, SPACE_4, theme
from faceaccess.gui.widgets.flow import FlowLayout
from faceaccess.gui.widgets.labels import Label

_HEIGHT = 260

MOST_POINTS = 2000
"""A line that grows longer loses every second point: no screen is as wide."""

_DASHES: tuple[tuple[float, ...], ...] = ((), (5, 2), (1.5, 2), (6, 2, 1.5, 2), (9, 3), (3, 1.5))
"""Lengths of strokes and gaps in widths of the line, by place in a legend: the second sign beside
the colour."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Style:
    """How a line looks.

    Attributes:
        series: place in the legend, from 0: gives colour and dashes.
        width: in pixels.
        faint: whether it stands behind the others.
        marked: whether its points are marked, for lines of few points.
    """

    series: int = 0
    width: float = 2.0
    faint: bool = False
    marked: bool = False

    def colour(self) -> QColor:
        """Return its colour in the theme in force."""
        series = theme().tokens.series
        colour = QColor(series[self.series % len(series)])
        colour.setAlphaF(0.35 if self.faint else 1.0)
        return colour

    def pen(self) -> QPen:
        """Return the pen to draw it with."""
        pen = QPen(self.colour(), self.width)
        pen.setCosmetic(True)
        # The next round through the colours has other dashes.
        turn = self.series // len(theme().tokens.series)
        dashes = _DASHES[(self.series + turn) % len(_DASHES)]
        if dashes:
            pen.setDashPattern(dashes)
        return pen


class _Library(QObject):
    """Imports pyqtgraph off the window's thread: it takes a second on a slow machine."""

    imported = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.ready = False
        self._thread: threading.Thread | None = None
        self.imported.connect(self._note, Qt.ConnectionType.QueuedConnection)

    def begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._import, name="import of pyqtgraph")
            self._thread.start()

    def wait(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def _import(self) -> None:
        import pyqtgraph  # noqa: F401  # for its being there afterwards

        self.imported.emit()

    def _note(self) -> None:
        self.ready = True


@lru_cache(maxsize=1)
def _library() -> _Library:
    return _Library()


def wait_for_library() -> None:
    """Wait for the import of the plots' library, if it has begun; who ends a view calls this."""
    _library().wait()


class Curves(QWidget):
    """A plot with a line of words under it that says the same.

    The plot is made when there is something to draw and it is looked at; until the library is
    there, the words stand alone.

    Args:
        name: what is plotted, for screen readers.
        left, bottom: what the axes show.
        empty: the words while there is nothing to draw.
        parent: the owner.
    """

    def __init__(
        self, name: str, left: str, bottom: str, empty: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name, self._left, self._bottom, self._empty = name, left, bottom, empty
        self._points: dict[Hashable, list[Point]] = {}
        self._styles: dict[Hashable, Style] = {}
        self._lines: dict[Hashable, Any] = {}
        self._plot: Any = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_1)
        self.words = Label("", "small")
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column.addWidget(self.words)
        self.setFixedHeight(_HEIGHT)
        self.setAccessibleName(name)
        self.say("")
        _library().imported.connect(self._load_if_wanted, Qt.ConnectionType.QueuedConnection)

    # What is drawn.

    def points(self, line: Hashable) -> tuple[Point, ...]:
        """Return what is drawn of a line, () for one that there is not."""
        return tuple(self._points.get(line, ()))

    def lines(self) -> tuple[Hashable, ...]:
        """Return which lines there are, in the order in which they came."""
        return tuple(self._points)

    def clear(self) -> None:
        """Begin anew."""
        for drawn in self._lines.values():
            self._plot.removeItem(drawn)
        self._points, self._styles, self._lines = {}, {}, {}
        if self._plot is not None:
            self._plot.setVisible(False)
        self.say("")

    def append(self, line: Hashable, point: Point, style: Style | None = None) -> None:
        """Append a point to a line, which is made if there is none.

        Args:
            line: which.
            point: where, (x, y).
            style: its look from now on; None for the one it has, or the first.
        """
        points = self._points.setdefault(line, [])
        points.append(point)
        if len(points) > MOST_POINTS:
            del points[1:-1:2]
        self._show(line, style)

    def show_line(
        self, line: Hashable, points: Sequence[Point], style: Style | None = None
    ) -> None:
        """Draw a whole line, in place of what was drawn of it."""
        self._points[line] = list(points)
        self._show(line, style)

    def remove(self, line: Hashable) -> None:
        """Take a line away; harmless if there is none."""
        self._points.pop(line, None)
        self._styles.pop(line, None)
        if line in self._lines:
            self._plot.removeItem(self._lines.pop(line))

    def set_bottom(self, text: str) -> None:
        """Change what the horizontal axis shows."""
        self._bottom = text
        if self._plot is not None:
            self._tint()

    def say(self, text: str) -> None:
        """Say what is drawn, in words; "" says that there is nothing."""
        self.words.setText(text or self._empty)
        self.setAccessibleDescription(text or self._empty)

    # The library.

    def showEvent(self, event: object) -> None:
        """Have the library loaded when the plot is first looked at, off the window's thread."""
        _library().begin()
        self._load_if_wanted()

    def _load_if_wanted(self) -> None:
        if _library().ready and self._points and self.isVisible():
            self.load()

    def load(self) -> None:
        """Load the library now, and draw what is there; harmless when done already."""
        if self._plot is not None:
            return
        import pyqtgraph

        plot = pyqtgraph.PlotWidget()
        plot.setMenuEnabled(False)
        plot.setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        plot.setFrameShape(plot.Shape.NoFrame)
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.setAccessibleName(self._name)
        plot.showGrid(x=False, y=True, alpha=0.25)
        self._plot = plot
        self._column.insertWidget(0, plot, 1)
        theme().changed.connect(self._tint)
        for line in self._points:
            self._draw(line)
        plot.setVisible(bool(self._points))
        self._tint()

    def _tint(self) -> None:
        tokens = theme().tokens
        self._plot.setBackground(tokens.surface)
        for line in self._lines:
            self._dress(line)
        for side, text in (("left", self._left), ("bottom", self._bottom)):
            axis = self._plot.getAxis(side)
            axis.setPen(tokens.field_border)
            axis.setTextPen(tokens.muted)
            axis.setLabel(text, **{"color": tokens.muted, "font-size": f"{SMALL}px"})
            axis.setSIPrefixEnableRanges(())  # a loss has no unit: 0.9 is 0.9, not 900 m
            axis.updateAutoSIPrefix()  # what was drawn before may have been scaled already
            axis.setStyle(maxTickLevel=0)

    def _show(self, line: Hashable, style: Style | None) -> None:
        changed = line not in self._styles or (style is not None and style != self._styles[line])
        if changed:
            self._styles[line] = style or Style()
        if self._plot is None:
            self._load_if_wanted()
            return
        self._draw(line)
        if changed:
            self._dress(line)
        self._plot.setVisible(True)

    def _draw(self, line: Hashable) -> None:
        if line not in self._lines:
            self._lines[line] = self._plot.plot([], [])
            self._dress(line)
        across, up = zip(*self._points[line], strict=True) if self._points[line] else ((), ())
        self._lines[line].setData(across, up)

    def _dress(self, line: Hashable) -> None:
        style, drawn = self._styles[line], self._lines[line]
        drawn.setPen(style.pen())
        drawn.setZValue(0 if style.faint else 1)
        drawn.setSymbol("o" if style.marked else None)
        if style.marked:
            drawn.setSymbolSize(5)
            drawn.setSymbolPen(None)
            drawn.setSymbolBrush(style.colour())


class _Stroke(QWidget):
    """A piece of a line."""

    def __init__(self, series: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = Style(series)
        self.setFixedSize(QSize(32, SPACE_4))
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it as the plot does."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._style.pen())
        middle = self.height() / 2
        painter.drawLine(QPointF(1, middle), QPointF(self.width() - 1, middle))


class Legend(QWidget):
    """Says which line is which; lines of `Style(series=n)` are those of place n."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = FlowLayout(self, SPACE_4)
        self._labels: list[Label] = []

    @property
    def names(self) -> tuple[str, ...]:
        """What is named, in the order of the places."""
        return tuple(label.text() for label in self._labels)

    def show_names(self, names: Sequence[str]) -> None:
        """Name the lines, in the order of their places."""
        if len(names) != len(self._labels):
            self._flow.clear()
            self._labels = [self._entry(place) for place in range(len(names))]
        for label, name in zip(self._labels, names, strict=True):
            label.setText(name)
        self.updateGeometry()

    def _entry(self, place: int) -> Label:
        entry = QWidget()
        row = QHBoxLayout(entry)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_1)
        label = Label("", "small", wrap=False)
        row.addWidget(_Stroke(place))
        row.addWidget(label)
        self._flow.addWidget(entry)
        return label
