"""Old pictures out of a buffer are told from fresh ones; values computed by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.camera.lateness import LATE_FOR, Lateness, Waiting

STEP = 0.04


def settled(offset: float = 100.0) -> tuple[Lateness, float]:
    """Return a stream that has come promptly for a second, and the camera's time then."""
    timing = Lateness()
    for number in range(26):
        timing.came(offset + number * STEP, number * STEP)
    return timing, 25 * STEP


def test_prompt_pictures_are_usable_after_a_fifth_of_a_second() -> None:
    timing = Lateness()
    told = [timing.came(100 + n * STEP, n * STEP) for n in range(12)]
    assert [one.usable for one in told] == [False] * 5 + [True] * 7
    assert {one.late for one in told} == {0.0}


def test_what_the_buffers_held_at_the_opening_is_left_out() -> None:
    timing = Lateness()
    held = [timing.came(100 + n * 0.001, n * STEP) for n in range(30)]  # 1.2 s of video in 30 ms
    assert not any(one.usable for one in held)
    live = [timing.came(100.03 + n * STEP, (30 + n) * STEP) for n in range(12)]
    assert [one.usable for one in live].index(True) <= 6
    assert live[-1].late == pytest.approx(0.0, abs=0.001)


def test_a_pause_within_the_buffered_pictures_ends_nothing() -> None:
    timing = Lateness()
    for n in range(10):
        timing.came(100 + n * 0.001, n * STEP)
    later = [timing.came(100.15 + n * 0.001, (10 + n) * STEP) for n in range(20)]
    assert not any(one.usable for one in later)


def test_pictures_that_were_held_up_are_late_by_as_much() -> None:
    timing, taken = settled()
    # 3 s without a picture; then all come at once, a millisecond apart.
    told = [timing.came(104.04 + n * 0.001, taken + (n + 1) * STEP) for n in range(75)]
    assert told[0].late == pytest.approx(3.0, abs=0.01)
    assert told[25].late == pytest.approx(3.0 - 25 * 0.039, abs=0.01)
    assert [one.usable for one in told] == [one.late <= 0.5 for one in told]
    assert told[-1].usable
    assert not told[40].usable


def test_a_camera_that_takes_no_pictures_for_a_while_is_not_late() -> None:
    timing, taken = settled()
    back = timing.came(105.0, taken + 4.0)
    assert back.usable
    assert back.late == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("leap", [-86_400.0, -0.5, 0.0, 5.0, 86_400.0])
def test_a_camera_whose_clock_is_set_is_not_late(leap: float) -> None:
    timing, taken = settled()
    told = [timing.came(101 + n * STEP, taken + leap + n * STEP) for n in range(1, 10)]
    assert all(one.usable for one in told)
    assert max(one.late for one in told) == pytest.approx(0.0, abs=0.05)


def test_setting_the_clock_hides_no_delay() -> None:
    timing, taken = settled()
    assert timing.came(104.04, taken + STEP).late == pytest.approx(3.0, abs=0.01)
    for leap in (86_400.0, -86_400.0):
        told = timing.came(104.08, taken + leap)
        assert told.late == pytest.approx(3.0, abs=0.05)
        assert not told.usable


def test_a_clock_that_runs_a_little_slow_for_a_day_is_not_late() -> None:
    timing = Lateness()
    told = [timing.came(100.0 + n, n * (1 - 0.0003)) for n in range(86_400)]
    assert told[-1].usable
    assert told[-1].late == pytest.approx(0.0, abs=0.01)


def test_pictures_that_come_later_and_later_are_given_up() -> None:
    timing, taken = settled()
    given_up = []
    for n in range(1, 400):  # the camera takes 25 a second, the way takes 20
        at = 101 + n * 0.05
        timing.came(at, taken + n * STEP)
        given_up.append(timing.given_up(at))
    # 0.2 s later in each second, less the drift: too late after 2.5 s, given up 5 s after that.
    assert (given_up.index(True) + 1) * 0.05 == pytest.approx(2.5 + LATE_FOR, abs=0.2)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(-1e6, 1e6)), min_size=1, max_size=60))
def test_a_liar_makes_nothing_negative_or_early(steps: list[tuple[float, float]]) -> None:
    timing, arrival = Lateness(), 0.0
    for waited, taken in steps:
        arrival += waited
        told = timing.came(arrival, taken)
        assert told.late >= 0
        assert not (told.usable and told.late > 0.5)


def test_without_a_time_line_pictures_that_were_there_already_are_left_out() -> None:
    timing = Waiting()
    assert [timing.came(at, 0.0).usable for at in (100.0, 100.001, 100.002, 100.042, 100.043)] == [
        False, False, False, True, True,
    ]  # fmt: skip
    after_silence = (103.0, 103.001, 103.002, 103.04)
    assert [timing.came(at, 0.0).usable for at in after_silence] == [False, False, False, True]
    assert not timing.given_up(104.0)
    assert not any(timing.came(110 + n * 0.001, 0.0).usable for n in range(5100))
    assert timing.given_up(110 + 5.1)
