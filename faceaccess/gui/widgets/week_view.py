"""A week's hours at a glance: seven bars of a day each."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from faceaccess.core.weekly_schedules import DAY, DAYS, Span, WeeklySchedule
from faceaccess.gui.rule_wording import day_names, hours_words
from faceaccess.gui.theme import SMALL, SPACE_1, SPACE_2, theme
from faceaccess.gui.translation import tr

_ROW = 14
_HOURS = (0, 6, 12, 18, 24)


class WeekView(QWidget):
    """Paints hours; a bar that is full is a whole day.

    Args:
        parent: the owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spans: tuple[Span, ...] = ()
        self._refused = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)
        self.show_hours(None)

    @property
    def spans(self) -> tuple[Span, ...]:
        """What is shown."""
        return self._spans

    def show_hours(self, schedule: WeeklySchedule | None, *, taking: bool = False) -> None:
        """Show hours, or the whole week for None.

        Args:
            schedule: the hours.
            taking: whether they are hours of a rule that takes away; shown in another colour.
        """
        whole = tuple(Span(day, 0, DAY) for day in range(len(DAYS)))
        self._spans = whole if schedule is None else schedule.spans
        self._refused = taking
        words = tr("at any time") if schedule is None else hours_words(schedule)
        self.setAccessibleName(tr("The week: {hours}", hours=words))
        self.setToolTip(words)
        self.update()

    def show_nothing(self) -> None:
        """Show an empty week: the hours cannot be read."""
        self._spans = ()
        self.setAccessibleName(tr("The week: no hours yet"))
        self.setToolTip("")
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for seven days and the hours below."""
        return QSize(320, _ROW * len(DAYS) + SMALL + SPACE_2)

    def minimumSizeHint(self) -> QSize:
        """Return as `sizeHint`, but narrow."""
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint days, bars and hours."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(SMALL)
        painter.setFont(font)
        names = day_names()
        left = max(painter.fontMetrics().horizontalAdvance(names[day]) for day in DAYS) + SPACE_2
        width = self.width() - left - painter.fontMetrics().horizontalAdvance("24")
        for day, name in enumerate(DAYS):
            top = day * _ROW
            painter.setPen(theme().colour("muted"))
            box = QRectF(0, top, left, _ROW)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), names[name])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour("raised"))
            painter.drawRect(QRectF(left, top + 2, width, _ROW - 4))
        painter.setBrush(theme().colour("danger" if self._refused else "accent"))
        for span in self._spans:
            start = left + width * span.start / DAY
            length = width * (span.end - span.start) / DAY
            painter.drawRect(QRectF(start, span.day * _ROW + 2, max(1.0, length), _ROW - 4))
        painter.setPen(theme().colour("muted"))
        below = _ROW * len(DAYS) + SPACE_1
        for hour in _HOURS:
            at = left + width * hour / 24
            box = QRectF(at - 20, below - SPACE_1, 40, SMALL + SPACE_2)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignHCenter), str(hour))
