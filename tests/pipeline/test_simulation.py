"""The simulated day: nothing is done wrongly, and the referee sees it where something is."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from faceaccess.core.decisions import Event
from faceaccess.core.locks import LockError, LockOutcome, LockReport
from faceaccess.core.progress import run
from faceaccess.door.rules import admission
from faceaccess.pipeline.door_hold import DoorHold
from faceaccess.pipeline.door_lock import DoorLock
from faceaccess.pipeline.frozen_camera import FrozenCamera
from faceaccess.pipeline.liveness_check import LivenessCheck
from faceaccess.pipeline.recognition import Recogniser
from faceaccess.pipeline.simulation import day as days
from faceaccess.pipeline.simulation import simulate as runs
from faceaccess.pipeline.simulation.cast import Visitor
from faceaccess.pipeline.simulation.script import (
    FAULTS,
    Entry,
    Fault,
    PlannedVisit,
    Seems,
    Stay,
    day,
)
from faceaccess.pipeline.simulation.simulate import SimulationResult, Stages, simulate
from faceaccess.pipeline.simulation.stage import DrawnStage, MadeUpStage
from faceaccess.pipeline.station import Station
from faceaccess.store.sqlite_store import SqliteStore
from faceaccess.vision.analyser import FaceAnalyser

ANN, STRANGER = Visitor(0, staff=True), Visitor(200, staff=False)  # who resembles Ann
DENIED, PAIRED, ESCORTED = (Visitor(number, staff=True) for number in (7, 6, 5))
CARD_HOLDER = Visitor(9, staff=True)


@pytest.fixture(autouse=True)
def _days_are_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is such a disk: a day writes thousands of transactions."""
    memory = Path("/dev/shm")  # only folders that are made there for a test
    monkeypatch.setattr(runs.tempfile, "tempdir", str(memory if memory.is_dir() else tmp_path))


def played(visits: int, seed: int, stages: Stages = MadeUpStage) -> SimulationResult:
    return run(simulate(visits, seed, stages))


def test_a_thousand_visits_with_faults_and_nothing_done_wrongly() -> None:
    result = played(1000, 5)
    assert result.findings == []
    assert result.visits == 1000
    assert result.faults > 100
    assert result.due > 200  # so many had to be let in, with nothing in the way
    assert result.openings >= result.due


def test_the_same_seed_is_the_same_day() -> None:
    one, other = played(60, 3), played(60, 3)
    assert (one.faults, one.openings, one.due) == (other.faults, other.openings, other.due)
    assert list(day(200, 3, staff=5, strangers=9)) == list(day(200, 3, staff=5, strangers=9))
    assert list(day(200, 3, staff=5, strangers=9)) != list(day(200, 4, staff=5, strangers=9))


def test_many_visits_have_faults_of_every_kind() -> None:
    kinds = {fault.kind for visit in day(3000, 1, staff=5, strangers=9) for fault in visit.faults}
    assert kinds == set(FAULTS)


def test_more_visits_than_a_day_holds_are_several_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "VISITS_A_DAY", 20)
    assert played(50, 1).visits == 50


# The door sabotaged, and one visit that shows it.

Patch = pytest.MonkeyPatch


def _any_threshold(patch: Patch) -> None:
    made = MadeUpStage.__init__

    def gullible(stage: MadeUpStage, seed: int) -> None:
        made(stage, seed)
        stage.threshold = -1.0

    patch.setattr(MadeUpStage, "__init__", gullible)
    patch.setattr("faceaccess.door.policy.LEAST_MARGIN", 0.0)


def _late_is_fresh(patch: Patch) -> None:
    patch.setattr(Station, "is_stale", lambda *_: False)


def _frozen_is_new(patch: Patch) -> None:
    patch.setattr(FrozenCamera, "is_frozen", lambda *_: False)


def _whoever_is_in_the_place(patch: Patch) -> None:
    patch.setattr(Recogniser, "_is_confirmed", lambda *_: True)


def _rules_not_asked(patch: Patch) -> None:
    patch.setattr(Station, "admit", lambda _self, decision, _frame: decision)


def _no_answer_is_good(patch: Patch) -> None:
    real = DoorLock.open

    def careless(lock: DoorLock, seconds: float) -> LockReport:
        try:
            return real(lock, seconds)
        except LockError:
            return LockReport(LockOutcome.ACKNOWLEDGED, "surely", 0.0)

    patch.setattr(DoorLock, "open", careless)


def _nobody_let_in(patch: Patch) -> None:
    patch.setattr(Recogniser, "_is_confirmed", lambda *_: False)


