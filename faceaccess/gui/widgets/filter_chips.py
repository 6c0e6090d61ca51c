"""Filters as chips that stay in sight: what is pressed narrows the list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from PySide6.QtCore import QDate, QObject, QStringListModel, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QCompleter,
    QDateEdit,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Outcome
from faceaccess.gui.theme import SPACE_2, SPACE_4
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.flow import FlowLayout
from faceaccess.gui.widgets.labels import Label
from faceaccess.store.protocol import EventFilter

Days = Literal["any", "today", "yesterday", "week", "chosen"]
_DAYS: tuple[Days, ...] = ("any", "today", "yesterday", "week", "chosen")
_OUTCOMES: tuple[Outcome | None, ...] = (None, Outcome.GRANTED, Outcome.DENIED)


@dataclass(frozen=True)
class Named:
    """Somebody to filter by."""

    id: str
    name: str


def start_of_day(moment: datetime, days: int = 0) -> datetime:
    """Return local midnight of a moment's day, `days` later, as an aware time."""
    local = moment.astimezone()
    day = local.date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day).astimezone()  # made aware at once


def _midnight(day: QDate) -> datetime:
    """Return local midnight at the start of a day, as an aware time."""
    return datetime(day.year(), day.month(), day.day()).astimezone()  # made aware


