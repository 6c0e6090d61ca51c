"""A station whose rules ask for a second factor: one visit, its lines, its event, its lock."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from drawn import drawing
from test_station import ADA, EMPTY, GRANTED, LI_THERE, Door

from faceaccess.app import App
from faceaccess.core.access_rules import AccessRule, Effect
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.people import Person
from faceaccess.core.second_factors import FactorKind
from faceaccess.pipeline.door_factors import WITHIN, DoorFactors

PIN = "4711"


@pytest.fixture
def li(app: App, actor: Actor, enrol: Callable[..., Person], clock: ManualClock) -> Person:
    enrol(0)
    person = enrol(1)
    app.second_factors.set_pin(actor, person.id, PIN)
    rule = AccessRule(
        str(uuid.uuid4()), Effect.SECOND_FACTOR, "UTC", clock.now(), "test", person.id
    )
    with app.store.transaction() as t:
        t.add_access_rule(rule)
    return person


@pytest.fixture
def factors(app: App, li: Person, clock: ManualClock) -> DoorFactors:
    return DoorFactors(app.store, app.door_rules("Front"), clock)


@pytest.fixture
def door(app: App, factors: DoorFactors, clock: ManualClock) -> Iterator[Door]:
    made = Door(app, clock, rules=factors)  # type: ignore[arg-type]  # what stands in for rules
    yield made
    made.lock.close()


def reasons(door: Door) -> list[str]:
    """What was said, without what comes before the face is known."""
    told = [answer.decision.reason.value for answer in door.answers]
    return [one for one in told if one not in {"nobody", "checking"}]


def test_face_first(door: Door, factors: DoorFactors, clock: ManualClock) -> None:
    door.show(LI_THERE, 12)
    assert reasons(door) == ["factor_needed"]
    assert door.stored == []
    assert door.openings == []
    factors.entered("0000", clock.monotonic())
    door.show(LI_THERE, 12)
    assert reasons(door) == ["factor_needed", "wrong_factor"]
    assert door.openings == []
    factors.entered(PIN, clock.monotonic())
    door.show(LI_THERE, 12)
    assert reasons(door) == ["factor_needed", "wrong_factor", "recognised"]
    assert door.decided == door.stored == [GRANTED]
    assert door.openings == [3.0]


def test_factor_first(door: Door, factors: DoorFactors, clock: ManualClock) -> None:
    factors.entered(PIN, clock.monotonic())
    door.show(EMPTY, 25)
    door.show(LI_THERE, 12)
    assert reasons(door) == ["recognised"]
    assert door.stored == [GRANTED]
    assert door.openings == [3.0]
    door.show(EMPTY, 60)  # what was entered opened once
    door.show(LI_THERE, 12)
    assert reasons(door) == ["recognised", "factor_needed"]
    assert door.openings == [3.0]


def test_too_late_is_as_if_nothing_was_entered(
    door: Door, factors: DoorFactors, clock: ManualClock
) -> None:
    factors.entered(PIN, clock.monotonic())
    door.show(EMPTY, int((WITHIN + 1) * 25))
    door.show(LI_THERE, 12)
    assert reasons(door) == ["factor_needed"]
    assert door.openings == []


@pytest.mark.parametrize(("entered", "reason"), [(None, "factor_needed"), ("9", "wrong_factor")])
def test_who_leaves_without_is_recorded_with_what_was_awaited(
    door: Door, factors: DoorFactors, clock: ManualClock, entered: str | None, reason: str
) -> None:
    door.show(LI_THERE, 12)
    if entered is not None:
        factors.entered(entered, clock.monotonic())
        door.show(LI_THERE, 2)
    door.show(EMPTY, 60)
    door.finish()
    assert door.stored == door.decided == [("denied", reason, "Li Wei", "none")]
    assert door.openings == []


def test_another_face_does_not_use_it(
    door: Door, factors: DoorFactors, clock: ManualClock, app: App
) -> None:
    """Whom no rule asks comes in by the face; what somebody else entered ends with that."""
    factors.entered(PIN, clock.monotonic())
    door.show(drawing(ADA, 3, seed=5), 12)
    assert [who for _, _, who, _ in door.decided] == ["Ada Okafor"]
    door.show(EMPTY, 60)
    door.show(LI_THERE, 12)
    assert reasons(door)[-1] == "factor_needed"
    assert len(door.openings) == 1


def test_a_removal_that_is_undone_brings_the_factors_back(
    app: App, actor: Actor, li: Person
) -> None:
    before = app.store.second_factors(li.id)
    removed = app.directory.remove(actor, li.id)
    assert app.second_factors.kinds(li.id) == ()
    app.directory.undo_remove(actor, removed)
    assert app.second_factors.kinds(li.id) == (FactorKind.PIN,)
    assert app.store.second_factors(li.id) == before
