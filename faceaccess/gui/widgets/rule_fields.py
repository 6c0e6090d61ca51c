"""Fields that rules are written with: whom it is about, and which door."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from faceaccess.gui.theme import SPACE_1, SPACE_2
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import IconButton
from faceaccess.gui.widgets.filter_chips import Named
from faceaccess.gui.widgets.form_parts import choice_of
from faceaccess.gui.widgets.labels import Label, restyle
from faceaccess.gui.widgets.person_chooser import PersonChooser
from faceaccess.gui.widgets.settings_form import StillComboBox

_EVERYBODY, _ONE = "everybody", "one"


class OnePerson(QWidget):
    """A line in which somebody is looked for, or the name of who was chosen.

    Args:
        name: what is chosen, for screen readers.
        parent: the owner.

    Attributes:
        asked: emitted with a typed text when people are to be suggested; see `suggest`.
        changed: emitted when somebody was chosen, or nobody is any more.
        chooser: the line.
    """

    asked = Signal(str)
    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._person: Named | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_2)
        self.chooser = PersonChooser(name, tr("Type a name"))
        self.chooser.asked.connect(self.asked)
        self.chooser.chosen.connect(self._choose)
        self._shown = QLineEdit()
        self._shown.setReadOnly(True)
        self._shown.setAccessibleName(name)
        self.other = IconButton("close", tr("Choose somebody else"), clicked=self._other)
        row.addWidget(self.chooser, 1, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self._shown, 1, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.other)
        self.set_person(None)

    @property
    def person(self) -> Named | None:
        """Who was chosen."""
        return self._person

    def set_person(self, person: Named | None) -> None:
        """Show somebody as chosen, or ask for somebody."""
        self._person = person
        self._shown.setText("" if person is None else person.name)
        self._shown.setCursorPosition(0)
        self.chooser.setVisible(person is None)
        self._shown.setVisible(person is not None)
        self.other.setVisible(person is not None)

    def suggest(self, people: Sequence[Named]) -> None:
        """Offer people for what is typed."""
        self.chooser.suggest(people)

    def show_wrong(self, *, wrong: bool) -> None:
        """Mark the line where nobody was chosen who is needed."""
        restyle(self.chooser, invalid="true" if wrong else "false")

    def _choose(self, person: Named) -> None:
        self.set_person(person)
        self.other.setFocus()
        self.changed.emit()

    def _other(self) -> None:
        self.set_person(None)
        self.chooser.setFocus()
        self.changed.emit()


class WhoField(QWidget):
    """Everybody, or one person.

    Args:
        parent: the owner.

    Attributes:
        changed: emitted when it is about somebody else.
        kind: the choice between the two.
        one: the person's line.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_1)
        label = Label(tr("Who"), "strong")
        self.kind = choice_of({_EVERYBODY: tr("Everybody"), _ONE: tr("One person")})
        self.kind.setAccessibleName(tr("Who"))
        label.setBuddy(self.kind)
        self.one = OnePerson(tr("The person"))
        self._problem = Label("", "error")
        for widget in (label, self.kind, self.one, self._problem):
            column.addWidget(widget)
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.one.changed.connect(self._on_changed)
        self._on_changed()

    @property
    def person(self) -> Named | None:
        """Who, or None: everybody, or nobody yet (see `check`)."""
        return self.one.person if self.kind.currentData() == _ONE else None

    def set_person(self, person: Named | None) -> None:
        """Show whom it is about."""
        self.one.set_person(person)
        self.kind.setCurrentIndex(0 if person is None else 1)
        self._on_changed()

    def check(self) -> bool:
        """Tell where somebody is missing; whether nobody is."""
        missing = self.kind.currentData() == _ONE and self.one.person is None
        self._problem.setText(tr("Choose the person whom the rule is about.") if missing else "")
        self._problem.setVisible(missing)
        self.one.show_wrong(wrong=missing)
        return not missing

    @property
    def complete(self) -> bool:
        """Whether it says whom it is about."""
        return self.kind.currentData() != _ONE or self.one.person is not None

    def _on_kind(self) -> None:
        self._on_changed()
        if self.kind.currentData() == _ONE and self.one.person is None:
            self.one.chooser.setFocus()

    def _on_changed(self) -> None:
        self.one.setVisible(self.kind.currentData() == _ONE)
        self._problem.setVisible(False)
        self.one.show_wrong(wrong=False)
        self.changed.emit()


class DoorBox(StillComboBox):
    """A door, chosen or typed.

    Args:
        name: what it is, for screen readers.
        every: what stands for every door, or "" where one must be named.
        parent: the owner.
    """

    def __init__(self, name: str, every: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._every = every
        self.setEditable(True)
        self.setInsertPolicy(StillComboBox.InsertPolicy.NoInsert)
        self.setAccessibleName(name)
        line, completer = self.lineEdit(), self.completer()
        assert line is not None
        line.setAccessibleName(name)
        line.setPlaceholderText(tr("Name of the door"))
        assert isinstance(completer, QCompleter)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.offer(())

    @property
    def door(self) -> str | None:
        """The door's name; None for every door, or for an empty line."""
        text = self.currentText().strip()
        return None if text in {"", self._every} else text

    def set_door(self, door: str | None) -> None:
        """Show a door."""
        self.setEditText(self._every if door is None else door)

    def offer(self, doors: Sequence[str]) -> None:
        """Offer doors; what is typed stays."""
        wanted = [self._every, *doors] if self._every else list(doors)
        if wanted == [self.itemText(place) for place in range(self.count())]:
            return
        text = self.currentText() if self.count() else self._every
        self.blockSignals(True)  # Qt's
        self.clear()
        self.addItems(wanted)
        self.setEditText(text)
        self.blockSignals(False)  # Qt's
        if not text and doors and not self._every:
            self.setCurrentIndex(0)
