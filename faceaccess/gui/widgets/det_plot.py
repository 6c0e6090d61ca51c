"""The DET curve (ISO/IEC 19795) with the threshold as a handle to drag."""

from bisect import bisect_left

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from faceaccess.gui.risk_wording import share_words
from faceaccess.gui.theme import SMALL, SPACE_1, SPACE_2, theme
from faceaccess.gui.translation import tr
from faceaccess.learn.det import DetCurve

_HEIGHT = 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 20, 24, 48
"""Room for the axes' words, pixels."""
_HANDLE = 8
"""Radius of the handle, pixels."""
STEP = 0.001
"""By how much an arrow key moves the threshold; with Page Up and Down ten times as much."""
_LEAST_DECADES = 2


class DetPlot(QWidget):
    """Strangers let in (across) against colleagues asked again (up), both on a scale of powers
    of ten, whose last place stands for none at all.

    One handle lies on the curve. It is dragged with the mouse, or moved with the arrow keys, which
    raise and lower the threshold.

    Args:
        parent: the owner.

    Attributes:
        moved: emitted with the threshold while a person moves it.
    """

    moved = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curve: DetCurve | None = None
        self._places: tuple[QPointF, ...] = ()
        self._threshold = 0.0
        self._in_force: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)
        self.setMinimumWidth(280)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("Errors over the threshold; the arrow keys move it"))
        theme().changed.connect(self.update)

    @property
    def threshold(self) -> float:
        """Where the handle is."""
        return self._threshold

    def show_curve(self, curve: DetCurve, in_force: float) -> None:
        """Draw a curve, with the handle at the threshold in force."""
        self._curve, self._in_force = curve, in_force
        self._place_all()
        self.set_threshold(in_force)

    def set_threshold(self, threshold: float) -> None:
        """Put the handle somewhere; nothing is emitted."""
        self._threshold = threshold
        self.update()

    def sizeHint(self) -> QSize:
        """Return the plot's usual size."""
        return QSize(520, _HEIGHT)

    # Where things are.

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)

    def _decades(self, count: int) -> int:
        """Return how many powers of ten an axis shows so that 1 of `count` still has its place."""
        return max(_LEAST_DECADES, int(np.ceil(np.log10(max(count, 1)))))

    def _along(self, share: float, count: int) -> float:
        """Return the place of a share on its axis, 0 (none) to 1 (all)."""
        decades = self._decades(count)
        least = 10.0**-decades
        if not share >= least / 2:
            return 0.0
        # The first tenth of the axis is the step from none to the least share.
        return 0.1 + 0.9 * float(np.log10(max(share, least) / least)) / decades

    def _at(self, fpir: float, fnmr: float) -> QPointF:
        assert self._curve is not None
        area = self._area()
        across = self._along(fpir, self._curve.strangers)
        up = 0.0 if np.isnan(fnmr) else self._along(fnmr, self._curve.probes)
        return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())

    def _place_all(self) -> None:
        curve = self._curve
        if curve is None:
            return
        self._places = tuple(
            self._at(float(a), float(b)) for a, b in zip(curve.fpir, curve.fnmr, strict=True)
        )

    def place_of(self, threshold: float) -> QPointF:
        """Return where a threshold lies on the curve, in pixels."""
        assert self._curve is not None
        every = self._curve.thresholds
        after = min(bisect_left(every, threshold), len(every) - 1)
        if after == 0 or threshold >= every[after]:
            return self._places[after]
        part = float((threshold - every[after - 1]) / (every[after] - every[after - 1]))
        one, other = self._places[after - 1], self._places[after]
        return QPointF(
            one.x() + part * (other.x() - one.x()), one.y() + part * (other.y() - one.y())
        )

    def threshold_at(self, where: QPointF) -> float:
        """Return the threshold of the place on the curve that is nearest to a point."""
        assert self._curve is not None
        every = self._curve.thresholds
        if len(every) < 2:
            return float(every[0])
        points = np.array([(place.x(), place.y()) for place in self._places])
        starts, ways = points[:-1], np.diff(points, axis=0)
        target = np.array((where.x(), where.y()))
        lengths = np.maximum((ways**2).sum(axis=1), 1e-12)
        parts = (((target - starts) * ways).sum(axis=1) / lengths).clip(0.0, 1.0)
        nearest = ((starts + parts[:, None] * ways - target) ** 2).sum(axis=1).argmin()
        low, high = every[nearest], every[nearest + 1]
        return float(low + parts[nearest] * (high - low))

    # A person moves it.

    def _move_to(self, threshold: float) -> None:
        if self._curve is None:
            return
        low, high = float(self._curve.thresholds[0]), float(self._curve.thresholds[-1])
        threshold = min(max(threshold, low), high)
        if threshold != self._threshold:
            self.set_threshold(threshold)
            self.moved.emit(threshold)

    def _drag(self, event: QMouseEvent) -> None:
        if self._curve is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        self._move_to(self.threshold_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the handle."""
        self._drag(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the handle along the curve."""
        self._drag(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Raise and lower the threshold."""
        keys = Qt.Key
        steps = {
            keys.Key_Right: STEP,
            keys.Key_Up: STEP,
            keys.Key_Left: -STEP,
            keys.Key_Down: -STEP,
            keys.Key_PageUp: 10 * STEP,
            keys.Key_PageDown: -10 * STEP,
        }
        if self._curve is not None and event.key() in steps:
            self._move_to(self._threshold + steps[keys(event.key())])
        elif self._curve is not None and event.key() == keys.Key_Home:
            self._move_to(float(self._curve.thresholds[0]))
        elif self._curve is not None and event.key() == keys.Key_End:
            self._move_to(float(self._curve.thresholds[-1]))
        else:
            super().keyPressEvent(event)

    # Painting.

    def resizeEvent(self, event: object) -> None:
        """Place the curve anew."""
        self._place_all()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint axes, curve and handle."""
        if self._curve is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self.font()
        font.setPixelSize(SMALL)
        painter.setFont(font)
        self._axes(painter)
        painter.setPen(QPen(theme().colour("accent"), 2))
        painter.drawPolyline(QPolygonF(list(self._places)))
        if self._in_force is not None:
            self._mark(painter)
        handle = self.place_of(self._threshold)
        painter.setPen(QPen(theme().colour("muted"), 1, Qt.PenStyle.DashLine))
        area = self._area()
        painter.drawLine(handle, QPointF(handle.x(), area.bottom()))
        painter.drawLine(handle, QPointF(area.left(), handle.y()))
        painter.setPen(QPen(theme().colour("focus" if self.hasFocus() else "surface"), 3))
        painter.setBrush(theme().colour("accent"))
        painter.drawEllipse(handle, _HANDLE, _HANDLE)

    def _mark(self, painter: QPainter) -> None:
        """Mark the threshold in force where the handle has left it."""
        assert self._in_force is not None
        place = self.place_of(self._in_force)
        painter.setPen(QPen(theme().colour("text"), 2))
        painter.setBrush(theme().colour("surface"))
        painter.drawRect(QRectF(place.x() - 5, place.y() - 5, 10, 10))

    def _axes(self, painter: QPainter) -> None:
        assert self._curve is not None
        area = self._area()
        grid, words = QPen(theme().colour("border"), 1), theme().colour("muted")
        for count, across in ((self._curve.strangers, True), (self._curve.probes, False)):
            shares = [0.0, *(10.0**-power for power in range(self._decades(count), -1, -1))]
            for share in shares:
                painter.setPen(grid)
                at = self._along(share, count)
                text = tr("all") if share == 1.0 else share_words(share)
                if across:
                    x = area.left() + at * area.width()
                    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
                    painter.setPen(words)
                    where = QRectF(x - 44, area.bottom() + SPACE_1, 88, 18)
                    painter.drawText(where, Qt.AlignmentFlag.AlignHCenter, text)
                else:
                    y = area.bottom() - at * area.height()
                    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
                    painter.setPen(words)
                    where = QRectF(0, y - 9, area.left() - SPACE_2, 18)
                    middle = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    painter.drawText(where, middle, text)
        painter.setPen(words)
        below = QRectF(area.left(), area.bottom() + 24, area.width(), 20)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, tr("Strangers let in"))
        above = QRectF(SPACE_1, 0, area.right(), 18)
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft, tr("Colleagues asked to try again"))
