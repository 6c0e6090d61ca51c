"""What stands where the database should be: made, refused, never overwritten."""

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from store_builders import GRAY, add_head, event, head_of, person, sample

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.home import DataHome
from faceaccess.store.keyed_hash import publish
from faceaccess.store.sqlite_store import SqliteStore


def _fill(store: SqliteStore, people: int = 3) -> None:
    with store.transaction() as t:
        ids = [t.add_person(person(f"Person {n}", str(n))).id for n in range(people)]
        for n, person_id in enumerate(ids):
            t.add_samples(person_id, [sample(10 * n + k) for k in range(3)])
            for minute in range(5):
                t.add_event(event(minute, person_id=person_id, person=f"Person {n}"))
        add_head(t, head_of(ids))
        t.put_settings({"threshold": 0.5})


def _read_everything(store: SqliteStore) -> None:
    for p in store.people():
        store.person(p.id)
        for s in store.samples(p.id):
            store.crop(s.id)
        store.thumbnail(p.id)
        store.last_visits(p.id)
    store.training_set(GRAY)
    store.serving_head()
    store.head_records()
    list(store.all_events())
    store.count_events()
    store.settings()


@pytest.fixture
def filled(data_home: DataHome, clock: ManualClock) -> Path:
    store = SqliteStore(data_home, clock)
    _fill(store)
    store.close()
    assert not (data_home.root / "faceaccess.sqlite3-wal").exists()
    return data_home.database


def test_a_new_folder_is_made_with_what_belongs_there(data_home: DataHome, store: SqliteStore):
    assert store.people() == []
    names = {p.name for p in data_home.root.iterdir()}
    assert names <= {
        "faceaccess.sqlite3",
        "faceaccess.sqlite3-wal",
        "faceaccess.sqlite3-shm",
        "number.key",
    }
    (mode,) = store._connections.mine().sql.execute("PRAGMA journal_mode").fetchone()
    (keys,) = store._connections.mine().sql.execute("PRAGMA foreign_keys").fetchone()
    assert (mode, keys) == ("wal", 1)


def test_what_was_stored_is_there_the_next_time(
    filled: Path, open_store: Callable[..., SqliteStore]
) -> None:
    store = open_store()
    assert store.count_people() == 3
    assert store.count_samples() == 9
    assert store.count_events() == 15
    assert store.settings() == {"threshold": 0.5}
    _read_everything(store)
    store.check()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"SQLite", "not an SQLite database"),
        (b"hello, I am a letter\n" * 400, "not an SQLite database"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "damaged"),
        (bytes(8192), "not an SQLite database"),
    ],
)
def test_another_file_in_its_place_is_told_and_left_alone(
    data_home: DataHome, open_store: Callable[..., SqliteStore], content: bytes, says: str
) -> None:
    data_home.root.mkdir()
    data_home.database.write_bytes(content)
    with pytest.raises(KnownError, match=says) as caught:
        open_store()
    assert str(data_home.database) in caught.value.text
    assert "backup" in caught.value.remedy
    assert data_home.database.read_bytes() == content


@pytest.mark.parametrize("share", [0.001, 0.01, 0.3, 0.6, 0.999])
def test_a_cut_database_is_told_and_left_alone(
    filled: Path, open_store: Callable[..., SqliteStore], share: float
) -> None:
    cut = filled.read_bytes()[: int(filled.stat().st_size * share)]
    filled.write_bytes(cut)
    with pytest.raises(KnownError, match="damaged"):
        open_store()
    assert filled.read_bytes() == cut


def test_another_programs_database_is_told_and_left_alone(
    data_home: DataHome, open_store: Callable[..., SqliteStore]
) -> None:
    data_home.root.mkdir()
    sql = sqlite3.connect(data_home.database)
    sql.execute("CREATE TABLE people (id INTEGER)")
    sql.commit()
    sql.close()
    content = data_home.database.read_bytes()
    with pytest.raises(KnownError, match="not one of this program"):
        open_store()
    assert data_home.database.read_bytes() == content


def test_a_newer_database_is_told_and_left_alone(
    filled: Path, open_store: Callable[..., SqliteStore]
) -> None:
    sql = sqlite3.connect(filled)
    sql.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " VALUES ('faceaccess', '9999 telepathy', 'later')"
    )
    sql.commit()
    sql.close()
    content = filled.read_bytes()
    with pytest.raises(KnownError, match=r"newer program.*telepathy"):
        open_store()
    assert filled.read_bytes() == content


def test_a_page_damaged_later_is_told(filled: Path, open_store: Callable[..., SqliteStore]) -> None:
    content = bytearray(filled.read_bytes())
    for page in range(2, len(content) // 4096):
        content[4096 * page : 4096 * page + 100] = os.urandom(100)
    filled.write_bytes(bytes(content))
    with pytest.raises(KnownError, match="damaged") as caught:
        _read_everything(open_store())
    assert "backup" in caught.value.remedy


@pytest.mark.parametrize("seed", range(24))
def test_damage_anywhere_never_ends_in_a_traceback(
    filled: Path, data_home: DataHome, clock: ManualClock, seed: int
) -> None:
    chance = random.Random(seed)
    content = bytearray(filled.read_bytes())
    for _ in range(chance.choice([1, 10, 100])):
        start = chance.randrange(len(content))
        length = chance.choice([1, 16, 4096])
        end = min(len(content), start + length)
        content[start:end] = chance.choice([bytes(end - start), chance.randbytes(end - start)])
    filled.write_bytes(bytes(content))
    try:
        store = SqliteStore(data_home, clock)
    except KnownError:
        return
    for read in (_read_everything, SqliteStore.check):
        with contextlib.suppress(KnownError):
            read(store)
    store.close()


def test_check_finds_a_damaged_index(filled: Path, open_store: Callable[..., SqliteStore]) -> None:
    sql = sqlite3.connect(filled)
    (root,) = sql.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'events_time'"
    ).fetchone()
    sql.close()
    content = bytearray(filled.read_bytes())
    content[4096 * (root - 1) : 4096 * root] = bytes(4096)
    filled.write_bytes(bytes(content))
    store = open_store()
    with pytest.raises(KnownError, match="damaged"):
        store.check()


