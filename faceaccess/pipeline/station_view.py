"""What a running door shows at one moment, for those who watch it and for its screen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Decision, FrameResult, Outcome, TrackedFace
from faceaccess.core.frames import Frame
from faceaccess.core.locks import LockOutcome
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.door_camera import DoorCamera
from faceaccess.pipeline.station import DoorAnswer, Station
from faceaccess.pipeline.station_feed import DoorView, FaceInFeed

STAYS = 3.0
"""Seconds for which an answer is shown, when nobody else is answered meanwhile."""
MOST_FACES = 20
"""Faces that are shown of one frame, the largest."""
_NOTHING = Decision(Outcome.NONE, Reason.NOBODY)
_LOST = Decision(Outcome.NONE, Reason.CAMERA_LOST)


@dataclass(frozen=True, eq=False)
class _Seen:
    """The newest frame; `result` is of it, or of an earlier one where nothing moved since."""

    frame: Frame | None
    decision: Decision
    faces: tuple[TrackedFace, ...] = ()
    front: str | None = None


@dataclass(frozen=True, eq=False)
class _Answered:
    decision: Decision
    lock: LockOutcome
    visit: str | None
    moment: float


class StationView:
    """Keeps what a door saw last. One thread tells it, any may ask; telling costs next to nothing.

    Args:
        station: gives answers, lock and commands.
        camera: gives its state.
        clock: for times and durations.
        takes_entries: whether a PIN, card or code can be entered.

    Attributes:
        is_ready: whether the networks are loaded.
        alarms: gives the values of the alarms that last.
    """

    def __init__(
        self, station: Station, camera: DoorCamera, clock: Clock, *, takes_entries: bool
    ) -> None:
        self._station = station
        self._camera = camera
        self._clock = clock
        self._takes_entries = takes_entries
        self._seen = _Seen(None, _NOTHING)
        self._answered: _Answered | None = None
        self.is_ready = False
        self.alarms: Callable[[], Sequence[str]] = tuple

    # What the loop of frames tells

    def looked(self, frame: Frame, result: FrameResult, answers: Sequence[DoorAnswer]) -> None:
        """Take what recognition and the door said of a frame."""
        self._answered = self._new_answer(result, answers) or self._answered
        self._seen = _Seen(frame, result.decision, result.faces, result.front)

    def passed_over(self, frame: Frame) -> None:
        """Take a frame that nobody looked at because nothing had moved."""
        seen = self._seen
        self._seen = _Seen(frame, seen.decision, seen.faces, seen.front)

    def blind(self) -> None:
        """Take notice that there is no frame that says who stands there."""
        if self._seen.decision is not _LOST:
            self._seen = _Seen(None, _LOST)

    def _new_answer(self, result: FrameResult, answers: Sequence[DoorAnswer]) -> _Answered | None:
        """Return what this frame answered the person in front, or None.

        Denials come a second time, when they are in the store: the person may be gone by then.
        """
        decision, moment = result.decision, self._clock.monotonic()
        if decision.outcome is Outcome.DENIED:
            return _Answered(decision, LockOutcome.NONE, result.front, moment)
        for answer in answers:
            theirs = answer.decision.person_id == decision.person_id
            if answer.outcome is Outcome.GRANTED or (
                decision.outcome is Outcome.GRANTED and theirs and answer.outcome is Outcome.DENIED
            ):
                return _Answered(answer.decision, answer.lock, result.front, moment)
        return None

    # What those who watch ask

    def now(self) -> tuple[DoorView, Frame | None]:
        """Return what is to be shown, without its picture, and the frame that the picture is of."""
        seen, state = self._seen, self._camera.state
        lost = state is not None and state.kind in {"lost", "failed"}
        if lost:
            seen = _Seen(None, _LOST)
        decision, lock = self._answer(seen)
        commands = self._station.commands
        trouble = self._station.lock_trouble
        view = DoorView(
            door=self._station.name,
            time=self._clock.now() if seen.frame is None else seen.frame.time,
            outcome=decision.outcome,
            reason=decision.reason,
            person=decision.person,
            similarity=decision.similarity,
            liveness=decision.liveness,
            lock=lock,
            faces=tuple(_shown(face, seen.front) for face in seen.faces[:MOST_FACES]),
            size=(0, 0) if seen.frame is None else seen.frame.image.shape[1::-1],
            picture=None,
            camera_state=self._camera_state,
            locked_down=self._station.locked_down,
            held_until=commands.held_until,
            muted_until=commands.muted_until,
            alarms=tuple(self.alarms()),
            lock_trouble=None if trouble is None else str(trouble),
            takes_entries=self._takes_entries,
            pulse_left=self._seconds_left(),
        )
        return view, seen.frame

    @property
    def _camera_state(self) -> str:
        if not self.is_ready:
            return "starting"
        state = self._camera.state
        return "recording" if state is None else state.kind

    def _seconds_left(self) -> float:
        until = self._station.commands.held_until
        if until is None:
            return self._station.seconds_left
        return max(0.0, (until - self._clock.now()).total_seconds())

    def _answer(self, seen: _Seen) -> tuple[Decision, LockOutcome]:
        """Return what is shown as the door's answer; granted only where the lock acknowledged."""
        decision, answered = seen.decision, self._answered
        if decision.outcome is Outcome.DENIED or answered is None:
            return _unlocked(decision), LockOutcome.NONE
        same = seen.front is not None and seen.front == answered.visit
        fresh = 0 <= self._clock.monotonic() - answered.moment <= STAYS
        if fresh and (same or decision.person_id is None):
            return answered.decision, answered.lock
        kept_out = answered.decision.outcome is Outcome.DENIED
        if same and kept_out and decision.outcome is Outcome.GRANTED:
            return answered.decision, answered.lock  # known, and the lock or a lock-down is why
        return _unlocked(decision), LockOutcome.NONE


def _unlocked(decision: Decision) -> Decision:
    """Return a decision as it is shown where no lock has acknowledged, or its pulse is long over:
    who is granted is only "recognised" then.
    """
    if decision.outcome is Outcome.GRANTED:
        return replace(decision, outcome=Outcome.NONE, reason=Reason.RECOGNISED)
    return decision


def _shown(face: TrackedFace, front: str | None) -> FaceInFeed:
    decision = face.decision
    return FaceInFeed(face.box, decision.person, decision.outcome, face.visit == front)
