"""The form in which a rule is written, with the rule as a sentence above it."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.core.access_rules import AccessRule, Effect, HolidayUse, zone_named
from faceaccess.core.errors import KnownError
from faceaccess.core.weekly_schedules import WeeklySchedule, parse
from faceaccess.gui.rule_uses import RuleFacts
from faceaccess.gui.rule_wording import (
    effect_names,
    holiday_names,
    hours_typed,
    hours_words,
    limits,
    sentence,
)
from faceaccess.gui.theme import SPACE_1, SPACE_4
from faceaccess.gui.told import told_error
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.field import LineField
from faceaccess.gui.widgets.filter_chips import Named
from faceaccess.gui.widgets.flow import FlowLayout
from faceaccess.gui.widgets.form_parts import Fold, choice_of, in_columns, titled
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.rule_fields import DoorBox, WhoField
from faceaccess.gui.widgets.week_view import WeekView
from faceaccess.pipeline.rule_text import RuleText, moment_from, text_of

USUAL = ("Mon-Fri 08:00-18:00", "daily 07:00-20:00", "Sat-Sun 00:00-24:00")
"""Hours that are offered as chips."""
_USUAL_HOLIDAYS = "usual"


class RuleForm(QWidget):
    """Asks for all of a rule, and says what is wrong where it stands.

    Args:
        made: returns the rule that a text means; raises a `KnownError` where it means none.
        parent: the owner.

    Attributes:
        asked: emitted with a typed text when people are to be suggested.
        changed: emitted when anything was changed.
    """

    asked = Signal(str)
    changed = Signal()

    def __init__(
        self, made: Callable[[RuleText], AccessRule], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._made = made
        self._zone = ""
        self._showing = False
        self._build()
        self.show_rule(None, RuleFacts.nothing())

    # What is in it.

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        column.addWidget(self._preview())
        halves = QHBoxLayout()
        halves.setSpacing(SPACE_4)
        halves.addWidget(self._what(), 1)
        halves.addWidget(self._when(), 1)
        column.addLayout(halves)
        column.addWidget(self._more())
        column.addStretch(1)

    def _preview(self) -> Card:
        card = Card()
        card.body.setSpacing(SPACE_1)
        self.sentence = Label("", "title")
        self.limits = Label("", "muted")
        self.problem = Label("", "error")
        for label in (self.sentence, self.limits, self.problem):
            card.body.addWidget(label)
        return card

    def _what(self) -> Card:
        card = Card(tr("Who, what, where"))
        self.who = WhoField()
        self.who.one.asked.connect(self.asked)
        self.who.changed.connect(self._on_changed)
        self.effect = choice_of(effect_names())
        self.effect.currentIndexChanged.connect(self._on_changed)
        self.door = DoorBox(tr("Door"), tr("every door"))
        self.door.currentTextChanged.connect(self._on_changed)
        hint = tr("The name that was given to the door when it was started, letter by letter.")
        card.body.addWidget(self.who)
        card.body.addWidget(titled(tr("What"), self.effect))
        card.body.addWidget(titled(tr("Door"), self.door, hint))
        card.body.addStretch(1)
        return card

    def _when(self) -> Card:
        card = Card(tr("Hours of the week"))
        self.always = QCheckBox(tr("At any time"))
        self.always.setAccessibleName(tr("At any time"))
        self.always.toggled.connect(self._on_changed)
        self.hours = LineField(
            tr("Hours"),
            self._hours_problem,
            hint=tr("Hours past midnight are two: Mon 22:00-24:00, Tue 00:00-06:00."),
            placeholder="Mon-Fri 08:00-18:00, Sat 09:00-12:00",
        )
        self.hours.edited.connect(self._on_changed)
        chips = QWidget()
        flow = FlowLayout(chips, SPACE_1)
        self.chips = []
        for text in USUAL:
            words = hours_words(parse(text))
            chip = Button(words, "chip", clicked=partial(self._take_hours, words))
            chip.setCheckable(False)
            self.chips.append(chip)
            flow.addWidget(chip)
        self.week = WeekView()
        for widget in (self.always, self.hours, chips, self.week):
            card.body.addWidget(widget)
        self._of_hours = (self.hours, chips)
        card.body.addStretch(1)
        return card

    def _more(self) -> Fold:
        self.holidays = choice_of({_USUAL_HOLIDAYS: tr("as usual"), **holiday_names()})
        self.holidays.currentIndexChanged.connect(self._on_changed)
        times = "2026-12-24, 2026-12-24 18:00"
        self.begins = LineField(tr("From"), self._from_problem, placeholder=times)
        self.ends = LineField(
            tr("Until"),
            self._until_problem,
            hint=tr("A day without a time is its last day."),
            placeholder=times,
        )
        self.zone = LineField(tr("Time zone"), _zone_problem, placeholder="Europe/Berlin")
        self.note = LineField(tr("Note"))
        for line in (self.begins, self.ends, self.zone, self.note):
            line.edited.connect(self._on_changed)
        usual = tr("Usual: hours that allow do not count on holidays, all else does.")
        grid = in_columns(
            (
                self.begins,
                self.ends,
                titled(tr("Holidays"), self.holidays, usual),
                self.zone,
                self.note,
            )
        )
        inside = Card()
        inside.body.addWidget(grid)
        self.more = Fold(tr("From, until, holidays, time zone, note"), inside)
        return self.more

    # What is written in it.

    def show_rule(self, rule: AccessRule | None, facts: RuleFacts) -> None:
        """Fill in a rule, or a new one for None."""
        self._showing = True
        self._zone = facts.zone
        text = RuleText(Effect.ALLOW) if rule is None else text_of(rule)
        person = text.person_id
        self.who.set_person(
            None if person is None else Named(person, facts.names.get(person, person))
        )
        self.effect.setCurrentIndex(self.effect.findData(text.effect.value))
        self.door.offer(facts.doors)
        self.door.set_door(text.door)
        self.always.setChecked(text.hours is None)
        self.hours.set_text(
            "" if rule is None or rule.schedule is None else hours_words(rule.schedule)
        )
        holidays = _USUAL_HOLIDAYS if text.on_holidays is None else text.on_holidays.value
        self.holidays.setCurrentIndex(self.holidays.findData(holidays))
        self.begins.set_text(text.valid_from or "")
        self.ends.set_text(text.valid_until or "")
        self.zone.set_text(text.zone or facts.zone)
        self.note.set_text(text.note)
        special = text.valid_from or text.valid_until or text.note or self.zone.text != facts.zone
        self.more.unfold(open_=bool(special))
        self._showing = False
        self._on_changed()

    def suggest(self, people: Sequence[Named]) -> None:
        """Offer people for what is typed."""
        self.who.one.suggest(people)

    @property
    def text(self) -> RuleText:
        """The rule as it is written."""
        person, holidays = self.who.person, self.holidays.currentData()
        return RuleText(
            effect=Effect(self.effect.currentData()),
            person_id=None if person is None else person.id,
            door=self.door.door,
            hours=None if self.always.isChecked() else hours_typed(self.hours.text),
            on_holidays=None if holidays == _USUAL_HOLIDAYS else HolidayUse(holidays),
            valid_from=self.begins.text or None,
            valid_until=self.ends.text or None,
            zone=self.zone.text or None,
            note=self.note.text,
        )

    def check(self) -> bool:
        """Show all that is wrong, and go to the first; whether nothing is."""
        lines = [self.begins, self.ends, self.zone]
        if not self.always.isChecked():
            lines.insert(0, self.hours)
        right = self.who.check()
        if not right:
            self.who.one.chooser.setFocus()
        for line in lines:
            if not line.check() and right:
                right = False
                self.more.unfold(open_=self.more.open or line is not self.hours)
                line.line.setFocus()
        return right and self._rule() is not None

    def _take_hours(self, words: str) -> None:
        self.always.setChecked(False)
        self.hours.set_text(words)
        self._on_changed()

    def _rule(self) -> AccessRule | None:
        """Return the rule, or None and say what is wrong."""
        self.problem.setText("")
        try:
            return self._made(self.text)
        except KnownError as error:
            self.problem.setText(told_error(error))
            return None

    def _on_changed(self) -> None:
        if self._showing:
            return
        for widget in self._of_hours:
            widget.setEnabled(not self.always.isChecked())
        taking = self.effect.currentData() != Effect.ALLOW.value
        schedule = self._schedule()
        if self.always.isChecked() or schedule is not None:
            self.week.show_hours(schedule, taking=taking)
        else:
            self.week.show_nothing()
        self._show_sentence()
        self.changed.emit()

    def _show_sentence(self) -> None:
        self.problem.setText("")
        lines = (self.begins, self.ends, self.zone)
        wrong = any(problem(line.text) for line, problem in zip(lines, self._checks(), strict=True))
        no_hours = not self.always.isChecked() and self._schedule() is None
        if wrong or no_hours or not self.who.complete:  # said where it stands
            self.sentence.setText("…")
            rule = None
        else:
            rule = self._rule()
        if rule is not None:
            person = self.who.person
            names = {} if person is None else {person.id: person.name}
            self.sentence.setText(sentence(rule, names))
            self.limits.setText(limits(rule, self._zone))
        self.limits.setVisible(rule is not None and bool(self.limits.text()))
        self.problem.setVisible(bool(self.problem.text()))

    def _schedule(self) -> WeeklySchedule | None:
        if self.always.isChecked():
            return None
        try:
            return parse(hours_typed(self.hours.text))
        except KnownError:
            return None

    # What is wrong with a line.

    def _checks(self) -> tuple[Callable[[str], str], ...]:
        return (self._from_problem, self._until_problem, _zone_problem)

    def _hours_problem(self, text: str) -> str:
        return _problem(lambda: parse(hours_typed(text)))

    def _from_problem(self, text: str) -> str:
        return self._moment_problem(text, is_end=False)

    def _until_problem(self, text: str) -> str:
        return self._moment_problem(text, is_end=True)

    def _moment_problem(self, text: str, *, is_end: bool) -> str:
        if not text or _zone_problem(self.zone.text):
            return ""
        zone = self.zone.text or self._zone or "UTC"
        return _problem(lambda: moment_from(text, zone, is_end=is_end))


def _zone_problem(text: str) -> str:
    return "" if not text else _problem(lambda: zone_named(text))


def _problem(work: Callable[[], object]) -> str:
    """Return what a `KnownError` of some work says, or ""."""
    try:
        work()
    except KnownError as error:
        return told_error(error)
    return ""
