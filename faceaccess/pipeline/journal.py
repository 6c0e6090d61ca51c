"""The record of visits: list, look at, export."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from faceaccess.core.decisions import Event
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.core.progress import Job, Progress
from faceaccess.core.whole_file import whole_file
from faceaccess.store.protocol import EventFilter, Store

COLUMNS = (
    "id",
    "station",
    "sequence",
    "time",
    "camera",
    "outcome",
    "reason",
    "person",
    "person_id",
    "similarity",
    "threshold",
    "head",
)
"""The columns of an exported journal, in order."""

_EVERY = 500
"""Events between two reports of progress."""
_WHOLE_ID = 36
"""Characters of a UUID."""
_SHORTEST_START = 6
"""Characters of an id that are enough to name an event, if they fit one only."""


class Journal:
    """Events as people read them.

    Args:
        store: where events are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(
        self, which: EventFilter | None = None, offset: int = 0, limit: int = 100
    ) -> Sequence[Event]:
        """Return events, newest first, without their pictures."""
        return self._store.events(which, offset=offset, limit=limit)

    def count(self, which: EventFilter | None = None) -> int:
        """Return how many events there are."""
        return self._store.count_events(which)

    def find(self, text: str) -> Event:
        """Return the event with this id, or the only one whose id begins so.

        Raises:
            KnownError: if none fits, or more than one.
        """
        if len(text) == _WHOLE_ID:
            return self._store.event(text)
        fitting: Sequence[Event] = ()
        if len(text) >= _SHORTEST_START:
            start = text.lower()
            fitting = [event for event in self._store.all_events() if event.id.startswith(start)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise KnownError(f"{text} fits {len(fitting)} visits.", "Give the whole id.")
        raise KnownError(
            f"There is no visit with the id {text!r}.", "`faceaccess events list` shows the ids."
        )

    def picture(self, event_id: str) -> Image | None:
        """Return an event's small picture, or None."""
        return self._store.event_picture(event_id)

    def has_evidence(self, event_id: str) -> bool:
        """Return whether pictures were kept with an event, so that it can be corrected."""
        return self._store.event_evidence(event_id) is not None

    def export_csv(self, path: Path, which: EventFilter | None = None) -> Job[int]:
        """Write events, oldest first, as CSV in UTF-8 (with the mark that spreadsheets look for).

        The file appears complete or not at all. Texts that a spreadsheet would run as a formula
        get a leading apostrophe.

        Returns:
            how many events were written.

        Raises:
            KnownError: if the file cannot be written.
        """
        total = self._store.count_events(which)
        written = 0
        with _text_of(path) as out:
            writer = csv.writer(out)
            writer.writerow(COLUMNS)
            for event in self._store.all_events(which):
                writer.writerow(_row(event))
                written += 1
                if written % _EVERY == 0:
                    yield Progress("Writing events", written, max(total, written))
        return written


def _row(event: Event) -> list[object]:
    decision = event.decision
    return [
        event.id,
        _plain(event.station),
        event.sequence,
        event.time.isoformat(),
        _plain(event.camera),
        decision.outcome.value,
        decision.reason.value,
        _plain(decision.person or ""),
        decision.person_id or "",
        "" if decision.similarity is None else f"{decision.similarity:.4f}",
        "" if decision.threshold is None else f"{decision.threshold:.4f}",
        "" if decision.head is None else decision.head,
    ]


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


@contextmanager
def _text_of(path: Path) -> Iterator[TextIO]:
    """Open a whole file for text with the mark of UTF-8 that spreadsheets look for."""
    with whole_file(path) as raw:
        out = TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        yield out
        out.flush()
        out.detach()  # the file is closed by whole_file, after it is brought to the disk
