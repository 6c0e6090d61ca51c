"""Past visits before another head or other rules: the door's own policy decides again."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.decisions import Decision
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head, HeadRecord, Match
from faceaccess.core.settings import Settings
from faceaccess.door.policy import Rules, Sighting, Standing, decide
from faceaccess.learn.scoring import match_many
from faceaccess.pipeline.threshold import threshold_in_force
from faceaccess.store.protocol import Store


def rules_of(
    settings: Settings, record: HeadRecord, default_threshold: Callable[[EmbeddingSpace], float]
) -> Rules:
    """Return the rules that the door has with a head.

    Raises:
        KnownError: if no threshold is known for the head's space.
    """
    threshold = threshold_in_force(settings, record, lambda: default_threshold(record.space))
    return Rules(threshold, settings.evidence_frames, record.version)


def decided_again(
    vectors: Sequence[NDArray[np.float32]], head: Head, rules: Rules, standing: "StandingOf"
) -> list[Decision]:
    """Return what the door decides of visits, each shown to it once more.

    The pictures of a visit count as taken at one moment: they did count together once.

    Args:
        vectors: of each visit (pictures, dimension), in the head's space.
        head: one without people knows nobody.
        rules: threshold, pictures that must agree, and the head's version.
        standing: looks people up.
    """
    if not vectors:
        return []
    matches: list[Match | None] = [None] * sum(map(len, vectors))
    if head.person_ids:
        matches[:] = match_many(head, np.concatenate(vectors))
    people = standing.of(found for found in matches if found is not None)
    decisions, start = [], 0
    for own in vectors:
        found = matches[start : start + len(own)]
        start += len(own)
        sightings = [Sighting(0.0, None, match) for match in found]
        decisions.append(decide(sightings, 0.0, rules, people))
    return decisions


class StandingOf:
    """Looks up enrolled people, each once.

    Args:
        store: where they are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._people: dict[str, Standing] = {}
        self._gone: set[str] = set()

    def of(self, matches: Iterable[Match]) -> Mapping[str, Standing]:
        """Return the people of matches; who was removed since is absent."""
        for match in matches:
            for person_id in (match.person_id, match.runner_up_id):
                if person_id is not None:
                    self._look_up(person_id)
        return self._people

    def _look_up(self, person_id: str) -> None:
        if person_id in self._people or person_id in self._gone:
            return
        try:
            details = self._store.person(person_id).details
        except KnownError:
            self._gone.add(person_id)
            return
        self._people[person_id] = Standing(details.name, details.active)
