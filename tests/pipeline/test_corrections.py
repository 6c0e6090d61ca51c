"""What people say of visits, on drawn people: the door learns it at once."""

from collections.abc import Callable

import numpy as np
import pytest
from visits_of import lower_threshold, visit_of

from faceaccess.app import App
from faceaccess.camera.drawn_people import DEMO_THRESHOLD, STAFF, STRANGERS
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.corrections import CorrectionKind, Evidence
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.people import Person
from faceaccess.core.progress import run
from faceaccess.core.reasons import Reason

LOW = -1.0
"""A threshold at which the door takes anybody for somebody."""


@pytest.fixture
def staff(enrol: Callable[..., Person]) -> list[Person]:
    return [enrol(index) for index in range(4)]


@pytest.fixture
def wrongly(
    app: App, actor: Actor, staff: list[Person], clock: ManualClock
) -> Callable[[int], Event]:
    """Lets a stranger in by force, and puts the threshold back where strangers still pass."""

    def made(index: int) -> Event:
        lower_threshold(app, actor, LOW)
        event = visit_of(app, clock, STRANGERS[index])
        assert event.decision.outcome is Outcome.GRANTED
        return event

    return made


def said(app: App, event: Event) -> list[tuple[CorrectionKind, str]]:
    return [(one.kind, one.person_id) for one in app.corrections.of_event(event.id)]


def test_not_me_is_learnt_and_the_same_pictures_are_refused(
    app: App, actor: Actor, wrongly: Callable[[int], Event], clock: ManualClock
) -> None:
    event = wrongly(0)
    assert event.decision.person_id is not None
    before = app.store.serving_head()
    corrected = run(app.corrections.not_me(actor, event.id))
    assert said(app, event) == [(CorrectionKind.NOT_ME, event.decision.person_id)]
    after = app.store.serving_head()
    assert before is not None
    assert after is not None
    assert after[0].version > before[0].version
    assert corrected.head == after[0]
    assert corrected.decision is not None
    assert corrected.decision.outcome is not Outcome.GRANTED
    assert "lets nobody in now" in corrected.effect
    # The door itself, at the threshold that let them in before.
    again = visit_of(app, clock, STRANGERS[0])
    assert again.decision.outcome is Outcome.DENIED
    # And whoever is enrolled comes in as before.
    app.settings.set(actor, "threshold", str(DEMO_THRESHOLD))
    for person in STAFF[:4]:
        assert visit_of(app, clock, person).decision.person == person.name


def test_the_same_statement_again_makes_no_new_head(
    app: App, actor: Actor, wrongly: Callable[[int], Event]
) -> None:
    event = wrongly(0)
    first = run(app.corrections.not_me(actor, event.id))
    second = run(app.corrections.not_me(actor, event.id))
    assert second.head == first.head
    assert len(app.corrections.of_event(event.id)) == 1


def test_a_statement_taken_back_is_unlearnt(
    app: App, actor: Actor, wrongly: Callable[[int], Event], clock: ManualClock
) -> None:
    event = wrongly(0)
    run(app.corrections.not_me(actor, event.id))
    (correction,) = app.corrections.of_event(event.id)
    back = run(app.corrections.take_back(actor, correction.id))
    assert said(app, event) == []
    assert back.decision is not None
    assert back.decision.outcome is Outcome.GRANTED
    with pytest.raises(KnownError, match="no such statement"):
        run(app.corrections.take_back(actor, correction.id))


def test_this_is_gives_the_person_a_picture(
    app: App, actor: Actor, staff: list[Person], clock: ManualClock
) -> None:
    lower_threshold(app, actor, 0.99)
    event = visit_of(app, clock, STAFF[1], frames=20)
    assert event.decision.outcome is Outcome.DENIED
    corrected = run(app.corrections.this_is(actor, event.id, staff[1].id))
    assert "one of Li Wei's now" in corrected.effect
    assert app.store.person(staff[1].id).samples == 4
    newest = app.store.samples(staff[1].id)[-1]
    assert newest.source.startswith("visit of ")
    assert said(app, event) == [(CorrectionKind.IS, staff[1].id)]
    again = run(app.corrections.this_is(actor, event.id, staff[1].id))
    assert "already" in again.effect
    assert app.store.person(staff[1].id).samples == 4
    (correction,) = app.corrections.of_event(event.id)
    run(app.corrections.take_back(actor, correction.id))
    assert app.store.person(staff[1].id).samples == 3


def test_whom_the_door_mistook_for_somebody_else(
    app: App, actor: Actor, staff: list[Person], clock: ManualClock
) -> None:
    event = visit_of(app, clock, STAFF[1])
    # As though the door had taken Li Wei for somebody else.
    evidence = app.store.event_evidence(event.id)
    decision = Decision(Outcome.GRANTED, Reason.RECOGNISED, staff[0].id, staff[0].name, 0.6, 0.5)
    wrong = Event(
        "11111111-1111-4111-8111-111111111111",
        event.station,
        0,
        event.time,
        event.camera,
        decision,
        evidence=evidence,
    )
    with app.store.transaction() as transaction:
        transaction.add_event(wrong)
    corrected = run(app.corrections.this_is(actor, wrong.id, staff[1].id))
    assert set(said(app, wrong)) == {
        (CorrectionKind.IS, staff[1].id),
        (CorrectionKind.NOT_ME, staff[0].id),
    }
    assert corrected.decision is not None
    assert corrected.decision.person == "Li Wei"


