"""From a data folder to a database that fits this program, or a plain word why not.

A new database is made under another name and gets its own when it is complete, so a file of that
name is always a whole one: one that is empty, cut or of another kind is reported, never touched.
"""

import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from faceaccess.core.clock import Clock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.home import DataHome
from faceaccess.store import faults, migrations, sealing
from faceaccess.store.connections import connect
from faceaccess.store.key_file import KeyFile
from faceaccess.store.key_ring import KeyRing
from faceaccess.store.keyed_hash import KeyedHash, load_key, publish
from faceaccess.store.migrations import Step

APPLICATION_ID = 0x46614163
""""FaAc": marks the file as ours (PRAGMA application_id)."""


@dataclass(frozen=True)
class Opened:
    """What a data folder was opened with.

    Attributes:
        keys: the keyed hash that belongs to it.
        ring: the keys that its personal fields are sealed with, or None where they are plain.
    """

    keys: KeyedHash
    ring: KeyRing | None


def open_home(
    home: DataHome,
    clock: Clock,
    steps: Sequence[Step],
    busy_seconds: float,
    keys_folder: Path | None = None,
) -> Opened:
    """Make the data folder and its database where they are not there, and migrate an older one.

    Args:
        home: the data folder.
        clock: names backups.
        steps: the migrations.
        busy_seconds: how long a write waits for another program's.
        keys_folder: where the keys of sealed folders are, outside of the data folder. None leaves
            a new or plain folder plain, and opens no other.

    Raises:
        KnownError: if the folder cannot be made or written to, or the database is damaged, newer
            than the program, locked, read-only, or not this program's; or its keys are not there.
    """
    try:
        home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = home.database
        with faults.telling(path):
            if not path.exists() and not path.is_symlink():
                _make(home, clock, steps, keys_folder)
            check_file(path)
            _fit(home, clock, steps, busy_seconds)
            return _with_keys(home, clock, busy_seconds, keys_folder)
    except OSError as error:
        raise KnownError(
            f"The data folder {home.root} cannot be used: {error.strerror}.",
            "Make it writable, free some space on its disk, or choose another folder.",
        ) from error


def _make(home: DataHome, clock: Clock, steps: Sequence[Step], keys_folder: Path | None) -> None:
    """Make the database; where it is to be sealed, its keys first."""
    if keys_folder is None:
        _create(home.database, load_key(home.number_key), steps, None)
        return
    ring = KeyRing.create(keys_folder, clock)
    made = False
    try:
        made = _create(home.database, KeyedHash(ring.hash_key), steps, ring.key_id)
    finally:
        if not made:  # it failed, or another process was faster
            ring.file.remove()


def _with_keys(
    home: DataHome, clock: Clock, busy_seconds: float, keys_folder: Path | None
) -> Opened:
    """Open the keys of the folder; a plain one is sealed."""
    sql = connect(home.database, busy_seconds)
    try:
        key_id = _key_id(sql)
        if key_id is None and keys_folder is not None:
            key_id = sealing.seal_folder(sql, home, clock, keys_folder)
    finally:
        sql.close()
    if key_id is None:
        return Opened(load_key(home.number_key), None)
    if keys_folder is None:
        raise BugError(f"the data folder {home.root} is sealed, and no keys were given")
    ring = KeyRing(KeyFile(keys_folder, key_id), clock)
    home.number_key.unlink(missing_ok=True)  # it is in the key file now
    return Opened(KeyedHash(ring.hash_key), ring)


def _key_id(sql: sqlite3.Connection) -> str | None:
    columns = {name for _, name, *_ in sql.execute("PRAGMA table_info(state)")}
    if "key_id" not in columns:  # the tests open folders with fewer migrations
        return None
    (key_id,) = sql.execute("SELECT key_id FROM state WHERE id = 1").fetchone()
    return None if key_id is None else str(key_id)


def _create(path: Path, key: KeyedHash, steps: Sequence[Step], key_id: str | None) -> bool:
    """Make the database file; False if another process was faster."""
    part = path.with_name(f".new-database-{secrets.token_hex(8)}.part")
    part.touch(mode=0o600, exist_ok=False)
    try:
        sql = connect(part, 0.0)
        try:
            _use_wal(sql, path)
            sql.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            sql.execute("BEGIN IMMEDIATE")
            migrations.apply(sql, steps)
            sql.execute("INSERT INTO state (id, revision, key_check) VALUES (1, 1, ?)", [key.check])
            if key_id is not None:
                sql.execute("UPDATE state SET key_id = ? WHERE id = 1", [key_id])
            sql.execute("COMMIT")
        finally:
            sql.close()
        return publish(part, path)
    finally:
        for left in ("", "-wal", "-shm"):
            part.with_name(part.name + left).unlink(missing_ok=True)


