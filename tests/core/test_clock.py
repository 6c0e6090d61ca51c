from datetime import UTC, timedelta

import pytest

from faceaccess.core.clock import ManualClock, SystemClock


def test_the_system_clock_is_aware_utc_and_never_runs_backwards() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)


def test_a_manual_clock_moves_both_times_together_and_only_when_told() -> None:
    clock = ManualClock()
    start = clock.now()
    assert clock.now() == start
    assert clock.monotonic() == 0.0
    clock.advance(1.5)
    assert clock.now() - start == timedelta(seconds=1.5)
    assert clock.monotonic() == 1.5


def test_a_manual_clock_refuses_to_go_back() -> None:
    clock = ManualClock()
    with pytest.raises(ValueError, match="-1"):
        clock.advance(-1)
    assert clock.monotonic() == 0.0
