"""The loop: figures, pieces, reasons, what is kept, and going on from any state."""

import copy
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from faceaccess.core.clock import ManualClock
from faceaccess.core.progress import Progress, run
from faceaccess.learn import trainer as trainer_module
from faceaccess.learn.computing import Stopwatch, computing
from faceaccess.learn.stop_rules import (
    Asked,
    EpochFigures,
    Iterations,
    LossReached,
    NoImprovement,
    StopRule,
    TimeLimit,
)
from faceaccess.learn.trainer import Evaluation, Outcome, Pieces, Trainer
from faceaccess.optim.gradient_direction import GradientDirection
from faceaccess.optim.weight_average import WeightAverage


class Bowl:
    """Half the squared distance of x from 0, once a sample; every step takes a second."""

    measured_at_start = False

    def __init__(self, clock: ManualClock, *, steps: int = 4, pieces: int = 1) -> None:
        self.x = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
        self.kept = self.x.detach().clone()
        self.steps = steps
        self.clock = clock
        self.pieces = pieces
        self.losses: dict[tuple[int, int], float] = {}  # faults put in
        self.gradient_faults: dict[tuple[int, int], float] = {}
        self.accuracies: list[float] = []
        self.evaluated: list[torch.Tensor] = []

    def gradients(self, epoch: int, step: int) -> Pieces[tuple[float, int]]:
        for _ in range(self.pieces - 1):
            yield
        self.clock.advance(1.0)
        value = 0.5 * float(self.x.detach().square().sum())
        self.x.grad = self.x.detach().clone()
        self.x.grad += self.gradient_faults.get((epoch, step), 0.0)
        # The last step of an epoch has one sample, the others three.
        return self.losses.get((epoch, step), value), 1 if step == self.steps - 1 else 3

    def constrain(self) -> None:
        pass

    def evaluate(self) -> Pieces[Evaluation]:
        yield from ()
        self.evaluated.append(self.x.detach().clone())
        if not self.accuracies:
            return Evaluation()
        return Evaluation(accuracy=self.accuracies.pop(0), test_loss=1.0)

    def keep(self) -> None:
        self.kept = self.x.detach().clone()


def sgd(task: Bowl, rate: float = 0.1) -> torch.optim.Optimizer:
    return torch.optim.SGD([task.x], rate)


