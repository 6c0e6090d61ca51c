"""What if: the visits of a period under another threshold, head or policy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head
from faceaccess.core.progress import Job, Progress
from faceaccess.core.settings import Settings
from faceaccess.door.policy import Rules
from faceaccess.pipeline.replay import StandingOf, decided_again, rules_of
from faceaccess.store.protocol import EventFilter, Store

_TOGETHER = 200
"""Visits that are scored together: bounds the memory."""


@dataclass(frozen=True, eq=False)
class Change:
    """A visit that would have ended otherwise.

    Attributes:
        event: as recorded.
        before, after: what was decided, and what would be.
    """

    event: Event
    before: Decision
    after: Decision


@dataclass(frozen=True, eq=False)
class Replay:
    """Visits decided once more.

    Attributes:
        events: visits that were replayed.
        would_let_in, would_keep_out: how many of them would be let in, and how many not.
        let_in_before: how many of them were let in.
        changes: those that would have ended otherwise, or been let in as somebody else; oldest
            first.
        without_evidence: visits of the period that cannot be replayed: no pictures were kept, too
            few for the rule, or of another embedding space.
        rules: what the replay decided by.
    """

    events: int
    would_let_in: int
    would_keep_out: int
    let_in_before: int
    changes: tuple[Change, ...]
    without_evidence: int
    rules: Rules

    @property
    def let_in_after(self) -> int:
        """The same as `would_let_in`, beside `let_in_before`."""
        return self.would_let_in


class WhatIf:
    """Replays stored visits. Changes nothing.

    Args:
        store: events with their evidence, heads and people.
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

    def replay(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        threshold: float | None = None,
        head: int | None = None,
        evidence_frames: int | None = None,
    ) -> Job[Replay]:
        """Decide the visits of a period once more, on the pictures that were kept.

        People count as they stand today: who was switched off since is not let in, and nothing is
        kept of the visits of who was removed.

        Args:
            since: aware time from which on, or None.
            until: aware time before which, or None.
            threshold: similarity to reach, -1 to 1; None for the one that the door has with the
                head.
            head: version of a stored head; None for the serving one.
            evidence_frames: good pictures that must agree; None for the setting.

        Raises:
            KnownError: if nobody is enrolled, there is no such head or its rows were dropped, or a
                figure is out of bounds.
        """
        rules, chosen = self._rules(threshold, head, evidence_frames)
        which = EventFilter(since=since, until=until)
        total = self._store.count_events(which)
        standing = StandingOf(self._store)
        seen = let_in = before = 0
        changes: list[Change] = []
        waiting: list[Event] = []

        def decide_waiting() -> None:
            nonlocal let_in, before
            for event, after in self._decided(waiting, chosen, rules, standing):
                let_in += after.outcome is Outcome.GRANTED
                before += event.decision.outcome is Outcome.GRANTED
                if _differ(event.decision, after):
                    changes.append(Change(event, event.decision, after))
            waiting.clear()

        for event in self._store.all_evidence(which):
            evidence = event.evidence
            if evidence is None or evidence.space != chosen.space:
                continue
            if len(evidence.vectors) < rules.evidence_frames:
                continue  # the door would have waited for more
            seen += 1
            waiting.append(event)
            if len(waiting) == _TOGETHER:
                decide_waiting()
                yield Progress("Deciding again", seen, max(total, seen))
        decide_waiting()
        return Replay(
            events=seen,
            would_let_in=let_in,
            would_keep_out=seen - let_in,
            let_in_before=before,
            changes=tuple(changes),
            without_evidence=max(0, total - seen),
            rules=rules,
        )

    def _rules(
        self, threshold: float | None, version: int | None, frames: int | None
    ) -> tuple[Rules, Head]:
        if version is None:
            serving = self._store.serving_head()
            if serving is None or not serving[1].person_ids:
                raise KnownError("Nobody is enrolled yet.", "Enrol the first person.")
            record, head = serving
        else:
            record, head = self._store.head(version)
        if threshold is not None and not -1.0 <= threshold <= 1.0:
            raise KnownError(
                f"A threshold of {threshold:g} is none: similarities lie between -1 and 1.",
                "Give one like 0.5.",
            )
        if frames is not None and not 1 <= frames <= 20:
            raise KnownError(
                f"The door cannot ask for {frames} pictures of a visit.", "Give 1 to 20."
            )
        settings = self._settings()
        if threshold is not None:
            settings = settings.model_copy(update={"threshold": threshold})
        rules = rules_of(settings, record, self._default_threshold)
        return (rules if frames is None else replace(rules, evidence_frames=frames)), head

    def _decided(
        self, events: Sequence[Event], head: Head, rules: Rules, standing: StandingOf
    ) -> list[tuple[Event, Decision]]:
        vectors = [event.evidence.vectors for event in events if event.evidence is not None]
        return list(zip(events, decided_again(vectors, head, rules, standing), strict=True))


def _differ(before: Decision, after: Decision) -> bool:
    """Return whether somebody else, or nobody, or somebody at all would be let in."""
    was = before.person_id if before.outcome is Outcome.GRANTED else None
    would = after.person_id if after.outcome is Outcome.GRANTED else None
    return was != would
