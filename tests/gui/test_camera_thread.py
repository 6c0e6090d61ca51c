"""The camera thread: newest wins, faults are told and overcome, ends are joined."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gui_fakes import FakeDoor, FakeFeed, State, frame
from pytestqt.qtbot import QtBot

from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame
from faceaccess.gui import camera_thread
from faceaccess.gui.camera_thread import CameraThread, Condition, NoWork, Seen

Make = Callable[..., CameraThread]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_thread, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(camera_thread, "WAIT_SECONDS", 0.01)


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    made: list[CameraThread] = []

    def start(feed: object, work: object) -> CameraThread:
        thread = CameraThread(
            feed if callable(feed) else lambda: feed,  # type: ignore[arg-type]  # fakes
            work if callable(work) else lambda: work,  # type: ignore[arg-type]  # fakes
            SystemClock(),
        )
        thread.got = []  # type: ignore[attr-defined]  # for the tests
        thread.conditions = []  # type: ignore[attr-defined]  # for the tests
        thread.seen.connect(thread.got.append)
        thread.condition_changed.connect(thread.conditions.append)
        made.append(thread)
        thread.start()
        return thread

    yield start
    for thread in made:
        thread.stop()


def kinds(thread: Any) -> list[str]:
    return [condition.kind for condition in thread.conditions]


def test_frames_come_with_their_results_in_the_gui_thread(qtbot: QtBot, make: Make) -> None:
    feed, door = FakeFeed(), FakeDoor()
    thread: Any = make(feed, door)
    threads: set[int] = set()
    thread.seen.connect(lambda _seen: threads.add(threading.get_ident()))

    def one_more() -> bool:
        feed.put(frame(len(thread.got)))
        return any(seen.result is not None for seen in thread.got)

    qtbot.waitUntil(one_more)
    seen: Seen = thread.got[-1]
    assert seen.result.frame == seen.frame.number
    assert (seen.picture.width(), seen.picture.height()) == (160, 120)
    assert kinds(thread)[-1] == "running"


def test_the_newest_frame_wins_and_nothing_queues(qtbot: QtBot, make: Make) -> None:
    feed, done = FakeFeed(), threading.Event()

    class Work(NoWork):
        def process(self, one: Frame) -> Any:
            if one.number == 50:
                done.set()
            return one.number

    thread: Any = make(feed, Work())

    def works() -> bool:
        feed.put(frame(0))
        return any(seen.result is not None for seen in thread.got)

    qtbot.waitUntil(works)
    thread.got.clear()
    # The GUI thread does not come to its events while fifty frames go through.
    feed.put(*(frame(number) for number in range(1, 51)))
    assert done.wait(10)
    qtbot.waitUntil(lambda: bool(thread.got) and thread.got[-1].result == 50)
    assert len(thread.got) <= 2


def test_pictures_are_shown_while_the_work_is_being_made(qtbot: QtBot, make: Make) -> None:
    feed, loaded, door = FakeFeed(), threading.Event(), FakeDoor()

    def slow() -> FakeDoor:
        assert loaded.wait(10)
        return door

    thread: Any = make(feed, slow)
    feed.put(frame(1))
    qtbot.waitUntil(lambda: bool(thread.got))
    assert thread.got[0].result is None
    assert kinds(thread) == ["loading"]
    loaded.set()

    def answered() -> bool:
        feed.put(frame(2))
        return thread.got[-1].result is not None

    qtbot.waitUntil(answered)


@pytest.mark.expected_log_errors
def test_work_that_fails_is_told_and_made_anew(qtbot: QtBot, make: Make) -> None:
    feed = FakeFeed()
    bad, good = FakeDoor(error=RuntimeError("a tensor is too long")), FakeDoor()
    doors = iter([bad, good])
    thread: Any = make(feed, lambda: next(doors))

    def well() -> bool:
        feed.put(frame(1))
        return bool(thread.got) and thread.got[-1].result is not None

    qtbot.waitUntil(well)
    assert "fault" in kinds(thread)
    assert kinds(thread)[-1] == "running"
    assert bad.closed == 1
    fault = next(c for c in thread.conditions if c.kind == "fault")
    assert "a tensor is too long" in fault.remedy


def test_work_that_cannot_be_made_says_why_and_is_tried_again(qtbot: QtBot, make: Make) -> None:
    feed, tries = FakeFeed(), [0]

    def make_door() -> FakeDoor:
        tries[0] += 1
        if tries[0] < 3:
            raise KnownError("The weights are missing.", "Trust a file.")
        return FakeDoor()

    thread: Any = make(feed, make_door)

    def well() -> bool:
        feed.put(frame(1))
        return bool(thread.got) and thread.got[-1].result is not None

    qtbot.waitUntil(well)
    assert Condition("fault", "The weights are missing.", "Trust a file.") in thread.conditions
    # The reason is not taken away by "loading" between two tries.
    first = kinds(thread).index("fault")
    assert "loading" not in kinds(thread)[first:]


def test_a_lost_camera_is_told_and_no_older_frame_comes_after_it(qtbot: QtBot, make: Make) -> None:
    feed = FakeFeed()
    thread: Any = make(feed, FakeDoor())
    order: list[str] = []
    thread.seen.connect(lambda _seen: order.append("frame"))
    thread.condition_changed.connect(lambda condition: order.append(condition.kind))
    feed.put(frame(1))
    qtbot.waitUntil(lambda: "frame" in order)
    feed.state = State("lost", "The camera went away.")
    qtbot.waitUntil(lambda: "lost" in order)
    assert order[-1] == "lost"
    assert thread.conditions[-1].text == "The camera went away."
    feed.state = State("running")
    feed.put(frame(2))
    qtbot.waitUntil(lambda: order[-1] == "frame")


def test_an_address_that_means_nothing_is_told_and_asked_again(qtbot: QtBot, make: Make) -> None:
    feed, tries = FakeFeed(), [0]

    def open_feed() -> FakeFeed:
        tries[0] += 1
        if tries[0] == 1:
            raise KnownError("x://y is no camera.", "Choose another.")
        return feed

    thread: Any = make(open_feed, FakeDoor())
    feed.put(frame(1))
    qtbot.waitUntil(lambda: bool(thread.got))
    assert thread.conditions[0] == Condition("failed", "x://y is no camera.", "Choose another.")


def test_stop_joins_closes_and_hands_nothing_more_over(qtbot: QtBot, make: Make) -> None:
    feed, door = FakeFeed(), FakeDoor()
    thread: Any = make(feed, door)

    def one_more() -> bool:
        feed.put(frame(1))
        return door.processed > 0

    qtbot.waitUntil(one_more)
    feed.put(frame(2))
    thread.stop()
    count = len(thread.got)
    assert thread.isFinished()
    assert feed.closed
    assert door.closed == 1
    qtbot.wait(20)
    assert len(thread.got) == count


def test_stop_while_the_work_is_being_made_closes_the_work_too(qtbot: QtBot, make: Make) -> None:
    began, loaded, door = threading.Event(), threading.Event(), FakeDoor()

    def slow() -> FakeDoor:
        began.set()
        loaded.wait(10)
        return door

    thread = make(FakeFeed(), slow)
    assert began.wait(10)
    threading.Timer(0.05, loaded.set).start()
    thread.stop()
    assert door.closed == 1
