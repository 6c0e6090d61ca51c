"""Strangers: stored with their pictures, found by picture, removed without a trace."""

import contextlib
from collections.abc import Callable

import numpy as np
import pytest
from store_builders import COLOUR, GRAY, XorCodec, sample, vector

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import Embedding
from faceaccess.core.home import DataHome
from faceaccess.core.strangers import Role, role_of
from faceaccess.store.sqlite_store import SqliteStore


def _ids(role: Role, count: int) -> list[str]:
    """Ids whose role it is, of a series that never changes."""
    every = (f"00000000-0000-4000-8000-{n:012}" for n in range(1000))
    return [one for one in every if role_of(one) is role][:count]


def test_a_stranger_comes_back_as_stored(store: SqliteStore, clock: ManualClock) -> None:
    with store.transaction() as t:
        made = t.add_stranger("visitor of 3 May", [sample(1), sample(2)])
    assert store.strangers() == [made] == [store.stranger(made.id)]
    assert (made.label, made.samples, made.added_at) == ("visitor of 3 May", 2, clock.now())
    assert made.role is role_of(made.id)
    first, second = store.stranger_samples(made.id)
    assert (first.person_id, first.source, first.digest) == (made.id, "IMG_1.jpg", sample(1).digest)
    assert (first.quality, second.quality) == (sample(1).quality, sample(2).quality)
    np.testing.assert_array_equal(second.embedding.vector, vector(2))
    np.testing.assert_array_equal(store.stranger_crop(first.id), sample(1).crop)
    assert store.count_strangers() == 1
    assert store.count_people() == store.count_samples() == 0  # nobody is enrolled by it


def test_the_same_picture_is_stored_once_and_found_again(store: SqliteStore) -> None:
    with store.transaction() as t:
        made = t.add_stranger("", [sample(1), sample(2), sample(1)])
    assert made.samples == len(store.stranger_samples(made.id)) == 2
    assert [s.source for s in store.stranger_samples(made.id)] == ["IMG_1.jpg", "IMG_2.jpg"]
    assert store.stranger_with_digest(sample(2).digest) == made
    assert store.stranger_with_digest(sample(3).digest) is None


def test_strangers_are_listed_by_page_the_oldest_first(store: SqliteStore) -> None:
    with store.transaction() as t:
        ids = [t.add_stranger(f"s{n}", [sample(n)]).id for n in range(5)]
    assert [s.id for s in store.strangers()] == ids
    assert [s.id for s in store.strangers(offset=1, limit=2)] == ids[1:3]
    assert store.strangers(offset=9) == []


def test_nobody_can_be_a_stranger_without_a_picture(store: SqliteStore) -> None:
    with pytest.raises(BugError), store.transaction() as t:
        t.add_stranger("nobody", [])
    assert store.strangers() == []


def test_the_set_has_one_space_and_one_role(store: SqliteStore) -> None:
    negative, test = _ids(Role.NEGATIVE, 2), _ids(Role.TEST, 1)
    with store.transaction() as t:
        for n, one in enumerate([*negative, *test]):
            t.add_stranger("", [sample(2 * n), sample(2 * n + 1)], stranger_id=one)
        t.add_stranger("", [sample(9, COLOUR)])
    every = store.stranger_set(GRAY)
    assert every.stranger_ids == tuple(one for one in (*negative, *test) for _ in range(2))
    np.testing.assert_array_equal(every.vectors, [vector(n) for n in range(6)])
    tested = store.stranger_set(GRAY, Role.TEST)
    assert tested.stranger_ids == (test[0], test[0])
    np.testing.assert_array_equal(tested.vectors, [vector(4), vector(5)])
    assert store.stranger_set(GRAY, Role.CALIBRATION).vectors.shape == (0, 8)
    assert store.stranger_set(COLOUR).strangers == 1


def test_what_is_remembered_follows_every_change(open_store: Callable[..., SqliteStore]) -> None:
    store, other = open_store(), open_store()
    with other.transaction() as t:
        first, second = (t.add_stranger("", [sample(n)]).id for n in range(2))
    assert store.stranger_set(GRAY).stranger_ids == (first, second)
    with other.transaction() as t:
        t.remove_stranger(first)
    assert store.stranger_set(GRAY).stranger_ids == (second,)
    with contextlib.suppress(KeyboardInterrupt), store.transaction() as t:
        third = t.add_stranger("", [sample(3)]).id
        assert store.stranger_set(GRAY).stranger_ids == (second, third)
        raise KeyboardInterrupt
    with other.transaction() as t:  # has the number that the abandoned one would have had
        fourth = t.add_stranger("", [sample(4)]).id
    assert store.stranger_set(GRAY).stranger_ids == (second, fourth)
    (only,) = store.stranger_samples(second)
    with store.transaction() as t:
        t.replace_stranger_embedding(only.id, Embedding(vector(70), GRAY))
    np.testing.assert_array_equal(other.stranger_set(GRAY).vectors, [vector(70), vector(4)])


def test_a_stranger_who_is_not_there_is_named(store: SqliteStore) -> None:
    for call in (
        lambda: store.stranger("x"),
        lambda: store.stranger_crop("x"),
    ):
        with pytest.raises(KnownError, match=r"stranger.* x\.") as caught:
            call()
        assert caught.value.remedy
    with pytest.raises(KnownError, match="x"), store.transaction() as t:
        t.remove_stranger("x")
    with pytest.raises(KnownError, match="x"), store.transaction() as t:
        t.replace_stranger_embedding("x", Embedding(vector(1), GRAY))
    assert store.stranger_samples("x") == []


@pytest.mark.parametrize("codec", [None, XorCodec()])
def test_a_removed_stranger_is_gone_from_the_files(
    open_store: Callable[..., SqliteStore], data_home: DataHome, codec: XorCodec | None
) -> None:
    store = open_store(codec=codec)

    def files() -> bytes:
        return b"".join(p.read_bytes() for p in data_home.root.glob("faceaccess.sqlite3*"))

    with store.transaction() as t:
        made = t.add_stranger("Unverwechselbar", [sample(1)])
        t.add_stranger("somebody else", [sample(2)])
    secrets = [b"Unverwechselbar", vector(1).astype("<f4").tobytes(), sample(1).digest.encode()]
    assert [s in files() for s in secrets] == [codec is None] * 3
    with store.transaction() as t:
        t.remove_stranger(made.id)
    assert [s in files() for s in [*secrets, made.id.encode()]] == [False] * 4
    assert [s.label for s in store.strangers()] == ["somebody else"]


def test_pictures_are_found_again_under_a_new_key(
    open_store: Callable[..., SqliteStore], data_home: DataHome
) -> None:
    store = open_store(keys_folder=None)
    with store.transaction() as t:
        made = t.add_stranger("", [sample(1)])
    store.close()
    data_home.number_key.unlink()
    assert open_store(keys_folder=None).stranger_with_digest(sample(1).digest) == made
