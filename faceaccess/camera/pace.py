"""Waiting for the next frame's moment, so that it can be broken off."""

import threading
from datetime import datetime, timedelta

from faceaccess.core.clock import Clock

_SLICE = 0.05  # seconds; how soon a clock that was moved by hand is noticed


def wait_until(clock: Clock, moment: float, broken_off: threading.Event) -> bool:
    """Wait until the clock's monotonic time reaches `moment`; return False if broken off."""
    while not broken_off.is_set():
        left = moment - clock.monotonic()
        if left <= 0:
            return True
        broken_off.wait(min(left, _SLICE))
    return False


class Pace:
    """Keeps a recording or a drawing at its own speed, and stamps its frames with the time.

    Args:
        clock: whose time the speed is kept by.
        as_fast_as_it_goes: never wait; moments are positions in the recording.
    """

    def __init__(self, clock: Clock, *, as_fast_as_it_goes: bool) -> None:
        self._clock = clock
        self._fast = as_fast_as_it_goes
        self._origin: float | None = None
        self._opened = clock.now()
        self._broken_off = threading.Event()

    def restart(self) -> None:
        """Let the recording's second 0 be now, and waiting be possible again."""
        self._origin = None
        self._opened = self._clock.now()
        self._broken_off.clear()

    def break_off(self) -> None:
        """Wake who waits; later waits return at once. May be called from any thread."""
        self._broken_off.set()

    def wait_for(self, position: float) -> bool:
        """Wait until the recording's `position` (seconds) has come.

        A reader that fell more than half a second behind goes on from there instead of hurrying.

        Returns:
            False if the wait was broken off.
        """
        if self._fast:
            return not self._broken_off.is_set()
        now = self._clock.monotonic()
        if self._origin is None or now - (self._origin + position) > 0.5:
            self._origin = now - position
        return wait_until(self._clock, self._origin + position, self._broken_off)

    def stamp(self, position: float) -> tuple[float, datetime]:
        """Return a frame's moment and time: the clock's, or the recording's if it never waits."""
        if self._fast:
            return position, self._opened + timedelta(seconds=position)
        return self._clock.monotonic(), self._clock.now()
