"""One person's page: pictures, how surely the door knows them, last visits, what is written.

Reading happens on the list's loader, writing on the window's job runner; the page shows what is
stored and nothing that is only hoped for.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person, PersonDetails
from faceaccess.core.progress import Progress
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.models.person_facts import Alike, Facts, read_alike, read_facts
from faceaccess.gui.rule_uses import RuleFacts
from faceaccess.gui.theme import SPACE_2, SPACE_3, SPACE_4
from faceaccess.gui.told import told
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.job_strip import JobStrip
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.look_alike_cards import AlikeCard
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.person_cards import PICTURE_FILES, PicturesCard, SureCard, VisitsCard
from faceaccess.gui.widgets.person_details import DetailsCard
from faceaccess.gui.widgets.person_removal import RemovalCard
from faceaccess.gui.widgets.person_rules import PersonRulesCard
from faceaccess.gui.widgets.picture import PictureLabel
from faceaccess.gui.wording import breakable, day_words, pictures_count
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.directory import Directory, RemovedPerson
from faceaccess.pipeline.enrolment import Enrolment
from faceaccess.pipeline.look_alikes import Pair
from faceaccess.pipeline.results import EnrolResult, Picture
from faceaccess.pipeline.sureness import Sureness

_TWO_COLUMNS = 860
"""Width in pixels from which on pictures and details stand side by side."""


class PersonPage(QWidget):
    """The page of one person.

    Args:
        directory: reads and edits people.
        enrolment: gives the use case that analyses more pictures (slow at the first call).
        runner: runs what writes.
        loader: reads.
        actor: on whose behalf.
        sureness: says how surely the door knows somebody (slow at the first call).
        alikes: returns pairs of the person and others who may be taken for each other.
        clock: tells what is today.

    Attributes:
        closed: the user went back to the list.
        removed: emitted with the `RemovedPerson` that `Directory.undo_remove` takes.
        changed: something about the person was stored.
        camera_wanted: emitted with the person's id when pictures are to be taken with the camera.
        person_wanted: emitted with the id of a look-alike whose page is wanted.
        rules_wanted: emitted with the person's id when the rules are wanted.
    """

    closed = Signal()
    removed = Signal(object)
    changed = Signal()
    camera_wanted = Signal(str)
    person_wanted = Signal(str)
    rules_wanted = Signal(str)

    def __init__(  # noqa: PLR0913  # what a page needs is named one by one
        self,
        *,
        directory: Directory,
        enrolment: Callable[[], Enrolment],
        runner: JobRunner,
        loader: Loader,
        actor: Actor,
        sureness: Callable[[str], Sureness],
        alikes: Callable[[str], Sequence[Pair]],
        clock: Clock,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._directory, self._enrolment, self._runner = directory, enrolment, runner
        self._loader, self._actor, self._clock = loader, actor, clock
        self._sureness, self._alikes = sureness, alikes
        self._rules: Callable[[str], RuleFacts] | None = None
        self._id: str | None = None
        self._facts: Facts | None = None
        self._build()
        loader.loaded.connect(self._on_loaded)
        loader.failed.connect(self._on_failed)

    @property
    def person(self) -> Person | None:
        """Who is shown, once read."""
        return None if self._facts is None else self._facts.person

    # What is on the page.

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        self.back = Button(tr("All people"), "link", icon="chevron_left", clicked=self.closed.emit)
        column.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        self.bar = MessageBar()
        column.addWidget(self.bar)
        self.job = JobStrip(self._runner)
        column.addWidget(self.job)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setAccessibleName(tr("A person's page"))
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        scroll.setWidget(inside)
        column.addWidget(scroll, 1)
        self._inside = inside
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, SPACE_3, 0)
        rows.setSpacing(SPACE_4)
        rows.addLayout(self._head())
        self._halves = QHBoxLayout()
        self._halves.setSpacing(SPACE_4)
        self._halves.addLayout(self._left(), 3)
        self._halves.addLayout(self._right(), 2)
        rows.addLayout(self._halves)
        rows.addStretch(1)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE_4)
        self.face = PictureLabel(96, tr("The best picture"))
        self.name = Label("", "heading")
        self.line = Label("", "muted")
        words = QVBoxLayout()
        words.setSpacing(SPACE_2)
        words.addStretch(1)
        words.addWidget(self.name)
        words.addWidget(self.line)
        words.addStretch(1)
        row.addWidget(self.face)
        row.addLayout(words, 1)
        return row

    def _left(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(SPACE_4)
        self.sure = SureCard()
        self.alike = AlikeCard(self.person_wanted.emit)
        self.pictures = PicturesCard()
        self.pictures.from_files.connect(self._choose_files)
        self.pictures.with_camera.connect(self._ask_for_camera)
        self.pictures.removing.connect(self._remove_picture)
        column.addWidget(self.sure)
        column.addWidget(self.alike)
        column.addWidget(self.pictures)
        column.addStretch(1)
        return column

    def _right(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(SPACE_4)
        self.details = DetailsCard()
        self.details.saved.connect(self._save)
        self.details.switched.connect(self._switch)
        self.visits = VisitsCard(self._clock)
        self.rules = PersonRulesCard(lambda: self.rules_wanted.emit(str(self._id)))
        column.addWidget(self.details)
        column.addWidget(self.rules)
        column.addWidget(self.visits)
        removal = RemovalCard(self._remove)
        self.loss, self.remove, self._removal = removal.loss, removal.remove, removal
        column.addWidget(removal)
        column.addStretch(1)
        return column

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the halves below each other where they do not fit side by side."""
        wide = self.width() >= _TWO_COLUMNS
        ways = QBoxLayout.Direction
        self._halves.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        super().resizeEvent(event)

    # Showing.

    def show_person(self, person_id: str) -> None:
        """Show somebody; what is read comes in a moment later."""
        if person_id != self._id:
            self._facts = None
            self._inside.setVisible(False)
            self.alike.show_pairs(person_id, (), {})
            self.bar.clear()
        self._id = person_id
        self.refresh()

    def use_rules(self, read: Callable[[str], RuleFacts]) -> None:
        """Show rules too; `read` gives those of a person, off the window's thread."""
        self._rules = read

    def refresh(self) -> None:
        """Read the page anew."""
        if self._id is None:
            return
        directory, person_id = self._directory, self._id
        sureness, alikes = self._sureness, self._alikes
        self._loader.ask(
            (id(self), person_id),
            lambda: read_facts(directory, person_id, sureness),
            urgent=True,
        )
        self._loader.ask(
            (id(self), person_id, "alike"),
            lambda: read_alike(directory, person_id, alikes),
            urgent=True,
        )
        if (rules := self._rules) is not None:
            self._loader.ask((id(self), person_id, "rules"), lambda: rules(person_id), urgent=True)

    def _on_loaded(self, key: Hashable, facts: object) -> None:
        if key == (id(self), self._id, "alike") and isinstance(facts, Alike):
            self.alike.show_pairs(str(self._id), facts.pairs, facts.faces)
        if key == (id(self), self._id, "rules") and isinstance(facts, RuleFacts):
            self.rules.show_rules(facts)
        if key != (id(self), self._id) or not isinstance(facts, Facts):
            return
        self._facts = facts
        person = facts.person
        self._inside.setVisible(True)
        self.face.set_picture(facts.thumbnail)
        self.name.setText(breakable(person.name))
        self.line.setText(
            tr(
                "Enrolled {date}, {pictures}",
                date=day_words(person.created_at),
                pictures=pictures_count(person.samples),
            )
        )
        self.details.show_person(person)
        self.sure.show_facts(person, facts.sure, facts.nearer)
        self.pictures.show_samples(facts.samples, facts.crops, facts.sure, facts.nearer)
        self.visits.show_visits(facts.visits)
        self._removal.show_person(person)

    def _on_failed(self, key: Hashable, error: Exception) -> None:
        # Without the embedder's weights nothing is known of look-alikes; the page shows the rest.
        alike = key == (id(self), self._id, "alike") and not isinstance(error, KnownError)
        if alike or key in {(id(self), self._id), (id(self), self._id, "rules")}:
            self.bar.show_error(error)

    # Writing.

    def _call(self, work: Callable[[], object], done: Callable[[object], None]) -> bool:
        """Write something; returns whether it was begun."""
        try:
            self._runner.call(work, on_done=done, on_failed=self._on_write_failed)
        except KnownError as error:
            self.bar.show_error(error)
            return False
        return True

    def _on_write_failed(self, error: BaseException) -> None:
        if not self.details.show_problem(error):
            self.bar.show_error(error, tr("Nothing was changed."))
        self.refresh()

    def _save(self, details: PersonDetails) -> None:
        assert self._id is not None
        directory, actor, person_id = self._directory, self._actor, self._id
        self._call(lambda: directory.edit(actor, person_id, details), self._on_saved)

    def _on_saved(self, _person: object) -> None:
        self.bar.show_message(Message("ok", tr("Saved.")))
        self.refresh()
        self.changed.emit()

    def _switch(self, active: bool) -> None:  # noqa: FBT001  # a signal's value
        if self._facts is None:
            return
        person = self._facts.person
        details = replace(person.details, active=active)
        directory, actor = self._directory, self._actor
        begun = self._call(lambda: directory.edit(actor, person.id, details), self._on_switched)
        if not begun:
            self.details.show_person(person)

    def _on_switched(self, person: object) -> None:
        assert isinstance(person, Person)
        if person.details.active:
            text = tr("The door lets {name} in again.", name=person.name)
        else:
            text = tr("The door refuses {name} from now on.", name=person.name)
        self.bar.show_message(Message("ok", text))
        self.refresh()
        self.changed.emit()

    def _choose_files(self) -> None:
        files, _ = QFileDialog.getOpenFileNames(
            self, tr("Choose pictures"), "", f"{tr('Pictures')} ({PICTURE_FILES})"
        )
        if files:
            self.add_files([Path(name) for name in files])

    def add_files(self, paths: Sequence[Path]) -> None:
        """Analyse and store more pictures of the person."""
        if self._id is None:
            return
        pictures = [Picture(str(path), path=path) for path in paths]
        enrolment, actor, person_id = self._enrolment, self._actor, self._id
        try:
            self._runner.start(
                lambda: enrolment().add_pictures(actor, person_id, pictures),
                on_progress=self._on_progress,
                on_done=self._on_added,
                on_failed=self._on_adding_failed,
                on_cancelled=self._on_cancelled,
            )
        except KnownError as error:
            self.bar.show_error(error)
            return
        self.bar.clear()
        self.job.begin(tr("Looking at the pictures"))

    def _on_progress(self, progress: Progress) -> None:
        self.job.show_progress(progress)

    def _on_added(self, result: EnrolResult) -> None:
        self.job.end()
        text = trn(
            "{count} picture was added. The door uses it already ({seconds} s).",
            "{count} pictures were added. The door uses them already ({seconds} s).",
            result.added,
            seconds=f"{result.seconds:.1f}",
        )
        remarks = "\n".join(
            tr("{picture}: {reason}", picture=Path(one.picture).name, reason=told(one.reason))
            for one in (*result.rejected, *result.warnings)
        )
        tone = "warn" if result.rejected else "ok"
        remedy = (
            trn(
                "{count} picture was not taken; the details say why.",
                "{count} pictures were not taken; the details say why.",
                len(result.rejected),
            )
            if result.rejected
            else ""
        )
        self.bar.show_message(Message(tone, text, remedy, remarks))  # type: ignore[arg-type]  # one of two tones
        self.refresh()
        self.changed.emit()

    def _on_adding_failed(self, error: BaseException) -> None:
        self.job.end()
        self.bar.show_error(error, tr("Nothing was changed."))

    def _on_cancelled(self) -> None:
        self.job.end()
        self.bar.show_message(Message("accent", tr("Cancelled. Nothing was changed.")))

    def _ask_for_camera(self) -> None:
        if self._id is not None:
            self.camera_wanted.emit(self._id)

    def _remove_picture(self, sample_id: str) -> None:
        directory, actor = self._directory, self._actor
        self._call(lambda: directory.remove_sample(actor, sample_id), self._on_picture_removed)

    def _on_picture_removed(self, _nothing: object) -> None:
        self.bar.show_message(Message("ok", tr("The picture was removed.")))
        self.refresh()
        self.changed.emit()

    def _remove(self) -> None:
        assert self._id is not None
        directory, actor, person_id = self._directory, self._actor, self._id
        if self._call(lambda: directory.remove(actor, person_id), self._on_removed):
            self.remove.setEnabled(False)

    def _on_removed(self, removed: object) -> None:
        assert isinstance(removed, RemovedPerson)
        self.remove.setEnabled(True)
        self._id, self._facts = None, None
        self.removed.emit(removed)
