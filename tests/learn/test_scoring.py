"""Rows pick the class, means give the similarity; nothing is compared across spaces."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaccess.core.corrections import CounterExamples
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head, Match
from faceaccess.learn import scoring
from faceaccess.learn.scoring import (
    CENTRED,
    FEW_PROBES,
    best_many,
    centred,
    check_lengths,
    check_space,
    match,
    match_many,
    remove_people,
    uncontradicted,
)

PLANE = EmbeddingSpace("sface", "5pt-112-gray", 2)


def at(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def head(rows: tuple[float, ...], means: tuple[float, ...]) -> Head:
    names = tuple("abcdefgh"[: len(rows)])
    return Head(
        PLANE, names, at(*rows).reshape(-1, 2), at(*means).reshape(-1, 2), scale=32.0, steps=3
    )


def test_rows_pick_and_means_measure() -> None:
    # The probe at 0 degrees is nearest to a's row (10), though b's mean (20) is nearer than a's.
    found = match(head((10, 30, 90), (40, 20, 90)), at(0)[0])
    assert found.person_id == "a"
    assert found.similarity == pytest.approx(np.cos(np.radians(40)), abs=1e-6)
    assert found.runner_up_id == "b"
    assert found.runner_up_similarity == pytest.approx(np.cos(np.radians(20)), abs=1e-6)
    assert found.margin is not None
    assert found.margin < 0


def test_one_person_has_no_runner_up() -> None:
    found = match(head((0,), (0,)), at(60)[0])
    assert (found.person_id, found.runner_up_id, found.margin) == ("a", None, None)
    assert found.similarity == pytest.approx(0.5)


def test_equal_rows_name_the_first() -> None:
    found = match(head((0, 0), (0, 0)), at(0)[0])
    assert (found.person_id, found.runner_up_id) == ("a", "b")
    assert found.margin == 0.0


def test_length_of_the_probe_does_not_matter_and_cosines_stay_in_range() -> None:
    one = head((0, 90), (0, 90))
    for length in (1e-3, 1.0, 1e3):
        found = match(one, np.array([length, 0], np.float32))
        assert found.similarity == pytest.approx(1.0)
        assert found.similarity <= 1.0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), probes=st.integers(0, 9), people=st.integers(1, 9))
def test_many_agree_with_one_by_one_across_blocks(seed: int, probes: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    space = EmbeddingSpace("m", "p", 8)

    def rows(n: int) -> np.ndarray:
        found = rng.standard_normal((n, 8))
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    ids = tuple(str(i) for i in range(people))
    one = Head(space, ids, rows(people), rows(people), scale=32.0, steps=0)
    vectors = rows(probes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "PROBES_AT_ONCE", 4)
        found = match_many(one, vectors)
    assert len(found) == probes
    for vector, many in zip(vectors, found, strict=True):
        order = np.argsort(-(one.rows @ vector))
        assert many.person_id == ids[order[0]]
        assert many.similarity == pytest.approx(float(one.means[order[0]] @ vector), abs=1e-5)
        if people > 1:
            assert many.runner_up_id == ids[order[1]]
        single = match(one, vector)
        assert (single.person_id, single.runner_up_id) == (many.person_id, many.runner_up_id)


def test_nobody_enrolled_is_a_known_error() -> None:
    with pytest.raises(KnownError, match="Nobody is enrolled"):
        match(remove_people(head((0,), (0,)), ["a"]), at(0)[0])


@pytest.mark.parametrize(
    "probes",
    [np.zeros((1, 2)), np.array([[np.nan, 1.0]]), np.ones((1, 3)), np.ones(2), np.ones((1, 1, 2))],
)
def test_broken_probes_are_never_scored(probes: np.ndarray) -> None:
    with pytest.raises(BugError):
        match_many(head((0, 90), (0, 90)), probes.astype(np.float32))


def test_match_wants_one_probe() -> None:
    with pytest.raises(BugError, match="probe"):
        match(head((0,), (0,)), at(0))


@pytest.mark.parametrize(
    "other",
    [
        EmbeddingSpace("dlib", "5pt-112-gray", 2),
        EmbeddingSpace("sface", "5pt-112-colour", 2),
        EmbeddingSpace("sface", "5pt-112-gray", 3),
    ],
)
def test_another_space_is_refused_by_name(other: EmbeddingSpace) -> None:
    one = head((0,), (0,))
    check_space(one, PLANE)
    with pytest.raises(KnownError) as error:
        check_space(one, other)
    assert str(PLANE) in error.value.text
    assert str(other) in error.value.text
    assert "retrain --full" in error.value.remedy


def test_rows_and_means_must_be_of_length_one() -> None:
    sound = head((0, 90), (3, 80))
    check_lengths(sound)
    check_lengths(head((), ()))
    for name in ("rows", "means"):
        for number in (1.2, 1e30, np.nan, np.inf, 0.0):
            spoilt = getattr(sound, name).copy()
            spoilt[1] = number
            with pytest.raises(KnownError, match="damaged"):
                check_lengths(replace(sound, **{name: spoilt}))


# --- counter-examples: "this is not me"


def test_the_nearest_counter_example_of_the_pick_is_told() -> None:
    examples = CounterExamples(("a", "b", "a", "gone"), at(30, 5, 50, 0))
    one = replace(head((0, 90), (0, 90)), counter_examples=examples)
    found = match_many(one, at(10, 20, 80))
    # 10 and 20 degrees are a's: the example at 30 is nearest; those of others do not matter.
    counters = [m.counter_similarity for m in found]
    expected = [np.cos(np.radians(20)), np.cos(np.radians(10)), np.cos(np.radians(75))]
    assert counters == pytest.approx(expected, abs=1e-6)
    assert [m.contradicted for m in found] == [False, True, False]
    assert best_many(one, at(10, 20)).reached == pytest.approx(
        [np.cos(np.radians(10)), -np.inf], abs=1e-6
    )


def test_clearly_nearer_than_the_mean_is_contradicted_and_none_is_not() -> None:
    examples = CounterExamples(("b",), at(80))
    one = replace(head((0, 90), (0, 90)), counter_examples=examples)
    first, between, same = match_many(one, at(0, 85, 80))
    assert (first.counter_similarity, first.contradicted) == (None, False)
    assert not between.contradicted  # 5 degrees from either
    assert same.contradicted


@pytest.mark.parametrize(
    ("similarity", "counter", "contradicted"),
    [
        (0.5, 0.549, False),
        (0.5, 0.551, True),
        (0.5, np.nan, True),
        (np.nan, 0.5, True),
        (0.5, -np.inf, False),
        (0.98, 0.989, False),  # half of what is left to 1 is 0.01
        (0.98, 0.991, True),
        (0.98, 1.0, True),
        (1.0, 1.0, True),
        (1.0, 0.99, False),
    ],
)
def test_how_much_nearer_contradicts(similarity: float, counter: float, contradicted: bool) -> None:
    assert Match("b", similarity, counter_similarity=counter).contradicted is contradicted
    reached = uncontradicted(np.array([similarity]), np.array([counter]))
    assert np.isneginf(reached[0]) == contradicted


def test_the_same_picture_is_always_contradicted_whatever_is_taken_off() -> None:
    rng = np.random.default_rng(5)
    for preprocessing in ("5pt-112-gray", "5pt-112-gray-mirrored"):
        made = rng.standard_normal((60, 16)).astype(np.float32)
        unit = made / np.linalg.norm(made, axis=1, keepdims=True)
        space = EmbeddingSpace("sface", preprocessing, 16)
        one = Head(space, tuple(map(str, range(20))), unit[:20], unit[:20], 32.0, 0)
        probes = unit[20:]
        named = tuple(m.person_id for m in match_many(one, probes))
        told = replace(one, counter_examples=CounterExamples(named, probes))
        for block in (probes, probes[:2]):
            assert all(m.contradicted for m in match_many(told, block))


def test_remove_takes_the_counter_examples_along() -> None:
    examples = CounterExamples(("a", "b", "a"), at(1, 2, 3))
    one = replace(head((0, 90), (0, 90)), counter_examples=examples)
    kept = remove_people(one, ["a"]).counter_examples
    assert kept is not None
    assert kept.person_ids == ("b",)
    assert np.array_equal(kept.vectors, at(2))
    assert remove_people(one, ["b", "a"]).counter_examples is None


def test_remove_keeps_the_others_as_they_are() -> None:
    before = head((0, 30, 60), (1, 31, 61))
    after = remove_people(before, ["b", "nobody"])
    assert after.person_ids == ("a", "c")
    assert np.array_equal(after.rows, before.rows[[0, 2]])
    assert np.array_equal(after.means, before.means[[0, 2]])
    assert (after.space, after.scale, after.steps) == (PLANE, 32.0, 3)
    assert before.person_ids == ("a", "b", "c")


# --- what faces share

VIEWED = EmbeddingSpace("sface", "5pt-112-gray-mirrored", 2)


def test_a_part_of_what_faces_share_is_taken_off_where_that_was_measured() -> None:
    one = replace(head((60, 120), (60, 120)), space=VIEWED)
    # Means at 60 and 120 degrees: their product is cos 60 = 0.5, so they share a vector upwards of
    # length sqrt(0.5) x 2 / 7; 0.4 of that is taken off.
    assert one.shared == pytest.approx([0.0, np.sqrt(0.5) * 2 / 7], abs=1e-6)
    off = 0.4 * np.sqrt(0.5) * 2 / 7

    def apart(degrees: float) -> np.ndarray:
        vector = at(degrees)[0] - [0.0, off]
        return vector / np.linalg.norm(vector)

    found = match(one, at(80)[0])
    assert found.person_id == "a"
    assert found.similarity == pytest.approx(float(apart(80) @ apart(60)), abs=1e-6)
    assert found.runner_up_similarity == pytest.approx(float(apart(80) @ apart(120)), abs=1e-6)
    assert found.similarity < np.cos(np.radians(20))


def test_other_spaces_compare_as_they_always_did() -> None:
    assert (PLANE.model, PLANE.preprocessing) not in CENTRED
    one = head((60, 120), (60, 120))
    assert centred(one, one.means) is one.means
    assert match(one, at(80)[0]).similarity == pytest.approx(np.cos(np.radians(20)), abs=1e-6)


def test_one_person_shares_nothing_with_anybody() -> None:
    one = replace(head((60,), (60,)), space=VIEWED)
    assert not one.shared.any()
    assert match(one, at(80)[0]).similarity == pytest.approx(np.cos(np.radians(20)), abs=1e-6)


def test_a_probe_that_is_all_that_faces_share_is_no_division_by_zero() -> None:
    one = replace(head((90, 90), (90, 90)), space=VIEWED)
    found = match(one, np.array([0.0, 1e-30], np.float32))
    assert -1.0 <= found.similarity <= 1.0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), people=st.integers(2, 40))
def test_few_probes_and_many_give_the_same(seed: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    made = rng.standard_normal((people + 3 * FEW_PROBES, 16)).astype(np.float32)
    unit = made / np.linalg.norm(made, axis=1, keepdims=True)
    space = EmbeddingSpace("sface", "5pt-112-gray-mirrored", 16)
    ids = tuple(str(i) for i in range(people))
    one = Head(space, ids, unit[:people], unit[:people], scale=32.0, steps=0)
    probes = unit[people:]
    many = best_many(one, probes)
    for i in range(0, len(probes), FEW_PROBES):
        few = best_many(one, probes[i : i + FEW_PROBES])
        assert few.similarity == pytest.approx(many.similarity[i : i + FEW_PROBES], abs=1e-5)
        assert few.runner_up == pytest.approx(many.runner_up[i : i + FEW_PROBES], abs=1e-5)
        assert np.array_equal(few.first, many.first[i : i + FEW_PROBES])


def test_scoring_and_the_trainers_door_do_not_import_torch() -> None:
    code = (
        "import sys, faceaccess.learn.scoring, faceaccess.learn.head_trainer\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
