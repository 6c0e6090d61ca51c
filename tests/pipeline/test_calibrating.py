"""A stated risk becomes a threshold, and stays kept whatever happens to the people."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from crowd import DEFAULT, Crowd, faces, sample

from faceaccess.core.errors import KnownError
from faceaccess.core.progress import run
from faceaccess.core.strangers import Role, role_of
from faceaccess.learn.intervals import prediction_interval
from faceaccess.learn.scoring import match
from faceaccess.pipeline.stranger_parts import DRAWN_TO_CALIBRATE


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with twenty people and 300 strangers, to be copied."""
    folder = tmp_path_factory.mktemp("twenty") / "data"
    crowd = Crowd(folder)
    crowd.add(*range(20))
    crowd.strangers(300)
    crowd.close()
    return folder


@pytest.fixture
def crowd(twenty: Path, tmp_path: Path) -> Iterator[Crowd]:
    shutil.copytree(twenty, tmp_path / "data")
    crowd = Crowd(tmp_path / "data")
    yield crowd
    crowd.close()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Crowd]:
    crowd = Crowd(tmp_path / "data")
    yield crowd
    crowd.close()


def test_an_estimate_is_found_on_the_calibration_part_and_changes_nothing(crowd: Crowd) -> None:
    revision = crowd.store.revision()
    found = run(crowd.calibrating.estimate(0.02))
    estimate = found.estimate
    numbers = range(100_000, 100_300)
    parts = [role_of(f"stranger-{n}") for n in numbers]
    assert estimate.strangers == parts.count(Role.CALIBRATION)
    assert found.test.strangers == parts.count(Role.TEST)
    assert {role_of(owner) for owner in found.strangers.owner_ids} == {Role.CALIBRATION}
    assert found.threshold == estimate.threshold
    assert found.strangers.reaching(estimate.threshold) <= 0.02 * estimate.strangers
    assert estimate.promise
    assert not found.synthetic
    assert (found.unit, found.applied, found.set_aside) == ("picture", False, ())
    assert found.meaning(-1.0).fpir == 1.0
    assert found.curve.strangers == estimate.strangers
    assert (crowd.store.revision(), crowd.threshold()) == (revision, DEFAULT)
    assert crowd.record().estimate is None


def test_applying_states_risk_and_threshold_together(crowd: Crowd) -> None:
    crowd.settings.set(crowd.actor, "threshold", "0.9")
    found = run(crowd.calibrating.apply(crowd.actor, 0.02))
    settings = crowd.settings.get()
    assert (settings.risk, settings.threshold) == (0.02, None)
    assert found.applied
    assert crowd.record().estimate == found.estimate
    assert crowd.threshold() == found.estimate.threshold < 0.9
    again = run(crowd.calibrating.curve())
    assert (again.applied, again.estimate) == (True, found.estimate)


def test_the_risk_alone_cannot_be_set(crowd: Crowd) -> None:
    with pytest.raises(KnownError, match="together") as raised:
        crowd.settings.set(crowd.actor, "risk", "0.01")
    assert raised.value.remedy == "`faceaccess calibrate --risk 0.01 --apply` does both."
    assert crowd.settings.get().risk is None
    crowd.state_risk()
    assert crowd.settings.reset(crowd.actor, "risk").risk is None
    assert crowd.threshold() == DEFAULT


@pytest.mark.parametrize("risk", [0.0, 1.0, 2.0, -0.1, float("nan"), 1e-9])
def test_a_risk_that_cannot_be_asked_for(crowd: Crowd, risk: float) -> None:
    for job in (crowd.calibrating.estimate(risk), crowd.calibrating.apply(crowd.actor, risk)):
        with pytest.raises(KnownError, match="risk"):
            run(job)
    assert crowd.settings.get().risk is None


