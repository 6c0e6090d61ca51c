import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaccess.door.rules.tries import MOST_DELAY, Tries, delay_after


@pytest.mark.parametrize(
    ("failures", "delay"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (8, 240), (11, 1920), (12, 3600), (10**9, 3600)],
)
def test_delays_by_hand(failures: int, delay: float) -> None:
    assert delay_after(failures) == delay


def test_a_stricter_door_begins_earlier() -> None:
    assert [delay_after(n, 2) for n in range(5)] == [0, 0, 30, 60, 120]


def test_what_fails_during_a_delay_is_no_try() -> None:
    tries = Tries()
    for second in range(5):
        tries = tries.failed(float(second))
    assert tries.wait(4.0) == 30.0
    assert tries.failed(20.0) is tries
    assert tries.wait(34.0) == 0.0
    assert tries.failed(34.0).wait(34.0) == 60.0


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 5000), st.booleans()), max_size=40),
    st.integers(1, 5),
)
def test_a_delay_runs_off_whole_whatever_happens(
    steps: list[tuple[float, bool]], free: int
) -> None:
    moment, tries, must_wait_until = 0.0, Tries(), 0.0
    for seconds, fails in steps:
        moment += seconds
        if fails:
            tries = tries.failed(moment, free)
        if tries.wait(moment) > 0 and must_wait_until <= moment:
            must_wait_until = moment + delay_after(tries.failures, free)
        assert tries.wait(moment) == pytest.approx(max(0.0, must_wait_until - moment))
        assert tries.wait(moment) <= MOST_DELAY
