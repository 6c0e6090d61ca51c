"""What a running door shows to those who watch it, and the side of it that watches.

A watcher sends one message, `{"command": "watch", "pictures": true}`, over the station's socket.
The answer is `{"watching": true}`, then for each view a line of JSON whose `picture_bytes` says how
many bytes of JPEG follow it. The station sends a view when something changed, and at least one a
second, so that silence means that it is gone. See `faceaccess.pipeline.station_watchers` for the
station's side.
"""

import contextlib
import json
import socket
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from faceaccess.core.actors import Actor
from faceaccess.core.decisions import Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Box, Image
from faceaccess.core.home import DataHome
from faceaccess.core.locks import LockOutcome
from faceaccess.core.reasons import Reason
from faceaccess.images.codec import decode_image
from faceaccess.pipeline.station_client import ANSWER_SECONDS, begin, refused
from faceaccess.pipeline.station_files import checked_name

LONGEST_LINE = 65_536
"""Bytes of a view without its picture."""
LARGEST_PICTURE = 1_000_000
"""Bytes of a view's JPEG."""
SILENT_FOR = 5.0
"""Seconds without a view after which the station counts as gone."""

Record = dict[str, object]


@dataclass(frozen=True, eq=False)
class FaceInFeed:
    """A face in a view.

    Attributes:
        box: x, y, width, height in pixels of the frame's own size (`DoorView.size`).
        person: who it was taken for, or None.
        outcome: the answer for this face.
        in_front: whether the door's answer is this face's.
    """

    box: Box
    person: str | None
    outcome: Outcome
    in_front: bool


@dataclass(frozen=True, eq=False)
class DoorView:
    """What a door shows at one moment.

    Attributes:
        door: the door's name.
        time: of the frame, or of the change where there is no frame; aware, UTC.
        outcome, reason, person, similarity, liveness: the door's answer; one that was granted or
            denied stays for about 3 seconds, unless there is a newer one.
        lock: what the lock answered to it.
        faces: all faces in view, largest first.
        size: width and height of the frame in pixels; (0, 0) where there is none.
        picture: (height, width, 3) uint8, blue-green-red, at most 640 wide; None where only the
            state changed, or none was asked for.
        camera_state: "opening", "running", "lost", or "recording"; "starting" before the networks
            are loaded.
        locked_down: whether nobody may enter now.
        held_until: until when the door is held open, aware, UTC, or None.
        muted_until: until when it gives no sound and no alert, aware, UTC, or None.
        alarms: what it calls for help about now: values of `AlarmKind`.
        lock_trouble: why the lock did not answer the last time, or None.
        takes_entries: whether a PIN, card or code can be entered at it (`Doors.enter`).
        pulse_left: seconds for which the lock is still open, 0.0 when it is not; as commanded, a
            door that is held open has the rest of its hold.
    """

    door: str
    time: datetime
    outcome: Outcome
    reason: Reason
    person: str | None
    similarity: float | None
    liveness: float | None
    lock: LockOutcome
    faces: tuple[FaceInFeed, ...]
    size: tuple[int, int]
    picture: Image | None
    camera_state: str
    locked_down: bool
    held_until: datetime | None
    muted_until: datetime | None
    alarms: tuple[str, ...]
    lock_trouble: str | None
    takes_entries: bool
    pulse_left: float


