"""What can be written into a store. No SQL passes through here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.access_rules import AccessRule, DoorPlan, Holiday
from faceaccess.core.alarms import Alarm
from faceaccess.core.attack_tests import AttackReport
from faceaccess.core.calibrations import RiskEstimate
from faceaccess.core.corrections import Correction, CorrectionKind, Evidence
from faceaccess.core.decisions import Event
from faceaccess.core.door_commands import DoorCommand
from faceaccess.core.faces import Embedding, EmbeddingSpace
from faceaccess.core.head_tests import HeadTest
from faceaccess.core.heads import Head, HeadFacts, HeadRecord
from faceaccess.core.locks import LockOutcome
from faceaccess.core.people import NewSample, Person, PersonDetails, Sample
from faceaccess.core.second_factors import SecondFactors
from faceaccess.core.strangers import Stranger


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

    def add_attack_test(self, report: AttackReport) -> None:
        """Append the report of an attack test."""
        ...

    def put_alarm(self, alarm: Alarm) -> None:
        """Append an alarm, or bring the one with its id up to date (end, detail, who muted it).

        An end that is stored is never taken back (journals replay without duplicates).
        """
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
