"""One running door: its picture, its answer, what is to be known of it, and its commands."""

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Outcome
from faceaccess.core.frames import Box
from faceaccess.gui.door_wording import Remark, answer_words, remarks
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import SPACE_1, SPACE_2, SPACE_3, theme
from faceaccess.gui.told import told
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.answer_panel import Answer
from faceaccess.gui.widgets.answer_strip import AnswerStrip
from faceaccess.gui.widgets.camera_view import CameraView, FaceMark
from faceaccess.gui.widgets.door_commands import DoorCommandsCard
from faceaccess.gui.widgets.labels import Label
from faceaccess.pipeline.station_feed import DoorView, FaceInFeed


class DoorPanel(QWidget):
    """Shows what a door's station tells.

    Args:
        clock: tells what is now.
        parent: the owner.

    Attributes:
        camera, answer, commands: the parts.
    """

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        self.camera = CameraView(tr("Live picture of the door"))
        self.camera.setMinimumSize(240, 120)  # what is wrong with a door must have room below it
        column.addWidget(self.camera, 1)
        self.answer = AnswerStrip()
        column.addWidget(self.answer)
        self.remarks = Remarks()
        column.addWidget(self.remarks)
        self.commands = DoorCommandsCard(clock)
        column.addWidget(self.commands)

    def begin(self, name: str) -> None:
        """Show another door, of which nothing is known yet."""
        self.camera.clear()
        self.camera.setAccessibleName(tr("Live picture of {door}", door=name))
        self.answer.show_answer(Answer(tr("Asking the door")))
        self.remarks.show_remarks(())

    def show_view(self, view: DoorView, picture: QImage | None) -> None:
        """Show what a door shows now."""
        if picture is not None:
            marks = tuple(_mark(face, view.size, picture) for face in view.faces)
            self.camera.show_frame(picture, marks)
        if view.camera_state == "lost":
            self.camera.show_notice(tr("The camera gives no picture"))
        self.answer.show_answer(answer_words(view))
        self.remarks.show_remarks(remarks(view, self._clock.now()))

    def show_away(self, text: str, remedy: str) -> None:
        """Show that the door does not answer; its last picture is out of date."""
        words = tr("The station does not answer")
        why = " ".join(filter(None, (told(text), told(remedy))))
        again = tr("It is tried again and again.")
        self.camera.show_notice(f"{words}\n{again}")
        self.answer.show_answer(Answer(words, why, symbol="warn", tone="danger"))
        self.remarks.show_remarks(())


class Remarks(QWidget):
    """A line a remark, with its symbol.

    Args:
        parent: the owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[Remark, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_1)
        self._rows: list[QWidget] = []
        theme().changed.connect(self._again)
        self.setVisible(False)

    @property
    def words(self) -> list[str]:
        """What is shown."""
        return [remark.words for remark in self._shown]

    def show_remarks(self, shown: tuple[Remark, ...]) -> None:
        """Show remarks; the same again costs nothing."""
        if shown != self._shown:
            self._shown = shown
            self._again()

    def _again(self) -> None:
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [_row(remark) for remark in self._shown]
        for row in self._rows:
            self._column.addWidget(row)
        self.setVisible(bool(self._rows))
        self.setAccessibleName(" ".join(self.words))


def _row(remark: Remark) -> QWidget:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(SPACE_2)
    symbol = QLabel()
    symbol.setPixmap(icon_pixmap(remark.icon, remark.tone))
    line.addWidget(symbol)
    line.addWidget(Label(remark.words, "strong" if remark.tone == "danger" else "body"), 1)
    return row


def _mark(face: FaceInFeed, size: tuple[int, int], picture: QImage) -> FaceMark:
    """Return how a face is marked in a picture that may be smaller than the frame."""
    x, y, width, height = face.box
    scale = picture.width() / size[0] if size[0] else 1.0
    box: Box = (x * scale, y * scale, width * scale, height * scale)
    if face.outcome is Outcome.GRANTED:
        return FaceMark(box, face.person or tr("Let in"), "ok", "granted")
    if face.outcome is Outcome.DENIED:
        return FaceMark(box, face.person or tr("Not known"), "danger", "denied")
    return FaceMark(box, face.person or "", "accent" if face.in_front else "muted")
