"""A context on an empty data folder, with the real networks loaded once a run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from drawn import POSES, drawing

from faceaccess.app import App
from faceaccess.camera.drawn_people import DEMO_THRESHOLD, STAFF
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.home import DataHome
from faceaccess.core.people import Person, PersonDetails
from faceaccess.core.progress import run
from faceaccess.core.settings import Settings
from faceaccess.pipeline.results import EnrolResult, Picture
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.build import build_analyser


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory) -> FaceAnalyser:
    """The default detector and embedder, loaded once."""
    return build_analyser(Settings(), DataHome(tmp_path_factory.mktemp("weights")))


@pytest.fixture
def actor() -> Actor:
    return Actor("tester", "test")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def make_app(
    tmp_path: Path, clock: ManualClock, networks: FaceAnalyser
) -> Iterator[Callable[..., App]]:
    """Makes contexts on one data folder, as several processes would; closes them at the end."""
    made: list[App] = []

    def make(*, threshold: float | None = DEMO_THRESHOLD) -> App:
        app = App(DataHome(tmp_path / "data"), clock)
        app._networks = (("yunet", "sface", False), networks)
        with app.store.transaction() as transaction:
            # The pictures that these tests show do not move; liveness has tests of its own.
            transaction.put_settings({"threshold": threshold, "liveness": "off"})
        made.append(app)
        return app

    yield make
    for app in made:
        app.close()


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    return make_app()


@pytest.fixture
def enrol(app: App, actor: Actor) -> Callable[..., Person]:
    """Enrols drawn staff by their place in `STAFF`."""

    def enrolled(index: int, **details: object) -> Person:
        person = STAFF[index]
        pictures = [Picture(f"{person.name} {i}.png", image=drawing(person, p)) for i, p in POSES]
        wanted = PersonDetails(person.name, **details)  # type: ignore[arg-type]  # passed on
        result: EnrolResult = run(app.enrolment.add(actor, wanted, pictures))
        return result.person

    return enrolled


@pytest.fixture
def blank() -> np.ndarray:
    """A picture without a face."""
    return np.full((240, 320, 3), 128, np.uint8)
