"""People without vision: list, show, edit, remove with undo. Fast to import."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.access_rules import AccessRule
from faceaccess.core.actors import Actor
from faceaccess.core.decisions import Event
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.frames import Image
from faceaccess.core.heads import Head, HeadRecord
from faceaccess.core.people import NewSample, Person, PersonDetails, Sample, TrainingSet
from faceaccess.core.progress import run
from faceaccess.core.second_factors import SecondFactors
from faceaccess.learn.head_trainer import shrink_head
from faceaccess.learn.scoring import remove_people
from faceaccess.pipeline.head_changes import with_class, with_mean
from faceaccess.pipeline.serving import Ready, Serving, at_one_revision
from faceaccess.store.protocol import Store, Transaction

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class RemovedPerson:
    """All that is needed to undo a removal; held in memory only.

    Attributes:
        person: as stored before.
        samples: the person's pictures, oldest first.
        row, mean: the class in the head that served, (dimension,) float32, or None where the head
            did not have the person.
        space: the head's space, or None as for `row`.
        rules: the person's access rules; without them the person would come back with more rights.
        factors: hashes of the person's second factors, or None.
    """

    person: Person
    samples: tuple[NewSample, ...]
    row: NDArray[np.float32] | None
    mean: NDArray[np.float32] | None
    space: EmbeddingSpace | None
    rules: tuple[AccessRule, ...] = ()
    factors: SecondFactors | None = None


class Directory:
    """The enrolled people as a list that can be edited.

    Args:
        store: where people are kept.
        serving: puts changed heads into service.
    """

    def __init__(self, store: Store, serving: Serving) -> None:
        self._store = store
        self._serving = serving

    def list(self, query: str = "", offset: int = 0, limit: int | None = None) -> Sequence[Person]:
        """Return people whose name, staff number or department contains `query`, by name."""
        return self._store.people(query, offset=offset, limit=limit)

    def count(self, query: str = "") -> int:
        """Return how many people `list(query)` would give."""
        return self._store.count_people(query)

    def show(self, person_id: str) -> Person:
        """Return one person.

        Raises:
            KnownError: if there is no such person.
        """
        return self._store.person(person_id)

    def samples(self, person_id: str) -> Sequence[Sample]:
        """Return a person's pictures, oldest first."""
        return self._store.samples(person_id)

    def crop(self, sample_id: str) -> Image:
        """Return a picture's pixels.

        Raises:
            KnownError: if there is no such picture.
        """
        return self._store.crop(sample_id)

    def thumbnail(self, person_id: str) -> Image | None:
        """Return the best picture of a person, or None."""
        return self._store.thumbnail(person_id)

    def last_visits(self, person_id: str, limit: int = 10) -> Sequence[Event]:
        """Return a person's latest events, newest first."""
        return self._store.last_visits(person_id, limit=limit)

    def edit(self, actor: Actor, person_id: str, details: PersonDetails) -> Person:
        """Replace what is written about a person.

        Raises:
            KnownError: if there is no such person, or the staff number is somebody else's.
        """
        with self._store.transaction() as transaction:
            person = transaction.edit_person(person_id, details)
        _log.info("%s (%s) edited %s", actor.name, actor.way, person_id)
        return person

    def remove(self, actor: Actor, person_id: str) -> RemovedPerson:
        """Remove a person, every picture of theirs, their class in the head and their influence.

        The others' rows are as if the person had never been enrolled, and the threshold is found
        anew for them. A removal is never refused.

        Raises:
            KnownError: if there is no such person.
        """

        def make() -> tuple[RemovedPerson, Ready | None, int]:
            person = self._store.person(person_id)
            samples = tuple(self._with_crop(sample) for sample in self._store.samples(person_id))
            all_rules = self._store.access_policy().rules
            rules = tuple(rule for rule in all_rules if rule.person_id == person_id)
            factors = self._store.second_factors(person_id)
            serving = self._store.serving_head()
            if serving is None or person_id not in serving[1].index:
                removed = RemovedPerson(person, samples, None, None, None, rules, factors)
                return removed, None, 0
            head = serving[1]
            data = without_person(self._store.training_set(head.space), person_id)
            index = head.index[person_id]
            removed = RemovedPerson(
                person,
                samples,
                head.rows[index].copy(),
                head.means[index].copy(),
                head.space,
                rules,
                factors,
            )
            return removed, self._without(person_id, data, serving), len(data.person_ids)

        def write(
            transaction: Transaction, made: tuple[RemovedPerson, Ready | None, int]
        ) -> RemovedPerson:
            removed, ready, samples = made
            transaction.remove_person(person_id)
            if ready is not None:
                self._serving.put(
                    transaction,
                    ready,
                    samples=samples,
                    note=f"{removed.person.name} removed",
                    actor=actor,
                )
            return removed

        return at_one_revision(self._store, make, write)

    def undo_remove(self, actor: Actor, removed: RemovedPerson) -> Person:
        """Put a removed person back, under the same id, with all pictures, rules and the class.

        Raises:
            KnownError: if the staff number was given to somebody else meanwhile, or the person is
                there already.
        """
        person = removed.person

        def make() -> tuple[Ready | None, int]:
            if self._is_there(person.id):
                raise KnownError(f"{person.name} is there already.", "There is nothing to undo.")
            return self._put_back(removed)

        def write(transaction: Transaction, made: tuple[Ready | None, int]) -> None:
            ready, samples = made
            transaction.add_person(
                person.details, person_id=person.id, created_at=person.created_at
            )
            transaction.add_samples(person.id, removed.samples)
            for rule in removed.rules:
                transaction.add_access_rule(rule)
            if removed.factors is not None:
                transaction.put_second_factors(person.id, removed.factors)
            if ready is not None:
                self._serving.put(
                    transaction,
                    ready,
                    samples=samples,
                    note=f"{person.name} put back",
                    actor=actor,
                )

        at_one_revision(self._store, make, write)
        return self._store.person(person.id)

    def _put_back(self, removed: RemovedPerson) -> tuple[Ready | None, int]:
        """Return the head with the person's class again, and how many pictures it stands on."""
        row, mean, space = removed.row, removed.mean, removed.space
        if row is None or mean is None or space is None:
            return None, 0
        serving = self._store.serving_head()
        record, head = (None, _empty(space)) if serving is None else serving
        if head.space != space:
            return None, 0
        data = self._store.training_set(space)
        own = [s.embedding.vector for s in removed.samples if s.embedding.space == space]
        data = with_pictures(data, removed.person.id, np.array(own, np.float32))
        back = with_class(head, removed.person.id, row, mean)
        return self._serving.settled(back, data, record), len(data.person_ids)

    def remove_sample(self, actor: Actor, sample_id: str) -> None:
        """Remove one picture; the person's mean in the head follows at once.

        A person who loses the last picture is no longer recognised.

        Raises:
            KnownError: if there is no such picture.
        """

        def make() -> tuple[str, Ready | None, int]:
            owner = self._store.person(self._store.sample(sample_id).person_id)
            note = f"a picture of {owner.name} removed"
            serving = self._store.serving_head()
            if serving is None or owner.id not in serving[1].index:
                return note, None, 0
            record, head = serving
            left = [
                sample.embedding.vector
                for sample in self._store.samples(owner.id)
                if sample.id != sample_id and sample.embedding.space == head.space
            ]
            data = without_person(self._store.training_set(head.space), owner.id)
            if left:
                vectors = np.stack(left)
                data = with_pictures(data, owner.id, vectors)
                ready = self._serving.settled(with_mean(head, owner.id, vectors), data, record)
            else:
                ready = self._without(owner.id, data, serving)
            return note, ready, len(data.person_ids)

        def write(transaction: Transaction, made: tuple[str, Ready | None, int]) -> None:
            note, ready, samples = made
            transaction.remove_sample(sample_id)
            if ready is not None:
                self._serving.put(transaction, ready, samples=samples, note=note, actor=actor)

        at_one_revision(self._store, make, write)

    def _without(
        self, person_id: str, data: TrainingSet, serving: tuple[HeadRecord, Head]
    ) -> Ready:
        """Return the head of those who stay, as if the person had never been enrolled."""
        head = serving[1]
        if not data.person_ids:
            return Ready(_empty(head.space), None, None)
        steps = self._serving.training_steps
        shrunk = run(shrink_head(head, data, [person_id], steps=steps))
        untrained = shrunk.untrained or remove_people(head, [person_id])
        return self._serving.taken_in(shrunk.head, untrained, data, serving)

    def _with_crop(self, sample: Sample) -> NewSample:
        return NewSample(
            crop=self._store.crop(sample.id),
            embedding=sample.embedding,
            quality=sample.quality,
            source=sample.source,
            digest=sample.digest,
        )

    def _is_there(self, person_id: str) -> bool:
        try:
            self._store.person(person_id)
        except KnownError:
            return False
        return True


def without_person(data: TrainingSet, person_id: str) -> TrainingSet:
    """Return the pictures of everybody else; of the last one's, without a copy of all others."""
    gone = np.array([owner == person_id for owner in data.person_ids], bool)
    kept = np.flatnonzero(~gone)
    ids = tuple(data.person_ids[i] for i in kept)
    ends = len(kept) == 0 or kept[-1] == len(kept) - 1
    return TrainingSet(data.vectors[: len(kept)] if ends else data.vectors[kept], ids)


def with_pictures(data: TrainingSet, person_id: str, vectors: NDArray[np.float32]) -> TrainingSet:
    """Return the pictures with (pictures, dimension) more of one person at the end."""
    if not len(vectors):
        return data
    return TrainingSet(
        np.concatenate([data.vectors.reshape(-1, vectors.shape[1]), vectors]),
        (*data.person_ids, *[person_id] * len(vectors)),
    )


def _empty(space: EmbeddingSpace) -> Head:
    """Return a head that knows nobody."""
    nothing = np.zeros((0, space.dimension), np.float32)
    return Head(space, (), nothing, nothing, scale=1.0, steps=0)
