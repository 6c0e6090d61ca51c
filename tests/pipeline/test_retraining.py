"""The Retrain button: what it trains, when it refuses, and that nobody is overtaken."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from drawn import drawing

from faceaccess.app import App
from faceaccess.camera.drawn_people import STAFF
from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person, PersonDetails, TrainingSet
from faceaccess.core.progress import run
from faceaccess.learn.scoring import match
from faceaccess.pipeline import retraining as module
from faceaccess.pipeline.results import Changes, Picture
from faceaccess.pipeline.serving import Ready


@pytest.fixture
def staff(enrol: Callable[..., Person]) -> list[Person]:
    return [enrol(i) for i in range(3)]


def test_it_trains_everybody_anew_and_serves(app: App, actor: Actor, staff: list[Person]) -> None:
    before = app.store.serving_head()[0].version
    stages = []
    job = app.retraining.run(actor)
    result = run(job, stages.append)
    assert result.accepted
    assert result.head.version == before + 1
    assert (result.head.people, result.head.samples) == (3, 9)
    assert app.store.serving_head()[0] == result.head
    assert result.verdict.startswith(f"Accepted as version {before + 1}: 3 people, threshold 0.62")
    assert "9 of 9 held-out pictures are known (9 before)." in result.verdict
    assert (result.before.version, result.after.version) == (before, None)
    assert result.refused_because is None
    assert result.head.test == result.test
    assert result.losses
    steps = [p for p in stages if "loss" in p.figures]
    assert steps
    assert {"step", "loss", "step_length", "gradient_norm"} <= set(steps[-1].figures)


def test_full_is_reproducible(app: App, actor: Actor, staff: list[Person]) -> None:
    run(app.retraining.run(actor, full=True))
    first = app.store.serving_head()[1]
    run(app.retraining.run(actor, full=True))
    second = app.store.serving_head()[1]
    assert first.person_ids == second.person_ids
    assert (first.rows == second.rows).all()


def test_with_nobody_enrolled_it_says_so(app: App, actor: Actor) -> None:
    with pytest.raises(KnownError, match="Nobody is enrolled"):
        run(app.retraining.run(actor))
    assert app.store.head_records() == []
    assert app.retraining.changes() == Changes((), (), ())


def test_changes_name_who_is_new_gone_and_has_other_pictures(
    app: App, actor: Actor, staff: list[Person]
) -> None:
    assert not app.retraining.changes().any
    li, ada, ana = app.store.people("Li")[0], app.store.people("Ada")[0], staff[2]
    head = app.store.serving_head()[1]
    # A head as it was before: without Ana, with Li's mean of other pictures, with Ada there.
    keep = [i for i, p in enumerate(head.person_ids) if p != ana.id]
    means = head.means.copy()
    index = head.person_ids.index(li.id)
    means[index] = np.roll(means[index], 1)
    older = replace(
        head,
        person_ids=tuple(head.person_ids[i] for i in keep),
        rows=head.rows[keep],
        means=means[keep],
    )
    with app.store.transaction() as transaction:
        app.serving.put(transaction, Ready(older, None, None), samples=6, note="older", actor=actor)
        for sample in app.store.samples(ada.id):
            transaction.remove_sample(sample.id)
    assert app.retraining.changes() == Changes(
        added=(ana.name,), removed=(ada.name,), more_pictures=(li.name,)
    )
    result = run(app.retraining.run(actor))
    assert result.accepted
    assert not app.retraining.changes().any
    assert set(app.store.serving_head()[1].person_ids) == {li.id, ana.id}


def test_closing_at_any_yield_leaves_the_head_before(
    app: App, actor: Actor, staff: list[Person]
) -> None:
    before = app.store.serving_head()[0]
    yields = 0
    while True:
        job = app.retraining.run(actor, full=True)
        try:
            for _ in range(yields + 1):
                next(job)
        except StopIteration:
            break
        job.close()
        assert app.store.head_records()[0] == before, f"closed at yield {yields}"
        yields += 1
    assert yields >= 2
    assert app.store.serving_head()[0].version == before.version + 1


def test_people_who_come_and_go_meanwhile_are_in_the_result(
    make_app: Callable[..., App], actor: Actor
) -> None:
    mine, other = make_app(), make_app()

    def add(app: App, index: int) -> Person:
        pictures = [Picture("a", image=drawing(STAFF[index]))]
        return run(app.enrolment.add(actor, PersonDetails(STAFF[index].name), pictures)).person

    first, second = add(mine, 0), add(mine, 1)
    job = mine.retraining.run(actor, full=True)
    for progress in job:
        if "loss" in progress.figures:
            break
    third = add(other, 2)
    other.directory.remove(actor, first.id)
    result = run(job)
    assert result.accepted
    record, head = mine.store.serving_head()
    assert record == result.head
    assert set(head.person_ids) == {second.id, third.id}
    assert result.losses


def test_a_writer_who_never_rests_does_not_keep_it_from_ending(
    app: App, actor: Actor, staff: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = module.Retraining._snapshot
    taken = []

    def overtaken(self: module.Retraining, *asked: object) -> object:
        found = yield from snapshot(self, *asked)  # type: ignore[arg-type]  # passed on
        taken.append(found)
        if len(taken) <= module._ATTEMPTS:  # afterwards the transaction keeps writers out
            app.directory.edit(actor, staff[0].id, PersonDetails(f"Name {len(taken)}"))
        return found

    monkeypatch.setattr(module.Retraining, "_snapshot", overtaken)
    result = run(app.retraining.run(actor))
    assert result.accepted
    assert len(taken) == module._ATTEMPTS + 1


@pytest.mark.parametrize("fault", ["swapped rows", "not finite"])
def test_a_worse_head_is_refused_and_the_old_one_goes_on(
    app: App, actor: Actor, staff: list[Person], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    before = app.store.serving_head()
    fit = module.fit_head

    def worse(data: TrainingSet, space: object, *, steps: int) -> object:
        trained = yield from fit(data, space, steps=steps)  # type: ignore[arg-type]  # passed on
        rows = trained.head.rows[::-1].copy()
        if fault == "not finite":
            rows[0, 0] = np.nan
        return replace(trained, head=replace(trained.head, rows=rows))

    monkeypatch.setattr(module, "fit_head", worse)
    result = run(app.retraining.run(actor, full=True))
    assert not result.accepted
    assert not result.head.accepted
    assert result.head.version == before[0].version + 1
    assert f"The door goes on with version {before[0].version}." in result.verdict
    record, head = app.store.serving_head()
    assert record == before[0]
    assert (head.rows == before[1].rows).all()


def test_colour_pictures_are_embedded_anew_in_grayscale(
    app: App, actor: Actor, networks: object
) -> None:
    app.settings.set(actor, "colour", "true")
    pictures = [Picture("a", image=drawing(STAFF[1])), Picture("b", image=drawing(STAFF[1], 8))]
    person = run(app.enrolment.add(actor, PersonDetails("Li Wei"), pictures)).person
    run(app.enrolment.add(actor, PersonDetails("Ada"), [Picture("c", image=drawing(STAFF[0]))]))
    assert app.store.serving_head()[1].space.preprocessing == "5pt-112-colour-mirrored"
    app.settings.set(actor, "colour", "false")
    version = app.store.serving_head()[0].version
    with pytest.raises(KnownError, match="retrain --full"):
        run(app.retraining.run(actor))
    assert app.store.serving_head()[0].version == version
    result = run(app.retraining.run(actor, full=True))
    assert result.accepted
    record, head = app.store.serving_head()
    assert record.space.preprocessing == "5pt-112-gray-mirrored"
    assert set(head.person_ids) == {p.id for p in app.directory.list()}
    assert app.store.count_samples(record.space) == app.store.count_samples() == 3
    (probe,) = app.analyser().observe(drawing(STAFF[1], 4, seed=6))
    found = match(head, probe.embedding.vector)
    assert found.person_id == person.id
    assert found.similarity > 0.8
    # The new vectors are those that a grayscale enrolment would have stored.
    (direct,) = app.analyser().observe(drawing(STAFF[1]), embed=False)
    (direct,) = app.analyser().embed([direct], enrolled=True)
    stored = app.store.samples(person.id)[0].embedding.vector
    assert float(stored @ direct.embedding.vector) > 0.999


def test_grayscale_pictures_cannot_become_colour(
    app: App, actor: Actor, staff: list[Person]
) -> None:
    before = app.store.serving_head()[0]
    app.settings.set(actor, "colour", "true")
    with pytest.raises(KnownError, match="cannot become colour") as raised:
        run(app.retraining.run(actor, full=True))
    assert "Enrol the people again" in raised.value.remedy
    assert app.store.serving_head()[0] == before


def test_in_a_new_space_a_worse_training_is_left_out_and_the_door_has_a_head(
    app: App, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refusing would leave pictures of the new embedder beside a head of the old one, for ever."""
    app.settings.set(actor, "colour", "true")
    for i in range(3):
        picture = Picture(str(i), image=drawing(STAFF[i]))
        run(app.enrolment.add(actor, PersonDetails(STAFF[i].name), [picture]))
    app.settings.set(actor, "colour", "false")
    fit = module.fit_head

    def worse(data: TrainingSet, space: object, *, steps: int) -> object:
        trained = yield from fit(data, space, steps=steps)  # type: ignore[arg-type]  # passed on
        return replace(trained, head=replace(trained.head, rows=trained.head.rows[::-1]))

    monkeypatch.setattr(module, "fit_head", worse)
    result = run(app.retraining.run(actor, full=True))
    assert result.accepted
    record, head = app.store.serving_head()
    assert record == result.head
    assert head.space == app.analyser().space
    assert (head.rows == head.means).all()
    assert app.store.count_samples(head.space) == 3


def test_a_refused_head_changes_no_picture(
    app: App, actor: Actor, staff: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[object] = []
    judge = module.HeadGate.judge

    def refused(self: module.HeadGate, candidate: object, **more: object) -> module.Judged:
        judged = judge(self, candidate, **more)  # type: ignore[arg-type]  # passed on
        return replace(judged, test=replace(judged.test, refused_because="for a test"))

    monkeypatch.setattr(module.ReEmbedding, "store", lambda self, t: stored.append(t))
    monkeypatch.setattr(module.HeadGate, "judge", refused)
    assert not run(app.retraining.run(actor, full=True)).accepted
    assert stored == []
