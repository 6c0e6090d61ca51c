"""A station's feed off the GUI thread: the newest view is handed over, a lost station tried again.

What the station said before it went away is not shown after it: a standing "Come in" that nobody
stands behind would be a lie.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot
from PySide6.QtGui import QImage

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.gui.widgets.picture import to_qimage
from faceaccess.pipeline.station_feed import DoorView

_log = logging.getLogger(__name__)

WAIT_SECONDS = 0.25
"""Longest wait for a view before it is asked whether to end."""
RETRY_SECONDS = 1.0
"""Pause before a station that went away is tried again."""
SILENT_SECONDS = 5.0
"""A station that tells nothing for so long counts as away."""


class Feed(Protocol):
    """What a station shows; see `faceaccess.pipeline.station_feed.StationFeed`."""

    def next(self, timeout: float) -> DoorView | None:
        """Return the newest view not seen yet, or None after `timeout` seconds without one.

        Raises:
            KnownError: if the station went away.
        """
        ...

    def close(self) -> None:
        """End it."""
        ...


@dataclass(frozen=True, eq=False)
class Told:
    """What came of the station.

    Attributes:
        view: what it shows; None while it does not run or does not answer.
        mirrored: the view's picture as in a mirror (or as the camera sees it, where the thread was
            asked so), or None.
        trouble: why there is no view, or None.
    """

    view: DoorView | None
    mirrored: QImage | None = None
    trouble: KnownError | None = None


class FeedThread(QThread):
    """Follows one station until `stop`.

    Args:
        open_feed: connects to the station; called in the thread, again after every loss.
        clock: measures silence.
        parent: the owner.
        mirror: whether pictures are turned as in a mirror.

    Attributes:
        told: emitted in the GUI thread with the newest `Told`.
    """

    told = Signal(object)
    _ready = Signal()

    def __init__(
        self,
        open_feed: Callable[[], Feed],
        clock: Clock,
        parent: QObject | None = None,
        *,
        mirror: bool = True,
    ) -> None:
        super().__init__(parent)
        self._open_feed, self._clock, self._mirror = open_feed, clock, mirror
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._newest: Told | None = None
        self._trouble = ""
        self._ready.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)

    def ask_to_end(self) -> None:
        """Let the thread end soon, without waiting for it; nothing is told any more."""
        self._ending.set()

    def stop(self) -> None:
        """End and join the thread."""
        self._ending.set()
        self.wait()

    def run(self) -> None:
        """Do the thread's work; Qt calls this."""
        while not self._ending.is_set():
            try:
                feed = self._open_feed()
                try:
                    self._follow(feed)
                finally:
                    feed.close()
            except KnownError as error:
                self._away(str(error), known=error)
            except Exception as error:  # noqa: BLE001  # told as away, logged, and tried again
                self._away(f"{type(error).__name__}: {error}", fault=error)
            self._ending.wait(RETRY_SECONDS)

    def _follow(self, feed: Feed) -> None:
        heard = self._clock.monotonic()
        while not self._ending.is_set():
            view = feed.next(WAIT_SECONDS)
            now = self._clock.monotonic()
            if view is None:
                if now - heard > SILENT_SECONDS:
                    raise KnownError("The door's station tells nothing.")
                continue
            heard = now
            if self._trouble:
                _log.info("the door's station is back")
                self._trouble = ""
            self._put(Told(view, self._painted(view)))

    def _painted(self, view: DoorView) -> QImage | None:
        if view.picture is None:
            return None
        return to_qimage(view.picture[:, ::-1] if self._mirror else view.picture)

    def _away(
        self, why: str, fault: BaseException | None = None, known: KnownError | None = None
    ) -> None:
        if why != self._trouble:  # once a trouble: a month of it must not fill the log
            self._trouble = why
            if fault is not None:
                _log.error("the screen goes on after a fault", exc_info=fault)
            else:
                _log.warning("the door's station is away: %s", why)
        self._put(Told(None, trouble=known or KnownError(why)))

    def _put(self, told: Told) -> None:
        with self._lock:
            first = self._newest is None
            self._newest = told
        if first:
            self._ready.emit()

    @Slot()
    def _hand_over(self) -> None:
        with self._lock:
            newest, self._newest = self._newest, None
        if newest is not None and not self._ending.is_set():
            self.told.emit(newest)
