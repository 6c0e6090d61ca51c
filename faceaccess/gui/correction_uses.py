"""What Events asks of the use cases about one visit, so that it can be tried without them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from faceaccess.core.actors import Actor
from faceaccess.core.corrections import Correction
from faceaccess.core.progress import Job
from faceaccess.core.strangers import Stranger
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.corrections import Corrected


class Corrector(Protocol):
    """What Events uses of `Corrections`."""

    def not_me(  # noqa: D102  # as in pipeline.corrections, like all here
        self, actor: Actor, event_id: str
    ) -> Job[Corrected]: ...
    def this_is(  # noqa: D102
        self, actor: Actor, event_id: str, person_id: str
    ) -> Job[Corrected]: ...
    def of_event(self, event_id: str) -> Sequence[Correction]: ...  # noqa: D102
    def take_back(self, actor: Actor, correction_id: str) -> Job[Corrected]: ...  # noqa: D102


class StrangerKeeper(Protocol):
    """What Events uses of `Strangers`."""

    def add_from_event(  # noqa: D102  # as in pipeline.strangers
        self, actor: Actor, event_id: str, label: str = ""
    ) -> Job[Stranger]: ...


@dataclass(frozen=True)
class VisitUses:
    """What Events needs to take statements on visits.

    Attributes:
        corrections: takes them.
        strangers: keeps visitors as strangers.
        has_evidence: whether pictures of a visit, by its id, were kept for comparing.
        jobs: runs what writes.
        actor: on whose behalf.
    """

    corrections: Corrector
    strangers: StrangerKeeper
    has_evidence: Callable[[str], bool]
    jobs: JobRunner
    actor: Actor
