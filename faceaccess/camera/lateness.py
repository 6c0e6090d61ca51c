"""How late a live picture comes: buffers on the way hand out old pictures as if they were new."""

from dataclasses import dataclass
from typing import Protocol

LATE = 0.5
"""Seconds; a picture that is later than the promptest ones is not shown."""
LATE_FOR = 5.0
"""Seconds of nothing but late pictures, after which the stream is opened anew."""
SETTLED = 0.2
"""Seconds of pictures at their own pace, after which a stream that was just opened does not hand
out what its buffers held any more."""
CATCHING_UP = 2.0
"""Seconds of video a second, from which on it does. Cameras that tell a wrong rate stay below."""
DRIFT = 0.0005
"""Seconds a second by which a camera's clock may run slow without its pictures counting as late."""
LEAP = 2.0
"""Seconds by which the camera's time may run ahead at once; more is a clock that was set."""


@dataclass(frozen=True)
class Arrival:
    """What is known of a picture that has come.

    Attributes:
        late: seconds by which it is older than a prompt one would be; 0 where that is not known.
        usable: whether it may be shown: neither late nor from before the stream was opened.
    """

    late: float
    usable: bool


class StreamTiming(Protocol):
    """Tells fresh pictures of one opened stream from old ones."""

    def came(self, arrival: float, taken: float) -> Arrival:
        """Take notice of the next picture.

        Args:
            arrival: monotonic seconds.
            taken: seconds on the camera's clock.
        """
        ...

    def given_up(self, arrival: float) -> bool:
        """Whether there was no usable picture for so long that the stream is no use."""
        ...


class Lateness:
    """Compares when pictures come with when they were taken, for one opened stream.

    A stream tells when each picture was taken, on a clock of its own. Its origin is not known, so
    the promptest picture so far counts as prompt, and others are measured by it: a delay that is
    always there cannot be seen. At first a stream may hand out what its buffers held, faster than
    it was taken; until that ends, no picture is usable. A clock that is set, or goes backwards,
    changes nothing about how late pictures are taken to be.
    """

    def __init__(self) -> None:
        self._offset = 0.0  # arrival less taken, of a prompt picture
        self._last: tuple[float, float] | None = None
        self._pace_since: tuple[float, float] | None = None  # arrival and taken, while settling
        self._unusable_since: float | None = None

    def came(self, arrival: float, taken: float) -> Arrival:
        """As `StreamTiming.came`."""
        behind = arrival - taken
        if self._last is None:
            self._offset, self._unusable_since = behind, arrival
            self._last = self._pace_since = (arrival, taken)
            return Arrival(0.0, usable=False)
        waited, passed = arrival - self._last[0], taken - self._last[1]
        before = max(0.0, self._last[0] - self._last[1] - self._offset)
        if passed <= 0 or passed > waited + before + LEAP:
            # Its clock was set, or it tells none: what was known of the delay still holds.
            self._offset = behind - before
        self._offset = min(self._offset + DRIFT * max(0.0, waited), behind)
        self._last = (arrival, taken)
        late = behind - self._offset
        usable = self._is_settled(arrival, taken) and late <= LATE
        self._unusable_since = _since(self._unusable_since, arrival, usable=usable)
        return Arrival(late, usable)

    def given_up(self, arrival: float) -> bool:
        """As `StreamTiming.given_up`."""
        return self._unusable_since is not None and arrival - self._unusable_since > LATE_FOR

    def _is_settled(self, arrival: float, taken: float) -> bool:
        if self._pace_since is None:
            return True
        waited, passed = arrival - self._pace_since[0], taken - self._pace_since[1]
        if passed >= CATCHING_UP * waited:
            self._pace_since = (arrival, taken)
        elif waited >= SETTLED:
            self._pace_since = None
            return True
        return False


class Waiting:
    """For streams that do not tell when a picture was taken: motion JPEG over HTTP.

    A picture that did not have to be waited for comes out of a buffer. After the stream was opened,
    and after a silence, such pictures are left out until one was waited for.
    """

    SILENCE = 2.0  # seconds
    BUFFERED = 0.004  # seconds; a picture that comes sooner after the one before was there already

    def __init__(self) -> None:
        self._last: float | None = None
        self._unusable_since: float | None = None
        self._draining = True

    def came(self, arrival: float, taken: float) -> Arrival:  # noqa: ARG002  # it tells nothing
        """As `StreamTiming.came`."""
        if self._last is None:
            self._unusable_since = self._last = arrival
            return Arrival(0.0, usable=False)
        waited, self._last = arrival - self._last, arrival
        if waited > self.SILENCE:
            self._draining = True  # this one was on its way while nothing came
        elif waited > self.BUFFERED:
            self._draining = False
        usable = not self._draining
        self._unusable_since = _since(self._unusable_since, arrival, usable=usable)
        return Arrival(0.0, usable)

    def given_up(self, arrival: float) -> bool:
        """As `StreamTiming.given_up`."""
        return self._unusable_since is not None and arrival - self._unusable_since > LATE_FOR


def _since(before: float | None, arrival: float, *, usable: bool) -> float | None:
    """Return since when no picture was usable, or None."""
    if usable:
        return None
    return arrival if before is None else before
