"""What a store of people, heads and events can do. No SQL and no row passes through here."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from faceaccess.core.decisions import Event, Outcome
from faceaccess.core.faces import Embedding, EmbeddingSpace
from faceaccess.core.frames import Image
from faceaccess.core.heads import Head, HeadRecord
from faceaccess.core.people import NewSample, Person, PersonDetails, Sample, TrainingSet


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

    def add_head(
        self,
        head: Head,
        *,
        samples: int,
        seconds: float,
        accepted: bool,
        note: str,
        actor: str,
        kept: int,
    ) -> HeadRecord:
        """Store a head under the next version number; the newest accepted one serves.

        The rows of all but the newest `kept` heads and the serving one are dropped, their records
        stay.
        """
        ...

    def add_event(self, event: Event) -> Event:
        """Append an event; its `sequence` is given by the store where it is 0.

        An event whose id is stored already is left alone (journals replay without duplicates).
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
        """Return a number that grows with every committed change to people, samples, heads or
        settings, by any process (not with events). Cheap: meant to be asked several times a second.
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
        """Return the newest accepted head, or None before the first training."""
        ...

    def head_records(self, *, limit: int = 100) -> list[HeadRecord]:
        """Return what is known about stored heads, newest first."""
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

    def last_visits(self, person_id: str, *, limit: int = 10) -> list[Event]:
        """Return a person's latest events, newest first."""
        ...

    def settings(self) -> dict[str, object]:
        """Return the stored settings that belong to the data, JSON values by name."""
        ...

    def close(self) -> None:
        """Close every connection, of every thread. The store cannot be used afterwards."""
        ...
