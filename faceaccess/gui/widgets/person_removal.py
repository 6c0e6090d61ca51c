"""Removing a person: what is lost is said before."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from faceaccess.core.people import Person
from faceaccess.gui.theme import SPACE_3, SPACE_6
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.wording import breakable


class RemovalCard(Card):
    """The button that removes a person.

    Args:
        remove: what it calls.
        parent: the owner.
    """

    def __init__(self, remove: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(tr("Remove"), parent)
        self.loss = Label("", "muted")
        self.remove = Button(tr("Remove"), "danger", icon="remove", clicked=remove)
        self.body.addWidget(self.loss)
        self.body.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addSpacing(SPACE_6 - SPACE_3)

    def show_person(self, person: Person) -> None:
        """Name who would be removed, and what with them."""
        self.remove.set_text(tr("Remove {name}", name=_short(person.name)))
        self.loss.setText(breakable(_loss(person)))


def _loss(person: Person) -> str:
    """Return what removing a person loses, in words."""
    if not person.samples:
        return tr("Removing {name} deletes what is written here.", name=person.name)
    return trn(
        "Removing {name} deletes {count} picture and what is written here. The door stops knowing "
        "them at once; past events keep no name.",
        "Removing {name} deletes {count} pictures and what is written here. The door stops knowing "
        "them at once; past events keep no name.",
        person.samples,
        name=person.name,
    )


def _short(name: str, longest: int = 20) -> str:
    """Return a name that fits a button."""
    return name if len(name) <= longest else f"{name[: longest - 1].rstrip()}…"
