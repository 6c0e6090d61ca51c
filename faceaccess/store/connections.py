"""One connection a thread, all of them known, so that closing the store closes every one."""

import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from faceaccess.core.errors import BugError
from faceaccess.store import faults

if TYPE_CHECKING:  # costs a tenth of a second, which reading does not need
    from sqlite_utils import Database
    from sqlite_utils.db import Table

CACHE_KIBIBYTES = 8192
LOG_BYTES = 32 * 2**20
"""What the write-ahead log shrinks to after a large import."""


def connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Open an existing database file; never makes one.

    Raises:
        sqlite3.Error: if it cannot be opened.
    """
    sql = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=rw",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,  # BEGIN and COMMIT are ours alone
        check_same_thread=False,  # `close` runs in another thread than the reader
    )
    try:
        sql.execute("PRAGMA foreign_keys = ON")
        sql.execute("PRAGMA synchronous = FULL")  # who was told "enrolled" stays enrolled
        sql.execute("PRAGMA secure_delete = ON")  # who was removed is overwritten
        sql.execute("PRAGMA cell_size_check = ON")  # a damaged page is noticed when it is read
        sql.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
        sql.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
    except BaseException:
        sql.close()
        raise
    return sql


class Connection:
    """One thread's way to the database.

    Attributes:
        sql: the connection in autocommit mode.
        lock: held while it is used; what closes it waits for it.
        transaction: the write transaction that is open on it, or None.
    """

    def __init__(self, sql: sqlite3.Connection, path: Path) -> None:
        self.sql = sql
        self.lock = threading.RLock()
        self.transaction: object | None = None
        self.path = path
        self.closed = False

    @cached_property
    def database(self) -> "Database":
        """The same connection as sqlite-utils sees it."""
        from sqlite_utils import Database

        return Database(self.sql, recursive_triggers=False, execute_plugins=False)

    def table(self, name: str) -> "Table":
        """Return a table for writing."""
        table: Table = self.database.table(name)
        return table

    @contextmanager
    def using(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection, telling SQLite's errors as ours.

        Raises:
            KnownError: for what the user can mend.
            BugError: if the store was closed, or for a fault of ours.
        """
        with self.lock:
            if self.closed:
                raise BugError("the store was closed")
            with faults.telling(self.path):
                yield self.sql

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection with all reads of the block on one state of the database.

        Raises:
            KnownError, BugError: as `using`.
        """
        with self.using() as sql:
            outer = sql.in_transaction
            if not outer:
                sql.execute("BEGIN")
            try:
                yield sql
            finally:
                if not outer:
                    self.roll_back()  # ends the read; there is nothing to write

    def commit(self) -> None:
        """Make the open transaction last.

        Raises:
            KnownError: if the disk is full or the like; then it is still open.
            BugError: if it is not open any more.
        """
        with self.using() as sql:
            if not sql.in_transaction:
                raise BugError("the transaction was rolled back by an earlier error")
            sql.execute("COMMIT")

    def roll_back(self) -> None:
        """Undo an open transaction; where the error at hand has ended it, there is nothing to do.

        Raises:
            KnownError: if even that fails.
        """
        with self.lock, faults.telling(self.path):
            if not self.closed and self.sql.in_transaction:
                self.sql.execute("ROLLBACK")

    def close(self) -> None:
        """Close it, waiting for a read in another thread; an open transaction is rolled back."""
        with self.lock:
            self.closed = True
            self.sql.close()


class _Holder:
    """Lives as long as its thread; when it goes, the thread's connection is closed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection


class Connections:
    """The connections of all threads.

    Args:
        path: the database file.
        opener: opens one more connection; raises sqlite3.Error.
    """

    def __init__(self, path: Path, opener: Callable[[], sqlite3.Connection]) -> None:
        self._path = path
        self._opener = opener
        self._local = threading.local()
        self._lock = threading.RLock()  # a dead thread's connection may be forgotten in any line
        self._open: set[Connection] = set()
        self._closed = False

    def mine(self) -> Connection:
        """Return this thread's connection, opened at its first use.

        Raises:
            KnownError: if it cannot be opened.
            BugError: if the store was closed.
        """
        holder: _Holder | None = getattr(self._local, "holder", None)
        if holder is not None:
            return holder.connection
        with self._lock:
            if self._closed:
                raise BugError("the store was closed")
            with faults.telling(self._path):
                connection = Connection(self._opener(), self._path)
            self._open.add(connection)
        holder = _Holder(connection)
        weakref.finalize(holder, self._forget, connection)
        self._local.holder = holder
        return connection

    def _forget(self, connection: Connection) -> None:
        with self._lock:
            self._open.discard(connection)
        connection.close()

    def __len__(self) -> int:
        with self._lock:
            return len(self._open)

    def close(self) -> None:
        """Close the connections of every thread; may be called twice."""
        with self._lock:
            self._closed = True
            connections = list(self._open)
            self._open.clear()
        for connection in connections:
            with faults.telling(self._path):
                connection.close()
