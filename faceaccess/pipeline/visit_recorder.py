"""Writes one event a visit. A visit whose granting cannot be written is not granted."""

import logging
from collections import deque
from collections.abc import Callable
from typing import Literal

import numpy as np

from faceaccess.core.clock import Clock
from faceaccess.core.corrections import Evidence
from faceaccess.core.decisions import Decision, Event
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Box, Frame, Image
from faceaccess.door.visits import Visit
from faceaccess.store.protocol import Store

_log = logging.getLogger(__name__)

Written = Literal["written", "refused", "outdated"]
"""What became of an event: written (or nothing is to be), refused by the store, or not written
because what it rests on no longer holds."""

PICTURE_SIDE = 160
"""Longest side of an event's picture, pixels."""
RETRY = 1.0
"""Seconds before a store that failed is written to again."""
WAITING = 500
"""Denied visits that wait for a store that fails; then the oldest are lost, and that is logged."""


class VisitRecorder:
    """Keeps the journal of one camera.

    Args:
        store: where events are kept.
        clock: tells when to try a failed store again.
        enabled: whether anything is written at all.
        told: is called with each event when it is in the store, or None.

    Attributes:
        trouble: why the last attempt to write failed, or None.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        enabled: bool,
        told: Callable[[Event], None] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._enabled = enabled
        self._told = told
        self._waiting: deque[Event] = deque()
        self._next_try = 0.0
        self.trouble: KnownError | None = None

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
        return self._write([*self._waiting, event], holds)

    def denied(
        self,
        visit: Visit,
        decision: Decision,
        frame: Frame,
        station: str,
        evidence: Evidence | None = None,
    ) -> None:
        """Take a denied visit, to be written by the next `flush` that the store allows."""
        if not self._enabled:
            return
        self._waiting.append(_event(visit, decision, frame, station, evidence))
        while len(self._waiting) > WAITING:
            self._waiting.popleft()
            _log.error("a denied visit is lost: the store has refused %d visits", WAITING)

    def flush(self, *, last: bool = False) -> None:
        """Try to write what waits; with `last` at once, and what is lost is logged."""
        if last:
            self._next_try = self._clock.monotonic()
        if self._waiting and self._write(list(self._waiting)) != "written" and last:
            _log.error("%d denied visits are lost: %s", len(self._waiting), self.trouble)
            self._waiting.clear()

    def _write(self, events: list[Event], holds: Callable[[], bool] | None = None) -> Written:
        now = self._clock.monotonic()
        if self.trouble is not None and now < self._next_try:
            return "refused"
        try:
            with self._store.transaction() as transaction:
                if holds is not None and not holds():
                    return "outdated"
                for event in events:
                    transaction.add_event(event)
        except KnownError as error:
            if self.trouble is None:
                _log.error(
                    "visits cannot be written, nobody is let in: %s", error
                )  # a known error needs no traceback
            self.trouble = error
            self._next_try = now + RETRY
            return "refused"
        if self.trouble is not None:
            _log.info("visits can be written again")
            self.trouble = None
        self._waiting.clear()
        if self._told is not None:
            for event in events:
                self._told(event)
        return "written"


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
