import threading
from collections.abc import Callable, Iterator

import pytest
from camera_fakes import WAIT, FakeSource, gone

from faceaccess.camera.reader import CameraReader, Subscription, read_all
from faceaccess.core.clock import ManualClock, SystemClock
from faceaccess.core.errors import KnownError

Make = Callable[..., CameraReader]


@pytest.fixture
def make() -> Iterator[Make]:
    """Make readers that are stopped after the test."""
    made: list[CameraReader] = []

    def build(source: FakeSource, clock: object = None, **options: float) -> CameraReader:
        made.append(CameraReader(source, clock or SystemClock(), **options))
        return made[-1]

    yield build
    for reader in made:
        reader.stop()


def wait_for_state(place: Subscription, kind: str) -> None:
    """Wait, a frame or 20 ms at a time, until the camera is in a state."""
    for _ in range(500):
        if place.state.kind == kind:
            return
        place.next(0.02)
    raise AssertionError(f"the camera is {place.state}, not {kind}")


def test_a_slow_subscriber_gets_the_newest_frame_and_no_older_one(make: Make) -> None:
    source = FakeSource()
    reader = make(source)
    slow, other = reader.subscribe(), reader.subscribe()
    reader.start()
    for number in range(5):
        source.script.put(number)
        frame = other.next(WAIT)
        assert frame is not None
        assert frame.number == number
    newest = slow.next(WAIT)
    assert newest is not None
    assert newest.number == 4
    assert slow.next(0) is None


def test_the_state_tells_of_opening_and_running(make: Make) -> None:
    source = FakeSource()
    reader = make(source)
    place = reader.subscribe()
    assert reader.state.kind == "opening"
    assert not reader.ever_opened
    reader.start()
    source.script.put(0)
    assert place.next(WAIT) is not None
    assert reader.state.kind == "running"
    assert reader.state.ever_opened


def test_frames_a_second_are_counted_over_the_last_two_seconds(make: Make) -> None:
    source, clock = FakeSource(), ManualClock()
    reader = make(source, clock)
    place = reader.subscribe()
    reader.start()
    for number in range(9):  # the first ones, two a second, lie outside the window at the end
        source.script.put(number)
        assert place.next(WAIT) is not None
        if number < 8:
            clock.advance(0.5 if number < 3 else 0.4)
    assert reader.state.fps == pytest.approx(2.5)


def test_a_camera_that_stalls_is_told_as_lost_and_runs_on_when_it_comes_back(make: Make) -> None:
    source, clock = FakeSource(), ManualClock()
    reader = make(source, clock, stall_seconds=5)
    place = reader.subscribe()
    reader.start()
    source.script.put(0)
    assert place.next(WAIT) is not None
    clock.advance(4.9)
    assert reader.state.kind == "running"
    clock.advance(0.2)
    assert reader.state.kind == "lost"
    assert reader.state.text == "No picture for 5 seconds."
    source.script.put(1)
    assert place.next(WAIT) is not None
    assert reader.state.kind == "running"


def test_a_lost_camera_is_opened_again_after_the_pause_and_not_before(make: Make) -> None:
    source, clock = FakeSource(), ManualClock()
    reader = make(source, clock, retry_seconds=2)
    place = reader.subscribe()
    reader.start()
    assert source.opened.acquire(timeout=WAIT)
    source.script.put(0)
    assert place.next(WAIT) is not None
    source.script.put(gone())
    wait_for_state(place, "lost")
    assert "The fake camera is gone. Bring it back." in reader.state.text
    clock.advance(1.9)
    assert not source.opened.acquire(timeout=0.15)
    clock.advance(0.2)
    assert source.opened.acquire(timeout=WAIT)
    source.script.put(1)
    frame = place.next(WAIT)
    assert frame is not None
    assert frame.number == 1
    assert reader.state.kind == "running"
    assert source.closes == 1


