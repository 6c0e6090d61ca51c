"""Older databases: backed up, then brought up to date, all steps or none."""

import sqlite3
from collections.abc import Callable

import pytest
from store_builders import person

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.store import migrations
from faceaccess.store.sqlite_store import SqliteStore

_ADD_BADGE = ("9001 badges", lambda db: db.execute("CREATE TABLE badges (id INTEGER)"))


def _fail(database: object) -> None:
    database.execute("CREATE TABLE half (id INTEGER)")  # type: ignore[attr-defined]  # a Database
    raise RuntimeError("the step failed")


def _names(home: DataHome) -> tuple[list[str], set[str]]:
    sql = sqlite3.connect(home.database)
    done = migrations.applied(sql)
    tables = {name for (name,) in sql.execute("SELECT name FROM sqlite_master")}
    sql.close()
    return done, tables


@pytest.fixture
def older(data_home: DataHome, clock: ManualClock) -> DataHome:
    store = SqliteStore(data_home, clock)
    with store.transaction() as t:
        t.add_person(person("Ana", "1"))
    store.close()
    return data_home


def test_a_new_database_has_every_step_recorded_and_no_backup(
    store: SqliteStore, data_home: DataHome
) -> None:
    done, _ = _names(data_home)
    assert done == [name for name, _ in migrations.STEPS]
    assert not data_home.backups.exists()


def test_an_older_database_is_backed_up_and_migrated(
    older: DataHome,
    open_store: Callable[..., SqliteStore],
    monkeypatch: pytest.MonkeyPatch,
    clock: ManualClock,
) -> None:
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, _ADD_BADGE))
    store = open_store(keys_folder=None)
    assert [p.name for p in store.people()] == ["Ana"]
    done, tables = _names(older)
    assert done[-1] == "9001 badges"
    assert "badges" in tables
    (backup,) = older.backups.iterdir()
    assert backup.name == "faceaccess-20260105T090000Z-before-9001.backup"
    assert backup.stat().st_mode & 0o077 == 0
    copy = sqlite3.connect(backup)
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert copy.execute("SELECT count(*) FROM people").fetchone() == (1,)
    assert "9001 badges" not in migrations.applied(copy)
    copy.close()
    store.close()
    open_store(keys_folder=None).close()
    assert len(list(older.backups.iterdir())) == 1  # nothing to do, nothing to back up


def test_a_backup_can_stand_in_for_the_database(
    older: DataHome, open_store: Callable[..., SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", (*migrations.STEPS, _ADD_BADGE))
        open_store(keys_folder=None).close()
    (backup,) = older.backups.iterdir()
    older.database.unlink()
    backup.rename(older.database)
    store = open_store(keys_folder=None)
    assert [p.name for p in store.people()] == ["Ana"]
    with store.transaction() as t:
        t.add_person(person("Ben"))


@pytest.mark.parametrize("position", [0, 1])
def test_a_failing_step_leaves_the_database_as_it_was(
    older: DataHome,
    open_store: Callable[..., SqliteStore],
    monkeypatch: pytest.MonkeyPatch,
    position: int,
) -> None:
    before = _names(older)
    new = [_ADD_BADGE]
    new.insert(position, ("9000 half", _fail))
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", (*migrations.STEPS, *new))
        with pytest.raises(RuntimeError, match="the step failed"):
            open_store()
    assert _names(older) == before
    assert len(list(older.backups.iterdir())) == 1
    assert [p.name for p in open_store().people()] == ["Ana"]


def test_a_failing_first_start_leaves_no_database(
    data_home: DataHome, open_store: Callable[..., SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", (*migrations.STEPS, ("9000 half", _fail)))
        with pytest.raises(RuntimeError):
            open_store(keys_folder=None)
    assert {p.name for p in data_home.root.iterdir()} == {"number.key"}
    assert open_store(keys_folder=None).people() == []


def test_a_step_that_breaks_a_reference_is_refused(
    older: DataHome, open_store: Callable[..., SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    def orphan(database: object) -> None:
        database.execute(  # type: ignore[attr-defined]  # a Database
            "INSERT INTO crops VALUES (12345, x'00')"
        )

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", (*migrations.STEPS, ("9000 orphan", orphan)))
        with pytest.raises(KnownError, match="crops"):
            open_store()
    store = open_store()
    store.check()


def test_two_backups_of_one_second_are_both_kept(
    older: DataHome, open_store: Callable[..., SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(migrations, "STEPS", (*migrations.STEPS, ("9000 half", _fail)))
            with pytest.raises(RuntimeError):
                open_store()
    assert sorted(p.name for p in older.backups.iterdir()) == [
        "faceaccess-20260105T090000Z-before-9000-2.backup",
        "faceaccess-20260105T090000Z-before-9000.backup",
    ]
