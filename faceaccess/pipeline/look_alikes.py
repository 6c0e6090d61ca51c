"""Enrolled people who may be taken for each other, as the window and the command line show them."""

from collections.abc import Callable
from dataclasses import dataclass

from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.people import Person
from faceaccess.core.progress import Job, Progress
from faceaccess.core.settings import Settings
from faceaccess.learn.look_alikes import LookAlikes, find_look_alikes
from faceaccess.pipeline.replay import rules_of
from faceaccess.store.protocol import Store

USUAL_RISK = 1 / 1000
"""Risk by which pairs are listed while none is stated: the embedder's own threshold is for it."""


@dataclass(frozen=True)
class Pair:
    """Two enrolled people whom the door may take for each other: they need a second factor.

    Attributes:
        a, b: who; each pair once.
        similarity: cosine of their mean embeddings.
        risk: estimated share of pictures of one, whichever is worse, that pass as the other.
        same_person: whether they look like one person who was enrolled twice.
    """

    a: Person
    b: Person
    similarity: float
    risk: float
    same_person: bool


class LookAlikePairs:
    """Finds pairs at the risk and the threshold in force.

    Args:
        store: people and the serving head.
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

    @property
    def risk(self) -> float:
        """Share of one's pictures that may pass as the other before a pair is listed."""
        stated = self._settings().risk
        return USUAL_RISK if stated is None else stated

    def pairs(self) -> Job[list[Pair]]:
        """Return all pairs, the likeliest to be taken for each other first.

        Raises:
            KnownError: if the store cannot be read.
        """
        yield Progress("Comparing everybody with everybody")
        return self._pairs(None)

    def of_person(self, person_id: str) -> tuple[Pair, ...]:
        """Return the pairs of one person with anybody.

        Raises:
            KnownError: as `pairs`.
        """
        return tuple(self._pairs(frozenset({person_id})))

    def alike_to(self, person_id: str) -> frozenset[str]:
        """Return the ids of those whom a person may be taken for, or who for the person.

        Raises:
            KnownError: as `pairs`.
        """
        both = {one.id for pair in self.of_person(person_id) for one in (pair.a, pair.b)}
        return frozenset(both - {person_id})

    def _pairs(self, only: frozenset[str] | None) -> list[Pair]:
        serving = self._store.serving_head()
        if serving is None:
            return []
        record, head = serving
        if len(head.person_ids) < 2:
            return []
        threshold = rules_of(self._settings(), record, self._default_threshold).threshold
        data = self._store.training_set(head.space)
        found = find_look_alikes(head, data, threshold, self.risk, only=only)
        return [pair for one in found if (pair := self._named(one)) is not None]

    def _named(self, found: LookAlikes) -> Pair | None:
        try:
            a, b = self._store.person(found.first_id), self._store.person(found.second_id)
        except KnownError:
            return None  # removed while the others were compared
        return Pair(a, b, found.similarity, found.risk, found.same_person)
