"""What could open the door wrongly: pauses, changes in mid-visit, faults, and slow stores."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from drawn import Frames, drawing
from faulty_store import FaultyStore

from faceaccess.app import App
from faceaccess.camera.drawn_people import STAFF, STRANGERS
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import FrameResult, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.core.people import Person, PersonDetails
from faceaccess.core.progress import run
from faceaccess.pipeline.recognition import Recogniser
from faceaccess.pipeline.results import Picture

LI = STAFF[1]
GRANTED_LI = ("granted", "recognised", "Li Wei")


@pytest.fixture
def frames(clock: ManualClock) -> Frames:
    return Frames(clock)


@pytest.fixture
def recogniser(app: App) -> Iterator[Recogniser]:
    made = app.new_recogniser()
    yield made
    made.close()


@pytest.fixture
def faulty(app: App, clock: ManualClock) -> tuple[FaultyStore, Recogniser]:
    store = FaultyStore(app.store)
    return store, Recogniser(store, app.analyser(), app.settings.get, clock)


def show(recogniser: Recogniser, frames: Frames, image: Image, times: int = 1) -> FrameResult:
    """Show a picture for some frames and return the last answer."""
    for _ in range(times - 1):
        recogniser.process(frames.of(image))
    return recogniser.process(frames.of(image))


def answer(result: FrameResult) -> tuple[str, str, str | None]:
    decision = result.decision
    return decision.outcome.value, decision.reason.value, decision.person


def outcomes(app: App) -> list[tuple[str, str, str | None]]:
    """Return the journal, oldest first."""
    return [
        (e.decision.outcome.value, e.decision.reason.value, e.decision.person)
        for e in reversed(app.journal.list())
    ]


def test_a_pause_without_pictures_ends_every_visit(
    app: App, enrol: Callable[..., Person], frames: Frames
) -> None:
    """A camera that comes back after a night does not go on with the visit of the evening."""
    enrol(1)
    recogniser = app.new_recogniser()
    evening = show(recogniser, frames, drawing(LI), 5)
    assert answer(evening) == GRANTED_LI
    frames.pause(8 * 3600.0)
    morning = show(recogniser, frames, drawing(LI), 5)
    assert answer(morning) == GRANTED_LI
    assert morning.front != evening.front
    recogniser.close()
    assert outcomes(app) == [GRANTED_LI, GRANTED_LI]


def test_evidence_of_a_later_moment_does_not_count(
    app: App, enrol: Callable[..., Person], frames: Frames
) -> None:
    """A recording that starts again begins with no evidence and no visits."""
    enrol(1)
    recogniser = app.new_recogniser(record=False)
    assert answer(show(recogniser, frames, drawing(LI), 5)) == GRANTED_LI
    again = replace(frames.of(drawing(LI)), moment=0.0)
    assert answer(recogniser.process(again)) == ("none", "checking", None)
    assert len(recogniser._tracker.visits) == 1


# What the door knows, kept up with the store.


@pytest.mark.expected_log_errors
@pytest.mark.parametrize("method", ["revision", "serving_head"])
def test_a_fault_in_what_the_door_knows_lasts_until_a_look_goes_well(
    app: App,
    faulty: tuple[FaultyStore, Recogniser],
    enrol: Callable[..., Person],
    frames: Frames,
    caplog: pytest.LogCaptureFixture,
    method: str,
) -> None:
    """Also a fault of ours: between two looks nobody is let in by what was known before."""
    store, recogniser = faulty
    enrol(1)
    frames.pause(0.3)
    assert answer(show(recogniser, frames, drawing(LI), 5)) == GRANTED_LI
    enrol(2)
    store.breaks.add(method)
    frames.pause(0.2)
    results = [show(recogniser, frames, drawing(LI)) for _ in range(30)]
    assert {answer(r)[:2] for r in results} == {("denied", "fault")}
    assert len([r for r in caplog.records if r.levelno >= logging.ERROR]) == 1
    store.breaks.clear()
    frames.pause(0.2)
    assert answer(show(recogniser, frames, drawing(LI), 5)) == GRANTED_LI
    recogniser.close()


def test_somebody_let_in_stays_so_while_others_are_enrolled(
    app: App, actor: Actor, enrol: Callable[..., Person], frames: Frames
) -> None:
    """The answer does not flicker to "not known" when the store has changed."""
    enrol(1)
    ana = enrol(2)
    recogniser = app.new_recogniser()
    assert answer(show(recogniser, frames, drawing(LI), 5)) == GRANTED_LI
    answers = []
    for note in "abcdefghij":
        app.directory.edit(actor, ana.id, PersonDetails("Ana Petrova", note=note))
        answers += [answer(show(recogniser, frames, drawing(LI))) for _ in range(7)]
    assert set(answers) == {GRANTED_LI}
    recogniser.close()


def test_somebody_switched_off_is_recorded_by_name_though_others_changed_meanwhile(
    app: App, actor: Actor, enrol: Callable[..., Person], frames: Frames, blank: np.ndarray
) -> None:
    enrol(1, active=False)
    ana = enrol(2)
    recogniser = app.new_recogniser()
    assert answer(show(recogniser, frames, drawing(LI), 8)) == ("denied", "inactive", "Li Wei")
    app.directory.edit(actor, ana.id, PersonDetails("Ana Petrova", note="new"))
    frames.pause(0.9)
    show(recogniser, frames, blank)
    frames.pause(0.9)
    show(recogniser, frames, blank)
    assert outcomes(app) == [("denied", "inactive", "Li Wei")]
    recogniser.close()


def test_evidence_is_scored_anew_by_a_new_head(
    app: App, actor: Actor, enrol: Callable[..., Person], frames: Frames
) -> None:
    """A stranger's picture that was enrolled by mistake lets nobody in once it is removed."""
    person = enrol(1)
    stranger = [Picture("stranger", image=drawing(STRANGERS[1], 3, seed=5))]
    run(app.enrolment.add_pictures(actor, person.id, stranger))
    wrong = app.directory.samples(person.id)[-1]
    for sample in app.directory.samples(person.id)[:-1]:
        app.directory.remove_sample(actor, sample.id)
    right = [Picture("Li", image=drawing(LI))]
    recogniser = app.new_recogniser()
    assert answer(show(recogniser, frames, drawing(STRANGERS[1]), 5)) == GRANTED_LI
    run(app.enrolment.add_pictures(actor, person.id, right))
    app.directory.remove_sample(actor, wrong.id)
    frames.pause(0.2)
    # Somebody who now looks aside cannot be checked: what was seen before counts, scored anew.
    aside = (drawing(STRANGERS[1]) * 0.12).astype(np.uint8)
    result = show(recogniser, frames, aside)
    assert len(result.faces) == 1
    assert result.decision.outcome is not Outcome.GRANTED
    recogniser.close()


