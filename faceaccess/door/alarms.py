"""When a door calls for help: from its contact, its request to exit, and what was opened by us.

No thread, no clock, no store: moments are handed in, and what began or ended is handed back.
Unknown is never closed: a contact that is lost ends no alarm, and an exit that is lost asks for
nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from faceaccess.core.alarms import AlarmKind

AFTER_PULSE = 2.0
"""Seconds after a pulse in which a door that opens was opened by us: somebody pulls it late."""
AFTER_EXIT = 5.0
"""Seconds after a request to exit in which somebody who asked may open the door."""
LONGEST_EXIT = 60.0
"""Seconds after which an exit that is asked for without end counts no more: it is stuck."""
TOGETHER = 0.5
"""Seconds by which the request may be noticed after the door: the bar of a door does both."""
HELD_AFTER = 30.0
"""Seconds that a door may stand open after the pulse, unless said otherwise."""

_OF_THE_CONTACT = (AlarmKind.FORCED_OPEN, AlarmKind.HELD_OPEN)


@dataclass(frozen=True)
class AlarmChange:
    """An alarm that began or ended.

    Attributes:
        kind: which.
        lasting: whether it began; else it ended.
        moment: when, monotonic seconds; may be a little earlier than it was noticed.
        detail: a sentence that tells more; "" for none.
    """

    kind: AlarmKind
    lasting: bool
    moment: float
    detail: str = ""


class DoorAlarms:
    """The alarms of one door.

    Args:
        held_after: seconds that the door may stand open after pulse or request to exit.
        lasting: alarms of a process before, which have not ended yet.
    """

    def __init__(self, held_after: float = HELD_AFTER, lasting: Iterable[AlarmKind] = ()) -> None:
        self._held_after = held_after
        self._lasting = dict.fromkeys(lasting, "")
        self._closed: bool | None = None  # what the contact said last, lost or not
        self._lost_since: float | None = None
        self._opened_at: float | None = None
        self._forced: tuple[float, float] | None = None  # unexcused: since when it counts as open
        self._pulse = (float("-inf"), float("-inf"))  # command, end
        self._asked: float | None = None  # the request to exit that lasts
        self._exit = (float("-inf"), float("-inf"))  # the last one: from, to

    @property
    def lasting(self) -> tuple[AlarmKind, ...]:
        """The alarms that last, the oldest first."""
        return tuple(self._lasting)

    @property
    def door_open(self) -> bool | None:
        """Whether the door stands open; None where nothing says."""
        if self._closed is None or self._lost_since is not None:
            return None
        return not self._closed

    def opening(self, moment: float, seconds: float) -> None:
        """Take notice that the lock is commanded to open for so many seconds.

        To be told before the command: the door may open before the lock has acknowledged.
        """
        began, end = self._pulse
        self._pulse = (began if moment <= end else moment, max(end, moment + seconds))

    def exit_asked(self, asked: bool | None, moment: float) -> list[AlarmChange]:  # noqa: FBT001  # a state
        """Take what the request to exit says; None where it is lost."""
        changes = self.at(moment)  # by what was asked for until now
        if asked and self._asked is None:
            self._asked = moment
        elif not asked and self._asked is not None:
            self._exit = (self._asked, min(moment, self._asked + LONGEST_EXIT))
            self._asked = None
        return changes

    def contact(self, closed: bool | None, moment: float) -> list[AlarmChange]:  # noqa: FBT001  # a state
        """Take what the door's contact says; None where it is lost."""
        if closed is None:
            if self._lost_since is None:
                self._lost_since = moment
            return self.at(moment)
        if closed:
            changes = self._shut(moment)
        else:
            self._opened(moment)
            changes = self.at(moment)
        self._closed, self._lost_since = closed, None
        return changes

    def condition(self, kind: AlarmKind, detail: str, moment: float) -> list[AlarmChange]:
        """Take what something else says that is wrong; "" ends it."""
        if bool(detail) == (kind in self._lasting):
            return []
        return [self._began(kind, moment, detail)] if detail else self._ended((kind,), moment)

    def forget(self, kind: AlarmKind) -> None:
        """Let an alarm of a process before be over without a word."""
        self._lasting.pop(kind, None)

    def at(self, moment: float) -> list[AlarmChange]:
        """Return what began or ended because time passes; to be asked several times a second."""
        changes: list[AlarmChange] = []
        if self._forced is not None and moment > self._forced[1] + TOGETHER:
            changes += self._judged()
        if self._opened_at is None or moment < self._held_from() + self._held_after:
            return changes
        if not any(kind in self._lasting for kind in _OF_THE_CONTACT) and self._forced is None:
            detail = f"It has stood open for {moment - self._opened_at:.0f} s."
            changes.append(self._began(AlarmKind.HELD_OPEN, moment, detail))
        return changes

    def _opened(self, moment: float) -> None:
        if self._opened_at is not None:
            return
        self._opened_at = moment
        if not self._closed:  # it stood open when the door began to look
            return
        since = moment if self._lost_since is None else self._lost_since
        began, end = self._pulse
        if not (began <= moment and end + AFTER_PULSE >= since):
            self._forced = (since, moment)

    def _shut(self, moment: float) -> list[AlarmChange]:
        changes = [] if self._forced is None else self._judged()
        self._opened_at = None
        return changes + self._ended(_OF_THE_CONTACT, moment)

    def _judged(self) -> list[AlarmChange]:
        """Say whether the opening that was not ours was asked for from inside."""
        assert self._forced is not None
        (since, moment), self._forced = self._forced, None
        began, end = self._exit
        if self._asked is not None:
            began, end = self._asked, self._asked + LONGEST_EXIT
        if began <= moment + TOGETHER and end + AFTER_EXIT >= since:
            return []
        if AlarmKind.FORCED_OPEN in self._lasting:
            return []
        return [self._began(AlarmKind.FORCED_OPEN, moment, "")]

    def _held_from(self) -> float:
        assert self._opened_at is not None
        ends = [self._opened_at, self._pulse[1], self._exit[1]]
        if self._asked is not None:
            ends.append(self._asked + LONGEST_EXIT)
        return max(ends)

    def _began(self, kind: AlarmKind, moment: float, detail: str) -> AlarmChange:
        self._lasting[kind] = detail
        return AlarmChange(kind, lasting=True, moment=moment, detail=detail)

    def _ended(self, kinds: Iterable[AlarmKind], moment: float) -> list[AlarmChange]:
        ended = [kind for kind in kinds if kind in self._lasting]
        for kind in ended:
            del self._lasting[kind]
        return [AlarmChange(kind, lasting=False, moment=moment) for kind in ended]
