"""Search and order of people, in memory."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_builders import person

from faceaccess.store.search import PeopleIndex, fold
from faceaccess.store.sqlite_store import SqliteStore


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Müller", "muller"),
        ("José Ñandú", "nandu"),
        ("Łukasz", "lukasz"),
        ("Straße", "STRASSE"),
        ("Søren Æbel", "soren aebel"),
        ("\u0130pek I\u011fd\u0131r", "ipek igdir"),
        ("李伟", "伟"),
        ("\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f", "\u0645\u062d\u0645\u062f"),
        ("김민준", "민준"),
        ("Ана Иванова", "иванова"),
        ("Li   Wei", "li wei"),
        ("e\u0301va", "éva"),
        ("\uff2c\uff49", "li"),
    ],
)
def test_case_accents_and_width_are_folded(store: SqliteStore, name: str, query: str) -> None:
    with store.transaction() as t:
        t.add_person(person(name))
        t.add_person(person("Somebody else"))
    assert [p.name for p in store.people(query)] == [person(name).name]
    assert store.count_people(query) == 1


def test_marks_that_spell_are_kept() -> None:
    assert fold("が") != fold("か")
    assert fold("\u0915\u0941") != fold("\u0915")  # Devanagari ku and ka


def test_number_and_department_are_searched_and_fields_stay_apart(store: SqliteStore) -> None:
    with store.transaction() as t:
        t.add_person(person("Ana", "X-17", "Kitchen"))
        t.add_person(person("Ben", "Y-18", "Ward"))
    assert [p.name for p in store.people("x-17")] == ["Ana"]
    assert [p.name for p in store.people("WARD")] == ["Ben"]
    assert store.people("anax") == []
    assert store.people("ana x") == []
    assert store.people("%") == []
    assert store.people("_") == []


def test_pages_follow_the_order_of_names(store: SqliteStore) -> None:
    names = ["Émile", "zoe", "Ana", "eva", "Ana"]
    with store.transaction() as t:
        for name in names:
            t.add_person(person(name))
    assert [p.name for p in store.people()] == ["Ana", "Ana", "Émile", "eva", "zoe"]
    assert [p.name for p in store.people(offset=1, limit=2)] == ["Ana", "Émile"]
    assert [p.name for p in store.people("a", offset=2)] == ["eva"]
    assert store.people(offset=9) == []
    assert store.people(limit=0) == []


def test_a_rename_moves_the_person(open_store: Callable[..., SqliteStore]) -> None:
    writer, reader = open_store(), open_store()
    with writer.transaction() as t:
        ana = t.add_person(person("Ana"))
        t.add_person(person("Ben"))
    assert [p.name for p in reader.people()] == ["Ana", "Ben"]
    with writer.transaction() as t:
        t.edit_person(ana.id, person("Zoe"))
    assert [p.name for p in reader.people()] == ["Ben", "Zoe"]
    assert reader.people("ana") == []
    with writer.transaction() as t:
        t.remove_person(ana.id)
    assert [p.name for p in reader.people()] == ["Ben"]


@given(st.text(max_size=20))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_copy_of_the_index_changes_by_itself(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
    index = PeopleIndex()
    index.update([ana], [])
    copy = index.copy()
    copy.update([], [ana.id])
    assert index.count("") == 1
    assert copy.count("") == 0
