"""The door's eye: frames in, decisions out. Headless; never imports the trainer."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from faceaccess.core.clock import Clock
from faceaccess.core.decisions import FrameResult
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.frames import Frame
from faceaccess.core.settings import Settings
from faceaccess.store.protocol import Store

if TYPE_CHECKING:
    from faceaccess.vision.analyser import FaceAnalyser


class Recogniser:
    """Follows the faces of one camera, decides, and records one event a visit.

    One object a camera, used by one thread at a time.

    Args:
        store: people, heads and events.
        analyser: detects and embeds.
        settings: gives the settings in force; asked again when the store has changed.
        clock: measures how long a frame took, and how often the store is asked.
        record: whether visits are written as events.
    """

    def __init__(
        self,
        store: Store,
        analyser: "FaceAnalyser",
        settings: Callable[[], Settings],
        clock: Clock,
        *,
        record: bool = True,
    ) -> None:
        self._store = store

    @property
    def problem(self) -> KnownError | None:
        """Why decisions are faults at present (store locked, other embedder chosen), or None."""
        raise BugError("not built yet")

    @property
    def head_version(self) -> int | None:
        """The version of the head that decides now, or None before the first."""
        raise BugError("not built yet")

    def process(self, frame: Frame) -> FrameResult:
        """Return what is seen and decided in a frame. Plain values, serialisable."""
        raise BugError("not built yet")

    def close(self) -> None:
        """End every visit and write what is still to be written."""
