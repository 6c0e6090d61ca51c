"""Alerts that wait to be delivered: in order, bounded, and on disk, so that a kill loses none."""

import contextlib
import json
import logging
import os
from collections import deque
from pathlib import Path

_log = logging.getLogger(__name__)

MOST = 500
"""Alerts that wait for one address; then the oldest are lost, and logged."""
_SUFFIX = ".alert"


class AlertQueue:
    """A file an alert, named by its place in the order. Used under its owner's lock.

    A disk that refuses leaves an alert in memory alone.

    Args:
        folder: of this queue alone; made when the first alert waits.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._next = 0
        self.trouble = ""
        self._load()

    def __len__(self) -> int:
        return len(self._waiting)

    def first(self) -> bytes | None:
        """Return the oldest alert, or None."""
        return self._waiting[0][1] if self._waiting else None

    def put(self, body: bytes) -> None:
        """Append an alert; returns when it is on disk, or in memory if the disk refuses."""
        number, self._next = self._next, self._next + 1
        try:
            self._write(number, body)
            self.trouble = ""
        except OSError as error:
            self.trouble = f"Alerts cannot be kept on disk: {error.strerror}."
            _log.error("an alert waits in memory alone: %s", error)
        self._waiting.append((number, body))
        if len(self._waiting) > MOST:
            self.done()
            _log.error("an alert is lost: %d wait already in %s", MOST, self._folder)

    def done(self) -> None:
        """Forget the oldest alert, in memory and on disk."""
        number, _ = self._waiting.popleft()
        with contextlib.suppress(OSError):  # sent again after the next start, under the same id
            self._path(number).unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:012d}{_SUFFIX}"

    def _write(self, number: int, body: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._folder / "new.part"
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path(number))
        if os.name == "posix":
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _load(self) -> None:
        """Take up what a process before has left."""
        try:
            files = sorted(self._folder.glob(f"*{_SUFFIX}"))
        except OSError:
            return
        for file in files:
            try:
                body = file.read_bytes()
                number = int(file.stem)
                json.loads(body)
            except (OSError, ValueError) as error:
                _log.warning("an alert that waited cannot be read and is dropped: %s", error)
                with contextlib.suppress(OSError):
                    file.unlink()
                continue
            self._waiting.append((number, body))
            self._next = number + 1
        while len(self._waiting) > MOST:
            self.done()
