"""The alarms of a running door: on a thread of their own, so that nothing holds the door up.

Inputs, lock and camera say what is wrong; what begins or ends is written down and told.
"""

import logging
import threading
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from faceaccess.core.alarms import Alarm, AlarmKind
from faceaccess.core.clock import Clock
from faceaccess.door.alarms import HELD_AFTER, AlarmChange, DoorAlarms
from faceaccess.door.inputs.door_input import DoorInput, InputChange
from faceaccess.store.protocol import Store

_log = logging.getLogger(__name__)

TICK = 0.1
"""Seconds between two looks at what time alone changes."""
AFTER_FAULT = 2.0
"""Seconds after a fault of its own before it looks again."""
_OF_THE_CONTACT = (AlarmKind.FORCED_OPEN, AlarmKind.HELD_OPEN)


class AlarmWatch:
    """What watches over one door. Its methods may be called from any thread and never wait long.

    Args:
        station: the door's name.
        store: knows the alarms of a process before, which go on.
        clock: for moments and times.
        contact: says whether the door is shut (the circuit is closed), or None.
        exit_: says whether somebody asks to leave (the circuit is closed), or None.
        held_after: seconds that the door may stand open after a pulse.
        tell: gets every alarm that begins or ends, muted ones too, in the watch's thread; must
            not raise.

    Raises:
        KnownError: if the store cannot be read.
    """

    def __init__(
        self,
        station: str,
        store: Store,
        clock: Clock,
        *,
        contact: DoorInput | None = None,
        exit_: DoorInput | None = None,
        held_after: float = HELD_AFTER,
        tell: Callable[[Alarm], None] | None = None,
    ) -> None:
        self._station = station
        self._store = store
        self._clock = clock
        self._contact = contact
        self._exit = exit_
        self._tell = tell
        self._hand = threading.RLock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._write: Callable[[Alarm], object] | None = None
        self._unwritten: deque[Alarm] = deque()
        self._untold: deque[Alarm] = deque()
        self._muted: tuple[str, datetime | None] | None = None
        before = store.alarms(station, lasting=True)[::-1]
        self._lasting = {alarm.kind: alarm for alarm in before}
        self._alarms = DoorAlarms(held_after, self._lasting)
        self._end_what_nothing_watches()

    @property
    def lasting(self) -> tuple[Alarm, ...]:
        """The alarms that last, the oldest first."""
        with self._hand:
            return tuple(self._lasting.values())

    @property
    def contact_state(self) -> str | None:
        """What the contact says: "closed", "open" or "unknown"; None without one."""
        if self._contact is None:
            return None
        return {True: "closed", False: "open", None: "unknown"}[self._contact.state]

    @property
    def door_open(self) -> bool | None:
        """Whether the door stands open; None where nothing says."""
        return self._alarms.door_open

    @property
    def input_trouble(self) -> str:
        """Why something is not known of an input; "" for nothing."""
        return " ".join(filter(None, (one.trouble for one in self._inputs())))

    def write_by(self, write: Callable[[Alarm], object]) -> None:
        """Write records down so from now on, in order, those that wait first; before `start`.

        Args:
            write: appends an alarm or brings it up to date; must not raise, may wait for the store.
        """
        self._write = write

    def start(self) -> None:
        """Begin to watch."""
        for one in self._inputs():
            one.start(self._wake.set)
        self._thread = threading.Thread(target=self._run, name="alarms", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Give the inputs back, write what waits, and end; may be called twice."""
        self._stopping.set()
        self._wake.set()
        for one in self._inputs():
            one.close()
        if self._thread is not None:
            self._thread.join(10.0)
        self.look()

    # What others say

    def opening(self, seconds: float) -> None:
        """Take notice that the lock is commanded now; see `DoorAlarms.opening`."""
        with self._hand:
            self._alarms.opening(self._clock.monotonic(), seconds)

    def condition(self, kind: AlarmKind, trouble: str) -> None:
        """Take what is wrong with something, in a sentence without names; "" where nothing is."""
        with self._hand:
            self._take(self._alarms.condition(kind, trouble, self._clock.monotonic()))
        self._wake.set()

    def happened(self, kind: AlarmKind, detail: str) -> None:
        """Record an alarm that is over as it is noticed."""
        now = self._clock.now()
        with self._hand:
            self._note(self._new(kind, now, detail, ended=now))
        self._wake.set()

    def mute(self, by: str, until: datetime | None) -> None:
        """Let alarms be recorded as muted: what lasts now and what comes until then.

        Args:
            by: who muted the door, as "name (way)".
            until: aware; None for until `unmute`.
        """
        with self._hand:
            self._muted = by, until
            for alarm in self._lasting.values():
                if not alarm.muted_by:
                    self._note(replace(alarm, muted_by=by))
        self._wake.set()

    @property
    def muted(self) -> bool:
        """Whether alarms that begin now are muted."""
        with self._hand:
            return bool(self._muted_by(self._clock.now()))

    def unmute(self) -> None:
        """End it: alarms that begin from now on are not muted."""
        with self._hand:
            self._muted = None

    # The thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(TICK)
            self._wake.clear()
            try:
                self.look()
            except Exception:  # noqa: BLE001  # the door goes on, and so does the watch
                _log.exception("a fault in the alarms of the door %s", self._station)
                self._stopping.wait(AFTER_FAULT)

    def look(self) -> None:
        """Take what the inputs have said, and what time has changed; write it down."""
        with self._hand:
            said = [(change.moment, True, change.closed) for change in _taken(self._contact)]
            said += [(change.moment, False, change.closed) for change in _taken(self._exit)]
            for moment, of_contact, closed in sorted(said, key=lambda one: one[0]):
                take = self._alarms.contact if of_contact else self._alarms.exit_asked
                self._take(take(closed, moment))
            now = self._clock.monotonic()
            self._take(self._alarms.at(now))
            if self._inputs():
                self._take(self._alarms.condition(AlarmKind.INPUT_LOST, self.input_trouble, now))
        while self._write is not None and self._unwritten:
            self._write(self._unwritten.popleft())
        while self._tell is not None and self._untold:
            self._tell(self._untold.popleft())

    def _inputs(self) -> list[DoorInput]:
        return [one for one in (self._contact, self._exit) if one is not None]

    def _end_what_nothing_watches(self) -> None:
        """End alarms of a process before whose input was taken away since."""
        now = self._clock.now()
        gone: list[AlarmKind] = [] if self._contact is not None else [*_OF_THE_CONTACT]
        if not self._inputs():
            gone.append(AlarmKind.INPUT_LOST)
        for kind in gone:
            if kind in self._lasting:
                self._note(replace(self._lasting[kind], ended=now))
                self._alarms.forget(kind)

    def _take(self, changes: Sequence[AlarmChange]) -> None:
        for change in changes:
            passed = timedelta(seconds=max(0.0, self._clock.monotonic() - change.moment))
            time = self._clock.now() - passed
            if change.lasting:
                self._note(self._new(change.kind, time, change.detail))
            elif change.kind in self._lasting:
                alarm = self._lasting[change.kind]
                self._note(replace(alarm, ended=max(time, alarm.began)))

    def _new(
        self, kind: AlarmKind, time: datetime, detail: str, ended: datetime | None = None
    ) -> Alarm:
        by = self._muted_by(time)
        return Alarm(str(uuid.uuid4()), self._station, kind, time, ended, detail, by)

    def _muted_by(self, time: datetime) -> str:
        by, until = self._muted or ("", None)
        return by if until is None or time < until else ""

    def _note(self, alarm: Alarm) -> None:
        """Keep a record as it is now: for the store, and for whoever is told."""
        known = self._lasting.get(alarm.kind)
        if alarm.ended is None:
            self._lasting[alarm.kind] = alarm
        elif known is not None and known.id == alarm.id:
            del self._lasting[alarm.kind]
        self._unwritten.append(alarm)
        if known is None or known.id != alarm.id or alarm.ended is not None:  # not one muted later
            self._untold.append(alarm)


def _taken(one: DoorInput | None) -> list[InputChange]:
    return [] if one is None else one.taken()
