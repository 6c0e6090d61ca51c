"""Training the head anew, while the door goes on with the old one."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from faceaccess.core.actors import Actor
from faceaccess.core.errors import BugError
from faceaccess.core.progress import Job
from faceaccess.core.settings import Settings
from faceaccess.pipeline.results import Changes, RetrainResult
from faceaccess.pipeline.serving import Serving
from faceaccess.store.protocol import Store

if TYPE_CHECKING:
    from faceaccess.vision.analyser import FaceAnalyser


class Retraining:
    """The **Retrain** button.

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

    def changes(self) -> Changes:
        """Return what has changed since the serving head was made."""
        raise BugError("not built yet")

    def run(self, actor: Actor, *, full: bool = False) -> Job[RetrainResult]:
        """Train and put the new head into service if it is no worse.

        `Progress.figures` carries "loss", "step", "step_length" and "gradient_norm".
        """
        raise BugError("not built yet")
