"""The section of a person's page that edits what is written."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person, PersonDetails
from faceaccess.gui.theme import SPACE_1, SPACE_2
from faceaccess.gui.told import told_error
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.field import LineField
from faceaccess.gui.widgets.labels import Label, restyle


class DetailsCard(Card):
    """What is written about a person, to be edited; each problem stands at its field.

    Attributes:
        saved: emitted with the `PersonDetails` to store.
        switched: emitted with whether the door shall let the person in.
    """

    saved = Signal(object)
    switched = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Details"), parent)
        self._person: Person | None = None
        self.active = QCheckBox(tr("The door lets them in"))
        self.active.setAccessibleName(tr("The door lets them in"))
        self.active.clicked.connect(self.switched)
        self.name = LineField(tr("Name"), lambda text: problem_with(name=text))
        self.number = LineField(
            tr("Staff number"), lambda text: problem_with(staff_number=text or None)
        )
        self.department = LineField(tr("Department"), lambda text: problem_with(department=text))
        self.note = QPlainTextEdit()
        self.note.setAccessibleName(tr("Note"))
        self.note.setFixedHeight(72)
        self.note.setTabChangesFocus(True)
        self.note.textChanged.connect(self._on_edited)
        self._note_problem = Label("", "error")
        self._note_problem.setVisible(False)
        self.save = Button(tr("Save"), "primary", clicked=self._save)
        self.revert = Button(tr("Undo my changes"), "link", clicked=self._revert)
        self.body.addWidget(self.active)
        for field in (self.name, self.number, self.department):
            field.edited.connect(self._on_edited)
            field.line.returnPressed.connect(self._save)
            self.body.addWidget(field)
        column = QVBoxLayout()
        column.setSpacing(SPACE_1)
        label = Label(tr("Note"), "strong")
        label.setBuddy(self.note)
        column.addWidget(label)
        column.addWidget(self.note)
        column.addWidget(self._note_problem)
        self.body.addLayout(column)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_2)
        buttons.addWidget(self.save)
        buttons.addWidget(self.revert)
        buttons.addStretch(1)
        self.body.addLayout(buttons)

    def show_person(self, person: Person) -> None:
        """Fill in what is stored; what is being typed about the same person stays."""
        typing = self._person is not None and self._person.id == person.id and self._dirty()
        self._person = person
        self.active.setChecked(person.details.active)
        if not typing:
            self._revert()

    def show_problem(self, error: BaseException) -> bool:
        """Show why storing failed at the field it is about; False where it is about none."""
        about_number = isinstance(error, KnownError) and "staff number" in error.text.lower()
        if about_number:
            self.number.show_problem(told_error(error))
            self.number.line.setFocus()
        return about_number

    def _revert(self) -> None:
        if self._person is None:
            return
        details = self._person.details
        self.name.set_text(details.name)
        self.number.set_text(details.staff_number or "")
        self.department.set_text(details.department)
        self.note.setPlainText(details.note)
        self._on_edited()

    def _dirty(self) -> bool:
        if self._person is None:
            return False
        d = self._person.details
        typed = (self.name.text, self.number.text, self.department.text, self._noted())
        return typed != (d.name, d.staff_number or "", d.department.strip(), d.note.strip())

    def _noted(self) -> str:
        return self.note.toPlainText().strip()

    def _on_edited(self, _text: str = "") -> None:
        dirty = self._dirty()
        self.save.setEnabled(dirty)
        self.revert.setVisible(dirty)
        problem = problem_with(note=self._noted())
        self._note_problem.setText(problem)
        self._note_problem.setVisible(bool(problem))
        restyle(self.note, invalid="true" if problem else "false")

    def _save(self) -> None:
        fields = (self.name, self.number, self.department)
        wrong = [field for field in fields if not field.check()]
        if wrong:
            wrong[0].line.setFocus()
            return
        if self._person is None or not self._dirty() or problem_with(note=self._noted()):
            return
        self.saved.emit(
            PersonDetails(
                self.name.text,
                staff_number=self.number.text or None,
                department=self.department.text,
                note=self._noted(),
                active=self._person.details.active,
            )
        )


def problem_with(**field: str | None) -> str:
    """Return what is wrong with one field of `PersonDetails`, or ""."""
    make: Callable[..., PersonDetails] = PersonDetails
    try:
        make(**{"name": "x", **field})
    except KnownError as error:
        return told_error(error)
    return ""
