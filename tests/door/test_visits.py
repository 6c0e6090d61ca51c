"""Faces that are followed: by place, by look, and what ends or changes a visit."""

import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.frames import Box
from faceaccess.core.reasons import Reason
from faceaccess.door.policy import Sighting
from faceaccess.door.visits import Visit, VisitTracker, overlap

HERE: Box = (100.0, 100.0, 80.0, 80.0)
NEAR: Box = (110.0, 104.0, 80.0, 80.0)
THERE: Box = (400.0, 100.0, 80.0, 80.0)


def look(angle: float) -> np.ndarray:
    """Return a unit vector; the cosine of two is that of the difference of their angles."""
    return np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))], np.float32)


LI, ANA = look(0), look(85)


@pytest.fixture
def tracker() -> VisitTracker:
    return VisitTracker(gap=1.0, agreement=0.4)


def step(
    tracker: VisitTracker, moment: float, *faces: tuple[Box, np.ndarray | None]
) -> list[Visit]:
    """Follow and confirm as recognition does."""
    visits = tracker.follow([box for box, _ in faces], moment)
    for i, (_, vector) in enumerate(faces):
        if vector is not None:
            visits[i] = tracker.confirm(visits[i], vector, visits, moment)
    tracker.end(moment)
    return visits


def test_the_same_face_keeps_its_visit(tracker: VisitTracker) -> None:
    (first,) = step(tracker, 0.0, (HERE, LI))
    (second,) = step(tracker, 0.1, (NEAR, look(20)))
    assert second is first
    assert uuid.UUID(first.id).version == 4


def test_a_changed_face_under_the_same_box_starts_a_new_visit(tracker: VisitTracker) -> None:
    (first,) = step(tracker, 0.0, (HERE, LI))
    first.add(Sighting(0.0))
    (second,) = step(tracker, 0.1, (HERE, ANA))
    assert second.id != first.id
    assert second.sightings == []


def test_a_face_without_embedding_is_followed_by_place(tracker: VisitTracker) -> None:
    (first,) = step(tracker, 0.0, (HERE, None))
    (second,) = step(tracker, 0.1, (NEAR, None))
    (far,) = step(tracker, 0.2, (THERE, None))
    assert second is first
    assert far is not first


def test_two_faces_that_cross_keep_their_visits_by_their_looks(tracker: VisitTracker) -> None:
    li, ana = step(tracker, 0.0, (HERE, LI), (THERE, ANA))
    # Between two frames they changed places.
    at_there, at_here = step(tracker, 0.1, (THERE, LI), (HERE, ANA))
    ids = {at_there.id, at_here.id}
    assert at_there is not ana
    assert at_here is not li
    assert li.id in ids or ana.id in ids or ids.isdisjoint({li.id, ana.id})
    again_there, again_here = step(tracker, 0.2, (THERE, LI), (HERE, ANA))
    assert again_there is at_there
    assert again_here is at_here


def test_a_face_that_jumps_within_the_gap_goes_on(tracker: VisitTracker) -> None:
    (first,) = step(tracker, 0.0, (HERE, LI))
    first.add(Sighting(0.0))
    step(tracker, 0.3)
    (second,) = step(tracker, 0.6, (THERE, look(10)))
    assert second is first
    assert len(tracker.visits) == 1


def test_a_fresh_visit_hands_its_pictures_to_the_one_it_belongs_to(tracker: VisitTracker) -> None:
    (first,) = step(tracker, 0.0, (HERE, LI))
    (blurred,) = step(tracker, 0.1, (THERE, None))
    blurred.add(Sighting(0.1, Reason.BLURRED))
    (clear,) = step(tracker, 0.2, (THERE, LI))
    assert clear is first
    assert [s.issue for s in first.sightings] == [Reason.BLURRED]


def test_a_visit_ends_after_the_gap_and_not_before(tracker: VisitTracker) -> None:
    (visit,) = step(tracker, 0.0, (HERE, LI))
    assert tracker.end(1.0) == []
    assert tracker.end(1.0001) == [visit]
    assert tracker.visits == ()
    (later,) = step(tracker, 1.1, (HERE, LI))
    assert later.id != visit.id


def test_an_embedding_that_is_no_number_never_agrees(tracker: VisitTracker) -> None:
    (visit,) = step(tracker, 0.0, (HERE, LI))
    nothing = np.full(2, np.nan, np.float32)
    (other,) = step(tracker, 0.1, (HERE, nothing))
    assert other is not visit


def test_restart_gives_a_new_id_and_keeps_the_evidence(tracker: VisitTracker) -> None:
    (visit,) = step(tracker, 0.0, (HERE, LI))
    visit.add(Sighting(0.0))
    visit.recorded = True
    again = tracker.restart(visit)
    assert again.id != visit.id
    assert again.sightings == [Sighting(0.0)]
    assert not again.recorded
    (followed,) = step(tracker, 0.1, (HERE, LI))
    assert followed is again


def test_a_visit_of_hours_stays_small(tracker: VisitTracker) -> None:
    (visit,) = step(tracker, 0.0, (HERE, LI))
    for i in range(10_000):
        visit.add(Sighting(i * 0.04))
    assert len(visit.sightings) <= 200
    assert visit.sightings[-1].moment == pytest.approx(399.96)


@pytest.mark.parametrize(
    ("other", "share"),
    [
        (HERE, 1.0),
        ((140.0, 100.0, 80.0, 80.0), 1 / 3),
        ((120.0, 120.0, 40.0, 40.0), 0.25),
        ((180.0, 100.0, 80.0, 80.0), 0.0),
        ((0.0, 0.0, 0.0, 0.0), 0.0),
    ],
)
def test_overlap_by_hand(other: Box, share: float) -> None:
    assert overlap(HERE, other) == pytest.approx(share)
    assert overlap(other, HERE) == pytest.approx(share)


boxes = st.tuples(st.floats(0, 600), st.floats(0, 440), st.floats(20, 200), st.floats(20, 200))
frames = st.lists(
    st.lists(st.tuples(boxes, st.one_of(st.none(), st.floats(0, 180))), max_size=4), max_size=12
)


@given(frames)
def test_every_face_has_its_own_visit_and_old_ones_go(
    all_frames: list[list[tuple[Box, float | None]]],
) -> None:
    tracker = VisitTracker(gap=0.5, agreement=0.4)
    for i, faces in enumerate(all_frames):
        moment = i * 0.2
        visits = step(tracker, moment, *[(b, None if a is None else look(a)) for b, a in faces])
        assert len({visit.id for visit in visits}) == len(faces)
        assert all(visit in tracker.visits for visit in visits)
        assert all(moment - visit.seen <= 0.5 for visit in tracker.visits)
        assert [visit.box for visit in visits] == [box for box, _ in faces]
