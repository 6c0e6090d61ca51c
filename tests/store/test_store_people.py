"""People, their numbers and their pictures."""

import contextlib
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from store_builders import COLOUR, GRAY, event, person, quality, sample, vector

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import Embedding, QualityIssue
from faceaccess.core.people import PersonDetails, TrainingSet
from faceaccess.core.reasons import Reason
from faceaccess.store.sqlite_store import SqliteStore


def test_a_person_comes_back_as_stored(store: SqliteStore, clock: ManualClock) -> None:
    details = PersonDetails("李伟", "A-7", "Küche", "line 1\nline 2", active=False)
    with store.transaction() as t:
        added = t.add_person(details)
    assert uuid.UUID(added.id).version == 4
    assert added.details == details
    assert added.created_at == added.updated_at == clock.now()
    assert store.person(added.id) == added
    assert store.people() == [added]


def test_editing_moves_only_the_time_of_change(store: SqliteStore, clock: ManualClock) -> None:
    with store.transaction() as t:
        first = t.add_person(person("Ana", "1"))
    clock.advance(60)
    with store.transaction() as t:
        edited = t.edit_person(first.id, person("Ana Maria"))
    assert edited.details == person("Ana Maria")
    assert edited.created_at == first.created_at
    assert edited.updated_at == first.created_at + timedelta(seconds=60)
    assert store.people("ana") == [edited]
    assert store.person_by_number("1") is None


@pytest.mark.parametrize("same", ["AB12", " ab12 ", "\uff21\uff22\uff11\uff12", "aB12"])
def test_a_staff_number_is_one_persons_however_it_is_written(store: SqliteStore, same: str) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana", "AB12"))
        ben = t.add_person(person("Ben", "AB13"))
    for attempt in (
        lambda t: t.add_person(person("Cy", same)),
        lambda t: t.edit_person(ben.id, person("Ben", same)),
    ):
        with pytest.raises(KnownError, match="Ana"), store.transaction() as t:
            attempt(t)
    assert store.count_people() == 2
    found = store.person_by_number(same)
    assert found is not None
    assert found.id == ana.id
    with store.transaction() as t:  # one's own number is no clash
        t.edit_person(ana.id, person("Ana", same))


def test_many_people_may_have_no_number(store: SqliteStore) -> None:
    with store.transaction() as t:
        for name in ("a", "b", "c"):
            t.add_person(person(name))
    assert store.count_people() == 3


@pytest.mark.parametrize(
    "call",
    [
        lambda s, t: s.person("nobody"),
        lambda s, t: t.edit_person("nobody", person("Ana")),
        lambda s, t: t.remove_person("nobody"),
        lambda s, t: t.add_samples("nobody", [sample(1)]),
        lambda s, t: t.add_samples("nobody", []),
        lambda s, t: t.remove_sample("nothing"),
        lambda s, t: t.replace_embedding("nothing", Embedding(vector(1), GRAY)),
        lambda s, t: s.crop("nothing"),
        lambda s, t: s.sample("nothing"),
    ],
)
def test_an_unknown_id_is_a_known_error(store: SqliteStore, call: Callable[..., object]) -> None:
    with pytest.raises(KnownError, match=r"no(body|thing)") as caught, store.transaction() as t:
        call(store, t)
    assert caught.value.remedy


def test_reading_what_nobody_has_is_empty(store: SqliteStore) -> None:
    assert store.samples("nobody") == []
    assert store.thumbnail("nobody") is None
    assert store.last_visits("nobody") == []
    assert store.person_by_number("9") is None


def test_a_sample_comes_back_as_stored(store: SqliteStore, clock: ManualClock) -> None:
    issue = QualityIssue(Reason.TOO_DARK, 30.5, 50.0, "0-255")
    new = [sample(1, GRAY, quality(25.0, issue)), sample(2, COLOUR)]
    with store.transaction() as t:
        owner = t.add_person(person("Ana"))
        added = t.add_samples(owner.id, new)
    assert store.person(owner.id).samples == 2
    for stored in (added, store.samples(owner.id), [store.sample(s.id) for s in added]):
        assert len(stored) == 2
        for got, wanted in zip(stored, new, strict=True):
            assert got.person_id == owner.id
            assert got.quality == wanted.quality
            assert (got.source, got.digest) == (wanted.source, wanted.digest)
            assert got.added_at == clock.now()
            assert got.embedding.space == wanted.embedding.space
            assert got.embedding.vector.dtype == np.float32
            np.testing.assert_array_equal(got.embedding.vector, wanted.embedding.vector)
    for got, wanted in zip(added, new, strict=True):
        np.testing.assert_array_equal(store.crop(got.id), wanted.crop)


def test_a_file_name_that_is_no_text_is_kept(store: SqliteStore) -> None:
    odd = replace(sample(1), source="caf\udce9.jpg")  # what Python makes of a Latin-1 name
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        t.add_samples(ana.id, [odd])
    assert store.samples(ana.id)[0].source == odd.source


