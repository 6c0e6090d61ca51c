"""A data folder of a version that embedded single crops: its people are let in before, while and
after they are embedded anew.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
import pytest
from drawn import Frames, drawing

from faceaccess.app import App
from faceaccess.camera.drawn_people import STAFF, STRANGERS
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.corrections import CorrectionKind, Evidence
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace, Observation
from faceaccess.core.frames import Image
from faceaccess.core.people import Person
from faceaccess.core.progress import run
from faceaccess.core.reasons import Reason
from faceaccess.core.settings import Settings
from faceaccess.core.strangers import role_of
from faceaccess.pipeline.picture_look import new_sample
from faceaccess.pipeline.re_embedding import ReEmbedding, cut_and_kind
from faceaccess.pipeline.recognition import Recogniser
from faceaccess.pipeline.results import Picture
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.quality import QualityLimits

LI, ANA = STAFF[1], STAFF[2]


def spaces_of_samples(app: App) -> set[EmbeddingSpace]:
    people = app.store.people()
    return {s.embedding.space for one in people for s in app.store.samples(one.id)}


@pytest.fixture
def old_folder(
    app: App, networks: FaceAnalyser, enrol: Callable[..., Person]
) -> tuple[Person, Person]:
    """Two people, enrolled by a version that knew single crops only."""
    limits = QualityLimits.from_settings(Settings())
    now = app._networks
    single = FaceAnalyser(networks._detector, networks._embedders[1], limits)
    app._networks = (("yunet", "sface", False), single)
    people = enrol(0), enrol(1)
    app._networks = now
    assert spaces_of_samples(app) == {networks.spaces[1]}
    return people


def told(recogniser: Recogniser, frames: Frames, image: Image) -> str | None:
    for _ in range(6):
        result = recogniser.process(frames.of(image))
    assert recogniser.problem is None
    return result.decision.person if result.decision.outcome.value == "granted" else None


def test_an_old_folder_goes_on_in_its_own_space(
    app: App,
    actor: Actor,
    clock: ManualClock,
    networks: FaceAnalyser,
    old_folder: tuple[Person, Person],
    enrol: Callable[..., Person],
) -> None:
    single = networks.spaces[1]
    assert app.analyser().space == single
    app.settings.reset(actor, "threshold")
    assert app.threshold() == 0.50
    recogniser, frames = app.new_recogniser(), Frames(clock)
    assert recogniser.threshold == 0.50
    assert told(recogniser, frames, drawing(LI, 4, seed=5)) == "Li Wei"
    recogniser.close()
    enrol(2)
    run(app.retraining.run(actor))
    assert spaces_of_samples(app) == {single}
    assert app.store.serving_head()[1].space == single
    (face,) = app.identify.identify(Picture("p", image=drawing(ANA, 3, seed=9))).faces
    assert face.person == "Ana Petrova"


def test_a_running_door_follows_people_into_the_new_space(
    app: App,
    actor: Actor,
    clock: ManualClock,
    networks: FaceAnalyser,
    old_folder: tuple[Person, Person],
) -> None:
    views = networks.spaces[0]
    app.settings.reset(actor, "threshold")
    recogniser, frames = app.new_recogniser(), Frames(clock)
    assert told(recogniser, frames, drawing(LI, 4, seed=5)) == "Li Wei"
    result = run(app.retraining.run(actor, full=True))
    assert result.accepted
    assert spaces_of_samples(app) == {views}
    assert app.store.serving_head()[1].space == views
    frames.pause(0.3)
    # The visit of before is over: its vectors are of the other space.
    first = recogniser.process(frames.of(drawing(LI, 4, seed=5)))
    assert recogniser.problem is None
    assert first.decision.reason.value == "checking"
    assert told(recogniser, frames, drawing(LI, 4, seed=5)) == "Li Wei"
    assert recogniser.threshold == app.threshold() == 0.47
    frames.pause(2.0)
    assert told(recogniser, frames, drawing(STAFF[0], 4, seed=5)) == "Ada Okafor"
    recogniser.close()
    # The new vectors are those that an enrolment of today would have stored.
    sample = app.store.samples(old_folder[1].id)[0]
    (anew,) = networks.embed_crops([app.store.crop(sample.id)], enrolled=True)
    assert np.allclose(sample.embedding.vector, anew.vector, atol=1e-5)


def test_an_empty_folder_begins_in_the_newest_space(
    app: App, networks: FaceAnalyser, enrol: Callable[..., Person]
) -> None:
    assert app.analyser().space == networks.spaces[0]
    enrol(1)
    assert spaces_of_samples(app) == {networks.spaces[0]}
    (face,) = app.identify.identify(Picture("p", image=drawing(STRANGERS[0]))).faces
    assert face.person is None


@pytest.mark.parametrize("number", [0, 1])
def test_cut_and_kind(number: int) -> None:
    name = "5pt-112-gray" + ("", "-mirrored")[number]
    assert cut_and_kind(EmbeddingSpace("sface", name, 128)) == ("5pt-112", "gray")


def test_where_nobody_is_left_the_newest_space_is_taken(
    app: App, actor: Actor, networks: FaceAnalyser, old_folder: tuple[Person, Person]
) -> None:
    for person in old_folder:
        app.directory.remove(actor, person.id)
    assert app.analyser().space == networks.spaces[0]


def test_a_space_of_no_known_network_is_refused(
    app: App, actor: Actor, old_folder: tuple[Person, Person]
) -> None:
    app.settings.set(actor, "colour", "true")
    assert app.analyser().space.preprocessing == "5pt-112-colour-mirrored"
    with pytest.raises(KnownError, match="retrain --full"):
        app.new_recogniser()


def test_strangers_and_corrections_come_along(
    app: App, actor: Actor, networks: FaceAnalyser, old_folder: tuple[Person, Person]
) -> None:
    views, single = networks.spaces
    former = networks.in_space(single)
    (stranger,) = former.observe(drawing(STRANGERS[0]))
    (taken_for,) = former.observe(drawing(STRANGERS[1]))
    with app.store.transaction() as transaction:
        sample = new_sample(stranger, "door", "d1")
        kept = transaction.add_stranger("somebody", [sample])
        event = transaction.add_event(an_event(taken_for))
        correction = transaction.add_correction(
            event.id, CorrectionKind.NOT_ME, old_folder[0].id, evidence_of(taken_for), "tester"
        )
    again = ReEmbedding(app.store, networks, allowed=True)
    run(again.prepare())
    assert again.stranger_set(role_of(kept.id)).stranger_ids == (kept.id,)
    assert [one.id for one in again.corrections()] == [correction.id]
    assert app.store.stranger_set(views).stranger_ids == ()
    with app.store.transaction() as transaction:
        again.store(transaction)
    assert spaces_of_samples(app) == {views}
    for crop, vector in (
        (stranger.crop, app.store.stranger_set(views).vectors[0]),
        (taken_for.crop, app.store.corrections()[0].vectors[0]),
        (taken_for.crop, again.corrections()[0].vectors[0]),
    ):
        (anew,) = networks.embed_crops([crop])
        assert np.allclose(vector, anew.vector, atol=1e-5)
    (moved,) = app.store.corrections()
    assert (moved.id, moved.space, moved.made_at) == (correction.id, views, correction.made_at)
    run(ReEmbedding(app.store, networks, allowed=False).prepare())  # nothing is left to do


def test_embedding_anew_is_refused_where_it_is_not_asked_for(
    app: App, networks: FaceAnalyser, old_folder: tuple[Person, Person]
) -> None:
    with pytest.raises(KnownError, match="6 enrolled pictures"):
        run(ReEmbedding(app.store, networks, allowed=False).prepare())


def evidence_of(seen: Observation) -> Evidence:
    assert seen.embedding is not None
    vector = seen.embedding.vector[np.newaxis]
    return Evidence(seen.embedding.space, vector, seen.crop, seen.quality)


def an_event(seen: Observation) -> Event:
    return Event(
        id=str(uuid4()),
        sequence=0,
        station="station-1",
        time=datetime(2026, 11, 24, 12, tzinfo=UTC),
        camera="Door",
        decision=Decision(Outcome.GRANTED, Reason.RECOGNISED),
        evidence=evidence_of(seen),
    )
