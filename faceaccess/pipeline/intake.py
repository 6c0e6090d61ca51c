"""Taking pictures in: people, samples and the head that knows them, in one transaction.

The head is trained, calibrated and tested before the transaction begins, so that other writers (the
door's journal) wait for milliseconds only. If the data changed in between, that is done again
inside. A test never turns anybody away: where training makes it worse, the untrained rows serve.
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
from faceaccess.pipeline.results import SetAside
from faceaccess.pipeline.serving import Ready, Serving, after_a_phase
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
        seconds: time for training, testing and storing.
        cost: what it costs the people enrolled before, in one sentence, or "".
        set_aside: strangers who are enrolled.
    """

    person_ids: tuple[str, ...]
    added: tuple[int, ...]
    skipped: int
    head: HeadRecord | None
    seconds: float
    cost: str = ""
    set_aside: tuple[SetAside, ...] = ()


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
        ready = yield from self._train(plan, entries, space)
        with self._store.transaction() as transaction:
            if self._store.revision() != plan.revision:
                # Somebody else wrote meanwhile. Nobody can now, until this block ends.
                plan = self._plan(entries, space)
                ready = run(self._train(plan, entries, space))
            for i, entry in enumerate(entries):
                if plan.new[i]:
                    transaction.add_person(entry.details, person_id=plan.person_ids[i])
                if plan.wanted[i]:
                    transaction.add_samples(plan.person_ids[i], entry.load(plan.wanted[i]))
                if i % _EVERY == 0:
                    yield Progress("Storing", i, len(entries))
            record = None if plan.serving is None else plan.serving[0]
            if ready is not None:
                record = self._serving.put(
                    transaction,
                    ready,
                    samples=len(plan.data.person_ids) + sum(map(len, plan.wanted)),
                    seconds=self._clock.monotonic() - began,
                    note=note,
                    actor=actor,
                )
        if ready is not None:
            after_a_phase(ready.head)
        return Taken(
            person_ids=plan.person_ids,
            added=tuple(map(len, plan.wanted)),
            skipped=sum(len(entry.digests) for entry in entries) - sum(map(len, plan.wanted)),
            head=record,
            seconds=self._clock.monotonic() - began,
            cost="" if ready is None else ready.cost,
            set_aside=() if ready is None else self._serving.told(ready.enrolled),
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
    ) -> Job[Ready | None]:
        """Make the head for what is stored and what is to be added; None where nothing is."""
        changed = plan.changed
        if not changed:
            return None
        vectors, owners = [plan.data.vectors], list(plan.data.person_ids)
        for entry, person_id, wanted in zip(entries, plan.person_ids, plan.wanted, strict=True):
            vectors.append(entry.vectors[list(wanted)])
            owners += [person_id] * len(wanted)
        together = np.concatenate([v.reshape(-1, space.dimension) for v in vectors], dtype="f4")
        data = TrainingSet(together, tuple(owners))
        serving = plan.serving
        if serving is not None and not (serving[1].person_ids and serving[1].space == space):
            serving = None
        # Where the head knows just who is stored, only the means of those who change are new.
        known = serving is not None and serving[0].samples == len(plan.data.person_ids)
        trained = yield from _training(
            None if serving is None else serving[1],
            data,
            changed,
            self._settings().training_steps,
            space=space,
            search=not known,
        )
        yield Progress("Testing the head")
        untrained = trained.untrained or run(fit_head(data, space, steps=0)).head
        return self._serving.taken_in(trained.head, untrained, data, serving)


def _training(
    serving: Head | None,
    data: TrainingSet,
    changed: Sequence[str],
    steps: int,
    *,
    space: EmbeddingSpace,
    search: bool,
) -> Job[TrainedHead]:
    """Train a head for all people in `data`, from the serving one where few have changed."""
    few = max(_FEW, len(data.people) // 10)
    if serving is not None and len(changed) <= few:
        return extend_head(serving, data, changed, steps=steps, search=search)
    return fit_head(data, space, steps=steps)
