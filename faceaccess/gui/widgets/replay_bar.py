"""Visits under two rules, as one bar: let in by both, by one of them, by none."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from faceaccess.core.decisions import Outcome
from faceaccess.gui.theme import CORNER, SMALL, SPACE_1, SPACE_2, SPACE_4, theme
from faceaccess.gui.translation import tr
from faceaccess.pipeline.what_if import Replay

_BAR = 28
_LEAST = 6.0
"""Least width of a part that is not empty, pixels: one visit of a thousand stays in sight."""


@dataclass(frozen=True)
class Shares:
    """Visits by what becomes of them.

    Attributes:
        kept: let in as before.
        other: let in before and after, as somebody else.
        lost: let in before, kept out now.
        gained: kept out before, let in now.
        out: kept out as before.
    """

    kept: int
    other: int
    lost: int
    gained: int
    out: int


def shares_of(replay: Replay) -> Shares:
    """Return how the visits of a replay fall apart."""
    lost = gained = other = 0
    for change in replay.changes:
        before = change.before.outcome is Outcome.GRANTED
        after = change.after.outcome is Outcome.GRANTED
        lost += before and not after
        gained += after and not before
        other += before and after
    kept = replay.let_in_before - lost - other
    return Shares(kept, other, lost, gained, replay.events - kept - other - lost - gained)


class ReplayBar(QWidget):
    """The bar, with its parts named under it; hatching is the second sign beside the colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares = Shares(0, 0, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_shares(self, shares: Shares) -> None:
        """Draw other visits."""
        self._shares = shares
        words = ". ".join(text for _, _, _, text in self._parts() if text)
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the bar's usual size, with a line for each part."""
        return QSize(420, _BAR + SPACE_2 + 22 * max(1, len(self._parts())))

    def _parts(self) -> list[tuple[int, str, Qt.BrushStyle, str]]:
        """Return (visits, token, pattern, words) of the parts that are not empty."""
        solid, hatched = Qt.BrushStyle.SolidPattern, Qt.BrushStyle.BDiagPattern
        s = self._shares
        every = (
            (s.kept, "ok", solid, tr("{count} let in, as now", count=f"{s.kept:,}")),
            (
                s.other,
                "accent",
                hatched,
                tr("{count} let in as somebody else", count=f"{s.other:,}"),
            ),
            (s.gained, "warn", hatched, tr("{count} let in in addition", count=f"{s.gained:,}")),
            (s.lost, "danger", hatched, tr("{count} kept out in addition", count=f"{s.lost:,}")),
            (s.out, "muted", solid, tr("{count} kept out, as now", count=f"{s.out:,}")),
        )
        return [part for part in every if part[0]]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bar and its legend."""
        parts = self._parts()
        if not parts:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self.font()
        font.setPixelSize(SMALL)
        painter.setFont(font)
        total = sum(part[0] for part in parts)
        free = self.width() - _LEAST * len(parts)
        left = 0.0
        for place, (count, token, pattern, words) in enumerate(parts):
            width = _LEAST + free * count / total
            self._patch(painter, QRectF(left, 0, width - 1, _BAR), token, pattern)
            top = _BAR + SPACE_2 + 22 * place
            self._patch(painter, QRectF(0, top + 2, SPACE_4, 14), token, pattern)
            painter.setPen(theme().colour("text"))
            where = QRectF(SPACE_4 + SPACE_2, top, self.width(), 20)
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, words)
            left += width

    def _patch(self, painter: QPainter, where: QRectF, token: str, pattern: Qt.BrushStyle) -> None:
        colour = theme().colour(token)
        painter.setPen(QPen(colour, 1))
        painter.setBrush(QBrush(colour, pattern))
        painter.drawRoundedRect(
            where.adjusted(0.5, 0.5, -0.5, -0.5), min(CORNER, SPACE_1), min(CORNER, SPACE_1)
        )
