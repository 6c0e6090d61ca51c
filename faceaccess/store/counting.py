"""How many events a filter has, without counting a million again for each new one.

Events are only ever appended and writers come one after the other, so rows above the newest that
was counted are all that can be new.
"""

import threading
from collections import OrderedDict

from faceaccess.store import events
from faceaccess.store.protocol import EventFilter
from faceaccess.store.session import Session

KEPT_FILTERS = 64


class EventCounts:
    """Remembers counts by filter; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[EventFilter, tuple[int, int]] = OrderedDict()

    def count(self, session: Session, which: EventFilter) -> int:
        """Return how many events there are in the committed state that the session shows."""
        with self._lock:
            row, number = self._counts.get(which, (0, 0))
        newest = events.last_row(session)
        if newest < row:  # the session looks at an older state than another thread did
            return events.count(session, which, 0)
        if newest > row:
            number += events.count(session, which, row)
            with self._lock:
                self._counts[which] = (newest, number)
                self._counts.move_to_end(which)
                while len(self._counts) > KEPT_FILTERS:
                    self._counts.popitem(last=False)
        return number