def _everything_is_alive(patch: Patch) -> None:
    patch.setattr(LivenessCheck, "admit", lambda _self, decision, *_more: decision)


def _endless_tries(patch: Patch) -> None:
    patch.setattr(admission, "_delayed", lambda _: None)


def _enters_twice(patch: Patch) -> None:
    patch.setattr("faceaccess.door.rules.admission._passed_already", lambda _: None)


def _nothing_awaited(patch: Patch) -> None:
    patch.setattr(admission, "_awaiting", lambda *_: None)


def _any_card(patch: Patch) -> None:
    patch.setattr("faceaccess.pipeline.door_factors.is_card", lambda *_: True)


def _old_cards(patch: Patch) -> None:
    patch.setattr("faceaccess.pipeline.door_factors.WITHIN", 100.0)


def _guessing(patch: Patch) -> None:
    patch.setattr("faceaccess.pipeline.door_factors.delay_after", lambda *_: 0.0)


def _lock_down_ignored(patch: Patch) -> None:
    patch.setattr(DoorLock, "locked_down", property(lambda _: False))
    patch.setattr(DoorLock, "open", lambda lock, seconds: lock._lock.open(seconds))


def _held_for_ever(patch: Patch) -> None:
    patch.setattr(DoorHold, "_is_over", lambda _: False)


def _events_forgotten(patch: Patch) -> None:
    real = SqliteStore.all_events

    def all_but_the_first(store: SqliteStore, *more: Any) -> Iterator[Event]:
        events = real(store, *more)
        next(events, None)
        yield from events

    patch.setattr(SqliteStore, "all_events", all_but_the_first)


def visit(steps: int, *what: Stay | Fault | Entry, site: int = 0) -> PlannedVisit:
    stays = tuple(one for one in what if isinstance(one, Stay))
    faults = tuple(one for one in what if isinstance(one, Fault))
    entries = tuple(one for one in what if isinstance(one, Entry))
    return PlannedVisit(0, 5.0, stays, faults, steps, site, entries)


def there(who: Visitor, begin: int, end: int, *, poor: float = 0.0) -> Stay:
    return Stay(who, begin, end, poor=poor)


def held_up(who: Visitor, seems: Seems) -> Stay:
    return Stay(who, 0, 12, poor=0.0, picture=True, seems=seems)


def planned(monkeypatch: Patch, *visits: PlannedVisit) -> None:
    monkeypatch.setattr(days, "day", lambda *_args, **_more: iter(visits))


ALONE = there(ANN, 0, 12)
WITH_CARD, OTHER_CARD = there(CARD_HOLDER, 0, 12), Visitor(13, staff=True)
SABOTAGED = [
    (_any_threshold, "wrong opening", [visit(14, there(STRANGER, 0, 12))]),
    (
        _late_is_fresh,
        "wrong opening",
        [visit(120, there(ANN, 0, 10), Fault("stale", 0, 90, 0.9))],
    ),
    (
        _frozen_is_new,
        "wrong opening",
        [
            visit(
                60,
                there(ANN, 0, 5),
                Fault("locked down", 1, 20, 0.5),
                Fault("frozen", 4, 28, 0.5),
            )
        ],
    ),
    (
        _whoever_is_in_the_place,
        "wrong opening",
        [
            visit(
                50,
                there(ANN, 0, 7),
                there(STRANGER, 7, 18, poor=1.0),
                Fault("removed", 9, 14, 0.5),
            )
        ],
    ),
    (_rules_not_asked, "wrong opening", [visit(14, there(DENIED, 0, 12))]),
    (_rules_not_asked, "wrong opening", [visit(14, held_up(DENIED, "live"))]),
    (
        _no_answer_is_good,
        "false granted",
        [visit(60, ALONE, Fault("lock lost", 0, 20, 0.5))],
    ),
    (_nobody_let_in, "wrong refusal", [visit(14, ALONE)]),
    (_events_forgotten, "event lost", [visit(14, ALONE)]),
    (_everything_is_alive, "wrong opening", [visit(14, held_up(ANN, "attack"))]),
    (_everything_is_alive, "wrong opening", [visit(14, held_up(ANN, "unsure"))]),
    (
        _endless_tries,
        "wrong opening",
        [
            *(visit(14, there(Visitor(n, staff=False), 0, 12)) for n in (1, 2, 3, 4)),
            visit(14, ALONE),
        ],
    ),
    (_enters_twice, "wrong opening", [visit(14, ALONE, site=1), visit(14, ALONE, site=1)]),
    (_nothing_awaited, "wrong opening", [visit(14, there(PAIRED, 0, 12))]),
    (_nothing_awaited, "wrong opening", [visit(14, there(ESCORTED, 0, 12))]),
    (_nothing_awaited, "wrong opening", [visit(14, WITH_CARD)]),
    (_any_card, "wrong opening", [visit(14, WITH_CARD, Entry(6, OTHER_CARD))]),
    (_old_cards, "wrong opening", [visit(14, WITH_CARD, Entry(0, CARD_HOLDER, ago=30.0))]),
    (
        _guessing,
        "wrong opening",
        [
            visit(
                40,
                there(CARD_HOLDER, 0, 36),
                *(Entry(6 + 2 * i, None) for i in range(5)),
                Entry(18, CARD_HOLDER),
            )
        ],
    ),
    (_held_for_ever, "wrong opening", [visit(250, Fault("held open", 1, 2, 0.9))]),
    (
        _lock_down_ignored,
        "wrong opening",
        [visit(30, Fault("locked down", 1, 20, 0.5), Fault("opened by hand", 5, 9, 0.5))],
    ),
]


