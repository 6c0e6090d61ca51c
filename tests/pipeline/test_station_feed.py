"""Watching a door over real sockets: what is shown, and bounds on those who watch."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock, SystemClock
from faceaccess.core.decisions import Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame, Image
from faceaccess.core.home import DataHome
from faceaccess.core.locks import LockOutcome
from faceaccess.core.reasons import Reason
from faceaccess.pipeline import station_watchers
from faceaccess.pipeline.station_client import ask, begin
from faceaccess.pipeline.station_feed import DoorView, FaceInFeed, StationFeed
from faceaccess.pipeline.station_files import StationFiles
from faceaccess.pipeline.station_server import Record, StationServer
from faceaccess.pipeline.station_watchers import MOST_WATCHERS, WIDEST, StationWatchers

ANA = Actor("ana", "window")
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
VIEW = DoorView(
    door="Front",
    time=NOON,
    outcome=Outcome.GRANTED,
    reason=Reason.RECOGNISED,
    person="Li Wei 李伟",
    similarity=0.75,
    liveness=None,
    lock=LockOutcome.ACKNOWLEDGED,
    faces=(
        FaceInFeed((1.0, 2.5, 30.0, 40.0), "Li Wei 李伟", Outcome.GRANTED, in_front=True),
        FaceInFeed((-3.0, 0.0, 5.0, 5.0), None, Outcome.NONE, in_front=False),
    ),
    size=(1280, 720),
    picture=None,
    camera_state="running",
    locked_down=False,
    held_until=NOON + timedelta(hours=1),
    muted_until=None,
    alarms=("forced_open",),
    lock_trouble=None,
    takes_entries=True,
    pulse_left=2.25,
)
GREY = np.full((720, 1280, 3), 90, np.uint8)


def frame_of(image: Image) -> Frame:
    return Frame(image, "Front", 1, 0.0, NOON)


class Shown:
    """A station's socket behind which somebody watches what a test sets."""

    def __init__(self, home: DataHome) -> None:
        self.home = home
        self.view, self.frame = VIEW, frame_of(GREY)
        self.files = StationFiles(home, "Front")
        self.files.claim("serial:a")
        self.watchers = StationWatchers(SystemClock(), lambda: (self.view, self.frame))
        self.server = StationServer(self.files, SystemClock(), self._answer, self.watchers.take)
        self.feeds: list[StationFeed] = []

    def _answer(self, _message: Record, _account: str | None) -> Record:
        return {"running": True}

    def feed(self, *, pictures: bool = True) -> StationFeed:
        self.feeds.append(StationFeed(self.home, "Front", ANA, pictures=pictures))
        return self.feeds[-1]

    def close(self) -> None:
        for feed in self.feeds:
            feed.close()
        self.server.close()
        self.watchers.close()
        self.files.release()


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    made = Shown(DataHome(tmp_path))
    yield made
    made.close()


def view_of(feed: StationFeed) -> DoorView:
    view = feed.next(20.0)
    assert view is not None
    return view


def watch_on(feed: StationFeed) -> None:
    for _ in range(50):
        feed.next(5.0)


def test_a_view_comes_as_it_was_shown_with_a_smaller_picture(shown: Shown) -> None:
    view = view_of(shown.feed())
    assert view.picture is not None
    assert view.picture.shape == (360, WIDEST, 3)
    assert abs(float(view.picture.mean()) - 90) < 2
    faces = [vars(face) for face in view.faces]
    assert faces == [vars(face) for face in VIEW.faces]
    told = {**vars(view), "picture": None, "faces": VIEW.faces}
    assert told == vars(VIEW)


