"""Writes one event a visit. A visit whose granting cannot be written is not granted."""

from collections.abc import Callable

import numpy as np

from faceaccess.core.corrections import Evidence
from faceaccess.core.decisions import Decision, Event
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Box, Frame, Image
from faceaccess.door.visits import Visit
from faceaccess.pipeline.event_journal import EventJournal, Written
from faceaccess.pipeline.journal_records import EventRecord

PICTURE_SIDE = 160
"""Longest side of an event's picture, pixels."""


class VisitRecorder:
    """Keeps the record of one camera's visits.

    Args:
        journal: where events are written down.
        enabled: whether anything is written at all.
        told: is called with each event when it is sure to be in the record, or None.
    """

    def __init__(
        self,
        journal: EventJournal,
        *,
        enabled: bool,
        told: Callable[[Event], None] | None = None,
    ) -> None:
        self._journal = journal
        self._enabled = enabled
        self._told = told
        self._denied: list[Event] = []

    @property
    def trouble(self) -> KnownError | None:
        """Why the store refused the last time, or None."""
        return self._journal.trouble

    def granted(
        self,
        visit: Visit,
        decision: Decision,
        frame: Frame,
        station: str,
        holds: Callable[[], bool],
        evidence: Evidence | None = None,
    ) -> Written:
        """Write a granted visit at once.

        Args:
            visit: gives the event's id and picture.
            decision: what is written.
            frame: gives time and camera.
            station: who numbers the event.
            holds: whether the decision still does; asked when the store lets nobody else write,
                for which it may have been waited for seconds.
            evidence: what the decision stands on.
        """
        if not self._enabled:
            return "written"
        event = _event(visit, decision, frame, station, evidence)
        records = [EventRecord(one) for one in (*self._denied, event)]
        written = self._journal.write_now(*records, holds=holds)
        if written == "written":
            self._tell([*self._denied, event])
            self._denied.clear()
        return written

    def denied(
        self,
        visit: Visit,
        decision: Decision,
        frame: Frame,
        station: str,
        evidence: Evidence | None = None,
    ) -> None:
        """Take a denied visit, to be written down by the next `flush`."""
        if self._enabled:
            self._denied.append(_event(visit, decision, frame, station, evidence))

    def flush(self, *, last: bool = False) -> None:
        """Write the denied visits down, and what waits in the journal; with `last` at once."""
        denied, self._denied = self._denied, []
        for event in denied:
            if self._journal.write(EventRecord(event)) != "lost":
                self._tell([event])
        self._journal.flush(last=last)

    def _tell(self, events: list[Event]) -> None:
        if self._told is not None:
            for event in events:
                self._told(event)


def face_picture(image: Image, box: Box) -> Image | None:
    """Return the face's region with some room, longest side at most `PICTURE_SIDE`, as a copy.

    None where the box lies outside the picture.
    """
    import cv2

    x, y, width, height = box
    room = 0.2 * max(width, height)
    left, top = max(0, int(x - room)), max(0, int(y - room))
    region = image[top : max(0, int(y + height + room)), left : max(0, int(x + width + room))]
    if region.size == 0:
        return None
    scale = min(1.0, PICTURE_SIDE / max(region.shape[:2]))
    size = (max(1, round(region.shape[1] * scale)), max(1, round(region.shape[0] * scale)))
    small: Image = np.array(cv2.resize(region, size, interpolation=cv2.INTER_AREA), np.uint8)
    return small


def _event(
    visit: Visit, decision: Decision, frame: Frame, station: str, evidence: Evidence | None
) -> Event:
    # The visit's own id: the store writes an event once, so a visit can never have two.
    return Event(
        id=visit.id,
        station=station,
        sequence=0,
        time=frame.time,
        camera=frame.camera,
        decision=decision,
        picture=visit.picture,
        evidence=evidence,
    )
