"""The composition root: builds one context of store, settings, cameras and use cases. No Qt.

Nothing expensive happens on import or in `build`: the store opens, networks load and cameras
start when they are first asked for. The window and the command line take an `App` and call its
use cases.
"""

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from faceaccess.core.clock import Clock, SystemClock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.home import DataHome

if TYPE_CHECKING:
    from faceaccess.camera.hub import CameraHub
    from faceaccess.core.faces import EmbeddingSpace
    from faceaccess.pipeline.attack_reports import AttackReports
    from faceaccess.pipeline.attack_test import AttackTest
    from faceaccess.pipeline.calibrating import Calibrating
    from faceaccess.pipeline.comparing import Comparing
    from faceaccess.pipeline.corrections import Corrections
    from faceaccess.pipeline.directory import Directory
    from faceaccess.pipeline.doctor import Doctor
    from faceaccess.pipeline.door_plan import DoorPlan
    from faceaccess.pipeline.doorkeeper import Doorkeeper
    from faceaccess.pipeline.doors import Doors
    from faceaccess.pipeline.embedder_change import EmbedderChange
    from faceaccess.pipeline.enrolment import Enrolment
    from faceaccess.pipeline.guided_capture import GuidedCapture
    from faceaccess.pipeline.heads_in_service import HeadsInService
    from faceaccess.pipeline.identify import Identify
    from faceaccess.pipeline.journal import Journal
    from faceaccess.pipeline.key_book import KeyBook
    from faceaccess.pipeline.liveness_check import LivenessCheck
    from faceaccess.pipeline.look_alikes import LookAlikePairs
    from faceaccess.pipeline.models import Models
    from faceaccess.pipeline.people_import import PeopleImport
    from faceaccess.pipeline.picture_training import PictureTraining
    from faceaccess.pipeline.recognition import Recogniser
    from faceaccess.pipeline.retraining import Retraining
    from faceaccess.pipeline.rule_book import RuleBook
    from faceaccess.pipeline.rules import DoorRules
    from faceaccess.pipeline.running_door import RunningDoor
    from faceaccess.pipeline.second_factors import SecondFactorBook
    from faceaccess.pipeline.serving import Serving
    from faceaccess.pipeline.settings_service import SettingsService
    from faceaccess.pipeline.strangers import Strangers
    from faceaccess.pipeline.sureness import SurenessOfPeople
    from faceaccess.pipeline.what_if import WhatIf
    from faceaccess.store.protocol import Store
    from faceaccess.vision.analyser import FaceAnalyser

_log = logging.getLogger(__name__)

_DEMO_TURNS = (-12.0, 0.0, 12.0)
"""Degrees by which the drawn staff turn their heads in the enrolled pictures."""


