"""What Enrol asks of the use cases, so that it can be tried without them."""

from collections.abc import Sequence
from typing import Protocol

from faceaccess.core.actors import Actor
from faceaccess.core.faces import Observation
from faceaccess.core.frames import Image
from faceaccess.core.people import Person, PersonDetails
from faceaccess.core.progress import Job
from faceaccess.pipeline.results import EnrolResult, LookAlike, Picture


class Enroller(Protocol):
    """What Enrol uses of `Enrolment`."""

    def add(  # noqa: D102  # as in pipeline.enrolment, like all here
        self, actor: Actor, details: PersonDetails, pictures: Sequence[Picture]
    ) -> Job[EnrolResult]: ...
    def add_observed(  # noqa: D102
        self, actor: Actor, details: PersonDetails, observations: Sequence[Observation], source: str
    ) -> Job[EnrolResult]: ...
    def add_observed_to(  # noqa: D102
        self, actor: Actor, person_id: str, observations: Sequence[Observation], source: str
    ) -> Job[EnrolResult]: ...
    def look_alikes(  # noqa: D102
        self, observations: Sequence[Observation]
    ) -> tuple[LookAlike, ...]: ...


class People(Protocol):
    """What Enrol uses of a `Directory`."""

    def list(self, query: str) -> Sequence[Person]: ...  # noqa: D102  # as in pipeline.directory
    def show(self, person_id: str) -> Person: ...  # noqa: D102  # as above
    def thumbnail(self, person_id: str) -> Image | None: ...  # noqa: D102  # as above
    def remove(self, actor: Actor, person_id: str) -> object: ...  # noqa: D102  # as above
