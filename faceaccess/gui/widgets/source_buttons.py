"""Where pictures to learn from are chosen: a folder, or a list."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from faceaccess.gui.theme import SPACE_2
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.flow import FlowLayout


class SourceButtons(QWidget):
    """Two buttons that ask for a folder or a list of pictures.

    Args:
        main: whether to choose is the main thing to do.
        again: whether there are pictures already, in place of which others are chosen.
        parent: the owner.

    Attributes:
        chosen: emitted with the path.
        folder, list: the buttons.
    """

    chosen = Signal(object)

    def __init__(
        self, *, main: bool = False, again: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        row = FlowLayout(self, SPACE_2)
        self.folder = Button(
            tr("Another folder") if again else tr("Choose a folder"),
            "primary" if main else "quiet",
            icon="folder",
            clicked=self.ask_folder,
        )
        self.list = Button(
            tr("Another CSV list") if again else tr("Choose a CSV list"),
            icon="table",
            clicked=self.ask_list,
        )
        for button in (self.folder, self.list):
            row.addWidget(button)

    def ask_folder(self) -> None:
        """Ask for a folder of class folders."""
        name = QFileDialog.getExistingDirectory(self, tr("Choose a folder"))
        if name:
            self.chosen.emit(Path(name))

    def ask_list(self) -> None:
        """Ask for a CSV file."""
        name, _ = QFileDialog.getOpenFileName(
            self, tr("Choose a CSV list"), "", tr("Lists ({endings})", endings="*.csv")
        )
        if name:
            self.chosen.emit(Path(name))
