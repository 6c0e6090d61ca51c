"""Drawn people who hear what a door asks: late as people are, smoothly, and then they go on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.camera.drawn import DrawnPeopleSource
from faceaccess.camera.drawn_obedience import ASIDE, ORDERS, UP, ObedientHead
from faceaccess.camera.drawn_people import STAFF, Pose, geometry
from faceaccess.camera.protocol import Hearing
from faceaccess.core.clock import ManualClock
from faceaccess.core.reasons import Reason

SIGNS = {
    Reason.TURN_LEFT: (1, 0),  # their own left is on the picture's right
    Reason.TURN_RIGHT: (-1, 0),
    Reason.LOOK_UP: (0, 1),
    Reason.LOOK_DOWN: (0, -1),
    Reason.LOOK_STRAIGHT: (0, 0),
}


@given(seed=st.integers(0, 10**6), order=st.sampled_from(sorted(SIGNS)))
def test_a_head_goes_where_it_is_told_and_back(seed: int, order: Reason) -> None:
    head = ObedientHead(np.random.default_rng(seed))
    head.hear(order, 1.0)
    assert head.at(1.0 + 0.25) == (0.0, 0.0)  # nobody is as fast as that
    aside, up = head.at(3.5)
    assert (np.sign(aside), np.sign(up)) == SIGNS[order]
    if SIGNS[order][0]:
        assert ASIDE[0] <= abs(aside) <= ASIDE[1]
    if SIGNS[order][1]:
        assert UP[0] <= abs(up) <= UP[1]
    head.hear(Reason.RECOGNISED, 3.5)
    assert head.order is None
    assert head.at(6.0) == (0.0, 0.0)


@given(seed=st.integers(0, 10**6))
def test_a_head_moves_smoothly_and_the_same_order_again_changes_nothing(seed: int) -> None:
    head = ObedientHead(np.random.default_rng(seed))
    head.hear(Reason.TURN_LEFT, 0.0)
    angles = []
    for step in range(300):
        if step % 20 == 0:
            head.hear(Reason.TURN_LEFT, step / 100)
        angles.append(head.at(step / 100)[0])
    steps = np.diff(angles)
    assert (steps >= 0).all()
    assert steps.max() < 2.5  # degrees in 10 ms: heads do not leap


def test_everything_that_is_asked_for_is_known() -> None:
    assert set(SIGNS) == ORDERS


@pytest.mark.parametrize(("nod", "sign"), [(15.0, -1), (-15.0, 1)])
def test_a_head_that_looks_up_lifts_its_nose_further_than_its_eyes(nod: float, sign: int) -> None:
    straight = geometry(STAFF[0]).landmarks
    moved = geometry(STAFF[0], pose=Pose(nod=nod)).landmarks - straight
    assert sign * moved[2, 1] > 1.2 * abs(moved[:2, 1]).max() > 0
    assert np.abs(moved[:, 0]).max() < 1e-3


def test_who_is_asked_stays_and_who_is_not_goes_on() -> None:
    asked, left = (
        DrawnPeopleSource("demo:?seed=3", ManualClock(), as_fast_as_it_goes=True) for _ in "12"
    )
    assert isinstance(asked, Hearing)
    gone: dict[str, set[str | None]] = {"asked": set(), "left": set()}
    boxes = []
    for source in (asked, left):
        source.open()
    for number in range(150):
        if number == 60:
            asked.hear(Reason.TURN_LEFT)
        frames = [source.read() for source in (asked, left)]
        assert None not in frames
        for name, frame in zip(gone, frames, strict=True):
            assert frame is not None
            assert frame.truth is not None
            if number >= 60:
                gone[name] |= {truth.name for truth in frame.truth} or {"nobody"}
        if number >= 110 and frames[0] is not None and frames[0].truth:
            boxes.append(frames[0].truth[0].box)
    assert len(gone["asked"]) == 1
    assert "nobody" in gone["left"]
    assert len(set(boxes)) == 1  # turned, and waiting
    asked.hear(Reason.RECOGNISED)
    left_at = []
    for _ in range(120):
        frame = asked.read()
        assert frame is not None
        left_at.append(not frame.truth)
    assert any(left_at)
    for source in (asked, left):
        source.close()
