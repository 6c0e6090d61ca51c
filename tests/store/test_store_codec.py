"""Every personal field and blob passes the codec; the key finds numbers again."""

import contextlib
import os
from collections.abc import Callable

import numpy as np
import pytest
from store_builders import XorCodec, add_head, event, head_of, person, sample, vector

from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.people import PersonDetails
from faceaccess.images.codec import encode_jpeg, encode_png
from faceaccess.store.keyed_hash import KEY_BYTES, KeyedHash, load_key, normalised_number
from faceaccess.store.sqlite_store import SqliteStore

_ANA = PersonDetails("Annegret Unverwechselbar", "NUMBER-4711", "Dept-of-Secrets", "Note-to-self")
_PICTURE = np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3)


def _write_all(store: SqliteStore) -> str:
    with store.transaction() as t:
        ana = t.add_person(_ANA)
        ben = t.add_person(person("Benedikt Einmalig"))
        t.add_samples(ana.id, [sample(1)])
        add_head(t, head_of([ana.id, ben.id], 50), note="Annegret Unverwechselbar added")
        t.add_event(
            event(
                person_id=ana.id,
                person=_ANA.name,
                runner_up="Benedikt Einmalig",
                picture=_PICTURE,
            )
        )
        t.edit_person(ben.id, person("Benedikt Umgetauft"))
    return ana.id


def test_no_personal_thing_is_in_the_files_but_through_the_codec(
    open_store: Callable[..., SqliteStore], data_home: DataHome
) -> None:
    codec = XorCodec()
    store = open_store(codec=codec)
    ana = _write_all(store)
    # It all comes back, so that the search below cannot pass for want of data.
    assert store.person(ana).details == _ANA
    assert [p.name for p in store.people("unverwechselbar")] == [_ANA.name]
    np.testing.assert_array_equal(store.crop(store.samples(ana)[0].id), sample(1).crop)
    (visit,) = store.events()
    assert (visit.decision.person, visit.decision.runner_up) == (_ANA.name, "Benedikt Einmalig")
    assert store.event_picture(visit.id) is not None
    served = store.serving_head()
    assert served is not None
    assert served[0].note == "Annegret Unverwechselbar added"
    np.testing.assert_array_equal(served[1].rows, head_of([ana, "x"], 50).rows)
    store.close()

    raw = b"".join(p.read_bytes() for p in data_home.root.glob("faceaccess.sqlite3*"))
    secrets = [
        b"Unverwechselbar",
        b"4711",
        b"Secrets",
        b"to-self",
        b"Einmalig",
        b"Umgetauft",
        b"IMG_1",
        sample(1).digest.encode(),
        vector(1).astype("<f4").tobytes(),
        head_of(["a"], 50).rows.tobytes(),
        head_of(["a"], 50).means.tobytes(),
        encode_png(sample(1).crop)[40:72],
        encode_jpeg(_PICTURE)[-40:],
        b"PNG\r\n",
        b"JFIF",
    ]
    assert ana.encode() in raw
    assert [s for s in secrets if s.lower() in raw.lower()] == []


def test_the_plain_codec_would_be_found_by_that_search(
    open_store: Callable[..., SqliteStore], data_home: DataHome
) -> None:
    store = open_store(keys_folder=None)
    _write_all(store)
    store.close()
    raw = data_home.database.read_bytes()
    for secret in (b"Unverwechselbar", b"4711", vector(1).astype("<f4").tobytes(), b"PNG\r\n"):
        assert secret in raw


