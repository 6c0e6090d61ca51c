"""Importing many people from a folder of folders or a CSV file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from faceaccess.core.actors import Actor
from faceaccess.core.errors import BugError
from faceaccess.core.progress import Job
from faceaccess.core.settings import Settings
from faceaccess.pipeline.results import ImportResult
from faceaccess.pipeline.serving import Serving
from faceaccess.store.protocol import Store

if TYPE_CHECKING:
    from faceaccess.vision.analyser import FaceAnalyser


class PeopleImport:
    """Brings many people in, in one transaction.

    Args:
        store, analyser, settings, serving: as for `Enrolment`.
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

    def run(self, actor: Actor, source: Path) -> Job[ImportResult]:
        """Import a folder of folders, or a CSV file with `name,picture[,staff_number]`."""
        raise BugError("not built yet")