def trained(
    task: Bowl,
    rules: StopRule,
    optimizer: torch.optim.Optimizer | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> Outcome:
    watch = Stopwatch(task.clock)
    trainer = Trainer(task, optimizer or sgd(task), rules, watch=watch, **options)
    return run(computing(trainer.train(), threads=None, watch=watch), on_progress)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


# --- figures and progress


def test_figures_of_an_epoch_by_hand(clock: ManualClock) -> None:
    outcome = trained(Bowl(clock, steps=3), Iterations(2))
    # |x| = 5 and each step takes a tenth of it; 3, 3 and 1 samples.
    lengths = [5 * 0.9**k for k in range(6)]
    losses = [0.5 * length**2 for length in lengths]
    first, second = outcome.history
    assert first == EpochFigures(
        epoch=1,
        step=3,
        loss=pytest.approx((3 * losses[0] + 3 * losses[1] + losses[2]) / 7),
        accuracy=None,
        test_loss=None,
        step_length=0.1,
        gradient_norm=pytest.approx(lengths[2]),
        seconds=3.0,
    )
    assert second.loss == pytest.approx((3 * losses[3] + 3 * losses[4] + losses[5]) / 7)
    assert (second.epoch, second.step, second.seconds) == (2, 6, 6.0)
    assert (outcome.stopped_by, outcome.seconds, outcome.skipped_steps) == ("epochs", 6.0, 0)


def test_progress_inside_and_at_the_end_of_an_epoch(clock: ManualClock) -> None:
    seen: list[Progress] = []
    trained(Bowl(clock, steps=3), Iterations(2), None, seen.append)
    # A step takes longer than the time between two reports: one each, the last as the epoch's.
    steps = [p.figures["step"] for p in seen]
    assert steps == [1, 2, 3, 4, 5, 6]
    assert [p.done for p in seen] == steps
    assert {p.total for p in seen} == {6}
    assert [p.figures.get("end_of_epoch") for p in seen] == [None, None, 1.0, None, None, 1.0]
    assert seen[1].figures["loss"] == pytest.approx(0.5 * 25 * 0.81)  # of that step alone
    assert set(seen[0].figures) == {
        *("epoch", "step", "loss", "step_length", "gradient_norm", "seconds")
    }


def test_reports_are_so_far_apart(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer_module, "REPORT_SECONDS", 3.0)
    seen: list[Progress] = []
    trained(Bowl(clock, steps=10), Iterations(1), None, seen.append)
    assert [p.figures["step"] for p in seen] == [3, 6, 9, 10]
    losses = [0.5 * 25 * 0.81**k for k in range(10)]
    assert seen[1].figures["loss"] == pytest.approx(sum(losses[3:6]) / 3)


def test_pieces_of_a_step_can_be_interrupted(clock: ManualClock) -> None:
    task = Bowl(clock, steps=2, pieces=5)
    seen: list[Progress] = []
    trained(task, Iterations(1), None, seen.append)
    assert len([p for p in seen if not p.figures]) == 2 * 4
    job = Trainer(task, sgd(task), Iterations(1), watch=Stopwatch(clock)).train()
    before = task.x.detach().clone()
    for _ in range(4):
        next(job)
    job.close()
    assert torch.equal(task.x, before)


def test_pauses_do_not_count(clock: ManualClock) -> None:
    outcome = trained(Bowl(clock), Iterations(2), None, lambda _: clock.advance(1000.0))
    assert [figures.seconds for figures in outcome.history] == [4.0, 8.0]
    assert outcome.seconds == 8.0


# --- the end


def test_time_is_over_inside_an_epoch(clock: ManualClock) -> None:
    task = Bowl(clock, steps=4)
    task.accuracies = [0.1, 0.2]
    outcome = trained(task, Iterations(9) | TimeLimit(6.0))
    assert outcome.stopped_by == "time"
    first, broken_off = outcome.history
    assert (first.epoch, first.step) == (1, 4)
    assert (broken_off.epoch, broken_off.step, broken_off.accuracy) == (2, 6, 0.2)
    lengths = [5 * 0.9**k for k in (4, 5)]
    assert broken_off.loss == pytest.approx(0.5 * sum(x**2 for x in lengths) / 2)
    assert torch.equal(task.kept, task.x)


def test_time_is_over_with_the_epoch_or_before_the_first_step(clock: ManualClock) -> None:
    at_end = trained(Bowl(clock, steps=4), Iterations(9) | TimeLimit(4.0))
    assert [(f.epoch, f.step) for f in at_end.history] == [(1, 4)]
    assert at_end.stopped_by == "time"
    at_once = trained(Bowl(clock, steps=4), Iterations(9) | TimeLimit(1e-9))
    assert [(f.epoch, f.step) for f in at_once.history] == [(1, 1)]


def test_asked_to_stop(clock: ManualClock) -> None:
    seen: list[Progress] = []
    rule = Iterations(9) | Asked(lambda: len(seen) >= 5)
    outcome = trained(Bowl(clock, steps=4), rule, None, seen.append)
    assert outcome.stopped_by == "asked"
    assert [(f.epoch, f.step) for f in outcome.history] == [(1, 4), (2, 5)]
    assert seen[-1].figures["end_of_epoch"] == 1.0


def test_a_goal(clock: ManualClock) -> None:
    outcome = trained(Bowl(clock, steps=1), LossReached(5.0) | Iterations(50))
    assert outcome.stopped_by == "loss"
    assert outcome.history[-1].loss <= 5.0 < outcome.history[-2].loss


# --- what is kept


def test_the_last_weights_are_kept_or_the_best(clock: ManualClock) -> None:
    last = Bowl(clock)
    last.accuracies = [0.5, 0.9, 0.9, 0.1]
    trained(last, Iterations(4))
    assert torch.equal(last.kept, last.evaluated[3])
    best = Bowl(clock)
    best.accuracies = [0.5, 0.9, 0.9, 0.1]
    outcome = trained(best, NoImprovement(2) | Iterations(9), keep_best=True)
    assert outcome.stopped_by == "no improvement"
    assert torch.equal(best.kept, best.evaluated[1])


def test_the_average_is_evaluated_and_kept_and_training_never_sees_it(clock: ManualClock) -> None:
    plain, averaged = Bowl(clock, steps=2), Bowl(clock, steps=2)
    trained(plain, Iterations(3))
    trained(averaged, Iterations(3), average=WeightAverage([averaged.x], decay=None))
    assert torch.equal(averaged.x, plain.x)
    start = torch.tensor([3.0, 4.0])
    for epoch, seen in enumerate(averaged.evaluated, start=1):
        points = [start * 0.9**k for k in range(1, 2 * epoch + 1)]
        torch.testing.assert_close(seen, torch.stack(points).mean(dim=0))
    assert torch.equal(averaged.kept, averaged.evaluated[-1])


# --- what is not finite


@pytest.mark.parametrize("fault", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("saving", [False, True])
def test_a_loss_that_is_not_finite_ends_the_training(
    clock: ManualClock, fault: float, saving: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer_module, "CHECKPOINT_SECONDS", 0.0)
    saved: list[int] = []
    task = Bowl(clock, steps=4)
    task.losses[3, 1] = fault
    outcome = trained(
        task,
        Iterations(9),
        save=(lambda state: saved.append(state["epoch"] * 10 + state["step"])) if saving else None,
    )
    assert outcome.stopped_by == "diverged"
    assert [figures.epoch for figures in outcome.history] == [1, 2]
    assert torch.equal(task.kept, task.evaluated[1])
    if saving:
        assert saved == [11, 12, 13, 14, 21, 22, 23, 24, 31]


def test_weights_that_are_not_finite_end_it_too(clock: ManualClock) -> None:
    task = Bowl(clock, steps=4)
    # Only the last step of the epoch breaks them, so no loss tells.
    task.gradient_faults[2, 3] = math.inf
    outcome = trained(task, Iterations(9))
    assert outcome.stopped_by == "diverged"
    assert [figures.epoch for figures in outcome.history] == [1]
    assert torch.equal(task.kept, task.evaluated[0])


def test_nothing_is_kept_of_an_epoch_that_diverged_at_once(clock: ManualClock) -> None:
    task = Bowl(clock)
    task.losses[1, 0] = math.nan
    outcome = trained(task, Iterations(9))
    assert (outcome.history, outcome.stopped_by) == ((), "diverged")
    assert torch.equal(task.kept, torch.tensor([3.0, 4.0]))


def test_no_checkpoint_of_broken_weights(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer_module, "CHECKPOINT_SECONDS", 0.0)
    task = Bowl(clock, steps=4)
    task.gradient_faults[2, 1] = math.nan
    task.losses.update(dict.fromkeys([(2, 2), (2, 3)], 1.0))  # the loss does not tell
    saved: list[Any] = []
    outcome = trained(task, Iterations(9), save=lambda state: saved.append(state["step"]))
    assert outcome.stopped_by == "diverged"
    assert saved == [1, 2, 3, 4, 1]


def test_steps_that_the_optimizer_leaves_out_are_counted(clock: ManualClock) -> None:
    task = Bowl(clock, steps=4)
    task.gradient_faults.update({(1, 1): math.inf, (2, 0): math.nan})
    seen: list[Progress] = []
    outcome = trained(task, Iterations(2), GradientDirection([task.x], 0.1), seen.append)
    assert outcome.skipped_steps == 2
    assert outcome.stopped_by == "epochs"
    assert torch.isfinite(task.x).all()
    told = [p.figures.get("skipped_steps") for p in seen]
    assert told == [None, 1, 1, 1, 2, 2, 2, 2]
    assert all(math.isfinite(x) for p in seen for x in p.figures.values())


# --- checkpoints


def test_checkpoints_are_so_far_apart(clock: ManualClock) -> None:
    saved: list[float] = []
    trained(Bowl(clock, steps=12), Iterations(1), save=lambda state: saved.append(state["step"]))
    assert saved == [5, 10, 0]  # each 5 s, and at the end, where the next epoch stands at 0


OPTIMIZERS: dict[str, Callable[[list[torch.nn.Parameter]], torch.optim.Optimizer]] = {
    "direction": lambda p: GradientDirection(p, average=0.9, look_ahead=True),
    "adam": lambda p: torch.optim.Adam(p, 0.1),
    "momentum": lambda p: torch.optim.SGD(p, 0.05, momentum=0.9),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("averaging", [False, True])
def test_going_on_from_every_step_is_as_if_there_had_been_no_break(
    clock: ManualClock, name: str, averaging: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer_module, "CHECKPOINT_SECONDS", 0.0)

    def made(task: Bowl, watch: Stopwatch, save: Any = None) -> Trainer:
        return Trainer(
            task,
            OPTIMIZERS[name]([task.x]),
            Iterations(3),
            watch=watch,
            average=WeightAverage([task.x], decay=0.9) if averaging else None,
            save=save,
        )

    states: list[tuple[dict[str, Any], torch.Tensor]] = []
    whole = Bowl(clock)
    watch = Stopwatch(clock)
    trainer = made(
        whole,
        watch,
        lambda state: states.append((copy.deepcopy(state), whole.x.detach().clone())),
    )
    expected = run(computing(trainer.train(), threads=None, watch=watch))
    assert len(states) == 3 * 4 + 1
    for state, x in states:
        task, watch = Bowl(clock), Stopwatch(clock)
        with torch.no_grad():
            task.x.copy_(x)
        trainer = made(task, watch)
        trainer.load_state_dict(copy.deepcopy(state))
        assert run(computing(trainer.train(), threads=None, watch=watch)) == expected
        assert torch.equal(task.x, whole.x)


def test_measured_before_the_first_step(clock: ManualClock) -> None:
    class Measured(Bowl):
        measured_at_start = True

        def evaluate(self) -> Pieces[Evaluation]:
            yield from ()
            return Evaluation(loss=float(self.x.detach().abs().sum()), gradient_norm=0.0)

    outcome = trained(Measured(clock, steps=1), Iterations(2))
    assert [(f.epoch, f.step) for f in outcome.history] == [(0, 0), (1, 1), (2, 2)]
    assert [f.loss for f in outcome.history] == pytest.approx([7.0, 6.3, 5.67])
    assert [f.gradient_norm for f in outcome.history] == [0.0] * 3
    none = trained(Measured(clock), Iterations(0))
    assert [f.epoch for f in none.history] == [0]
