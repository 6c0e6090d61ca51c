import threading

from camera_fakes import WAIT

from faceaccess.camera.pace import Pace, wait_until
from faceaccess.core.clock import ManualClock


def test_as_fast_as_it_goes_never_waits_and_stamps_positions() -> None:
    clock = ManualClock()
    pace = Pace(clock, as_fast_as_it_goes=True)
    pace.restart()
    assert pace.wait_for(3600.0)
    moment, time = pace.stamp(3600.0)
    assert moment == 3600.0
    assert (time - clock.now()).total_seconds() == 3600.0


def test_at_its_own_speed_it_waits_for_the_clock() -> None:
    clock = ManualClock()
    pace = Pace(clock, as_fast_as_it_goes=False)
    pace.restart()
    assert pace.wait_for(0.0)
    done = threading.Event()
    waiter = threading.Thread(target=lambda: pace.wait_for(2.0) and done.set())
    waiter.start()
    clock.advance(1.9)
    assert not done.wait(0.15)
    clock.advance(0.1)
    assert done.wait(WAIT)
    waiter.join(WAIT)
    assert pace.stamp(2.0) == (clock.monotonic(), clock.now())


def test_who_fell_behind_goes_on_from_there_instead_of_hurrying() -> None:
    clock = ManualClock()
    pace = Pace(clock, as_fast_as_it_goes=False)
    pace.restart()
    pace.wait_for(0.0)
    clock.advance(10)
    assert pace.wait_for(0.04)
    waiter = threading.Thread(target=pace.wait_for, args=(0.08,))
    waiter.start()
    waiter.join(0.15)
    assert waiter.is_alive()
    clock.advance(0.05)
    waiter.join(WAIT)
    assert not waiter.is_alive()


def test_a_wait_can_be_broken_off_from_another_thread() -> None:
    pace = Pace(ManualClock(), as_fast_as_it_goes=False)
    pace.restart()
    pace.wait_for(0.0)
    answers: list[bool] = []
    waiter = threading.Thread(target=lambda: answers.append(pace.wait_for(1000.0)))
    waiter.start()
    pace.break_off()
    waiter.join(WAIT)
    assert answers == [False]
    pace.restart()
    assert pace.wait_for(0.0)


def test_wait_until_a_moment_that_has_come() -> None:
    assert wait_until(ManualClock(), 0.0, threading.Event())
    stopped = threading.Event()
    stopped.set()
    assert not wait_until(ManualClock(), 0.0, stopped)
