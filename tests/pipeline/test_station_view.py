"""What a door shows of itself: the answer that a person may read, and never granted too early."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from faceaccess.camera.reader import CameraState
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Decision, FrameResult, Outcome, TrackedFace
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame
from faceaccess.core.locks import LockOutcome
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.station import DoorAnswer
from faceaccess.pipeline.station_feed import DoorView
from faceaccess.pipeline.station_view import MOST_FACES, STAYS, StationView

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
NOBODY = Decision(Outcome.NONE, Reason.NOBODY)
CHECKING = Decision(Outcome.NONE, Reason.CHECKING)
ADA = Decision(Outcome.GRANTED, Reason.RECOGNISED, person_id="a", person="Ada", similarity=0.8)
UNKNOWN = Decision(Outcome.DENIED, Reason.UNKNOWN)


@dataclass
class Commands:
    held_until: datetime | None = None
    muted_until: datetime | None = None


@dataclass
class FakeStation:
    name: str = "Front"
    locked_down: bool = False
    lock_trouble: KnownError | None = None
    seconds_left: float = 0.0
    commands: Commands = field(default_factory=Commands)


@dataclass
class FakeCamera:
    state: CameraState | None = field(default_factory=lambda: CameraState("running"))


class Watched:
    """A view with a station and a camera that a test sets."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOON)
        self.station, self.camera = FakeStation(), FakeCamera()
        station: Any = self.station
        camera: Any = self.camera
        self.view = StationView(station, camera, self.clock, takes_entries=True)
        self.view.is_ready = True
        self.number = 0

    def look(
        self,
        decision: Decision,
        *answers: tuple[Decision, LockOutcome],
        visit: str | None = "v",
    ) -> DoorView:
        self.number += 1
        image = np.zeros((48, 64, 3), np.uint8)
        frame = Frame(image, "Front", self.number, self.clock.monotonic(), self.clock.now())
        nobody = decision is NOBODY
        faces = () if nobody else (TrackedFace(visit or "", (1.0, 2.0, 3.0, 4.0), decision),)
        front = None if nobody else visit
        result = FrameResult(self.number, frame.time, "Front", faces, decision, front=front)
        told = [DoorAnswer(frame.time, "Front", one, lock) for one, lock in answers]
        self.view.looked(frame, result, told)
        return self.now()

    def now(self) -> DoorView:
        return self.view.now()[0]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def said(view: DoorView) -> tuple[str, str, str | None, str]:
    return view.outcome.value, view.reason.value, view.person, view.lock.value


GRANTED = ("granted", "recognised", "Ada", "acknowledged")
KNOWN = ("none", "recognised", "Ada", "none")


def test_who_is_known_is_not_granted_before_the_lock_has_acknowledged(watched: Watched) -> None:
    assert said(watched.look(ADA)) == KNOWN
    assert said(watched.look(ADA, (ADA, LockOutcome.ACKNOWLEDGED))) == GRANTED


def test_granted_stays_for_its_time_and_then_who_stands_there_is_known(watched: Watched) -> None:
    watched.look(ADA, (ADA, LockOutcome.ACKNOWLEDGED))
    watched.clock.advance(STAYS)
    assert said(watched.look(ADA)) == GRANTED
    watched.clock.advance(0.1)
    assert said(watched.look(ADA)) == KNOWN


def test_granted_stays_when_nobody_is_there_any_more(watched: Watched) -> None:
    watched.look(ADA, (ADA, LockOutcome.ACKNOWLEDGED))
    assert said(watched.look(NOBODY)) == GRANTED
    watched.clock.advance(STAYS + 0.1)
    assert watched.now().reason is Reason.NOBODY


def test_somebody_else_who_is_known_or_refused_is_a_new_answer(watched: Watched) -> None:
    watched.look(ADA, (ADA, LockOutcome.ACKNOWLEDGED))
    assert watched.look(CHECKING, visit="w").outcome is Outcome.GRANTED  # nothing is known yet
    bob = replace(ADA, person_id="b", person="Bob")
    assert watched.look(bob, visit="w").person == "Bob"
    assert watched.look(UNKNOWN, visit="w").reason is Reason.UNKNOWN


