"""People, pictures, heads, events and settings in one SQLite file; safe with many threads and
several processes.

Opening makes, checks and migrates the file (`opening`); each thread then has a connection of its
own (`connections`, `sqlite_sessions`). Reads see one committed state; writes go through
`transaction`, one at a time over all processes. What is personal passes the codec (`codec`); people
are searched and sorted in memory (`search`), which follows the database's revision.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from faceaccess.core.access_rules import AccessPolicy
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.frames import Image
from faceaccess.core.heads import Head, HeadRecord
from faceaccess.core.people import Person, Sample, TrainingSet
from faceaccess.core.second_factors import SecondFactors
from faceaccess.core.strangers import Role, Stranger, StrangerSet
from faceaccess.store import heads, people, rules, samples, second_factors, settings, strangers
from faceaccess.store.search import PeopleIndex
from faceaccess.store.sqlite_events import SqliteEvents
from faceaccess.store.transaction import SqliteTransaction


class SqliteStore(SqliteEvents):
    """`protocol.Store` on SQLite; made as `SqliteSessions` says."""

    # People

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
            return self._training_sets.get(session, space)

    def count_samples(self, space: EmbeddingSpace | None = None) -> int:
        """As `Store.count_samples`."""
        with self._reading() as session:
            return samples.count(session, space)

    # Heads

    def serving_head(self) -> tuple[HeadRecord, Head] | None:
        """As `Store.serving_head`."""
        with self._reading() as session:
            return heads.serving(session, self._head_cache)

    def head(self, version: int) -> tuple[HeadRecord, Head]:
        """As `Store.head`."""
        with self._reading() as session:
            return heads.read(session, self._head_cache, version)

    def head_records(self, *, limit: int = 100) -> list[HeadRecord]:
        """As `Store.head_records`."""
        with self._reading() as session:
            return heads.records(session, limit)

    # Strangers

    def strangers(self, *, offset: int = 0, limit: int | None = None) -> list[Stranger]:
        """As `Store.strangers`."""
        with self._reading() as session:
            return strangers.read_all(session, offset, limit)

    def count_strangers(self) -> int:
        """As `Store.count_strangers`."""
        with self._reading() as session:
            return strangers.count(session)

    def stranger(self, stranger_id: str) -> Stranger:
        """As `Store.stranger`."""
        with self._reading() as session:
            return strangers.read(session, stranger_id)

    def stranger_samples(self, stranger_id: str) -> list[Sample]:
        """As `Store.stranger_samples`."""
        with self._reading() as session:
            return strangers.read_samples(session, stranger_id)

    def stranger_crop(self, sample_id: str) -> Image:
        """As `Store.stranger_crop`."""
        with self._reading() as session:
            data = strangers.crop(session, sample_id)
        return samples.pixels(data, f"picture {sample_id}")

    def stranger_with_digest(self, digest: str) -> Stranger | None:
        """As `Store.stranger_with_digest`."""
        with self._reading() as session:
            return strangers.with_digest(session, digest)

    def stranger_set(self, space: EmbeddingSpace, role: Role | None = None) -> StrangerSet:
        """As `Store.stranger_set`."""
        with self._reading() as session:
            return strangers.of_role(self._stranger_sets.get(session, space), role)

    # The rest

    def access_policy(self) -> AccessPolicy:
        """As `Store.access_policy`."""
        with self._reading() as session:
            return rules.read(session)

    def second_factors(self, person_id: str) -> SecondFactors:
        """As `Store.second_factors`."""
        with self._reading() as session:
            return second_factors.read(session, person_id)

    def keyed(self, purpose: str, text: str) -> bytes:
        """As `Store.keyed`."""
        with self._reading() as session:
            return session.keys.of(purpose, text)

    def settings(self) -> dict[str, object]:
        """As `Store.settings`."""
        with self._reading() as session:
            return settings.read(session)
