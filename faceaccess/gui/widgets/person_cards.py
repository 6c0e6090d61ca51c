"""The sections of a person's page."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Event
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.core.people import Person, PersonDetails, Sample
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.models.sureness import ENOUGH, Sureness
from faceaccess.gui.theme import SPACE_1, SPACE_2, SPACE_3, theme
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.field import LineField
from faceaccess.gui.widgets.flow import FlowLayout
from faceaccess.gui.widgets.labels import Label, restyle
from faceaccess.gui.widgets.picture import PictureLabel
from faceaccess.gui.widgets.spread import SpreadScale
from faceaccess.gui.wording import (
    breakable,
    day_words,
    full_moment_words,
    moment_words,
    outcome_icon,
    outcome_words,
    reason_words,
)

_TILE = 128


class SureCard(Card):
    """How surely the door knows somebody, in words, with the figures drawn under them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("How surely the door knows them"), parent)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self._sign = QLabel()
        self.words = Label("", "strong")
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)
        self.advice = Label("", "muted")
        self.scale = SpreadScale()
        self.body.addLayout(row)
        self.body.addWidget(self.scale)
        self.body.addWidget(self.advice)
        self._state = ("info", "muted")
        theme().changed.connect(self._tint)

    def show_facts(self, person: Person, sure: Sureness | None) -> None:
        """Tell what the pictures say; None where the threshold is not known."""
        if sure is None:
            self._say(
                "info", "muted", tr("This cannot be told without the embedder's weights."), ""
            )
            self.scale.setVisible(False)
            return
        self.scale.show_sureness(sure)
        name = person.name
        lowest = f"{sure.lowest:.2f}" if sure.lowest is not None else ""
        needed = f"{sure.threshold:.2f}"
        if sure.level == "none":
            text = tr("The door cannot know {name}: there are no pictures.", name=name)
            self._say("warn", "danger", text, tr("Add pictures, or take them with the camera."))
        elif sure.level == "one":
            text = tr("The door knows {name} from one picture only.", name=name)
            self._say("warn", "warn", text, tr("Three or more make it steady, in other light too."))
        elif sure.level == "unsure":
            text = tr("The door may fail to know {name}.", name=name)
            advice = tr(
                "A picture reaches only {lowest} where {needed} is needed. Is it really them? "
                "Remove it if not; else add pictures like it.",
                lowest=lowest,
                needed=needed,
            )
            self._say("warn", "warn", text, advice)
        elif sure.level == "fair":
            text = tr("The door knows {name} well enough.", name=name)
            advice = tr(
                "The least alike picture reaches {lowest}; {needed} is needed. "
                "{enough} or more good pictures make it surer.",
                lowest=lowest,
                needed=needed,
                enough=ENOUGH,
            )
            self._say("check", "ok", text, advice)
        else:
            text = tr("The door knows {name} surely.", name=name)
            advice = tr(
                "Even the least alike picture reaches {lowest}; {needed} is needed.",
                lowest=lowest,
                needed=needed,
            )
            self._say("check", "ok", text, advice)

    def _say(self, icon: str, token: str, text: str, advice: str) -> None:
        self._state = (icon, token)
        self._tint()
        self.words.setText(breakable(text))
        self.advice.setText(advice)
        self.advice.setVisible(bool(advice))

    def _tint(self) -> None:
        self._sign.setPixmap(icon_pixmap(*self._state))


class _PictureTile(QWidget):
    """One enrolled picture with its quality and source; removing it asks once."""

    removing = Signal(str)

    def __init__(self, sample: Sample, crop: Image | None, remark: str, odd: bool) -> None:  # noqa: FBT001  # a fact of the picture
        super().__init__()
        self._id = sample.id
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_1)
        picture = PictureLabel(_TILE, tr("Picture from {source}", source=sample.source))
        picture.set_picture(crop)
        picture.setToolTip(_measures(sample))
        column.addWidget(picture)
        words = Label(remark, "small")
        words.set_tone("warn" if odd or not sample.quality.good else "none")
        source = Label("", "small", wrap=False)
        shown = source.fontMetrics().elidedText(
            sample.source, Qt.TextElideMode.ElideMiddle, _TILE - SPACE_1
        )
        source.setText(shown)
        source.setToolTip(f"{sample.source}\n{day_words(sample.added_at)}")
        for label in (words, source):
            label.setFixedWidth(_TILE)
            column.addWidget(label)
        self.remove = Button(tr("Remove"), "link", icon="remove", clicked=self._ask)
        self.remove.setAccessibleName(tr("Remove the picture from {source}", source=sample.source))
        self._sure = Button(tr("Remove it"), "danger", clicked=self._confirm)
        self._keep = Button(tr("Keep"), "link", clicked=self._forget)
        row = QHBoxLayout()
        row.setSpacing(0)
        for button in (self.remove, self._sure, self._keep):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        self._forget()

    def _ask(self) -> None:
        self.remove.setVisible(False)
        self._sure.setVisible(True)
        self._keep.setVisible(True)
        self._keep.setFocus()

    def _forget(self) -> None:
        self.remove.setVisible(True)
        self._sure.setVisible(False)
        self._keep.setVisible(False)

    def _confirm(self) -> None:
        self._sure.setEnabled(False)
        self.removing.emit(self._id)


