"""What is remembered from head to head is exactly what a whole search finds."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head
from faceaccess.learn import nearest_rows
from faceaccess.learn.nearest_rows import ANSWERS_KEPT, RememberedRows
from faceaccess.learn.scoring import TwoNearest, best_many, two_nearest

SPACE = EmbeddingSpace("drawn", "none", 8)


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def made(rng: np.random.Generator, people: int) -> Head:
    rows = unit(rng.standard_normal((people, 8)))
    return Head(SPACE, tuple(f"p{i}" for i in range(people)), rows, rows, 32.0, 0)


def next_head(rng: np.random.Generator, head: Head) -> Head:
    """Return a head with some rows moved, some people gone, some new, perhaps in another order."""
    people = len(head.person_ids)
    rows = head.rows.copy()
    moved = rng.choice(people, int(rng.integers(0, 8)), replace=False)
    rows[moved] = unit(rows[moved] + 0.3 * rng.standard_normal((len(moved), 8)))
    kept = np.setdiff1d(np.arange(people), rng.choice(people, int(rng.integers(0, 4))))
    if rng.random() < 0.3:
        kept = rng.permutation(kept)
    new = int(rng.integers(0, 4))
    rows = np.concatenate([rows[kept], unit(rng.standard_normal((new, 8)))])
    ids = tuple(head.person_ids[i] for i in kept) + tuple(
        f"new-{rng.integers(10**9)}-{i}" for i in range(new)
    )
    return Head(SPACE, ids, rows, rows, 32.0, 0)


def assert_same(found: TwoNearest, whole: TwoNearest) -> None:
    assert np.array_equal(found.first, whole.first)
    assert np.array_equal(found.second, whole.second)
    assert found.first_cosine == pytest.approx(whole.first_cosine, abs=1e-6)
    assert found.second_cosine == pytest.approx(whole.second_cosine, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_line_of_heads_is_searched_as_if_whole(seed: int) -> None:
    rng = np.random.default_rng(seed)
    head = made(rng, 60)
    probes, others = unit(rng.standard_normal((2, 40, 8)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest_rows, "LEAST_PEOPLE", 2)
        search = RememberedRows()
        for _ in range(5):
            assert_same(search(head, probes), two_nearest(head, probes))
            assert_same(search(head, others), two_nearest(head, others))
            head = next_head(rng, head)


def test_only_what_moved_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_rows, "LEAST_PEOPLE", 2)
    rng = np.random.default_rng(1)
    head = made(rng, 100)
    probes = unit(head.rows[:50] + 0.05 * rng.standard_normal((50, 8)))
    searched: list[int] = []

    def counted(head: Head, vectors: np.ndarray) -> TwoNearest:
        searched.append(len(vectors))
        return two_nearest(head, vectors)

    monkeypatch.setattr(nearest_rows, "two_nearest", counted)
    search = RememberedRows()
    first = search(head, probes)
    assert search(head, probes.copy()) is first
    assert search(replace(head, rows=head.rows.copy()), probes).first is not first.first
    assert searched == [50]
    rows = head.rows.copy()
    rows[99] = unit(rng.standard_normal(8))
    after = replace(head, rows=rows)
    assert_same(search(after, probes), two_nearest(after, probes))
    assert sum(searched) <= 50 + 5  # those whose second was the row that moved


def test_equal_rows_are_named_by_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_rows, "LEAST_PEOPLE", 2)
    rng = np.random.default_rng(2)
    head = made(rng, 20)
    search = RememberedRows()
    probe = head.rows[3:4]
    search(head, probe)
    rows = head.rows.copy()
    rows[1] = rows[3]
    twin = replace(head, rows=rows)
    found = search(twin, probe)
    assert (found.first[0], found.second[0]) == (1, 3)


def test_a_head_that_is_quite_another_is_searched_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_rows, "LEAST_PEOPLE", 2)
    rng = np.random.default_rng(3)
    probes = unit(rng.standard_normal((30, 8)))
    search = RememberedRows()
    for people in (50, 40, 70):
        head = made(rng, people)
        assert_same(search(head, probes), two_nearest(head, probes))


def test_few_answers_and_no_heads_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_rows, "LEAST_PEOPLE", 2)
    rng = np.random.default_rng(4)
    search = RememberedRows()
    heads = []
    for _ in range(ANSWERS_KEPT + 4):
        head = made(rng, 30)
        search(head, unit(rng.standard_normal((3, 8))))
        heads.append(weakref.ref(head))
    del head
    gc.collect()
    assert len(search._answers) == ANSWERS_KEPT
    assert [one() for one in heads] == [None] * len(heads)


def test_rows_that_differ_have_other_numbers() -> None:
    rng = np.random.default_rng(6)
    rows = unit(rng.standard_normal((5000, 7)))
    numbers = nearest_rows._numbers(rows)
    assert len(set(numbers.tolist())) == len(rows)
    assert np.array_equal(nearest_rows._numbers(rows.copy()), numbers)
    rows[17, 3] = np.nextafter(rows[17, 3], np.float32(2))
    moved = np.flatnonzero(nearest_rows._numbers(rows) != numbers)
    assert moved.tolist() == [17]


def test_matches_are_the_same_by_either_search() -> None:
    rng = np.random.default_rng(5)
    head, search = made(rng, 400), RememberedRows()
    probes = 3.0 * rng.standard_normal((20, 8)).astype(np.float32)
    for one in (head, next_head(rng, head), made(rng, 1)):
        found, whole = best_many(one, probes, search), best_many(one, probes)
        assert np.array_equal(found.first, whole.first)
        assert found.similarity == pytest.approx(whole.similarity, abs=1e-6)
        assert (found.second is None) == (len(one.person_ids) == 1)
