"""Second factors in the database: one card one person, gone with the person, nothing readable."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from store_builders import XorCodec, person

from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.second_factors import SecondFactors
from faceaccess.store.sqlite_store import SqliteStore

FACTORS = SecondFactors("$argon2id$hash-of-the-pin", b"c" * 32, "salt-of-codes", 7, 2)


def test_they_come_back_as_they_went_in(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        assert store.second_factors(ana.id) == SecondFactors()
        t.put_second_factors(ana.id, FACTORS)
    assert store.second_factors(ana.id) == FACTORS
    only_pin = replace(FACTORS, card=None, code_salt=None)
    with store.transaction() as t:
        t.put_second_factors(ana.id, only_pin)
    assert store.second_factors(ana.id) == only_pin
    with store.transaction() as t:
        t.put_second_factors(ana.id, replace(only_pin, pin=None))
    assert store.second_factors(ana.id) == SecondFactors()
    assert store.second_factors("nobody") == SecondFactors()


def test_they_go_with_the_person_and_need_one(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        t.put_second_factors(ana.id, FACTORS)
    with store.transaction() as t:
        t.remove_person(ana.id)
    assert store.second_factors(ana.id) == SecondFactors()
    with pytest.raises(KnownError, match="no person"), store.transaction() as t:
        t.put_second_factors(ana.id, FACTORS)


def test_a_card_is_one_persons(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana, ben = t.add_person(person("Ana")), t.add_person(person("Ben"))
        t.put_second_factors(ana.id, FACTORS)
    with pytest.raises(KnownError, match="The card is that of Ana"), store.transaction() as t:
        t.put_second_factors(ben.id, FACTORS)
    with store.transaction() as t:
        t.put_second_factors(ana.id, replace(FACTORS, card=b"d" * 32))  # a new one
        t.put_second_factors(ben.id, FACTORS)
    assert store.second_factors(ben.id) == FACTORS


def test_tries_are_counted_until_one_is_right(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        t.put_second_factors(ana.id, FACTORS)
    before = store.revision()
    for count in (3, 4, 5):
        with store.transaction() as t:
            assert t.count_factor_try(ana.id) == count
    assert store.second_factors(ana.id).failures == 5
    with store.transaction() as t:
        assert t.accept_factor(ana.id)
    assert store.second_factors(ana.id) == replace(FACTORS, failures=0)
    assert store.revision() == before  # a running door need not read anything anew
    with store.transaction() as t:
        assert t.count_factor_try("nobody") == 0
        assert not t.accept_factor("nobody")


def test_the_code_of_a_step_counts_once(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        t.put_second_factors(ana.id, FACTORS)
        answers = [t.accept_factor(ana.id, code_step=step) for step in (6, 7, 8, 8, 7, 10, 9)]
    assert answers == [False, False, True, False, False, True, False]
    assert store.second_factors(ana.id).code_step == 10


def test_a_keyed_hash_tells_purposes_apart(store: SqliteStore) -> None:
    assert store.keyed("pin", "1234") == store.keyed("pin", "1234")
    assert len({store.keyed("pin", "1234"), store.keyed("card", "1234")}) == 2
    assert len(store.keyed("pin", "")) == 32


def test_texts_pass_the_codec(open_store: Callable[..., SqliteStore], data_home: DataHome) -> None:
    store = open_store(codec=XorCodec())
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        t.put_second_factors(ana.id, FACTORS)
    assert store.second_factors(ana.id) == FACTORS
    store.close()
    raw = b"".join(p.read_bytes() for p in data_home.root.glob("faceaccess.sqlite3*"))
    assert b"argon2id" not in raw
    assert b"salt-of-codes" not in raw


def test_without_the_former_key_all_must_be_given_anew(
    open_store: Callable[..., SqliteStore], data_home: DataHome
) -> None:
    store = open_store(keys_folder=None)
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        t.put_second_factors(ana.id, FACTORS)
    store.close()
    data_home.number_key.unlink()
    again = open_store(keys_folder=None)
    assert again.person(ana.id).name == "Ana"
    assert again.second_factors(ana.id) == SecondFactors()
