"""Compared runs differ in their optimizer alone; what was made before is not made again."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from gratings import gratings

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Progress, run
from faceaccess.learn import comparison
from faceaccess.learn.choices import OPTIMIZERS
from faceaccess.learn.comparison import ComparedRun, Variations, compare
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.picture_task import PictureTask
from faceaccess.learn.picture_training import train_pictures
from faceaccess.learn.prepared_set import PreparedSet
from faceaccess.learn.stop_rules import EpochFigures

CHOSEN = Hyperparameters(
    network="conv 4x3 | relu | pool 2 | fc 12 | relu | classes", batch=8, epochs=2, seed=5, shift=1
)


@pytest.fixture(scope="module")
def training() -> PreparedSet:
    return gratings(3, 10, seed=1, size=10)


@pytest.fixture(scope="module")
def test() -> PreparedSet:
    return gratings(3, 5, seed=2, size=10)


def timeless(history: Sequence[EpochFigures]) -> list[EpochFigures]:
    return [replace(figures, seconds=0.0) for figures in history]


def test_each_run_is_a_training_of_its_own(training: PreparedSet, test: PreparedSet) -> None:
    runs = run(compare(training, test, CHOSEN, optimizers=list(OPTIMIZERS), seeds=2))
    assert [(r.seed, r.optimizer) for r in runs] == [(s, o) for s in (5, 6) for o in OPTIMIZERS]
    for made in runs:
        chosen = replace(CHOSEN, optimizer=made.optimizer, seed=made.seed)
        alone = run(train_pictures(training, test, chosen))
        assert timeless(made.history) == timeless(alone.history)
        assert made.stopped_by == "epochs"
    histories = {tuple(timeless(made.history)) for made in runs}
    assert len(histories) == len(runs)


def test_same_start_and_same_batches_for_all_of_a_seed(
    training: PreparedSet, test: PreparedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "_warm_up", lambda *_: iter(()))
    seen: list[tuple[bytes, list[bytes]]] = []
    made, gradients = PictureTask.__init__, PictureTask.gradients

    def starting(task: PictureTask, *args: Any, **options: Any) -> None:
        made(task, *args, **options)
        seen.append((b"".join(v.numpy().tobytes() for v in task.kept.values()), []))

    def looking(task: PictureTask, epoch: int, step: int) -> Any:
        seen[-1][1].append(task._positions(epoch, step).tobytes())
        return (yield from gradients(task, epoch, step))

    monkeypatch.setattr(PictureTask, "__init__", starting)
    monkeypatch.setattr(PictureTask, "gradients", looking)
    run(compare(training, test, CHOSEN, optimizers=["direction", "adam", "sgd"], seeds=2))
    first, second = seen[:3], seen[3:]
    assert first[0] == first[1] == first[2]
    assert second[0] == second[1] == second[2]
    assert first[0][0] != second[0][0]
    assert first[0][1] != second[0][1]
    assert len(first[0][1]) == 2 * 4


def test_progress_counts_over_all_runs(training: PreparedSet, test: PreparedSet) -> None:
    seen: list[Progress] = []
    run(compare(training, test, CHOSEN, optimizers=["direction", "adam"], seeds=2), seen.append)
    told = [p for p in seen if p.figures]
    assert {p.total for p in told} == {4 * 8}
    assert [p.done for p in told] == sorted(p.done for p in told)
    ends = [p for p in told if p.figures.get("end_of_run")]
    assert [p.text for p in ends] == [
        *("direction, seed 5", "adam, seed 5", "direction, seed 6", "adam, seed 6")
    ]
    assert [p.figures["run"] for p in ends] == [0, 1, 2, 3]
    assert [p.done for p in ends] == [8, 16, 24, 32]
    epochs = [p for p in told if p.figures.get("end_of_epoch")]
    assert [p.figures["run"] for p in epochs] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert all("accuracy" in p.figures for p in epochs)


def test_finished_runs_are_not_made_again(
    training: PreparedSet, test: PreparedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(compare(training, test, CHOSEN, optimizers=["direction", "adam"], seeds=2))
    marked = [replace(made, seconds=1e6) for made in whole[:3]]
    some = run(
        compare(training, test, CHOSEN, optimizers=["direction", "adam"], seeds=2, finished=marked)
    )
    assert list(some) == marked  # the new one was appended
    assert [made.seconds for made in some[:3]] == [1e6] * 3
    assert timeless(some[3].history) == timeless(whole[3].history)

    def none(*_: object, **__: object) -> None:
        raise AssertionError("a finished run is made again")

    monkeypatch.setattr(PictureTask, "__init__", none)
    again = compare(
        training, test, CHOSEN, optimizers=["direction", "adam"], seeds=2, finished=list(whole)
    )
    assert run(again) == whole


def test_seconds_are_each_runs_own(
    training: PreparedSet, test: PreparedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    gradients = PictureTask.gradients

    def slow(*args: Any) -> Any:
        clock.advance(1.0)
        return (yield from gradients(*args))

    monkeypatch.setattr(PictureTask, "gradients", slow)
    job = compare(training, test, CHOSEN, optimizers=["direction", "sgd"], seeds=1, clock=clock)
    runs = run(job, lambda _: clock.advance(50.0))
    assert [made.seconds for made in runs] == [8.0, 8.0]
    assert [figures.seconds for figures in runs[1].history] == [4.0, 8.0]


# --- variations


def test_steps_of_ones_own(training: PreparedSet, test: PreparedSet) -> None:
    slower = Variations(initial_steps={"adam": 0.0005})
    names = ["direction", "adam"]
    varied = run(compare(training, test, CHOSEN, optimizers=names, seeds=1, variations=slower))
    plain = run(compare(training, test, CHOSEN, optimizers=names, seeds=1))
    assert timeless(varied[0].history) == timeless(plain[0].history)
    assert varied[1].history[-1].step_length == 0.0005
    assert timeless(varied[1].history) != timeless(plain[1].history)


def test_optimizers_from_elsewhere(training: PreparedSet, test: PreparedSet) -> None:
    makers = {"mine": lambda params: torch.optim.SGD(params, 0.001)}
    mine, sgd = run(
        compare(
            training,
            test,
            CHOSEN,
            optimizers=["mine", "sgd"],
            seeds=1,
            variations=Variations(makers=makers),
        )
    )
    assert (mine.optimizer, sgd.optimizer) == ("mine", "sgd")
    assert timeless(mine.history) == timeless(sgd.history)


def test_a_factor_on_the_loss_changes_rivals_and_no_direction(
    training: PreparedSet, test: PreparedSet
) -> None:
    names = ["direction", "direction-as-written", "momentum"]

    def of(factor: float) -> tuple[ComparedRun, ...]:
        variations = Variations(loss_factor=factor)
        return run(
            compare(training, test, CHOSEN, optimizers=names, seeds=1, variations=variations)
        )

    plain, larger = of(1.0), of(64.0)  # a power of two: no rounding either
    for one, other in zip(plain[:2], larger[:2], strict=True):
        for figures, scaled in zip(one.history, other.history, strict=True):
            assert figures.gradient_norm is not None
            norm = pytest.approx(64 * figures.gradient_norm, rel=1e-6)
            assert replace(figures, seconds=0.0, gradient_norm=0.0) == (
                replace(scaled, seconds=0.0, gradient_norm=0.0)
            )
            assert scaled.gradient_norm == norm
    # For the rival it is a learning rate that is 64 times larger.
    faster = Variations(initial_steps={"momentum": 0.064})
    (expected,) = run(
        compare(training, test, CHOSEN, optimizers=["momentum"], seeds=1, variations=faster)
    )
    losses = [figures.loss for figures in expected.history]
    assert [figures.loss for figures in larger[2].history] == pytest.approx(losses, rel=1e-4)
    assert [figures.loss for figures in plain[2].history] != pytest.approx(losses, rel=1e-3)


def test_a_run_that_diverges_is_a_result(training: PreparedSet, test: PreparedSet) -> None:
    wild = Variations(initial_steps={"sgd": 1e30})
    runs = run(
        compare(training, test, CHOSEN, optimizers=["sgd", "direction"], seeds=1, variations=wild)
    )
    assert (runs[0].history, runs[0].stopped_by) == ((), "diverged")
    assert len(runs[1].history) == 2


# --- what is refused


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"optimizers": ["direction", "adm"], "seeds": 1}, "adm"),
        ({"optimizers": [], "seeds": 1}, "nothing to compare"),
        ({"optimizers": ["adam"], "seeds": 0}, "nothing to compare"),
        (
            {
                "optimizers": ["adam"],
                "seeds": 1,
                "variations": Variations(initial_steps={"adam": math.nan}),
            },
            "nan",
        ),
    ],
)
def test_impossible_comparisons(
    training: PreparedSet, test: PreparedSet, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(KnownError, match=told):
        run(compare(training, test, CHOSEN, **options))


def test_one_step_for_all_and_a_batch_too_large(training: PreparedSet, test: PreparedSet) -> None:
    with pytest.raises(KnownError, match=r"initial step of 0\.1"):
        run(
            compare(training, test, replace(CHOSEN, initial_step=0.1), optimizers=["adam"], seeds=1)
        )
    with pytest.raises(KnownError, match="batch of 99"):
        run(compare(training, test, replace(CHOSEN, batch=99), optimizers=["adam"], seeds=1))


def test_closed_at_any_point(training: PreparedSet, test: PreparedSet) -> None:
    for after in (1, 2, 4):
        job = compare(training, test, CHOSEN, optimizers=["direction", "adam"], seeds=1)
        for _ in range(after):
            next(job)
        job.close()
        with pytest.raises(StopIteration):
            next(job)
