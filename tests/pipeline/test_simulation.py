"""The simulated day: nothing is done wrongly, and the referee sees it where something is."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from faceaccess.core.decisions import Event
from faceaccess.core.locks import LockError, LockOutcome, LockReport
from faceaccess.core.progress import run
from faceaccess.pipeline.door_lock import DoorLock
from faceaccess.pipeline.frozen_camera import FrozenCamera
from faceaccess.pipeline.recognition import Recogniser
from faceaccess.pipeline.simulation import day as days
from faceaccess.pipeline.simulation import simulate as runs
from faceaccess.pipeline.simulation.cast import Visitor
from faceaccess.pipeline.simulation.script import FAULTS, Fault, PlannedVisit, Stay, day
from faceaccess.pipeline.simulation.simulate import SimulationResult, Stages, simulate
from faceaccess.pipeline.simulation.stage import DrawnStage, MadeUpStage
from faceaccess.pipeline.station import Station
from faceaccess.store.sqlite_store import SqliteStore
from faceaccess.vision.analyser import FaceAnalyser

ANN, STRANGER = Visitor(0, staff=True), Visitor(200, staff=False)  # who resembles Ann
DENIED = Visitor(7, staff=True)


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


def _events_forgotten(patch: Patch) -> None:
    real = SqliteStore.all_events

    def all_but_the_first(store: SqliteStore, *more: Any) -> Iterator[Event]:
        events = real(store, *more)
        next(events, None)
        yield from events

    patch.setattr(SqliteStore, "all_events", all_but_the_first)


def visit(steps: int, *what: Stay | Fault) -> PlannedVisit:
    stays = tuple(one for one in what if isinstance(one, Stay))
    faults = tuple(one for one in what if isinstance(one, Fault))
    return PlannedVisit(0, 1.0, stays, faults, steps)


def there(who: Visitor, begin: int, end: int, *, poor: float = 0.0) -> Stay:
    return Stay(who, begin, end, poor=poor)


SABOTAGED = [
    (_any_threshold, "wrong opening", visit(14, there(STRANGER, 0, 12))),
    (
        _late_is_fresh,
        "wrong opening",
        visit(120, there(ANN, 0, 10), Fault("stale", 0, 90, 0.9)),
    ),
    (
        _frozen_is_new,
        "wrong opening",
        visit(60, there(ANN, 0, 4), Fault("locked down", 1, 20, 0.5), Fault("frozen", 2, 28, 0.5)),
    ),
    (
        _whoever_is_in_the_place,
        "wrong opening",
        visit(50, there(ANN, 0, 7), there(STRANGER, 7, 18, poor=1.0), Fault("removed", 9, 14, 0.5)),
    ),
    (_rules_not_asked, "wrong opening", visit(14, there(DENIED, 0, 12))),
    (
        _no_answer_is_good,
        "false granted",
        visit(60, there(ANN, 0, 12), Fault("lock lost", 0, 20, 0.5)),
    ),
    (_nobody_let_in, "wrong refusal", visit(14, there(ANN, 0, 12))),
    (_events_forgotten, "event lost", visit(14, there(ANN, 0, 12))),
]


@pytest.mark.parametrize(("sabotage", "kind", "planned"), SABOTAGED)
def test_the_referee_sees_a_door_that_is_sabotaged(
    monkeypatch: Patch, sabotage: Callable[[Patch], None], kind: str, planned: PlannedVisit
) -> None:
    monkeypatch.setattr(days, "day", lambda *_args, **_more: iter([planned]))
    assert played(1, 1).findings == []  # the door as it is does it rightly
    sabotage(monkeypatch)
    assert kind in {finding.kind for _, finding in played(1, 1).findings}


def test_a_process_is_broken_off_while_something_else_begins(monkeypatch: Patch) -> None:
    broken = Fault("broken off", 2, 5, 1.0)
    planned = visit(90, there(ANN, 0, 80), broken, Fault("clock jumps", 5, 9, 0.1))
    monkeypatch.setattr(days, "day", lambda *_args, **_more: iter([planned]))
    result = played(1, 1)
    assert result.findings == []
    assert result.openings >= 2  # by the process before and by the one after
    assert result.due == 1


def test_a_nearer_face_that_cannot_be_looked_at_opens_for_nobody_behind(
    monkeypatch: Patch,
) -> None:
    """Else the stranger in front walks in with the one behind."""
    behind = Stay(ANN, 0, 12, near=False, poor=0.0)
    planned = visit(14, behind, there(STRANGER, 0, 12, poor=1.0))
    monkeypatch.setattr(days, "day", lambda *_args, **_more: iter([planned]))
    result = played(1, 1)
    assert result.findings == []
    assert result.openings == 0


# Drawn people through the real networks.


def test_drawn_people_are_let_in_and_strangers_are_not(networks: FaceAnalyser) -> None:
    stage = DrawnStage(networks)
    result = played(24, 1, lambda _: stage)
    assert result.findings == []
    assert result.openings > 4
