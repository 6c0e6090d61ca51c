"""The job thread: every job ends once, in the GUI thread, and nothing outlives it."""

import os
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.progress import Job, Progress
from faceaccess.gui.worker import LONG_NICENESS, JobRunner


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    runner.shutdown()


class Ends:
    """Notes every callback, and whether it came in the GUI thread."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []
        self.threads: set[int] = set()

    def note(self, kind: str) -> Callable[..., None]:
        def told(value: object = None) -> None:
            self.told.append((kind, value))
            self.threads.add(threading.get_ident())

        return told

    def start(self, runner: JobRunner, factory: Callable[[], Job[object]]) -> None:
        runner.start(
            factory,
            on_progress=self.note("progress"),
            on_done=self.note("done"),
            on_failed=self.note("failed"),
            on_cancelled=self.note("cancelled"),
        )

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.told if kind != "progress"]


def counting(steps: int) -> Job[int]:
    for step in range(steps):
        yield Progress("Counting", step, steps)
    return steps


def test_a_job_tells_all_progress_in_order_then_its_result_in_the_gui_thread(
    qtbot: QtBot, runner: JobRunner
) -> None:
    ends = Ends()
    ends.start(runner, lambda: counting(500))
    qtbot.waitUntil(lambda: not runner.busy)
    assert [p.done for kind, p in ends.told if kind == "progress"] == list(range(500))
    assert ends.told[-1] == ("done", 500)
    assert ends.kinds == ["done"]
    assert ends.threads == {threading.get_ident()}


def test_the_job_itself_runs_on_another_thread(qtbot: QtBot, runner: JobRunner) -> None:
    seen: list[bool] = []
    gui = QThread.currentThread()
    runner.call(lambda: seen.append(QThread.currentThread() is gui), on_failed=pytest.fail)
    qtbot.waitUntil(lambda: not runner.busy)
    assert seen == [False]


def test_a_known_error_is_one_failure_and_not_logged(qtbot: QtBot, runner: JobRunner) -> None:
    ends = Ends()

    def job() -> Job[object]:
        yield Progress("Working")
        raise KnownError("The disk is full.", "Make room.")

    ends.start(runner, job)
    qtbot.waitUntil(lambda: not runner.busy)
    assert ends.kinds == ["failed"]
    assert str(ends.told[-1][1]) == "The disk is full. Make room."


@pytest.mark.expected_log_errors
@pytest.mark.parametrize("error", [RuntimeError("torch"), SystemExit(3), MemoryError()])
def test_whatever_else_a_job_raises_is_exactly_one_failure(
    qtbot: QtBot, runner: JobRunner, error: BaseException
) -> None:
    ends = Ends()

    def factory() -> Job[object]:
        raise error  # the factory, not even the job

    ends.start(runner, factory)
    qtbot.waitUntil(lambda: not runner.busy)
    assert ends.told == [("failed", error)]


def test_cancel_ends_between_two_steps_and_closes_the_job(qtbot: QtBot, runner: JobRunner) -> None:
    ends, rolled_back, go_on = Ends(), threading.Event(), threading.Event()

    def job() -> Job[object]:
        try:
            yield Progress("First")
            go_on.wait(10)
            yield Progress("Second")
            pytest.fail("the job went on after it was cancelled")
        finally:
            rolled_back.set()

    ends.start(runner, job)
    qtbot.waitUntil(lambda: bool(ends.told))
    runner.cancel()
    go_on.set()
    qtbot.waitUntil(lambda: not runner.busy)
    assert ends.kinds == ["cancelled"]
    assert rolled_back.is_set()


def test_a_second_job_is_refused_until_the_first_has_ended(qtbot: QtBot, runner: JobRunner) -> None:
    ends, go_on = Ends(), threading.Event()
    changes: list[bool] = []
    runner.busy_changed.connect(changes.append)
    runner.call(go_on.wait, on_failed=pytest.fail, on_done=ends.note("done"))
    with pytest.raises(KnownError, match="still being done"):
        ends.start(runner, lambda: counting(1))
    go_on.set()
    qtbot.waitUntil(lambda: not runner.busy)
    ends.start(runner, lambda: counting(1))
    qtbot.waitUntil(lambda: not runner.busy)
    assert ends.kinds == ["done", "done"]
    assert changes == [True, False, True, False]


def test_a_job_may_be_started_by_the_end_of_another(qtbot: QtBot, runner: JobRunner) -> None:
    ends = Ends()
    runner.call(
        lambda: 1,
        on_failed=pytest.fail,
        on_done=lambda _one: ends.start(runner, lambda: counting(2)),
    )
    qtbot.waitUntil(lambda: ends.kinds == ["done"])


def test_shutdown_joins_and_tells_the_end_of_what_ran(qtbot: QtBot) -> None:
    runner, ends, started = JobRunner(), Ends(), threading.Event()

    def job() -> Job[object]:
        while True:
            started.set()
            yield Progress("For ever")

    ends.start(runner, job)
    assert started.wait(10)
    runner.shutdown()
    assert ends.kinds == ["cancelled"]
    qtbot.wait(20)  # the queued signal of the same end must not tell it again
    assert ends.kinds == ["cancelled"]
    with pytest.raises(BugError):
        ends.start(runner, lambda: counting(1))


def stepping(steps: threading.Semaphore, at: list[int]) -> Job[int]:
    """A job that takes a step for each permit and notes how many it has begun."""
    try:
        for number in range(1000):
            at.append(number)
            yield Progress("Working", number)
            steps.acquire()
    finally:
        at.append(-1)
    return 1


def test_a_paused_job_holds_between_two_steps_and_goes_on(qtbot: QtBot, runner: JobRunner) -> None:
    ends, steps, at = Ends(), threading.Semaphore(0), []
    changes: list[bool] = []
    runner.paused_changed.connect(changes.append)
    ends.start(runner, lambda: stepping(steps, at))
    qtbot.waitUntil(lambda: at == [0])
    runner.pause()
    assert runner.paused
    assert runner.busy
    steps.release()  # the step that it is in may end
    qtbot.waitUntil(lambda: at == [0, 1])
    steps.release(5)  # no other begins: it does not even take the permits
    qtbot.wait(50)
    assert at == [0, 1]
    assert steps._value == 5
    runner.resume()
    qtbot.waitUntil(lambda: at == [0, 1, 2, 3, 4, 5, 6])
    assert changes == [True, False]
    assert ends.kinds == []
    runner.cancel()
    steps.release()


def test_a_paused_job_can_be_cancelled(qtbot: QtBot, runner: JobRunner) -> None:
    ends, steps, at = Ends(), threading.Semaphore(0), []
    ends.start(runner, lambda: stepping(steps, at))
    qtbot.waitUntil(lambda: at == [0])
    runner.pause()
    steps.release()
    qtbot.waitUntil(lambda: at == [0, 1])
    runner.cancel()
    assert not runner.paused
    runner.pause()  # what must end is not held up any more
    assert not runner.paused
    qtbot.waitUntil(lambda: not runner.busy)
    assert ends.kinds == ["cancelled"]
    assert at == [0, 1, -1]


def test_a_job_can_be_paused_before_it_has_begun(qtbot: QtBot, runner: JobRunner) -> None:
    ends, made, steps, at = Ends(), threading.Event(), threading.Semaphore(0), []

    def factory() -> Job[object]:
        made.wait(10)
        return stepping(steps, at)

    ends.start(runner, factory)
    runner.pause()
    made.set()
    qtbot.wait(50)
    assert at == []
    runner.cancel()
    qtbot.waitUntil(lambda: not runner.busy)
    assert ends.kinds == ["cancelled"]
    assert at == []  # a generator that never began has nothing to close


def test_shutdown_ends_a_paused_job(qtbot: QtBot) -> None:
    runner, ends, steps, at = JobRunner(), Ends(), threading.Semaphore(0), []
    ends.start(runner, lambda: stepping(steps, at))
    qtbot.waitUntil(lambda: at == [0])
    runner.pause()
    steps.release()
    qtbot.waitUntil(lambda: at == [0, 1])
    runner.shutdown()
    assert ends.kinds == ["cancelled"]
    assert at == [0, 1, -1]


def test_a_job_that_ends_in_the_step_after_which_it_was_to_hold_leaves_nothing_paused(
    qtbot: QtBot, runner: JobRunner
) -> None:
    ends, begun, go_on = Ends(), threading.Event(), threading.Event()
    changes: list[bool] = []
    runner.paused_changed.connect(changes.append)

    def job() -> Job[object]:
        yield Progress("Working")
        begun.set()
        go_on.wait(10)
        return 1

    ends.start(runner, job)
    assert begun.wait(10)
    runner.pause()
    go_on.set()
    qtbot.waitUntil(lambda: not runner.busy)
    assert ends.kinds == ["done"]
    assert changes == [True, False]
    runner.pause()  # nothing runs
    assert not runner.paused
    ends.start(runner, lambda: counting(2))
    qtbot.waitUntil(lambda: ends.kinds == ["done", "done"])


def test_two_runners_do_not_keep_each_other_from_work(qtbot: QtBot, runner: JobRunner) -> None:
    other, ends, steps, at = JobRunner(niceness=10), Ends(), threading.Semaphore(0), []
    ends.start(other, lambda: stepping(steps, at))
    qtbot.waitUntil(lambda: at == [0])
    ends.start(runner, lambda: counting(3))
    qtbot.waitUntil(lambda: not runner.busy)
    assert ends.kinds == ["done"]
    assert other.busy
    steps.release(1000)
    other.cancel()
    qtbot.waitUntil(lambda: not other.busy)
    other.shutdown()


@pytest.mark.skipif(sys.platform != "linux", reason="niceness belongs to a thread on Linux alone")
def test_a_runner_stands_back_as_far_as_it_was_told(qtbot: QtBot) -> None:
    runner, seen = JobRunner(niceness=LONG_NICENESS), []
    runner.call(
        lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()),
        on_failed=pytest.fail,
        on_done=seen.append,
    )
    qtbot.waitUntil(lambda: not runner.busy)
    runner.shutdown()
    assert seen == [max(LONG_NICENESS, os.getpriority(os.PRIO_PROCESS, 0))]
