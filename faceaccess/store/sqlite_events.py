"""Reading what happened at the door, and what people said of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from faceaccess.core.alarms import Alarm
from faceaccess.core.attack_tests import AttackReport
from faceaccess.core.corrections import Correction, Evidence
from faceaccess.core.decisions import Event
from faceaccess.core.door_commands import DoorCommand
from faceaccess.core.frames import Image
from faceaccess.store import (
    alarms,
    attack_tests,
    corrections,
    door_commands,
    events,
    evidence,
    samples,
)
from faceaccess.store.protocol import EventFilter
from faceaccess.store.sqlite_sessions import SqliteSessions

EXPORT_CHUNK = 1000
"""Events read at once by `all_events` and `all_evidence`."""


class SqliteEvents(SqliteSessions):
    """The part of `protocol.Store` that is about events, corrections and door commands."""

    def events(
        self, which: EventFilter | None = None, *, offset: int = 0, limit: int = 100
    ) -> list[Event]:
        """As `Store.events`."""
        with self._reading() as session:
            return events.read(session, which, offset, limit)

    def count_events(self, which: EventFilter | None = None) -> int:
        """As `Store.count_events`; asked again, only events since then are counted."""
        with self._reading() as session:
            if session.connection.transaction is not None:
                return events.count(session, which, 0)
            return self._counts.count(session, which or EventFilter())

    def all_events(self, which: EventFilter | None = None) -> Iterator[Event]:
        """As `Store.all_events`; read in chunks, so a long export blocks nobody."""
        mark = events.START
        while True:
            with self._reading() as session:
                chunk, mark = events.read_after(session, which, mark, EXPORT_CHUNK)
            if not chunk:
                return
            yield from chunk

    def event_picture(self, event_id: str) -> Image | None:
        """As `Store.event_picture`; kept as JPEG, so its pixels are near the ones given."""
        with self._reading() as session:
            data = events.picture(session, event_id)
        return None if data is None else events.pixels(data, event_id)

    def station_events(self, station: str, *, limit: int = 100) -> list[Event]:
        """As `Store.station_events`."""
        with self._reading() as session:
            return events.read_of_station(session, station, limit)

    def entries_since(self, person_id: str, since: datetime, *, limit: int = 1000) -> list[Event]:
        """As `Store.entries_since`."""
        with self._reading() as session:
            return events.read_entries(session, person_id, since, limit)

    def last_visits(self, person_id: str, *, limit: int = 10) -> list[Event]:
        """As `Store.last_visits`."""
        return self.events(EventFilter(person_id=person_id), limit=limit)

    def event(self, event_id: str) -> Event:
        """As `Store.event`."""
        with self._reading() as session:
            return events.read_one(session, event_id)

    def event_evidence(self, event_id: str) -> Evidence | None:
        """As `Store.event_evidence`."""
        with self._reading() as session:
            found = evidence.read(session, event_id)
        if found is None or found[1] is None:
            return None if found is None else found[0]
        return replace(found[0], crop=samples.pixels(found[1], f"evidence of event {event_id}"))

    def all_evidence(self, which: EventFilter | None = None) -> Iterator[Event]:
        """As `Store.all_evidence`; read in chunks, so it blocks nobody."""
        mark = events.START
        while True:
            with self._reading() as session:
                chunk, mark = events.read_evidence_after(session, which, mark, EXPORT_CHUNK)
            if not chunk:
                return
            yield from chunk

    def corrections(
        self, *, event_id: str | None = None, person_id: str | None = None
    ) -> list[Correction]:
        """As `Store.corrections`."""
        with self._reading() as session:
            return corrections.read(session, event_id=event_id, person_id=person_id)

    def door_commands(self, station: str | None = None, *, limit: int = 100) -> list[DoorCommand]:
        """As `Store.door_commands`."""
        with self._reading() as session:
            return door_commands.read(session, station, limit)

    def alarms(
        self, station: str | None = None, *, lasting: bool = False, limit: int = 100
    ) -> list[Alarm]:
        """As `Store.alarms`."""
        with self._reading() as session:
            return alarms.read(session, station, lasting, limit)

    def locked_down(self, station: str) -> bool:
        """As `Store.locked_down`."""
        with self._reading() as session:
            return door_commands.locked_down(session, station)

    def held_open(self, station: str) -> bool:
        """As `Store.held_open`."""
        with self._reading() as session:
            return door_commands.held_open(session, station)

    def stations(self) -> list[str]:
        """As `Store.stations`."""
        with self._reading() as session:
            return door_commands.stations(session)

    def attack_tests(self, *, limit: int = 20) -> list[AttackReport]:
        """As `Store.attack_tests`."""
        with self._reading() as session:
            return attack_tests.read(session, limit)