def test_a_denial_is_shown_before_it_is_stored_and_not_again_when_it_is(watched: Watched) -> None:
    assert watched.look(UNKNOWN).reason is Reason.UNKNOWN
    assert watched.look(NOBODY).reason is Reason.UNKNOWN
    watched.clock.advance(STAYS + 0.1)
    stored = watched.look(NOBODY, (UNKNOWN, LockOutcome.NONE))
    assert stored.reason is Reason.NOBODY


@pytest.mark.parametrize("reason", [Reason.LOCK_FAILED, Reason.LOCKED_DOWN])
def test_who_is_known_and_kept_out_reads_why_as_long_as_they_stand_there(
    watched: Watched, reason: Reason
) -> None:
    refused = replace(ADA, outcome=Outcome.DENIED, reason=reason)
    assert said(watched.look(ADA, (refused, LockOutcome.FAILED)))[:2] == ("denied", reason.value)
    watched.clock.advance(30)
    assert watched.look(ADA).reason is reason
    assert said(watched.look(ADA, (ADA, LockOutcome.ACKNOWLEDGED))) == GRANTED


def test_a_picture_goes_on_where_nobody_was_looked_for(watched: Watched) -> None:
    watched.look(NOBODY)
    later = Frame(np.ones((48, 64, 3), np.uint8), "Front", 9, 1.0, NOON)
    watched.view.passed_over(later)
    view, frame = watched.view.now()
    assert frame is later
    assert (view.size, view.reason) == ((64, 48), Reason.NOBODY)


@pytest.mark.parametrize("how", ["blind", "lost"])
def test_without_a_picture_nobody_is_shown(watched: Watched, how: str) -> None:
    watched.look(ADA)
    if how == "blind":
        watched.view.blind()
    else:
        watched.camera.state = CameraState("lost", "It is gone.")
    view, frame = watched.view.now()
    assert frame is None
    assert (view.faces, view.size, view.reason) == ((), (0, 0), Reason.CAMERA_LOST)


def test_the_state_of_the_door_is_shown_as_it_is_now(watched: Watched) -> None:
    watched.station.seconds_left = 1.5
    assert watched.look(NOBODY).pulse_left == 1.5
    watched.station.locked_down = True
    watched.station.lock_trouble = KnownError("The lock does not answer.")
    watched.station.commands = Commands(NOON + timedelta(minutes=1), NOON + timedelta(hours=1))
    watched.view.alarms = lambda: ["forced_open"]
    view = watched.now()
    assert (view.locked_down, view.lock_trouble) == (True, "The lock does not answer.")
    assert (view.pulse_left, view.held_until) == (60.0, NOON + timedelta(minutes=1))
    assert (view.muted_until, view.alarms) == (NOON + timedelta(hours=1), ("forced_open",))
    assert view.takes_entries


def test_camera_states(watched: Watched) -> None:
    watched.view.is_ready = False
    assert watched.now().camera_state == "starting"
    watched.view.is_ready = True
    assert watched.now().camera_state == "running"
    watched.camera.state = None
    assert watched.now().camera_state == "recording"


def test_a_crowd_is_cut_and_who_is_in_front_is_marked(watched: Watched) -> None:
    faces = tuple(
        TrackedFace(str(number), (0.0, 0.0, 9.0, 9.0), CHECKING) for number in range(MOST_FACES + 5)
    )
    frame = Frame(np.zeros((48, 64, 3), np.uint8), "Front", 1, 0.0, NOON)
    result = FrameResult(1, NOON, "Front", faces, CHECKING, front="0")
    watched.view.looked(frame, result, [])
    shown = watched.now().faces
    assert len(shown) == MOST_FACES
    assert [face.in_front for face in shown] == [True] + [False] * (MOST_FACES - 1)
