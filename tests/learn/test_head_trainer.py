"""The trained head names people, keeps its promises with few and many, and can be closed."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from faceaccess.core.clock import ManualClock
from faceaccess.core.corrections import CounterExamples
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.core.progress import Progress, run
from faceaccess.learn import cosine_softmax, head_trainer
from faceaccess.learn.head_trainer import NEARBY, extend_head, fit_head, shrink_head
from faceaccess.learn.person_means import person_means
from faceaccess.learn.scoring import match_many, remove_people

SPACE = EmbeddingSpace("drawn", "none", 32)

MakePeople = Callable[..., TrainingSet]


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture
def make_people() -> MakePeople:
    def people(
        count: int, pictures: int = 3, *, seed: int = 0, spread: float = 0.1, prefix: str = "p"
    ) -> TrainingSet:
        """Pictures of a person have a cosine of about 1 / (1 + 32 * spread^2) to each other."""
        rng = np.random.default_rng(seed)
        centres = unit(rng.standard_normal((count, SPACE.dimension)))
        noise = spread * rng.standard_normal((count * pictures, SPACE.dimension))
        ids = tuple(f"{prefix}{i}" for i in range(count) for _ in range(pictures))
        return TrainingSet(unit(np.repeat(centres, pictures, axis=0) + noise), ids)

    return people


def joined(*sets: TrainingSet) -> TrainingSet:
    return TrainingSet(
        np.concatenate([s.vectors for s in sets]), tuple(i for s in sets for i in s.person_ids)
    )


def fit(data: TrainingSet, steps: int = 30) -> Head:
    return run(fit_head(data, SPACE, steps=steps)).head


def row_to_mean(head: Head) -> NDArray[np.float32]:
    return np.asarray((head.rows * head.means).sum(axis=1))


def siblings(make_people: MakePeople) -> TrainingSet:
    """Twelve people of whom the last two look alike."""
    data = make_people(12, seed=4)
    vectors = data.vectors.copy()
    vectors[33:] = unit(0.8 * vectors[30:33] + 0.45 * vectors[33:])
    return TrainingSet(vectors, data.person_ids)


def means_of(data: TrainingSet) -> dict[str, NDArray[np.float32]]:
    return dict(zip(data.people, person_means(data), strict=True))


# --- a full fit


@pytest.mark.parametrize("people", [1, 2, 5, 20])
@pytest.mark.parametrize("pictures", [1, 3])
def test_few_people(make_people: MakePeople, people: int, pictures: int) -> None:
    data = make_people(people, pictures)
    trained = run(fit_head(data, SPACE, steps=200))
    head = trained.head
    assert head.person_ids == tuple(f"p{i}" for i in range(people))
    assert (head.space, head.scale) == (SPACE, 32.0)
    for person, row in zip(head.person_ids, head.means, strict=True):
        np.testing.assert_allclose(row, means_of(data)[person], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(head.rows, axis=1), 1.0, atol=1e-5)
    # Rows of few people stay near their means: there is little to win.
    assert row_to_mean(head).min() > 0.85
    probes = make_people(people, 5, spread=0.08)
    found = match_many(head, probes.vectors)
    assert [m.person_id for m in found] == list(probes.person_ids)
    if people == 1:
        assert (trained.losses, head.steps, trained.stopped_by) == ((), 0, "nothing to train")
        assert np.array_equal(head.rows, head.means)


def test_people_who_look_alike_are_told_apart_better_than_by_their_means(
    make_people: MakePeople,
) -> None:
    data = siblings(make_people)
    means, trained = fit(data, steps=0), run(fit_head(data, SPACE, steps=30))
    assert np.array_equal(means.rows, means.means)
    assert trained.losses[-1] < 0.6 * trained.losses[0]
    assert len(trained.losses) == trained.head.steps + 1

    def gap(head: Head) -> float:
        scores = data.vectors[30:33] @ head.rows[10:].T
        return float((scores[:, 0] - scores[:, 1]).min())

    assert gap(trained.head) > gap(means) + 0.05


def test_training_stops_when_there_is_nothing_to_win(make_people: MakePeople) -> None:
    trained = run(fit_head(make_people(2, spread=0.01), SPACE, steps=30))
    assert trained.stopped_by == "loss"
    assert trained.head.steps < 5
    assert trained.losses[-1] <= cosine_softmax.LOSS_GOAL


def test_the_same_pictures_under_two_names_do_not_move(make_people: MakePeople) -> None:
    one = make_people(1)
    twice = joined(one, TrainingSet(one.vectors, ("again",) * 3))
    trained = run(fit_head(twice, SPACE, steps=30))
    assert np.isfinite(trained.head.rows).all()
    # Both rows belong to the same pictures: no direction separates them.
    assert np.abs(trained.head.rows[0] - trained.head.rows[1]).max() < 1e-3


def test_many_people_in_pieces(make_people: MakePeople, monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_people(60, spread=0.15)
    whole = fit(data)
    monkeypatch.setattr(cosine_softmax, "LOGITS_AT_ONCE", 7 * 60)
    seen: list[Progress] = []
    in_pieces = run(fit_head(data, SPACE, steps=30), seen.append)
    np.testing.assert_allclose(in_pieces.head.rows, whole.rows, atol=2e-3)
    # 26 pieces an evaluation: it can be closed within one, too.
    assert len(seen) > 3 * len(in_pieces.losses)


def test_progress_tells_the_figures_after_each_step(make_people: MakePeople) -> None:
    seen: list[Progress] = []
    trained = run(fit_head(make_people(30, spread=0.15), SPACE, steps=6), seen.append)
    figures = [p.figures for p in seen if p.figures]
    assert [f["step"] for f in figures] == list(range(7))
    assert tuple(f["loss"] for f in figures) == trained.losses
    assert figures[0]["step_length"] == pytest.approx(0.0014 * np.sqrt(30 * SPACE.dimension))
    assert figures[2]["step_length"] == pytest.approx(figures[0]["step_length"] * 0.9997**2)
    assert all(f["gradient_norm"] > 0 for f in figures)
    assert all(0 <= p.done <= p.total == 6 for p in seen)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), people=st.integers(2, 8))
def test_order_of_the_pictures_does_not_matter(seed: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((people, SPACE.dimension))
    vectors = unit(np.repeat(centres, 3, axis=0) + rng.standard_normal((3 * people, 32)))
    ids = tuple(str(i) for i in range(people) for _ in range(3))
    order = rng.permutation(3 * people)
    mixed = TrainingSet(vectors[order], tuple(ids[i] for i in order))
    first, second = fit(TrainingSet(vectors, ids), 8), fit(mixed, 8)
    for person in first.person_ids:
        i, j = first.person_ids.index(person), second.person_ids.index(person)
        np.testing.assert_allclose(first.means[i], second.means[j], atol=1e-6)
        np.testing.assert_allclose(first.rows[i], second.rows[j], atol=1e-3)


def test_same_seed_same_head_bitwise(make_people: MakePeople) -> None:
    data = make_people(40, spread=0.15)
    first, second = fit(data), fit(data)
    assert np.array_equal(first.rows, second.rows)
    more = joined(data, make_people(1, seed=9, prefix="new"))
    one, two, other = (
        run(extend_head(first, more, ["new0"], steps=30, seed=seed)).head for seed in (3, 3, 3)
    )
    assert np.array_equal(one.rows, two.rows)
    assert np.array_equal(one.rows, other.rows)


def test_seed_picks_what_is_replayed(
    make_people: MakePeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_trainer, "REPLAYED", 10)
    data = make_people(60, spread=0.15)
    head = fit(data)
    more = joined(data, make_people(1, seed=9, prefix="new", spread=0.2))
    rows = [run(extend_head(head, more, [], steps=30, seed=seed)).head.rows for seed in (1, 1, 2)]
    assert np.array_equal(rows[0], rows[1])
    assert not np.array_equal(rows[0], rows[2])


def test_closed_at_any_point(make_people: MakePeople) -> None:
    data = make_people(20, spread=0.15)
    for after in range(4):
        job = fit_head(data, SPACE, steps=30)
        for _ in range(after):
            next(job)
        job.close()
        with pytest.raises(StopIteration):
            next(job)


def test_threads_are_put_back_at_every_yield_and_at_the_end(make_people: MakePeople) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        job = fit_head(make_people(30, spread=0.15), SPACE, steps=5, threads=1)
        for _ in job:
            assert torch.get_num_threads() == 2
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_seconds_come_from_the_clock(make_people: MakePeople) -> None:
    clock = ManualClock()
    job = fit_head(make_people(5), SPACE, steps=1, clock=clock)
    trained = run(job, lambda _: clock.advance(2.0))
    assert trained.seconds == 2.0 * len(trained.losses)


def test_gradients_switched_off_around_the_job_do_not_matter(make_people: MakePeople) -> None:
    data = make_people(20, spread=0.15)
    with torch.inference_mode():
        inside = fit(data)
    assert np.array_equal(inside.rows, fit(data).rows)


# --- one more person


def test_new_person_is_named_and_far_rows_stay_bitwise(make_people: MakePeople) -> None:
    data = make_people(200, spread=0.12)
    head = fit(data)
    new = make_people(1, seed=77, prefix="new")
    trained = run(extend_head(head, joined(new, data), ["new0"], steps=30))
    after = trained.head
    assert set(after.person_ids) == {*head.person_ids, "new0"}
    assert after.steps == head.steps + len(trained.losses) - 1
    probes = make_people(1, 10, seed=77, prefix="new")
    assert {m.person_id for m in match_many(after, probes.vectors)} == {"new0"}
    order = [after.person_ids.index(person) for person in head.person_ids]
    moved = (after.rows[order] != head.rows).any(axis=1)
    assert moved.sum() <= NEARBY
    nearest = np.argsort(-(head.means @ after.means[after.person_ids.index("new0")]))[:NEARBY]
    assert set(np.flatnonzero(moved)) <= set(nearest.tolist())


def test_look_alike_of_somebody_known_is_pushed_apart(make_people: MakePeople) -> None:
    data = siblings(make_people)
    known = TrainingSet(data.vectors[:33], data.person_ids[:33])
    trained = run(extend_head(fit(known), data, ["p11"], steps=30))
    assert trained.losses[-1] < 0.6 * trained.losses[0]
    found = match_many(trained.head, data.vectors)
    assert [m.person_id for m in found] == list(data.person_ids)


def test_one_by_one_is_as_good_as_all_at_once(make_people: MakePeople) -> None:
    data = make_people(30, spread=0.15)
    ids = np.array(data.person_ids)
    head = fit(TrainingSet(data.vectors[:3], data.person_ids[:3]))
    for count in range(2, 31):
        part = TrainingSet(data.vectors[: 3 * count], data.person_ids[: 3 * count])
        head = run(extend_head(head, part, [f"p{count - 1}"], steps=30)).head
    probes = make_people(30, 10, spread=0.15)
    truth = np.array(probes.person_ids)
    one_by_one = np.array([m.person_id for m in match_many(head, probes.vectors)])
    assert (one_by_one == truth).mean() >= 0.99
    assert len(set(ids)) == 30
    assert row_to_mean(head).min() > 0.8
    np.testing.assert_allclose(head.means, fit(data, 0).means, atol=1e-6)


def test_more_pictures_move_the_mean_and_keep_what_was_learned(make_people: MakePeople) -> None:
    data = siblings(make_people)
    head = fit(data)
    more = make_people(12, 6, seed=4)
    gained = TrainingSet(more.vectors[:6], ("p0",) * 6)
    after = run(extend_head(head, joined(data, gained), ["p0"], steps=0)).head
    mean = means_of(joined(data, gained))["p0"]
    np.testing.assert_allclose(after.means[0], mean, atol=1e-6)
    expected = head.rows[0] + mean - head.means[0]
    np.testing.assert_allclose(after.rows[0], expected / np.linalg.norm(expected), atol=1e-6)
    assert np.array_equal(after.rows[1:], head.rows[1:])


def test_what_is_not_listed_is_found_by_the_means(make_people: MakePeople) -> None:
    data = make_people(6)
    head = fit(data)
    # p5 has gone, p0 lost a picture, and somebody came in, and nobody said so.
    now = joined(
        TrainingSet(data.vectors[1:15], data.person_ids[1:15]), make_people(1, seed=8, prefix="new")
    )
    after = run(extend_head(head, now, [], steps=0)).head
    assert after.person_ids == ("p0", "p1", "p2", "p3", "p4", "new0")
    for person, mean in zip(after.person_ids, after.means, strict=True):
        np.testing.assert_allclose(mean, means_of(now)[person], atol=1e-6)
    assert np.array_equal(after.rows[1:5], head.rows[1:5])


def test_nobody_changed(make_people: MakePeople) -> None:
    data = make_people(8)
    head = fit(data)
    trained = run(extend_head(head, data, [], steps=30))
    assert trained.stopped_by == "nothing to train"
    assert np.array_equal(trained.head.rows, head.rows)
    assert trained.head.steps == head.steps


def test_first_and_second_person(make_people: MakePeople) -> None:
    both = make_people(2)
    first = TrainingSet(both.vectors[:3], both.person_ids[:3])
    nobody = remove_people(fit(first), ["p0"])
    one = run(extend_head(nobody, first, ["p0"], steps=30)).head
    assert np.array_equal(one.rows, one.means)
    two = run(extend_head(one, both, ["p1"], steps=30)).head
    assert [m.person_id for m in match_many(two, both.vectors)] == list(both.person_ids)


def test_many_new_people_at_once(make_people: MakePeople) -> None:
    data = make_people(50, spread=0.12)
    head = fit(TrainingSet(data.vectors[:30], data.person_ids[:30]))
    after = run(extend_head(head, data, [f"p{i}" for i in range(10, 50)], steps=30)).head
    assert [m.person_id for m in match_many(after, data.vectors)] == list(data.person_ids)


def test_without_a_search_only_the_listed_are_looked_at(make_people: MakePeople) -> None:
    data = make_people(8)
    head = fit(data)
    gained = TrainingSet(make_people(8, 6, seed=3).vectors[:6], ("p0",) * 6)
    lost = TrainingSet(data.vectors[1:], data.person_ids[1:])  # p0 lost a picture
    new = make_people(1, seed=8, prefix="new")
    after = run(extend_head(head, joined(lost, new), [], steps=0, search=False)).head
    assert np.array_equal(after.means[0], head.means[0])
    assert after.means[8] == pytest.approx(means_of(new)["new0"], abs=1e-6)
    listed = run(extend_head(head, joined(data, gained), ["p0"], steps=0, search=False)).head
    assert listed.means[0] == pytest.approx(means_of(joined(data, gained))["p0"], abs=1e-6)
    searched = run(extend_head(head, joined(data, gained), ["p0"], steps=0)).head
    assert np.array_equal(listed.rows, searched.rows)


def test_the_untrained_head_is_given_along(make_people: MakePeople) -> None:
    data = make_people(40, spread=0.15)
    fitted = run(fit_head(data, SPACE, steps=5))
    assert fitted.untrained is not None
    assert np.array_equal(fitted.untrained.rows, fitted.head.means)
    more = joined(data, make_people(1, seed=9, prefix="new"))
    extended = run(extend_head(fitted.head, more, ["new0"], steps=5))
    untrained = run(extend_head(fitted.head, more, ["new0"], steps=0)).head
    assert extended.untrained is not None
    assert np.array_equal(extended.untrained.rows, untrained.rows)
    assert np.array_equal(extended.untrained.means, untrained.means)


def test_counter_examples_stay_with_those_who_stay(make_people: MakePeople) -> None:
    data = make_people(4)
    examples = CounterExamples(("p0", "p1"), data.vectors[9:11])
    head = dataclasses.replace(fit(data), counter_examples=examples)
    more = joined(data, make_people(1, seed=9, prefix="new"))
    assert run(extend_head(head, more, ["new0"], steps=1)).head.counter_examples is examples
    left = without(data, "p0")
    kept = run(shrink_head(head, left, ["p0"], steps=1)).head.counter_examples
    assert kept is not None
    assert kept.person_ids == ("p1",)


# --- one person less


def without(data: TrainingSet, person: str) -> TrainingSet:
    kept = [i for i, owner in enumerate(data.person_ids) if owner != person]
    return TrainingSet(data.vectors[kept], tuple(data.person_ids[i] for i in kept))


def test_few_people_are_exactly_as_if_never_enrolled(make_people: MakePeople) -> None:
    data = make_people(30, spread=0.15)
    left = without(data, "p7")
    never = fit(left)
    for head in (
        fit(data),
        run(extend_head(never, joined(left, data), ["p7"], steps=30)).head,
    ):
        after = run(shrink_head(head, left, ["p7", "nobody"], steps=30)).head
        assert after.person_ids == never.person_ids
        assert np.array_equal(after.rows, never.rows)
        assert np.array_equal(after.means, never.means)


@pytest.mark.parametrize("seed", range(4))
def test_of_many_only_those_near_are_trained_anew(
    make_people: MakePeople, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(head_trainer, "FITTED_ANEW", 10)
    data = make_people(200, spread=0.15, seed=seed)
    left = without(data, "p7")
    never = fit(left)
    new = TrainingSet(data.vectors[21:24], ("p7",) * 3)
    extended = run(extend_head(never, joined(left, new), ["p7"], steps=30)).head
    after = run(shrink_head(extended, left, ["p7"], steps=30)).head
    assert after.person_ids == never.person_ids
    assert np.array_equal(after.means, never.means)
    moved = (after.rows != never.rows).any(axis=1)
    assert 0 < moved.sum() <= 2 * NEARBY + 2
    # As if p7 had never been there: the same classes trained anew in a head that has not seen it.
    unseen = dataclasses.replace(
        extended,
        rows=np.concatenate([never.rows, extended.rows[-1:]]),
    )
    same = run(shrink_head(unseen, left, ["p7"], steps=30)).head
    cosines = np.einsum("ij,ij->i", same.rows, after.rows)
    assert np.degrees(np.arccos(cosines.clip(-1, 1))).max() < 0.1
    # And after a full fit with it: rows further away were moved a little by it.
    fitted = run(shrink_head(fit(data), left, ["p7"], steps=30)).head
    cosines = np.einsum("ij,ij->i", fitted.rows, never.rows)
    far = ~moved & (fitted.rows != never.rows).any(axis=1)
    assert np.degrees(np.arccos(cosines[far].clip(-1, 1))).max() < 4.0
    probes = make_people(200, 5, spread=0.1, seed=seed)
    kept = without(probes, "p7")
    for head in (after, fitted):
        found = [m.person_id for m in match_many(head, kept.vectors)]
        before = [m.person_id for m in match_many(never, kept.vectors)]
        assert sum(a != b for a, b in zip(found, before, strict=True)) <= 2


def test_the_last_but_one_and_the_last(make_people: MakePeople) -> None:
    data = make_people(2)
    one = run(shrink_head(fit(data), without(data, "p0"), ["p0"], steps=30)).head
    assert one.person_ids == ("p1",)
    assert np.array_equal(one.rows, one.means)
    nobody = TrainingSet(np.zeros((0, SPACE.dimension), np.float32), ())
    with pytest.raises(KnownError, match="Nobody is enrolled"):
        run(shrink_head(one, nobody, ["p1"], steps=30))


def test_who_was_removed_has_no_pictures(make_people: MakePeople) -> None:
    data = make_people(3)
    with pytest.raises(BugError, match="removed: p1"):
        run(shrink_head(fit(data), data, ["p1"], steps=3))


# --- what is refused


def test_nobody_is_a_known_error() -> None:
    empty = TrainingSet(np.zeros((0, SPACE.dimension), np.float32), ())
    with pytest.raises(KnownError, match="Nobody is enrolled"):
        run(fit_head(empty, SPACE, steps=30))


def test_pictures_that_cancel_each_other() -> None:
    x = unit(np.ones((1, SPACE.dimension)))
    with pytest.raises(KnownError, match="Li"):
        run(fit_head(TrainingSet(np.concatenate([x, -x]), ("Li", "Li")), SPACE, steps=3))


@pytest.mark.parametrize("fault", ["nan", "length", "dimension", "count"])
def test_broken_vectors_are_our_fault(make_people: MakePeople, fault: str) -> None:
    data = make_people(3)
    space: EmbeddingSpace = SPACE
    vectors = data.vectors.copy()
    if fault == "nan":
        vectors[2, 0] = np.nan
    elif fault == "length":
        vectors[2] *= 2
    elif fault == "dimension":
        space = dataclasses.replace(SPACE, dimension=33)
    else:
        vectors = vectors[1:]
    with pytest.raises(BugError):
        run(fit_head(TrainingSet(vectors, data.person_ids), space, steps=3))


def test_new_person_without_pictures_is_our_fault(make_people: MakePeople) -> None:
    data = make_people(3)
    with pytest.raises(BugError, match="nobody-1"):
        run(extend_head(fit(data), data, ["nobody-1"], steps=3))


def test_negative_steps_are_our_fault(make_people: MakePeople) -> None:
    data = make_people(3)
    with pytest.raises(BugError, match="-1 steps"):
        run(fit_head(data, SPACE, steps=-1))
    with pytest.raises(BugError, match="-1 steps"):
        run(extend_head(fit(data), data, ["p0"], steps=-1))
