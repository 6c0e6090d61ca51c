"""A station as a process runs it: claimed name and lock, camera, socket, and the loop of frames."""

import contextlib
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Self

from faceaccess.camera.protocol import CameraSource
from faceaccess.camera.reader import CameraReader, Subscription, read_all
from faceaccess.core.actors import Actor, Way
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame
from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.door.locks.protocol import Lock
from faceaccess.door.readers.reader import Reader
from faceaccess.pipeline.door_factors import DoorFactors
from faceaccess.pipeline.door_lock import DoorLock
from faceaccess.pipeline.doorkeeper import Doorkeeper
from faceaccess.pipeline.empty_doorway import EmptyDoorway
from faceaccess.pipeline.frozen_camera import FrozenCamera
from faceaccess.pipeline.recognition import Recogniser
from faceaccess.pipeline.service_manager import ServiceManager
from faceaccess.pipeline.station import AccessRules, DoorAnswer, Station
from faceaccess.pipeline.station_files import StationFiles
from faceaccess.pipeline.station_server import Record, StationServer
from faceaccess.store.protocol import Store

LOOK = 0.25
"""Seconds between two looks at the state of a camera that gives no picture."""
SETTLED_AFTER = 150
"""Frames with somebody in view, after which the rest is loaded all the same."""
_WAYS: tuple[Way, ...] = ("command line", "window")


