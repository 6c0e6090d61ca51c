"""The right half of Enrol, one page a moment: looking around, working, a choice, done."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from faceaccess.core.frames import Box, Image
from faceaccess.core.progress import Progress
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import SPACE_2, SPACE_3, SPACE_4, SPACE_6, theme
from faceaccess.gui.told import told
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.picture import PictureLabel
from faceaccess.gui.widgets.picture_strip import PictureStrip
from faceaccess.gui.widgets.ring_view import RingView
from faceaccess.gui.widgets.sure_line import SureLine
from faceaccess.pipeline.results import EnrolResult, LookAlike, Rejected
from faceaccess.pipeline.sureness import Sureness

_LONGEST_ON_BUTTON = 28

ENOUGH = 3
"""Fewest pictures that one may stop at: with three a person is known nearly as surely as with all
(see the figures on `lfw-dev`, which enrols three)."""


class CapturePage(QWidget):
    """The camera with the ring, the hint under it, and the pictures taken so far.

    Attributes:
        ring: the camera's picture.
        cancelled: emitted when the button to stop was pressed.
        again: emitted when taking pictures is to begin anew.
        enough: emitted when the pictures taken so far are to do.
    """

    cancelled = Signal()
    again = Signal()
    enough = Signal()

    def __init__(self, wanted: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        self.ring = RingView(tr("Camera, with a ring that fills as pictures are taken"))
        self.ring.setMinimumHeight(140)
        column.addWidget(self.ring, 1)
        self.hint = Label("", "heading")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.hint)
        self.count = Label("", "muted")
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.count)
        self.strip = PictureStrip(wanted)
        column.addWidget(self.strip)
        self.sure = SureLine()
        column.addWidget(self.sure)
        self.enough_button = Button("", "primary", icon="check", clicked=self.enough.emit)
        column.addWidget(self.enough_button, 0, Qt.AlignmentFlag.AlignHCenter)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_3)
        buttons.addStretch(1)
        for button in (
            Button(tr("Start again"), icon="refresh", clicked=self.again.emit),
            Button(tr("Stop"), icon="close", clicked=self.cancelled.emit),
        ):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        self._wanted = wanted
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.ring.clear()
        self.strip.show_pictures(())
        self.sure.show_sure(None, None)
        self.hint.setText(tr("Opening the camera"))
        self._count(0)

    def wait_with(self, frame: QImage) -> None:
        """Show the picture while the models load."""
        self.ring.show_step(frame, None, 0.0, good=True)
        self.hint.setText(tr("Loading the models"))

    def show_step(
        self, frame: QImage, face: Box | None, crops: Sequence[Image], sentence: str, *, good: bool
    ) -> None:
        """Show what one frame brought.

        Args:
            frame: the picture.
            face: where the face is, in pixels of the frame, or None.
            crops: the pictures taken so far.
            sentence: what the person should do now.
            good: whether the face can be taken as it is.
        """
        self.ring.show_step(frame, face, min(1.0, len(crops) / self._wanted), good=good)
        self.strip.show_pictures(crops)
        self.hint.setText(sentence)
        self._count(len(crops))

    def _count(self, taken: int) -> None:
        self.count.setText(
            tr("{taken} of {wanted} pictures taken", taken=taken, wanted=self._wanted)
        )
        self.enough_button.setEnabled(taken >= ENOUGH)
        self.enough_button.set_text(
            trn("Use this {count} picture", "Use these {count} pictures", max(taken, ENOUGH))
        )


class WorkingPage(QWidget):
    """A job is running.

    Attributes:
        cancelled: emitted when the button was pressed.
    """

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_3)
        column.addStretch(1)
        self._stage = Label("", "title")
        self._stage.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text = Label("", "muted")
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("How far it is"))
        for widget in (self._stage, self._bar, self._text):
            column.addWidget(widget)
        cancel = Button(tr("Cancel"), icon="close", clicked=self.cancelled.emit)
        column.addWidget(cancel, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def show_progress(self, progress: Progress) -> None:
        """Show how far the job is; without a total the bar only moves."""
        self._stage.setText(tr(progress.stage))
        self._text.setText(progress.text)
        self._bar.setRange(0, progress.total)
        self._bar.setValue(progress.done)


class ChoicePage(QWidget):
    """The new face looks like somebody who is enrolled: who is it?

    Attributes:
        same, other, again: emitted for "it is that person", "somebody else", "start again".
    """

    same = Signal()
    other = Signal()
    again = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_4)
        column.addStretch(1)
        frame = QFrame()
        frame.setProperty("panel", "bar")
        frame.setProperty("tone", "warn")
        column.addWidget(frame)
        column.addStretch(1)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(SPACE_6, SPACE_6, SPACE_6, SPACE_6)
        inside.setSpacing(SPACE_4)
        self._question = Label("", "title")
        self._why = Label()
        pictures = QHBoxLayout()
        pictures.setSpacing(SPACE_4)
        self._new = PictureLabel(112, tr("The new picture"))
        self._known = PictureLabel(112, tr("The enrolled picture"))
        for picture, words in ((self._new, tr("New")), (self._known, tr("Enrolled"))):
            part = QVBoxLayout()
            part.addWidget(picture)
            part.addWidget(Label(words, "small", wrap=False), 0, Qt.AlignmentFlag.AlignHCenter)
            pictures.addLayout(part)
        pictures.addStretch(1)
        inside.addWidget(self._question)
        inside.addLayout(pictures)
        inside.addWidget(self._why)
        self.same_button = Button(tr("Yes: the same"), "primary", clicked=self.same.emit)
        self.other_button = Button(tr("No: somebody else"), clicked=self.other.emit)
        self.again_button = Button(tr("Start again"), "link", clicked=self.again.emit)
        for button in (self.same_button, self.other_button, self.again_button):
            inside.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

    def ask(self, name: str, alike: LookAlike, new: Image, known: Image | None) -> None:
        """Ask whether `name` is the enrolled person."""
        self._question.setText(tr("Is this {name}?", name=alike.name))
        self._why.setText(
            tr(
                "The new face looks like {name}, who is enrolled already (similarity "
                "{similarity}). Two entries for one person make the door unsure; of two people, "
                "both need a second factor.",
                name=alike.name,
                similarity=f"{alike.similarity:.2f}",
            )
        )
        self._new.set_picture(new)
        self._known.set_picture(known)
        same, other = _short(alike.name), _short(name)
        self.same_button.set_text(tr("Yes: add the pictures to {name}", name=same))
        self.other_button.set_text(tr("No: enrol {name} as somebody else", name=other))
        self.same_button.setFocus()


def _short(name: str) -> str:
    """Return a name that fits on a button."""
    return name if len(name) <= _LONGEST_ON_BUTTON else name[: _LONGEST_ON_BUTTON - 1] + "…"


class DonePage(QWidget):
    """The door knows somebody now.

    Attributes:
        try_it, another: emitted by the two buttons.
    """

    try_it = Signal()
    another = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_3)
        column.addStretch(1)
        self._symbol = QLabel()
        self._symbol.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._symbol)
        self.words = Label("", "heading")
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.words)
        self.figures = Label("", "muted")
        self.figures.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.figures)
        self.sure = SureLine()
        column.addWidget(self.sure)
        self.cost = Label("", "body")
        self.cost.set_tone("warn")
        self.cost.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.cost)
        column.addSpacing(SPACE_2)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_3)
        buttons.addStretch(1)
        self.try_button = Button(tr("Try it now"), icon="live", clicked=self.try_it.emit)
        self.another_button = Button(
            tr("Enrol another"), "primary", icon="enrol", clicked=self.another.emit
        )
        buttons.addWidget(self.try_button)
        buttons.addWidget(self.another_button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addSpacing(SPACE_2)
        self.remarks = Remarks()
        column.addWidget(self.remarks, 1)
        column.addStretch(1)
        theme().changed.connect(self._tint)
        self._tint()

    def show_result(self, result: EnrolResult, sure: Sureness | None = None) -> None:
        """Say what became of it.

        Args:
            result: of the enrolment.
            sure: how surely the pictures from the camera let the door know the person; None for
                pictures of another way.
        """
        name = result.person.name
        seconds = f"{result.seconds:.1f}" if result.seconds >= 0.1 else f"{result.seconds:.2f}"
        self.words.setText(
            tr("The door knows {name} now ({seconds} s)", name=name, seconds=seconds)
        )
        self.figures.setText(
            tr(
                "{added} pictures added, {total} in all; head v{head} is in service.",
                added=result.added,
                total=result.person.samples,
                head=result.head.version,
            )
        )
        self.sure.show_sure(sure, None)
        costs = [told(result.cost)] if result.cost else []
        costs += [
            tr(
                "{label} among the strangers is {name}, and is left out.",
                label=o.label,
                name=o.person,
            )
            for o in result.set_aside[:1]
        ]
        self.cost.setText("\n".join(costs))
        self.cost.setVisible(bool(costs))
        self.remarks.show_remarks(result.rejected, result.warnings)
        self.another_button.setFocus()

    def _tint(self) -> None:
        self._symbol.setPixmap(icon_pixmap("granted", "ok", 64))


class Remarks(QScrollArea):
    """Which pictures were not taken, and why; and notes on those that were. Hidden when empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setAccessibleName(tr("Remarks on the pictures"))
        self.setMinimumHeight(96)
        self.setVisible(False)

    def show_remarks(self, rejected: Sequence[Rejected], warnings: Sequence[Rejected]) -> None:
        """List them."""
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setSpacing(SPACE_2)
        for tone, symbol, title, entries in (
            ("danger", "cross", tr("Not taken"), rejected),
            ("warn", "warn", tr("Taken, with a remark"), warnings),
        ):
            if entries:
                column.addWidget(Label(title, "strong"))
            for entry in entries:
                row = QHBoxLayout()
                row.setSpacing(SPACE_2)
                mark = QLabel()
                mark.setPixmap(icon_pixmap(symbol, tone, 16))
                row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
                text = tr("{picture}: {reason}", picture=entry.picture, reason=told(entry.reason))
                row.addWidget(Label(text, selectable=True), 1)
                column.addLayout(row)
        column.addStretch(1)
        self.setWidget(inside)
        self.setVisible(bool(rejected or warnings))
