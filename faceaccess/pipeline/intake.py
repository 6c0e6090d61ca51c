"""Taking pictures in: people, samples and the head that knows them, in one transaction.

The head is trained before the transaction begins, so that other writers (the door's journal)
wait for milliseconds only. If the data changed in between, it is trained again inside.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head, HeadRecord
from faceaccess.core.people import NewSample, PersonDetails, TrainingSet
from faceaccess.core.progress import Job, Progress, run
from faceaccess.core.settings import Settings
from faceaccess.learn.head_trainer import TrainedHead, extend_head, fit_head
from faceaccess.learn.scoring import check_space
from faceaccess.pipeline.serving import Serving, is_sound
from faceaccess.store.protocol import Store

_FEW = 5
"""Changed people up to which (or up to a tenth of all) the head is extended, not fitted anew."""
_EVERY = 20
"""People between two reports of progress while storing."""


@dataclass(eq=False)
class Entry:
    """Pictures for one person.

    Attributes:
        details: what is written about a new person; of a known one only used for matching.
        digests: (pictures,) of each picture.
        vectors: (pictures, dimension) float32.
        load: returns those of the pictures whose indices are given, ready to be stored.
        person_id: who it is, or None for a new person or one that `match` may find.
        match: whether a known person with this staff number or name gains the pictures.
        new_id: id under which a new person is stored.
    """

    details: PersonDetails
    digests: Sequence[str]
    vectors: NDArray[np.float32]
    load: Callable[[Sequence[int]], Sequence[NewSample]]
    person_id: str | None = None
    match: bool = False
    new_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Taken:
    """What was stored.

    Attributes:
        person_ids: (entries,) whose the pictures of each entry are.
        added: (entries,) pictures stored of each entry.
        skipped: pictures that were there already.
        head: the head that serves now, or None with nobody enrolled.
        seconds: time for training and storing.
    """

    person_ids: tuple[str, ...]
    added: tuple[int, ...]
    skipped: int
    head: HeadRecord | None
    seconds: float


@dataclass(frozen=True, eq=False)
class _Plan:
    """The store as it was at `revision`, and what is to be added to it."""

    revision: int
    serving: tuple[HeadRecord, Head] | None
    data: TrainingSet
    person_ids: tuple[str, ...]
    new: tuple[bool, ...]
    wanted: tuple[tuple[int, ...], ...]

    @property
    def changed(self) -> tuple[str, ...]:
        pairs = zip(self.person_ids, self.wanted, strict=True)
        return tuple(dict.fromkeys(person_id for person_id, wanted in pairs if wanted))


class Roster:
    """Finds known people by staff number, else by exact name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_name: dict[str, list[str]] | None = None

    def find(self, details: PersonDetails) -> str | None:
        """Return the person's id, or None for somebody new.

        Somebody of the same name with another staff number is another person.

        Raises:
            KnownError: if several people have that name.
        """
        if details.staff_number is not None:
            owner = self._store.person_by_number(details.staff_number)
            if owner is not None:
                return owner.id
        if self._by_name is None:
            self._by_name = {}
            for person in self._store.people():
                self._by_name.setdefault(person.name, []).append(person.id)
        found = self._by_name.get(details.name, [])
        if details.staff_number is not None:
            found = [p for p in found if self._store.person(p).details.staff_number is None]
        if len(found) > 1:
            raise KnownError(
                f"{len(found)} people are called {details.name}.", "Give the staff number."
            )
        return found[0] if found else None


