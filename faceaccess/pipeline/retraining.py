"""Training the head anew, while the door goes on with the old one.

A candidate is trained, calibrated to the stated risk and tested beside the head that the door
would have without it (`pipeline.head_gate`). It is accepted or refused with the reason in words; a
refusal is a result, and the old head goes on. All is written by one transaction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.actors import Actor
from faceaccess.core.calibrations import one_in
from faceaccess.core.clock import Clock
from faceaccess.core.counting import counted
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head, HeadRecord
from faceaccess.core.people import TrainingSet
from faceaccess.core.progress import Job, Progress, run
from faceaccess.core.settings import Settings
from faceaccess.learn.head_testing import unforceable
from faceaccess.learn.head_trainer import TrainedHead, extend_head, fit_head
from faceaccess.pipeline.head_changes import (
    same_counter_examples,
    unit_means,
    with_counter_examples,
)
from faceaccess.pipeline.head_gate import Ground, HeadGate, Judged, Measured
from faceaccess.pipeline.re_embedding import ReEmbedding
from faceaccess.pipeline.results import Changes, RetrainResult
from faceaccess.pipeline.serving import Ready, Serving
from faceaccess.store.protocol import Store, Transaction
from faceaccess.vision.analyser import FaceAnalyser

_ATTEMPTS = 3
"""Trainings that may be overtaken by other writers; the next one keeps them waiting."""
_SAME_MEAN = 1e-4
"""Means whose elements differ by less are of the same pictures."""


@dataclass(frozen=True, eq=False)
class _Order:
    """What was asked for.

    Attributes:
        full: whether everybody is trained anew.
        force: the reason for letting a refused candidate serve, or "".
        settings: those that will be in force.
        changes: settings that are written with the head.
        reachable: whether the door can go on with the present head: its space can be embedded.
    """

    full: bool
    force: str
    settings: Settings
    changes: Mapping[str, object]
    reachable: Callable[[EmbeddingSpace], bool]


@dataclass(frozen=True, eq=False)
class _Snapshot:
    """The store as it was at `revision`."""

    revision: int
    serving: tuple[HeadRecord, Head] | None
    data: TrainingSet
    ground: Ground

    @property
    def head(self) -> Head | None:
        return None if self.serving is None else self.serving[1]

    @property
    def version(self) -> int | None:
        return None if self.serving is None else self.serving[0].version


@dataclass(frozen=True, eq=False)
class _Outcome:
    """A trained head with its test, and whether it serves."""

    trained: TrainedHead
    ready: Ready
    accepted: bool


class Retraining:
    """The **Retrain** button.

    Args:
        store: where people are kept.
        analyser: gives the face analyser (slow the first time).
        settings: gives the settings in force.
        serving: puts heads into service.
        clock: measures the time taken.
    """

    def __init__(
        self,
        store: Store,
        analyser: Callable[[], FaceAnalyser],
        settings: Callable[[], Settings],
        serving: Serving,
        clock: Clock,
    ) -> None:
        self._store = store
        self._analyser = analyser
        self._settings = settings
        self._serving = serving
        self._clock = clock

    def changes(self) -> Changes:
        """Return what has changed since the serving head was made. Loads no network."""
        serving = self._store.serving_head()
        if serving is None:
            people = self._store.people()
            return Changes(tuple(p.name for p in people if p.samples), (), ())
        head = serving[1]
        data = self._store.training_set(head.space)
        added, gone, other = _differences(head, data)
        return Changes(
            added=tuple(self._name(p) for p in added),
            removed=tuple(self._name(p) for p in gone),
            more_pictures=tuple(self._name(p) for p in other),
        )

    def run(
        self,
        actor: Actor,
        *,
        full: bool = False,
        force: str = "",
        analyser: FaceAnalyser | None = None,
        settings: Mapping[str, object] | None = None,
    ) -> Job[RetrainResult]:
        """Train, test, and put the new head into service if it is no worse.

        A head that lets more strangers in than the one before, or loses anybody, is refused, and
        the one before goes on. Where that one is of an embedding space that the door cannot make
        any more, the untrained head (rows at the means) serves instead.

        Without `full`, only who has changed is trained into the serving head; where nobody or many
        have changed, and with `full`, everybody is trained anew. Where only corrections have
        changed, the rows stay and the head learns those. With `full`, stored pictures of another
        embedding space are embedded anew first, if their crops allow it.
        `Progress.figures` carries "loss", "step", "step_length" and "gradient_norm".

        Args:
            actor: who asks.
            full: as above.
            force: why the head is to serve even if it is refused; stored with it. Broken numbers
                and missing classes cannot be forced.
            analyser: another embedder that everything moves to, or None for the present one.
            settings: settings that belong to the new head; written with it if it serves.

        Raises:
            KnownError: if nobody is enrolled, pictures are of another embedding space, or the
                store cannot be written. The serving head goes on then.
        """
        began = self._clock.monotonic()
        yield Progress("Loading the networks")
        full = full or analyser is not None
        present = self._analyser()
        if analyser is None:
            # People of an older version move to the newest space.
            analyser = present.newest() if full else present
        changes = dict(settings or {})
        order = _Order(
            full,
            force.strip(),
            Settings.model_validate({**self._settings().model_dump(), **changes}),
            changes,
            lambda space: space in present.spaces,
        )
        embedding = ReEmbedding(self._store, analyser, allowed=full)
        trained: TrainedHead | None = None
        for _ in range(_ATTEMPTS):
            snapshot = yield from self._snapshot(embedding, order)
            trained = yield from self._train(snapshot, embedding.space, trained, order)
            yield Progress("Testing the head")
            # Before the transaction: while it is open the door cannot write its visits, and waits.
            outcome = self._tested(snapshot, trained, order)
            with self._store.transaction() as transaction:
                if self._store.revision() == snapshot.revision:
                    return self._finish(
                        actor, transaction, snapshot, outcome, order, embedding, began
                    )
            yield Progress("People changed meanwhile: training the difference")
        with self._store.transaction() as transaction:
            snapshot = run(self._snapshot(embedding, order))
            trained = run(self._train(snapshot, embedding.space, trained, order))
            outcome = self._tested(snapshot, trained, order)
            return self._finish(actor, transaction, snapshot, outcome, order, embedding, began)

    def _snapshot(self, embedding: ReEmbedding, order: _Order) -> Job[_Snapshot]:
        # The revision first: what changes while the rest is read is noticed before storing.
        revision = self._store.revision()
        yield from embedding.prepare()
        serving, data = self._store.serving_head(), embedding.training_set()
        ground = self._serving.ground(
            data,
            embedding.space,
            None if serving is None else serving[0],
            settings=order.settings,
            strangers=embedding.stranger_set,
            corrections=embedding.corrections(),
        )
        return _Snapshot(revision, serving, data, ground)

    def _train(
        self,
        snapshot: _Snapshot,
        space: EmbeddingSpace,
        before: TrainedHead | None,
        order: _Order,
    ) -> Job[TrainedHead]:
        """Train on a snapshot; with `before`, only what has changed since that was trained."""
        data, steps = snapshot.data, order.settings.training_steps
        start = before.head if before is not None else snapshot.head
        if start is not None and start.space == space and (before is not None or not order.full):
            added, gone, other = _differences(start, data)
            changed = [*added, *other]
            few = max(5, len(start.person_ids) // 10)
            if before is not None or 0 < len(changed) + len(gone) <= few:
                extended = yield from extend_head(start, data, changed, steps=steps)
                if before is not None and not extended.losses:
                    return replace(extended, losses=before.losses, stopped_by=before.stopped_by)
                return extended
            taught = with_counter_examples(start, snapshot.ground.corrections)
            if not changed and not gone and not same_counter_examples(taught, start):
                return TrainedHead(start, (), 0.0, "only corrections are new", start)
        return (yield from fit_head(data, space, steps=steps))

    def _tested(self, snapshot: _Snapshot, trained: TrainedHead, order: _Order) -> _Outcome:
        """Test a trained head beside what the door would have without it."""
        candidate = with_counter_examples(trained.head, snapshot.ground.corrections)
        before = self._before(snapshot, candidate, order)
        old = before
        if before is None:
            untrained = (
                trained.untrained or run(fit_head(snapshot.data, trained.head.space, steps=0)).head
            )
            before = with_counter_examples(untrained, snapshot.ground.corrections)
        if before.space == candidate.space:
            gate = HeadGate(snapshot.ground, before, candidate, snapshot.version if old else None)
            beside = gate.base
        else:
            gate = HeadGate(snapshot.ground, candidate)
            beside = self._in_its_own_space(before, snapshot, order)
        judged = gate.judge(candidate, before=beside)
        ready = _ready(judged, gate)
        if judged.test.passed:
            return _Outcome(trained, ready, accepted=True)
        if order.force and unforceable(candidate, snapshot.data) is None:
            test = replace(judged.test, forced_because=order.force)
            return _Outcome(trained, replace(ready, test=test), accepted=True)
        if old is None:
            # The door has no head to go on with: the untrained one serves.
            instead = gate.judge(before, before=None)
            if instead.test.passed:
                return _Outcome(trained, _ready(instead, gate), accepted=True)
        return _Outcome(trained, ready, accepted=False)

    def _before(self, snapshot: _Snapshot, candidate: Head, order: _Order) -> Head | None:
        """Return the head that the door would have without the candidate; None where it has none
        that it could go on with.
        """
        old = snapshot.head
        if old is None or not old.person_ids:
            return None
        if old.space == candidate.space:
            extended = run(extend_head(old, snapshot.data, (), steps=0)).head
            return replace(extended, counter_examples=old.counter_examples)
        return old if order.reachable(old.space) else None

    def _in_its_own_space(self, head: Head, snapshot: _Snapshot, order: _Order) -> Measured:
        """Measure the serving head on the vectors of its own space, with its own threshold."""
        data = self._store.training_set(head.space)
        record = None if snapshot.serving is None else snapshot.serving[0]
        settings = self._settings() if order.changes else order.settings
        ground = self._serving.ground(data, head.space, record, settings=settings)
        return HeadGate(ground, head, version=snapshot.version).base

    def _finish(
        self,
        actor: Actor,
        transaction: Transaction,
        snapshot: _Snapshot,
        outcome: _Outcome,
        order: _Order,
        embedding: ReEmbedding,
        began: float,
    ) -> RetrainResult:
        """Store the head, as serving or as refused."""
        ready, accepted = outcome.ready, outcome.accepted
        if accepted:
            embedding.store(transaction)
            if order.changes:
                transaction.put_settings(dict(order.changes))
        forced = ready.test is not None and ready.test.forced_because is not None
        note = "retrained" if accepted else "refused: worse than the head before"
        record = self._serving.put(
            transaction,
            ready,
            samples=len(snapshot.data.person_ids),
            seconds=self._clock.monotonic() - began,
            note="retrained, forced" if forced else note,
            actor=actor,
            accepted=accepted,
        )
        return RetrainResult(
            record,
            accepted,
            verdict(record, ready, snapshot.version),
            outcome.trained.losses,
            ready.test,
            self._serving.names_of(ready.test),
            self._serving.told(ready.enrolled),
        )

    def _name(self, person_id: str) -> str:
        return self._serving.name_of(person_id)


def _ready(judged: Judged, gate: HeadGate) -> Ready:
    measured = judged.measured
    return Ready(measured.head, measured.estimate, judged.test, "", gate.set_aside)


def _differences(head: Head, data: TrainingSet) -> tuple[list[str], list[str], list[str]]:
    """Return who is new in `data`, who is gone from it, and who has other pictures than before."""
    person_ids, means = unit_means(data)
    old: dict[str, NDArray[np.float32]] = dict(zip(head.person_ids, head.means, strict=True))
    added = [p for p in person_ids if p not in old]
    other = [
        p
        for p, mean in zip(person_ids, means, strict=True)
        if p in old and float(np.abs(mean - old[p]).max()) > _SAME_MEAN
    ]
    present = set(person_ids)
    return added, [p for p in head.person_ids if p not in present], other


def verdict(record: HeadRecord, ready: Ready, goes_on: int | None) -> str:
    """Return in words whether a head serves, why not, and what it does.

    Args:
        record: of the head.
        ready: with its test.
        goes_on: version that serves where this one does not.
    """
    test = ready.test
    if test is None:
        return f"Version {record.version} knows nobody."
    if not record.accepted or (not test.passed and test.forced_because is None):
        kept = "" if goes_on is None else f" The door goes on with version {goes_on}."
        return f"Refused: {test.refused_because}{kept}"
    after, before = test.after, test.before
    people = counted(after.people, "person", "people")
    told = [f"Accepted as version {record.version}: {people}, threshold {after.threshold:.3f}."]
    if test.forced_because is not None and not test.passed:
        told.append(f"Forced ({test.forced_because}) in spite of the test: {test.refused_because}")
    kind = "drawn strangers" if test.synthetic else "strangers"
    if after.strangers:
        let_in = None if before is None else before.strangers_in
        told.append(f"{after.strangers_in:,} of {after.strangers:,} {kind} get in{_than(let_in)}.")
    if after.probes:
        known = None if before is None else before.known
        told.append(
            f"{after.known:,} of {after.probes:,} held-out pictures are known{_than(known)}."
        )
    if ready.estimate is not None:
        told.append(f"The stated risk is {one_in(ready.estimate.risk)}.")
    return " ".join(told)


def _than(before: int | None) -> str:
    return "" if before is None else f" ({before:,} before)"