@pytest.mark.parametrize(("sabotage", "kind", "visits"), SABOTAGED)
def test_the_referee_sees_a_door_that_is_sabotaged(
    monkeypatch: Patch, sabotage: Callable[[Patch], None], kind: str, visits: list[PlannedVisit]
) -> None:
    planned(monkeypatch, *visits)
    assert played(1, 1).findings == []  # the door as it is does it rightly
    sabotage(monkeypatch)
    assert kind in {finding.kind for _, finding in played(1, 1).findings}


def test_a_picture_that_liveness_takes_for_a_face_is_its_own_error(monkeypatch: Patch) -> None:
    planned(monkeypatch, visit(14, held_up(ANN, "live")))
    result = played(1, 1)
    assert result.findings == []
    assert (result.openings, result.deceived, result.attacks) == (1, 1, 1)


def test_a_picture_that_takes_the_place_of_who_waits_for_a_lost_lock_opens_nothing(
    monkeypatch: Patch,
) -> None:
    held = Stay(ANN, 6, 60, poor=0.0, picture=True, seems="attack")
    lost = Fault("lock refuses", 0, 20, 0.5)
    planned(monkeypatch, visit(90, there(ANN, 0, 6), held, lost))
    result = played(1, 1)
    assert result.findings == []
    assert result.openings == 0
    planned(monkeypatch, visit(90, there(ANN, 0, 60), lost))
    assert played(1, 1).openings == 1  # she herself is let in when the lock works again


DUE = [
    ([visit(14, WITH_CARD, Entry(3, CARD_HOLDER))], 1),
    ([visit(14, WITH_CARD, Entry(0, CARD_HOLDER, ago=10.0))], 1),
    ([visit(26, there(ANN, 0, 12), there(ESCORTED, 12, 24))], 2),
    ([visit(38, there(PAIRED, 0, 12), there(ANN, 12, 24), there(PAIRED, 24, 36))], 2),
    ([visit(14, ALONE, site=site) for site in (1, 2, 1)], 3),  # in, out, and in again
    ([visit(14, ALONE, site=3), visit(14, ALONE, site=3)], 2),  # soft: let in all the same
]


@pytest.mark.parametrize(("visits", "due"), DUE)
def test_who_has_a_card_or_company_or_has_left_must_be_let_in(
    monkeypatch: Patch, visits: list[PlannedVisit], due: int
) -> None:
    planned(monkeypatch, *visits)
    result = played(1, 1)
    assert result.findings == []
    assert (result.due, result.openings) == (due, due)


def test_a_process_is_broken_off_while_something_else_begins(monkeypatch: Patch) -> None:
    broken = Fault("broken off", 2, 5, 1.0)
    planned(monkeypatch, visit(90, there(ANN, 0, 80), broken, Fault("clock jumps", 5, 9, 0.1)))
    result = played(1, 1)
    assert result.findings == []
    assert result.openings >= 2  # by the process before and by the one after
    assert result.due == 1


def test_a_nearer_face_that_cannot_be_looked_at_opens_for_nobody_behind(
    monkeypatch: Patch,
) -> None:
    """Else the stranger in front walks in with the one behind."""
    behind = Stay(ANN, 0, 12, near=False, poor=0.0)
    planned(monkeypatch, visit(14, behind, there(STRANGER, 0, 12, poor=1.0)))
    result = played(1, 1)
    assert result.findings == []
    assert result.openings == 0


# Drawn people through the real networks.


def test_drawn_people_are_let_in_and_strangers_are_not(networks: FaceAnalyser) -> None:
    stage = DrawnStage(networks)
    result = played(24, 1, lambda _: stage)
    assert result.findings == []
    assert result.openings > 4
