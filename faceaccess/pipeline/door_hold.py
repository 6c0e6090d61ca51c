"""A door that is held open until a time: by short pulses, so that it shuts when anything ends."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockReport
from faceaccess.pipeline.door_lock import DoorLock

_log = logging.getLogger(__name__)

LONGEST = timedelta(hours=12)
"""For how long a door can be held open or muted by one command."""
RENEW_AFTER = 4.0
"""Seconds between two pulses of a door that is held open."""
LOOK = 0.5
"""Seconds between two looks at what time changes."""


class DoorHold:
    """Holds one door open. Safe from any thread.

    It ends by time, by `end`, by a lock-down, and with the process. The time is watched by the wall
    clock and by a count of seconds, so that a clock that is set back does not lengthen it.

    Args:
        lock: what is held open.
        clock: for times and durations.
        ended: is called, from any thread, when the hold ended by itself; must not raise.
    """

    def __init__(self, lock: DoorLock, clock: Clock, ended: Callable[[], None]) -> None:
        self._lock = lock
        self._clock = clock
        self._ended = ended
        self._hand = threading.Lock()
        self._until: datetime | None = None
        self._last_moment = 0.0
        self._next_pulse = 0.0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def until(self) -> datetime | None:
        """Until when the door is held open, aware, or None."""
        return self._until if self._lock.held else None

    def start(self) -> None:
        """Begin to renew and to end holds, on a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="hold open", daemon=True)
        self._thread.start()

    def close(self) -> bool:
        """End the thread, and any hold; return whether there was one. May be called twice."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(10.0)
        return self.end()

    def begin(self, until: datetime) -> LockReport:
        """Hold the door open; in place of a hold that lasts, longer or shorter.

        Args:
            until: aware, checked by `checked_end`.

        Raises:
            LockedDownError: while the door is locked down.
            LockError: if the lock did not acknowledge; a hold before goes on.
        """
        with self._hand:
            report = self._lock.hold()
            now = self._clock.monotonic()
            self._last_moment = now + (until - self._clock.now()).total_seconds()
            self._next_pulse = now + RENEW_AFTER
            self._until = until
            return report

    def end(self) -> bool:
        """Shut the door if it is held open; return whether it was.

        A lock that does not answer shuts after `HOLD_PULSE`; that is logged.
        """
        with self._hand:
            return self._end()

    def look(self) -> None:
        """Do what is due now: renew the pulse, or end what is over."""
        with self._hand:
            if self._until is None:
                return
            over = self._is_over() or not self._lock.held
            if not over and self._clock.monotonic() >= self._next_pulse:
                self._renew()
            if over:
                over = self._end()
        if over:
            self._ended()

    def _is_over(self) -> bool:
        assert self._until is not None
        return self._clock.monotonic() >= self._last_moment or self._clock.now() >= self._until

    def _renew(self) -> None:
        self._next_pulse = self._clock.monotonic() + RENEW_AFTER
        try:
            self._lock.renew_hold()
        except LockError as error:
            _log.warning("the door is to be held open, but the lock does not answer: %s", error)
            self._next_pulse = self._clock.monotonic() + LOOK

    def _end(self) -> bool:
        lasted, self._until = self._until is not None and self._lock.held, None
        try:
            self._lock.end_hold()
        except LockError as error:
            _log.warning("the hold is over, but the lock does not answer: %s", error)
        return lasted

    def _run(self) -> None:
        while not self._stopping.wait(LOOK):
            try:
                self.look()
            except Exception:  # noqa: BLE001  # without a pulse the door shuts; the next look may go
                _log.exception("a fault in holding the door open")


def checked_end(until: datetime, now: datetime) -> datetime:
    """Return until when a door may be held open or muted.

    Args:
        until: what was asked for, aware.
        now: aware.

    Raises:
        KnownError: if it is over already, or later than `LONGEST`.
    """
    shown = until.astimezone().strftime("%Y-%m-%d %H:%M")
    if until <= now:
        raise KnownError(f"{shown} is over already.", "Give a time that is still to come.")
    if until - now > LONGEST:
        hours = LONGEST.total_seconds() / 3600
        raise KnownError(
            f"{shown} is too late: a door can be held open or muted for {hours:g} hours at most.",
            "Give an earlier time, and ask again when it is over.",
        )
    return until