def test_a_head_whose_numbers_are_damaged_serves_nobody(
    app: App, enrol: Callable[..., Person], frames: Frames
) -> None:
    """One flipped bit of a stored mean would else make every likeness to it a whole one."""
    enrol(1)
    enrol(2)
    record, head = app.store.serving_head() or pytest.fail("no head")
    means = head.means.copy()
    means[0, 5] = 1e20
    store = FaultyStore(app.store)
    store.answers["serving_head"] = (record, replace(head, means=means))
    with pytest.raises(KnownError, match="damaged"):
        Recogniser(store, app.analyser(), app.settings.get, ManualClock())


# Between the decision and its record.


@pytest.mark.parametrize("change", ["removed", "switched off"])
def test_who_loses_access_while_the_store_is_waited_for_is_not_let_in(
    app: App,
    actor: Actor,
    faulty: tuple[FaultyStore, Recogniser],
    enrol: Callable[..., Person],
    frames: Frames,
    change: str,
) -> None:
    store, recogniser = faulty
    person = enrol(1)
    enrol(2)
    frames.pause(0.3)

    def meanwhile() -> None:
        store.before_transaction = None
        if change == "removed":
            app.directory.remove(actor, person.id)
        else:
            app.directory.edit(actor, person.id, PersonDetails("Li Wei", active=False))

    store.before_transaction = meanwhile
    results = [show(recogniser, frames, drawing(LI)) for _ in range(12)]
    assert all(r.decision.outcome is not Outcome.GRANTED for r in results)
    assert store.before_transaction is None
    wanted = "unknown" if change == "removed" else "inactive"
    assert results[-1].decision.reason.value == wanted
    recogniser.close()
    assert [o[:2] for o in outcomes(app)] == [("denied", wanted)]


