"""Another embedder: tried beside the serving one, changed to in one transaction, or refused."""

import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from brought_files import poor_network
from drawn import Frames, drawing

from faceaccess.app import App
from faceaccess.camera.drawn_people import STAFF, STRANGERS
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.frames import Image
from faceaccess.core.people import Person, PersonDetails
from faceaccess.core.progress import run
from faceaccess.pipeline.picture_look import new_sample
from faceaccess.pipeline.recognition import Recogniser
from faceaccess.pipeline.results import Picture
from faceaccess.store.transaction import SqliteTransaction
from faceaccess.vision import brought
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.brought import BroughtEmbedder, bring, brought_embedder
from faceaccess.vision.onnx_trial import OnnxFacts
from faceaccess.vision.weights import package_file

LI = STAFF[1]
PROGRAM = Path(__file__).with_name("killed_process.py")


@pytest.fixture
def people(app: App, enrol: Callable[..., Person], networks: FaceAnalyser) -> tuple[Person, ...]:
    """Three people and a stranger of the site."""
    (stranger,) = networks.observe(drawing(STRANGERS[0]))
    enrolled = enrol(0), enrol(1), enrol(2)
    with app.store.transaction() as transaction:
        transaction.add_stranger("somebody", [new_sample(stranger, "door", "d1")])
    return enrolled


