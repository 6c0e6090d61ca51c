"""A line in which somebody enrolled is chosen by typing a part of the name."""

from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from faceaccess.gui.widgets.filter_chips import Named


class PersonChooser(QLineEdit):
    """Suggests people while one types.

    Args:
        name: what is chosen, for screen readers.
        placeholder: shown in the empty line.
        parent: the owner.

    Attributes:
        asked: emitted with a typed text when people are to be suggested; see `suggest`.
        chosen: emitted with the `Named` that was chosen.
    """

    asked = Signal(str)
    chosen = Signal(object)

    def __init__(self, name: str, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._suggested: dict[str, Named] = {}
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.activated.connect(self._choose)
        self.setCompleter(completer)
        self.textEdited.connect(self.asked)
        self.returnPressed.connect(lambda: self._choose(self.text().strip()))

    def suggest(self, people: Sequence[Named]) -> None:
        """Offer people; of one name, the first."""
        self._suggested = {}
        for person in people:
            self._suggested.setdefault(person.name, person)
        self._names.setStringList(list(self._suggested))
        if self.hasFocus() and people and self.text():
            self.completer().complete()

    def _choose(self, name: str) -> None:
        person = self._suggested.get(name)
        if person is None and len(self._suggested) == 1:
            (person,) = self._suggested.values()
        if person is not None:
            self.clear()
            self.chosen.emit(person)
