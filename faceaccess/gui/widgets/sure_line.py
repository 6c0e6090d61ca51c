"""How surely the door will know somebody who is being enrolled, and what to do about it."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from faceaccess.gui.icons import icon_pixmap
from faceaccess.gui.theme import SPACE_1, SPACE_2, theme
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.spread import SpreadScale
from faceaccess.pipeline.guided_capture import Direction
from faceaccess.pipeline.sureness import ENOUGH, Sureness


class SureLine(QWidget):
    """One sentence with its sign, a scale under it, and which picture to take next.

    Attributes:
        words, advice: the sentences.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_1)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self._sign = QLabel()
        self.words = Label("", "strong")
        row.addWidget(self._sign)
        row.addWidget(self.words, 1)
        self.scale = SpreadScale()
        self.advice = Label("", "muted")
        column.addLayout(row)
        column.addWidget(self.scale)
        column.addWidget(self.advice)
        self._icon = ("info", "muted")
        self._shown: Sureness | None = None
        theme().changed.connect(self._tint)
        self.show_sure(None, None)

    def show_sure(self, sure: Sureness | None, weakest: Direction | None) -> None:
        """Tell what the pictures taken so far say; None hides all."""
        if sure is self._shown and sure is not None:
            return  # asked at every frame
        self._shown = sure
        self.setVisible(sure is not None and sure.level != "none")
        if sure is None or sure.level == "none":
            return
        self.scale.show_sureness(sure)
        icon, words, advice = _told(sure, weakest)
        self._icon = icon
        self._tint()
        self.words.setText(words)
        self.advice.setText(advice)
        self.advice.setVisible(bool(advice))
        self.setAccessibleName(f"{words} {advice}".strip())

    def _tint(self) -> None:
        self._sign.setPixmap(icon_pixmap(*self._icon))


def _told(sure: Sureness, weakest: Direction | None) -> tuple[tuple[str, str], str, str]:
    """Return icon and token, the sentence and the advice."""
    next_one = {
        "straight": tr("Next: look straight ahead; those pictures are the least like the others."),
        "left": tr("Next: turn to the left; those pictures are the least like the others."),
        "right": tr("Next: turn to the right; those pictures are the least like the others."),
        None: "",
    }[weakest]
    if sure.level == "one":
        words = tr("One picture: the door cannot tell yet how surely it will know this person.")
        return ("info", "muted"), words, ""
    told = {"recognised": sure.recognised, "count": len(sure.similarities)}
    if sure.mistaken:
        words = tr("Somebody enrolled looks more like this person than their own pictures.")
        return ("warn", "danger"), words, tr("Take more pictures, in good light.")
    if sure.level == "unsure":
        words = tr("{recognised} of {count} pictures would be known by the others.", **told)
        return ("warn", "warn"), words, next_one or tr("Take more pictures, in good light.")
    if sure.level == "sure":
        words = tr("The door will know this person surely ({recognised} of {count}).", **told)
        return ("check", "ok"), words, ""
    words = tr("The door will know this person well enough ({recognised} of {count}).", **told)
    if len(sure.similarities) < ENOUGH:
        next_one = next_one or tr("Three or more pictures make it steady.")
    return ("check", "ok"), words, next_one