def test_the_same_picture_twice_is_skipped_but_may_be_two_peoples(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana, ben = t.add_person(person("Ana")), t.add_person(person("Ben"))
        assert len(t.add_samples(ana.id, [sample(1), sample(1), sample(2)])) == 2
        assert t.add_samples(ana.id, [sample(2)]) == []
        assert len(t.add_samples(ben.id, [sample(1)])) == 1
    assert [p.samples for p in store.people()] == [2, 1]
    assert store.count_samples() == 3


def test_the_thumbnail_is_the_best_then_the_oldest_picture(store: SqliteStore) -> None:
    blurred = QualityIssue(Reason.BLURRED, 10, 50, "")
    small, good, twin = (
        sample(1, q=quality(26)),
        sample(2, q=quality(61)),
        sample(3, q=quality(61)),
    )
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        t.add_samples(ana.id, [small, sample(4, q=quality(90, blurred)), good, twin])
    thumbnail = store.thumbnail(ana.id)
    assert thumbnail is not None
    np.testing.assert_array_equal(thumbnail, good.crop)


def test_removing_a_picture(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        first, second = t.add_samples(ana.id, [sample(1), sample(2)])
    with store.transaction() as t:
        t.remove_sample(first.id)
    assert [s.id for s in store.samples(ana.id)] == [second.id]
    assert store.people()[0].samples == 1
    with pytest.raises(KnownError):
        store.crop(first.id)
    with store.transaction() as t:  # it may come again
        assert len(t.add_samples(ana.id, [sample(1)])) == 1


def test_an_embedding_is_replaced_with_its_space(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        (stored,) = t.add_samples(ana.id, [sample(1)])
    before = store.revision()
    with store.transaction() as t:
        t.replace_embedding(stored.id, Embedding(vector(9), COLOUR))
    assert store.revision() > before
    assert store.sample(stored.id).embedding.space == COLOUR
    np.testing.assert_array_equal(store.training_set(COLOUR).vectors, [vector(9)])
    assert store.training_set(GRAY).vectors.shape == (0, 8)


def test_the_training_set_has_one_space_and_a_stable_order(store: SqliteStore) -> None:
    with store.transaction() as t:
        zoe, ana = t.add_person(person("Zoe")), t.add_person(person("Ana"))
        t.add_samples(ana.id, [sample(1), sample(2, COLOUR)])
        t.add_samples(zoe.id, [sample(3)])
        t.add_samples(ana.id, [sample(4)])
    got = store.training_set(GRAY)
    assert got.person_ids == (zoe.id, ana.id, ana.id)
    assert got.vectors.dtype == np.float32
    np.testing.assert_array_equal(got.vectors, [vector(3), vector(1), vector(4)])
    assert (store.count_samples(), store.count_samples(GRAY), store.count_samples(COLOUR)) == (
        4,
        3,
        1,
    )


@pytest.mark.parametrize("bad", [[np.nan] * 8, [np.inf] + [0.0] * 7, [1.0] * 7])
def test_a_vector_that_is_none_is_our_fault_and_stores_nothing(
    store: SqliteStore, bad: list[float]
) -> None:
    new = sample(1)
    wrong = type(new)(
        new.crop, Embedding(np.array(bad, np.float32), GRAY), new.quality, "x", "0" * 64
    )
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        with pytest.raises(BugError):
            t.add_samples(ana.id, [sample(2), wrong])
    # The caller went on after the error: the person is stored, and no half of the pictures.
    assert store.person(ana.id).samples == 0
    assert store.count_samples() == 0


def test_a_removal_is_undone_under_the_same_id(store: SqliteStore, clock: ManualClock) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana", "1"))
        t.add_event(event(person_id=ana.id, person="Ana"))
    clock.advance(5)
    with store.transaction() as t:
        t.remove_person(ana.id)
    assert store.people() == []
    with store.transaction() as t:
        back = t.add_person(ana.details, person_id=ana.id, created_at=ana.created_at)
    assert (back.id, back.created_at) == (ana.id, ana.created_at)
    assert store.people() == [back]
    assert store.last_visits(ana.id)[0].decision.person == "Ana"


def test_an_id_that_is_somebodys_is_our_fault(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        with pytest.raises(BugError):
            t.add_person(person("Ben"), person_id=ana.id)
    assert [p.name for p in store.people()] == ["Ana"]


def test_a_training_set_that_was_given_stays_what_it_was(
    open_store: Callable[..., SqliteStore],
) -> None:
    store, other = open_store(), open_store()
    seeds: dict[str, list[int]] = {}

    def enrol(where: SqliteStore, *numbers: int) -> str:
        with where.transaction() as t:
            who = t.add_person(person(f"P{numbers}")).id
            t.add_samples(who, [sample(n) for n in numbers])
        seeds[who] = list(numbers)
        return who

    def agrees() -> TrainingSet:
        got = store.training_set(GRAY)
        assert got.person_ids == tuple(i for i, mine in seeds.items() for _ in mine)
        np.testing.assert_array_equal(
            got.vectors, np.stack([vector(n) for mine in seeds.values() for n in mine])
        )
        return got

    given = []
    ana = enrol(store, 1, 2)
    given.append((agrees(), [1, 2]))
    assert store.training_set(GRAY) is given[0][0]  # nothing changed, nothing is made
    enrol(other, 3)
    given.append((agrees(), [1, 2, 3]))
    enrol(store, 4, 5)
    given.append((agrees(), [1, 2, 3, 4, 5]))
    with contextlib.suppress(KeyboardInterrupt), store.transaction() as t:
        t.add_samples(t.add_person(person("Nobody")).id, [sample(90), sample(91)])
        assert len(store.training_set(GRAY).vectors) == 7
        raise KeyboardInterrupt
    agrees()
    with other.transaction() as t:  # into the middle
        t.add_samples(ana, [sample(6)])
    seeds[ana].append(6)
    agrees()
    with store.transaction() as t:
        t.remove_person(ana)
    del seeds[ana]
    agrees()
    enrol(other, 7)
    agrees()
    for was, numbers in given:
        np.testing.assert_array_equal(was.vectors, np.stack([vector(n) for n in numbers]))