def test_a_file_where_the_folder_should_be(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "data").write_text("not a folder")
    for root in (tmp_path / "data", tmp_path / "data" / "deeper"):
        with pytest.raises(KnownError, match="data folder") as caught:
            SqliteStore(DataHome(root), clock)
        assert caught.value.remedy


def test_a_folder_where_the_database_should_be(
    data_home: DataHome, open_store: Callable[..., SqliteStore]
) -> None:
    data_home.database.mkdir(parents=True)
    with pytest.raises(KnownError):
        open_store()


_OPEN_AS_NOBODY = """
import sys
from pathlib import Path
from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.people import PersonDetails
from faceaccess.store.sqlite_store import SqliteStore
import contextlib
import os
import sqlite_utils  # while we may still read it wherever it is installed
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    store = SqliteStore(DataHome(Path(sys.argv[1])), SystemClock())
    store.people()
    with store.transaction() as t:
        t.add_person(PersonDetails("Ana"))
except KnownError as error:
    print("KNOWN", error)
"""


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="needs a system with users")
@pytest.mark.parametrize("there", ["nothing", "folder", "database"])
def test_a_read_only_folder_is_told(clock: ManualClock, there: str) -> None:
    # As another user, for root may write everywhere; so in a folder that others can reach.
    with tempfile.TemporaryDirectory() as folder:
        _read_only(Path(folder), clock, there)


def _read_only(parent: Path, clock: ManualClock, there: str) -> None:
    root = parent / "data"
    if there == "database":
        SqliteStore(DataHome(root), clock).close()
        for path in root.iterdir():
            path.chmod(0o444)
    elif there == "folder":
        root.mkdir()
    parent.chmod(0o555)
    if root.exists():
        root.chmod(0o555)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _OPEN_AS_NOBODY, str(root)],
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
    finally:
        parent.chmod(0o755)
        if root.exists():
            root.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("KNOWN"), done.stdout
    assert "data folder" in done.stdout or "read-only" in done.stdout
    assert any(remedy in done.stdout for remedy in ("Give yourself", "writable", "you may"))


def test_a_database_held_by_another_program(
    filled: Path, open_store: Callable[..., SqliteStore]
) -> None:
    holder = sqlite3.connect(filled, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(KnownError, match="in use by another") as caught:
        open_store(busy_seconds=0.05)
    assert "Close the other program" in caught.value.remedy
    holder.execute("ROLLBACK")
    holder.close()
    assert open_store().count_people() == 3


def test_a_write_that_waits_too_long(filled: Path, open_store: Callable[..., SqliteStore]) -> None:
    store = open_store(busy_seconds=0.05)
    holder = sqlite3.connect(filled, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(KnownError, match="in use by another"), store.transaction():
        pytest.fail("it began")
    assert store.count_people() == 3  # reading goes on
    holder.execute("ROLLBACK")
    holder.close()
    with store.transaction() as t:
        t.add_person(person("Ana"))
    assert store.count_people() == 4


def test_a_lost_table_is_not_taken_for_a_new_database(
    filled: Path, open_store: Callable[..., SqliteStore]
) -> None:
    sql = sqlite3.connect(filled)
    sql.execute("DELETE FROM state")
    sql.commit()
    sql.close()
    with pytest.raises(KnownError, match="damaged"):
        open_store()


def test_a_bug_is_no_known_error(store: SqliteStore) -> None:
    with pytest.raises(BugError), store._reading() as session:
        session.sql.execute("SELECT nonsense")


def test_a_drive_without_hard_links_works_and_overwrites_nothing(
    data_home: DataHome, open_store: Callable[..., SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with open_store().transaction() as t:
        t.add_person(person("Ana"))
    part = data_home.root / "late.part"
    part.write_bytes(b"another process's new database")
    assert publish(part, data_home.database) is False
    assert not part.exists()
    assert open_store().count_people() == 1


_FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from store_builders import *
from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.store.sqlite_store import SqliteStore
home = DataHome(Path(sys.argv[2]))
limit = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    store = SqliteStore(home, SystemClock())
    for seed in range(200):
        with store.transaction() as t:
            t.add_samples(t.add_person(person("Ana")).id, [sample(seed)])
    print("all stored")
except KnownError as error:
    print("KNOWN", error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on file sizes")
@pytest.mark.parametrize("limit", [10, 20_000, 300_000])
def test_a_file_that_cannot_grow_is_told_and_whole_afterwards(
    data_home: DataHome, open_store: Callable[..., SqliteStore], limit: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(Path(__file__).parent), str(data_home.root), str(limit)],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("KNOWN"), done.stdout
    assert list(data_home.root.glob("**/*part*")) == []
    store = open_store()
    store.check()
    assert store.count_samples() == store.count_people()
    with store.transaction() as t:
        t.add_person(person("Ben"))