class App:
    """One data folder with everything that works on it.

    Args:
        home: the data folder.
        clock: time for records and durations.
        is_demo: whether this is the throw-away demo.

    Attributes:
        home, clock, is_demo: as given.
    """

    def __init__(self, home: DataHome, clock: Clock, *, is_demo: bool = False) -> None:
        self.home = home
        self.clock = clock
        self.is_demo = is_demo
        self._guard = threading.Lock()
        self._closed = False
        self._store: Store | None = None
        self._cameras: CameraHub | None = None
        self._loading = threading.Lock()
        self._later: Callable[[Callable[[], None]], None] | None = None
        self._loader: threading.Thread | None = None
        self._networks: tuple[tuple[str, str, bool], FaceAnalyser] | None = None

    @property
    def store(self) -> "Store":
        """The database; opened, and made or migrated, at the first use. Safe from any thread.

        Raises:
            KnownError: if it is damaged, newer, locked or read-only, or its keys are not there.
        """
        with self._guard:
            self._refuse_if_closed()
            if self._store is None:
                from faceaccess.store.sqlite_store import SqliteStore

                keys = keys_folder(self.home, is_demo=self.is_demo)
                self._store = SqliteStore(self.home, self.clock, keys_folder=keys)
            return self._store

    @cached_property
    def settings(self) -> "SettingsService":
        """Settings of the program and of the data."""
        from faceaccess.pipeline.settings_service import SettingsService

        return SettingsService(self.home, lambda: self.store)

    def analyser(self) -> "FaceAnalyser":
        """Return the face analyser for the settings in force; slow at the first call.

        Safe from any thread: the networks are loaded once, and again when another detector,
        embedder or kind of crop is chosen. It embeds in the serving head's space; people who were
        enrolled by an older version stay in theirs until `retrain --full`.

        Raises:
            KnownError: if weights are missing or not trusted, or the settings cannot be read.
        """
        from faceaccess.vision.build import build_analyser
        from faceaccess.vision.quality import QualityLimits

        settings = self.settings.get()
        chosen = (settings.detector, settings.embedder_name, settings.colour)
        with self._loading:
            if self._networks is None or self._networks[0] != chosen:
                built = build_analyser(settings, self.home, later=self._later)
                self._networks = (chosen, built)
            networks = self._networks[1].with_limits(QualityLimits.from_settings(settings))
        return self._in_space_of_people(networks)

    def _in_space_of_people(self, analyser: "FaceAnalyser") -> "FaceAnalyser":
        """Return the analyser as it embeds like those who are enrolled, where it can."""
        serving = self.store.serving_head() if self.home.database.exists() else None
        if serving is None or serving[1].space not in analyser.spaces:
            return analyser.newest()
        from faceaccess.pipeline.door_knowledge import in_space_of

        return in_space_of(analyser, serving[1])

    @cached_property
    def serving(self) -> "Serving":
        """Calibrates and tests heads, and writes them as the next version."""
        from faceaccess.pipeline.serving import Serving

        return Serving(self.store, self.settings.get, self.default_threshold)

    @cached_property
    def calibrating(self) -> "Calibrating":
        """From a stated risk to a threshold."""
        from faceaccess.pipeline.calibrating import Calibrating

        return Calibrating(self.store, self.settings.get, self.serving)

    @cached_property
    def heads(self) -> "HeadsInService":
        """The versions of the head."""
        from faceaccess.pipeline.heads_in_service import HeadsInService

        return HeadsInService(self.store, self.settings.get, self.serving)

    @cached_property
    def enrolment(self) -> "Enrolment":
        """Adding people by hand or from the camera."""
        from faceaccess.pipeline.enrolment import Enrolment

        return Enrolment(self.store, self.analyser, self.settings.get, self.serving, self.clock)

    @cached_property
    def people_import(self) -> "PeopleImport":
        """Adding many people from a folder or a CSV file."""
        from faceaccess.pipeline.people_import import PeopleImport

        return PeopleImport(self.store, self.analyser, self.settings.get, self.serving, self.clock)

    @cached_property
    def retraining(self) -> "Retraining":
        """Training the head."""
        from faceaccess.pipeline.retraining import Retraining

        return Retraining(self.store, self.analyser, self.settings.get, self.serving, self.clock)

    @cached_property
    def directory(self) -> "Directory":
        """The list of people."""
        from faceaccess.pipeline.directory import Directory

        return Directory(self.store, self.serving)

    @cached_property
    def journal(self) -> "Journal":
        """The record of visits."""
        from faceaccess.pipeline.journal import Journal

        return Journal(self.store)

    @cached_property
    def strangers(self) -> "Strangers":
        """The stranger gallery."""
        from faceaccess.pipeline.strangers import Strangers

        return Strangers(self.store, self.analyser, self.threshold, self.calibrating, self.clock)

    @cached_property
    def corrections(self) -> "Corrections":
        """What people say of visits."""
        from faceaccess.pipeline.corrections import Corrections

        return Corrections(
            self.store,
            self.analyser,
            self.settings.get,
            self.default_threshold,
            self.serving,
            self.retraining,
            self.directory,
            self.clock,
        )

    @cached_property
    def look_alikes(self) -> "LookAlikePairs":
        """Enrolled people who may be taken for each other."""
        from faceaccess.pipeline.look_alikes import LookAlikePairs

        return LookAlikePairs(self.store, self.settings.get, self.default_threshold)

    @cached_property
    def what_if(self) -> "WhatIf":
        """Past visits under other rules."""
        from faceaccess.pipeline.what_if import WhatIf

        return WhatIf(self.store, self.settings.get, self.default_threshold)

    @cached_property
    def identify(self) -> "Identify":
        """Naming the faces in picture files."""
        from faceaccess.pipeline.identify import Identify

        return Identify(self.store, self.analyser, self.settings.get)

    @cached_property
    def models(self) -> "Models":
        """The networks and their weights."""
        from faceaccess.pipeline.models import Models

        return Models(self.home, self.settings.get)

    @cached_property
    def embedder_change(self) -> "EmbedderChange":
        """Trying another embedder, and changing over to it."""
        from faceaccess.pipeline.embedder_change import EmbedderChange

        return EmbedderChange(
            self.store,
            self.home,
            self.analyser,
            self.settings.get,
            self.serving,
            self.retraining,
            self.clock,
        )

    @cached_property
    def picture_training(self) -> "PictureTraining":
        """Training on labelled pictures of any kind; the data folder plays no part in it."""
        from faceaccess.pipeline.picture_training import PictureTraining

        return PictureTraining(self.clock)

    @cached_property
    def comparing(self) -> "Comparing":
        """Comparing optimizers; the data folder plays no part in it."""
        from faceaccess.pipeline.comparing import Comparing

        return Comparing(self.clock)

    @cached_property
    def doctor(self) -> "Doctor":
        """Checks of what the product needs."""
        from faceaccess.pipeline.doctor import Doctor

        return Doctor(self.home, self.settings.get, lambda: self.store, self.clock)

    @property
    def cameras(self) -> "CameraHub":
        """Every camera in use, one owner each. Safe from any thread."""
        settings = self.settings.get()
        with self._guard:
            self._refuse_if_closed()
            if self._cameras is None:
                from faceaccess.camera.hub import CameraHub

                self._cameras = CameraHub(
                    self.clock,
                    retry_seconds=settings.camera_retry,
                    stall_seconds=settings.camera_stall,
                )
            return self._cameras

    def new_recogniser(
        self,
        *,
        record: bool = True,
        keeper: "Doorkeeper | None" = None,
        liveness: "LivenessCheck | None" = None,
    ) -> "Recogniser":
        """Return a recogniser for one camera; slow at the first call (loads the networks).

        Args:
            record: whether visits become events.
            keeper: of the door that is opened, or None.
            liveness: another check than the usual one.
        """
        from faceaccess.pipeline.liveness_check import LivenessCheck
        from faceaccess.pipeline.recognition import Recogniser

        return Recogniser(
            self.store,
            self.analyser(),
            self.settings.get,
            self.clock,
            record=record,
            renewed=self.analyser,
            keeper=keeper,
            liveness=liveness or LivenessCheck(opens_lock=keeper is not None),
        )

    def new_attack_test(self, *, seconds: float | None = None) -> "AttackTest":
        """Return a guided attack test; it records nothing and opens nothing.

        Args:
            seconds: longest time of an attempt; None for the usual one.
        """
        from faceaccess.pipeline.attack_test import SECONDS, AttackTest

        return AttackTest(
            lambda check: self.new_recogniser(record=False, liveness=check),
            seconds=SECONDS if seconds is None else seconds,
        )

    @cached_property
    def keys(self) -> "KeyBook":
        """The keys that personal data are sealed with."""
        from faceaccess.pipeline.key_book import KeyBook

        return KeyBook(self.store)

    @cached_property
    def attack_reports(self) -> "AttackReports":
        """What attack tests found."""
        from faceaccess.pipeline.attack_reports import AttackReports

        return AttackReports(self.store, self.clock)

    def new_door(self, plan: "DoorPlan", *, say: Callable[[str], None]) -> "RunningDoor":
        """Return a door that runs in this process; the caller closes it.

        Args:
            plan: what was asked for.
            say: takes sentences for people while it runs.

        Raises:
            KnownError: if a name or an address is none, the door runs already, or the lock is
                another door's.
        """
        from faceaccess.app_door import make_door

        return make_door(self, plan, say)

    def load_ahead(self, later: Callable[[Callable[[], None]], None]) -> None:
        """Begin to load the networks, on a thread of their own, for whoever needs them soon.

        Args:
            later: takes what they do not need for the first frame, to be called when there is time.
        """
        self._later = later
        self._loader = threading.Thread(target=self._load, name="networks", daemon=True)
        self._loader.start()

    def _load(self) -> None:
        try:
            self.analyser()
        except Exception as error:  # noqa: BLE001  # whoever asks for the networks meets it
            _log.debug("the networks cannot be loaded ahead: %r", error)

    @cached_property
    def doors(self) -> "Doors":
        """Commanding doors that run."""
        from faceaccess.pipeline.doors import Doors

        return Doors(self.home, self.store, self.clock)

    @cached_property
    def rules(self) -> "RuleBook":
        """Who may pass which door when."""
        from faceaccess.pipeline.rule_book import RuleBook
        from faceaccess.pipeline.site_zone import site_zone

        return RuleBook(self.store, self.clock, site_zone, self._alike_to)

    @cached_property
    def second_factors(self) -> "SecondFactorBook":
        """People's PINs, cards and one-time codes."""
        from faceaccess.pipeline.second_factors import SecondFactorBook

        return SecondFactorBook(self.store)

    def door_rules(self, name: str) -> "DoorRules":
        """Return the rules at one door, with what was tried there before.

        Raises:
            KnownError: if it is no name of a door, or the store cannot be read.
        """
        from faceaccess.pipeline.rules import DoorRules

        return DoorRules(self.store, name, self.clock, look_alikes=self._alike_to)

    def _alike_to(self, person_id: str) -> frozenset[str]:
        return self.look_alikes.alike_to(person_id)  # made when first asked: it costs imports

    @cached_property
    def sureness(self) -> "SurenessOfPeople":
        """How surely the door knows people."""
        from faceaccess.pipeline.sureness import SurenessOfPeople

        return SurenessOfPeople(self.store, self.threshold)

    def new_capture(self, *, wanted: int = 8) -> "GuidedCapture":
        """Return a guided capture for one enrolment; slow at the first call."""
        from faceaccess.pipeline.guided_capture import GuidedCapture

        return GuidedCapture(
            self.analyser(),
            threshold=self.threshold(),
            wanted=wanted,
            sureness=self.sureness.of_newcomer(),
        )

    def default_threshold(self, space: "EmbeddingSpace") -> float:
        """Return the measured threshold of an embedding space.

        Raises:
            KnownError: if it was never measured.
        """
        from faceaccess.vision.thresholds import measured_threshold

        return measured_threshold(space, self.home)

    def threshold(self) -> float:
        """Return the threshold in force (`pipeline.threshold`); may load the networks."""
        from faceaccess.pipeline.threshold import threshold_in_force

        serving = self.store.serving_head()
        record = None if serving is None else serving[0]
        return threshold_in_force(
            self.settings.get(), record, lambda: self.analyser().default_threshold
        )

    def close(self) -> None:
        """Stop cameras and close the store; the demo's folder is deleted. May be called twice."""
        if self._loader is not None:
            self._loader.join()
        with self._guard:
            self._closed = True
            cameras, self._cameras = self._cameras, None
            store, self._store = self._store, None
        try:
            if cameras is not None:
                cameras.close()
        finally:
            try:
                if store is not None:
                    store.close()
            finally:
                if self.is_demo:
                    for folder in (self.home.root, keys_folder(self.home, is_demo=True)):
                        shutil.rmtree(folder, ignore_errors=True)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise BugError("the context was used after it was closed")


