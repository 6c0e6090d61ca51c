"""The last visits beside the live picture."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from faceaccess.core.decisions import Event
from faceaccess.core.frames import Image
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import SPACE_1, SPACE_2, SPACE_3, theme
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.picture import PictureLabel
from faceaccess.gui.wording import (
    moment_words,
    outcome_icon,
    outcome_words,
    reason_words,
    who_words,
)

_THUMBNAIL = 48


class EventRow(QWidget):
    """One visit: picture, time, who, outcome and reason."""

    def __init__(self, event: Event, picture: Image | None, now: datetime) -> None:
        super().__init__()
        self._outcome = event.decision.outcome
        row = QHBoxLayout(self)
        row.setContentsMargins(0, SPACE_1, 0, SPACE_1)
        row.setSpacing(SPACE_3)
        who = who_words(event.decision)
        thumbnail = PictureLabel(_THUMBNAIL, who)
        thumbnail.set_picture(picture)
        row.addWidget(thumbnail, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        name = Label(who, "strong")
        time = moment_words(event.time, now)
        reason = reason_words(event.decision.reason)
        what = tr("{time}, {outcome}", time=time, outcome=outcome_words(self._outcome))
        words.addWidget(name)
        words.addWidget(Label(what, "small"))
        words.addWidget(Label(reason, "small"))
        row.addLayout(words, 1)
        self._symbol = QLabel()
        row.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(f"{who}: {what}, {reason}")
        theme().changed.connect(self._tint)
        self._tint()

    def _tint(self) -> None:
        symbol, token = outcome_icon(self._outcome)
        self._symbol.setPixmap(icon_pixmap(symbol, token))


class RecentEvents(QScrollArea):
    """Lists visits, newest first; rows that are there already stay as they are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Recent visits"))
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, SPACE_2, 0)
        self._column.setSpacing(SPACE_1)
        self._empty = Label(tr("Nobody has come by yet."), "muted")
        self._column.addWidget(self._empty)
        self._column.addStretch(1)
        self.setWidget(inside)
        self._rows: dict[str, EventRow] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the events that are shown, newest first."""
        return tuple(self._rows)

    def show_events(
        self, events: Sequence[Event], pictures: Mapping[str, Image | None], now: datetime
    ) -> None:
        """Show events, newest first.

        Args:
            events: all that are to be listed.
            pictures: the small pictures of at least the new ones, by event id.
            now: aware; tells which times are today's.
        """
        rows = {}
        for event in events:
            row = self._rows.pop(event.id, None)
            rows[event.id] = row or EventRow(event, pictures.get(event.id), now)
        for gone in self._rows.values():
            self._column.removeWidget(gone)
            gone.deleteLater()
        self._rows = rows
        for index, row in enumerate(rows.values()):
            if self._column.indexOf(row) != index:
                self._column.insertWidget(index, row)
        self._empty.setText(tr("Nobody has come by yet."))
        self._empty.setVisible(not rows)

    def show_failure(self, why: str) -> None:
        """Say above the rows why the list is not up to date."""
        self._empty.setText(why)
        self._empty.setVisible(True)
