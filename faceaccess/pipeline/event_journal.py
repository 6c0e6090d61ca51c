"""What a door writes down: into the store where that works, else into a journal beside it.

Everything goes the same way and in its order: visits, what locks answered, commands, alarms. While
the store is locked, full or away, records wait in a file of their own (`journal_file`), on the disk
before anybody is told, and behind them waits whatever comes later. When the store works again all
of them are written in one transaction; a process that is killed between that and the emptying of
the file writes them again, which changes nothing (`journal_records`).

Bounded, by a plain rule: from `PICTURES` bytes on denied visits wait without picture and evidence;
from `MOST` on those that come are lost, and counted; a reserve is left for everything else. Nobody
new is let in meanwhile: an event that grants never waits, it is in the store or the door is shut.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from faceaccess.core.clock import Clock
from faceaccess.core.door_commands import DoorCommandKind
from faceaccess.core.errors import BugError, KnownError
from faceaccess.pipeline.journal_file import JournalFile
from faceaccess.pipeline.journal_records import (
    CommandRecord,
    EventRecord,
    JournalRecord,
    Json,
    record_of,
)
from faceaccess.store.protocol import Store

_log = logging.getLogger(__name__)

RETRY = 1.0
"""Seconds before a store that failed is written to again."""
PICTURES = 4 * 2**20
"""Bytes of the journal from which denied visits wait without picture and evidence ..."""
MOST = 8 * 2**20
"""... and from which they are lost."""
RESERVE = 2**20
"""Bytes beyond `MOST` for what locks answered, commands and alarms."""
_LOCK_DOWNS = (DoorCommandKind.LOCK_DOWN, DoorCommandKind.END_LOCK_DOWN)
_SPARED = 3  # records that cannot be applied, at one time

Written = Literal["written", "refused", "outdated"]
"""What became of something that is written now or never: written; refused by the store; or not
written because what it rests on no longer holds."""
Fate = Literal["stored", "waits", "lost"]
"""What became of a record: it is in the store; it waits on the disk (where even that is full, in
memory); or there is no room for it any more."""


@dataclass(eq=False)
class _Waiting:
    record: JournalRecord
    values: Json
    size: int


class EventJournal:
    """The one way in which a door writes things down. Safe from any thread.

    Args:
        store: where all of it ends.
        clock: tells when to try a failed store again.
        path: the journal's file, or None: what waits is in memory alone, and lost with the process.
        station: the door's name.

    Attributes:
        trouble: why the store refused the last time, or None.
        file_trouble: why the journal's file cannot be written, or None.
        lost: how many denied visits had no room.

    Raises:
        KnownError: as `JournalFile`.
    """

    def __init__(
        self, store: Store, clock: Clock, path: Path | None = None, station: str = ""
    ) -> None:
        self._store = store
        self._clock = clock
        self._storing = threading.Lock()  # held by who writes to the store, for seconds perhaps
        self._hand = threading.Lock()  # held by who changes what waits, for a moment
        self._waiting: list[_Waiting] = []
        self._on_disk = 0  # of those that wait, the first so many
        self._size = 0
        self._next_try = 0.0
        self.trouble: KnownError | None = None
        self.file_trouble: str | None = None
        self.lost = 0
        self._file: JournalFile | None = None
        if path is not None:
            self._file = JournalFile(
                path, station, lambda nonce: store.keyed("event journal", nonce)
            )
            for values in self._file.found:
                self._take_over(values)
            self._on_disk = len(self._waiting)
            if self._waiting:
                _log.info("%d records of a process before wait in %s", len(self._waiting), path)

    @property
    def waiting(self) -> int:
        """How many records are not in the store yet."""
        return len(self._waiting)

    @property
    def locked_down(self) -> bool | None:
        """Whether what waits locks the door down, or None where nothing of it speaks of that."""
        with self._hand:
            commands = [
                one.record.command.kind
                for one in self._waiting
                if isinstance(one.record, CommandRecord)
            ]
        said = [kind for kind in commands if kind in _LOCK_DOWNS]
        return None if not said else said[-1] is DoorCommandKind.LOCK_DOWN

    def write(self, *records: JournalRecord) -> Fate:
        """Write records down, in the store if it takes them now, else in the journal.

        Never waits for another thread that writes, and raises nothing that the store or the disk
        could be blamed for.

        Returns:
            What became of the last of them.
        """
        if self._storing.acquire(blocking=False):
            try:
                if self._may_try() and self._store_all(records) == "written":
                    return "stored"
            finally:
                self._storing.release()
        return self._let_wait(records)

    def write_now(
        self,
        *records: JournalRecord,
        holds: Callable[[], bool] | None = None,
        at_once: bool = False,
    ) -> Written:
        """Write records into the store together with all that waits, or not at all.

        Args:
            records: what.
            holds: whether they still should be; asked when the store lets nobody else write, for
                which it may have been waited for seconds.
            at_once: try it however short ago the store refused.
        """
        with self._storing:
            may = at_once or self._may_try()
            return self._store_all(records, holds) if may else "refused"

    def flush(self, *, last: bool = False) -> None:
        """Write what waits, if the store may be tried again; with `last` at once."""
        if not self._waiting:
            return
        with self._storing:
            if last or self._may_try():
                self._store_all(())
        with self._hand:
            self._to_disk()

    def close(self) -> None:
        """Give the file back; what waits is in it. May be called twice."""
        with self._storing, self._hand:
            file, self._file = self._file, None
            if file is not None:
                file.close()
            if len(self._waiting) > self._on_disk:
                lost = len(self._waiting) - self._on_disk
                _log.error("%d records are lost: %s", lost, self.trouble)
                self._waiting = self._waiting[: self._on_disk]

    # To the store

    def _may_try(self) -> bool:
        return self.trouble is None or self._clock.monotonic() >= self._next_try

    def _store_all(
        self, records: Sequence[JournalRecord], holds: Callable[[], bool] | None = None
    ) -> Written:
        """Write what waits, and then the records, in one transaction."""
        with self._hand:
            waiting = [one.record for one in self._waiting]
        spared: list[JournalRecord] = []
        while True:
            at_hand: JournalRecord | None = None
            try:
                with self._store.transaction() as transaction:
                    if holds is not None and not holds():
                        return "outdated"
                    for record in [*waiting, *records]:
                        if record not in spared:
                            at_hand = record
                            record.apply(transaction)
                    at_hand = None
            except (KnownError, BugError) as error:
                if (
                    at_hand is not None
                    and at_hand in waiting
                    and _blames_the_record(error)
                    and len(spared) < _SPARED
                ):
                    spared.append(at_hand)
                    continue
                self._failed(error)
                return "refused"
            break
        self._stored(len(waiting), spared)
        return "written"

    def _failed(self, error: KnownError | BugError) -> None:
        if isinstance(error, BugError):
            _log.exception("a fault in writing to the store")
            error = KnownError(f"Nothing can be written down: {error}", "The log tells more.")
        elif self.trouble is None:  # a known error needs no traceback
            _log.error("visits cannot be written, nobody is let in: %s", error)
        self.trouble = error
        self._next_try = self._clock.monotonic() + RETRY

    def _stored(self, count: int, spared: Sequence[JournalRecord]) -> None:
        for record in spared:
            _log.error("a record that the store can never take is left out: %s", _named(record))
        if self.trouble is not None:
            _log.info("visits can be written again")
            self.trouble = None
        if count == 0:
            return
        with self._hand:
            # Others may have come meanwhile; they are written anew behind an empty file.
            self._waiting = self._waiting[count:]
            self._size = sum(one.size for one in self._waiting)
            had, self._on_disk = self._on_disk, 0
            if had and self._file is not None:
                with self._noting_trouble():
                    self._file.clear()
            self._to_disk()

    # To the journal

    def _let_wait(self, records: Sequence[JournalRecord]) -> Fate:
        fate: Fate = "waits"
        with self._hand:
            for record in records:
                fate = "waits" if self._add(record) else "lost"
            self._to_disk()
        return fate

    def _add(self, record: JournalRecord) -> bool:
        least = isinstance(record, EventRecord)
        if least and self._size >= PICTURES and isinstance(record, EventRecord):
            record = record.slim()
        values = record.to_json()
        size = _size_of(values)
        if self._size + size > (MOST if least else MOST + RESERVE):
            self.lost += 1
            if self.lost == 1 or self.lost % 100 == 0:
                _log.error("the journal is full: %d records are lost so far", self.lost)
            return False
        self._waiting.append(_Waiting(record, values, size))
        self._size += size
        return True

    def _take_over(self, values: Json) -> None:
        try:
            record = record_of(values)
        except (ValueError, KnownError):
            _log.exception("a record in the journal cannot be understood; it is left out")
            return
        size = _size_of(values)
        self._waiting.append(_Waiting(record, values, size))
        self._size += size

    def _to_disk(self) -> None:
        """Append what waits and is not on the disk yet."""
        fresh = self._waiting[self._on_disk :]
        if self._file is None or not fresh:
            return
        with self._noting_trouble():
            self._file.append([one.values for one in fresh])
            self._on_disk = len(self._waiting)

    @contextmanager
    def _noting_trouble(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if self.file_trouble is None:
                _log.error(
                    "the journal cannot be written: %s. What waits is in memory alone.",
                    error.strerror,
                )
            self.file_trouble = f"The journal cannot be written: {error.strerror}."
        else:
            self.file_trouble = None


def _blames_the_record(error: KnownError | BugError) -> bool:
    """Whether a record can never be written, whatever becomes of database and disk."""
    return isinstance(error, BugError) or error.__cause__ is None


def _size_of(values: Json) -> int:
    """Return about how many bytes a record takes."""
    pictures = [values.get("picture"), values.get("evidence")]
    return 600 + sum(len(str(one)) for one in pictures if one is not None)


def _named(record: JournalRecord) -> str:
    if isinstance(record, EventRecord):
        return f"event {record.event.id}"
    return repr(record)
