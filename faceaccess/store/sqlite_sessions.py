"""The database file opened, a connection for each thread, and the one way of writing."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faceaccess.core.clock import Clock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.home import DataHome
from faceaccess.store import migrations, opening, rekeying
from faceaccess.store.codec import Codec, Fields, Place, PlainCodec
from faceaccess.store.connections import Connection, Connections, connect
from faceaccess.store.counting import EventCounts
from faceaccess.store.head_cache import HeadCache
from faceaccess.store.key_ring import KeyRing
from faceaccess.store.search import PeopleIndex
from faceaccess.store.session import Session
from faceaccess.store.set_caches import StrangerSets, TrainingSets
from faceaccess.store.transaction import SqliteTransaction

_log = logging.getLogger(__name__)

BUSY_SECONDS = 5.0
"""How long a write waits for another program's."""


class SqliteSessions:
    """What reading and writing the file needs, and `transaction`; the store's reads build on it.

    Args:
        home: the data folder; made where it is not there.
        clock: what writes the times.
        codec: what personal fields and blobs pass where no keys are used; None leaves them plain.
        keys_folder: where the keys are that seal them, outside of the data folder.
        busy_seconds: how long a write waits for another program's.

    Raises:
        KnownError: if the folder or its database cannot be used; says why and what to do.
    """

    def __init__(
        self,
        home: DataHome,
        clock: Clock,
        codec: Codec | None = None,
        *,
        keys_folder: Path | None = None,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self._path = home.database
        self._clock = clock
        self._busy_seconds = busy_seconds
        opened = opening.open_home(home, clock, migrations.STEPS, busy_seconds, keys_folder)
        self._keys, self._ring = opened.keys, opened.ring
        self._fields = Fields(opened.ring or codec or PlainCodec())
        self._connections = Connections(self._path, lambda: connect(self._path, busy_seconds))
        self._index = PeopleIndex()
        self._index_lock = threading.Lock()
        self._counts = EventCounts()
        self._head_cache = HeadCache()
        self._training_sets = TrainingSets()
        self._stranger_sets = StrangerSets()
        try:
            self._rekey_if_needed()
            self._finish_erasures()
        except BaseException:
            self.close()
            raise

    @property
    def key_ring(self) -> KeyRing | None:
        """The keys of the data folder, or None where its fields are plain."""
        return self._ring

    def seal(self, what: str, data: bytes) -> bytes:
        """As `Store.seal`."""
        return self._fields.codec.encode(data, Place("files", what, ""))

    def unseal(self, what: str, data: bytes) -> bytes:
        """As `Store.unseal`."""
        return self._fields.codec.decode(data, Place("files", what, ""))

    # Sessions

    def _session(self, connection: Connection) -> Session:
        return Session(connection, self._fields, self._keys, self._clock)

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        connection = self._connections.mine()
        with connection.snapshot():
            yield self._session(connection)

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """As `Store.transaction`. One at a time over all threads and processes.

        Raises:
            KnownError: if the database is locked by another program, read-only, full or damaged.
            BugError: if this thread is in a transaction already.
        """
        connection = self._connections.mine()
        if connection.transaction is not None:
            raise BugError("a transaction inside a transaction")
        with connection.using() as sql:
            sql.execute("BEGIN IMMEDIATE")
        try:
            self._begin_keys(connection)
        except BaseException:
            connection.roll_back()
            raise
        transaction = SqliteTransaction(
            self._session(connection), self._copy_index, self._head_cache
        )
        connection.transaction = transaction
        try:
            yield transaction
            if self._ring is not None:
                self._ring.flush()
            connection.commit()
        except BaseException:
            connection.roll_back()
            raise
        finally:
            transaction.end()
            connection.transaction = None
        transaction.publish()
        if transaction.erased:
            self._wipe_log(connection)
            self._destroy_retired_keys()

    def _begin_keys(self, connection: Connection) -> None:
        """Take over keys of other processes, and finish what an erasure has left to destroy."""
        if self._ring is None:
            return
        self._ring.begin()
        with connection.using() as sql:
            dead = sql.execute("SELECT person_id, mark FROM dead_keys").fetchall()
            if dead:
                self._ring.destroy(dead)
                sql.execute("DELETE FROM dead_keys")

    def _destroy_retired_keys(self) -> None:
        # Those who are removed are gone for everybody now; a failure here is tried again by the
        # next transaction, and by the next start.
        if self._ring is None:
            return
        try:
            self._ring.destroy_retired()
        except KnownError as error:
            _log.error("removed, but a key could not be destroyed yet: %s", error)

    def _finish_erasures(self) -> None:
        """Destroy the keys that a process which was killed has left."""
        if self._ring is None:
            return
        with self._reading() as session:
            left = session.sql.execute("SELECT 1 FROM dead_keys LIMIT 1").fetchone()
        if left is not None:
            with self.transaction():
                pass  # its beginning does it

    def _wipe_log(self, connection: Connection) -> None:
        # What was removed must not live on in the log. Where somebody is reading just now, SQLite
        # answers "busy" and a later checkpoint does it. The removal itself is done, so an error
        # here is told in the log and not as a failed removal.
        try:
            with connection.using() as sql:
                sql.execute("PRAGMA busy_timeout = 50")
                try:
                    sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                finally:
                    sql.execute(f"PRAGMA busy_timeout = {round(1000 * self._busy_seconds)}")
        except KnownError as error:
            _log.warning("removed, but the log could not be emptied: %s", error)

    def _rekey_if_needed(self) -> None:
        with self._reading() as session:
            if not rekeying.needed(session):
                return
        connection = self._connections.mine()
        try:
            with connection.using() as sql:
                sql.execute("BEGIN IMMEDIATE")
                rekeying.rekey(self._session(connection))
            connection.commit()
        except BaseException:
            connection.roll_back()
            raise

    def revision(self) -> int:
        """As `Store.revision`: one row read by its key, some 10 microseconds."""
        with self._connections.mine().using() as sql:
            (revision,) = sql.execute("SELECT revision FROM state WHERE id = 1").fetchone()
        return int(revision)

    def _copy_index(self) -> PeopleIndex:
        with self._index_lock:
            return self._index.copy()

    def check(self) -> None:
        """Read the whole database through once; takes seconds where there is much of it.

        Raises:
            KnownError: if anything in it is damaged or does not fit together.
        """
        with self._reading() as session:
            (answer,) = session.sql.execute("PRAGMA quick_check(1)").fetchone()
            orphan = session.sql.execute("PRAGMA foreign_key_check").fetchone()
        if answer != "ok" or orphan is not None:
            trouble = answer if answer != "ok" else f"a row of {orphan[0]} belongs to nothing"
            raise KnownError(
                f"The database {self._path} is damaged: {trouble}.",
                "Close the program, keep the file for a repair, and put a backup in its place.",
            )

    def close(self) -> None:
        """As `Store.close`."""
        self._connections.close()
