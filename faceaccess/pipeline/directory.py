"""People without vision: list, show, edit, remove with undo. Fast to import."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.actors import Actor
from faceaccess.core.decisions import Event
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.frames import Image
from faceaccess.core.heads import Head
from faceaccess.core.people import NewSample, Person, PersonDetails, Sample
from faceaccess.learn.scoring import remove_people
from faceaccess.pipeline.serving import Serving, with_class, with_mean
from faceaccess.store.protocol import Store

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
    """

    person: Person
    samples: tuple[NewSample, ...]
    row: NDArray[np.float32] | None
    mean: NDArray[np.float32] | None
    space: EmbeddingSpace | None


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
        """Remove a person, every picture of theirs and their class in the head.

        Raises:
            KnownError: if there is no such person.
        """
        with self._store.transaction() as transaction:
            person = self._store.person(person_id)
            samples = tuple(self._with_crop(sample) for sample in self._store.samples(person_id))
            serving = self._store.serving_head()
            row = mean = space = None
            transaction.remove_person(person_id)
            if serving is not None and person_id in serving[1].person_ids:
                head = serving[1]
                index = head.person_ids.index(person_id)
                row, mean, space = head.rows[index].copy(), head.means[index].copy(), head.space
                self._serving.put(
                    transaction,
                    remove_people(head, [person_id]),
                    samples=max(0, serving[0].samples - len(samples)),
                    note=f"{person.name} removed",
                    actor=actor,
                )
        return RemovedPerson(person, samples, row, mean, space)

    def undo_remove(self, actor: Actor, removed: RemovedPerson) -> Person:
        """Put a removed person back, under the same id, with all pictures and the class.

        Raises:
            KnownError: if the staff number was given to somebody else meanwhile, or the person is
                there already.
        """
        person = removed.person
        with self._store.transaction() as transaction:
            if self._is_there(person.id):
                raise KnownError(f"{person.name} is there already.", "There is nothing to undo.")
            transaction.add_person(
                person.details, person_id=person.id, created_at=person.created_at
            )
            transaction.add_samples(person.id, removed.samples)
            serving = self._store.serving_head()
            if removed.row is not None and removed.mean is not None and removed.space is not None:
                empty = Head(
                    removed.space,
                    (),
                    np.zeros((0, removed.space.dimension), np.float32),
                    np.zeros((0, removed.space.dimension), np.float32),
                    scale=1.0,
                    steps=0,
                )
                head = empty if serving is None else serving[1]
                if head.space == removed.space:
                    self._serving.put(
                        transaction,
                        with_class(head, person.id, removed.row, removed.mean),
                        samples=len(removed.samples)
                        + (0 if serving is None else serving[0].samples),
                        note=f"{person.name} put back",
                        actor=actor,
                    )
        return self._store.person(person.id)

    def remove_sample(self, actor: Actor, sample_id: str) -> None:
        """Remove one picture; the person's mean in the head follows at once.

        A person who loses the last picture is no longer recognised.

        Raises:
            KnownError: if there is no such picture.
        """
        with self._store.transaction() as transaction:
            serving = self._store.serving_head()
            owner = self._store.person(self._store.sample(sample_id).person_id)
            transaction.remove_sample(sample_id)
            if serving is None or owner.id not in serving[1].person_ids:
                return
            head = serving[1]
            vectors = [
                sample.embedding.vector
                for sample in self._store.samples(owner.id)
                if sample.embedding.space == head.space
            ]
            changed = (
                with_mean(head, owner.id, np.stack(vectors))
                if vectors
                else remove_people(head, [owner.id])
            )
            self._serving.put(
                transaction,
                changed,
                samples=max(0, serving[0].samples - 1),
                note=f"a picture of {owner.name} removed",
                actor=actor,
            )

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
