"""Shows a running door to those who watch it: the station's side of `station_feed`.

On a thread of its own, which asks for the newest frame a dozen times a second while somebody
watches, and sleeps while nobody does. The loop of frames waits for nothing here: a watcher that is
slow is left out of views, and one that takes nothing for `STUCK_AFTER` is left altogether.
"""

import contextlib
import json
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame, Image
from faceaccess.pipeline.station_feed import LARGEST_PICTURE, DoorView, view_record

_log = logging.getLogger(__name__)

MOST_WATCHERS = 4
PAUSE = 1 / 12
"""Seconds between two views at least."""
AT_LEAST_EVERY = 1.0
"""Seconds after which a view is sent though nothing changed."""
STUCK_AFTER = 5.0
"""Seconds for which a watcher may take nothing of what waits for it."""
MOST_HEARD = 4096
"""Bytes that a watcher may send after its message; nothing is done with them."""
WIDEST = 640
QUALITY = 80
_OF_NO_WEIGHT = ("time", "pulse_left")  # what changes by itself

Record = dict[str, object]


@dataclass(eq=False)
class _Watcher:
    connection: socket.socket
    pictures: bool
    waiting: bytes  # what it has not taken yet
    moved: float  # when it took something, or had nothing to take
    sent: float = -1e9
    state: Record | None = None
    frame: Frame | None = None
    heard: int = 0


class StationWatchers:
    """Those who watch one door. Close it.

    Args:
        clock: measures pauses.
        newest: gives what is to be shown, without its picture, and the frame of the picture.
    """

    def __init__(self, clock: Clock, newest: Callable[[], tuple[DoorView, Frame | None]]) -> None:
        self._clock = clock
        self._newest = newest
        self._hand = threading.Lock()
        self._watchers: list[_Watcher] = []
        self._somebody = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._thread.start()

    @property
    def count(self) -> int:
        """How many watch now."""
        return len(self._watchers)

    def take(self, connection: socket.socket, pictures: bool) -> None:  # noqa: FBT001  # as asked
        """Let somebody watch from now on; the connection is closed here at the end.

        Args:
            connection: not blocking.
            pictures: whether pictures are wanted.

        Raises:
            KnownError: if too many watch already; the connection stays the caller's.
        """
        began = json.dumps({"watching": True}).encode() + b"\n"
        with self._hand:
            if len(self._watchers) >= MOST_WATCHERS:
                raise KnownError(
                    f"{MOST_WATCHERS} windows and screens watch the door already.",
                    "Close one of them.",
                )
            watcher = _Watcher(connection, pictures, began, self._clock.monotonic())
            self._watchers.append(watcher)
        self._somebody.set()

    def close(self) -> None:
        """Leave everybody; may be called twice."""
        self._stopping.set()
        self._somebody.set()
        self._thread.join(10.0)
        with self._hand:
            for watcher in self._watchers:
                watcher.connection.close()
            self._watchers.clear()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._somebody.wait()
            try:
                self._turn()
            except Exception:  # noqa: BLE001  # those who watch see nothing for a moment
                _log.exception("the door cannot be shown to those who watch it")
                self._stopping.wait(1.0)
            self._stopping.wait(PAUSE)

    def _turn(self) -> None:
        with self._hand:
            watchers = list(self._watchers)
        view, frame = self._newest()
        state = view_record(view)
        picture: bytes | None = None
        for watcher in watchers:
            if not watcher.waiting and self._is_due(watcher, state, frame):
                new = watcher.pictures and frame is not None and frame is not watcher.frame
                if new and picture is None:
                    assert frame is not None
                    picture = _jpeg(frame.image)
                self._fill(watcher, state, (picture or b"") if new else b"", frame)
        for watcher in watchers:
            if not (self._heard(watcher) and self._sent(watcher)):
                self._leave(watcher)

    def _is_due(self, watcher: _Watcher, state: Record, frame: Frame | None) -> bool:
        if self._clock.monotonic() - watcher.sent >= AT_LEAST_EVERY or watcher.state is None:
            return True
        if watcher.pictures and frame is not None and frame is not watcher.frame:
            return True
        return any(state[key] != watcher.state[key] for key in state if key not in _OF_NO_WEIGHT)

    def _fill(self, watcher: _Watcher, state: Record, picture: bytes, frame: Frame | None) -> None:
        line = json.dumps({**state, "picture_bytes": len(picture)}).encode() + b"\n"
        watcher.waiting = line + picture
        watcher.state, watcher.frame = state, frame
        watcher.sent = watcher.moved = self._clock.monotonic()

    def _heard(self, watcher: _Watcher) -> bool:
        """Take what a watcher says, which means nothing; False when it went or says too much."""
        try:
            part = watcher.connection.recv(MOST_HEARD)
        except BlockingIOError:
            return True
        except OSError:
            return False
        watcher.heard += len(part)
        return bool(part) and watcher.heard <= MOST_HEARD

    def _sent(self, watcher: _Watcher) -> bool:
        """Give a watcher what it takes now; False when it went or takes nothing any more."""
        now = self._clock.monotonic()
        if not watcher.waiting:
            return True
        try:
            taken = watcher.connection.send(watcher.waiting)
        except BlockingIOError:
            return now - watcher.moved <= STUCK_AFTER
        except OSError:
            return False
        watcher.waiting = watcher.waiting[taken:]
        watcher.moved = now
        return True

    def _leave(self, watcher: _Watcher) -> None:
        with self._hand:
            self._watchers = [one for one in self._watchers if one is not watcher]
            if not self._watchers and not self._stopping.is_set():
                self._somebody.clear()
        with contextlib.suppress(OSError):
            watcher.connection.close()


def _jpeg(image: Image) -> bytes:
    """Return a picture at most `WIDEST` wide as JPEG; b"" where it would be too large."""
    import cv2
    import numpy as np

    from faceaccess.images.codec import encode_jpeg

    height, width = image.shape[:2]
    if width > WIDEST:
        size = (WIDEST, max(1, round(height * WIDEST / width)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    data = encode_jpeg(image, QUALITY)
    return data if len(data) <= LARGEST_PICTURE else b""
