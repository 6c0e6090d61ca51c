"""From a database whose personal fields are plain to one in which they are sealed; once.

All in one transaction: whatever breaks it off leaves the database as it was.
"""

import logging
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from faceaccess.core.clock import Clock
from faceaccess.core.home import DataHome
from faceaccess.store import sealed_files
from faceaccess.store.codec import Codec, Place, PlainCodec
from faceaccess.store.key_ring import KeyRing
from faceaccess.store.keyed_hash import load_key

_log = logging.getLogger(__name__)

_AT_ONCE = 500  # rows


@dataclass(frozen=True)
class _Sealed:
    """Columns of one table that pass the codec.

    Attributes:
        table: with them, and its integer key.
        key: that key.
        columns: their names.
        row: SQL of the row's lasting name, as in `Place.row`.
        person: SQL of the person's id.
        joined: further tables that these need.
    """

    table: str
    columns: tuple[str, ...]
    row: str
    person: str = "''"
    joined: str = ""
    key: str = "row"


SEALED: tuple[_Sealed, ...] = (
    _Sealed("people", ("name", "staff_number", "department", "note"), "t.id", "t.id"),
    _Sealed("former_names", ("name",), "t.person_id", "t.person_id"),
    _Sealed("samples", ("embedding", "quality", "source", "digest"), "t.id", "t.person_id"),
    _Sealed(
        "crops",
        ("crop",),
        "owner.id",
        "owner.person_id",
        "JOIN samples owner ON owner.row = t.sample_row",
        "sample_row",
    ),
    _Sealed("heads", ("note", "actor", "figures"), "t.version", key="version"),
    _Sealed("head_rows", ("row", "mean"), "t.first || '/' || t.person_id", "t.person_id", key="id"),
    _Sealed(
        "head_counter_examples",
        ("vector",),
        "t.version || '/' || t.position",
        "t.person_id",
        key="rowid",
    ),
    _Sealed("events", ("person",), "t.id", "coalesce(t.person_id, '')"),
    _Sealed("events", ("runner_up",), "t.id"),
    _Sealed(
        "event_pictures",
        ("picture",),
        "owner.id",
        "coalesce(owner.person_id, '')",
        "JOIN events owner ON owner.row = t.event_row",
        "event_row",
    ),
    _Sealed(
        "event_evidence",
        ("vectors", "quality"),
        "owner.id",
        "coalesce(owner.person_id, '')",
        "JOIN events owner ON owner.row = t.event_row",
        "event_row",
    ),
    _Sealed(
        "evidence_crops",
        ("crop",),
        "owner.id",
        "coalesce(owner.person_id, '')",
        "JOIN events owner ON owner.row = t.event_row",
        "event_row",
    ),
    _Sealed("corrections", ("vectors", "actor"), "t.id", "t.person_id"),
    _Sealed("strangers", ("label",), "t.id", "t.id"),
    _Sealed(
        "stranger_samples", ("embedding", "quality", "source", "digest"), "t.id", "t.stranger_id"
    ),
    _Sealed(
        "stranger_crops",
        ("crop",),
        "owner.id",
        "owner.stranger_id",
        "JOIN stranger_samples owner ON owner.row = t.sample_row",
        "sample_row",
    ),
    _Sealed("door_commands", ("actor",), "t.id"),
    _Sealed("access_rules", ("rule",), "t.id", "coalesce(t.person_id, '')"),
    _Sealed("holidays", ("name",), "t.day", key="rowid"),
    _Sealed("second_factors", ("pin", "code_salt"), "t.person_id", "t.person_id", key="rowid"),
    _Sealed("attack_tests", ("actor",), "t.id"),
    _Sealed("alarms", ("detail", "muted_by"), "t.id"),
)
"""Every column that passes the codec, as the tables were when sealing came; a test holds it against
the codec's own calls. Tables that came later are sealed from their first row."""


def seal_folder(sql: sqlite3.Connection, home: DataHome, clock: Clock, keys_folder: Path) -> str:
    """Seal a data folder whose personal fields are plain: its database, then its backups.

    Args:
        sql: a connection, without a transaction.
        home: the data folder.
        clock: measures the wait for other processes.
        keys_folder: where the keys are to be.

    Returns:
        The name of the keys, as the database has it now.

    Raises:
        KnownError: if keys or fields cannot be read or written; the folder is as it was then.
    """
    sql.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been faster.
        (key_id,) = sql.execute("SELECT key_id FROM state WHERE id = 1").fetchone()
        if key_id is not None:
            sql.execute("ROLLBACK")
            return str(key_id)
        _log.warning("the personal data in %s are being sealed", home.root)
        ring = KeyRing.create(keys_folder, clock, hash_key=load_key(home.number_key).key)
        count = seal_all(sql, PlainCodec(), ring)
        ring.flush()
        sql.execute("UPDATE state SET key_id = ? WHERE id = 1", [ring.key_id])
        sql.execute("COMMIT")
    except BaseException:
        if sql.in_transaction:
            sql.execute("ROLLBACK")
        raise
    sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    sealed_files.seal_backups(home.backups, ring)
    _log.warning("%d values are sealed; the keys are in %s", count, keys_folder)
    return ring.key_id


def seal_all(sql: sqlite3.Connection, former: Codec, codec: Codec) -> int:
    """Write every personal field anew, through another codec; the caller holds the transaction.

    Args:
        sql: the database.
        former: what the fields passed until now.
        codec: what they pass from now on.

    Returns:
        How many values were written.

    Raises:
        KnownError: if one cannot be read.
    """
    return sum(_seal(sql, one, former, codec) for one in SEALED)


def _seal(sql: sqlite3.Connection, one: _Sealed, former: Codec, codec: Codec) -> int:
    names = ", ".join(f"t.{column}" for column in one.columns)
    changes = ", ".join(f"{column} = ?" for column in one.columns)
    select = (
        f"SELECT t.{one.key}, {one.row}, {one.person}, {names} FROM {one.table} t {one.joined} "  # noqa: S608  # constants
        f"WHERE t.{one.key} > ? ORDER BY t.{one.key} LIMIT {_AT_ONCE}"
    )
    update = f"UPDATE {one.table} SET {changes} WHERE {one.key} = ?"  # noqa: S608  # constants
    last, count = -(2**63), 0
    while rows := sql.execute(select, [last]).fetchall():
        changed = []
        for key, row, person, *values in rows:
            sealed: list[bytes | None] = []
            for column, value in zip(one.columns, values, strict=True):
                if value is None:
                    sealed.append(None)
                    continue
                place = Place(one.table, column, str(row), str(person))
                sealed.append(codec.encode(former.decode(value, place), place))
                count += 1
            changed.append((*sealed, key))
        sql.executemany(update, changed)
        last = rows[-1][0]
    return count
