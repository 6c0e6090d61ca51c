"""Reads a camera on its own thread; whoever subscribes gets the newest frame."""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from faceaccess.camera.pace import wait_until
from faceaccess.camera.protocol import CameraSource
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame

_log = logging.getLogger(__name__)

StateKind = Literal["opening", "running", "lost", "ended", "failed"]

_JOIN_TIMEOUT = 15.0  # seconds; longer than any source's own time-outs
_RATE_WINDOW = 2.0  # seconds over which frames are counted


@dataclass(frozen=True)
class CameraState:
    """How a camera is.

    Attributes:
        kind: "opening" until the first frame; "running"; "lost" while a live camera gives no
            picture and is tried again; "ended" after a recording's last frame or after `stop`;
            "failed" if a recording could not be read on, or by a fault of the program.
        text: one sentence on what is wrong, or "".
        fps: frames a second that the camera gave over the last two seconds; 0 unless running.
        ever_opened: whether a frame has ever come.
    """

    kind: StateKind
    text: str = ""
    fps: float = 0.0
    ever_opened: bool = False


class Subscription:
    """One subscriber's place at a reader: holds at most one frame, the newest not yet taken."""

    def __init__(self, reader: "CameraReader") -> None:
        self._reader = reader
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._over = False

    @property
    def state(self) -> CameraState:
        """How the camera is."""
        return self._reader.state

    def next(self, timeout: float | None = None) -> Frame | None:
        """Return the newest frame not yet taken, waiting for one; frames in between are dropped.

        Args:
            timeout: longest wait in seconds of real time; None waits until the end.

        Returns:
            None if no frame came in time, after the last frame of a recording, after `close`, or
            when the reader was stopped. `state` tells which.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._over, timeout)
            frame, self._frame = self._frame, None
            return frame

    def close(self) -> None:
        """Give the place up and wake whoever waits in `next`; harmless when done already."""
        self._reader.leave(self)
        self.end(keep_frame=False)

    def put(self, frame: Frame) -> None:
        """Offer a frame; for the reader."""
        with self._changed:
            self._frame = frame
            self._changed.notify_all()

    def end(self, *, keep_frame: bool) -> None:
        """Let `next` wait no more; for the reader."""
        with self._changed:
            self._over = True
            if not keep_frame:
                self._frame = None
            self._changed.notify_all()


class CameraReader:
    """The thread of one camera.

    A live camera that cannot be opened, goes away or stalls is reported in `state` and tried
    again every `retry_seconds`, for ever. A recording that cannot be opened has failed. A read that
    blocks is bounded by the source's own time-outs (5 s for webcams on Linux and for network
    cameras); meanwhile `state` says "lost" once `stall_seconds` have passed without a frame.

    Args:
        source: used by the reader's thread only, from `start` on.
        clock: whose monotonic time stalls and retries are measured by.
        retry_seconds: pause before a lost camera is opened anew.
        stall_seconds: without a frame for so long, the camera counts as lost.
    """

    def __init__(
        self,
        source: CameraSource,
        clock: Clock,
        *,
        retry_seconds: float = 2.0,
        stall_seconds: float = 5.0,
    ) -> None:
        self._source = source
        self._clock = clock
        self._retry_seconds = retry_seconds
        self._stall_seconds = stall_seconds
        self._guard = threading.Lock()
        self._subscribers: list[Subscription] = []
        self._kind: StateKind = "opening"
        self._text = ""
        self._ever_opened = False
        self._arrivals: deque[float] = deque(maxlen=256)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._predecessor: CameraReader | None = None

    @property
    def address(self) -> str:
        """The source's address, without a password."""
        return self._source.address

    @property
    def ever_opened(self) -> bool:
        """Whether a frame has ever come."""
        return self._ever_opened

    @property
    def state(self) -> CameraState:
        """How the camera is now."""
        with self._guard:
            kind, text, opened = self._kind, self._text, self._ever_opened
            arrivals = list(self._arrivals)
        if kind != "running":
            return CameraState(kind, text, 0.0, opened)
        now = self._clock.monotonic()
        if now - arrivals[-1] > self._stall_seconds:
            silence = f"No picture for {now - arrivals[-1]:.0f} seconds."
            return CameraState("lost", silence, 0.0, opened)
        recent = [moment for moment in arrivals if now - moment <= _RATE_WINDOW]
        spread = recent[-1] - recent[0] if len(recent) > 1 else 0.0
        return CameraState(kind, text, (len(recent) - 1) / spread if spread > 0 else 0.0, opened)

    def subscribe(self) -> Subscription:
        """Return a place that gets every newest frame from now on; works before `start` too."""
        subscription = Subscription(self)
        with self._guard:
            over = self._kind in ("ended", "failed")
            if not over:
                self._subscribers.append(subscription)
        if over:
            subscription.end(keep_frame=False)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Forget a subscriber; `Subscription.close` calls this."""
        with self._guard:
            if subscription in self._subscribers:
                self._subscribers.remove(subscription)

    def start(self, *, after: "CameraReader | None" = None) -> None:
        """Start the thread, once.

        Args:
            after: a reader of the same camera that is stopping; its thread is waited for (by the
                new thread) before the camera is opened.
        """
        self._predecessor = after
        self._thread = threading.Thread(
            target=self._run, name=f"camera {self._source.address[:60]}", daemon=True
        )
        self._thread.start()

    def request_stop(self) -> None:
        """Ask the thread to end; does not wait."""
        self._stopping.set()
        self._source.interrupt()

    def stop(self) -> None:
        """End the thread and wait for it; waits at most 15 s for a read that blocks.

        A thread that blocks longer is left to end by itself: it still closes the camera then.
        """
        self.request_stop()
        self.join()

    def join(self) -> None:
        """Wait for the thread to end, at most 15 s."""
        if self._thread is None or self._thread is threading.current_thread():
            return
        self._thread.join(_JOIN_TIMEOUT)
        if self._thread.is_alive():
            _log.warning("the camera %s does not let go; left behind", self._source.address)

    def _run(self) -> None:
        try:
            if self._predecessor is not None:
                self._predecessor.join()
                self._predecessor = None
            if self._source.live:
                self._keep_reading()
            else:
                self._read_once()
        except Exception:  # noqa: BLE001 - the last stop of a thread: logged and told, not lost
            _log.exception("the reader of camera %s broke down", self._source.address)
            self._end("failed", "The program has a fault in reading this camera; the log tells.")
        else:
            self._end("ended", "")

    def _keep_reading(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read_until_end()
                problem = "The camera has ended its video."
            except KnownError as error:
                problem = str(error)
            if self._stopping.is_set():
                return
            again = self._clock.monotonic() + self._retry_seconds
            self._set("lost", problem)
            wait_until(self._clock, again, self._stopping)

    def _read_once(self) -> None:
        try:
            self._read_until_end()
        except KnownError as error:
            self._end("failed", str(error))

    def _read_until_end(self) -> None:
        source = self._source
        try:
            source.open()
            while not self._stopping.is_set():
                frame = source.read()
                if frame is None:
                    return
                self._publish(frame)
        finally:
            source.close()

    def _publish(self, frame: Frame) -> None:
        with self._guard:
            if self._kind == "lost":
                _log.info("the camera %s is back", self._source.address)
            self._kind, self._text, self._ever_opened = "running", "", True
            self._arrivals.append(self._clock.monotonic())
            subscribers = list(self._subscribers)
        for subscription in subscribers:
            subscription.put(frame)

    def _set(self, kind: StateKind, text: str) -> None:
        with self._guard:
            news = (kind, text) != (self._kind, self._text)
            self._kind, self._text = kind, text
            self._arrivals.clear()
        if news and text:
            _log.warning("camera %s: %s", self._source.address, text)

    def _end(self, kind: StateKind, text: str) -> None:
        if self._kind not in ("ended", "failed"):
            self._set(kind, text)
        with self._guard:
            subscribers, self._subscribers = self._subscribers, []
        for subscription in subscribers:
            subscription.end(keep_frame=not self._stopping.is_set())


def read_all(source: CameraSource) -> Iterator[Frame]:
    """Yield every frame of a source in this thread, dropping none; closes it at the end.

    For recordings without a window. A live source never ends by itself: close the iterator.

    Raises:
        KnownError: if the source cannot be opened or read on.
    """
    try:
        source.open()
        while (frame := source.read()) is not None:
            yield frame
    finally:
        source.close()
