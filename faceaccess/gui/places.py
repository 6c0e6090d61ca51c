"""Makes the seven views, each with what it needs and no more."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from faceaccess.core.actors import Actor
from faceaccess.gui.camera_thread import Feed
from faceaccess.gui.capture_work import EnrolCamera
from faceaccess.gui.paged_place import Page
from faceaccess.gui.place import Place
from faceaccess.gui.translation import tr
from faceaccess.gui.views.enrol import EnrolView
from faceaccess.gui.views.live import LiveView
from faceaccess.gui.worker import LONG_NICENESS, JobRunner

if TYPE_CHECKING:
    from faceaccess.app import App
    from faceaccess.core.attack_tests import AttackReport, Attempt
    from faceaccess.gui.views.head_page import HeadPage
    from faceaccess.gui.views.what_if import WhatIfPage
    from faceaccess.gui.widgets.camera_card import FoundCamera

_SITTER = "demo:?who=sitter"
_SITTER_MS = 15_000
"""How long the demo's enrolled stranger stands at the door."""


class Places:
    """The window's views over one `App`.

    Args:
        app: the context.
        jobs: the job runner that all share.
        actor: on whose behalf.

    Attributes:
        trainings: runs trainings of many minutes, which must not keep `jobs` from its work.
        show_person: what views call with a place and a person's id to go there; set by the window.
    """

    def __init__(self, app: "App", jobs: JobRunner, actor: Actor) -> None:
        self._app, self._jobs, self._actor = app, jobs, actor
        self.trainings = JobRunner(niceness=LONG_NICENESS)
        self.show_person: Callable[[str, str], None] | None = None
        self._live: LiveView | None = None
        self._sitter_lives = False

    def live(self) -> LiveView:
        """Return the first place."""
        self._live = LiveView(
            door_name=self._door_name,
            open_feed=self._open_door,
            make_door=self._app.new_recogniser,
            visits=self._app.journal,
            clock=self._app.clock,
        )
        return self._live

    def others(self) -> Mapping[str, Callable[[], Place]]:
        """Return how to make the other places; each is imported when it is made."""
        return {
            "enrol": self._enrol,
            "people": self._people,
            "train": self._train,
            "events": self._events,
            "doors": self._doors,
            "set_up": self._set_up,
        }

    def _door_name(self) -> str:
        return self._app.settings.get().camera_name

    def _open_feed(self) -> Feed:
        settings = self._app.settings.get()
        return self._app.cameras.subscribe(settings.camera, name=settings.camera_name)

    def _open_door(self) -> Feed:
        return self._open_sitter() if self._sitter_lives else self._open_feed()

    def _sitter_comes(self) -> None:
        """In the demo, who was enrolled comes to the door to try it, and leaves it again."""
        self._let_sitter(here=True)
        if self._live is not None:
            QTimer.singleShot(_SITTER_MS, self._live, partial(self._let_sitter, here=False))

    def _let_sitter(self, *, here: bool) -> None:
        if self._live is not None and self._live.running and self._sitter_lives != here:
            self._sitter_lives = here
            self._live.restart()

    def _open_sitter(self) -> Feed:
        """The demo's passers-by do not stay to be enrolled; a drawn stranger does."""
        if not self._app.settings.get().camera.startswith("demo:"):
            return self._open_feed()
        return self._app.cameras.subscribe(_SITTER, name=self._door_name())

    def _enrol(self) -> Place:
        app = self._app
        note = tr("In the demo a drawn stranger sits before the camera.") if app.is_demo else ""
        camera = EnrolCamera(
            open_feed=self._open_sitter if app.is_demo else self._open_feed,
            note=note,
            make_capture=lambda wanted: app.new_capture(wanted=wanted),
            source=lambda: tr("camera {name}", name=self._door_name()),
            clock=app.clock,
        )
        view = EnrolView(
            camera=camera,
            enroller=app.enrolment,
            people=app.directory,
            jobs=self._jobs,
            actor=self._actor,
        )
        if app.is_demo:
            view.tried.connect(self._sitter_comes)
        return view

    def _people(self) -> Place:
        from faceaccess.gui.door_places import rule_uses
        from faceaccess.gui.rule_uses import read_person_rules
        from faceaccess.gui.views.people import PeopleView

        app = self._app
        view = PeopleView(
            directory=app.directory,
            enrolment=lambda: app.enrolment,
            runner=self._jobs,
            actor=self._actor,
            revision=app.store.revision,
            sureness=app.sureness.of_person,
            alikes=app.look_alikes.of_person,
            clock=app.clock,
            pages=(
                Page("look_alikes", tr("Look-alikes"), self._look_alikes),
                Page("strangers", tr("Strangers"), self._strangers),
            ),
        )
        view.page.use_rules(partial(read_person_rules, rule_uses(app, self._jobs, self._actor)))
        view.page.rules_wanted.connect(partial(self._go, "doors"))
        view.enrol_more.connect(partial(self._go, "enrol"))
        return view

    def _look_alikes(self) -> Place:
        from faceaccess.gui.views.look_alikes import LookAlikesPage

        app = self._app
        return LookAlikesPage(app.look_alikes, app.directory.thumbnail, app.store.revision)

    def _strangers(self) -> Place:
        from faceaccess.gui.views.strangers import StrangersPage

        app = self._app
        return StrangersPage(app.strangers, self._jobs, self._actor, app.store.revision)

    def _train(self) -> Place:
        from faceaccess.gui.views.train import TrainView

        return TrainView(
            self._head_page,
            (
                Page("pictures", tr("Pictures"), self._pictures),
                Page("compare", tr("Compare"), self._compare),
            ),
        )

    def _head_page(self) -> "HeadPage":
        from faceaccess.gui.views.head_page import HeadPage

        app, actor = self._app, self._actor
        return HeadPage(
            retraining=app.retraining,
            heads=app.heads,
            calibrating=app.calibrating,
            set_threshold=lambda value: app.settings.set(actor, "threshold", f"{value:g}"),
            runner=self._jobs,
            actor=actor,
            revision=app.store.revision,
            clock=app.clock,
        )

    def _pictures(self) -> Place:
        from faceaccess.gui.views.learn_pictures import PicturesPage

        return PicturesPage(
            self._app.picture_training, self.trainings, self._app.home.picture_models
        )

    def _compare(self) -> Place:
        from faceaccess.gui.views.compare import ComparePage

        return ComparePage(self._app.comparing, self.trainings)

    def _set_up(self) -> Place:
        from faceaccess.gui.paged_place import PagedPlace

        place = PagedPlace(tr("Set-up"))
        place.add_page(Page("settings", tr("Settings"), self._settings))
        place.add_page(Page("attack_test", tr("Attack test"), self._attack_test))
        return place

    def _settings(self) -> Place:
        from faceaccess.gui.views.set_up import SetUpView

        app = self._app
        return SetUpView(
            settings=app.settings,
            calibrating=app.calibrating,
            models=app.models,
            doctor=app.doctor,
            find_cameras=_find_cameras,
            open_feed=lambda address, name: app.cameras.subscribe(address, name=name),
            default_threshold=lambda: app.analyser().default_threshold,
            runner=self._jobs,
            actor=self._actor,
            home=app.home,
            clock=app.clock,
        )

    def _attack_test(self) -> Place:
        from faceaccess.gui.attack_work import AttackUses
        from faceaccess.gui.views.attack_test import AttackTestPage

        app, actor = self._app, self._actor

        def report(attempts: "Sequence[Attempt]") -> "AttackReport":
            camera = app.settings.get().camera_name
            return app.attack_reports.keep(camera, actor, attempts)

        uses = AttackUses(
            open_feed=self._open_feed,
            new_test=app.new_attack_test,
            report=report,
            reports=app.attack_reports.all,
            clock=app.clock,
        )
        return AttackTestPage(uses)

    def _events(self) -> Place:
        from faceaccess.gui.correction_uses import VisitUses
        from faceaccess.gui.views.events import EventsView

        app = self._app
        uses = VisitUses(
            corrections=app.corrections,
            strangers=app.strangers,
            has_evidence=lambda event_id: app.store.event_evidence(event_id) is not None,
            jobs=self._jobs,
            actor=self._actor,
        )
        view = EventsView(app.journal, app.directory, app.clock, uses, self._what_if)
        view.person_wanted.connect(partial(self._go, "people"))
        return view

    def _doors(self) -> Place:
        from faceaccess.gui.door_places import doors_place

        return doors_place(self._app, self._jobs, self._actor)

    def _what_if(self) -> "WhatIfPage":
        from faceaccess.gui.views.what_if import WhatIfPage

        app = self._app
        return WhatIfPage(app.what_if, app.heads.list, app.threshold, app.clock)

    def _go(self, place: str, person_id: str) -> None:
        if self.show_person is not None:
            self.show_person(place, person_id)


def _find_cameras() -> "Sequence[FoundCamera]":
    from faceaccess.camera.listing import list_cameras

    return list_cameras()