@pytest.fixture(autouse=True)
def _without_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are not tried by a child process here, for speed: tests of vision do that."""
    monkeypatch.setattr(
        brought,
        "try_file",
        lambda file, *_: OnnxFacts(128 if file.stat().st_size > 9**6 else 32, 1),
    )


@pytest.fixture
def own(app: App) -> BroughtEmbedder:
    """SFace's file, brought as anybody's; its space is another one."""
    return bring(app.home, package_file("sface"), "own", mean=[0.0], scale=1.0)


@pytest.fixture
def poor(app: App, tmp_path: Path) -> BroughtEmbedder:
    file = tmp_path / "poor.onnx"
    file.write_bytes(poor_network())
    return bring(app.home, file, "poor", scale=1 / 255)


def state(app: App) -> tuple[object, ...]:
    """Return what a change writes: vectors, settings, head."""
    serving = app.store.serving_head()
    assert serving is not None
    samples = [s for one in app.store.people() for s in app.store.samples(one.id)]
    strangers = [s for one in app.store.strangers() for s in app.store.stranger_samples(one.id)]
    return (
        serving[0].version,
        app.store.settings(),
        [(s.id, str(s.embedding.space), s.embedding.vector.tobytes()) for s in samples],
        [(s.id, str(s.embedding.space), s.embedding.vector.tobytes()) for s in strangers],
    )


def spaces_of(app: App) -> set[EmbeddingSpace]:
    samples = [s for one in app.store.people() for s in app.store.samples(one.id)]
    samples += [s for one in app.store.strangers() for s in app.store.stranger_samples(one.id)]
    return {one.embedding.space for one in samples}


def told(recogniser: Recogniser, frames: Frames, image: Image) -> str | None:
    for _ in range(6):
        result = recogniser.process(frames.of(image))
    assert recogniser.problem is None
    return result.decision.person if result.decision.outcome.value == "granted" else None


def test_a_trial_changes_nothing_but_the_noted_threshold(
    app: App, people: tuple[Person, ...], own: BroughtEmbedder
) -> None:
    before = state(app)
    found = run(app.embedder_change.trial("own"))
    assert state(app) == before
    assert found.space == own.space(colour=False)
    assert (found.risk, found.before.people, found.test.after.people) == (0.001, 3, 3)
    assert found.before.probes == found.test.after.probes == 9
    assert found.test.synthetic  # one real stranger is too few
    assert found.estimate.risk == found.estimate_before.risk == 0.001
    noted = brought_embedder(app.home, "own").thresholds
    assert noted == {"5pt-112-gray": found.estimate.threshold}
    assert found.verdict.startswith("own, calibrated to 1 in 1,000 (threshold ")
    (listed,) = [one for one in app.models.list() if one.name == "own"]
    assert listed.available
    assert not listed.in_use
    assert "128 numbers a face" in listed.text
    assert f"{found.estimate.threshold:.3f} (5pt-112-gray)" in listed.text


def test_a_running_door_follows_the_change_and_the_way_back(
    app: App,
    actor: Actor,
    clock: ManualClock,
    people: tuple[Person, ...],
    own: BroughtEmbedder,
    networks: FaceAnalyser,
) -> None:
    recogniser, frames = app.new_recogniser(), Frames(clock)
    assert told(recogniser, frames, drawing(LI, 4, seed=5)) == "Li Wei"
    result = run(app.embedder_change.use(actor, "own", force="a test of the way"))
    assert result.accepted
    assert spaces_of(app) == {own.space(colour=False)}
    settings = app.settings.get()
    assert (settings.embedder, settings.brought_embedder) == ("brought", "own")
    assert settings.threshold is None  # the one set by hand belonged to the other embedder
    assert app.threshold() == brought_embedder(app.home, "own").thresholds["5pt-112-gray"]
    frames.pause(2.0)
    assert told(recogniser, frames, drawing(LI, 4, seed=5)) == "Li Wei"
    assert recogniser.threshold == app.threshold()
    frames.pause(2.0)
    assert told(recogniser, frames, drawing(STRANGERS[1])) is None
    # Enrolling goes on in the new space.
    picture = Picture("a", image=drawing(STAFF[3]))
    run(app.enrolment.add(actor, PersonDetails("Tom Becker"), [picture]))
    assert spaces_of(app) == {own.space(colour=False)}
    with pytest.raises(KnownError, match="is in use"):
        app.embedder_change.forget("own")
    with pytest.raises(KnownError, match="in use already"):
        run(app.embedder_change.trial("own"))
    back = run(app.embedder_change.use(actor, "sface", force="a test of the way"))
    assert back.accepted
    assert spaces_of(app) == {networks.spaces[0]}
    assert app.settings.get().embedder == "sface"
    frames.pause(2.0)
    assert told(recogniser, frames, drawing(STAFF[3], 3, seed=4)) == "Tom Becker"
    recogniser.close()
    app.embedder_change.forget("own")
    assert not own.file(app.home).exists()


def test_a_worse_embedder_is_refused_unless_it_is_forced(
    app: App,
    actor: Actor,
    people: tuple[Person, ...],
    poor: BroughtEmbedder,
    clock: ManualClock,
) -> None:
    before = state(app)
    found = run(app.embedder_change.trial("poor"))
    assert not found.test.passed
    assert "It is worse:" in found.verdict
    assert found.test.after.known < found.before.known - 4
    result = run(app.embedder_change.use(actor, "poor"))
    assert not result.accepted
    assert result.refused_because is not None
    assert state(app) == before
    recogniser, frames = app.new_recogniser(), Frames(clock)
    assert told(recogniser, frames, drawing(LI, 4, seed=5)) == "Li Wei"
    recogniser.close()
    forced = run(app.embedder_change.use(actor, "poor", force="to see what it does"))
    assert forced.accepted
    record = app.store.serving_head()[0]
    assert record.space == poor.space(colour=False)
    assert record.test.forced_because == "to see what it does"
    assert spaces_of(app) == {record.space}


def test_an_embedder_to_which_all_are_one_is_told(
    app: App, people: tuple[Person, ...], tmp_path: Path
) -> None:
    file = tmp_path / "blind.onnx"
    file.write_bytes(poor_network(constant=50.0))
    bring(app.home, file, "blind", scale=1 / 255)
    with pytest.raises(KnownError, match="blind does not tell the enrolled people apart"):
        run(app.embedder_change.trial("blind"))
    assert brought_embedder(app.home, "blind").thresholds == {}


def test_an_error_at_any_write_leaves_the_old_one_serving(
    app: App,
    actor: Actor,
    clock: ManualClock,
    people: tuple[Person, ...],
    own: BroughtEmbedder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run(app.embedder_change.trial("own"))
    recogniser, frames = app.new_recogniser(), Frames(clock)
    before = state(app)
    for method, nth in (
        ("replace_embedding", 9),
        ("replace_stranger_embedding", 1),
        ("put_settings", 1),
        ("add_head", 1),
    ):
        calls: list[str] = []
        with monkeypatch.context() as patch:
            patch.setattr(SqliteTransaction, method, failing_after(method, nth, calls))
            with pytest.raises(KnownError, match="disk is full"):
                run(app.embedder_change.use(actor, "own", force="a test"))
        assert len(calls) == nth
        assert state(app) == before
    frames.pause(0.5)
    assert told(recogniser, frames, drawing(LI, 4, seed=5)) == "Li Wei"
    recogniser.close()


def failing_after(method: str, nth: int, calls: list[str]) -> Callable[..., Any]:
    """Return a method that does its work and fails the nth time after it."""
    real = getattr(SqliteTransaction, method)

    def failing(self: SqliteTransaction, *values: Any, **named: Any) -> Any:
        calls.append(method)
        done = real(self, *values, **named)
        if len(calls) == nth:
            raise KnownError("The disk is full.")
        return done

    return failing


def test_a_change_that_is_cancelled_leaves_nothing(
    app: App, actor: Actor, people: tuple[Person, ...], own: BroughtEmbedder
) -> None:
    run(app.embedder_change.trial("own"))
    before = state(app)
    for stop in (1, 4, 12):
        job = app.embedder_change.use(actor, "own", force="a test")
        for _ in range(stop):
            next(job)
        job.close()
        assert state(app) == before


@pytest.mark.parametrize("seed", range(2))
def test_killed_while_changing(
    make_app: Callable[..., App],
    app: App,
    actor: Actor,
    people: tuple[Person, ...],
    own: BroughtEmbedder,
    seed: int,
) -> None:
    run(app.embedder_change.trial("own"))
    before = state(app)
    app.close()
    chance = random.Random(seed)
    step = chance.randrange(2, 36)
    process = subprocess.Popen(
        [sys.executable, PROGRAM, app.home.root, "use", "own"], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        ended = False
        for line in process.stdout:
            ended = line.strip() == "done"
            if ended or int(line) >= step:
                break
        process.send_signal(signal.SIGKILL)
        ended = "done" in process.stdout.read() or ended
    again = make_app(threshold=None)
    serving = again.store.serving_head()
    assert serving is not None
    changed = again.settings.get().embedder == "brought"
    assert changed or not ended
    assert spaces_of(again) == {serving[0].space}
    assert (serving[0].space == own.space(colour=False)) == changed
    if not changed:
        assert state(again)[2:] == before[2:]
    (face,) = again.identify.identify(Picture("p", image=drawing(LI, 4, seed=5))).faces
    assert face.person == "Li Wei"


def test_what_cannot_be_tried_is_told(
    app: App, actor: Actor, enrol: Callable[..., Person], own: BroughtEmbedder
) -> None:
    def says(match: str, name: str = "own") -> None:
        with pytest.raises(KnownError, match=match):
            run(app.embedder_change.trial(name))

    says("no serving head")
    says("No embedder called 'none'", "none")
    says("in use already", "sface")
    picture = Picture("a", image=drawing(STAFF[0]))
    run(app.enrolment.add(actor, PersonDetails("Ada"), [picture]))
    says("1 person with 1 picture")
    enrol(1)
    says("cannot be embedded anew: they were cut as 5pt-112", "dlib")
    copy = own.file(app.home)
    copy.write_bytes(b"changed")
    says("has changed since it was brought")
    found = {check.name: check.ok for check in app.doctor.run()}
    assert found["weights"]
    app.settings.set(actor, "brought_embedder", "own")
    app.settings.set(actor, "embedder", "brought")
    found = {check.name: check.ok for check in app.doctor.run()}
    assert not found["weights"]
