"""Heads, one row a person, and erasing a person from them."""

from collections.abc import Callable

import numpy as np
import pytest
from store_builders import add_head, event, head_of, person, sample

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.store import heads
from faceaccess.store.sqlite_store import SqliteStore


def _people(store: SqliteStore, *names: str) -> list[str]:
    with store.transaction() as t:
        return [t.add_person(person(name)).id for name in names]


def test_before_the_first_training_nothing_serves(store: SqliteStore) -> None:
    assert store.serving_head() is None
    assert store.head_records() == []


def test_a_head_comes_back_as_stored(store: SqliteStore, clock: ManualClock) -> None:
    ids = _people(store, "Ana", "Ben", "Cy")
    head = head_of(ids[::-1])
    with store.transaction() as t:
        record = add_head(t, head, note="full fit")
    served = store.serving_head()
    assert served is not None
    assert served[0] == record == store.head_records()[0]
    assert (record.version, record.people, record.samples, record.steps) == (1, 3, 5, 30)
    assert (record.seconds, record.accepted, record.note, record.actor) == (
        0.25,
        True,
        "full fit",
        "ana",
    )
    assert record.created_at == clock.now()
    got = served[1]
    assert (got.space, got.person_ids, got.scale, got.steps) == (
        head.space,
        head.person_ids,
        32.0,
        30,
    )
    assert got.rows.dtype == got.means.dtype == np.float32
    np.testing.assert_array_equal(got.rows, head.rows)
    np.testing.assert_array_equal(got.means, head.means)


def test_the_newest_accepted_head_serves(store: SqliteStore) -> None:
    ids = _people(store, "Ana")
    with store.transaction() as t:
        add_head(t, head_of(ids, 1))
        add_head(t, head_of(ids, 2))
        add_head(t, head_of(ids, 3), accepted=False)
    served = store.serving_head()
    assert served is not None
    assert served[0].version == 2
    np.testing.assert_array_equal(served[1].rows, head_of(ids, 2).rows)
    assert [(r.version, r.accepted) for r in store.head_records()] == [
        (3, False),
        (2, True),
        (1, True),
    ]
    assert [r.version for r in store.head_records(limit=1)] == [3]


def test_old_rows_go_the_serving_head_and_all_records_stay(store: SqliteStore) -> None:
    ids = _people(store, "Ana", "Ben")
    with store.transaction() as t:
        add_head(t, head_of(ids, 1), kept=2)
        for seed in range(2, 6):
            add_head(t, head_of(ids, seed), accepted=False, kept=2)
    assert [(r.version, r.stored) for r in store.head_records()] == [
        (5, True),
        (4, True),
        (3, False),
        (2, False),
        (1, True),
    ]
    for version, seed in ((1, 1), (4, 4), (5, 5)):
        np.testing.assert_array_equal(store.head(version)[1].rows, head_of(ids, seed).rows)
    with pytest.raises(KnownError, match="dropped"):
        store.head(3)
    with store._reading() as session:
        rows = session.sql.execute(
            "SELECT first, count(*) FROM head_rows GROUP BY first ORDER BY first"
        ).fetchall()
    assert rows == [(1, 2), (4, 2), (5, 2)]
    served = store.serving_head()
    assert served is not None
    assert served[0].version == 1
    assert [r.version for r in store.head_records()] == [5, 4, 3, 2, 1]


def test_at_least_one_head_is_kept(store: SqliteStore) -> None:
    ids = _people(store, "Ana")
    with pytest.raises(BugError), store.transaction() as t:
        add_head(t, head_of(ids), kept=0)
    assert store.serving_head() is None


def test_of_a_very_large_refused_head_only_the_record_is_kept(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "REFUSED_KEPT", 2)
    ids = _people(store, "Ana", "Ben", "Cy")
    with store.transaction() as t:
        assert add_head(t, head_of(ids, 1)).stored
        refused = add_head(t, head_of(ids, 2), accepted=False)
        small = add_head(t, head_of(ids[:2], 3), accepted=False)
    assert not refused.stored
    assert small.stored
    with pytest.raises(KnownError):
        store.head(refused.version)
    served = store.serving_head()
    assert served is not None
    np.testing.assert_array_equal(served[1].rows, head_of(ids, 1).rows)
    with store.transaction() as t:  # the line goes on from the one that serves
        add_head(t, head_of(ids, 4))
    served = store.serving_head()
    assert served is not None
    np.testing.assert_array_equal(served[1].rows, head_of(ids, 4).rows)