def test_a_decision_that_waited_long_for_the_store_is_made_anew(
    app: App,
    clock: ManualClock,
    faulty: tuple[FaultyStore, Recogniser],
    enrol: Callable[..., Person],
    frames: Frames,
) -> None:
    """Who was seen seconds ago may be gone: a stale frame lets nobody in."""
    store, recogniser = faulty
    enrol(1)
    frames.pause(0.3)
    show(recogniser, frames, drawing(LI), 2)
    store.before_transaction = lambda: clock.advance(4.0)
    assert answer(show(recogniser, frames, drawing(LI))) == ("denied", "fault", "Li Wei")
    store.before_transaction = None
    assert answer(show(recogniser, frames, drawing(LI), 5)) == GRANTED_LI
    recogniser.close()
    assert outcomes(app) == [("denied", "fault", "Li Wei"), GRANTED_LI]


@pytest.mark.expected_log_errors
def test_who_was_kept_out_by_a_fault_is_recorded_so(
    app: App,
    faulty: tuple[FaultyStore, Recogniser],
    enrol: Callable[..., Person],
    frames: Frames,
    blank: np.ndarray,
) -> None:
    store, recogniser = faulty
    enrol(1)
    frames.pause(0.3)
    store.refuses.add("revision")
    frames.pause(0.2)
    show(recogniser, frames, drawing(LI), 25)
    store.refuses.clear()
    frames.pause(1.5)
    show(recogniser, frames, blank)
    recogniser.close()
    assert outcomes(app) == [("denied", "fault", None)]


@pytest.mark.expected_log_errors
def test_visits_end_also_while_the_embedder_is_broken(
    app: App,
    recogniser: Recogniser,
    enrol: Callable[..., Person],
    frames: Frames,
    blank: np.ndarray,
) -> None:
    enrol(1)
    frames.pause(0.3)

    def broken(*arguments: object) -> object:
        raise RuntimeError("the network broke")

    show(recogniser, frames, blank)  # takes the settings over
    recogniser._analyser.embed = broken  # type: ignore[method-assign]  # injected fault
    show(recogniser, frames, drawing(LI), 25)
    assert len(recogniser._tracker.visits) == 1
    frames.pause(1.5)
    show(recogniser, frames, blank)
    assert recogniser._tracker.visits == ()
    assert outcomes(app) == [("denied", "fault", None)]


# Passers-by.


@pytest.mark.parametrize(("seen", "recorded"), [(3, False), (15, False), (21, True)])
def test_who_passes_by_far_away_is_no_visit(
    app: App,
    enrol: Callable[..., Person],
    frames: Frames,
    blank: np.ndarray,
    seen: int,
    recorded: bool,
) -> None:
    """25 frames a second: 0.08 s and 0.56 s are passing by, 0.8 s is not."""
    enrol(1)
    recogniser = app.new_recogniser()
    assert answer(show(recogniser, frames, drawing(LI, eyes=0.042), seen))[1] == "too_far"
    frames.pause(1.5)
    show(recogniser, frames, blank)
    recogniser.close()
    assert outcomes(app) == ([("denied", "too_far", None)] if recorded else [])
