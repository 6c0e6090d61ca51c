"""One visit beside the list: what was seen and decided, and what people say of it."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.core.corrections import Correction, CorrectionKind
from faceaccess.core.decisions import Event, Outcome
from faceaccess.core.frames import Image
from faceaccess.gui.theme import SPACE_1, SPACE_2, SPACE_3
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button, IconButton
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.filter_chips import Named
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.page_scroll import PageScroll
from faceaccess.gui.widgets.person_chooser import PersonChooser
from faceaccess.gui.widgets.picture import PictureLabel
from faceaccess.gui.wording import (
    breakable,
    full_moment_words,
    lock_words,
    outcome_words,
    reason_words,
    similarity_words,
    who_words,
)

WIDTH = 320
"""Width of the panel, pixels."""
_PICTURE = 144
_LONGEST = 20


class EventPanel(Card):
    """Hidden until a visit is chosen.

    Attributes:
        not_me: emitted with the event when it does not show whom the door took it for.
        this_is: emitted with the event and the id of the person whom it shows.
        stranger: emitted with the event when its visitor is to be kept as a stranger.
        take_back: emitted with the id of a statement.
        person_wanted: emitted with the id of the person whose page is wanted.
        asked: emitted with a typed text when people are to be suggested.
        closed: emitted when the panel was closed.
    """

    not_me = Signal(object)
    this_is = Signal(object, str)
    stranger = Signal(object)
    take_back = Signal(str)
    person_wanted = Signal(str)
    asked = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("This visit"), parent)
        self._event: Event | None = None
        self._busy = False
        self.setFixedWidth(WIDTH)
        self.head.addWidget(IconButton("close", tr("Close the visit"), clicked=self._close))
        scroll = PageScroll(tr("This visit"))
        self.body.addWidget(scroll)
        column = QVBoxLayout(scroll.inside)
        column.setContentsMargins(0, 0, SPACE_2, 0)
        column.setSpacing(SPACE_3)
        self.picture = PictureLabel(_PICTURE, tr("Picture of the visit"))
        column.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        self.who = Label("", "strong")
        self.facts = Label("", "muted", selectable=True)
        self.page = Button(tr("Open the person's page"), "link", clicked=self._open)
        for widget in (self.who, self.facts):
            column.addWidget(widget)
        column.addWidget(self.page, 0, Qt.AlignmentFlag.AlignLeft)
        self.effect = Label("", "body", selectable=True)
        self.effect.setVisible(False)
        column.addWidget(self.effect)
        self._said = QVBoxLayout()
        self._said.setSpacing(SPACE_2)
        column.addLayout(self._said)
        self._ask(column)
        column.addStretch(1)
        self.setVisible(False)

    def _ask(self, column: QVBoxLayout) -> None:
        self.question = Label(tr("Was the door wrong?"), "strong")
        self.wrong = Button(tr("This is somebody else"), icon="cross", clicked=self._say_wrong)
        self.is_button = Button(tr("This is ..."), icon="person", clicked=self._ask_who)
        self.chooser = PersonChooser(tr("Who it is"), tr("Type a name"))
        self.chooser.asked.connect(self.asked)
        self.chooser.chosen.connect(self._say_is)
        self.keep = Button(tr("Keep as a stranger"), icon="unknown", clicked=self._say_stranger)
        self.why = Label(
            tr("The door learns it at once, and is then shown the same pictures again."), "small"
        )
        self.without = Label(
            tr("No pictures of this visit were kept for comparing, so nothing can be learned."),
            "small",
        )
        column.addWidget(self.question)
        for widget in (self.wrong, self.is_button, self.chooser, self.keep):
            column.addWidget(widget)
        column.addWidget(self.why)
        column.addWidget(self.without)

    @property
    def event_id(self) -> str | None:
        """Which visit is shown."""
        return None if self._event is None else self._event.id

    def show_event(self, event: Event, picture: Image | None) -> None:
        """Show a visit; what was said of it comes with `show_said`."""
        if event.id != self.event_id:
            self.effect.setVisible(False)
            self._clear_said()
            self.without.setVisible(False)
        self._event = event
        decision = event.decision
        self.picture.set_picture(picture)
        self.who.setText(breakable(who_words(decision)))
        outcome = tr(
            "{outcome}: {reason}",
            outcome=outcome_words(decision.outcome),
            reason=reason_words(decision.reason),
        )
        told = [full_moment_words(event.time), event.camera, outcome, similarity_words(decision)]
        told.append(lock_words(event.lock))
        if decision.head is not None:
            told.append(tr("decided by version {version} of the head", version=decision.head))
        self.facts.setText("\n".join(filter(None, told)))
        self.page.setVisible(decision.person is not None)
        known = decision.person is not None
        self.wrong.setVisible(known)
        if decision.person is not None:
            self.wrong.set_text(tr("This is not {name}", name=_short(decision.person)))
        self.keep.setVisible(decision.outcome is not Outcome.GRANTED)
        self.chooser.setVisible(False)
        self.setVisible(True)
        self._show_buttons()

    def show_said(
        self, said: Sequence[Correction], names: Mapping[str, str], *, evidence: bool
    ) -> None:
        """Show what was said of the visit.

        Args:
            said: oldest first.
            names: of people by id.
            evidence: whether pictures were kept, so that something can be said.
        """
        self._clear_said()
        for one in said:
            self._said.addWidget(self._line(one, names))
        self.without.setVisible(not evidence)
        self.why.setVisible(evidence)
        taken_for = None if self._event is None else self._event.decision.person_id
        told = any(one.kind is CorrectionKind.NOT_ME and one.person_id == taken_for for one in said)
        for button in (self.wrong, self.is_button, self.keep):
            button.setProperty("evidence", evidence and not (told and button is self.wrong))
        self._show_buttons()

    def show_effect(self, words: str, *, good: bool) -> None:
        """Say what the door makes of it now."""
        self.effect.setText(words)
        self.effect.set_tone("ok" if good else "warn")
        self.effect.setVisible(True)

    def set_busy(self, *, busy: bool) -> None:
        """Whether something runs that the buttons must wait for."""
        self._busy = busy
        self._show_buttons()

    def _show_buttons(self) -> None:
        for button in (self.wrong, self.is_button, self.keep):
            button.setEnabled(not self._busy and button.property("evidence") is not False)

    def _line(self, one: Correction, names: Mapping[str, str]) -> QWidget:
        name = names.get(one.person_id, tr("Somebody since removed"))
        words = (
            tr("Said: this is not {name}", name=name)
            if one.kind is CorrectionKind.NOT_ME
            else tr("Said: this is {name}", name=name)
        )
        line = QWidget()
        column = QVBoxLayout(line)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_1)
        column.addWidget(Label(breakable(words), "body"))
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        row.addWidget(Label(one.actor, "small"), 1)
        back = Button(tr("Take back"), "link", icon="undo", clicked=lambda: self._back(one.id))
        back.setAccessibleName(tr("Take back: {words}", words=words))
        row.addWidget(back)
        column.addLayout(row)
        return line

    def _clear_said(self) -> None:
        while (item := self._said.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    # What a person does.

    def _close(self) -> None:
        self.setVisible(False)
        self._event = None
        self.closed.emit()

    def close_panel(self) -> bool:
        """Close the panel; whether it was open."""
        if self._event is None:
            return False
        self._close()
        return True

    def _open(self) -> None:
        if self._event is not None and self._event.decision.person_id is not None:
            self.person_wanted.emit(self._event.decision.person_id)

    def _say_wrong(self) -> None:
        self.not_me.emit(self._event)

    def _ask_who(self) -> None:
        self.chooser.setVisible(True)
        self.chooser.setFocus()
        self.asked.emit("")

    def _say_is(self, person: Named) -> None:
        self.chooser.setVisible(False)
        self.this_is.emit(self._event, person.id)

    def _say_stranger(self) -> None:
        self.stranger.emit(self._event)

    def _back(self, correction_id: str) -> None:
        if not self._busy:
            self.take_back.emit(correction_id)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"
