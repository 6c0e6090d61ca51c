"""The left half of Enrol: who it is, and by which way the pictures come."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from faceaccess.core.people import Person
from faceaccess.gui.theme import SPACE_3
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.details_form import DetailsForm
from faceaccess.gui.widgets.labels import Label


class WhoCard(Card):
    """The form with its two buttons.

    Args:
        owner_of: returns who has a staff number, or None.
        begin: begins to take pictures.
        choose_files: asks for picture files.
        note: a sentence about who is before the camera, or "".
        parent: the owner.

    Attributes:
        form, begin_button, files_button: what is in it.
    """

    def __init__(
        self,
        owner_of: Callable[[str], Person | None],
        begin: Callable[[], object],
        choose_files: Callable[[], object],
        note: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("Who"), parent)
        self.setMinimumWidth(260)
        self.setMaximumWidth(320)
        self.form = DetailsForm(owner_of)
        self.form.submitted.connect(begin)
        self.body.addWidget(self.form)
        self.body.addSpacing(SPACE_3)
        self.begin_button = Button(tr("Take pictures"), "primary", icon="camera", clicked=begin)
        self.files_button = Button(tr("Use picture files"), icon="picture", clicked=choose_files)
        self.body.addWidget(self.begin_button)
        self.body.addWidget(self.files_button)
        self.body.addWidget(Label(tr("Stored: the face as a small grey picture."), "small"))
        if note:
            self.body.addWidget(Label(note, "small"))
        self.body.addStretch(1)

    def allow(self, *, allowed: bool) -> None:
        """Let everything be used, or nothing."""
        for widget in (self.form, self.begin_button, self.files_button):
            widget.setEnabled(allowed)
