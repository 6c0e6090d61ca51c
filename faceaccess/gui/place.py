"""What the main window asks of a view that fills one of its seven places, and of their pages."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


class Place(QWidget):
    """Base of the seven views; each method does nothing where a view does not need it.

    Attributes:
        asked_for: emitted with the name of another place to go to ("live", "enrol", "people",
            "train", "events", "doors", "set_up"), or of a page of one ("people/strangers").
        settings_changed: emitted after a setting was stored, so that cameras and colours follow.
    """

    asked_for = Signal(str)
    settings_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")

    def arrive(self) -> None:
        """Called each time the place is shown: bring lists up to date."""

    def leave(self) -> None:
        """Called when another place is shown instead."""

    def show_person(self, person_id: str) -> None:
        """Show, or begin, what the place does for one person."""

    def show_page(self, name: str) -> None:
        """Show one of the place's pages."""

    def focus_search(self) -> bool:
        """Ctrl+F: give the keyboard to the search field; whether there is one."""
        return False

    def escape(self) -> bool:
        """Esc: step back (clear a search, close a panel); whether something was done."""
        return False

    def remembered(self) -> dict[str, str]:
        """Return what to remember of the view (splitters, columns, filters), as texts."""
        return {}

    def restore(self, values: dict[str, str]) -> None:
        """Take back what `remembered` gave in an earlier run; unknown names are ignored."""

    def shutdown(self) -> None:
        """Called once, before the program ends: end and join every thread of the view."""


class PeoplePage(Place):
    """A page that leads to people's pages.

    Attributes:
        person_wanted: emitted with the id of a person whose page is wanted.
    """

    person_wanted = Signal(str)
