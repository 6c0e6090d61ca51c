"""What a store of people, heads and events can do. No SQL and no row passes through here."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.access_rules import AccessPolicy, AccessRule, DoorPlan, Holiday
from faceaccess.core.calibrations import RiskEstimate
from faceaccess.core.corrections import Correction, CorrectionKind, Evidence
from faceaccess.core.decisions import Event, Outcome
from faceaccess.core.door_commands import DoorCommand
from faceaccess.core.faces import Embedding, EmbeddingSpace
from faceaccess.core.frames import Image
from faceaccess.core.head_tests import HeadTest
from faceaccess.core.heads import Head, HeadFacts, HeadRecord
from faceaccess.core.locks import LockOutcome
from faceaccess.core.people import NewSample, Person, PersonDetails, Sample, TrainingSet
from faceaccess.core.second_factors import SecondFactors
from faceaccess.core.strangers import Role, Stranger, StrangerSet


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


class Transaction(Protocol):
    """Writes that happen together or not at all; valid only inside its `with` block."""

    def add_person(
        self,
        details: PersonDetails,
        *,
        person_id: str | None = None,
        created_at: datetime | None = None,
    ) -> Person:
        """Store a new person.

        Args:
            details: what people wrote.
            person_id: UUID4 text made by the caller (a removal that is undone, a person made
                elsewhere), or None for a new one.
            created_at: aware time, or None for now.

        Raises:
            KnownError: if the staff number is somebody else's.
        """
        ...

    def edit_person(self, person_id: str, details: PersonDetails) -> Person:
        """Replace what is written about a person.

        Raises:
            KnownError: if there is no such person, or the staff number is somebody else's.
        """
        ...

    def remove_person(self, person_id: str) -> None:
        """Remove a person and every picture of theirs. Events keep the id and lose the name.

        Raises:
            KnownError: if there is no such person.
        """
        ...

    def add_samples(self, person_id: str, samples: Sequence[NewSample]) -> list[Sample]:
        """Store pictures of a person; pictures whose digest the person has already are skipped.

        Raises:
            KnownError: if there is no such person.
        """
        ...

    def remove_sample(self, sample_id: str) -> None:
        """Remove one picture.

        Raises:
            KnownError: if there is no such picture.
        """
        ...

    def replace_embedding(self, sample_id: str, embedding: Embedding) -> None:
        """Store another vector, of any space, for a picture; its crop and quality stay.

        Raises:
            KnownError: if there is no such picture.
        """
        ...

    def add_head(self, head: Head, facts: HeadFacts, *, kept: int) -> HeadRecord:
        """Store a head under the next version number; an accepted one serves from then on.

        The rows of all but the newest `kept` heads, the pinned ones and the serving one are
        dropped, their records stay (without `HeadTest.changed_people`). Writing costs what differs
        from the accepted version before, not the number of people, while people keep their order
        and new ones come last. Of a refused head with numbers that are none only the record is
        kept. The arrays of an accepted head cannot be written to afterwards.
        """
        ...

    def use_head(
        self, version: int, estimate: RiskEstimate | None, test: HeadTest | None = None
    ) -> HeadRecord:
        """Let a stored head serve (again), until the next accepted one.

        Args:
            version: whose rows are still there.
            estimate: replaces the record's, for the strangers and pictures of today.
            test: replaces the record's where it is given.

        Raises:
            KnownError: if there is no such head, or its rows were dropped.
        """
        ...

    def recalibrate_head(self, version: int, estimate: RiskEstimate | None) -> HeadRecord:
        """Replace the estimate in a head's record.

        Raises:
            KnownError: if there is no such head.
        """
        ...

    def pin_head(self, version: int, *, pinned: bool) -> HeadRecord:
        """Keep a head's rows however many heads follow, or no longer.

        Raises:
            KnownError: if there is no such head, or its rows were dropped.
        """
        ...

    def add_stranger(
        self, label: str, samples: Sequence[NewSample], *, stranger_id: str | None = None
    ) -> Stranger:
        """Store somebody who is not enrolled, with at least one picture.

        Args:
            label: what people call the stranger, may be empty.
            samples: pictures of one person.
            stranger_id: UUID4 text made by the caller, or None for a new one.
        """
        ...

    def remove_stranger(self, stranger_id: str) -> None:
        """Remove a stranger and every picture of theirs.

        Raises:
            KnownError: if there is no such stranger.
        """
        ...

    def replace_stranger_embedding(self, sample_id: str, embedding: Embedding) -> None:
        """Store another vector, of any space, for a stranger's picture.

        Raises:
            KnownError: if there is no such picture.
        """
        ...

    def add_correction(
        self, event_id: str, kind: CorrectionKind, person_id: str, evidence: Evidence, actor: str
    ) -> Correction:
        """Store what somebody said of an event. The same statement again changes nothing.

        Raises:
            KnownError: if there is no such event or person.
        """
        ...

    def remove_correction(self, correction_id: str) -> None:
        """Take a statement back.

        Raises:
            KnownError: if there is no such correction.
        """
        ...

    def replace_correction(
        self, correction_id: str, space: EmbeddingSpace, vectors: NDArray[np.float32]
    ) -> None:
        """Store other vectors, of any space, for a correction.

        Raises:
            KnownError: if there is no such correction.
        """
        ...

    def add_event(self, event: Event) -> Event:
        """Append an event; its `sequence` is given by the store where it is 0.

        An event whose id is stored already is left alone (journals replay without duplicates). Its
        evidence is stored with it.
        """
        ...

    def set_event_lock(self, event_id: str, outcome: LockOutcome) -> None:
        """Note what the lock answered to an event.

        Raises:
            KnownError: if there is no such event.
        """
        ...

    def add_door_command(self, command: DoorCommand) -> None:
        """Append what somebody commanded a door; one that is stored already is left alone."""
        ...

    def set_door_command_lock(self, command_id: str, outcome: LockOutcome) -> None:
        """Note what the lock answered to a command that is stored."""
        ...

    def add_access_rule(self, rule: AccessRule) -> None:
        """Store a rule.

        Raises:
            KnownError: if there is no such person.
        """
        ...

    def remove_access_rule(self, rule_id: str) -> None:
        """Remove a rule.

        Raises:
            KnownError: if there is no such rule.
        """
        ...

    def put_holidays(self, holidays: Sequence[Holiday]) -> None:
        """Replace all holidays; no day twice."""
        ...

    def put_door_plan(self, plan: DoorPlan) -> None:
        """Store what is special about a door, in place of what was."""
        ...

    def put_second_factors(self, person_id: str, factors: SecondFactors) -> None:
        """Store a person's second factors in place of what was.

        Raises:
            KnownError: if there is no such person, or the card is somebody else's.
        """
        ...

    def count_factor_try(self, person_id: str) -> int:
        """Count an entry as wrong, before it is looked at; returns how many there are in a row."""
        ...

    def accept_factor(self, person_id: str, *, code_step: int | None = None) -> bool:
        """End the wrong entries in a row because one was right.

        Returns:
            Whether it counts: not where the code of that time step, or a later one, was used
            already, here or at another door.
        """
        ...

    def put_settings(self, values: dict[str, object]) -> None:
        """Store settings that belong to the data (JSON values by name); others stay."""
        ...


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

    def locked_down(self, station: str) -> bool:
        """Return whether a door was locked down and not released since. Cheap."""
        ...

    def stations(self) -> list[str]:
        """Return the names of all stations that have recorded a visit or taken a command."""
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