def test_every_way_into_service_keeps_the_risk(crowd: Crowd) -> None:
    crowd.state_risk(0.02)

    def kept(what: str) -> None:
        record, head = crowd.store.serving_head()
        assert record.estimate is not None, what
        assert record.estimate.risk == 0.02, what
        assert record.estimate.people == record.people == len(head.person_ids), what
        assert crowd.threshold() == record.estimate.threshold, what
        assert record.test is not None, what
        if what not in ("stated", "renewed"):  # a test tells what was found when it was made
            assert record.test.after.threshold == record.estimate.threshold, what
            assert not record.test.synthetic, what

    kept("stated")
    version = crowd.record().version
    crowd.add(30)
    kept("enrolled")
    crowd.add(*range(40, 55))
    kept("imported")
    removed = crowd.directory.remove(crowd.actor, crowd.id_of(30))
    kept("removed")
    crowd.directory.undo_remove(crowd.actor, removed)
    kept("put back")
    crowd.directory.remove_sample(crowd.actor, crowd.store.samples(crowd.id_of(3))[0].id)
    kept("a picture removed")
    assert run(crowd.retraining.run(crowd.actor, full=True)).accepted
    kept("retrained")
    assert run(crowd.heads.use(crowd.actor, version, "to look back")).accepted
    kept("rolled back")
    crowd.strangers(100, first=300_000)
    assert run(crowd.calibrating.renew()).estimate.strangers > 160
    kept("renewed")


def test_without_a_risk_there_is_nothing_to_renew(crowd: Crowd) -> None:
    assert run(crowd.calibrating.renew()) is None
    assert crowd.record().estimate is None


def test_a_growing_gallery_stays_inside_what_was_stated(crowd: Crowd) -> None:
    """FPIR grows with the gallery; the threshold is looked at again with every head."""
    crowd.state_risk(0.02)
    first = crowd.threshold()
    crowd.add(*range(20, 60))
    for number in range(60, 70):
        crowd.add(number)
    crowd.add(*range(70, 150))
    record = crowd.record()
    assert record.people == 150
    assert crowd.threshold() > first
    inside = sum(
        float((crowd.head().means @ faces(n, 1)[0]).max()) >= first for n in range(500_000, 500_400)
    )
    assert inside > 0.02 * 400  # the first threshold would not do any more
    test = record.test.after
    low, high = prediction_interval(record.estimate.belief, test.strangers)
    assert low <= test.strangers_in <= high


def test_drawn_strangers_are_weaker_and_promise_nothing(empty: Crowd) -> None:
    empty.add(*range(12))
    found = run(empty.calibrating.apply(empty.actor, 0.02))
    assert found.synthetic
    assert found.estimate.synthetic
    assert found.estimate.strangers == DRAWN_TO_CALIBRATE
    assert not found.estimate.promise
    assert found.estimate.text.startswith("Cannot promise 1 in 50")
    assert "weaker" in found.estimate.text
    assert empty.record().estimate == found.estimate


def test_fewer_real_strangers_than_needed_are_told(empty: Crowd) -> None:
    empty.add(*range(12))
    empty.strangers(30)
    real = sum(role_of(f"stranger-{n}") is Role.CALIBRATION for n in range(100_000, 100_030))
    assert 0 < real < 20
    estimate = run(empty.calibrating.estimate(0.02)).estimate
    assert estimate.synthetic
    assert f"Only {real} real strangers" in estimate.text


def test_somebody_enrolled_twice_does_not_lock_everybody_out(empty: Crowd) -> None:
    """Drawn strangers resemble the enrolled as these resemble each other."""
    empty.add(*range(5))
    empty.state_risk(0.001)
    calm = empty.threshold()
    empty.add(30, swap={30: 1})
    assert empty.threshold() < calm + 0.1
    (probe,) = faces(2, 1, seed=3)
    assert match(empty.head(), probe).similarity > empty.threshold()


def test_the_same_person_only_is_nobody_to_draw_from(empty: Crowd) -> None:
    empty.add(1)
    empty.add(30, swap={30: 1})
    assert empty.record().test.after.strangers == 0
    with pytest.raises(KnownError, match="too few strangers"):
        empty.state_risk()
    assert empty.threshold() == DEFAULT


