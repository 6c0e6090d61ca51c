"""Writes that happen together or not at all."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.access_rules import AccessRule, DoorPlan, Holiday
from faceaccess.core.alarms import Alarm
from faceaccess.core.attack_tests import AttackReport
from faceaccess.core.calibrations import RiskEstimate
from faceaccess.core.corrections import Correction, CorrectionKind, Evidence
from faceaccess.core.decisions import Event
from faceaccess.core.door_commands import DoorCommand
from faceaccess.core.errors import BugError
from faceaccess.core.faces import Embedding, EmbeddingSpace
from faceaccess.core.head_tests import HeadTest
from faceaccess.core.heads import Head, HeadFacts, HeadRecord
from faceaccess.core.locks import LockOutcome
from faceaccess.core.people import NewSample, Person, PersonDetails, Sample
from faceaccess.core.second_factors import SecondFactors
from faceaccess.core.strangers import Stranger
from faceaccess.store import (
    alarms,
    attack_tests,
    corrections,
    door_commands,
    events,
    heads,
    people,
    rules,
    samples,
    second_factors,
    settings,
    strangers,
)
from faceaccess.store.head_cache import HeadCache
from faceaccess.store.search import PeopleIndex
from faceaccess.store.session import Session


class SqliteTransaction:
    """`protocol.Transaction` on one thread's connection.

    Args:
        session: the connection, with its write transaction begun.
        shared_index: copies the store's index of people, for reads inside the transaction.
        head_cache: the store's rows of heads in memory.
    """

    def __init__(
        self,
        session: Session,
        shared_index: Callable[[], PeopleIndex],
        head_cache: HeadCache,
    ) -> None:
        self._session = session
        self._shared_index = shared_index
        self._heads = head_cache
        self._thread = threading.get_ident()
        self._over = False
        self._revision: int | None = None
        self._index: PeopleIndex | None = None
        self._stale: set[str] = set()
        self._new_head: tuple[int, int, Head] | None = None
        self.erased = False

    def end(self) -> None:
        """Let nothing more be written through this object."""
        self._over = True

    def publish(self) -> None:
        """Let the store remember what is committed now."""
        if self._new_head is not None:
            self._heads.put(*self._new_head)

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        if self._over:
            raise BugError("a transaction was used after its end")
        if threading.get_ident() != self._thread:
            raise BugError("a transaction was used by another thread")
        with self._session.connection.using() as sql:
            if not sql.in_transaction:
                raise BugError("the transaction was rolled back by an earlier error")
            # Each method is whole or not at all, also for a caller who goes on after its error.
            revision = self._revision
            sql.execute("SAVEPOINT method")
            try:
                yield self._session
            except BaseException:
                if sql.in_transaction:  # some errors end the whole transaction
                    sql.execute("ROLLBACK TO method")
                    sql.execute("RELEASE method")
                    self._revision = revision
                raise
            sql.execute("RELEASE method")

    def _changing(self, session: Session) -> int:
        """Return the revision that this transaction will make."""
        if self._revision is None:
            session.sql.execute("UPDATE state SET revision = revision + 1 WHERE id = 1")
            (revision,) = session.sql.execute("SELECT revision FROM state WHERE id = 1").fetchone()
            self._revision = int(revision)
        return self._revision

    def index(self) -> PeopleIndex:
        """Return people as this transaction sees them; the caller holds the connection."""
        if self._index is None:
            self._index = self._shared_index()
            people.catch_up(self._session, self._index)
            self._stale.clear()
        if self._stale:
            people.refresh(self._session, self._index, self._stale)
            self._stale.clear()
        return self._index

    def add_person(
        self,
        details: PersonDetails,
        *,
        person_id: str | None = None,
        created_at: datetime | None = None,
    ) -> Person:
        """As `Transaction.add_person`; somebody removed gets the name in past events back."""
        with self._writing() as session:
            back = person_id is not None and people.is_erased(session, person_id)
            person = people.add(session, details, self._changing(session), person_id, created_at)
            if back:
                events.remember(session, person)
            self._stale.add(person.id)
            return person

    def edit_person(self, person_id: str, details: PersonDetails) -> Person:
        """As `Transaction.edit_person`."""
        with self._writing() as session:
            person = people.edit(session, person_id, details, self._changing(session))
            self._stale.add(person_id)
            return person

    def remove_person(self, person_id: str) -> None:
        """As `Transaction.remove_person`; pictures of the person's visits go as well."""
        with self._writing() as session:
            names = people.names_of(session, person_id)
            revision = self._changing(session)
            self._new_head = None  # it may have had the person
            heads.forget(session, person_id, names, revision)
            corrections.forget(session, person_id, revision)
            events.forget(session, person_id, names)
            people.remove(session, person_id, revision)
            self._stale.add(person_id)
            self.erased = True

    def add_samples(self, person_id: str, samples_: Sequence[NewSample]) -> list[Sample]:
        """As `Transaction.add_samples`."""
        with self._writing() as session:
            people.row_of(session, person_id)
            added = samples.add(session, person_id, samples_)
            if added:
                people.touch(session, person_id, self._changing(session), len(added))
                self._stale.add(person_id)
            return added

    def remove_sample(self, sample_id: str) -> None:
        """As `Transaction.remove_sample`."""
        with self._writing() as session:
            person_id = samples.owner(session, sample_id)
            samples.remove(session, sample_id)
            people.touch(session, person_id, self._changing(session), -1)
            self._stale.add(person_id)
            self.erased = True

    def replace_embedding(self, sample_id: str, embedding: Embedding) -> None:
        """As `Transaction.replace_embedding`."""
        with self._writing() as session:
            person_id = samples.owner(session, sample_id)
            samples.replace_embedding(session, sample_id, person_id, embedding)
            people.touch(session, person_id, self._changing(session), 0)

    def add_head(self, head: Head, facts: HeadFacts, *, kept: int) -> HeadRecord:
        """As `Transaction.add_head`; a head with somebody who is not enrolled is refused."""
        with self._writing() as session:
            revision = self._changing(session)
            record = heads.add(session, self._heads, head, facts, kept, revision)
            if record.accepted:
                self._new_head = record.version, revision, head
            return record

    def use_head(
        self, version: int, estimate: RiskEstimate | None, test: HeadTest | None = None
    ) -> HeadRecord:
        """As `Transaction.use_head`."""
        with self._writing() as session:
            self._changing(session)
            return heads.use(session, version, estimate, test)

    def recalibrate_head(self, version: int, estimate: RiskEstimate | None) -> HeadRecord:
        """As `Transaction.recalibrate_head`."""
        with self._writing() as session:
            self._changing(session)
            return heads.recalibrate(session, version, estimate)

    def pin_head(self, version: int, *, pinned: bool) -> HeadRecord:
        """As `Transaction.pin_head`."""
        with self._writing() as session:
            self._changing(session)
            return heads.pin(session, version, pinned=pinned)

    def add_stranger(
        self, label: str, samples: Sequence[NewSample], *, stranger_id: str | None = None
    ) -> Stranger:
        """As `Transaction.add_stranger`; without a picture it is a `BugError`."""
        with self._writing() as session:
            return strangers.add(session, label, samples, stranger_id, self._changing(session))

    def remove_stranger(self, stranger_id: str) -> None:
        """As `Transaction.remove_stranger`."""
        with self._writing() as session:
            strangers.remove(session, stranger_id, self._changing(session))
            self.erased = True

    def replace_stranger_embedding(self, sample_id: str, embedding: Embedding) -> None:
        """As `Transaction.replace_stranger_embedding`."""
        with self._writing() as session:
            strangers.replace_embedding(session, sample_id, embedding, self._changing(session))

    def add_correction(
        self, event_id: str, kind: CorrectionKind, person_id: str, evidence: Evidence, actor: str
    ) -> Correction:
        """As `Transaction.add_correction`."""
        with self._writing() as session:
            self._changing(session)
            return corrections.add(session, event_id, kind, person_id, evidence, actor)

    def remove_correction(self, correction_id: str) -> None:
        """As `Transaction.remove_correction`."""
        with self._writing() as session:
            self._changing(session)
            corrections.remove(session, correction_id)
            self.erased = True

    def replace_correction(
        self, correction_id: str, space: EmbeddingSpace, vectors: NDArray[np.float32]
    ) -> None:
        """As `Transaction.replace_correction`."""
        with self._writing() as session:
            self._changing(session)
            corrections.replace(session, correction_id, space, vectors)

    def add_event(self, event: Event) -> Event:
        """As `Transaction.add_event`; an event that is stored already is returned as stored."""
        with self._writing() as session:
            return events.add(session, event)

    def set_event_lock(self, event_id: str, outcome: LockOutcome) -> None:
        """As `Transaction.set_event_lock`."""
        with self._writing() as session:
            events.set_lock(session, event_id, outcome)

    def add_door_command(self, command: DoorCommand) -> None:
        """As `Transaction.add_door_command`."""
        with self._writing() as session:
            door_commands.add(session, command)

    def set_door_command_lock(self, command_id: str, outcome: LockOutcome) -> None:
        """As `Transaction.set_door_command_lock`; an unknown command is a `BugError`."""
        with self._writing() as session:
            door_commands.set_lock(session, command_id, outcome)

    def add_attack_test(self, report: AttackReport) -> None:
        """As `Transaction.add_attack_test`."""
        with self._writing() as session:
            attack_tests.add(session, report)

    def put_alarm(self, alarm: Alarm) -> None:
        """As `Transaction.put_alarm`."""
        with self._writing() as session:
            alarms.put(session, alarm)

    def load_events(self, numbered: Iterable[Event]) -> None:
        """Append many new events fast: numbered by the caller, without pictures, unchecked.

        For bulk loads of events that are known to be new (a benchmark, an empty database).

        Raises:
            BugError: if one is there already.
        """
        with self._writing() as session:
            events.add_many(session, numbered)

    def add_access_rule(self, rule: AccessRule) -> None:
        """As `Transaction.add_access_rule`."""
        with self._writing() as session:
            self._changing(session)
            rules.add(session, rule)

    def remove_access_rule(self, rule_id: str) -> None:
        """As `Transaction.remove_access_rule`."""
        with self._writing() as session:
            self._changing(session)
            rules.remove(session, rule_id)
            self.erased = True

    def put_holidays(self, holidays: Sequence[Holiday]) -> None:
        """As `Transaction.put_holidays`; a day that is there twice is a `BugError`."""
        with self._writing() as session:
            self._changing(session)
            rules.put_holidays(session, holidays)

    def put_door_plan(self, plan: DoorPlan) -> None:
        """As `Transaction.put_door_plan`."""
        with self._writing() as session:
            self._changing(session)
            rules.put_plan(session, plan)

    def put_second_factors(self, person_id: str, factors: SecondFactors) -> None:
        """As `Transaction.put_second_factors`."""
        with self._writing() as session:
            self._changing(session)
            second_factors.put(session, person_id, factors)
            self.erased = True

    def count_factor_try(self, person_id: str) -> int:
        """As `Transaction.count_factor_try`."""
        with self._writing() as session:
            return second_factors.count_try(session, person_id)

    def accept_factor(self, person_id: str, *, code_step: int | None = None) -> bool:
        """As `Transaction.accept_factor`."""
        with self._writing() as session:
            return second_factors.accept(session, person_id, code_step)

    def put_settings(self, values: dict[str, Any]) -> None:
        """As `Transaction.put_settings`."""
        with self._writing() as session:
            self._changing(session)
            settings.put(session, values)
