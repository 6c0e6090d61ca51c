"""Enrolled people who may be taken for each other, side by side."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from faceaccess.core.frames import Image
from faceaccess.core.people import Person
from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.risk_wording import share_words
from faceaccess.gui.theme import SPACE_1, SPACE_2, SPACE_3, theme
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.picture import PictureLabel
from faceaccess.gui.wording import breakable
from faceaccess.pipeline.look_alikes import Pair

FACE = 96
"""Side of each of the two pictures, pixels."""
_LONGEST = 24
_WIDTH = 144


class PairRow(QFrame):
    """Two people with their pictures, and what the door cannot tell.

    Args:
        pair: who.
        faces: thumbnails by person's id.
        open_person: called with the id of the one whose page is wanted.
        parent: the owner.
    """

    def __init__(
        self,
        pair: Pair,
        faces: Mapping[str, Image | None],
        open_person: Callable[[str], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_3)
        for person in (pair.a, pair.b):
            row.addWidget(_face(person, faces.get(person.id), open_person))
        words = QVBoxLayout()
        words.setSpacing(SPACE_1)
        mark = QHBoxLayout()
        mark.setSpacing(SPACE_2)
        self._sign = QLabel()
        text = (
            tr("Perhaps the same person twice") if pair.same_person else tr("Needs a second factor")
        )
        self.mark = Label(text, "strong")
        self.mark.set_tone("danger" if pair.same_person else "warn")
        self._token = "danger" if pair.same_person else "warn"
        mark.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        mark.addWidget(self.mark, 1)
        words.addStretch(1)
        words.addLayout(mark)
        self.words = Label(breakable(_told(pair)), "body")
        words.addWidget(self.words)
        figures = tr("Similarity of the two: {similarity}", similarity=f"{pair.similarity:.2f}")
        words.addWidget(Label(figures, "small"))
        words.addStretch(1)
        row.addLayout(words, 1)
        self.setAccessibleName(f"{text}: {pair.a.name}, {pair.b.name}")
        self.setAccessibleDescription(self.words.text())
        theme().changed.connect(self._tint)
        self._tint()

    def _tint(self) -> None:
        self._sign.setPixmap(icon_pixmap("warn", self._token))


def _face(person: Person, face: Image | None, open_person: Callable[[str], object]) -> QWidget:
    inside = QWidget()
    inside.setFixedWidth(_WIDTH)
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACE_1)
    picture = PictureLabel(FACE, tr("Picture of {name}", name=person.name))
    picture.set_picture(face)
    name = person.name
    button = Button("", "link", clicked=lambda: open_person(person.id))
    button.setText(
        button.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, _WIDTH - 2 * SPACE_3)
    )
    button.setAccessibleName(tr("Open the page of {name}", name=name))
    button.setToolTip(name)
    column.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
    column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
    return inside


def _told(pair: Pair) -> str:
    a, b = _short(pair.a.name), _short(pair.b.name)
    if pair.same_person:
        return tr(
            "{a} and {b} resemble each other as pictures of one person do. If it is one person, "
            "remove one of the two entries.",
            a=a,
            b=b,
        )
    return tr(
        "{share} pictures of one may pass for the other. A face alone does not tell {a} from {b}: "
        "ask both for a card or a code too.",
        share=share_words(pair.risk),
        a=a,
        b=b,
    )


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"


class AlikeCard(Card):
    """On a person's page: whom the door may take the person for. Hidden where there is nobody.

    Args:
        open_person: called with the id of the one whose page is wanted.
        parent: the owner.
    """

    def __init__(self, open_person: Callable[[str], object], parent: QWidget | None = None) -> None:
        super().__init__(tr("Looks like"), parent)
        self._open = open_person
        self.rows: list[PairRow] = []
        self.setVisible(False)

    def show_pairs(
        self, person_id: str, pairs: Sequence[Pair], faces: Mapping[str, Image | None]
    ) -> None:
        """Show the pairs that a person is in."""
        for row in self.rows:
            self.body.removeWidget(row)
            row.hide()
            row.deleteLater()
        mine = [pair for pair in pairs if person_id in (pair.a.id, pair.b.id)]
        self.rows = [PairRow(pair, faces, self._open) for pair in mine]
        for row in self.rows:
            self.body.addWidget(row)
        self.setVisible(bool(self.rows))
