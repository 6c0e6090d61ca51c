"""The site's holidays: listed, taken from a file, put back."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget

from faceaccess.core.access_rules import Holiday
from faceaccess.gui.theme import SPACE_2
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.wording import holiday_words


class HolidaysCard(Card):
    """Lists holidays in order of time.

    Attributes:
        file_wanted: emitted when a file is to be chosen.
        clear_wanted: emitted when all are to be removed.
    """

    file_wanted = Signal()
    clear_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(tr("Holidays"))
        advice = tr(
            "Hours that allow do not count on holidays, unless a rule says so. A holiday never "
            "opens anything."
        )
        self.body.addWidget(Label(advice, "muted"))
        self.count = Label("", "strong")
        self.body.addWidget(self.count)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Holidays"))
        self.list.setMinimumHeight(160)
        self.body.addWidget(self.list, 100)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self.take = Button(tr("Take from a file"), icon="folder", clicked=self.file_wanted.emit)
        self.clear = Button(tr("Remove all"), icon="remove", clicked=self.clear_wanted.emit)
        row.addWidget(self.take)
        row.addWidget(self.clear)
        row.addStretch(1)
        self.body.addLayout(row)
        kinds = tr(
            "A CSV file with the columns date (2026-12-25) and name, or a calendar (.ics). It "
            "takes the place of all holidays."
        )
        self.body.addWidget(Label(kinds, "small"))
        self.body.addStretch(1)
        self.show_holidays(())

    def show_holidays(self, holidays: Sequence[Holiday]) -> None:
        """List holidays."""
        self.count.setText(
            trn("{count} holiday", "{count} holidays", len(holidays))
            if holidays
            else tr("There is no holiday yet.")
        )
        words = [holiday_words(one.day, one.name) for one in holidays]
        if words != [self.list.item(place).text() for place in range(self.list.count())]:
            self.list.clear()
            self.list.addItems(words)
            for place, text in enumerate(words):
                self.list.item(place).setData(Qt.ItemDataRole.ToolTipRole, text)
        self.list.setVisible(bool(holidays))
        self.clear.setEnabled(bool(holidays))
