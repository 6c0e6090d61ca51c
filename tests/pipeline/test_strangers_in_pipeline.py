"""Strangers of the site: what is taken in, what is rejected, and why."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from drawn import Frames, drawing
from faulty_store import FaultyStore

from faceaccess.app import App
from faceaccess.camera.drawn_people import STAFF, STRANGERS, DrawnPerson
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person
from faceaccess.core.progress import run
from faceaccess.core.strangers import role_of
from faceaccess.images.codec import encode_png
from faceaccess.pipeline.strangers import Strangers
from faceaccess.vision.analyser import FaceAnalyser


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "visitors"
    made.mkdir()
    return made


def save(path: Path, person: DrawnPerson, turn: float = 0.0, seed: int = 0) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(encode_png(drawing(person, turn, seed=seed)))
    return path


def reasons(result: object) -> dict[str, str]:
    return {Path(one.picture).name: one.reason for one in result.rejected}  # type: ignore[attr-defined]  # StrangersAdded


def test_a_loose_picture_is_one_stranger_and_a_folder_is_one(
    app: App, actor: Actor, enrol: Callable[..., Person], folder: Path
) -> None:
    enrol(0)
    save(folder / "ann.png", STRANGERS[0])
    save(folder / "Bea" / "1.png", STRANGERS[1])
    save(folder / "Bea" / "2.png", STRANGERS[1], 12.0, seed=1)
    (folder / "notes.txt").write_text("who they are")
    result = run(app.strangers.add(actor, folder))
    assert (result.strangers, result.pictures, result.rejected) == (2, 3, ())
    listed = {one.label: one for one in app.strangers.list()}
    assert {label: one.samples for label, one in listed.items()} == {"ann": 1, "Bea": 2}
    assert all(one.role is role_of(one.id) for one in listed.values())
    assert app.strangers.count() == 2
    stored = app.store.stranger_set(app.analyser().space)
    assert sorted(stored.stranger_ids) == sorted(
        [listed["ann"].id, listed["Bea"].id, listed["Bea"].id]
    )
    thumbnail = app.strangers.thumbnail(listed["Bea"].id)
    assert thumbnail is not None
    assert thumbnail.shape == (112, 112)
    assert app.strangers.thumbnail("nobody") is None


def test_vectors_are_those_of_the_door(app: App, actor: Actor, folder: Path) -> None:
    save(folder / "ann.png", STRANGERS[0])
    run(app.strangers.add(actor, folder))
    (seen,) = app.analyser().observe(drawing(STRANGERS[0]))
    assert seen.embedding is not None
    stored = app.store.stranger_set(app.analyser().space).vectors
    assert float(stored[0] @ seen.embedding.vector) == pytest.approx(1.0, abs=1e-4)


def test_what_cannot_be_used_is_named_with_the_reason(
    app: App, actor: Actor, enrol: Callable[..., Person], folder: Path, blank: np.ndarray
) -> None:
    enrol(1)
    save(folder / "good.png", STRANGERS[0])
    save(folder / "li.png", STAFF[1], 6.0, seed=9)
    (folder / "blank.png").write_bytes(encode_png(blank))
    (folder / "broken.jpg").write_bytes(b"no picture")
    (folder / "empty").mkdir()
    save(folder / "deep" / "1.png", STRANGERS[1])
    (folder / "deep" / "deeper").mkdir()
    result = run(app.strangers.add(actor, folder))
    assert (result.strangers, result.pictures) == (2, 2)
    told = reasons(result)
    assert set(told) == {"li.png", "blank.png", "broken.jpg", "empty", "deeper"}
    assert "Li Wei, who is enrolled" in told["li.png"]
    assert told["blank.png"] == "no face was found"
    assert "not a picture" in told["broken.jpg"]


def test_the_same_stranger_twice_is_found(app: App, actor: Actor, folder: Path) -> None:
    save(folder / "1.png", STRANGERS[0])
    save(folder / "2.png", STRANGERS[0], 12.0, seed=2)
    save(folder / "3.png", STRANGERS[2])
    (folder / "4.png").write_bytes((folder / "3.png").read_bytes())
    result = run(app.strangers.add(actor, folder))
    assert result.strangers == 2
    told = reasons(result)
    assert "the same stranger as" in told["2.png"]
    assert "1.png" in told["2.png"]
    assert told["4.png"] == "this picture is there already"
    save(folder / "5.png", STRANGERS[2], -12.0, seed=3)
    again = run(app.strangers.add(actor, folder))
    assert (again.strangers, again.pictures) == (0, 0)
    told = reasons(again)
    assert told["1.png"] == "this picture is there already: the stranger 1"
    assert "the stranger 3, who is there already" in told["5.png"]
    assert app.strangers.count() == 2


def test_several_people_in_one_folder_count_as_one_stranger(
    app: App, actor: Actor, folder: Path
) -> None:
    for i in range(3):
        save(folder / "guests" / f"{i}.png", STRANGERS[i])
    result = run(app.strangers.add(actor, folder))
    assert (result.strangers, result.pictures) == (1, 3)


@pytest.mark.parametrize("kind", ["missing", "file", "nothing"])
def test_a_folder_that_cannot_be_used(app: App, actor: Actor, folder: Path, kind: str) -> None:
    (folder / "notes.txt").write_text("nothing to see")
    path = {"missing": folder / "x", "file": folder / "notes.txt", "nothing": folder}[kind]
    with pytest.raises(KnownError, match=str(path)) as caught:
        run(app.strangers.add(actor, path))
    assert caught.value.remedy


def test_a_job_that_is_closed_leaves_nothing(app: App, actor: Actor, folder: Path) -> None:
    for i in range(3):
        save(folder / f"{i}.png", STRANGERS[i])
    stages: set[str] = set()
    finished = False
    stop = 0
    while not finished:
        stop += 1
        job = app.strangers.add(actor, folder)
        taken = list(islice(job, stop))
        stages |= {step.stage for step in taken}
        finished = len(taken) < stop
        job.close()
        assert app.strangers.count() == (3 if finished else 0)
    assert "Storing" in stages


def test_nothing_is_stored_when_the_store_fails(
    app: App, actor: Actor, folder: Path, clock: ManualClock
) -> None:
    save(folder / "1.png", STRANGERS[0])
    store = FaultyStore(app.store)
    store.refuses.add("transaction")
    strangers = Strangers(store, app.analyser, app.threshold, app.calibrating, clock)  # type: ignore[arg-type]  # passes the rest on
    with pytest.raises(KnownError, match="locked"):
        run(strangers.add(actor, folder))
    assert app.strangers.count() == 0


def test_faces_are_embedded_together(app: App, actor: Actor, folder: Path) -> None:
    for number in range(12):
        person = (*STRANGERS, *STAFF)[number]
        save(folder / f"{number:02}.png", person)
    calls: list[int] = []
    embed = FaceAnalyser.embed

    def counting(self: FaceAnalyser, observations: list, **more: object) -> list:
        calls.append(len(observations))
        return embed(self, observations, **more)  # type: ignore[arg-type]  # passed on

    with mock.patch.object(FaceAnalyser, "embed", counting):
        result = run(app.strangers.add(actor, folder))
    assert result.strangers == 12
    assert calls == [12]


def test_a_visitor_becomes_a_stranger_by_hand(
    app: App, actor: Actor, enrol: Callable[..., Person], clock: ManualClock
) -> None:
    enrol(1)
    frames, recogniser = Frames(clock), app.new_recogniser()
    for _ in range(6):
        recogniser.process(frames.of(drawing(STRANGERS[0])))
    recogniser.close()
    (event,) = app.journal.list()
    stranger = run(app.strangers.add_from_event(actor, event.id))
    assert stranger.label.startswith("visitor of ")
    assert (stranger.samples, app.strangers.count()) == (1, 1)
    with pytest.raises(KnownError, match="there already"):
        run(app.strangers.add_from_event(actor, event.id))


def test_an_enrolled_visitor_does_not_become_a_stranger(
    app: App, actor: Actor, enrol: Callable[..., Person], clock: ManualClock
) -> None:
    enrol(1)
    frames, recogniser = Frames(clock), app.new_recogniser()
    for _ in range(6):
        recogniser.process(frames.of(drawing(STAFF[1], 3, seed=5)))
    recogniser.close()
    (event,) = app.journal.list()
    with pytest.raises(KnownError, match="Li Wei, who is enrolled"):
        run(app.strangers.add_from_event(actor, event.id))
    assert app.strangers.count() == 0


def test_a_low_threshold_makes_nobody_of_strangers(
    app: App, actor: Actor, enrol: Callable[..., Person], folder: Path
) -> None:
    enrol(1)
    app.settings.set(actor, "threshold", "-1")
    save(folder / "ann.png", STRANGERS[0])
    save(folder / "bea.png", STRANGERS[1])
    save(folder / "li.png", STAFF[1], 6.0, seed=9)
    result = run(app.strangers.add(actor, folder))
    assert result.strangers == 2
    assert list(reasons(result)) == ["li.png"]


def test_with_a_stated_risk_the_threshold_follows_the_strangers(
    app: App, actor: Actor, enrol: Callable[..., Person], folder: Path
) -> None:
    for index in range(3):
        enrol(index)
    run(app.calibrating.apply(actor, 0.01))
    save(folder / "ann.png", STRANGERS[0])
    result = run(app.strangers.add(actor, folder))
    assert result.calibration is not None
    assert result.calibration.applied
    (stranger,) = app.strangers.list()
    revision = app.store.revision()
    app.strangers.remove(actor, stranger.id)
    assert app.store.revision() >= revision + 2  # the stranger, and the estimate
    # Nobody came in: nothing is measured anew.
    run(app.strangers.add(actor, folder))
    assert run(app.strangers.add(actor, folder)).calibration is None


def test_removing(app: App, actor: Actor, folder: Path) -> None:
    save(folder / "ann.png", STRANGERS[0])
    run(app.strangers.add(actor, folder))
    (stranger,) = app.strangers.list()
    assert app.strangers.remove(actor, stranger.id) == stranger
    assert app.strangers.count() == 0
    with pytest.raises(KnownError):
        app.strangers.remove(actor, stranger.id)
    assert run(app.strangers.add(actor, folder)).strangers == 1  # its picture is forgotten too
