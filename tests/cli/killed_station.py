"""A door as a process on drawn people, killed with `kill -9`, and what must hold afterwards."""

import json
import os
import queue
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from faceaccess.app import build
from faceaccess.core.decisions import Outcome
from faceaccess.core.home import DataHome
from faceaccess.core.locks import LockOutcome
from faceaccess.door.locks.simulated import open_spans, read_record
from faceaccess.pipeline.event_journal import EventJournal
from faceaccess.pipeline.station_files import StationFiles

NAME = "Front"
PULSE = 0.5


class StationProcess:
    """One run of `faceaccess door run`, its lines read as they come."""

    def __init__(self, home: Path, record: Path, seed: int) -> None:
        self.started = time.monotonic()
        camera = f"demo:?seed={seed}"
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "faceaccess", "door", "run", NAME, "--json"),
                *("--camera", camera, "--lock", f"simulated:{record}", "--pulse", str(PULSE)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "FACEACCESS_HOME": str(home), "PYTHONUNBUFFERED": "1"},
        )
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.told: list[dict[str, Any]] = []

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith(b"\n"):
                self._lines.put(json.loads(line))
        self._lines.put(None)

    def next(self, timeout: float) -> dict[str, Any] | None:
        """Return the next line, or None at the end or when the time is over."""
        try:
            line = self._lines.get(timeout=max(0.0, timeout))
        except queue.Empty:
            return None
        if line is not None and line["outcome"] != "none":
            self.told.append(line)
        return line

    def until_granted(self, timeout: float) -> bool:
        """Read on until somebody was let in; whether that came in time."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            line = self.next(left)
            if line is None:
                return False
            if line["outcome"] == "granted":
                return True
        return False

    def kill(self) -> str:
        """Kill it, read what it still said, and return its errors."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        while self.next(0) is not None:
            pass
        assert self.process.stderr is not None
        errors = self.process.stderr.read().decode()
        self.process.stdout.close()  # type: ignore[union-attr]  # it is a pipe
        self.process.stderr.close()
        return errors


@dataclass
class Found:
    """What the kills have shown.

    Attributes:
        kills: how many.
        back: seconds from each kill to the first line of the next process.
        told: lines that said granted or denied.
        away: in how many of them the database was locked.
        openings: commands to open that the lock carried out.
        wrong: what must not be, in sentences.
    """

    kills: int = 0
    back: list[float] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    away: int = 0
    openings: int = 0
    wrong: list[str] = field(default_factory=list)


def kill_again_and_again(home: Path, record: Path, kills: int, seed: int) -> Found:
    """Kill a door at random moments, each time starting it again at once.

    Half of the kills come at a random moment of the first six seconds, half within 60 ms of a
    command to the lock. In half of the first kind another program holds the database meanwhile, so
    that what the door refuses has to wait in its journal.
    """
    chance = random.Random(seed)
    found = Found()
    station = StationProcess(home, record, chance.randrange(100))
    for _ in range(kills):
        first = station.next(60)
        if first is None:
            found.wrong.append(f"it did not come up: {station.kill()}")
            break
        if found.kills:
            found.back.append(time.monotonic() - station.started)
        if chance.random() < 0.5:
            found.away += (away := chance.random() < 0.5)
            with _database_held(home) if away else nullcontext():
                _read_for(station, chance.uniform(0, 6.0))
                errors = station.kill()
        else:
            _wait_for_opening(record, station)
            time.sleep(chance.uniform(0, 0.06))
            errors = station.kill()
        found.told += station.told
        if "Traceback" in errors:
            found.wrong.append(errors)
        found.kills += 1
        station = StationProcess(home, record, chance.randrange(100))
    station.kill()
    found.told += station.told
    _check(home, record, found)
    return found


def _read_for(station: StationProcess, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if station.next(left) is None:
            return


@contextmanager
def _database_held(home: Path) -> Iterator[None]:
    """Let nobody else write into the database."""
    with closing(sqlite3.connect(DataHome(home).database, isolation_level=None)) as holder:
        try:
            holder.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:  # the door itself writes for long; it goes without
            yield
            return
        yield
        holder.execute("ROLLBACK")


def _wait_for_opening(record: Path, station: StationProcess) -> None:
    """Return when the lock has been commanded once more, or after 15 s."""
    size = record.stat().st_size
    end = time.monotonic() + 15
    while time.monotonic() < end and station.process.poll() is None:
        if record.stat().st_size > size:
            return
        time.sleep(0.002)


def _check(home: Path, record: Path, found: Found) -> None:
    commands = read_record(record)
    found.openings = sum(command.seconds > 0 for command in commands)
    longest = timedelta(seconds=PULSE)
    found.wrong += [
        f"open from {begin} to {end}"
        for begin, end in open_spans(commands)
        if end - begin > longest
    ]
    app = build(home)
    try:
        journal = StationFiles(app.home, NAME).journal
        with closing(EventJournal(app.store, app.clock, journal, NAME)) as waiting:
            waiting.flush(last=True)  # as the next start does
        events = [e for e in app.store.all_events() if e.station == NAME]
    finally:
        app.close()
    let_in = [e for e in events if e.decision.outcome is Outcome.GRANTED]
    for which, told in ((let_in, "granted"), (events, "denied")):
        times = {e.time.isoformat(timespec="milliseconds") for e in which}
        found.wrong += [
            f"told and not in the store: {line}"
            for line in found.told
            if line["outcome"] == told and line["time"] not in times
        ]
    if len({e.id for e in events}) != len(events):
        found.wrong.append("an event is there twice")
    acknowledged = sum(e.lock is LockOutcome.ACKNOWLEDGED for e in let_in)
    if acknowledged > found.openings or found.openings > len(let_in):
        found.wrong.append(
            f"{found.openings} openings, {len(let_in)} events, {acknowledged} acknowledged"
        )
    numbers = [e.sequence for e in sorted(events, key=lambda e: e.sequence)]
    if numbers != list(range(1, len(numbers) + 1)):
        found.wrong.append("the events' numbers have gaps or repeat")