def resolve_home(home: Path | None) -> DataHome:
    """Return the data folder: `home`, else FACEACCESS_HOME, else the usual one of the user."""
    if home is None and os.environ.get("FACEACCESS_HOME"):
        home = Path(os.environ["FACEACCESS_HOME"])
    return DataHome((home or usual_home()).expanduser().absolute())


def usual_home() -> Path:
    """Return the data folder of the user where none is named."""
    import platformdirs

    return Path(platformdirs.user_data_dir("faceaccess", appauthor=False)).absolute()


def keys_folder(home: DataHome, *, is_demo: bool = False) -> Path:
    """Return where the keys of data folders are: FACEACCESS_KEYS, else the usual place of the user.

    The demo's are beside its folder, and go with it.

    Raises:
        KnownError: if that is inside the data folder: who copied the folder would have both.
    """
    import platformdirs

    if is_demo:
        return home.root.with_name(f"{home.root.name}-keys")
    usual = platformdirs.user_config_dir("faceaccess-keys", appauthor=False)
    folder = Path(os.environ.get("FACEACCESS_KEYS") or usual).expanduser().absolute()
    if folder.resolve().is_relative_to(home.root.resolve()):
        raise KnownError(
            f"The folder of keys {folder} is inside the data folder.",
            "Set FACEACCESS_KEYS to a folder elsewhere: whoever copies the data must not get both.",
        )
    return folder