def test_the_latest_statement_of_a_person_holds(
    app: App, actor: Actor, staff: list[Person], clock: ManualClock
) -> None:
    event = visit_of(app, clock, STAFF[1])
    run(app.corrections.this_is(actor, event.id, staff[1].id))
    run(app.corrections.not_me(actor, event.id))
    assert said(app, event) == [(CorrectionKind.NOT_ME, staff[1].id)]
    assert app.store.person(staff[1].id).samples == 3
    run(app.corrections.this_is(actor, event.id, staff[1].id))
    assert said(app, event) == [(CorrectionKind.IS, staff[1].id)]
    assert app.store.person(staff[1].id).samples == 4


def test_a_picture_that_looks_nothing_like_the_person_is_refused(
    app: App, actor: Actor, staff: list[Person], clock: ManualClock
) -> None:
    heads = app.store.head_records()
    event = visit_of(app, clock, STAFF[1])
    with pytest.raises(KnownError, match=r"Li Wei .* rather than|nothing like") as caught:
        run(app.corrections.this_is(actor, event.id, staff[0].id))
    assert "take new pictures" in caught.value.remedy
    assert said(app, event) == []
    assert app.store.person(staff[0].id).samples == 3
    assert app.store.head_records() == heads


def test_a_person_without_a_picture_takes_what_there_is(
    app: App, actor: Actor, staff: list[Person], clock: ManualClock
) -> None:
    for sample in app.store.samples(staff[0].id):
        app.directory.remove_sample(actor, sample.id)
    event = visit_of(app, clock, STRANGERS[0], frames=20)
    corrected = run(app.corrections.this_is(actor, event.id, staff[0].id))
    assert "one of" in corrected.effect
    assert app.store.person(staff[0].id).samples == 1


def test_a_visit_of_nobody_and_of_somebody_removed(
    app: App, actor: Actor, staff: list[Person], clock: ManualClock
) -> None:
    denied = visit_of(app, clock, STRANGERS[0], frames=20)
    assert denied.decision.outcome is Outcome.DENIED
    with pytest.raises(KnownError, match="for nobody"):
        run(app.corrections.not_me(actor, denied.id))
    granted = visit_of(app, clock, STAFF[1])
    app.directory.remove(actor, staff[1].id)
    with pytest.raises(KnownError, match="not enrolled any more"):
        run(app.corrections.not_me(actor, granted.id))
    with pytest.raises(KnownError):
        run(app.corrections.this_is(actor, granted.id, staff[1].id))
    with pytest.raises(KnownError):
        run(app.corrections.not_me(actor, "no such visit"))
    assert app.store.corrections() == []


@pytest.mark.parametrize("kept", ["nothing", "another space"])
def test_a_visit_whose_pictures_cannot_be_compared(
    app: App, actor: Actor, staff: list[Person], clock: ManualClock, kept: str
) -> None:
    space = EmbeddingSpace("another", "network", 4)
    evidence = Evidence(space, np.eye(4, dtype=np.float32)[:1])
    event = Event(
        "11111111-1111-4111-8111-111111111111",
        "station-1",
        0,
        clock.now(),
        "Door",
        Decision(Outcome.GRANTED, Reason.RECOGNISED, staff[0].id, staff[0].name),
        evidence=None if kept == "nothing" else evidence,
    )
    with app.store.transaction() as transaction:
        transaction.add_event(event)
    assert app.journal.has_evidence(event.id) == (kept != "nothing")
    words = "No picture" if kept == "nothing" else "another/network/4"
    for job in (
        app.corrections.not_me(actor, event.id),
        app.corrections.this_is(actor, event.id, staff[0].id),
    ):
        with pytest.raises(KnownError, match=words):
            run(job)
    assert app.store.corrections() == []


def test_what_could_not_be_learnt_is_noted_and_told(
    app: App,
    actor: Actor,
    wrongly: Callable[[int], Event],
    monkeypatch: pytest.MonkeyPatch,
    clock: ManualClock,
) -> None:
    event = wrongly(0)

    def fails(*_: object, **__: object) -> object:
        raise KnownError("The database is locked.", "Close the other program.")
        yield

    monkeypatch.setattr(app.retraining, "run", fails)
    with pytest.raises(KnownError, match=r"It is noted.*locked"):
        run(app.corrections.not_me(actor, event.id))
    assert len(app.corrections.of_event(event.id)) == 1
    monkeypatch.undo()
    # Whatever head is made next has it.
    run(app.retraining.run(actor))
    assert visit_of(app, clock, STRANGERS[0]).decision.outcome is Outcome.DENIED