def _measures(sample: Sample) -> str:
    quality = sample.quality
    return tr(
        "{eyes} px between the eyes, sharpness {sharp}, brightness {bright}, contrast {contrast}",
        eyes=f"{quality.eye_distance:.0f}",
        sharp=f"{quality.sharpness:.0f}",
        bright=f"{quality.brightness:.0f}",
        contrast=f"{quality.contrast:.0f}",
    )


def _issue(sample: Sample) -> str:
    """Return what is wrong with a picture as one reads it beside it."""
    return reason_words(sample.quality.issues[0].reason)


class PicturesCard(Card):
    """A person's enrolled pictures.

    Attributes:
        from_files, with_camera: more pictures are wanted.
        removing: emitted with the id of a picture to remove; was asked for once.
    """

    from_files = Signal()
    with_camera = Signal()
    removing = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Pictures"), parent)
        self.files = Button(tr("Add files"), icon="add", clicked=self.from_files.emit)
        self.camera = Button(tr("Use the camera"), icon="camera", clicked=self.with_camera.emit)
        self.head.addWidget(self.files)
        self.head.addWidget(self.camera)
        inside = QWidget()
        self._flow = FlowLayout(inside, SPACE_3)
        self.body.addWidget(inside)
        self.empty = Label(tr("No pictures yet."), "muted")
        self.body.addWidget(self.empty)
        self.tiles: list[_PictureTile] = []

    def show_samples(
        self, samples: Sequence[Sample], crops: Mapping[str, Image], sure: Sureness | None
    ) -> None:
        """Show pictures, each with what is to be said of it."""
        self._flow.clear()
        self.tiles = []
        for sample in samples:
            odd = sure is not None and sample.id in sure.odd
            tile = _PictureTile(sample, crops.get(sample.id), self._remark(sample, sure), odd)
            tile.removing.connect(self.removing)
            self._flow.addWidget(tile)
            self.tiles.append(tile)
        self.empty.setVisible(not samples)

    def _remark(self, sample: Sample, sure: Sureness | None) -> str:
        alike = None if sure is None else sure.similarities.get(sample.id)
        if sure is not None and sample.id in sure.odd:
            return tr("Unlike the others ({similarity})", similarity=f"{alike:.2f}")
        if not sample.quality.good:
            return _issue(sample)
        if alike is None:
            return tr("Good")
        return tr("Good ({similarity})", similarity=f"{alike:.2f}")


class VisitsCard(Card):
    """A person's last visits, newest first."""

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(tr("Last visits"), parent)
        self._clock = clock
        inside = QWidget()
        self._rows = QVBoxLayout(inside)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(SPACE_2)
        self.empty = Label(tr("The door has not seen them yet."), "muted")
        self.body.addWidget(inside)
        self._inside = inside
        self.body.addWidget(self.empty)
        self._shown: list[Event] = []
        theme().changed.connect(self._refill)

    def show_visits(self, visits: Sequence[Event]) -> None:
        """Show visits."""
        self._shown = list(visits)
        self._refill()

    def _refill(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        now = self._clock.now()
        for event in self._shown:
            self._rows.addWidget(self._row(event, moment_words(event.time, now)))
        self._inside.setVisible(bool(self._shown))
        self.empty.setVisible(not self._shown)

    def _row(self, event: Event, when: str) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE_2)
        sign = QLabel()
        sign.setPixmap(icon_pixmap(*outcome_icon(event.decision.outcome), size=16))
        line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        what = tr(
            "{outcome}: {reason}",
            outcome=outcome_words(event.decision.outcome),
            reason=reason_words(event.decision.reason),
        )
        line.addWidget(Label(what), 1)
        time = Label(when, "muted", wrap=False)
        time.setToolTip(f"{full_moment_words(event.time)}, {event.camera}")
        line.addWidget(time, 0, Qt.AlignmentFlag.AlignTop)
        return row


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
            self.number.show_problem(str(error))
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
        return str(error)
    return ""
