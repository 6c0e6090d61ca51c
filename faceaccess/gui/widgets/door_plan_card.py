"""What is special about one door: both its sides, anti-passback, tries, look-alikes."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout

from faceaccess.core.access_rules import MOST_TRIES, DoorPlan, Passback
from faceaccess.core.errors import KnownError
from faceaccess.gui.rule_uses import RuleFacts
from faceaccess.gui.rule_wording import passback_names
from faceaccess.gui.theme import SPACE_2
from faceaccess.gui.told import told_error
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.field import LineField
from faceaccess.gui.widgets.form_parts import choice_of, in_columns, titled
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.number_fields import DecimalField, WholeField
from faceaccess.gui.widgets.rule_fields import DoorBox

_LONGEST = 744.0


class DoorPlanCard(Card):
    """Shows and changes the plan of the door that is chosen.

    Attributes:
        saving: emitted with the `DoorPlan` to store.
    """

    saving = Signal(object)

    def __init__(self) -> None:
        super().__init__(tr("What is special about a door"))
        self._facts = RuleFacts.nothing()
        self._shown = DoorPlan("-")
        self._build()
        self._show_plan(None)

    def _build(self) -> None:
        self.door = DoorBox(tr("Door"))
        self.door.currentTextChanged.connect(self._on_door)
        self.body.addWidget(titled(tr("Door"), self.door))
        self.leads_from = LineField(tr("Leads from"), placeholder=tr("street"))
        self.leads_to = LineField(tr("Leads to"), placeholder=tr("office"))
        self.body.addWidget(in_columns((self.leads_from, self.leads_to)))
        self.passback = choice_of(passback_names())
        help_ = tr("Anti-passback: a lent picture, or a second entry for a friend.")
        self.body.addWidget(titled(tr("Who is inside already"), self.passback, help_))
        self.hours = DecimalField(tr("Nobody counts as inside after"), _LONGEST, 1, unit=tr("h"))
        self.tries = WholeField(
            tr("Unknown faces in a row, then a delay"), 0, MOST_TRIES, none=tr("no limit")
        )
        self.body.addWidget(
            in_columns(
                (
                    titled(tr("Nobody counts as inside after"), self.hours),
                    titled(tr("Unknown faces in a row, then a delay"), self.tries),
                )
            )
        )
        self.alike = QCheckBox(tr("Look-alikes need a second factor"))
        self.alike.setAccessibleName(tr("Look-alikes need a second factor"))
        self.body.addWidget(self.alike)
        self.problem = Label("", "error")
        self.body.addWidget(self.problem)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self.save = Button(tr("Save"), "primary", icon="check", clicked=self._save)
        self.undo = Button(tr("Show what is stored"), "link", clicked=self._again)
        row.addWidget(self.save)
        row.addWidget(self.undo)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addStretch(1)
        changed: tuple[Callable[[Callable[[], object]], object], ...] = (
            self.leads_from.edited.connect,
            self.leads_to.edited.connect,
            self.passback.currentIndexChanged.connect,
            self.hours.valueChanged.connect,
            self.tries.valueChanged.connect,
            self.alike.toggled.connect,
        )
        for connect in changed:
            connect(self._on_changed)
        self.setTabOrder(self.alike, self.save)
        self.save.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_facts(self, facts: RuleFacts) -> None:
        """Show what is stored; what is being changed stays."""
        before = self._stored()
        changing = self.save.isEnabled()
        self._facts = facts
        self.door.offer(facts.doors)
        if not changing or before != self._stored():
            self._again()

    @property
    def plan(self) -> DoorPlan:
        """The plan as it is filled in.

        Raises:
            KnownError: if it is none.
        """
        return DoorPlan(
            door=self.door.door or "",
            passback=Passback(self.passback.currentData()),
            leads_from=self.leads_from.text,
            leads_to=self.leads_to.text,
            passback_hours=self.hours.value(),
            tries=self.tries.value() or None,
            look_alikes_need_factor=self.alike.isChecked(),
        )

    def _stored(self) -> DoorPlan | None:
        """Return what is stored of the door, or the usual; None without a door."""
        door = self.door.door
        if door is None:
            return None
        try:
            return self._facts.policy.plan(door) or DoorPlan(door)
        except KnownError:
            return None

    def _on_door(self) -> None:
        self._again()

    def _again(self) -> None:
        self._show_plan(self._stored())

    def _show_plan(self, plan: DoorPlan | None) -> None:
        self._shown = DoorPlan("-") if plan is None else plan
        there = plan is not None
        fields = (self.leads_from, self.leads_to, self.passback, self.hours, self.tries, self.alike)
        for field in fields:
            field.setEnabled(there)
            field.blockSignals(True)
        self.leads_from.set_text(self._shown.leads_from)
        self.leads_to.set_text(self._shown.leads_to)
        self.passback.setCurrentIndex(self.passback.findData(self._shown.passback.value))
        self.hours.setValue(self._shown.passback_hours)
        self.tries.setValue(self._shown.tries or 0)
        self.alike.setChecked(self._shown.look_alikes_need_factor)
        for field in fields:
            field.blockSignals(False)
        self._on_changed()

    def _on_changed(self) -> None:
        wrong, same = "", True
        if self.door.door is not None:
            try:
                same = self.plan == self._shown
            except KnownError as error:
                wrong, same = told_error(error), False
        self.problem.setText(wrong)
        self.problem.setVisible(bool(wrong))
        self.save.setEnabled(not same and not wrong)
        self.undo.setVisible(not same)

    def _save(self) -> None:
        self.saving.emit(self.plan)
