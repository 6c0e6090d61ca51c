"""The sections of a person's page that show; the one that edits is `person_details`."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Event
from faceaccess.core.frames import Image
from faceaccess.core.people import Person, Sample
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import SPACE_1, SPACE_2, SPACE_3, theme
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.flow import FlowLayout
from faceaccess.gui.widgets.labels import Label
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
from faceaccess.pipeline.sureness import ENOUGH, Sureness

PICTURE_FILES = "*.jpg *.jpeg *.png *.bmp *.webp *.tif *.tiff"
"""Pictures that a file dialog offers."""

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

    def show_facts(
        self, person: Person, sure: Sureness | None, nearer: Mapping[str, str] | None = None
    ) -> None:
        """Tell what the pictures say.

        Args:
            person: whose they are.
            sure: None where the threshold is not known.
            nearer: names of other people, by id, whom a picture resembles more.
        """
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
        elif sure.mistaken:
            text = tr("The door may take {name} for somebody else.", name=name)
            other = next(iter((nearer or {}).values()), tr("Somebody since removed"))
            advice = tr(
                "A picture resembles {other} more than the other pictures here. Is it really them? "
                "Remove it if not; else add pictures.",
                other=other,
            )
            self._say("warn", "danger", text, advice)
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
        self,
        samples: Sequence[Sample],
        crops: Mapping[str, Image],
        sure: Sureness | None,
        nearer: Mapping[str, str] | None = None,
    ) -> None:
        """Show pictures, each with what is to be said of it; arguments as in `SureCard`."""
        nearer = nearer or {}
        self._flow.clear()
        self.tiles = []
        for sample in samples:
            odd = sure is not None and sample.id in sure.odd
            tile = _PictureTile(
                sample, crops.get(sample.id), self._remark(sample, sure, nearer), odd
            )
            tile.removing.connect(self.removing)
            self._flow.addWidget(tile)
            self.tiles.append(tile)
        self.empty.setVisible(not samples)

    def _remark(self, sample: Sample, sure: Sureness | None, nearer: Mapping[str, str]) -> str:
        alike = None if sure is None else sure.similarities.get(sample.id)
        if sure is not None and sure.mistaken.get(sample.id) in nearer:
            return tr("Looks more like {name}", name=nearer[sure.mistaken[sample.id]])
        if sure is not None and sample.id in sure.odd:
            return tr("Unlike the others ({similarity})", similarity=f"{alike:.2f}")
        if not sample.quality.good:
            return _issue(sample)
        if alike is None:
            return tr("Good")
        if sure is not None and sample.id in sure.light:
            return tr("Counts less than the others ({similarity})", similarity=f"{alike:.2f}")
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