def test_a_picture_is_sent_once_and_a_state_when_it_changes_or_a_second_is_over(
    shown: Shown,
) -> None:
    feed = shown.feed()
    view_of(feed)
    again = view_of(feed)  # nothing changed: it comes by time
    assert again.picture is None
    shown.view = replace(VIEW, locked_down=True)
    changed = view_of(feed)
    assert (changed.locked_down, changed.picture) == (True, None)
    shown.frame = frame_of(GREY // 2)
    new = view_of(feed)
    assert new.picture is not None
    assert abs(float(new.picture.mean()) - 45) < 2


def test_who_wants_no_pictures_gets_none(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    monkeypatch.setattr(station_watchers, "_jpeg", lambda image: made.append(image) or b"")
    assert view_of(shown.feed(pictures=False)).picture is None
    assert made == []


def test_many_watch_with_one_picture_made_for_all_and_one_more_is_refused(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = [shown.feed() for _ in range(MOST_WATCHERS)]
    for feed in feeds:
        view_of(feed)
    with pytest.raises(KnownError, match="watch the door already"):
        shown.feed()
    made: list[object] = []
    jpeg = station_watchers._jpeg
    monkeypatch.setattr(station_watchers, "_jpeg", lambda i: made.append(i) or jpeg(i))
    shown.frame = frame_of(GREY // 3)
    for feed in feeds:
        while view_of(feed).picture is None:
            pass
    assert len(made) == 1
    assert ask(shown.home, "Front", ANA, "status") == {"running": True}  # nobody is kept out


def test_a_place_is_free_again_when_somebody_leaves(shown: Shown) -> None:
    for _ in range(MOST_WATCHERS):
        view_of(shown.feed())
    shown.feeds[0].close()
    for _ in range(200):  # the station notices at its next look
        try:
            view_of(shown.feed())
        except KnownError:
            continue
        break
    else:
        pytest.fail("the place stayed taken")


def test_a_station_that_ends_is_told(shown: Shown) -> None:
    feed = shown.feed()
    view_of(feed)
    shown.server.close()
    shown.watchers.close()
    with pytest.raises(KnownError, match="went away"):
        watch_on(feed)
    shown.files.release()
    with pytest.raises(KnownError, match="does not run"):
        shown.feed()


def test_a_feed_that_another_thread_closes_ends_its_wait(shown: Shown) -> None:
    feed = shown.feed()
    ended = threading.Event()

    def watch() -> None:
        try:
            while True:
                feed.next(60.0)
        except KnownError:
            ended.set()

    thread = threading.Thread(target=watch)
    thread.start()
    feed.close()
    thread.join(20.0)
    assert ended.is_set()


class Slow:
    """A socket with room for so many bytes; the rest blocks."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.taken = b""
        self.said = b""
        self.closed = False

    def send(self, data: bytes) -> int:
        if self.room == 0:
            raise BlockingIOError
        part = data[: self.room]
        self.room -= len(part)
        self.taken += part
        return len(part)

    def recv(self, size: int) -> bytes:
        if not self.said:
            raise BlockingIOError
        part, self.said = self.said[:size], self.said[size:]
        return part

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def watch(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[Slow], tuple[StationWatchers, ManualClock]]]:
    """Lets a slow socket watch; turns are made by hand, the thread sleeps."""
    made: list[StationWatchers] = []

    def begun(connection: Slow) -> tuple[StationWatchers, ManualClock]:
        clock = ManualClock()
        watchers = StationWatchers(clock, lambda: (VIEW, frame_of(GREY)))
        made.append(watchers)
        watchers.take(connection, pictures=True)  # type: ignore[arg-type]  # as a socket
        return watchers, clock

    sleeping = threading.Event()
    monkeypatch.setattr(StationWatchers, "_run", lambda _self: sleeping.wait())
    yield begun
    sleeping.set()
    for watchers in made:
        watchers.close()


def turns(watchers: StationWatchers, clock: ManualClock, times: int) -> None:
    for _ in range(times):
        watchers._turn()
        clock.advance(0.1)


def test_a_slow_watcher_loses_views_and_gets_whole_ones(
    watch: Callable[[Slow], tuple[StationWatchers, ManualClock]],
) -> None:
    slow = Slow(100)
    watchers, clock = watch(slow)
    for _ in range(30):
        turns(watchers, clock, 1)
        slow.room = 1000  # 10,000 bytes a second; a view a turn would be much more
    assert watchers.count == 1
    line, _, rest = slow.taken.partition(b"\n")
    assert json.loads(line) == {"watching": True}
    views = 0
    while rest:
        line, _, rest = rest.partition(b"\n")
        size = json.loads(line)["picture_bytes"]
        assert size > 0
        if len(rest) < size:
            break
        assert rest[:2] == b"\xff\xd8"  # a whole JPEG follows every line
        rest = rest[size:]
        views += 1
    assert 0 < views < 10


def test_a_watcher_that_takes_nothing_is_left(
    watch: Callable[[Slow], tuple[StationWatchers, ManualClock]],
) -> None:
    stuck = Slow(100)
    watchers, clock = watch(stuck)
    turns(watchers, clock, 49)
    assert watchers.count == 1
    turns(watchers, clock, 5)
    assert (watchers.count, stuck.closed) == (0, True)
    assert len(stuck.taken) == 100


def test_a_watcher_that_talks_is_left(
    watch: Callable[[Slow], tuple[StationWatchers, ManualClock]],
) -> None:
    loud = Slow(10**9)
    watchers, clock = watch(loud)
    loud.said = b"x" * 10_000
    turns(watchers, clock, 3)
    assert (watchers.count, loud.closed) == (0, True)


def test_a_flood_of_watchers_keeps_nobody_from_commanding(shown: Shown) -> None:
    over = threading.Event()
    begun = []

    def flood() -> None:
        while not over.is_set():
            try:
                with begin(shown.home, "Front", ANA, "watch", pictures=True) as connection:
                    connection.sendall(b"x" * 100_000)  # and takes nothing
                begun.append(1)
            except (OSError, KnownError):
                continue

    threads = [threading.Thread(target=flood) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            assert ask(shown.home, "Front", ANA, "status") == {"running": True}
            assert shown.watchers.count <= MOST_WATCHERS
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert begun


@pytest.mark.parametrize(
    "answer",
    [
        b"rubbish\n",
        b"[]\n",
        b'{"watching": true}\n{"door": "Front"}\n',
        b'{"watching": true}\n{"picture_bytes": -5}\n',
        b'{"watching": true}\n{"picture_bytes": 100000000000}\n',
        b'{"watching": true}\n{"picture_bytes": 0}\n',
        b'{"watching": true}\n' + b"x" * 200_000,
    ],
)
def test_a_station_that_sends_rubbish_is_a_sentence(
    tmp_path: Path, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = socket.socketpair()
    monkeypatch.setattr("faceaccess.pipeline.station_feed.begin", lambda *_, **__: ours)
    sender = threading.Thread(target=theirs.sendall, args=(answer,))
    sender.start()
    try:
        with pytest.raises(KnownError, match="cannot be read"):
            StationFeed(DataHome(tmp_path), "Front", ANA).next(10.0)
    finally:
        ours.close()
        sender.join()
        theirs.close()


@pytest.mark.expected_log_errors
def test_a_fault_in_showing_is_logged_and_commands_go_on(shown: Shown) -> None:
    shown.view = None  # type: ignore[assignment]  # the fault
    with begin(shown.home, "Front", ANA, "watch", pictures=True):
        assert ask(shown.home, "Front", ANA, "status") == {"running": True}
