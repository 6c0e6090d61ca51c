"""Enrolling people by hand: pictures or camera captures in, one person known at the end."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from faceaccess.core.actors import Actor
from faceaccess.core.errors import BugError
from faceaccess.core.faces import Observation
from faceaccess.core.people import PersonDetails
from faceaccess.core.progress import Job
from faceaccess.core.settings import Settings
from faceaccess.pipeline.results import EnrolResult, LookAlike, Picture
from faceaccess.pipeline.serving import Serving
from faceaccess.store.protocol import Store

if TYPE_CHECKING:
    from faceaccess.vision.analyser import FaceAnalyser


class Enrolment:
    """Adds people and pictures. Pictures are analysed first; then one transaction stores all.

    Args:
        store: where people are kept.
        analyser: gives the face analyser (slow the first time).
        settings: gives the settings in force.
        serving: puts heads into service.
    """

    def __init__(
        self,
        store: Store,
        analyser: "Callable[[], FaceAnalyser]",
        settings: Callable[[], Settings],
        serving: Serving,
    ) -> None:
        self._store, self._analyser, self._settings, self._serving = (
            store,
            analyser,
            settings,
            serving,
        )

    def add(
        self, actor: Actor, details: PersonDetails, pictures: Sequence[Picture]
    ) -> Job[EnrolResult]:
        """Enrol a new person from pictures."""
        raise BugError("not built yet")

    def add_pictures(
        self, actor: Actor, person_id: str, pictures: Sequence[Picture]
    ) -> Job[EnrolResult]:
        """Give a person more pictures."""
        raise BugError("not built yet")

    def add_observed(
        self,
        actor: Actor,
        details: PersonDetails,
        observations: Sequence[Observation],
        source: str,
    ) -> Job[EnrolResult]:
        """Enrol a new person from captures that are analysed already."""
        raise BugError("not built yet")

    def add_observed_to(
        self, actor: Actor, person_id: str, observations: Sequence[Observation], source: str
    ) -> Job[EnrolResult]:
        """Give a person more pictures from captures that are analysed already."""
        raise BugError("not built yet")

    def look_alikes(self, observations: Sequence[Observation]) -> tuple[LookAlike, ...]:
        """Return enrolled people whom these faces resemble beyond the threshold, closest first."""
        raise BugError("not built yet")
