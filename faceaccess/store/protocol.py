"""What can be read of a store of people, heads, events and doors. No SQL passes through here."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from faceaccess.core.access_rules import AccessPolicy
from faceaccess.core.alarms import Alarm
from faceaccess.core.attack_tests import AttackReport
from faceaccess.core.corrections import Correction, Evidence
from faceaccess.core.decisions import Event, Outcome
from faceaccess.core.door_commands import DoorCommand
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.frames import Image
from faceaccess.core.heads import Head, HeadRecord
from faceaccess.core.people import Person, Sample, TrainingSet
from faceaccess.core.second_factors import SecondFactors
from faceaccess.core.strangers import Role, Stranger, StrangerSet
from faceaccess.store.key_ring import KeyRing
from faceaccess.store.writes import Transaction

__all__ = ["EventFilter", "Store", "Transaction"]


@dataclass(frozen=True)
class EventFilter:
    """Which events to list; every field narrows the list.

    Attributes:
        outcome: only these outcomes, or None for all.
        person_id: only this person, or None.
        since, until: aware times, since <= time < until, or None.
        camera: only this camera, or None.
    """

    outcome: Outcome | None = None
    person_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    camera: str | None = None


class Store(Protocol):
    """Reading, from any thread; writing, through `transaction`.

    Inside a `transaction` block the same thread may read through the store; it sees its own
    writes, and nobody else can write until the block ends.
    """

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin a write; commits at the end of the `with` block, rolls back on any exception.

        Raises:
            KnownError: if the database is locked by another process, read-only or full.
        """
        ...

    def revision(self) -> int:
        """Return a number that grows with every committed change to people, samples,
        strangers, corrections, heads, access rules or settings, by any process (not with events).
        Cheap: meant to be asked several times a second.
        """
        ...

    def people(self, query: str = "", *, offset: int = 0, limit: int | None = None) -> list[Person]:
        """Return people whose name, staff number or department contains `query` (case and accents
        folded), ordered by name.
        """
        ...

    def count_people(self, query: str = "") -> int:
        """Return how many people `people(query)` would give."""
        ...

    def person(self, person_id: str) -> Person:
        """Return one person.

        Raises:
            KnownError: if there is no such person.
        """
        ...

    def person_by_number(self, staff_number: str) -> Person | None:
        """Return who has this staff number, or None."""
        ...

    def samples(self, person_id: str) -> list[Sample]:
        """Return a person's pictures, oldest first; empty for an unknown person."""
        ...

    def sample(self, sample_id: str) -> Sample:
        """Return one picture, without its pixels.

        Raises:
            KnownError: if there is no such picture.
        """
        ...

    def crop(self, sample_id: str) -> Image:
        """Return a picture's pixels.

        Raises:
            KnownError: if there is no such picture.
        """
        ...

    def thumbnail(self, person_id: str) -> Image | None:
        """Return the best (highest quality, then oldest) picture of a person, or None."""
        ...

    def training_set(self, space: EmbeddingSpace) -> TrainingSet:
        """Return all embeddings of a space, people in a stable order."""
        ...

    def count_samples(self, space: EmbeddingSpace | None = None) -> int:
        """Return how many pictures there are in all, or of one space."""
        ...

    def serving_head(self) -> tuple[HeadRecord, Head] | None:
        """Return the head that serves (the accepted or used one last), or None before the first.

        Raises:
            KnownError: if its rows are damaged.
        """
        ...

    def head(self, version: int) -> tuple[HeadRecord, Head]:
        """Return a stored head.

        Raises:
            KnownError: if there is no such head, or its rows were dropped or are damaged.
        """
        ...

    def head_records(self, *, limit: int = 100) -> list[HeadRecord]:
        """Return what is known about stored heads, newest first."""
        ...

    def strangers(self, *, offset: int = 0, limit: int | None = None) -> list[Stranger]:
        """Return strangers, the oldest first."""
        ...

    def count_strangers(self) -> int:
        """Return how many strangers there are."""
        ...

    def stranger(self, stranger_id: str) -> Stranger:
        """Return one stranger.

        Raises:
            KnownError: if there is no such stranger.
        """
        ...

    def stranger_samples(self, stranger_id: str) -> list[Sample]:
        """Return a stranger's pictures, oldest first; `Sample.person_id` is the stranger's id."""
        ...

    def stranger_crop(self, sample_id: str) -> Image:
        """Return the pixels of a stranger's picture.

        Raises:
            KnownError: if there is no such picture.
        """
        ...

    def stranger_with_digest(self, digest: str) -> Stranger | None:
        """Return who has a picture with this digest, or None."""
        ...

    def stranger_set(self, space: EmbeddingSpace, role: Role | None = None) -> StrangerSet:
        """Return all embeddings of strangers of a space, of one role or of all."""
        ...

    def corrections(
        self, *, event_id: str | None = None, person_id: str | None = None
    ) -> list[Correction]:
        """Return what was said of events, oldest first."""
        ...

    def event(self, event_id: str) -> Event:
        """Return one event without picture and evidence.

        Raises:
            KnownError: if there is no such event.
        """
        ...

    def event_evidence(self, event_id: str) -> Evidence | None:
        """Return what an event's decision stood on, or None where it was not kept (any more)."""
        ...

    def all_evidence(self, which: EventFilter | None = None) -> Iterator[Event]:
        """Yield events that have evidence, with it but without pictures and crops, oldest first,
        with bounded memory.
        """
        ...

    def events(
        self, which: EventFilter | None = None, *, offset: int = 0, limit: int = 100
    ) -> list[Event]:
        """Return events, newest first, without their pictures."""
        ...

    def count_events(self, which: EventFilter | None = None) -> int:
        """Return how many events there are."""
        ...

    def all_events(self, which: EventFilter | None = None) -> Iterator[Event]:
        """Yield events oldest first with bounded memory, without their pictures."""
        ...

    def event_picture(self, event_id: str) -> Image | None:
        """Return an event's picture, or None where there is none."""
        ...

    def door_commands(self, station: str | None = None, *, limit: int = 100) -> list[DoorCommand]:
        """Return what people commanded a door, or all doors, newest first."""
        ...

    def alarms(
        self, station: str | None = None, *, lasting: bool = False, limit: int = 100
    ) -> list[Alarm]:
        """Return alarms of a door, or of all doors, newest first.

        Args:
            station: the door's name, or None.
            lasting: only those that have not ended.
            limit: at most so many.
        """
        ...

    def locked_down(self, station: str) -> bool:
        """Return whether a door was locked down and not released since. Cheap."""
        ...

    def held_open(self, station: str) -> bool:
        """Return whether a door was held open and the end of it is not recorded. Cheap."""
        ...

    def stations(self) -> list[str]:
        """Return the names of all stations that have recorded a visit, a command or an alarm."""
        ...

    def seal(self, what: str, data: bytes) -> bytes:
        """Return bytes as they may lie outside of the database, in the data folder.

        Args:
            what: which kind of file they are for; they open for the same kind only.
            data: about nobody in particular, or short-lived.
        """
        ...

    def unseal(self, what: str, data: bytes) -> bytes:
        """Return what `seal` was given.

        Raises:
            KnownError: if it was changed, or sealed for something else, or with other keys.
        """
        ...

    @property
    def key_ring(self) -> KeyRing | None:
        """The keys of the data folder, or None where its fields are plain."""
        ...

    def attack_tests(self, *, limit: int = 20) -> list[AttackReport]:
        """Return the reports of attack tests, newest first."""
        ...

    def station_events(self, station: str, *, limit: int = 100) -> list[Event]:
        """Return a station's latest events, the one with the highest number first.

        The numbers do not depend on the wall clock, which may have been set meanwhile.
        """
        ...

    def entries_since(self, person_id: str, since: datetime, *, limit: int = 1000) -> list[Event]:
        """Return a person's visits for which a lock has acknowledged, the one recorded last first.

        The order is that of the record: a wall clock that was set meanwhile does not change it.

        Args:
            person_id: who.
            since: by the wall clock, aware.
            limit: most visits.
        """
        ...

    def last_visits(self, person_id: str, *, limit: int = 10) -> list[Event]:
        """Return a person's latest events, newest first."""
        ...

    def access_policy(self) -> AccessPolicy:
        """Return all rules, holidays and plans of doors, as they are at one moment."""
        ...

    def second_factors(self, person_id: str) -> SecondFactors:
        """Return a person's second factors; none for somebody who is not there."""
        ...

    def keyed(self, purpose: str, text: str) -> bytes:
        """Return 32 bytes that follow from purpose and text by a key outside the database."""
        ...

    def settings(self) -> dict[str, object]:
        """Return the stored settings that belong to the data, JSON values by name."""
        ...

    def close(self) -> None:
        """Close every connection, of every thread. The store cannot be used afterwards."""
        ...