def build(home: Path | None = None, *, clock: Clock | None = None) -> App:
    """Return the context for a data folder; opens and makes nothing yet."""
    return App(resolve_home(home), clock or SystemClock())


def build_demo(*, clock: Clock | None = None) -> App:
    """Return a context on a throw-away data folder with the drawn staff enrolled.

    Takes a few seconds: the real networks look at drawn pictures. `App.close` deletes the folder.
    """
    from faceaccess.camera.drawn_people import DEMO_THRESHOLD, STAFF, Pose, render
    from faceaccess.core.actors import Actor
    from faceaccess.core.people import PersonDetails
    from faceaccess.core.progress import run
    from faceaccess.pipeline.results import Picture

    root = Path(tempfile.mkdtemp(prefix="faceaccess-demo-"))
    app = App(DataHome(root), clock or SystemClock(), is_demo=True)
    actor = Actor("demo", "demo")
    try:
        with app.store.transaction() as transaction:
            transaction.put_settings({"threshold": DEMO_THRESHOLD})
        app.settings.set(actor, "camera", "demo:")
        app.settings.set(actor, "camera_name", "Demo door")
        for number, person in enumerate(STAFF, start=1):
            pictures = [
                Picture(f"drawing {i} of {person.name}", image=render(person, pose=pose, seed=i))
                for i, pose in enumerate(Pose(turn=turn) for turn in _DEMO_TURNS)
            ]
            details = PersonDetails(person.name, staff_number=f"D{number}", department="Demo")
            run(app.enrolment.add(actor, details, pictures))
    except BaseException:
        app.close()
        raise
    return app
