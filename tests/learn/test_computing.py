"""torch is as the caller left it at every yield; the stopwatch counts work alone."""

import pytest
import torch

from faceaccess.core.clock import ManualClock
from faceaccess.core.progress import Job, Progress, run
from faceaccess.learn.computing import Stopwatch, computing


def modes(seen: list[tuple[int, bool, bool]]) -> Job[str]:
    for _ in range(2):
        seen.append(mode())
        yield Progress("Working")
    seen.append(mode())
    return "done"


def mode() -> tuple[int, bool, bool]:
    return torch.get_num_threads(), torch.is_grad_enabled(), torch.is_inference_mode_enabled()


@pytest.mark.parametrize("outside", ["plain", "no_grad", "inference"])
def test_modes_hold_inside_only(outside: str) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        inside: list[tuple[int, bool, bool]] = []
        around = {
            "plain": torch.enable_grad,
            "no_grad": torch.no_grad,
            "inference": torch.inference_mode,
        }[outside]
        with around():
            as_left = mode()
            job = computing(modes(inside), threads=1)
            for _ in job:
                assert mode() == as_left
            assert mode() == as_left
        assert inside == [(1, True, False)] * 3
    finally:
        torch.set_num_threads(before)


def test_none_leaves_the_threads() -> None:
    before = torch.get_num_threads()
    inside: list[tuple[int, bool, bool]] = []
    assert run(computing(modes(inside), threads=None)) == "done"
    assert {threads for threads, _, _ in inside} == {before}


def test_threads_are_put_back_after_an_error_and_a_close() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    closed: list[int] = []

    def failing() -> Job[None]:
        try:
            yield Progress("Working")
            raise ValueError("broken")
        finally:
            closed.append(torch.get_num_threads())

    try:
        with pytest.raises(ValueError, match="broken"):
            run(computing(failing(), threads=1))
        assert torch.get_num_threads() == 2
        job = computing(failing(), threads=1)
        next(job)
        job.close()
        assert torch.get_num_threads() == 2
        assert closed == [1, 1]
    finally:
        torch.set_num_threads(before)


def test_only_work_is_counted() -> None:
    clock = ManualClock()
    watch = Stopwatch(clock)

    def work() -> Job[float]:
        clock.advance(2.0)
        yield Progress("Working")
        clock.advance(3.0)
        return watch.seconds

    inside = run(computing(work(), threads=None, watch=watch), lambda _: clock.advance(100.0))
    assert inside == 5.0
    clock.advance(7.0)
    assert watch.seconds == 5.0


def test_the_count_can_be_set_at_any_time() -> None:
    clock = ManualClock()
    watch = Stopwatch(clock)
    watch.set(10.0)
    assert watch.seconds == 10.0
    with watch.running():
        clock.advance(1.0)
        assert watch.seconds == 11.0
        watch.set(50.0)
        clock.advance(2.0)
    assert watch.seconds == 52.0
