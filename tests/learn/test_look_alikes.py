"""Pairs whose pictures reach each other's threshold more often than the stated risk."""

from statistics import NormalDist

import numpy as np
import pytest

from faceaccess.core.errors import BugError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.learn import scoring
from faceaccess.learn.look_alikes import SPREAD, find_look_alikes

PLANE = EmbeddingSpace("m", "p", 2)


def at(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def plane(*degrees: float) -> tuple[Head, TrainingSet]:
    """One picture a person, at these angles."""
    ids = tuple("abcdefgh"[: len(degrees)])
    return Head(PLANE, ids, at(*degrees), at(*degrees), 32.0, 0), TrainingSet(at(*degrees), ids)


def risk_of(degrees: float, threshold: float) -> float:
    return 1.0 - NormalDist(float(np.cos(np.radians(degrees))), SPREAD).cdf(threshold)


def test_risks_by_hand() -> None:
    head, data = plane(0, 60, 180)
    found = find_look_alikes(head, data, threshold=0.6, risk=0.01)
    # a and b: cosine 0.5, which is 0.1 below the threshold, so 1.33 standard deviations.
    assert [(pair.first_id, pair.second_id) for pair in found] == [("a", "b")]
    assert found[0].similarity == pytest.approx(0.5, abs=1e-6)
    assert found[0].risk == pytest.approx(risk_of(60, 0.6), abs=1e-6)
    assert not found[0].same_person
    assert find_look_alikes(head, data, threshold=0.6, risk=0.1) == []
    assert len(find_look_alikes(head, data, threshold=0.5, risk=0.1)) == 1


def test_the_worst_come_first_and_one_person_enrolled_twice_is_told() -> None:
    head, data = plane(0, 50, 52, 90)
    found = find_look_alikes(head, data, threshold=0.6, risk=0.01)
    assert (found[0].first_id, found[0].second_id) == ("b", "c")
    assert found[0].same_person
    assert [pair.risk for pair in found] == sorted((pair.risk for pair in found), reverse=True)
    assert not found[-1].same_person


def test_only_asked_people_are_looked_at_from_both_sides() -> None:
    head, data = plane(0, 40, 80)
    every = find_look_alikes(head, data, threshold=0.6, risk=0.01)
    assert {(p.first_id, p.second_id) for p in every} == {("a", "b"), ("b", "c")}
    for person in "ac":
        only = find_look_alikes(head, data, 0.6, 0.01, only=frozenset(person))
        (expected,) = [p for p in every if person in (p.first_id, p.second_id)]
        assert (only[0].first_id, only[0].second_id) == (expected.first_id, expected.second_id)
        assert only[0].risk == pytest.approx(expected.risk, abs=1e-6)
        assert len(only) == 1
    assert find_look_alikes(head, data, 0.6, 0.01, only=frozenset({"gone"})) == []


def test_the_spread_is_measured_where_pictures_are_enough() -> None:
    rng = np.random.default_rng(0)
    space = EmbeddingSpace("m", "p", 64)
    centres = rng.standard_normal((40, 64))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    made = centres.repeat(3, 0) + 0.08 * rng.standard_normal((120, 64))
    vectors = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    ids = tuple(str(i) for i in range(40))
    sums = vectors.reshape(40, 3, 64).sum(axis=1)
    means = (sums / np.linalg.norm(sums, axis=1, keepdims=True)).astype(np.float32)
    head = Head(space, ids, means, means, 32.0, 0)
    data = TrainingSet(vectors, tuple(i for i in ids for _ in range(3)))
    found = find_look_alikes(head, data, threshold=0.35, risk=0.001)
    assert found
    # The pictures' own spread is about 0.08 / length 1.18; so a pair's risk follows from it.
    a, b = ids.index(found[0].first_id), ids.index(found[0].second_id)
    one = max(float((vectors[3 * i : 3 * i + 3] @ means[j]).mean()) for i, j in ((a, b), (b, a)))
    spread = (0.35 - one) / NormalDist().inv_cdf(1 - found[0].risk)
    assert 0.05 < spread < 0.09


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    head, data = plane(*np.random.default_rng(1).uniform(0, 360, 8))
    whole = find_look_alikes(head, data, 0.8, 0.01)
    monkeypatch.setattr(scoring, "PROBES_AT_ONCE", 3)
    assert find_look_alikes(head, data, 0.8, 0.01) == whole


def test_few_people_and_people_without_pictures() -> None:
    head, data = plane(0)
    assert find_look_alikes(head, data, 0.5, 0.01) == []
    head, _ = plane(0, 1)
    assert find_look_alikes(head, TrainingSet(at(), ()), 0.5, 0.01) == []
    one_sided = find_look_alikes(head, TrainingSet(at(0), ("a",)), 0.5, 0.01)
    assert [(p.first_id, p.second_id) for p in one_sided] == [("a", "b")]
    others = find_look_alikes(head, TrainingSet(at(0, 0), ("a", "nobody")), 0.5, 0.01)
    assert len(others) == 1


@pytest.mark.parametrize("risk", [0.0, 1.0, np.nan])
def test_a_risk_that_is_none_is_a_bug(risk: float) -> None:
    head, data = plane(0, 1)
    with pytest.raises(BugError):
        find_look_alikes(head, data, 0.5, risk)
