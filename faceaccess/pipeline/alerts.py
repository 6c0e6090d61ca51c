"""Telling somebody who is not at the door: by threads of their own, tried again until it is taken.

What is told is on disk before it is sent, and goes from there only when the other side has taken
it. So an alert may be sent twice, with the same id, and is lost only when too many wait.
"""

import hashlib
import json
import logging
import threading
import uuid
from collections import deque
from collections.abc import Sequence
from datetime import datetime

from faceaccess.core.alarms import Alarm, AlarmKind
from faceaccess.core.alerts import Alert, NoticeKind
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.door.alerts.open import AlertTarget
from faceaccess.pipeline.alert_queue import AlertQueue

_log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between two tries: doubled after each that fails."""
IN_A_ROW = 5
"""Refusals without anybody let in between, after which somebody is told; again after as many."""


MOST_OF_A_KIND, WITHIN = 20, 600.0
"""Alerts of one kind within so many seconds; what is more is recorded and not told."""


class Alerts:
    """All who are told about one door. Close it, or use it as a context.

    Args:
        home: where alerts wait, in the folder of stations.
        door: the door's name.
        targets: who is told; their ways are closed by this object.
        clock: gives times.
    """

    def __init__(
        self, home: DataHome, door: str, targets: Sequence[AlertTarget], clock: Clock
    ) -> None:
        self._door = door
        self._clock = clock
        self._senders = [_Sender(home, door, target) for target in targets]
        self._coming: deque[Alert] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._refused = 0
        self._lately: dict[str, deque[float]] = {}
        self._begun: set[str] = set()  # ids of alarms whose beginning was told

    def start(self) -> None:
        """Begin to tell; what a process before has left goes first."""
        if not self._senders:
            return
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self._thread.start()
        for sender in self._senders:
            sender.start()

    def close(self) -> None:
        """Put everything on disk and stop; what was not taken is told after the next start."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(10.0)
        for sender in self._senders:
            sender.close()

    @property
    def status(self) -> list[dict[str, object]]:
        """How it stands with each, as JSON values."""
        return [sender.status for sender in self._senders]

    # What is told. Never waits and never raises.

    def alarm(self, alarm: Alarm) -> None:
        """Tell of an alarm that began or ended; not of one that began muted."""
        if alarm.muted_by and alarm.id not in self._begun:
            return
        if alarm.ended is None:
            self._begun.add(alarm.id)
        else:
            self._begun.discard(alarm.id)
        state = "began"
        if alarm.ended is not None:
            state = "happened" if alarm.kind is AlarmKind.TAILGATING else "ended"
        text = f"{alarm.kind.sentence}." if state != "ended" else f"Over: {alarm.kind.sentence}."
        if alarm.detail and state != "ended":
            text = f"{text} {alarm.detail}"
        self._tell(alarm.kind.value, state, text, alarm.ended or alarm.began, alarm=alarm.id)

    def answered(self, *, granted: bool, who: str, time: datetime) -> None:
        """Count an answer of the door; so many refusals in a row are told.

        Args:
            granted: whether somebody was let in.
            who: the person who was recognised, or "".
            time: of the answer, aware.
        """
        if granted:
            self._refused = 0
            return
        self._refused += 1
        if self._refused % IN_A_ROW == 0:
            text = f"{self._refused} visits were refused in a row."
            self._tell(NoticeKind.DENIED_IN_A_ROW.value, "happened", text, time, people=who)

    def locked_down(self, *, on: bool, by: str) -> None:
        """Tell that somebody locked the door down, or ended that."""
        kind = NoticeKind.LOCK_DOWN if on else NoticeKind.END_LOCK_DOWN
        text = "The door is locked down." if on else "The lock-down is over."
        self._tell(kind.value, "happened", text, self._clock.now(), people=by)

    def muted(self, *, until: datetime, by: str) -> None:
        """Tell that somebody muted the door: told always, since a mute hides what follows."""
        text = f"The door is muted until {until.astimezone():%Y-%m-%d %H:%M}."
        self._tell(NoticeKind.MUTE.value, "happened", text, self._clock.now(), people=by)

    def _tell(
        self, kind: str, state: str, text: str, time: datetime, *, alarm: str = "", people: str = ""
    ) -> None:
        if self._senders and (more := self._more_of(kind)):
            if more == MOST_OF_A_KIND:
                text += " More of this kind are not told for some minutes: look at the record."
            self._coming.append(
                Alert(str(uuid.uuid4()), time, self._door, kind, state, text, alarm, people)
            )
            self._wake.set()

    def _more_of(self, kind: str) -> int:
        """Count an alert of a kind; returns how many there were lately, 0 if it is too many."""
        now = self._clock.monotonic()
        lately = self._lately.setdefault(kind, deque())
        while lately and now - lately[0] > WITHIN:
            lately.popleft()
        if len(lately) >= MOST_OF_A_KIND:
            return 0
        lately.append(now)
        return len(lately)

    def _run(self) -> None:
        """Put what is told on disk: a disk that is slow holds up nobody but this thread."""
        while True:
            self._wake.wait()
            self._wake.clear()
            stopping = self._stopping
            while self._coming:
                alert = self._coming.popleft()
                for sender in self._senders:
                    sender.take(alert)
            if stopping:
                return


class _Sender:
    """One who is told, in order, one alert at a time."""

    def __init__(self, home: DataHome, door: str, target: AlertTarget) -> None:
        self._target = target
        key = hashlib.sha256(f"{door}\n{target.address}".encode()).hexdigest()[:16]
        self._queue = AlertQueue(home.stations / f"alerts-{key}")
        self._hand = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._trouble = ""

    @property
    def status(self) -> dict[str, object]:
        trouble = " ".join(filter(None, (self._trouble, self._queue.trouble)))
        return {
            "address": self._target.address,
            "waiting": len(self._queue),
            "trouble": trouble or None,
        }

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="alert", daemon=True)
        self._thread.start()

    def take(self, alert: Alert) -> None:
        """Put an alert on disk, if it is one that is asked for."""
        if alert.kind not in self._target.kinds:
            return
        with self._hand:
            self._queue.put(_body(alert, names=self._target.names))
        self._wake.set()

    def close(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(10.0)
        self._target.way.close()

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            with self._hand:
                body = self._queue.first()
            if body is None:
                self._wake.wait()
                self._wake.clear()
            elif self._delivered(body):
                pause = FIRST_PAUSE
                with self._hand:
                    if self._queue.first() is body:  # else it was one too many meanwhile
                        self._queue.done()
            else:
                self._stopping.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _delivered(self, body: bytes) -> bool:
        try:
            self._target.way.deliver(body)
        except KnownError as error:
            trouble = str(error)
        except Exception as error:  # noqa: BLE001  # whatever it is, the door goes on
            _log.exception("a fault in telling %s", self._target.address)
            trouble = f"Alerts to {self._target.address} failed ({type(error).__name__})."
        else:
            trouble = ""
        if trouble and trouble != self._trouble:
            _log.warning("%s", trouble)
        self._trouble = trouble
        return not trouble


def _body(alert: Alert, *, names: bool) -> bytes:
    fields: dict[str, object] = {
        "id": alert.id,
        "time": alert.time.isoformat(timespec="milliseconds"),
        "door": alert.door,
        "kind": alert.kind,
        "state": alert.state,
        "text": alert.text,
    }
    if alert.alarm:
        fields["alarm"] = alert.alarm
    if names and alert.people:
        fields["people"] = alert.people
    return json.dumps(fields, ensure_ascii=False).encode()