def test_with_nobody_enrolled(empty: Crowd) -> None:
    for job in (
        empty.calibrating.estimate(0.01),
        empty.calibrating.apply(empty.actor, 0.01),
        empty.calibrating.curve(),
    ):
        with pytest.raises(KnownError, match="Nobody is enrolled"):
            run(job)


def test_one_person_and_no_stranger_say_nothing_but_can_be_enrolled(empty: Crowd) -> None:
    empty.add(1)
    with pytest.raises(KnownError, match="single enrolled person"):
        run(empty.calibrating.estimate(0.01))
    empty.add(2)
    empty.state_risk()
    threshold = empty.threshold()
    empty.directory.remove(empty.actor, empty.id_of(2))
    # What was found for two people holds for one: FPIR falls with the gallery.
    assert empty.record().estimate.people == 2
    assert empty.threshold() == threshold
    removed = empty.directory.remove(empty.actor, empty.id_of(1))
    assert empty.record().estimate is None
    assert empty.threshold() == DEFAULT
    empty.directory.undo_remove(empty.actor, removed)
    assert empty.threshold() == DEFAULT


def test_one_person_with_one_picture_and_many_strangers(empty: Crowd) -> None:
    empty.add(1, pictures=1)
    empty.strangers(200)
    found = run(empty.calibrating.apply(empty.actor, 0.02))
    assert found.estimate.fnmr is None
    assert found.estimate.promise
    assert np.isnan(found.curve.fnmr).all()


def test_strangers_with_pictures_enough_count_by_the_visit(empty: Crowd) -> None:
    empty.add(*range(10))
    empty.strangers(120, pictures=3)
    found = run(empty.calibrating.estimate(0.02))
    assert (found.unit, found.estimate.unit) == ("visit", "visit")
    by_visit = found.threshold
    empty.settings.set(empty.actor, "evidence_frames", "1")
    found = run(empty.calibrating.estimate(0.02))
    assert (found.unit, found.estimate.unit) == ("picture", "picture")
    assert by_visit < found.threshold  # the worst of three pictures is surer than three together


def test_a_stranger_who_was_enrolled_since_is_set_aside_and_named(crowd: Crowd) -> None:
    crowd.state_risk(0.02)
    calm = crowd.threshold()
    number = next(n for n in range(100_000, 100_300) if is_calibrating(n))
    taken = crowd.add(number)
    (aside,) = taken.set_aside
    assert (aside.stranger_id, aside.label) == (f"stranger-{number}", f"Stranger {number}")
    assert (aside.person_id, aside.person) == (taken.person_ids[0], f"Person {number}")
    assert aside.similarity > 0.7
    assert (
        crowd.record().estimate.strangers == sum(map(is_calibrating, range(100_000, 100_300))) - 1
    )
    assert crowd.threshold() < calm + 0.1
    (again,) = run(crowd.calibrating.estimate(0.02)).set_aside
    assert again == aside


def test_a_look_alike_stranger_is_not_set_aside(crowd: Crowd) -> None:
    """Strangers who only resemble somebody are what the threshold is there for."""
    (own,) = faces(3, 1)
    (other,) = faces(777, 1)
    with crowd.store.transaction() as transaction:
        mixed = 0.5 * own + 0.5 * other
        mixed = (mixed / np.linalg.norm(mixed)).astype(np.float32)
        transaction.add_stranger("brother", [sample(mixed)], stranger_id="stranger-100001b")
    assert run(crowd.calibrating.estimate(0.02)).set_aside == ()


def is_calibrating(number: int) -> bool:
    return role_of(f"stranger-{number}") is Role.CALIBRATION


def test_calibrating_again_while_others_write(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who is enrolled while it calibrates is in what is stored."""
    measured = crowd.calibrating._measured
    calls: list[float | None] = []

    def overtaken(risk: float | None) -> object:
        found = measured(risk)
        calls.append(risk)
        if len(calls) == 1:
            crowd.add(99)
        return found

    monkeypatch.setattr(crowd.calibrating, "_measured", overtaken)
    found = run(crowd.calibrating.apply(crowd.actor, 0.02))
    assert calls == [0.02, 0.02]
    assert found.estimate.people == 21
    assert crowd.record().estimate == found.estimate
