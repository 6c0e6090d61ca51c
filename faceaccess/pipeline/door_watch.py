"""What a running door notices besides faces, and whom it tells: alarms, tailgating, alerts.

Nothing here opens, blocks or holds up: the door hands over what it knows and goes on.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from faceaccess.core.actors import Actor
from faceaccess.core.alarms import Alarm, AlarmKind
from faceaccess.core.clock import Clock
from faceaccess.core.decisions import FrameResult, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame
from faceaccess.core.home import DataHome
from faceaccess.core.locks import LockOutcome
from faceaccess.core.reasons import Reason
from faceaccess.door.alarms import HELD_AFTER
from faceaccess.door.alerts.open import AlertTarget
from faceaccess.door.inputs.door_input import DoorInput
from faceaccess.pipeline.alarm_records import alarm_record
from faceaccess.pipeline.alarm_watch import AlarmWatch
from faceaccess.pipeline.alerts import Alerts
from faceaccess.pipeline.door_lock import DoorLock
from faceaccess.pipeline.event_journal import EventJournal
from faceaccess.pipeline.journal_records import AlarmRecord
from faceaccess.pipeline.station import DoorAnswer
from faceaccess.pipeline.tailgating import FaceInView, Tailgating
from faceaccess.store.protocol import Store

_LOCK = AlarmKind.LOCK_UNREACHABLE


class DoorWatch:
    """What watches over one running door. Close it, or use it as a context.

    Args:
        home: the data folder.
        store: knows the alarms of a process before.
        clock: for moments and times.
        name: the door's name.
        contact: says whether the door is shut, or None; closed by this object.
        exit_: says whether somebody asks to leave, or None; closed by this object.
        held_after: seconds that the door may stand open after a pulse.
        alerts: who is told; closed by this object.
        pulse: seconds for which the lock is opened.

    Raises:
        KnownError: if the store cannot be read.
    """

    def __init__(  # noqa: PLR0913  # what a door is watched with; made in one place
        self,
        home: DataHome,
        store: Store,
        clock: Clock,
        name: str,
        *,
        contact: DoorInput | None = None,
        exit_: DoorInput | None = None,
        held_after: float = HELD_AFTER,
        alerts: Sequence[AlertTarget] = (),
        pulse: float,
    ) -> None:
        self._alerts = Alerts(home, name, alerts, clock)
        self._alarms = AlarmWatch(
            name,
            store,
            clock,
            contact=contact,
            exit_=exit_,
            held_after=held_after,
            tell=self._alerts.alarm,
        )
        self._tailgating = Tailgating()
        self._pulse = pulse

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self, lock: DoorLock, journal: EventJournal) -> None:
        """Begin to watch, the lock too; before it is commanded for the first time.

        Args:
            lock: tells of openings and of its trouble from now on.
            journal: what alarms are written down by; it outlives this object.
        """
        self._alarms.write_by(lambda alarm: journal.write(AlarmRecord(alarm)))
        lock.on_opening = self._alarms.opening
        lock.on_trouble = self._lock_said
        self._alerts.start()
        self._alarms.start()

    def close(self) -> None:
        """Write and keep what waits, and end; may be called twice."""
        self._alarms.close()
        self._alerts.close()

    @property
    def lasting(self) -> tuple[Alarm, ...]:
        """The alarms that last, the oldest first."""
        return self._alarms.lasting

    @property
    def sentence(self) -> str:
        """What lasts, for people; "" for nothing."""
        what = [f"{alarm.kind.sentence}." for alarm in self._alarms.lasting]
        return f"Alarm: {' '.join(what)}" if what else ""

    @property
    def input_trouble(self) -> str:
        """Why something is not known of contact or request to exit; "" for nothing."""
        return self._alarms.input_trouble

    @property
    def alert_trouble(self) -> str:
        """Why somebody cannot be told; "" for nothing."""
        return " ".join(str(one["trouble"]) for one in self._alerts.status if one["trouble"])

    # What the door says

    def looked(self, frame: Frame, result: FrameResult, answers: Sequence[DoorAnswer]) -> None:
        """Take what a frame showed and what the door answered."""
        faces = [FaceInView(face.visit, face.box, face.decision.person_id) for face in result.faces]
        self._see(faces, frame.moment)
        for answer in answers:
            granted = answer.outcome is Outcome.GRANTED
            if granted and answer.lock is LockOutcome.ACKNOWLEDGED and result.front is not None:
                self._tailgating.let_in(result.front, frame.moment, self._pulse)
        self.answered(answers)

    def nobody(self, frame: Frame) -> None:
        """Take a frame that was not looked at because nobody is there."""
        self._see((), frame.moment)

    def answered(self, answers: Sequence[DoorAnswer]) -> None:
        """Take what the door answered."""
        for answer in answers:
            if answer.outcome is Outcome.GRANTED or _turned_away(answer, muted=self._alarms.muted):
                self._alerts.answered(
                    granted=answer.outcome is Outcome.GRANTED,
                    who=answer.decision.person or "",
                    time=answer.time,
                )

    def camera(self, trouble: str) -> None:
        """Take what looks like tampering with the camera, in a sentence; "" for nothing."""
        self._alarms.condition(AlarmKind.TAMPERED, trouble)

    def locked_down(self, actor: Actor, on: bool) -> None:  # noqa: FBT001  # as commands tell it
        """Take notice that somebody locked the door down, or ended that."""
        self._alerts.locked_down(on=on, by=actor.signature)

    def mute(self, actor: Actor, until: datetime) -> None:
        """Let alarms be recorded as muted, and nobody be told of them, until then."""
        by = actor.signature
        self._alarms.mute(by, until)
        self._alerts.muted(until=until, by=by)

    def unmute(self) -> None:
        """End it."""
        self._alarms.unmute()

    def status(self) -> dict[str, object]:
        """Return how it stands, as JSON values. Safe from any thread."""
        return {
            "contact": self._alarms.contact_state,
            "input_trouble": self._alarms.input_trouble or None,
            "alarms": [alarm_record(alarm) for alarm in self._alarms.lasting],
            "alerts": self._alerts.status,
        }

    def _see(self, faces: Sequence[FaceInView], moment: float) -> None:
        said = self._tailgating.seen(faces, moment, self._alarms.door_open)
        if said:
            self._alarms.happened(AlarmKind.TAILGATING, said)

    def _lock_said(self, trouble: KnownError | None) -> None:
        self._alarms.condition(_LOCK, "" if trouble is None else str(trouble))


def _turned_away(answer: DoorAnswer, *, muted: bool) -> bool:
    """Whether an answer counts as a refusal: what is the door's own doing does not."""
    own = (Reason.LOCKED_DOWN, Reason.LOCK_FAILED, Reason.FAULT, Reason.NOBODY_ENROLLED)
    return answer.outcome is Outcome.DENIED and answer.decision.reason not in own and not muted