class StationFeed:
    """Watches a running station. One thread calls `next`; any may call `close`.

    Args:
        home: the data folder that it runs on.
        name: the door's name.
        actor: who watches.
        pictures: whether pictures are wanted.

    Raises:
        KnownError: if no such station runs, it does not answer, or too many watch it already.
    """

    def __init__(self, home: DataHome, name: str, actor: Actor, *, pictures: bool = True) -> None:
        self._name = checked_name(name)
        self._received = bytearray()
        self._connection = begin(home, self._name, actor, "watch", pictures=pictures)
        try:
            self._heard = time.monotonic()
            self._begin()
        except BaseException:
            self.close()
            raise

    def next(self, timeout: float) -> DoorView | None:
        """Return the newest view that has come, waiting for one where there is none.

        Args:
            timeout: longest wait, seconds.

        Returns:
            The view, or None: nothing new in that time.

        Raises:
            KnownError: if the station went away or the feed was closed: make another feed later.
        """
        end = time.monotonic() + timeout
        newest = self._whole()
        while True:
            left = end - time.monotonic()
            if newest is None and left <= 0:
                self._check_silence()
                return None
            if not self._receive(0.0 if newest is not None else left):
                if newest is not None:
                    return _view(*newest)
                continue
            newest = self._whole() or newest

    def close(self) -> None:
        """End watching; a `next` that waits raises. May be called twice."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _begin(self) -> None:
        end = time.monotonic() + ANSWER_SECONDS
        while b"\n" not in self._received:
            left = end - time.monotonic()
            if left <= 0 or len(self._received) > LONGEST_LINE:
                raise self._gone()
            self._receive(left)
        line, _, rest = bytes(self._received).partition(b"\n")
        self._received = bytearray(rest)
        answer = _record(line)
        if "error" in answer:
            raise refused(answer)

    def _receive(self, timeout: float) -> bool:
        """Take what comes within `timeout`; return whether anything did."""
        try:
            self._connection.settimeout(timeout)
            part = self._connection.recv(262_144)
        except (TimeoutError, BlockingIOError):
            return False
        except OSError as error:
            raise self._gone() from error
        if not part:
            raise self._gone()
        self._received += part
        self._heard = time.monotonic()
        return True

    def _check_silence(self) -> None:
        if time.monotonic() - self._heard > SILENT_FOR:
            raise KnownError(
                f"The door {self._name!r} has shown nothing for {SILENT_FOR:g} seconds.",
                "If it stays so, start it again.",
            )

    def _whole(self) -> tuple[Record, bytes] | None:
        """Take all whole views out of what was received and return the last, or None."""
        newest = None
        while (end := self._received.find(b"\n")) >= 0:
            record = _record(bytes(self._received[:end]))
            size = record.get("picture_bytes")
            if not isinstance(size, int) or not 0 <= size <= LARGEST_PICTURE:
                raise _nonsense()
            if len(self._received) < end + 1 + size:
                return newest
            newest = record, bytes(self._received[end + 1 : end + 1 + size])
            del self._received[: end + 1 + size]
        if len(self._received) > LONGEST_LINE:
            raise _nonsense()
        return newest

    def _gone(self) -> KnownError:
        return KnownError(
            f"The door {self._name!r} went away.",
            "It may be starting again; `faceaccess door status` shows it.",
        )


def view_record(view: DoorView) -> Record:
    """Return a view without its picture as JSON values; `StationFeed` reads them again."""
    return {
        "door": view.door,
        "time": view.time.isoformat(),
        "outcome": view.outcome.value,
        "reason": view.reason.value,
        "person": view.person,
        "similarity": view.similarity,
        "liveness": view.liveness,
        "lock": view.lock.value,
        "faces": [
            [[round(float(x), 1) for x in face.box], face.person, face.outcome.value, face.in_front]
            for face in view.faces
        ],
        "size": list(view.size),
        "camera_state": view.camera_state,
        "locked_down": view.locked_down,
        "held_until": None if view.held_until is None else view.held_until.isoformat(),
        "muted_until": None if view.muted_until is None else view.muted_until.isoformat(),
        "alarms": list(view.alarms),
        "lock_trouble": view.lock_trouble,
        "takes_entries": view.takes_entries,
        "pulse_left": round(view.pulse_left, 2),
    }


def _record(line: bytes) -> Record:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _nonsense() from error
    if not isinstance(record, dict):
        raise _nonsense()
    return record


def _view(record: Record, picture: bytes) -> DoorView:
    try:
        return _read(record, picture)
    except (KeyError, TypeError, ValueError) as error:
        raise _nonsense() from error


def _read(record: Record, picture: bytes) -> DoorView:
    # JSON values of our own program; another version's are refused by their types.
    values: dict[str, Any] = dict(record)
    width, height = values["size"]
    return DoorView(
        door=str(values["door"]),
        time=datetime.fromisoformat(values["time"]),
        outcome=Outcome(values["outcome"]),
        reason=Reason(values["reason"]),
        person=values["person"],
        similarity=values["similarity"],
        liveness=values["liveness"],
        lock=LockOutcome(values["lock"]),
        faces=tuple(_face(*face) for face in values["faces"]),
        size=(int(width), int(height)),
        picture=decode_image(picture, "the door's picture") if picture else None,
        camera_state=str(values["camera_state"]),
        locked_down=bool(values["locked_down"]),
        held_until=_moment(values["held_until"]),
        muted_until=_moment(values["muted_until"]),
        alarms=tuple(map(str, values["alarms"])),
        lock_trouble=values["lock_trouble"],
        takes_entries=bool(values["takes_entries"]),
        pulse_left=float(values["pulse_left"]),
    )


def _face(box: list[float], person: str | None, outcome: str, in_front: bool) -> FaceInFeed:  # noqa: FBT001  # as it came
    x, y, width, height = map(float, box)
    return FaceInFeed((x, y, width, height), person, Outcome(outcome), in_front)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _nonsense() -> KnownError:
    return KnownError(
        "The door's pictures cannot be read.",
        "Door and window must be the same version of faceaccess.",
    )
