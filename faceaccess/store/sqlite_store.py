"""People, pictures, heads, events and settings in one SQLite file; safe with many threads and
several processes.

Opening makes, checks and migrates the file (`opening`); each thread then has a connection of its
own (`connections`). Reads see one committed state; writes go through `transaction`, one at a time
over all processes. What is personal passes the codec (`codec`); people are searched and sorted in
memory (`search`), which follows the database's revision.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Event
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.frames import Image
from faceaccess.core.heads import Head, HeadRecord
from faceaccess.core.home import DataHome
from faceaccess.core.people import Person, Sample, TrainingSet
from faceaccess.store import events, heads, migrations, opening, people, rekeying, samples, settings
from faceaccess.store.codec import Codec, Fields, PlainCodec
from faceaccess.store.connections import Connection, Connections, connect
from faceaccess.store.counting import EventCounts
from faceaccess.store.protocol import EventFilter
from faceaccess.store.search import PeopleIndex
from faceaccess.store.session import Session
from faceaccess.store.transaction import SqliteTransaction

_log = logging.getLogger(__name__)

BUSY_SECONDS = 5.0
"""How long a write waits for another program's."""
EXPORT_CHUNK = 1000
"""Events read at once by `all_events`."""


class SqliteStore:
    """`protocol.Store` on SQLite.

    Args:
        home: the data folder; made where it is not there.
        clock: what writes the times.
        codec: what personal fields and blobs pass.
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
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self._path = home.database
        self._clock = clock
        self._busy_seconds = busy_seconds
        self._fields = Fields(codec or PlainCodec())
        self._keys = opening.open_home(home, clock, migrations.STEPS, busy_seconds)
        self._connections = Connections(self._path, lambda: connect(self._path, busy_seconds))
        self._index = PeopleIndex()
        self._index_lock = threading.Lock()
        self._counts = EventCounts()
        try:
            self._rekey_if_needed()
        except BaseException:
            self.close()
            raise

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
        transaction = SqliteTransaction(self._session(connection), self._copy_index)
        connection.transaction = transaction
        try:
            yield transaction
            connection.commit()
        except BaseException:
            connection.roll_back()
            raise
        finally:
            transaction.end()
            connection.transaction = None
        if transaction.erased:
            self._wipe_log(connection)

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

    # People

    def _copy_index(self) -> PeopleIndex:
        with self._index_lock:
            return self._index.copy()

    @contextmanager
    def _people(self) -> Iterator[PeopleIndex]:
        """Hold an index of people that shows at least this thread's present state."""
        with self._reading() as session:
            own = session.connection.transaction
            if isinstance(own, SqliteTransaction):
                yield own.index()
                return
            with self._index_lock:
                people.catch_up(session, self._index)
                yield self._index

    def people(self, query: str = "", *, offset: int = 0, limit: int | None = None) -> list[Person]:
        """As `Store.people`."""
        with self._people() as index:
            return index.page(query, offset, limit)

    def count_people(self, query: str = "") -> int:
        """As `Store.count_people`."""
        with self._people() as index:
            return index.count(query)

    def person(self, person_id: str) -> Person:
        """As `Store.person`."""
        with self._reading() as session:
            return people.read(session, person_id)

    def person_by_number(self, staff_number: str) -> Person | None:
        """As `Store.person_by_number`."""
        with self._reading() as session:
            return people.read_by_number(session, staff_number)

    # Pictures

    def samples(self, person_id: str) -> list[Sample]:
        """As `Store.samples`."""
        with self._reading() as session:
            return samples.read(session, person_id)

    def sample(self, sample_id: str) -> Sample:
        """As `Store.sample`."""
        with self._reading() as session:
            return samples.read_one(session, sample_id)

    def crop(self, sample_id: str) -> Image:
        """As `Store.crop`."""
        with self._reading() as session:
            owner = samples.owner(session, sample_id)
            data = samples.crop(session, sample_id, owner)
        return samples.pixels(data, f"picture {sample_id}")

    def thumbnail(self, person_id: str) -> Image | None:
        """As `Store.thumbnail`."""
        with self._reading() as session:
            best = samples.best(session, person_id)
            if best is None:
                return None
            data = samples.crop(session, best, person_id)
        return samples.pixels(data, f"picture {best}")

    def training_set(self, space: EmbeddingSpace) -> TrainingSet:
        """As `Store.training_set`."""
        with self._reading() as session:
            return samples.training_set(session, space)

    def count_samples(self, space: EmbeddingSpace | None = None) -> int:
        """As `Store.count_samples`."""
        with self._reading() as session:
            return samples.count(session, space)

    # Heads

    def serving_head(self) -> tuple[HeadRecord, Head] | None:
        """As `Store.serving_head`."""
        with self._reading() as session:
            return heads.serving(session)

    def head_records(self, *, limit: int = 100) -> list[HeadRecord]:
        """As `Store.head_records`."""
        with self._reading() as session:
            return heads.records(session, limit)

    # Events

    def events(
        self, which: EventFilter | None = None, *, offset: int = 0, limit: int = 100
    ) -> list[Event]:
        """As `Store.events`."""
        with self._reading() as session:
            return events.read(session, which, offset, limit)

    def count_events(self, which: EventFilter | None = None) -> int:
        """As `Store.count_events`; asked again, only events since then are counted."""
        with self._reading() as session:
            if session.connection.transaction is not None:
                return events.count(session, which, 0)
            return self._counts.count(session, which or EventFilter())

    def all_events(self, which: EventFilter | None = None) -> Iterator[Event]:
        """As `Store.all_events`; read in chunks, so a long export blocks nobody."""
        mark = events.START
        while True:
            with self._reading() as session:
                chunk, mark = events.read_after(session, which, mark, EXPORT_CHUNK)
            if not chunk:
                return
            yield from chunk

    def event_picture(self, event_id: str) -> Image | None:
        """As `Store.event_picture`; kept as JPEG, so its pixels are near the ones given."""
        with self._reading() as session:
            data = events.picture(session, event_id)
        return None if data is None else events.pixels(data, event_id)

    def last_visits(self, person_id: str, *, limit: int = 10) -> list[Event]:
        """As `Store.last_visits`."""
        return self.events(EventFilter(person_id=person_id), limit=limit)

    # The rest

    def settings(self) -> dict[str, object]:
        """As `Store.settings`."""
        with self._reading() as session:
            return settings.read(session)

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
