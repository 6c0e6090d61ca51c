"""Who is in a picture file?"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from faceaccess.core.errors import BugError
from faceaccess.core.settings import Settings
from faceaccess.pipeline.results import Identified, Picture
from faceaccess.store.protocol import Store

if TYPE_CHECKING:
    from faceaccess.vision.analyser import FaceAnalyser


class Identify:
    """Names the faces in pictures. Quality is reported and never withholds a name.

    Args:
        store, analyser, settings: as for `Enrolment`.
    """

    def __init__(
        self,
        store: Store,
        analyser: "Callable[[], FaceAnalyser]",
        settings: Callable[[], Settings],
    ) -> None:
        self._store, self._analyser, self._settings = store, analyser, settings

    def identify(self, picture: Picture) -> Identified:
        """Return the faces of a picture, largest first, or the error that it ended in.

        Raises:
            KnownError: if nothing can be compared at all (enrolled in another space).
        """
        raise BugError("not built yet")
