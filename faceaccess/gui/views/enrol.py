"""Enrol: who, look around, done."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Observation
from faceaccess.core.people import Person, PersonDetails
from faceaccess.core.progress import Job, Progress
from faceaccess.gui.camera_thread import Condition, Seen
from faceaccess.gui.capture_work import Captured, EnrolCamera
from faceaccess.gui.enrol_uses import Enroller, People
from faceaccess.gui.messages import Message
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_4, SPACE_6
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.views.alike_warning import AlikeWarning
from faceaccess.gui.views.capture_session import CaptureSession
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.empty_state import EmptyState
from faceaccess.gui.widgets.enrol_pages import CapturePage, ChoicePage, DonePage, WorkingPage
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_header import PageHeader
from faceaccess.gui.widgets.steps import Steps
from faceaccess.gui.widgets.who_card import WhoCard
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.results import EnrolResult, LookAlike, Picture
from faceaccess.pipeline.sureness import Sureness

WANTED = 8
"""Pictures that the camera takes of one person."""

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
"""Endings that the file dialog offers; what a file really is, the decoder decides."""


class EnrolView(Place):
    """The second place.

    Args:
        camera: the door's camera, which Live goes on using.
        enroller: the use case.
        people: the directory, for numbers already given and pictures of look-alikes.
        jobs: the window's job runner.
        actor: on whose behalf.
        parent: the owner.

    Attributes:
        tried: emitted when somebody newly enrolled is to be tried at the door.
    """

    tried = Signal()

    def __init__(
        self,
        *,
        camera: EnrolCamera,
        enroller: Enroller,
        people: People,
        jobs: JobRunner,
        actor: Actor,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._camera = camera
        self._enroller, self._people, self._jobs = enroller, people, jobs
        self._actor = actor
        self._session = CaptureSession(camera, WANTED, self)
        self._session.seen.connect(self._seen)
        self._session.condition_changed.connect(self._condition_changed)
        self._details: PersonDetails | None = None
        self._person: Person | None = None
        self._observations: tuple[Observation, ...] = ()
        self._alike: LookAlike | None = None
        self._sure: Sureness | None = None
        self.setAcceptDrops(True)
        self._build()
        self._alike_warning = AlikeWarning(
            people, jobs, actor, self.bar, done=self._to_who, failed=self._failed
        )
        self._to_who()

    # Building

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE_6, SPACE_4, SPACE_6, SPACE_4)
        outer.setSpacing(SPACE_4)
        outer.addWidget(
            PageHeader(
                tr("Enrol"), tr("Afterwards the door knows the person at once, without a restart.")
            )
        )
        self.steps = Steps((tr("Who"), tr("Look around"), tr("Done")))
        outer.addWidget(self.steps)
        self.bar = MessageBar()
        outer.addWidget(self.bar)
        halves = QHBoxLayout()
        halves.setSpacing(SPACE_4)
        outer.addLayout(halves, 1)
        self.who = WhoCard(self._owner_of, self.begin, self._choose_files, self._camera.note)
        self.form = self.who.form
        self.begin_button, self.files_button = self.who.begin_button, self.who.files_button
        halves.addWidget(self.who, 1)
        right = Card()
        self.pages = QStackedWidget()
        right.body.addWidget(self.pages)
        halves.addWidget(right, 2)

        self._idle = EmptyState("enrol", "")
        self._say_idle()
        self.capture = CapturePage(WANTED)
        self.capture.cancelled.connect(self._to_who)
        self.capture.again.connect(self._look_again)
        self.capture.enough.connect(self._captured)
        self._no_camera = EmptyState("camera_off", "")
        self._no_camera.acted.connect(lambda: self.asked_for.emit("set_up"))
        self._working = WorkingPage()
        self._working.cancelled.connect(self._jobs.cancel)
        self.choice = ChoicePage()
        self.choice.same.connect(self._add_to_alike)
        self.choice.other.connect(self._add_new)
        self.choice.again.connect(self._look_again)
        self.done = DonePage()
        self.done.try_it.connect(self._try_it)
        self.done.another.connect(self.start_another)
        for page in (
            self._idle,
            self.capture,
            self._no_camera,
            self._working,
            self.choice,
            self.done,
        ):
            self.pages.addWidget(page)

    def _say_idle(self) -> None:
        self._idle.set_words(
            tr("Type the name, then press Enter"),
            tr(
                "The camera takes {count} pictures while the person looks around. "
                "Picture files can be dropped here as well.",
                count=WANTED,
            ),
        )

    def _owner_of(self, number: str) -> Person | None:
        found = self._people.list(number)
        return next((p for p in found if p.details.staff_number == number), None)

    # Step by step

    def _to_who(self) -> None:
        """The first step: the form can be filled in."""
        self._session.stop()
        self._observations, self._alike, self._sure = (), None, None
        if self._person is not None:
            self._person = None
            self.form.clear()
        self.steps.go_to(0)
        self.who.allow(allowed=True)
        self.pages.setCurrentWidget(self._idle)
        self.form.name.line.setFocus()

    def start_another(self) -> None:
        """Begin with an empty form."""
        self.bar.clear()
        self.form.clear()
        self._to_who()

    def begin(self) -> None:
        """The second step: the camera looks, if the form is right."""
        details = self._checked()
        if details is None:
            return
        self._look(details)

    def show_person(self, person_id: str) -> None:
        """Take more pictures of somebody who is enrolled already."""
        if self._session.running or self._jobs.busy:
            self.bar.show_message(Message("warn", tr("Something else is still being done.")))
            return
        try:
            person = self._people.show(person_id)
        except KnownError as error:
            self.bar.show_error(error)
            return
        self.start_another()
        self._person = person
        self.form.show_details(person.details)
        self._look(person.details)

    def _look(self, details: PersonDetails) -> None:
        self._details = details
        self.steps.go_to(1)
        self.who.allow(allowed=False)
        self.capture.clear()
        self.pages.setCurrentWidget(self.capture)
        self.capture.setFocus()
        self._session.start()

    def _checked(self) -> PersonDetails | None:
        """Return the form's details if they are right and nothing else runs."""
        self.bar.clear()
        if self._session.running or self.steps.current != 0:
            return None
        if self._jobs.busy:
            busy = tr("Something else is still being done.")
            self.bar.show_message(Message("warn", busy, tr("Wait for its end, or cancel it.")))
            return None
        return self.form.details()

    def _seen(self, seen: Seen) -> None:
        if not self._session.running:
            return
        if self.pages.currentWidget() is self._no_camera:
            self.pages.setCurrentWidget(self.capture)
        captured: Captured | None = seen.result
        if captured is None:
            self.capture.wait_with(seen.picture)
            return
        step = captured.step
        crops = [observation.crop for observation in captured.observations]
        good = step.hint is None
        self.capture.show_step(seen.picture, step.box, crops, tr(step.sentence), good=good)
        self.capture.sure.show_sure(step.sure, step.weakest)
        self._sure = step.sure
        self._observations = captured.observations
        if step.done:
            self._captured()

    def _captured(self) -> None:
        """The third step: what was captured is stored, after a question if need be."""
        if not self._session.running or not self._observations:
            return
        self._session.stop()
        if self._person is None:
            self._compare()
        else:
            self._add_to(self._person.id)

    def _look_again(self) -> None:
        """Drop the pictures and begin to look anew, without asking who again."""
        self._session.stop()
        self._observations = ()
        if self._details is not None:
            self._look(self._details)

    def _condition_changed(self, condition: Condition) -> None:
        if condition.kind in {"running", "loading", "opening"} or not self._session.running:
            return
        why = " ".join(filter(None, (tr(condition.text), tr(condition.remedy))))
        if condition.kind == "fault":
            self._to_who()
            self.bar.show_message(Message("danger", condition.text, condition.remedy))
        elif self.capture.ring.has_frame:
            self.capture.ring.show_notice(why or tr("The camera gives no picture"))
        else:
            self._no_camera.set_words(tr("The camera gives no picture"), why, tr("Choose a camera"))
            self.pages.setCurrentWidget(self._no_camera)

    # The jobs

    def _compare(self) -> None:
        """Enrol at once, or ask first if the face looks like somebody enrolled."""
        details, observations, source = self._details, self._observations, self._camera.source()
        assert details is not None
        enroller, actor = self._enroller, self._actor

        def job() -> Job[EnrolResult | tuple[LookAlike, ...]]:
            yield Progress("Comparing with everybody enrolled")
            alikes = enroller.look_alikes(observations)
            if alikes:
                return alikes
            return (yield from enroller.add_observed(actor, details, observations, source))

        self._run(job)

    def _add_new(self) -> None:
        details, observations, source = self._details, self._observations, self._camera.source()
        assert details is not None
        self._run(lambda: self._enroller.add_observed(self._actor, details, observations, source))

    def _add_to_alike(self) -> None:
        assert self._alike is not None
        self._add_to(self._alike.person_id)

    def _add_to(self, person_id: str) -> None:
        observations, source = self._observations, self._camera.source()
        enroller, actor = self._enroller, self._actor
        self._run(lambda: enroller.add_observed_to(actor, person_id, observations, source))

    def enrol_files(self, paths: Sequence[Path]) -> None:
        """Enrol the person of the form from picture files, if the form is right."""
        details = self._checked()
        if details is None or not paths:
            return
        pictures = [Picture(str(path), path=path) for path in paths]
        self._run(lambda: self._enroller.add(self._actor, details, pictures))

    def _run(
        self,
        factory: Callable[[], Job[EnrolResult]]
        | Callable[[], Job[EnrolResult | tuple[LookAlike, ...]]],
    ) -> None:
        self.steps.go_to(1)
        self.who.allow(allowed=False)
        self._working.show_progress(Progress("Enrolling"))
        self.pages.setCurrentWidget(self._working)
        try:
            self._jobs.start(
                factory,
                on_progress=self._working.show_progress,
                on_done=self._finished,
                on_failed=self._failed,
                on_cancelled=self._to_who,
            )
        except KnownError as error:
            self._failed(error)

    def _finished(self, result: EnrolResult | tuple[LookAlike, ...]) -> None:
        if isinstance(result, tuple):
            self._ask(result[0])
            return
        self.steps.go_to(2)
        self.done.show_result(result, self._sure)
        self.pages.setCurrentWidget(self.done)
        self.done.another_button.setFocus()
        if result.look_alikes and self._alike is None and self._person is None:
            self._alike_warning.show(result, result.look_alikes[0])

    def _ask(self, alike: LookAlike) -> None:
        assert self._details is not None
        self._alike = alike
        known = self._people.thumbnail(alike.person_id)
        self.choice.ask(self._details.name, alike, self._observations[0].crop, known)
        self.pages.setCurrentWidget(self.choice)
        self.choice.same_button.setFocus()

    def _failed(self, error: BaseException) -> None:
        self._to_who()
        self.bar.show_error(error, tr("Nothing was stored; the door goes on as before."))

    def _try_it(self) -> None:
        self.start_another()
        self.asked_for.emit("live")
        self.tried.emit()

    # Files

    def _choose_files(self) -> None:
        if self._checked() is None:
            return
        endings = " ".join(f"*{suffix}" for suffix in PICTURE_SUFFIXES)
        names, _filter = QFileDialog.getOpenFileNames(
            self, tr("Pictures of the person"), "", tr("Pictures ({endings})", endings=endings)
        )
        self.enrol_files([Path(name) for name in names])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files while the form can be filled in."""
        if self.steps.current == 0 and event.mimeData().hasUrls():
            event.acceptProposedAction()
            count = len(event.mimeData().urls())
            self._idle.set_words(
                trn("Drop {count} picture", "Drop {count} pictures", count),
                tr("The name must be filled in first."),
            )

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Forget the files that were held over the view."""
        self._say_idle()

    def dropEvent(self, event: QDropEvent) -> None:
        """Enrol from the files that were dropped."""
        self._say_idle()
        urls = event.mimeData().urls()
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.enrol_files([Path(url.toLocalFile()) for url in urls if url.isLocalFile()])

    # The place

    def arrive(self) -> None:
        """Give the keyboard to the name."""
        if self.steps.current == 0:
            self.form.name.line.setFocus()

    def leave(self) -> None:
        """Stop the camera if it looks; what was typed stays."""
        if self._session.running:
            self._to_who()

    def escape(self) -> bool:
        """Step back: stop the camera, cancel the job, or begin with an empty form."""
        if self.pages.currentWidget() is self._working:
            self._jobs.cancel()
        elif self.steps.current == 2:
            self.start_another()
        elif self.steps.current == 1:
            self._to_who()
        else:
            return False
        return True

    def shutdown(self) -> None:
        """Join the camera thread."""
        self._session.stop()
