import pytest

from faceaccess.core.progress import CancelledError, Job, Progress, run


class Recorder:
    """Stands for a transaction: notes how it ended."""

    def __init__(self) -> None:
        self.ended: str | None = None

    def job(self, steps: int) -> Job[int]:
        try:
            for step in range(steps):
                yield Progress("Counting", step, steps)
        except GeneratorExit:
            self.ended = "rolled back"
            raise
        except ValueError:
            self.ended = "failed"
            raise
        self.ended = "committed"
        return steps


def test_run_returns_the_result_and_shows_every_step() -> None:
    recorder = Recorder()
    seen: list[int] = []
    assert run(recorder.job(4), lambda p: seen.append(p.done)) == 4
    assert seen == [0, 1, 2, 3]
    assert recorder.ended == "committed"


@pytest.mark.parametrize("after", [1, 2, 3])
def test_cancelling_closes_the_job_at_its_next_step(after: int) -> None:
    recorder = Recorder()
    seen: list[int] = []
    with pytest.raises(CancelledError):
        run(recorder.job(10), lambda p: seen.append(p.done), lambda: len(seen) >= after)
    assert len(seen) == after
    assert recorder.ended == "rolled back"


def test_a_job_cancelled_before_its_first_step_never_begins() -> None:
    recorder = Recorder()
    with pytest.raises(CancelledError):
        run(recorder.job(3), cancelled=lambda: True)
    assert recorder.ended is None


def test_an_error_in_the_progress_listener_closes_the_job() -> None:
    recorder = Recorder()

    def broken(progress: Progress) -> None:
        raise RuntimeError("listener")

    with pytest.raises(RuntimeError, match="listener"):
        run(recorder.job(3), broken)
    assert recorder.ended == "rolled back"
