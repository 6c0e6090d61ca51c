"""Training the head anew, while the door goes on with the old one."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.counting import counted
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head, HeadRecord
from faceaccess.core.people import TrainingSet
from faceaccess.core.progress import Job, Progress, run
from faceaccess.core.settings import Settings
from faceaccess.learn.head_trainer import TrainedHead, extend_head, fit_head
from faceaccess.pipeline.re_embedding import ReEmbedding
from faceaccess.pipeline.results import Changes, RetrainResult
from faceaccess.pipeline.serving import Serving, is_sound, unit_means, wrong_picks
from faceaccess.store.protocol import Store, Transaction
from faceaccess.vision.analyser import FaceAnalyser

_ATTEMPTS = 3
"""Trainings that may be overtaken by other writers; the next one keeps them waiting."""
_SAME_MEAN = 1e-4
"""Means whose elements differ by less are of the same pictures."""


@dataclass(frozen=True, eq=False)
class _Snapshot:
    """The store as it was at `revision`."""

    revision: int
    serving: tuple[HeadRecord, Head] | None
    data: TrainingSet

    @property
    def head(self) -> Head | None:
        return None if self.serving is None else self.serving[1]


@dataclass(frozen=True)
class _Judged:
    """What was found of a trained head: whether it may serve, and pictures given to the wrong
    person by it and by the head that the door would have without it.
    """

    before: Head
    accepted: bool
    wrong: int
    wrong_before: int


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

    def run(self, actor: Actor, *, full: bool = False) -> Job[RetrainResult]:
        """Train and put the new head into service if it is no worse.

        A head that is worse than the one before is refused, and that one goes on. Where the one
        before is of another embedding space and cannot, the untrained head (rows at the means)
        serves instead.

        Without `full`, only who has changed is trained into the serving head; where nobody or many
        have changed, and with `full`, everybody is trained anew. With `full`, stored pictures of
        another embedding space are embedded anew first, if their crops allow it.
        `Progress.figures` carries "loss", "step", "step_length" and "gradient_norm".

        Raises:
            KnownError: if nobody is enrolled, pictures are of another embedding space, or the
                store cannot be written. The serving head goes on then.
        """
        began = self._clock.monotonic()
        yield Progress("Loading the networks")
        analyser = self._analyser()
        if full:
            analyser = analyser.newest()  # people of an older version move to the newest space
        embedding = ReEmbedding(self._store, analyser, allowed=full)
        trained: TrainedHead | None = None
        for _ in range(_ATTEMPTS):
            snapshot = yield from self._snapshot(embedding)
            trained = yield from self._train(snapshot, analyser.space, trained, full=full)
            yield Progress("Checking the head")
            # Before the transaction: while it is open the door cannot write its visits, and waits.
            trained, judged = _judged(snapshot, trained)
            with self._store.transaction() as transaction:
                if self._store.revision() == snapshot.revision:
                    return self._finish(
                        actor, transaction, snapshot, trained, judged, embedding, began
                    )
            yield Progress("People changed meanwhile: training the difference")
        with self._store.transaction() as transaction:
            snapshot = run(self._snapshot(embedding))
            trained = run(self._train(snapshot, analyser.space, trained, full=full))
            trained, judged = _judged(snapshot, trained)
            return self._finish(actor, transaction, snapshot, trained, judged, embedding, began)

    def _snapshot(self, embedding: ReEmbedding) -> Job[_Snapshot]:
        # The revision first: what changes while the rest is read is noticed before storing.
        revision = self._store.revision()
        yield from embedding.prepare()
        return _Snapshot(revision, self._store.serving_head(), embedding.training_set())

    def _train(
        self,
        snapshot: _Snapshot,
        space: EmbeddingSpace,
        before: TrainedHead | None,
        *,
        full: bool,
    ) -> Job[TrainedHead]:
        """Train on a snapshot; with `before`, only what has changed since that was trained."""
        data, steps = snapshot.data, self._settings().training_steps
        start = before.head if before is not None else snapshot.head
        if start is not None and start.space == space and (before is not None or not full):
            added, gone, other = _differences(start, data)
            changed = [*added, *other]
            few = max(5, len(start.person_ids) // 10)
            if before is not None or 0 < len(changed) + len(gone) <= few:
                extended = yield from extend_head(start, data, changed, steps=steps)
                if before is not None and not extended.losses:
                    return TrainedHead(
                        extended.head, before.losses, extended.seconds, before.stopped_by
                    )
                return extended
        return (yield from fit_head(data, space, steps=steps))

    def _finish(
        self,
        actor: Actor,
        transaction: Transaction,
        snapshot: _Snapshot,
        trained: TrainedHead,
        judged: _Judged,
        embedding: ReEmbedding,
        began: float,
    ) -> RetrainResult:
        """Store the head, as serving or as refused."""
        data, head, accepted = snapshot.data, trained.head, judged.accepted
        if accepted:
            embedding.store(transaction)
        record = self._serving.put(
            transaction,
            # A refused head may have numbers that are none; the store keeps those as zeros.
            head if accepted else replace(head, rows=np.nan_to_num(head.rows)),
            samples=len(data.person_ids),
            seconds=self._clock.monotonic() - began,
            note="retrained" if accepted else "refused: worse than the head before",
            actor=actor,
            accepted=accepted,
        )
        verdict = _verdict(record, judged.wrong, judged.wrong_before, snapshot)
        return RetrainResult(record, accepted, verdict, trained.losses)

    def _name(self, person_id: str) -> str:
        try:
            return self._store.person(person_id).name
        except KnownError:
            return "somebody who was removed"


def _judged(snapshot: _Snapshot, trained: TrainedHead) -> tuple[TrainedHead, _Judged]:
    """Return what may serve, compared with what the door would have without it."""
    judged = _compared(snapshot, trained.head)
    if not judged.accepted and (
        snapshot.head is None or snapshot.head.space != judged.before.space
    ):
        trained = replace(trained, head=judged.before)
        judged = replace(judged, accepted=True, wrong=judged.wrong_before)
    return trained, judged


def _compared(snapshot: _Snapshot, head: Head) -> _Judged:
    data = snapshot.data
    old = snapshot.head if snapshot.head and snapshot.head.space == head.space else None
    before = (
        run(fit_head(data, head.space, steps=0)).head
        if old is None
        else run(extend_head(old, data, (), steps=0)).head
    )
    return _Judged(
        before, is_sound(head, before, data), wrong_picks(head, data), wrong_picks(before, data)
    )


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


def _verdict(record: HeadRecord, wrong: int, wrong_before: int, snapshot: _Snapshot) -> str:
    wrongly = f"{wrong:,} of {record.samples:,} enrolled pictures"
    if not record.accepted:
        kept = snapshot.serving
        goes_on = "" if kept is None else f" The door goes on with version {kept[0].version}."
        return f"Refused: {wrongly} would go to the wrong person, {wrong_before:,} before.{goes_on}"
    compared = "as before" if wrong == wrong_before else f"{wrong_before:,} before"
    return (
        f"Accepted as version {record.version}: {counted(record.people, 'person', 'people')}; "
        f"{wrongly} go to the wrong person, {compared}."
    )
