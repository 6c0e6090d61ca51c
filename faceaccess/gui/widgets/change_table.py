"""What became of each person between two heads."""

from collections.abc import Mapping, Sequence

from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QTableWidget, QTableWidgetItem, QWidget

from faceaccess.core.head_tests import PersonChange
from faceaccess.gui.risk_wording import change_words
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.plain_table import dress

SHOWN = 500
"""People listed, the greatest loss first; more are counted by the card."""
_ROW = 32
_LEAST_ROWS, _MOST_ROWS = 2, 8
_WHAT = 6


class ChangeTable(QTableWidget):
    """One line a person: held-out pictures known before and now, and how surely.

    Args:
        parent: the owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        titles = (
            tr("Person"),
            tr("Pictures held out"),
            tr("Known before"),
            tr("Known now"),
            tr("Similarity before"),
            tr("Similarity now"),
            tr("So"),
        )
        super().__init__(0, len(titles), parent)
        self.setHorizontalHeaderLabels(titles)
        widths = (220, 130, 110, 110, 130, 130, 100)
        dress(self, tr("Each person before and after"), widths, row=_ROW)
        self._tones: list[str] = []
        theme().changed.connect(self._tint)

    def show_changes(self, changes: Sequence[PersonChange], names: Mapping[str, str]) -> None:
        """List people.

        Args:
            changes: the greatest loss first.
            names: of people by id.
        """
        listed = changes[:SHOWN]
        self.setRowCount(len(listed))
        self._tones = []
        for row, change in enumerate(listed):
            what, tone = change_words(change)
            self._tones.append(tone)
            cells = (
                names.get(change.person_id, tr("Somebody since removed")),
                f"{change.probes:,}",
                "" if change.known_before is None else f"{change.known_before:,}",
                f"{change.known_after:,}",
                _similarity(change.similarity_before),
                _similarity(change.similarity_after),
                what,
            )
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.setItem(row, column, item)
        rows = min(max(len(listed), _LEAST_ROWS), _MOST_ROWS)
        self.setFixedHeight(rows * _ROW + self.horizontalHeader().sizeHint().height() + 4)
        self._tint()

    def _tint(self) -> None:
        for row, tone in enumerate(self._tones):
            item = self.item(row, _WHAT)
            if item is not None:
                token = "text" if tone == "none" else tone
                item.setForeground(QBrush(theme().colour(token)))


def _similarity(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def changes_words(changes: Sequence[PersonChange]) -> str:
    """Return how many people are known differently, in words."""
    if not changes:
        return tr("Everybody is known as before.")
    told = trn(
        "{count} person is known differently.",
        "{count} people are known differently.",
        len(changes),
    )
    if len(changes) <= SHOWN:
        return told
    return tr("{told} The first {shown} are listed.", told=told, shown=SHOWN)
