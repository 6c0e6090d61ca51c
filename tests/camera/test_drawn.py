import itertools
import threading

import numpy as np
import pytest
from camera_fakes import WAIT

from faceaccess.camera.drawn import DrawnPeopleSource
from faceaccess.camera.drawn_people import STAFF, STRANGERS
from faceaccess.camera.drawn_scene import visits
from faceaccess.core.clock import ManualClock
from faceaccess.core.frames import Frame
from faceaccess.vision.analyser import FaceAnalyser


def frames(address: str, count: int) -> list[Frame]:
    source = DrawnPeopleSource(address, ManualClock(), as_fast_as_it_goes=True)
    source.open()
    read = [source.read() for _ in range(count)]
    source.close()
    assert all(read)
    return [frame for frame in read if frame is not None]


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 77])
def test_four_of_staff_and_two_strangers_stand_there_within_25_seconds(seed: int) -> None:
    came = []
    for visit in visits(STAFF, STRANGERS, seed):
        if visit.start + visit.approach + 1.0 > 25:  # a second of standing to be known by
            break
        came.append(visit)
    assert len({visit.person.name for visit in came if visit.known}) >= 4
    assert len({visit.person.name for visit in came if not visit.known}) >= 2
    gaps = [after.start - before.end for before, after in itertools.pairwise(came)]
    assert min(gaps) > 0.4  # nobody is in view between visits


def test_many_seeds_keep_the_promise_of_25_seconds() -> None:
    for seed in range(200):
        sixth = [visit for visit, _ in zip(visits(STAFF, STRANGERS, seed), range(6), strict=False)]
        assert sum(visit.known for visit in sixth) == 4
        assert sixth[5].start + sixth[5].approach + 1.0 < 25


def test_the_same_address_gives_the_same_frames_and_another_seed_others() -> None:
    one, again, other = (frames(f"demo:?seed={seed}", 40) for seed in (5, 5, 6))
    assert all(np.array_equal(a.image, b.image) for a, b in zip(one, again, strict=True))
    assert [frame.truth for frame in one] == [frame.truth for frame in again]
    assert not all(np.array_equal(a.image, b.image) for a, b in zip(one, other, strict=True))


def test_frames_are_numbered_and_their_moments_are_positions() -> None:
    read = frames("demo:?fps=10&who=staff", 30)
    assert [frame.number for frame in read] == list(range(30))
    assert [frame.moment for frame in read] == pytest.approx([n / 10 for n in range(30)])
    assert read[0].image.shape == (480, 640, 3)
    assert read[0].image.dtype == np.uint8


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("staff", {person.name for person in STAFF}),
        ("strangers", {None}),
        ("sitter", {None}),
    ],
)
def test_who_comes_by_can_be_chosen(who: str, names: set[str | None]) -> None:
    seen = {face.name for f in frames(f"demo:?who={who}&fps=5", 60) for face in f.truth or ()}
    assert seen
    assert seen <= names


def test_a_frame_waits_for_its_moment_and_the_wait_can_be_broken_off() -> None:
    clock = ManualClock()
    source = DrawnPeopleSource("demo:", clock)
    source.open()
    assert source.read() is not None
    answers: list[Frame | None] = []
    waiter = threading.Thread(target=lambda: answers.append(source.read()))
    waiter.start()
    waiter.join(0.2)
    assert waiter.is_alive()
    source.interrupt()
    waiter.join(WAIT)
    assert answers == [None]
    source.open()
    frame = source.read()
    assert frame is not None
    assert frame.number == 0


def test_the_real_detector_finds_exactly_the_faces_that_are_there(networks: FaceAnalyser) -> None:
    looked_at = 0
    for frame in frames("demo:?seed=9&fps=5", 100):
        truth = frame.truth or ()
        if any(not _well_inside(face.box) for face in truth):
            continue  # half outside the picture: either answer is right
        found = networks.detect(frame.image)
        if not truth:
            assert all(not _well_inside(face.box) for face in found)
            continue
        looked_at += 1
        assert len(found) == 1
        x, y, width, height = truth[0].box
        middle = found[0].landmarks.mean(axis=0)
        assert x < middle[0] < x + width
        assert y < middle[1] < y + height
    assert looked_at > 30


def _well_inside(box: tuple[float, float, float, float]) -> bool:
    x, y, width, height = box
    return x > 0 and y > 0 and x + width < 640 and y + height < 480