def test_a_camera_that_never_opens_is_tried_again_and_known_as_such(make: Make) -> None:
    source, clock = FakeSource(openings=[gone(), gone()]), ManualClock()
    reader = make(source, clock, retry_seconds=1)
    place = reader.subscribe()
    reader.start()
    wait_for_state(place, "lost")
    assert not reader.state.ever_opened
    assert source.opened.acquire(timeout=WAIT)
    clock.advance(1.1)
    assert source.opened.acquire(timeout=WAIT)
    assert not reader.ever_opened


def test_a_live_stream_that_ends_is_lost_but_a_recording_has_ended(make: Make) -> None:
    stream, recording = FakeSource(), FakeSource(live=False)
    for source, kind in ((stream, "lost"), (recording, "ended")):
        reader = make(source, ManualClock())
        place = reader.subscribe()
        reader.start()
        source.script.put(0)
        assert place.next(WAIT) is not None
        source.script.put(None)
        wait_for_state(place, kind)
    assert recording.opens == 1


def test_the_last_frame_of_a_recording_is_still_given(make: Make) -> None:
    source = FakeSource(live=False)
    reader = make(source)
    place = reader.subscribe()
    source.script.put(0)
    source.script.put(None)
    reader.start()
    reader.join()
    frame = place.next(WAIT)
    assert frame is not None
    assert frame.number == 0
    assert place.next(WAIT) is None


def test_a_recording_that_cannot_be_opened_has_failed_and_frees_who_waits(make: Make) -> None:
    source = FakeSource(live=False, openings=[gone()])
    reader = make(source)
    place = reader.subscribe()
    reader.start()
    assert place.next(WAIT) is None
    reader.join()
    assert reader.state.kind == "failed"
    assert "gone" in reader.state.text
    assert source.opens == 1


@pytest.mark.expected_log_errors
def test_a_fault_of_the_program_is_logged_and_told(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    source = FakeSource(openings=[ZeroDivisionError("ours")])
    reader = make(source)
    place = reader.subscribe()
    reader.start()
    assert place.next(WAIT) is None
    reader.join()
    assert reader.state.kind == "failed"
    assert "ZeroDivisionError" in caplog.text


def test_stop_ends_the_thread_closes_the_camera_and_frees_who_waits(make: Make) -> None:
    source = FakeSource()
    reader = make(source)
    place = reader.subscribe()
    reader.start()
    assert source.asked.acquire(timeout=WAIT)  # the thread now waits in read
    reader.stop()
    assert source.closes == 1
    assert place.next(WAIT) is None
    assert reader.state.kind == "ended"
    assert not any(thread.name.startswith("camera fake") for thread in threading.enumerate())
    assert reader.subscribe().next(WAIT) is None


def test_a_closed_place_gets_nothing_more_and_wakes_its_waiter(make: Make) -> None:
    source = FakeSource()
    reader = make(source)
    place, other = reader.subscribe(), reader.subscribe()
    reader.start()
    answers: list[object] = []
    waiter = threading.Thread(target=lambda: answers.append(place.next(WAIT)))
    waiter.start()
    place.close()
    place.close()
    waiter.join(WAIT)
    assert answers == [None]
    source.script.put(0)
    assert other.next(WAIT) is not None
    assert place.next(0) is None


def test_read_all_gives_every_frame_and_closes() -> None:
    source = FakeSource(live=False)
    for what in (0, 1, 2, None):
        source.script.put(what)
    assert [frame.number for frame in read_all(source)] == [0, 1, 2]
    assert source.closes == 1


def test_read_all_closes_when_its_reader_leaves_early_and_when_opening_fails() -> None:
    source = FakeSource(live=False)
    source.script.put(0)
    frames = read_all(source)
    next(frames)
    frames.close()  # type: ignore[attr-defined]  # a generator
    assert source.closes == 1
    with pytest.raises(KnownError, match="gone"):
        list(read_all(FakeSource(live=False, openings=[gone()])))