class RunningDoor:
    """A door that runs in this process. Close it, or use it as a context.

    Args:
        home: the data folder.
        store: events and commands.
        settings: gives the settings in force.
        clock: for everything that takes time.
        name: the door's name, checked.
        source: its camera; not opened yet.
        lock: its lock; closed by this object.
        pulse: seconds for which the lock is opened.
        new_recogniser: makes the recogniser of a doorkeeper; slow (loads the networks).
        rules: who may enter when, or None: everybody who is recognised.
        say: takes a sentence for people when something changes that they should know.
        when_settled: what is done, once, when the door works and nobody stands there.
        reader: what PINs, cards and codes are entered at, or None; closed by this object.

    Raises:
        KnownError: if that door runs already, or its lock is another door's.
    """

    def __init__(  # noqa: PLR0913  # what a door is made of; made in one place
        self,
        *,
        home: DataHome,
        store: Store,
        settings: Callable[[], Settings],
        clock: Clock,
        name: str,
        source: CameraSource,
        lock: Lock,
        pulse: float,
        new_recogniser: Callable[[Doorkeeper], Recogniser],
        rules: AccessRules | None,
        say: Callable[[str], None],
        when_settled: list[Callable[[], None]] | None = None,
        reader: Reader | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._source = source
        self._new_recogniser = new_recogniser
        self._say = say
        self._when_settled = [] if when_settled is None else when_settled
        self._rules = rules
        self._reader = reader
        self._said: dict[str, str] = {}
        self._began: datetime = clock.now()
        self._camera: Subscription | None = None
        self._recogniser: Recogniser | None = None
        self._frames = 0
        with ExitStack() as undo:
            files = StationFiles(home, name)
            undo.callback(lock.close)
            files.claim(lock.address)
            undo.callback(files.release)
            self._lock = DoorLock(lock, locked_down=store.locked_down(name))
            undo.callback(self._lock.close)
            self.station = Station(
                name,
                store,
                self._lock,
                clock,
                pulse=pulse,
                live=source.live,
                rules=rules,
            )
            self._lock.start()
            if reader is not None:
                undo.callback(reader.close)
                reader.start()
            server = StationServer(files, clock, self._answer)
            undo.callback(server.close)
            self._end = undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lock, and stop listening; may be called twice."""
        self._end.close()

    def answers(self, stop: threading.Event) -> Generator[DoorAnswer, None, None]:
        """Yield what the door answers, until a recording's end or until `stop` is set.

        A camera that is not there or goes away is tried again for ever.

        Raises:
            KnownError: if the networks cannot be loaded, or a recording cannot be read.
        """
        manager = ServiceManager(self._clock)
        with self._opened_camera() as frames:
            self._recogniser = self._new_recogniser(self.station)
            try:
                manager.ready(f"{self.station.name}: watching {self._source.address}")
                yield from self._watch(frames, stop, manager)
                yield from self.station.finish(self._recogniser)
            finally:
                self._recogniser.close()
                self.station.write_notes(last=True)
                manager.stopping()

    def _watch(
        self, frames: Iterator[Frame | None], stop: threading.Event, manager: ServiceManager
    ) -> Iterator[DoorAnswer]:
        assert self._recogniser is not None
        doorway, camera = EmptyDoorway(), FrozenCamera()
        for frame in frames:
            manager.alive()
            self._take_entries()
            self._tell("lock", "" if self._lock.trouble is None else str(self._lock.trouble))
            if stop.is_set():
                return
            if frame is None:
                yield from self._without_picture()
                continue
            self._frames += 1
            if self.station.is_stale(frame):
                self._tell("camera", "The camera's pictures come too late; they are not used.")
                continue
            if self._source.live and camera.is_frozen(frame):
                self._tell("camera", "The camera gives the same picture again and again.")
                self.station.write_notes()
                continue
            self._tell("camera", "")
            if self._source.live and not doorway.worth_a_look(frame):
                self.station.write_notes()
                continue
            result, answers = self.station.process(self._recogniser, frame)
            doorway.looked(frame, result)
            self._settle(busy=bool(result.faces))
            problem = self._recogniser.problem
            self._tell("recognition", "" if problem is None else str(problem))
            yield from answers

    def _take_entries(self) -> None:
        """Hand what was entered at the reader to the rules."""
        if self._reader is None:
            return
        self._tell("reader", self._reader.trouble)
        for entry in self._reader.taken():
            if isinstance(self._rules, DoorFactors):
                # A recording has no time of its own in which somebody could stand at a reader.
                moment = entry.moment if self._source.live else self._clock.monotonic()
                self._rules.entered(entry.text, moment)

    def _settle(self, *, busy: bool) -> None:
        """Do what waits for a door that works; somebody who stands there goes first for a while."""
        if busy and self._frames < SETTLED_AFTER:
            return
        while self._when_settled:
            self._when_settled.pop(0)()

    def _without_picture(self) -> list[DoorAnswer]:
        assert self._camera is not None
        self.station.write_notes()
        state = self._camera.state
        if state.kind == "lost":
            self._tell("camera", f"{state.text} Trying again.")
            return self.station.camera_lost(self._clock.now())
        return []

    @contextlib.contextmanager
    def _opened_camera(self) -> Iterator[Iterator[Frame | None]]:
        """Give all frames of a recording, or the newest of a camera with None where none came."""
        if not self._source.live:
            try:
                yield read_all(self._source)
            finally:
                self._source.close()
            return
        settings = self._settings()
        reader = CameraReader(
            self._source,
            self._clock,
            retry_seconds=settings.camera_retry,
            stall_seconds=settings.camera_stall,
        )
        self._camera = reader.subscribe()
        reader.start()  # while the networks load, the camera opens
        try:
            yield _newest(self._camera)
        finally:
            self._camera.close()
            reader.stop()

    def _tell(self, what: str, text: str) -> None:
        """Say something when it has changed; "" ends a trouble without a word."""
        if text and text != self._said.get(what):
            self._say(text)
        self._said[what] = text

    # Commands

    def _answer(self, message: Record, account: str | None) -> Record:
        command = message.get("command")
        if command == "status":
            return self.status()
        actor = _actor(message, account)
        if command == "open":
            report = self.station.open_once(actor)
            return {"door": self.station.name, "lock": report.outcome.value, "text": report.text}
        if command == "lockdown":
            on = message.get("on")
            if not isinstance(on, bool):
                raise KnownError("The message does not say whether to lock down or to end it.")
            trouble = ""
            if on:
                trouble = self.station.lock_down(actor)
            else:
                self.station.end_lock_down(actor)
            return {
                "door": self.station.name,
                "locked_down": self.station.locked_down,
                "trouble": trouble,
            }
        raise KnownError("The door does not know this command.")

    def status(self) -> Record:
        """Return how the door is, as JSON values. Safe from any thread."""
        station, recogniser = self.station, self._recogniser
        camera = None if self._camera is None else self._camera.state
        problem = None if recogniser is None else recogniser.problem
        last = station.last
        return {
            "door": station.name,
            "running": True,
            "pid": station.pid,
            "since": self._began.isoformat(timespec="milliseconds"),
            "ready": recogniser is not None,
            "camera": self._source.address,
            "camera_state": "recording" if camera is None else camera.kind,
            "fps": None if camera is None else round(camera.fps, 1),
            "frames": self._frames,
            "lock": station.lock_address,
            "lock_trouble": None if station.lock_trouble is None else str(station.lock_trouble),
            "locked_down": station.locked_down,
            "head": None if recogniser is None else recogniser.head_version,
            "problem": None if problem is None else str(problem),
            "unwritten": station.unwritten,
            "last": None
            if last is None
            else {
                "time": last.time.isoformat(timespec="milliseconds"),
                "outcome": last.outcome.value,
                "reason": last.decision.reason.sentence,
            },
        }


def _newest(camera: Subscription) -> Iterator[Frame | None]:
    while True:
        yield camera.next(LOOK)


def _actor(message: Record, account: str | None) -> Actor:
    """Return who gave a command: the account that the system names, else the one that is told."""
    told = message.get("actor")
    name = account or (told if isinstance(told, str) and told.isprintable() else "")
    way: Way = next((way for way in _WAYS if way == message.get("way")), "station")
    return Actor(name[:64] or "somebody", way)
