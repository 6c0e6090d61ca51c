"""What people say of a visit: told to the use cases, and the effect shown."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject

from faceaccess.core.corrections import Correction
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.core.progress import Job
from faceaccess.core.strangers import Stranger
from faceaccess.gui.correction_uses import VisitUses
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.event_panel import EventPanel
from faceaccess.gui.widgets.job_strip import JobStrip
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.pipeline.corrections import Corrected
from faceaccess.pipeline.directory import Directory
from faceaccess.pipeline.journal import Journal


@dataclass(frozen=True, eq=False)
class VisitFacts:
    """What the panel shows of a visit, read at once."""

    event: Event
    picture: Image | None
    said: Sequence[Correction]
    names: dict[str, str]
    evidence: bool


class EventCorrections(QObject):
    """Between the panel and the use cases.

    Args:
        panel: shows a visit and asks.
        uses: the use cases.
        journal: gives pictures of visits.
        directory: gives names.
        loader: reads; its other requests are left alone.
        strip: shows what runs.
        bar: where errors are told.
        parent: the owner.
    """

    def __init__(
        self,
        panel: EventPanel,
        uses: VisitUses,
        journal: Journal,
        directory: Directory,
        loader: Loader,
        *,
        strip: JobStrip,
        bar: MessageBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._panel, self._uses = panel, uses
        self._journal, self._directory, self._loader = journal, directory, loader
        self._jobs, self._strip, self._actor, self._bar = uses.jobs, strip, uses.actor, bar
        self._event: Event | None = None
        loader.loaded.connect(self._on_loaded)
        loader.failed.connect(self._on_failed)
        panel.not_me.connect(self._not_me)
        panel.this_is.connect(self._this_is)
        panel.stranger.connect(self._keep)
        panel.take_back.connect(self._take_back)
        uses.jobs.busy_changed.connect(self._on_busy)

    # Reading.

    def show_event(self, event: Event) -> None:
        """Show a visit in the panel."""
        self._event = event
        uses, journal, directory = self._uses, self._journal, self._directory
        self._loader.ask(
            (id(self), "visit"),
            lambda: read_visit(event, uses, journal, directory),
            urgent=True,
        )

    def _on_loaded(self, key: Hashable, facts: object) -> None:
        if key != (id(self), "visit") or not isinstance(facts, VisitFacts):
            return
        if self._event is None or facts.event.id != self._event.id:
            return
        self._panel.set_busy(busy=self._jobs.busy)
        self._panel.show_event(facts.event, facts.picture)
        self._panel.show_said(facts.said, facts.names, evidence=facts.evidence)

    def _on_failed(self, key: Hashable, error: Exception) -> None:
        if key == (id(self), "visit"):
            self._bar.show_error(error)

    def _on_busy(self, busy: bool) -> None:  # noqa: FBT001  # a signal's value
        self._panel.set_busy(busy=busy)

    # Telling.

    def _not_me(self, event: Event) -> None:
        corrections, actor = self._uses.corrections, self._actor
        self._tell(tr("Learning from it"), lambda: corrections.not_me(actor, event.id))

    def _this_is(self, event: Event, person_id: str) -> None:
        corrections, actor = self._uses.corrections, self._actor
        self._tell(tr("Learning from it"), lambda: corrections.this_is(actor, event.id, person_id))

    def _take_back(self, correction_id: str) -> None:
        corrections, actor = self._uses.corrections, self._actor
        self._tell(tr("Taking it back"), lambda: corrections.take_back(actor, correction_id))

    def _tell(self, title: str, job: Callable[[], Job[Corrected]]) -> None:
        self._start(title, job, self._on_corrected)

    def _start(self, title: str, job: Callable[[], Job[object]], done: Callable[..., None]) -> None:
        try:
            self._jobs.start(
                job,
                on_progress=self._strip.show_progress,
                on_done=done,
                on_failed=self._on_not_done,
                on_cancelled=self._on_cancelled,
            )
        except KnownError as error:
            self._bar.show_error(error)
            return
        self._bar.clear()
        self._strip.begin(title)

    def _on_corrected(self, done: Corrected) -> None:
        self._strip.end()
        self._again(done.event)
        if self._panel.event_id == done.event.id:
            decision, taken_for = done.decision, done.event.decision.person_id
            as_before = (
                decision is not None
                and decision.outcome is Outcome.GRANTED
                and decision.person_id == taken_for
            )
            self._panel.show_effect(effect_words(decision), good=not as_before)

    def _on_not_done(self, error: BaseException) -> None:
        self._strip.end()
        self._bar.show_error(error)
        if self._event is not None:
            self._again(self._event)

    def _on_cancelled(self) -> None:
        self._strip.end()
        self._bar.show_message(Message("accent", tr("Cancelled.")))
        if self._event is not None:
            self._again(self._event)

    def _again(self, event: Event) -> None:
        if self._panel.event_id is not None and self._event is not None:
            self.show_event(self._event if self._event.id != event.id else event)

    def _keep(self, event: Event) -> None:
        strangers, actor = self._uses.strangers, self._actor
        self._start(
            tr("Looking at the pictures"),
            lambda: strangers.add_from_event(actor, event.id),
            self._on_kept,
        )

    def _on_kept(self, stranger: Stranger) -> None:
        self._strip.end()
        self._panel.show_effect(
            tr(
                "Kept among the strangers as “{label}”. The next calibration or test counts it.",
                label=stranger.label,
            ),
            good=True,
        )


def read_visit(event: Event, uses: VisitUses, journal: Journal, directory: Directory) -> VisitFacts:
    """Read what the panel shows; meant for the loader's thread."""
    said = uses.corrections.of_event(event.id)
    names = {}
    for person_id in {one.person_id for one in said}:
        try:
            names[person_id] = directory.show(person_id).name
        except KnownError:
            continue
    return VisitFacts(event, journal.picture(event.id), said, names, uses.has_evidence(event.id))


def effect_words(decision: Decision | None) -> str:
    """Return what the door makes of the same pictures now."""
    if decision is None:
        return tr("It is noted.")
    if decision.outcome is not Outcome.GRANTED:
        return tr("It is noted. Shown the same pictures, the door lets nobody in now.")
    return tr(
        "It is noted. Shown the same pictures, the door lets {name} in now.",
        name=decision.person or tr("Somebody since removed"),
    )
