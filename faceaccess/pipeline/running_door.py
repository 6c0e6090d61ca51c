"""A station as a process runs it: claimed name and lock, camera, socket, and the loop of frames."""

import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Self

from faceaccess.core.frames import Frame
from faceaccess.pipeline.door_camera import DoorCamera
from faceaccess.pipeline.door_factors import DoorFactors
from faceaccess.pipeline.door_lock import DoorLock
from faceaccess.pipeline.door_parts import AnswerCounter, DoorParts
from faceaccess.pipeline.door_watch import DoorWatch
from faceaccess.pipeline.empty_doorway import EmptyDoorway
from faceaccess.pipeline.event_journal import EventJournal
from faceaccess.pipeline.recognition import Recogniser
from faceaccess.pipeline.service_manager import ServiceManager
from faceaccess.pipeline.station import DoorAnswer, Station
from faceaccess.pipeline.station_files import StationFiles
from faceaccess.pipeline.station_requests import StationRequests
from faceaccess.pipeline.station_server import Record, StationServer
from faceaccess.pipeline.station_view import StationView
from faceaccess.pipeline.station_watchers import StationWatchers

SETTLED_AFTER = 150
"""Frames with somebody in view, after which the rest is loaded all the same."""


class RunningDoor:
    """A door that runs in this process. Close it, or use it as a context.

    Args:
        parts: what it is made of; lock and reader are closed by this object.

    Raises:
        KnownError: if that door runs already, or its lock is another door's.
    """

    def __init__(self, parts: DoorParts) -> None:
        self._parts = parts
        self._clock = parts.clock
        self._said: dict[str, str] = {}
        self._began: datetime = parts.clock.now()
        self._camera = DoorCamera(parts.source, parts.clock)
        self._recogniser: Recogniser | None = None
        self._frames = 0
        self._counter: AnswerCounter | None = None
        with ExitStack() as undo:
            self._make(parts, undo)
            self._end = undo.pop_all()

    def _make(self, parts: DoorParts, undo: ExitStack) -> None:
        """Claim and start the parts; `undo` ends them in the opposite order."""
        files = StationFiles(parts.home, parts.name)
        undo.callback(parts.lock.close)
        files.claim(parts.lock.address)
        undo.callback(files.release)
        journal = EventJournal(parts.store, parts.clock, files.journal, parts.name)
        undo.callback(journal.close)
        journal.flush(last=True)  # what a process before could not write
        locked_down = journal.locked_down
        if locked_down is None:
            locked_down = parts.store.locked_down(parts.name)
        self.watch = _plain_watch(parts) if parts.new_watch is None else parts.new_watch()
        undo.callback(self.watch.close)
        self._lock = DoorLock(parts.lock, locked_down=locked_down, clock=parts.clock)
        undo.callback(self._lock.close)
        self.station = Station(
            parts.name,
            parts.store,
            self._lock,
            parts.clock,
            pulse=parts.pulse,
            live=parts.source.live,
            rules=parts.rules,
            journal=journal,
        )
        commands = self.station.commands
        commands.on_lock_down = self.watch.locked_down
        commands.on_mute, commands.on_unmute = self.watch.mute, self.watch.unmute
        self.watch.start(self._lock, journal)
        self._lock.start()
        undo.callback(commands.close)
        commands.start()
        if parts.reader is not None:
            undo.callback(parts.reader.close)
            parts.reader.start()
        if parts.new_metrics is not None:
            self._counter = parts.new_metrics(self.status)
            undo.callback(self._counter.close)
        self._listen(files, undo)

    def _listen(self, files: StationFiles, undo: ExitStack) -> None:
        """Begin to take commands, and to show the door to those who watch."""
        rules, clock = self._parts.rules, self._clock
        enter = self._enter if isinstance(rules, DoorFactors) else None
        self._view = StationView(self.station, self._camera, clock, takes_entries=enter is not None)
        self._view.alarms = lambda: [alarm.kind.value for alarm in self.watch.lasting]
        watchers = StationWatchers(clock, self._view.now)
        undo.callback(watchers.close)
        requests = StationRequests(self.station, self.status, enter)
        server = StationServer(files, clock, requests.answer, watchers.take)
        undo.callback(server.close)

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
        with self._camera.opened(self._parts.settings()) as frames:
            self._recogniser = self._parts.new_recogniser(self.station)
            self._view.is_ready = True
            try:
                manager.ready(f"{self.station.name}: watching {self._camera.address}")
                yield from self._counted(self._watch(frames, stop, manager))
                yield from self._counted(self.station.finish(self._recogniser))
            finally:
                self._recogniser.close()
                self.station.notes.write(last=True)
                manager.stopping()

    def _counted(self, answers: Iterable[DoorAnswer]) -> Iterator[DoorAnswer]:
        for answer in answers:
            if self._counter is not None:
                self._counter.answered(answer)
            yield answer

    def _watch(
        self, frames: Iterator[Frame | None], stop: threading.Event, manager: ServiceManager
    ) -> Iterator[DoorAnswer]:
        assert self._recogniser is not None
        doorway = EmptyDoorway()
        for frame in frames:
            manager.alive()
            self._take_entries()
            self._tell("journal", self.station.journal.file_trouble or "")
            self._tell("lock", "" if self._lock.trouble is None else str(self._lock.trouble))
            self._tell("inputs", self.watch.input_trouble)
            self._tell("alarms", self.watch.sentence)
            self._tell("alerts", self.watch.alert_trouble)
            if stop.is_set():
                return
            if frame is None:
                yield from self._without_picture()
                continue
            self._frames += 1
            trouble = self._camera.trouble_of(frame)
            self.watch.camera(self._camera.tampering)
            self._tell("camera", trouble)
            if trouble or (self._camera.live and not doorway.worth_a_look(frame)):
                self.station.notes.write()
                if trouble:
                    self._view.blind()
                else:
                    self._view.passed_over(frame)
                    self.watch.nobody(frame)
                continue
            result, answers = self.station.process(self._recogniser, frame)
            self._view.looked(frame, result, answers)
            self.watch.looked(frame, result, answers)
            self._camera.tell(result.decision.reason)
            doorway.looked(frame, result)
            self._settle(busy=bool(result.faces))
            problem = self._recogniser.problem
            self._tell("recognition", "" if problem is None else str(problem))
            yield from answers

    def _take_entries(self) -> None:
        """Hand what was entered at the reader to the rules."""
        reader = self._parts.reader
        if reader is None:
            return
        self._tell("reader", reader.trouble)
        for entry in reader.taken():
            # A recording has no time of its own in which somebody could stand at a reader.
            self._enter(entry.text, entry.moment if self._camera.live else None)

    def _enter(self, text: str, moment: float | None = None) -> None:
        """Hand what was entered, now unless it is said when, to the rules. From any thread."""
        rules = self._parts.rules
        if isinstance(rules, DoorFactors):
            rules.entered(text, self._clock.monotonic() if moment is None else moment)

    def _settle(self, *, busy: bool) -> None:
        """Do what waits for a door that works; somebody who stands there goes first for a while."""
        if busy and self._frames < SETTLED_AFTER:
            return
        while self._parts.when_settled:
            self._parts.when_settled.pop(0)()

    def _without_picture(self) -> list[DoorAnswer]:
        self.station.notes.write()
        loss = self._camera.loss
        if not loss:
            return []
        self._tell("camera", loss)
        return self.station.camera_lost(self._clock.now())

    def _tell(self, what: str, text: str) -> None:
        """Say something when it has changed; "" ends a trouble without a word."""
        if text and text != self._said.get(what):
            self._parts.say(text)
        self._said[what] = text

    def status(self) -> Record:
        """Return how the door is, as JSON values. Safe from any thread."""
        station, recogniser = self.station, self._recogniser
        camera = self._camera.state
        problem = None if recogniser is None else recogniser.problem
        last = station.last
        return {
            "door": station.name,
            "running": True,
            "pid": station.pid,
            "since": self._began.isoformat(timespec="milliseconds"),
            "ready": recogniser is not None,
            "camera": self._camera.address,
            "camera_state": "recording" if camera is None else camera.kind,
            "fps": None if camera is None else round(camera.fps, 1),
            "frames": self._frames,
            "lock": station.lock_address,
            "lock_trouble": None if station.lock_trouble is None else str(station.lock_trouble),
            "locked_down": station.locked_down,
            "held_until": _told(station.commands.held_until),
            "muted_until": _told(station.commands.muted_until),
            "head": None if recogniser is None else recogniser.head_version,
            "problem": None if problem is None else str(problem),
            "unwritten": station.notes.unwritten,
            "lost": station.journal.lost,
            "journal_trouble": station.journal.file_trouble,
            **self.watch.status(),
            "last": None
            if last is None
            else {
                "time": last.time.isoformat(timespec="milliseconds"),
                "outcome": last.outcome.value,
                "reason": last.decision.reason.sentence,
            },
        }


def _told(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="milliseconds")


def _plain_watch(parts: DoorParts) -> DoorWatch:
    """Return the watch of a door without contact and alerts: over lock, camera and faces."""
    return DoorWatch(parts.home, parts.store, parts.clock, parts.name, pulse=parts.pulse)
