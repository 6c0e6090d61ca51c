"""The versions of the head: compared, pinned, and put back into service."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.heads import Head, HeadRecord
from faceaccess.core.people import TrainingSet
from faceaccess.core.progress import Job, Progress
from faceaccess.core.settings import Settings
from faceaccess.learn.scoring import check_lengths
from faceaccess.pipeline.head_gate import Ground, HeadGate
from faceaccess.pipeline.results import HeadComparison, RetrainResult
from faceaccess.pipeline.retraining import verdict
from faceaccess.pipeline.serving import Ready, Serving, at_one_revision
from faceaccess.store.protocol import Store, Transaction

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class _Tried:
    """A stored head, tested again."""

    record: HeadRecord
    ready: Ready
    serving: int | None
    accepted: bool


class HeadsInService:
    """What is known about heads, and which of them serves.

    Args:
        store: where they are kept.
        settings: gives the settings in force.
        serving: measures them.
    """

    def __init__(self, store: Store, settings: Callable[[], Settings], serving: Serving) -> None:
        self._store, self._settings, self._serving = store, settings, serving

    def list(self, limit: int = 100) -> list[HeadRecord]:
        """Return what is known about stored heads, newest first."""
        return self._store.head_records(limit=limit)

    def serving(self) -> int | None:
        """Return the version that serves, or None before the first."""
        serving = self._store.serving_head()
        return None if serving is None else serving[0].version

    def pin(self, actor: Actor, version: int, pinned: bool) -> HeadRecord:  # noqa: FBT001 - named by its word
        """Keep a head's rows however many heads follow, or no longer.

        Raises:
            KnownError: if there is no such head, or its rows were dropped.
        """
        with self._store.transaction() as transaction:
            record = transaction.pin_head(version, pinned=pinned)
        done = "pinned" if pinned else "unpinned"
        _log.info("%s (%s) %s head %d", actor.name, actor.way, done, version)
        return record

    def compare(self, first: int, second: int) -> Job[HeadComparison]:
        """Return two heads on the strangers and pictures of today, each calibrated to the stated
        risk.

        Raises:
            KnownError: if there is no such head, its rows were dropped, they know nobody, or they
                are of different embedding spaces.
        """
        yield Progress("Reading the heads")
        (one, before), (other, after) = self._store.head(first), self._store.head(second)
        if before.space != after.space:
            raise KnownError(
                f"Head {first} is for {before.space} embeddings and head {second} for "
                f"{after.space}: no picture can be shown to both.",
                "`faceaccess models try` compares embedders.",
            )
        for version, head in ((first, before), (second, after)):
            if not head.person_ids:
                raise KnownError(f"Head {version} knows nobody.", "Choose another version.")
            check_lengths(head)
        yield Progress("Showing both the same pictures")
        gate = HeadGate(self._ground(before, one), before, after, first)
        test = gate.judge(after, before=gate.base, version=second).test
        return HeadComparison(one, other, test, self._serving.names_of(test))

    def use(self, actor: Actor, version: int, force: str = "") -> Job[RetrainResult]:
        """Let a stored head serve again, until the next accepted one, if it is no worse than the
        one that serves.

        Args:
            actor: who asks.
            version: whose rows are still there.
            force: why it is to serve even if it is refused (it lets more strangers in, or knows
                fewer people than are enrolled); stored with it. Broken numbers cannot be forced.

        Raises:
            KnownError: if there is no such head, its rows were dropped or are damaged, it knows
                nobody, or is of another embedding space than the enrolled pictures.
        """
        yield Progress("Testing the head")
        tried = at_one_revision(
            self._store,
            lambda: self._try(version, force.strip()),
            self._put,
        )
        done = "uses" if tried.accepted else "was refused"
        _log.info("%s (%s) %s head %d", actor.name, actor.way, done, version)
        return RetrainResult(
            tried.record,
            tried.accepted,
            verdict(tried.record, tried.ready, tried.serving),
            (),
            tried.ready.test,
            self._serving.names_of(tried.ready.test),
            self._serving.told(tried.ready.enrolled),
        )

    def _try(self, version: int, force: str) -> _Tried:
        record, head = self._store.head(version)
        if not head.person_ids:
            raise KnownError(f"Head {version} knows nobody.", "Choose another version.")
        check_lengths(head)
        serving = self._store.serving_head()
        self._refuse_other_space(version, head, serving)
        ground = self._ground(head, record if serving is None else serving[0])
        before = None if serving is None or not serving[1].person_ids else serving[1]
        if before is None:
            gate = HeadGate(ground, head)
            judged = gate.judge(head, before=None, version=version)
        else:
            gate = HeadGate(ground, before, head, None if serving is None else serving[0].version)
            judged = gate.judge(head, before=gate.base, version=version)
        test = judged.test
        accepted = test.passed or bool(force)
        if force and not test.passed:
            test = replace(test, forced_because=force)
        ready = Ready(head, judged.measured.estimate, test, "", gate.set_aside)
        return _Tried(record, ready, None if serving is None else serving[0].version, accepted)

    def _put(self, transaction: Transaction, tried: _Tried) -> _Tried:
        if not tried.accepted:
            return tried
        ready = tried.ready
        record = transaction.use_head(tried.record.version, ready.estimate, ready.test)
        return replace(tried, record=record)

    def _ground(self, head: Head, record: HeadRecord) -> Ground:
        data: TrainingSet = self._store.training_set(head.space)
        return self._serving.ground(data, head.space, record)

    def _refuse_other_space(
        self, version: int, head: Head, serving: tuple[HeadRecord, Head] | None
    ) -> None:
        other = self._store.count_samples() - self._store.count_samples(head.space)
        if other or (
            serving is not None and serving[1].person_ids and serving[1].space != head.space
        ):
            raise KnownError(
                f"Head {version} is for {head.space} embeddings; those of the enrolled pictures "
                "are others.",
                "Set the embedder back and run `faceaccess retrain --full`.",
            )