def test_a_head_with_somebody_removed_meanwhile_is_refused(store: SqliteStore) -> None:
    ids = _people(store, "Ana", "Ben")
    head = head_of(ids)
    with store.transaction() as t:
        t.remove_person(ids[0])
    with pytest.raises(KnownError, match="not enrolled"), store.transaction() as t:
        add_head(t, head)
    assert store.serving_head() is None


def test_removing_a_person_erases_them_from_every_stored_head(store: SqliteStore) -> None:
    ids = _people(store, "Ana", "Ben", "Ana Lisa")
    with store.transaction() as t:
        t.add_samples(ids[0], [sample(1)])
        add_head(t, head_of(ids, 1), note="Ana added")
        add_head(t, head_of(ids, 5), note="Lisana, Ben and Ana added")
    with store.transaction() as t:
        t.remove_person(ids[0])
    served = store.serving_head()
    assert served is not None
    record, head = served
    assert head.person_ids == (ids[1], ids[2])
    np.testing.assert_array_equal(head.means, head_of(ids, 5).means[1:])
    assert record.people == 2
    assert store.count_samples() == 0
    notes = [r.note for r in store.head_records()]
    assert notes == [
        "Lisana, Ben and somebody since removed added",
        "somebody since removed added",
    ]
    with store._reading() as session:
        for table in ("samples", "head_rows", "people", "former_names"):
            column = "id" if table == "people" else "person_id"
            left = session.sql.execute(
                f"SELECT count(*) FROM {table} WHERE {column} = ?", [ids[0]]
            ).fetchone()
            assert left == (0,), table
        assert session.sql.execute("SELECT count(*) FROM crops").fetchone() == (0,)


def test_removing_a_person_takes_name_and_picture_out_of_events(store: SqliteStore) -> None:
    (ana, ben) = _people(store, "Ana", "Ben")
    pixels = np.full((8, 8, 3), 90, np.uint8)
    hers = event(1, person_id=ana, person="Ana", runner_up="Ben", picture=pixels)
    his = event(2, person_id=ben, person="Ben", runner_up="Ana", picture=pixels)
    with store.transaction() as t:
        t.add_event(hers)
        t.add_event(his)
        t.edit_person(ana, person("Ana Maria"))
    with store.transaction() as t:
        t.remove_person(ana)
    got_his, got_hers = store.events()
    assert (got_hers.decision.person_id, got_hers.decision.person) == (ana, None)
    assert got_hers.decision.runner_up == "Ben"
    assert store.event_picture(hers.id) is None
    # Her former name is gone from his event too, and his own stays.
    assert (got_his.decision.person, got_his.decision.runner_up) == ("Ben", None)
    assert store.event_picture(his.id) is not None
    assert [v.id for v in store.last_visits(ana)] == [hers.id]


def test_a_visit_that_ends_after_the_removal_brings_nothing_back(store: SqliteStore) -> None:
    (ana,) = _people(store, "Ana")
    late = event(person_id=ana, person="Ana", picture=np.zeros((8, 8, 3), np.uint8))
    with store.transaction() as t:
        t.remove_person(ana)
    with store.transaction() as t:
        stored = t.add_event(late)
    assert stored.decision.person is None
    assert store.events()[0].decision.person is None
    assert store.events()[0].decision.person_id == ana
    assert store.event_picture(late.id) is None


def test_erased_bytes_are_gone_from_the_files(open_store: Callable[..., SqliteStore]) -> None:
    store = open_store(keys_folder=None)
    with store.transaction() as t:
        ana = t.add_person(person("Annegret Unverwechselbar", "NUMBER-4711"))
        t.add_samples(ana.id, [sample(1)])
        for _ in range(50):
            t.add_event(event(person_id=ana.id, person="Annegret Unverwechselbar"))
        t.add_person(person("Ben"))

    def files() -> bytes:
        found = store._path.parent.glob("faceaccess.sqlite3*")
        return b"".join(path.read_bytes() for path in found)

    assert b"Unverwechselbar" in files()
    with store.transaction() as t:
        t.remove_person(ana.id)
    raw = files()
    assert b"Ben" in raw
    assert b"Unverwechselbar" not in raw
    assert b"NUMBER-4711" not in raw