class ChipChoice(QObject):
    """Chips of which exactly one is pressed; they are put into a layout by the caller.

    Args:
        names: the chips' texts.
        about: what they choose, for screen readers.
        chosen: called with the pressed one's place.
        parent: the owner.
    """

    def __init__(
        self,
        names: Sequence[str],
        about: str,
        chosen: Callable[[int], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self.chips: list[Button] = []
        for place, name in enumerate(names):
            chip = Button(name, "chip")
            chip.setAccessibleDescription(about)
            self._group.addButton(chip, place)
            self.chips.append(chip)
        self.chips[0].setChecked(True)
        self._group.idClicked.connect(chosen)

    @property
    def chosen(self) -> int:
        """Place of the pressed chip."""
        return self._group.checkedId()

    def choose(self, place: int) -> None:
        """Press a chip without telling."""
        self.chips[place].setChecked(True)

    def choose_none(self) -> None:
        """Let none be pressed, until one is again."""
        self._group.setExclusive(False)
        for chip in self.chips:
            chip.setChecked(False)
        self._group.setExclusive(True)


class EventFilters(QWidget):
    """Outcome, days, camera and person.

    Args:
        clock: tells what is today.
        parent: the owner.

    Attributes:
        changed: emitted when the filter is another.
        asked: emitted with a typed text when people are to be suggested; see `suggest`.
    """

    changed = Signal()
    asked = Signal(str)

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._person: Named | None = None
        self._suggested: dict[str, Named] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_2)
        chips = QWidget()
        flow = FlowLayout(chips, SPACE_2)
        self.outcomes = ChipChoice(
            (tr("All"), tr("Let in"), tr("Refused")), tr("Outcome"), self._on_chip, self
        )
        self.days = ChipChoice(
            (tr("Any day"), tr("Today"), tr("Yesterday"), tr("Last 7 days"), tr("Choose days")),
            tr("Days"),
            self._on_days,
            self,
        )
        gap = QWidget()
        gap.setFixedWidth(SPACE_4)
        for widget in (*self.outcomes.chips, gap, *self.days.chips):
            flow.addWidget(widget)
        column.addWidget(chips)
        second = QWidget()
        line = FlowLayout(second, SPACE_2)
        line.addWidget(self._person_field())
        self.person = Button("", "chip", icon="close", clicked=self._clear_person)
        self.person.setAccessibleName(tr("The chosen person"))
        self.person.setVisible(False)
        line.addWidget(self.person)
        self.camera = QComboBox()
        self.camera.setAccessibleName(tr("Camera"))
        self.camera.addItem(tr("Every camera"), None)
        self.camera.activated.connect(self._on_chip)
        self.camera.setVisible(False)
        line.addWidget(self.camera)
        line.addWidget(self._range())
        self.reset = Button(tr("Show all events"), "link", clicked=self.clear)
        line.addWidget(self.reset)
        column.addWidget(second)
        self._show_state()

    def _person_field(self) -> QWidget:
        self.who = QLineEdit()
        self.who.setAccessibleName(tr("Only this person"))
        self.who.setPlaceholderText(tr("Only this person: type a name"))
        self.who.setClearButtonEnabled(True)
        self.who.setMinimumWidth(280)
        self._names = QStringListModel(self)
        self._completer = QCompleter(self._names, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.who.setCompleter(self._completer)
        self.who.textEdited.connect(self._on_typed)
        self._completer.activated.connect(self._on_person)
        self.who.returnPressed.connect(self._on_enter)
        return self.who

    def _range(self) -> QWidget:
        self.range = QWidget()
        row = QHBoxLayout(self.range)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_2)
        today = start_of_day(self._clock.now()).date()
        self.first, self.last = QDateEdit(), QDateEdit()
        for edit, name in ((self.first, tr("From day")), (self.last, tr("To day"))):
            edit.setCalendarPopup(True)
            edit.setDisplayFormat("d MMM yyyy")
            edit.setAccessibleName(name)
            edit.setDate(QDate(today.year, today.month, today.day))
            edit.dateChanged.connect(self._on_chip)
            row.addWidget(Label(name, wrap=False))
            row.addWidget(edit)
        return self.range

    @property
    def value(self) -> EventFilter:
        """The filter that the chips make."""
        since, until = self._span()
        camera = self.camera.currentData()
        return EventFilter(
            outcome=_OUTCOMES[self.outcomes.chosen],
            person_id=None if self._person is None else self._person.id,
            since=since,
            until=until,
            camera=camera if isinstance(camera, str) else None,
        )

    def _span(self) -> tuple[datetime | None, datetime | None]:
        now = self._clock.now()
        which = _DAYS[self.days.chosen]
        if which == "today":
            return start_of_day(now), None
        if which == "yesterday":
            return start_of_day(now, -1), start_of_day(now)
        if which == "week":
            return start_of_day(now, -6), None
        if which == "chosen":
            first, last = sorted((self.first.date(), self.last.date()), key=QDate.toJulianDay)
            return _midnight(first), _midnight(last.addDays(1))
        return None, None

    def clear(self) -> None:
        """Show all events again."""
        self.outcomes.choose(0)
        self.days.choose(0)
        self.camera.setCurrentIndex(0)
        self._set_person(None)
        self._tell()

    def only_person(self, who: Named) -> None:
        """Narrow the list to one person."""
        self._set_person(who)
        self._tell()

    def suggest(self, people: Sequence[Named]) -> None:
        """Offer people for what is typed."""
        self._suggested = {}
        for who in people:
            self._suggested.setdefault(who.name, who)
        self._names.setStringList(list(self._suggested))
        if self.who.hasFocus() and self.who.text():
            self._completer.complete()

    def add_cameras(self, names: Sequence[str]) -> None:
        """Offer cameras that were seen; the choice appears when there are two."""
        known = {self.camera.itemData(place) for place in range(self.camera.count())}
        for name in names:
            if name not in known:
                self.camera.addItem(name, name)
                known.add(name)
        self.camera.setVisible(self.camera.count() > 2)

    def remembered(self) -> str:
        """Return what outlives the window: outcome and days."""
        return f"{self.outcomes.chosen} {self.days.chosen}"

    def restore(self, text: str) -> None:
        """Take back what `remembered` gave; anything else is ignored."""
        parts = text.split()
        if len(parts) == 2 and all(part.isdigit() for part in parts):
            outcome, days = map(int, parts)
            if outcome < len(_OUTCOMES) and days < len(_DAYS) - 1:
                self.outcomes.choose(outcome)
                self.days.choose(days)
                self._show_state()

    def _on_chip(self, _choice: object = None) -> None:
        self._tell()

    def _on_days(self, choice: int) -> None:
        if _DAYS[choice] == "chosen":
            self.first.setFocus()
        self._tell()

    def _on_typed(self, text: str) -> None:
        if text.strip():
            self.asked.emit(text)

    def _on_person(self, name: str) -> None:
        who = self._suggested.get(name)
        if who is not None:
            self._set_person(who)
            self._tell()

    def _on_enter(self) -> None:
        if self._suggested and self.who.text().strip():
            self._on_person(next(iter(self._suggested)))

    def _clear_person(self) -> None:
        self._set_person(None)
        self._tell()

    def _set_person(self, who: Named | None) -> None:
        self._person = who
        self.person.setVisible(who is not None)
        self.who.setVisible(who is None)
        self.who.clear()
        if who is not None:
            name = who.name if len(who.name) <= 40 else f"{who.name[:39]}…"
            self.person.setText(name)
            self.person.setToolTip(who.name)
            self.person.setAccessibleName(tr("Not only {name} any more", name=who.name))
            self.person.setChecked(True)

    def _tell(self) -> None:
        if self._person is not None:
            self.person.setChecked(True)
        self._show_state()
        self.changed.emit()

    def _show_state(self) -> None:
        self.range.setVisible(_DAYS[self.days.chosen] == "chosen")
        self.reset.setVisible(self.value != EventFilter())
