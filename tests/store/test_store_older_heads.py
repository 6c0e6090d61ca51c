"""A database of the time when each head was stored whole: every kept head comes over as it was."""

import sqlite3
import uuid
from collections.abc import Callable

import numpy as np
import pytest
from store_builders import XorCodec, add_head, event, head_of, person, sample, vector

from faceaccess.core.clock import ManualClock
from faceaccess.core.heads import Head
from faceaccess.core.home import DataHome
from faceaccess.store import migrations, opening
from faceaccess.store.codec import Codec, Fields, Place, PlainCodec
from faceaccess.store.connections import connect
from faceaccess.store.sqlite_store import SqliteStore

NAMES = ("Ana", "Ben", "Cy")
IDS = [str(uuid.UUID(int=n, version=4)) for n in range(3)]
HEADS: dict[int, tuple[Head, bool, bool]] = {
    # version: head, accepted, its rows still there
    1: (head_of(IDS[:1], 1), True, False),
    2: (head_of(IDS[:2], 2), True, True),
    3: (head_of(IDS[1:], 30), False, True),
    4: (head_of(IDS[:2], 2), True, True),  # the same rows again
    5: (head_of(IDS[::-1], 50), True, True),
    6: (head_of(IDS, 60), False, True),
}


def _old_head(sql: sqlite3.Connection, fields: Fields, version: int) -> None:
    head, accepted, stored = HEADS[version]

    def sealed(column: str, text: str) -> bytes:
        return fields.seal(text, Place("heads", column, str(version)))

    sql.execute(
        "INSERT INTO heads VALUES (?, ?, ?, 8, ?, ?, 5, 30, 0.25, 32.0, ?, ?, ?, ?)",
        [
            *(version, head.space.model, head.space.preprocessing, 1000 * version),
            *(len(head.person_ids), int(accepted)),
            *(sealed("note", f"head {version}"), sealed("actor", "ana"), int(stored)),
        ],
    )
    if not stored:
        return
    for position, person_id in enumerate(head.person_ids):
        row, mean = (
            fields.seal_vector(
                matrix[position], Place("head_rows", column, f"{version}/{person_id}", person_id)
            )
            for column, matrix in (("row", head.rows), ("mean", head.means))
        )
        sql.execute(
            "INSERT INTO head_rows VALUES (?, ?, ?, ?, ?)",
            [version, position, person_id, row, mean],
        )


@pytest.fixture(params=[PlainCodec, XorCodec])
def codec(request: pytest.FixtureRequest) -> Codec:
    made: Codec = request.param()
    return made


@pytest.fixture
def older(data_home: DataHome, clock: ManualClock, codec: Codec) -> DataHome:
    opening.open_home(data_home, clock, migrations.STEPS[:4], 1.0)
    fields = Fields(codec)
    sql = connect(data_home.database, 1.0)
    sql.execute("BEGIN")
    for person_id, name in zip(IDS, NAMES, strict=True):
        sql.execute(
            "INSERT INTO people (id, name, department, note, active, created_at, updated_at,"
            " samples, changed) VALUES (?, ?, ?, ?, 1, 1, 1, 0, 1)",
            [
                person_id,
                *(
                    fields.seal(text, Place("people", column, person_id, person_id))
                    for column, text in (("name", name), ("department", ""), ("note", ""))
                ),
            ],
        )
    for version in HEADS:
        _old_head(sql, fields, version)
    sql.execute("COMMIT")
    sql.close()
    return data_home


def _agree(store: SqliteStore, versions: list[int]) -> None:
    for version in versions:
        record, head = store.head(version)
        wanted, accepted, _ = HEADS[version]
        assert (record.people, record.accepted) == (len(wanted.person_ids), accepted)
        assert (record.note, record.actor) == (f"head {version}", "ana")
        assert (record.estimate, record.test) == (None, None)
        assert (head.person_ids, head.scale, head.steps) == (wanted.person_ids, 32.0, 30)
        np.testing.assert_array_equal(head.rows, wanted.rows)
        np.testing.assert_array_equal(head.means, wanted.means)
        assert head.counter_examples is None


def test_every_kept_head_is_what_it_was(
    older: DataHome, codec: Codec, open_store: Callable[..., SqliteStore]
) -> None:
    store = open_store(codec=codec)
    store.check()
    assert [(r.version, r.stored) for r in store.head_records()] == [
        (6, True),
        (5, True),
        (4, True),
        (3, True),
        (2, True),
        (1, False),
    ]
    _agree(store, [2, 3, 4, 5, 6])
    assert store.serving_head()[0].version == 5
    assert [p.name for p in store.people()] == list(NAMES)
    assert len(list(older.backups.iterdir())) == 1


@pytest.mark.usefixtures("older")
def test_the_older_heads_go_on_beside_new_ones(
    codec: Codec, open_store: Callable[..., SqliteStore]
) -> None:
    store = open_store(codec=codec)
    grown = head_of(IDS[::-1], 50)
    grown.rows[1] = vector(77)
    with store.transaction() as t:
        assert t.use_head(2, None).version == 2
        added = add_head(t, grown, kept=20)
        t.pin_head(3, pinned=True)
    assert added.version == 7
    np.testing.assert_array_equal(store.serving_head()[1].rows, grown.rows)
    _agree(store, [2, 3, 4, 5, 6])
    with store.transaction() as t:
        add_head(t, grown, kept=2)
    assert [r.version for r in store.head_records() if r.stored] == [8, 7, 3]
    _agree(store, [3])
    with store.transaction() as t:
        t.remove_person(IDS[1])
    assert store.head(3)[1].person_ids == (IDS[2],)
    assert store.serving_head()[1].person_ids == (IDS[2], IDS[0])
    np.testing.assert_array_equal(store.serving_head()[1].rows, grown.rows[[0, 2]])
    store.check()


@pytest.mark.usefixtures("older")
def test_what_is_new_works_in_an_older_folder(
    codec: Codec, open_store: Callable[..., SqliteStore]
) -> None:
    store = open_store(codec=codec)
    with store.transaction() as t:
        t.add_samples(IDS[0], [sample(1)])
        t.add_stranger("visitor", [sample(2)])
        t.add_event(event(person_id=IDS[0], person="Ana"))
        t.add_person(person("Di"))
    assert (store.count_strangers(), store.count_people(), store.count_events()) == (1, 4, 1)
