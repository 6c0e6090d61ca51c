"""Attempts are scored as the door scores: each score is the greatest threshold that lets in."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaccess.core.corrections import CounterExamples
from faceaccess.core.decisions import Outcome
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.evidence_rule import EvidenceRule
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.core.strangers import StrangerSet
from faceaccess.door.policy import Rules, Sighting, Standing, decide
from faceaccess.learn import scoring
from faceaccess.learn.open_set import (
    Attempts,
    held_out_pictures,
    own_pictures,
    stranger_pictures,
    stranger_visits,
)
from faceaccess.learn.scoring import match_many

PLANE = EmbeddingSpace("sface", "5pt-112-gray", 2)


def at(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def cosine(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))


def head(*means: float) -> Head:
    return Head(PLANE, tuple("abcdefgh"[: len(means)]), at(*means), at(*means), 32.0, 0)


def test_a_stranger_counts_by_the_picture_that_resembles_somebody_most() -> None:
    strangers = StrangerSet(at(30, 200, 100, 50), ("x", "y", "x", "y"))
    found = stranger_pictures(head(0, 90), strangers)
    # x: 30 degrees from a, 10 from b; y: 110 from b at best, and 40 from b.
    assert found.owner_ids == ("x", "y")
    assert found.person_ids == ("b", "b")
    assert found.scores == pytest.approx([cosine(10), cosine(40)], abs=1e-6)
    assert found.reaching(cosine(20)) == 1
    assert found.reaching(-1.0) == 2


def test_reaching_is_what_the_door_lets_in() -> None:
    attempts = Attempts(("x", "y"), np.array([0.5, -np.inf]), ("a", "a"))
    assert attempts.reaching(0.5) == 1
    assert attempts.reaching(np.nextafter(0.5, 1.0)) == 0
    assert attempts.reaching(-1e9) == 1


def test_nobody_enrolled_is_a_known_error_and_another_length_a_bug() -> None:
    nobody = Head(PLANE, (), np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32), 1.0, 0)
    with pytest.raises(KnownError):
        stranger_pictures(nobody, StrangerSet(at(0), ("x",)))
    with pytest.raises(BugError):
        stranger_pictures(head(0), StrangerSet(np.ones((1, 3), np.float32), ("x",)))


# --- visits


def test_a_visit_is_scored_by_the_best_moment_of_it() -> None:
    rule = EvidenceRule(frames=3, contradiction=0.1, least_margin=0.02)
    visits = StrangerSet(at(10, 20, 40, 80, 15, 60, 10, 20, 30), tuple("xxxyzuuuu"))
    found = stranger_visits(head(0, 170), visits, rule)
    x = min(cosine(20), (cosine(10) + cosine(20) + cosine(40)) / 3)
    # y and z have one picture each: that one must agree. u: after three pictures 2 of 3 reach
    # cos 20 and the mean is that of 60, 10 and 20; after four, 2 of 4, and a better mean.
    four = (cosine(60) + cosine(10) + cosine(20) + cosine(30)) / 4
    three = (cosine(60) + cosine(10) + cosine(20)) / 3
    assert four > three
    assert found.scores == pytest.approx([x, cosine(80), cosine(15), four], abs=1e-6)


def test_only_the_window_counts_and_the_best_one_of_all() -> None:
    rule = EvidenceRule(frames=3, contradiction=0.1, least_margin=0.02)
    # Five count at most: the third window is the last five, after the far first two have gone.
    visits = StrangerSet(at(80, 80, 30, 30, 30, 30, 30, 85, 85), ("x",) * 9)
    assert rule.window == 5
    found = stranger_visits(head(0, 170), visits, rule)
    assert found.scores == pytest.approx([cosine(30)], abs=1e-6)


def test_pictures_that_name_others_let_nobody_in() -> None:
    rule = EvidenceRule(frames=3, contradiction=0.1, least_margin=0.02)
    visits = StrangerSet(at(5, 8, 85, 10, 84, 80, 80, 80, 5, 1), tuple("xxxyyyzzzz"))
    found = stranger_visits(head(0, 90), visits, rule)
    # x: two for a, and one that names b as surely; y: two for b and one for a; z: after three, two
    # for b and one for a; after four, a tie of two.
    assert list(found.scores) == [-np.inf] * 3
    assert found.person_ids[:2] == ("a", "b")


def test_two_classes_of_one_look_let_nobody_in() -> None:
    rule = EvidenceRule(frames=1, contradiction=0.1, least_margin=0.02)
    found = stranger_visits(head(0, 1), StrangerSet(at(0), ("x",)), rule)
    assert found.scores[0] == -np.inf
    apart = stranger_visits(head(0, 60), StrangerSet(at(0), ("x",)), rule)
    assert apart.scores[0] == pytest.approx(1.0)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    pictures=st.integers(3, 8),
    threshold=st.floats(-0.9, 0.99),
    k=st.integers(1, 3),
    corrected=st.booleans(),
)
def test_scores_agree_with_the_doors_policy(
    seed: int, pictures: int, threshold: float, k: int, corrected: bool
) -> None:
    rng = np.random.default_rng(seed)
    space = EmbeddingSpace("m", "p", 3)

    def unit(n: int) -> np.ndarray:
        made = rng.standard_normal((n, 3))
        return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)

    means = unit(3)
    counter = CounterExamples(("a", "b", "gone"), unit(3)) if corrected else None
    one = Head(space, ("a", "b", "c"), means, means, 32.0, 0, counter)
    about = means[0] + 0.6 * rng.standard_normal((pictures, 3))
    vectors = (about / np.linalg.norm(about, axis=1, keepdims=True)).astype(np.float32)
    rules = Rules(threshold, k)
    sightings = [Sighting(0.1 * i, match=m) for i, m in enumerate(match_many(one, vectors))]
    people = {person: Standing(person, active=True) for person in "abc"}
    granted = any(
        decide(sightings[: i + 1], 0.1 * i, rules, people).outcome is Outcome.GRANTED
        for i in range(k - 1, pictures)
    )
    found = stranger_visits(one, StrangerSet(vectors, ("x",) * pictures), rules.evidence)
    if abs(found.scores[0] - threshold) > 1e-5:
        assert granted == bool(found.scores[0] >= threshold)


# --- held-out pictures


def test_a_held_out_picture_is_compared_with_its_owners_other_pictures() -> None:
    data = TrainingSet(at(0, 10, 40, 90, 120), ("a", "b", "a", "a", "c"))
    one = Head(PLANE, ("a", "b", "c"), at(43, 300, 200), at(43, 300, 200), 32.0, 0)
    found = held_out_pictures(one, data)
    # Means of two unit vectors lie halfway: 0 against 65, 40 against 45, 90 against 20 degrees.
    assert found.owner_ids == ("a", "a", "a")
    assert found.person_ids == ("b", "a", "a")
    # 0 degrees is nearer to b's row (60 degrees off) than to a's others (65): lost whatever.
    assert found.scores[0] == -np.inf
    assert found.scores[1:] == pytest.approx([cosine(5), cosine(70)], abs=1e-6)


def test_the_owners_own_row_is_no_rival_and_one_picture_is_not_held_out() -> None:
    data = TrainingSet(at(0, 60, 5), ("a", "a", "b"))
    one = Head(PLANE, ("a", "b"), at(30, 200), at(30, 200), 32.0, 0)
    found = held_out_pictures(one, data)
    assert found.owner_ids == ("a", "a")
    assert found.scores == pytest.approx([0.5, 0.5], abs=1e-6)
    assert held_out_pictures(one, data, only=["b"]).owner_ids == ()
    assert held_out_pictures(one, data, only=["a"]).owner_ids == ("a", "a")


def test_pictures_that_cancel_out_are_near_nobody() -> None:
    data = TrainingSet(at(0, 90, 270), ("a", "a", "a"))
    one = Head(PLANE, ("a",), at(0), at(0), 32.0, 0)
    found = held_out_pictures(one, data)
    assert found.scores[0] == pytest.approx(0.0, abs=1e-6)


def test_one_person_has_no_rival() -> None:
    found = held_out_pictures(head(0), TrainingSet(at(0, 20), ("a", "a")))
    assert found.scores == pytest.approx([cosine(20)] * 2, abs=1e-6)


def test_enrolled_pictures_are_scored_as_the_head_knows_them() -> None:
    data = TrainingSet(at(0, 10, 40, 90, 120), ("a", "b", "a", "a", "c"))
    # a's row stands wrong, near c's pictures; its mean is right. b's mean stands wrong.
    one = Head(PLANE, ("a", "b", "c"), at(300, 10, 119), at(43, 100, 120), 32.0, 0)
    found = own_pictures(one, data)
    assert found.enrolled.owner_ids == ("a", "a", "a", "b", "c")
    assert found.enrolled.person_ids == ("b", "b", "c", "b", "c")
    assert list(found.enrolled.scores[:3]) == [-np.inf] * 3
    assert found.enrolled.scores[3:] == pytest.approx([cosine(90), 1.0], abs=1e-6)
    assert found.held_out.owner_ids == ("a", "a", "a")
    only = own_pictures(one, data, only=["c", "nobody"])
    assert (only.enrolled.owner_ids, only.held_out.owner_ids) == (("c",), ())


def test_enrolled_pictures_agree_with_the_matches() -> None:
    rng = np.random.default_rng(2)
    data = TrainingSet(at(*rng.uniform(0, 360, 30)), tuple("abcde" * 6))
    one = head(*rng.uniform(0, 360, 5))
    found = own_pictures(one, data).enrolled
    order = np.argsort(data.labels, kind="stable")
    for i, found_match in enumerate(match_many(one, data.vectors[order])):
        assert found.person_ids[i] == found_match.person_id
        if found_match.person_id == found.owner_ids[i]:
            assert found.scores[i] == pytest.approx(found_match.similarity, abs=1e-6)
        else:
            assert found.scores[i] == -np.inf


def test_counter_examples_keep_pictures_out() -> None:
    one = replace(head(0, 90), counter_examples=CounterExamples(("a", "b"), at(20, 300)))
    # x is nearer to what a is not (20) than to a; y is not; z is b's, whose example is far.
    found = stranger_pictures(one, StrangerSet(at(15, 5, 80), ("x", "y", "z")))
    assert found.scores == pytest.approx([-np.inf, cosine(5), cosine(10)], abs=1e-6)
    several = stranger_pictures(one, StrangerSet(at(15, 40), ("x", "x")))
    # 40 degrees are 20 from the example and 40 from a: no picture of x is let in.
    assert several.scores[0] == -np.inf
    own = own_pictures(one, TrainingSet(at(0, 18), ("a", "a")))
    assert own.held_out.scores == pytest.approx([cosine(18), -np.inf], abs=1e-6)
    assert own.enrolled.scores == pytest.approx([1.0, -np.inf], abs=1e-6)


def test_who_has_no_class_is_a_bug() -> None:
    with pytest.raises(BugError, match="no class b"):
        held_out_pictures(head(0), TrainingSet(at(0, 1), ("b", "b")))


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    data = TrainingSet(at(*rng.uniform(0, 360, 40)), tuple("abcde" * 8))
    one = head(*rng.uniform(0, 360, 5))
    whole = held_out_pictures(one, data)
    monkeypatch.setattr(scoring, "PROBES_AT_ONCE", 7)
    assert np.array_equal(held_out_pictures(one, data).scores, whole.scores)
