import threading
from collections.abc import Iterator

import pytest
from camera_fakes import WAIT, FakeSource

from faceaccess.camera import hub as hub_module
from faceaccess.camera.hub import CameraHub
from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import BugError, KnownError


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[FakeSource]]:
    """Let every address mean a fake camera; all that were made, by address."""
    made: dict[str, list[FakeSource]] = {}

    def open_fake(address: str, clock: object, *, name: str) -> FakeSource:
        made.setdefault(address, []).append(FakeSource(live=address != "recording"))
        return made[address][-1]

    monkeypatch.setattr(hub_module, "open_source", open_fake)
    return made


@pytest.fixture
def hub() -> Iterator[CameraHub]:
    hub = CameraHub(SystemClock())
    yield hub
    hub.close()


def test_two_subscribers_share_one_camera(hub: CameraHub, sources: dict) -> None:
    live, enrol = hub.subscribe("0"), hub.subscribe(" 0 ")
    assert len(sources["0"]) == 1
    sources["0"][0].script.put(7)
    for place in (live, enrol):
        frame = place.next(WAIT)
        assert frame is not None
        assert frame.number == 7


def test_the_last_to_leave_switches_the_camera_off(hub: CameraHub, sources: dict) -> None:
    live, enrol = hub.subscribe("0"), hub.subscribe("0")
    source = sources["0"][0]
    assert source.asked.acquire(timeout=WAIT)
    live.close()
    live.close()  # twice must not count twice
    source.script.put(1)
    assert enrol.next(WAIT) is not None
    enrol.close()
    hub.close()
    assert source.closes == 1
    assert source.open_now == 0


def test_a_camera_is_not_opened_anew_before_its_former_owner_let_go(
    hub: CameraHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = FakeSource()  # one device: the fake counts how many hold it at once
    monkeypatch.setattr(hub_module, "open_source", lambda *_, **__: shared)
    first = hub.subscribe("0")
    assert shared.asked.acquire(timeout=WAIT)
    first.close()
    second = hub.subscribe("0")
    assert shared.asked.acquire(timeout=WAIT)
    shared.script.put(3)
    assert second.next(WAIT) is not None
    assert shared.opens == 2
    assert shared.most_open == 1


def test_a_recording_that_ended_starts_anew_for_the_next_subscriber(
    hub: CameraHub, sources: dict
) -> None:
    first = hub.subscribe("recording")
    sources["recording"][0].script.put(None)
    assert first.next(WAIT) is None
    second = hub.subscribe("recording")
    assert len(sources["recording"]) == 2
    first.close()  # leaves the former one; the new one goes on
    sources["recording"][1].script.put(5)
    assert second.next(WAIT) is not None


def test_many_threads_come_and_go_and_leave_nothing_behind(hub: CameraHub, sources: dict) -> None:
    start = threading.Barrier(8)

    def come_and_go() -> None:
        start.wait(WAIT)
        for _ in range(20):
            hub.subscribe("0").close()

    threads = [threading.Thread(target=come_and_go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    hub.close()
    assert all(source.open_now == 0 for source in sources["0"])
    assert not any(thread.name.startswith("camera") for thread in threading.enumerate())


def test_close_frees_who_waits_and_takes_nobody_more(hub: CameraHub, sources: dict) -> None:
    place = hub.subscribe("0")
    assert sources["0"][0].asked.acquire(timeout=WAIT)
    hub.close()
    assert place.next(WAIT) is None
    place.close()
    with pytest.raises(BugError):
        hub.subscribe("0")


def test_nonsense_is_refused_and_leaves_no_thread(hub: CameraHub) -> None:
    with pytest.raises(KnownError):
        hub.subscribe("nowhere/at/all.mp4")
    assert not any(thread.name.startswith("camera") for thread in threading.enumerate())