def check_file(path: Path) -> None:
    """Look at a database file without SQLite: is it one, and is all of it there?

    Raises:
        KnownError: if it is empty, cut off, or something else.
        OSError: if it cannot be read.
    """
    # Another process may just be writing its log back into the file, which lets the header run
    # ahead of the size for a moment; then there is a log beside it, or the next look is fine.
    for _look in range(3):
        trouble = _trouble(path)
        if trouble is None:
            return
    raise KnownError(f"The database {path} is damaged: {trouble}.", faults.BACKUP_REMEDY)


def _trouble(path: Path) -> str | None:
    with path.open("rb") as file:
        header = file.read(100)
    size = path.stat().st_size
    if size == 0:
        return "the file is empty"
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        return "the file is not an SQLite database"
    # https://www.sqlite.org/fileformat.html: page size at 16 (1 means 65536), page count at 28
    page = int.from_bytes(header[16:18], "big")
    page = 65536 if page == 1 else page
    pages = int.from_bytes(header[28:32], "big")
    log = path.with_name(path.name + "-wal")
    if size < page * pages and not (log.exists() and log.stat().st_size):
        return f"{page * pages - size:,} bytes are cut off its end"
    return None


def _fit(home: DataHome, clock: Clock, steps: Sequence[Step], busy_seconds: float) -> None:
    path = home.database
    sql = connect(path, busy_seconds)
    try:
        _check_ours(sql, path)
        if _pending(sql, path, steps):
            _migrate(sql, home, clock, steps, busy_seconds)
        _use_wal(sql, path)
        if not sql.execute("SELECT 1 FROM state WHERE id = 1").fetchone():
            raise KnownError(
                f"The database {path} is damaged: its state is missing.", faults.BACKUP_REMEDY
            )
    finally:
        sql.close()


def _check_ours(sql: sqlite3.Connection, path: Path) -> None:
    (application,) = sql.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        raise KnownError(
            f"The database {path} is not one of this program.",
            "Nothing was changed. Move the file away, or choose another data folder.",
        )


def _pending(sql: sqlite3.Connection, path: Path, steps: Sequence[Step]) -> list[str]:
    done = migrations.applied(sql)
    names = [name for name, _ in steps]
    if unknown := [name for name in done if name not in names]:
        raise KnownError(
            f"The database {path} was made by a newer program (it has {unknown[-1]!r}).",
            "Nothing was changed. Install the newer program, or choose another data folder.",
        )
    (count,) = sql.execute("PRAGMA user_version").fetchone()
    if not done or done != names[: len(done)] or count != len(done):
        raise KnownError(
            f"The database {path} is damaged: its migrations are not whole.",
            faults.BACKUP_REMEDY,
        )
    return names[len(done) :]


def _migrate(
    sql: sqlite3.Connection,
    home: DataHome,
    clock: Clock,
    steps: Sequence[Step],
    busy_seconds: float,
) -> None:
    sql.execute("PRAGMA foreign_keys = OFF")  # a step may rebuild a table; checked below
    sql.execute("BEGIN IMMEDIATE")
    try:
        # Again, now that nobody else can: another process may have been faster.
        if pending := _pending(sql, home.database, steps):
            _back_up(home, clock, pending[0], busy_seconds)
            migrations.apply(sql, steps)
            if broken := sql.execute("PRAGMA foreign_key_check").fetchall():
                raise KnownError(
                    f"The database {home.database} does not fit together ({broken[0][0]}).",
                    "Nothing was changed. Put a backup in its place.",
                )
        sql.execute("COMMIT")
    finally:
        if sql.in_transaction:
            sql.execute("ROLLBACK")


def _back_up(home: DataHome, clock: Clock, step: str, busy_seconds: float) -> Path:
    home.backups.mkdir(exist_ok=True, mode=0o700)
    name = f"faceaccess-{clock.now():%Y%m%dT%H%M%SZ}-before-{step.split(maxsplit=1)[0]}"
    part = home.backups / f".{name}-{secrets.token_hex(8)}.part"
    part.touch(mode=0o600, exist_ok=False)
    try:
        source, copy = connect(home.database, busy_seconds), connect(part, 0.0)
        try:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        finally:
            copy.close()
            source.close()
        target, number = home.backups / f"{name}.backup", 1
        while not publish_copy(part, target):
            number += 1
            target = home.backups / f"{name}-{number}.backup"
    finally:
        part.unlink(missing_ok=True)
    return target


def publish_copy(part: Path, target: Path) -> bool:
    """Name a finished backup; False, with `part` still there, if the name is taken."""
    if target.exists():
        return False
    return publish(part, target)


def _use_wal(sql: sqlite3.Connection, path: Path) -> None:
    (mode,) = sql.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise KnownError(
            f"The drive of {path} cannot be shared safely by two programs.",
            "Choose a data folder on a local disk.",
        )
