"""Heads as they go into service: calibrated to the stated risk, tested, and stored.

Nothing goes into service but through here. What is expensive is done before the transaction and
again inside it only where somebody else wrote meanwhile. Everything here is numpy; the trainer is
not imported.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.actors import Actor
from faceaccess.core.calibrations import RiskEstimate
from faceaccess.core.corrections import Correction
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.freed_memory import give_back_freed_memory
from faceaccess.core.head_tests import HeadTest
from faceaccess.core.heads import Head, HeadFacts, HeadRecord
from faceaccess.core.people import TrainingSet
from faceaccess.core.settings import Settings
from faceaccess.core.strangers import Role, StrangerSet
from faceaccess.door.policy import evidence_rule
from faceaccess.learn.nearest_rows import RememberedRows
from faceaccess.learn.scoring import TwoNearest
from faceaccess.pipeline.enrolled_strangers import CLEARLY, Resembled
from faceaccess.pipeline.head_changes import (
    examples_of,
    same_counter_examples,
    with_counter_examples,
)
from faceaccess.pipeline.head_gate import Ground, HeadGate, Judged, cost_of
from faceaccess.pipeline.results import SetAside
from faceaccess.pipeline.stranger_parts import gather_parts
from faceaccess.pipeline.threshold import threshold_for
from faceaccess.store.protocol import Store, Transaction

DISTINCT = 0.5
"""Similarity of different people at most, for embedders of which nothing was measured."""

ASKED_AT_ONCE = 1000
"""Enrolled pictures that the test of an enrolment or removal asks of: somebody waits for it, and
the pictures of the few classes that have changed come first. A retraining asks twice as many."""

MANY = 10_000
"""People from whom freed memory is given back between training, test and storing."""

_Made = TypeVar("_Made")
_Written = TypeVar("_Written")


@dataclass(frozen=True, eq=False)
class Ready:
    """A head that may be stored as the next one to serve.

    Attributes:
        head: with its counter-examples.
        estimate: for the stated risk, or None.
        test: what its test found; None for a head with nobody in it.
        cost: what it costs the enrolled people, in one sentence, or "".
        enrolled: strangers who are enrolled, by id, and whom they are.
    """

    head: Head
    estimate: RiskEstimate | None
    test: HeadTest | None
    cost: str = ""
    enrolled: Mapping[str, Resembled] = field(default_factory=dict)


class Serving:
    """Calibrates and tests heads, and writes them as the next version.

    Args:
        store: where strangers and corrections are read.
        settings: gives the settings in force.
        default_threshold: gives the measured threshold of an embedding space.
    """

    def __init__(
        self,
        store: Store,
        settings: Callable[[], Settings],
        default_threshold: Callable[[EmbeddingSpace], float],
    ) -> None:
        self._store = store
        self._settings = settings
        self._default_threshold = default_threshold
        self._rows = RememberedRows()
        self._searching = threading.Lock()

    def ground(
        self,
        data: TrainingSet,
        space: EmbeddingSpace,
        former: HeadRecord | None,
        *,
        settings: Settings | None = None,
        strangers: Callable[[Role], StrangerSet] | None = None,
        corrections: Sequence[Correction] | None = None,
    ) -> Ground:
        """Return what heads of a space are measured on now.

        Args:
            data: the enrolled pictures, those included that are about to be stored.
            space: of all vectors.
            former: record of the head that serves, or None.
            settings: those that will be in force, or None for the present ones.
            strangers: gives those of a role, or None for the store's.
            corrections: all that was said of events, or None for the store's.
        """
        settings = settings or self._settings()
        stored = strangers or (lambda role: self._store.stranger_set(space, role))
        return Ground(
            data,
            gather_parts(
                stored,
                data,
                space,
                evidence_rule(settings.evidence_frames),
                self._same_person(settings, space),
            ),
            tuple(self._store.corrections() if corrections is None else corrections),
            settings,
            lambda: self._default_threshold(space),
            None if former is None or former.space != space else former.estimate,
            self._search,
        )

    def _same_person(self, settings: Settings, space: EmbeddingSpace) -> float:
        """Return the similarity from which two enrolled people are one in drawing strangers."""
        try:
            usual = self._default_threshold(space)
        except KnownError:  # nothing was measured for this embedder
            usual = DISTINCT if settings.threshold is None else settings.threshold
        return usual + CLEARLY

    def _search(self, head: Head, probes: NDArray[np.float32]) -> TwoNearest:
        """Find the nearest rows, by what was found for the head before: from one enrolment to the
        next the strangers are the same, and so are nearly all rows.
        """
        with self._searching:
            return self._rows(head, probes)

    def taken_in(
        self,
        trained: Head,
        untrained: Head,
        data: TrainingSet,
        former: tuple[HeadRecord, Head] | None,
    ) -> Ready:
        """Return the head that takes people or pictures in, or lets people go. Neither is ever
        refused by a test.

        The trained rows serve if they are no worse than the untrained ones, else those do. What was
        corrected is learned too, unless that would make it worse: then what the serving head was
        told stays.

        Args:
            trained: for everybody in `data`.
            untrained: the same people with the rows that the training began with.
            data: the enrolled pictures, the new ones included.
            former: what serves now, or None.
        """
        after_a_phase(trained)
        record, serving = (None, None) if former is None else former
        ground = self.ground(data, trained.space, record)
        told = None if serving is None else examples_of(serving, trained)
        base = replace(untrained, counter_examples=told)
        taught = with_counter_examples(trained, ground.corrections)
        candidates = [taught]
        if not same_counter_examples(taught, base):
            candidates.append(replace(trained, counter_examples=told))
        gate = HeadGate(ground, base, trained, most=ASKED_AT_ONCE)
        for candidate in candidates:
            judged = gate.judge(candidate, before=gate.base)
            if judged.test.passed:
                break
        else:
            judged = gate.judge(gate.base.head, before=gate.base)
        return self._ready(judged, gate, ground, record)

    def settled(self, head: Head, data: TrainingSet, former: HeadRecord | None) -> Ready:
        """Return a head after an undo or another small change that is always done.

        Args:
            head: for everybody in `data`; may be empty.
            data: the enrolled pictures as they will be.
            former: record of the head that serves, or None.
        """
        if not head.person_ids:
            return Ready(head, None, None)
        ground = self.ground(data, head.space, former)
        base = with_counter_examples(head, ground.corrections)
        gate = HeadGate(ground, base, most=ASKED_AT_ONCE)
        return self._ready(gate.judge(gate.base.head, before=None), gate, ground, former)

    def _ready(
        self, judged: Judged, gate: HeadGate, ground: Ground, former: HeadRecord | None
    ) -> Ready:
        measured = judged.measured
        after_a_phase(judged.measured.head)
        in_force = None
        if former is not None and former.people:
            in_force = threshold_for(ground.settings, ground.former, ground.default)
        return Ready(
            measured.head,
            measured.estimate,
            judged.test,
            cost_of(measured, in_force),
            gate.set_aside,
        )

    def put(
        self,
        transaction: Transaction,
        ready: Ready,
        *,
        samples: int,
        note: str,
        actor: Actor,
        seconds: float = 0.0,
        accepted: bool = True,
    ) -> HeadRecord:
        """Store a head within a transaction; an accepted one serves when that commits."""
        who = actor.signature
        facts = HeadFacts(samples, seconds, accepted, note, who, ready.estimate, ready.test)
        return transaction.add_head(ready.head, facts, kept=self._settings().kept_heads)

    @property
    def training_steps(self) -> int:
        """Most optimizer steps of one training, as set."""
        return self._settings().training_steps

    def told(self, enrolled: Mapping[str, Resembled]) -> tuple[SetAside, ...]:
        """Return strangers who are enrolled, with their names."""
        return tuple(
            SetAside(
                stranger_id,
                self._store.stranger(stranger_id).label,
                found.person_id,
                self.name_of(found.person_id),
                found.similarity,
            )
            for stranger_id, found in enrolled.items()
        )

    def names_of(self, test: HeadTest | None) -> dict[str, str]:
        """Return the names of the people whom a test found changed."""
        changed = () if test is None else test.changed_people
        return {one.person_id: self.name_of(one.person_id) for one in changed}

    def name_of(self, person_id: str) -> str:
        """Return a person's name, or a word for somebody who is there no more."""
        try:
            return self._store.person(person_id).name
        except KnownError:
            return "somebody who was removed"


def after_a_phase(head: Head) -> None:
    """Give back what training, testing or storing a large head has freed."""
    if len(head.person_ids) > MANY:
        give_back_freed_memory()


def at_one_revision(
    store: Store, make: Callable[[], _Made], write: Callable[[Transaction, _Made], _Written]
) -> _Written:
    """Make something of what the store holds, and write it in a transaction.

    It is made before, so that the door does not wait; and again inside, where nobody else can
    write, if somebody did meanwhile.
    """
    revision = store.revision()
    made = make()
    with store.transaction() as transaction:
        if store.revision() != revision:
            made = make()
        written = write(transaction, made)
    give_back_freed_memory()
    return written
