"""Who somebody is: the fields of a person's details, checked where they stand."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from faceaccess.core.errors import KnownError
from faceaccess.core.people import MAX_NAME, MAX_STAFF_NUMBER, Person, PersonDetails
from faceaccess.gui.theme import SPACE_1, SPACE_3
from faceaccess.gui.told import told_error
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.labels import Label, restyle


class Field(QWidget):
    """A labelled line with room for what is wrong with it.

    Args:
        name: the label.
        hint: grey text in the empty field.
        longest: most characters, or None where the text is checked otherwise.
        parent: the owner.
    """

    def __init__(
        self, name: str, hint: str = "", longest: int | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_1)
        label = Label(name, "strong")
        self.line = QLineEdit()
        self.line.setAccessibleName(name)
        self.line.setPlaceholderText(hint)
        if longest is not None:
            # One more than allowed, so that what is too long is said and not cut in silence.
            self.line.setMaxLength(longest + 1)
        label.setBuddy(self.line)
        self._name = name
        self._error = Label("", "error")
        for widget in (label, self.line, self._error):
            column.addWidget(widget)
        self.line.textEdited.connect(lambda _text: self.set_error(""))
        self.set_error("")

    @property
    def text(self) -> str:
        """What was typed, without spaces around it."""
        return self.line.text().strip()

    @property
    def error(self) -> str:
        """What is wrong with it, or ""."""
        return self._error.text()

    def set_error(self, error: str) -> None:
        """Say at the field what is wrong; "" takes it back."""
        self._error.setText(error)
        self._error.setVisible(bool(error))
        self.line.setAccessibleDescription(error)
        restyle(self.line, invalid=bool(error))


class DetailsForm(QWidget):
    """Name, staff number and department of somebody new.

    Args:
        owner_of: gives who has a staff number, or None.
        parent: the owner.

    Attributes:
        submitted: emitted when Enter was pressed in a field.
    """

    submitted = Signal()

    def __init__(
        self, owner_of: Callable[[str], Person | None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._owner_of = owner_of
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        self.name = Field(tr("Name"), tr("As people call the person"), MAX_NAME)
        self.number = Field(tr("Staff number"), tr("May stay empty"), MAX_STAFF_NUMBER)
        self.department = Field(tr("Department"), tr("May stay empty"))
        for field in (self.name, self.number, self.department):
            column.addWidget(field)
            field.line.returnPressed.connect(self.submitted)
        self.number.line.editingFinished.connect(self._check_number)

    def details(self) -> PersonDetails | None:
        """Return what was typed, or None after saying at the fields what is wrong."""
        number = self.number.text or None
        try:
            PersonDetails(self.name.text)
        except KnownError as error:
            self.name.set_error(told_error(error))
        if not self.name.error and not self.number.error:
            self._check_number()
        for field in (self.name, self.number):
            if field.error:
                field.line.setFocus()
                return None
        try:
            return PersonDetails(self.name.text, number, self.department.text)
        except KnownError as error:
            self.department.set_error(told_error(error))
            self.department.line.setFocus()
            return None

    def show_details(self, details: PersonDetails) -> None:
        """Fill the fields with what is known of somebody."""
        self.name.line.setText(details.name)
        self.number.line.setText(details.staff_number or "")
        self.department.line.setText(details.department)

    def clear(self) -> None:
        """Empty all fields and give the keyboard to the first."""
        for field in (self.name, self.number, self.department):
            field.line.clear()
            field.set_error("")
        self.name.line.setFocus()

    def _check_number(self) -> None:
        number = self.number.text
        if not number:
            return
        try:
            PersonDetails("-", number)
            owner = self._owner_of(number)
        except KnownError as error:
            self.number.set_error(told_error(error))
            return
        if owner is not None:
            self.number.set_error(
                tr("{name} has the staff number {number} already.", name=owner.name, number=number)
            )
