"""Sources that end: a video file, and a folder of pictures."""

import logging
from pathlib import Path

import cv2

from faceaccess.camera.capture import Capture, fitted
from faceaccess.camera.pace import Pace
from faceaccess.core.clock import Clock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.frames import Frame, Image
from faceaccess.images.codec import PICTURE_SUFFIXES, read_image

_log = logging.getLogger(__name__)

PICTURE_RATE = 8.0  # frames a second
FRAMES_A_PICTURE = 8  # one second each: enough for evidence over several frames


class VideoFile:
    """A video file, at its own speed or as fast as it goes.

    Args:
        path: the file.
        clock: keeps the speed and gives the frames' times.
        name: the camera's name as people call it.
        as_fast_as_it_goes: never wait; the frames' moments are positions in the recording.
    """

    def __init__(
        self, path: Path, clock: Clock, *, name: str, as_fast_as_it_goes: bool = False
    ) -> None:
        self._path = path
        self._name = name
        self._pace = Pace(clock, as_fast_as_it_goes=as_fast_as_it_goes)
        self._capture: Capture | None = None
        self._first: Image | None = None
        self._number = 0
        self._position = 0.0
        self._interval = 0.04

    @property
    def address(self) -> str:
        """The path as given."""
        return str(self._path)

    @property
    def live(self) -> bool:
        """A file ends."""
        return False

    def open(self) -> None:
        """Open the file and decode its first picture.

        Raises:
            KnownError: if it is missing, or no video that can be read.
        """
        self.close()
        if not self._path.is_file():
            raise KnownError(f"There is no video file {self._path}.", "Check the path.")
        unreadable = KnownError(
            f"{self._path} is not a video that can be read.",
            "It may be cut or of another kind; try to play or convert it.",
        )
        if _is_text(self._path):
            raise unreadable
        capture = Capture(str(self._path), cv2.CAP_FFMPEG)
        first = capture.read() if capture.opened else None
        if first is None:
            capture.release()
            raise unreadable
        rate = capture.get(cv2.CAP_PROP_FPS)
        self._interval = 1 / rate if 1 <= rate <= 240 else 0.04
        self._capture, self._first = capture, first
        self._number, self._position = 0, 0.0
        self._pace.restart()

    def read(self) -> Frame | None:
        """Return the next picture when its moment has come; None at the end.

        Raises:
            KnownError: if a picture cannot be decoded.
        """
        if self._capture is None:
            raise BugError(f"read from {self._path} before it was opened")
        if self._first is not None:
            image, self._first = self._first, None
        else:
            following = self._capture.read()
            if following is None:
                return None
            image = following
            # Files with a wrong or missing time line go on by their frame rate.
            told = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            after = self._position + self._interval
            self._position = told if self._position < told < after + 10 else after
        if not self._pace.wait_for(self._position):
            return None
        moment, time = self._pace.stamp(self._position)
        frame = Frame(image, self._name, self._number, moment, time)
        self._number += 1
        return frame

    def close(self) -> None:
        """Close the file."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def interrupt(self) -> None:
        """Wake a read that waits for its moment."""
        self._pace.break_off()


def _is_text(path: Path) -> bool:
    """Return whether a file begins as text does: FFmpeg would show text files as a film.

    Raises:
        KnownError: if the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(1024)
    except OSError as error:
        raise KnownError(
            f"The video {path} cannot be read: {error.strerror}.", "Check its permissions."
        ) from error
    return all(byte >= 0x20 or byte in b"\t\n\r\f\x1b" for byte in beginning)


class Pictures:
    """A folder of pictures (or one picture) as a recording: each is held for one second.

    Args:
        path: a folder, whose pictures are taken in the order of their names; or a picture file.
        clock, name, as_fast_as_it_goes: see `VideoFile`.
    """

    def __init__(
        self, path: Path, clock: Clock, *, name: str, as_fast_as_it_goes: bool = False
    ) -> None:
        self._path = path
        self._name = name
        self._pace = Pace(clock, as_fast_as_it_goes=as_fast_as_it_goes)
        self._waiting: list[Path] | None = None
        self._image: Image | None = None
        self._number = 0

    @property
    def address(self) -> str:
        """The path as given."""
        return str(self._path)

    @property
    def live(self) -> bool:
        """A folder ends."""
        return False

    def open(self) -> None:
        """List the pictures and read the first that can be read.

        Raises:
            KnownError: if the folder is missing, has no picture, or none that can be read.
        """
        found = self._listed()
        if not found:
            raise KnownError(
                f"There is no picture in {self._path}.",
                f"Pictures end in {', '.join(sorted(PICTURE_SUFFIXES))}.",
            )
        self._waiting = list(found)
        self._number = 0
        self._image = self._next_image()
        if self._image is None:
            self._waiting = None
            raise KnownError(
                f"None of the {len(found)} pictures in {self._path} can be read.",
                "The log tells what is wrong with each.",
            )
        self._pace.restart()

    def read(self) -> Frame | None:
        """Return the next frame when its moment has come; None at the end."""
        if self._waiting is None:
            raise BugError(f"read from {self._path} before it was opened")
        if self._number and self._number % FRAMES_A_PICTURE == 0:
            self._image = self._next_image()
        if self._image is None:
            return None
        position = self._number / PICTURE_RATE
        if not self._pace.wait_for(position):
            return None
        moment, time = self._pace.stamp(position)
        frame = Frame(self._image, self._name, self._number, moment, time, still=True)
        self._number += 1
        return frame

    def close(self) -> None:
        """Forget the pictures."""
        self._waiting = None
        self._image = None

    def interrupt(self) -> None:
        """Wake a read that waits for its moment."""
        self._pace.break_off()

    def _listed(self) -> list[Path]:
        if self._path.is_file():
            return [self._path]
        try:
            return sorted(
                path
                for path in self._path.iterdir()
                if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()
            )
        except OSError as error:
            raise KnownError(
                f"The folder {self._path} cannot be read: {error.strerror}.", "Check the path."
            ) from error

    def _next_image(self) -> Image | None:
        """Return the next picture that can be read, or None after the last."""
        while self._waiting:
            path = self._waiting.pop(0)
            try:
                return fitted(read_image(path))
            except KnownError as error:
                _log.warning("left out: %s", error)
        return None
