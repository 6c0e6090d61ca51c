"""Live sources through OpenCV: webcams, and cameras behind a network address."""

import math
import os
import sys
import urllib.parse
from abc import ABC, abstractmethod
from datetime import timedelta
from pathlib import Path

import cv2

from faceaccess.camera.capture import OPEN_TIMEOUT, READ_TIMEOUT, Capture
from faceaccess.camera.lateness import Lateness, StreamTiming, Waiting
from faceaccess.camera.network_trouble import ASK_TIMEOUT, trouble
from faceaccess.core.clock import Clock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.frames import Frame

# In order of preference. Numbers of cameras mean what the first backend means by them.
BACKENDS: dict[str, tuple[int, ...]] = {
    "linux": (cv2.CAP_V4L2,),
    "win32": (cv2.CAP_DSHOW, cv2.CAP_MSMF),
    "darwin": (cv2.CAP_AVFOUNDATION,),
}

LARGE_RATE = 18.0
"""Pictures a second that are made of a stream whose pictures must be scaled down; the others are
only decoded. Making them costs three times as much as decoding, and no door looks at more."""

NETWORK_SCHEMES = ("rtsp", "rtsps", "http", "https")


class LiveSource(ABC):
    """What webcam and network camera share: frames numbered and stamped as they come.

    Args:
        address: as shown, without a password.
        clock: gives the frames' times.
        name: the camera's name as people call it.
    """

    def __init__(self, address: str, clock: Clock, *, name: str) -> None:
        self._address = address
        self._clock = clock
        self._name = name
        self._capture: Capture | None = None
        self._timing = self._new_timing()
        self._moment = self._next_large = -math.inf
        self._number = 0
        self._interrupted = False

    @property
    def address(self) -> str:
        """The address, without a password."""
        return self._address

    @property
    def live(self) -> bool:
        """A camera goes on by itself."""
        return True

    def open(self) -> None:
        """Open the camera and see that it gives a picture.

        Raises:
            KnownError: if it is not there, is busy, refuses, or gives no picture.
        """
        self.close()
        self._interrupted = False
        capture = self._opened()
        if capture.read() is None:
            capture.release()
            raise KnownError(
                f"{self._what()} opens but gives no picture.",
                "See whether another program uses it, then connect it anew.",
            )
        self._capture = capture
        self._timing = self._new_timing()
        self._moment = self._next_large = -math.inf
        self._number = 0

    def read(self) -> Frame | None:
        """Return the next fresh picture, waiting for the camera; None only after `interrupt`.

        Pictures that come too late, because something on the way has held them up, are left out.

        Raises:
            KnownError: if the camera gives no more pictures, or only late ones.
        """
        if self._capture is None:
            raise BugError(f"read from {self._address} before it was opened")
        while not self._interrupted:
            if not self._capture.grab():
                raise KnownError(f"{self._what()} gives no more pictures.", "Look after its cable.")
            arrival, now = self._clock.monotonic(), self._clock.now()
            came = self._timing.came(arrival, self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
            if not came.usable:
                self._give_up_if_late(arrival)
                continue
            if self._capture.is_large and arrival < self._next_large:
                continue
            self._next_large = arrival + 1 / LARGE_RATE
            image = self._capture.retrieve(quickly=True)
            if image is None:
                continue  # a picture that cannot be decoded; the next may be
            # Two pictures are never of the same moment, nor out of order.
            self._moment = max(arrival - came.late, self._moment + 1e-4)
            taken = now - timedelta(seconds=max(0.0, arrival - self._moment))
            frame = Frame(image, self._name, self._number, self._moment, taken)
            self._number += 1
            return frame
        return None

    def _give_up_if_late(self, arrival: float) -> None:
        if self._timing.given_up(arrival):
            raise KnownError(
                f"{self._what()}: its pictures come later and later.",
                "Choose fewer or smaller pictures at the camera, or look after the network.",
            )

    def close(self) -> None:
        """Give the camera back."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def interrupt(self) -> None:
        """Let reads from now on return None; one that waits ends by its time-out."""
        self._interrupted = True

    @abstractmethod
    def _opened(self) -> Capture:
        """Return the opened device, or raise the `KnownError` that says why not."""

    def _new_timing(self) -> StreamTiming:
        """Return what tells fresh pictures from old ones: a webcam's driver stamps them."""
        return Lateness()

    @abstractmethod
    def _what(self) -> str:
        """Return what to call it in a sentence."""


class Webcam(LiveSource):
    """A camera of this computer, asked for 640 x 480.

    Args:
        device: its number, or its path such as `/dev/video0`.
        clock, name: see `LiveSource`.
    """

    def __init__(self, device: int | str, clock: Clock, *, name: str) -> None:
        super().__init__(str(device), clock, name=name)
        self._device = device

    def _what(self) -> str:
        return f"Camera {self._device}"

    def _opened(self) -> Capture:
        self._look_at_device_file()
        for backend in BACKENDS.get(sys.platform, (cv2.CAP_ANY,)):
            capture = Capture(self._device, backend)
            if capture.opened:
                capture.set(cv2.CAP_PROP_FRAME_WIDTH, 640)
                capture.set(cv2.CAP_PROP_FRAME_HEIGHT, 480)
                capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
                return capture
            capture.release()
        raise KnownError(
            f"{self._what()} cannot be opened: it is busy, or it is no camera.",
            "Close other programs that use it; `faceaccess camera list` shows all cameras.",
        )

    def _look_at_device_file(self) -> None:
        if isinstance(self._device, int) and sys.platform != "linux":
            return
        path = Path(f"/dev/video{self._device}" if isinstance(self._device, int) else self._device)
        if not path.exists():
            raise KnownError(
                f"There is no camera {self._device}.",
                "Connect one; `faceaccess camera list` shows all cameras.",
            )
        if not os.access(path, os.R_OK | os.W_OK):
            raise KnownError(
                f"Camera {self._device} may not be used by this account.",
                "Add the account to the group `video` and log in anew.",
            )


class NetworkCamera(LiveSource):
    """A camera behind an rtsp:// or http:// address, through FFmpeg.

    Args:
        address: with user and password where the camera asks for them.
        clock, name: see `LiveSource`.
        open_timeout, read_timeout: seconds after which FFmpeg gives up.
    """

    def __init__(
        self,
        address: str,
        clock: Clock,
        *,
        name: str,
        open_timeout: float = OPEN_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        self._secret_address = address
        self._ask_timeout = min(ASK_TIMEOUT, open_timeout)
        super().__init__(without_password(address), clock, name=name)
        self._options = (
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(open_timeout * 1000),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(read_timeout * 1000),
        )  # fmt: skip

    def _what(self) -> str:
        return f"The camera at {self._address}"

    def _opened(self) -> Capture:
        capture = Capture(self._secret_address, cv2.CAP_FFMPEG, self._options)
        if not capture.opened:
            capture.release()
            raise trouble(self._secret_address, self._what(), timeout=self._ask_timeout)
        return capture

    def _new_timing(self) -> StreamTiming:
        if self._secret_address.lower().startswith("rtsp"):
            return Lateness()
        return Waiting()


def without_password(address: str) -> str:
    """Return a network address with user and password left out, also those in its query."""
    try:
        parts = urllib.parse.urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return address.partition("://")[0] + "://..."
    query = "..." if parts.query else ""
    return urllib.parse.urlunsplit((parts.scheme, host, parts.path, query, ""))
