"""Together or not at all; revision; settings; misuse."""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from store_builders import add_head, event, head_of, person, sample

from faceaccess.core.errors import BugError, KnownError
from faceaccess.store.protocol import Store
from faceaccess.store.sqlite_store import SqliteStore


def test_it_is_a_store(store: SqliteStore) -> None:
    as_protocol: Store = store  # what mypy checks; here that nothing is missing
    for name in vars(Store):
        if not name.startswith("_"):
            assert hasattr(as_protocol, name)


def test_an_exception_undoes_everything(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
    before = store.revision()
    reached = []
    with contextlib.suppress(ZeroDivisionError), store.transaction() as t:
        t.edit_person(ana.id, person("Zoe"))
        t.add_samples(ana.id, [sample(1)])
        ben = t.add_person(person("Ben", "1"))
        add_head(t, head_of([ana.id, ben.id]))
        t.add_event(event())
        t.put_settings({"threshold": 0.6})
        # The same thread sees its own writes ...
        assert [p.name for p in store.people()] == ["Ben", "Zoe"]
        assert store.count_people("zoe") == 1
        assert store.person_by_number("1") == ben
        assert store.serving_head() is not None
        assert store.settings() == {"threshold": 0.6}
        reached.append(1 / 0)
    assert not reached
    # ... and after the error nobody does.
    assert store.people() == [ana]
    assert store.count_people("zoe") == 0
    assert store.count_samples() == store.count_events() == 0
    assert store.serving_head() is None
    assert store.settings() == {}
    assert store.revision() == before


def test_reads_between_writes_of_one_transaction_follow_each_write(store: SqliteStore) -> None:
    with store.transaction() as t:
        assert store.people() == []
        ana = t.add_person(person("Ana"))
        assert store.people("ana") == [ana]
        t.add_samples(ana.id, [sample(1)])
        assert store.people("ana")[0].samples == 1
        t.edit_person(ana.id, person("Zoe"))
        assert store.people("ana") == []
        t.remove_person(ana.id)
        assert store.people() == []
        again = t.add_person(ana.details, person_id=ana.id)
        assert store.people() == [again]
    assert store.people() == [again]


def test_others_see_nothing_before_the_end(open_store: Callable[..., SqliteStore]) -> None:
    writer, other = open_store(), open_store()
    with writer.transaction() as t:
        t.add_person(person("Ana"))
        assert writer.count_people() == 1
        assert other.people() == []
        assert other.revision() == 1
    assert other.count_people() == 1
    assert other.revision() == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda t, ana, s: t.add_person(person("Ben")),
        lambda t, ana, s: t.edit_person(ana, person("Ben")),
        lambda t, ana, s: t.remove_person(ana),
        lambda t, ana, s: t.add_samples(ana, [sample(2)]),
        lambda t, ana, s: t.remove_sample(s),
        lambda t, ana, s: add_head(t, head_of([ana])),
        lambda t, ana, s: t.put_settings({"x": 1}),
    ],
)
def test_every_change_grows_the_revision_once(
    open_store: Callable[..., SqliteStore], change: Callable[..., object]
) -> None:
    writer, other = open_store(), open_store()
    with writer.transaction() as t:
        ana = t.add_person(person("Ana")).id
        (stored,) = t.add_samples(ana, [sample(1)])
    before = other.revision()
    with writer.transaction() as t:
        change(t, ana, stored.id)
    assert writer.revision() == other.revision() == before + 1
    with writer.transaction():
        pass
    assert other.revision() == before + 1


def test_a_transaction_inside_another_is_our_fault(store: SqliteStore) -> None:
    with store.transaction() as t:
        t.add_person(person("Ana"))
        with pytest.raises(BugError, match="inside"), store.transaction():
            pytest.fail("it began")
        t.add_person(person("Ben"))
    assert store.count_people() == 2


def test_a_transaction_is_dead_after_its_block_and_in_other_threads(store: SqliteStore) -> None:
    with store.transaction() as t:
        caught: list[Exception] = []

        def meddle() -> None:
            try:
                t.add_person(person("Ben"))
            except BugError as error:
                caught.append(error)

        thread = threading.Thread(target=meddle)
        thread.start()
        thread.join()
        assert "another thread" in str(caught[0])
    with pytest.raises(BugError, match="after its end"):
        t.add_person(person("Ana"))
    assert store.people() == []


def test_an_error_that_the_caller_survives_leaves_no_half(store: SqliteStore) -> None:
    with store.transaction() as t:
        t.add_person(person("Ana", "1"))
        with pytest.raises(KnownError):
            t.add_person(person("Ben", "1"))
        with pytest.raises(TypeError):
            t.put_settings({"good": 1, "bad": object()})
    assert [p.name for p in store.people()] == ["Ana"]
    assert store.settings() == {}
    assert store.revision() == 2


def test_settings_are_merged_by_name(store: SqliteStore) -> None:
    with store.transaction() as t:
        t.put_settings({"threshold": 0.5, "names": ["a", "é"], "on": True, "none": None})
        t.put_settings({"threshold": 0.25})
        t.put_settings({})
    assert store.settings() == {"threshold": 0.25, "names": ["a", "é"], "on": True, "none": None}


def test_after_close_every_use_is_our_fault(store: SqliteStore) -> None:
    store.people()
    store.close()
    store.close()
    with pytest.raises(BugError, match="closed"):
        store.people()
    with pytest.raises(BugError, match="closed"):
        store.revision()
    with pytest.raises(BugError, match="closed"), store.transaction():
        pytest.fail("it began")


def test_a_full_disk_stores_nothing_and_is_told(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
    sql = store._connections.mine().sql
    (pages,) = sql.execute("PRAGMA page_count").fetchone()
    sql.execute(f"PRAGMA max_page_count = {pages + 5}")
    many = [sample(seed) for seed in range(500)]
    with pytest.raises(KnownError, match="full") as caught, store.transaction() as t:
        t.add_samples(ana.id, many)
    assert "space" in caught.value.remedy
    assert store.count_samples() == 0
    sql.execute("PRAGMA max_page_count = 1000000")
    with store.transaction() as t:  # with space again it goes on
        t.add_samples(ana.id, [sample(1)])
    store.check()


def test_a_full_disk_that_the_caller_ignores_is_no_success(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
    sql = store._connections.mine().sql
    (pages,) = sql.execute("PRAGMA page_count").fetchone()
    sql.execute(f"PRAGMA max_page_count = {pages + 5}")
    outcome = "committed"
    try:
        with store.transaction() as t:
            for seed in range(300):
                try:
                    t.add_samples(ana.id, [sample(seed)])
                except (KnownError, BugError):
                    continue
    except BugError:
        outcome = "refused"
    stored = store.count_samples()
    assert stored == store.person(ana.id).samples
    assert outcome == "committed" or stored == 0
    store.check()


def test_a_read_only_database_is_told(store: SqliteStore) -> None:
    sql = store._connections.mine().sql
    sql.execute("PRAGMA query_only = ON")
    with pytest.raises(KnownError, match="read-only") as caught, store.transaction() as t:
        t.add_person(person("Ana"))
    assert caught.value.remedy
    sql.execute("PRAGMA query_only = OFF")
    assert store.people() == []


def test_files_are_the_owners_alone(store: SqliteStore) -> None:
    with store.transaction() as t:
        t.add_person(person("Ana"))
    root: Path = store._path.parent
    for path in root.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    assert [p.name for p in root.iterdir() if p.name.endswith((".db", ".sqlite", ".sqlite3"))] == [
        "faceaccess.sqlite3"
    ]