class Intake:
    """Stores entries and puts a head that knows them into service.

    Args:
        store: where they go.
        settings: gives the settings in force.
        serving: puts heads into service.
        clock: measures the time taken.
    """

    def __init__(
        self, store: Store, settings: Callable[[], Settings], serving: Serving, clock: Clock
    ) -> None:
        self._store = store
        self._settings = settings
        self._serving = serving
        self._clock = clock

    def take(
        self, actor: Actor, entries: Sequence[Entry], space: EmbeddingSpace, note: str
    ) -> Job[Taken]:
        """Store entries in one transaction; nothing is stored if it is closed or fails.

        Raises:
            KnownError: if a staff number is somebody else's, a person is not there, or the store
                cannot be written or holds embeddings of another space.
        """
        began = self._clock.monotonic()
        plan = self._plan(entries, space)
        head = yield from self._train(plan, entries, space)
        with self._store.transaction() as transaction:
            if self._store.revision() != plan.revision:
                # Somebody else wrote meanwhile. Nobody can now, until this block ends.
                plan = self._plan(entries, space)
                head = run(self._train(plan, entries, space))
            for i, entry in enumerate(entries):
                if plan.new[i]:
                    transaction.add_person(entry.details, person_id=plan.person_ids[i])
                if plan.wanted[i]:
                    transaction.add_samples(plan.person_ids[i], entry.load(plan.wanted[i]))
                if i % _EVERY == 0:
                    yield Progress("Storing", i, len(entries))
            record = None if plan.serving is None else plan.serving[0]
            if head is not None:
                record = self._serving.put(
                    transaction,
                    head,
                    samples=len(plan.data.person_ids) + sum(map(len, plan.wanted)),
                    seconds=self._clock.monotonic() - began,
                    note=note,
                    actor=actor,
                )
        return Taken(
            person_ids=plan.person_ids,
            added=tuple(map(len, plan.wanted)),
            skipped=sum(len(entry.digests) for entry in entries) - sum(map(len, plan.wanted)),
            head=record,
            seconds=self._clock.monotonic() - began,
        )

    def _plan(self, entries: Sequence[Entry], space: EmbeddingSpace) -> _Plan:
        revision = self._store.revision()
        serving = self._store.serving_head()
        if serving is not None and serving[1].person_ids:
            check_space(serving[1], space)
        roster = Roster(self._store)
        known: dict[str, set[str]] = {}
        person_ids, new, wanted = [], [], []
        for entry in entries:
            person_id = entry.person_id
            if person_id is None and entry.match:
                person_id = roster.find(entry.details)
            new.append(person_id is None)
            if person_id is None:
                person_id = entry.new_id
                known[person_id] = set()
            elif person_id not in known:
                self._store.person(person_id)
                known[person_id] = {s.digest for s in self._store.samples(person_id)}
            person_ids.append(person_id)
            fresh = []
            for i, digest in enumerate(entry.digests):
                if digest not in known[person_id]:
                    known[person_id].add(digest)
                    fresh.append(i)
            wanted.append(tuple(fresh))
        data = self._store.training_set(space)
        return _Plan(revision, serving, data, tuple(person_ids), tuple(new), tuple(wanted))

    def _train(
        self, plan: _Plan, entries: Sequence[Entry], space: EmbeddingSpace
    ) -> Job[Head | None]:
        """Train on what is stored and what is to be added; None if nothing is to be added."""
        changed = plan.changed
        if not changed:
            return None
        vectors, owners = [plan.data.vectors], list(plan.data.person_ids)
        for entry, person_id, wanted in zip(entries, plan.person_ids, plan.wanted, strict=True):
            vectors.append(entry.vectors[list(wanted)])
            owners += [person_id] * len(wanted)
        together = np.concatenate([v.reshape(-1, space.dimension) for v in vectors])
        data = TrainingSet(together.astype(np.float32), tuple(owners))
        serving = None if plan.serving is None else plan.serving[1]
        return (yield from sound_head(serving, data, changed, space, self._settings()))


def sound_head(
    serving: Head | None,
    data: TrainingSet,
    changed: Sequence[str],
    space: EmbeddingSpace,
    settings: Settings,
) -> Job[Head]:
    """Return a head for all people in `data`: trained, or not trained where that would be worse.

    Args:
        serving: the head that serves, or None.
        data: at least one person.
        changed: people in `data` who are new or have other pictures.
        space: of all vectors.
        settings: gives the steps.
    """
    steps = settings.training_steps
    if serving is not None and not (serving.person_ids and serving.space == space):
        serving = None
    few = max(_FEW, len(set(data.person_ids)) // 10)

    def training(steps: int) -> Job[TrainedHead]:
        if serving is not None and len(changed) <= few:
            return extend_head(serving, data, changed, steps=steps)
        return fit_head(data, space, steps=steps)

    trained = yield from training(steps)
    untrained = yield from training(0)
    if is_sound(trained.head, untrained.head, data):
        return trained.head
    return untrained.head