def test_each_value_is_bound_to_its_place(
    open_store: Callable[..., SqliteStore],
) -> None:
    codec = XorCodec()
    store = open_store(codec=codec)
    _write_all(store)
    assert codec.columns == {
        "people.name",
        "people.staff_number",
        "people.department",
        "people.note",
        "former_names.name",
        "samples.embedding",
        "samples.quality",
        "samples.source",
        "samples.digest",
        "crops.crop",
        "heads.note",
        "heads.actor",
        "head_rows.row",
        "head_rows.mean",
        "events.person",
        "events.runner_up",
        "event_pictures.picture",
    }
    ana, ben = store.people()
    with store._reading() as session:
        session.sql.execute("ROLLBACK")
        session.sql.execute(
            "UPDATE people SET name = (SELECT name FROM people WHERE id = ?) WHERE id = ?",
            [ana.id, ben.id],
        )
    with contextlib.suppress(KnownError):  # copied to another person it is no name, or not that
        assert store.person(ben.id).name != ana.name


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("embedding", b"\0" * 31),
        ("embedding", np.full(8, np.nan, "<f4").tobytes()),
        ("quality", b"{}"),
        ("quality", b"not json"),
        ("source", b"\xff\xfe"),
    ],
)
def test_a_value_that_cannot_be_right_is_told(
    store: SqliteStore, column: str, value: bytes
) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        t.add_samples(ana.id, [sample(1)])
    store._connections.mine().sql.execute(f"UPDATE samples SET {column} = ?", [value])
    with pytest.raises(KnownError, match=f"damaged: samples.{column}"):
        store.samples(ana.id)


def test_the_key_is_made_once_and_is_the_owners_alone(data_home: DataHome) -> None:
    data_home.root.mkdir()
    first, again = load_key(data_home.number_key), load_key(data_home.number_key)
    assert first.number("7") == again.number("7")
    assert data_home.number_key.stat().st_mode & 0o777 == 0o600
    assert data_home.number_key.stat().st_size == KEY_BYTES
    assert [p.name for p in data_home.root.iterdir()] == ["number.key"]


def test_a_hash_depends_on_key_purpose_and_text() -> None:
    one, two = KeyedHash(b"1" * 32), KeyedHash(b"2" * 32)
    made = {one.of("a", "x"), one.of("a", "y"), one.of("b", "x"), two.of("a", "x"), one.check}
    assert len(made) == 5
    # From: printf 'a\0x' | openssl dgst -sha256 -mac HMAC -macopt key:1111...
    assert one.of("a", "x").hex() == (
        "9d7c795c22729bfef4a39dffe86634d626e9c31224cfef5deeeb3653e7056337"
    )


@pytest.mark.parametrize(
    ("written", "same"),
    [(" A-7 ", "a-7"), ("\uff17", "7"), ("STRASSE", "straße"), ("\u00a07", "7")],
)
def test_numbers_are_compared_normalised(written: str, same: str) -> None:
    assert normalised_number(written) == normalised_number(same)
    assert normalised_number("07") != normalised_number("7")


def test_a_damaged_key_is_told(data_home: DataHome, open_store: Callable[..., SqliteStore]) -> None:
    data_home.root.mkdir()
    data_home.number_key.write_bytes(b"short")
    with pytest.raises(KnownError, match=r"number\.key is damaged"):
        open_store(keys_folder=None)
    assert data_home.number_key.read_bytes() == b"short"


@pytest.mark.parametrize("replaced", [False, True])
def test_numbers_stay_unique_when_the_key_is_lost_or_replaced(
    data_home: DataHome, open_store: Callable[..., SqliteStore], replaced: bool
) -> None:
    store = open_store(keys_folder=None)
    with store.transaction() as t:
        ana = t.add_person(person("Ana", "7"))
        ben = t.add_person(person("Ben"))
        t.add_samples(ana.id, [sample(1)])
        t.add_event(event(runner_up="Ana"))
        t.edit_person(ben.id, person("Benno"))
        t.add_event(event(runner_up="Ben"))
    store.close()
    data_home.number_key.unlink()
    if replaced:
        data_home.number_key.write_bytes(os.urandom(KEY_BYTES))
    store = open_store(keys_folder=None)
    found = store.person_by_number("7")
    assert found is not None
    assert found.id == ana.id
    with pytest.raises(KnownError, match="Ana"), store.transaction() as t:
        t.add_person(person("Cy", "7"))
    with store.transaction() as t:
        assert t.add_samples(ana.id, [sample(1)]) == []
        t.remove_person(ana.id)
        t.remove_person(ben.id)
    assert [e.decision.runner_up for e in store.events()] == [None, None]
