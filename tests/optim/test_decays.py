"""The four decay choices, and torch's own schedulers, beside the optimizer's own decay."""

import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.nn import Parameter
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

from faceaccess.optim import GradientDirection, no_decay, on_plateau, per_step, to_horizon


def parameter() -> Parameter:
    p = Parameter(torch.zeros((), dtype=torch.float64))
    p.grad = torch.ones((), dtype=torch.float64)
    return p


def rates(optimizer: Optimizer, scheduler: LRScheduler, steps: int) -> list[float]:
    """Return `lr` of each of the next optimizer steps."""
    found = []
    for _ in range(steps):
        found.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return found


# --- our four choices, on any optimizer

ANY: list[Callable[[Parameter], Optimizer]] = [
    lambda p: GradientDirection([p], 2.0, decay=0.0),
    lambda p: SGD([p], 2.0, momentum=0.9),
    lambda p: Adam([p], 2.0),
]


@pytest.mark.parametrize("make", ANY)
@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (no_decay, [2.0, 2.0, 2.0, 2.0, 2.0, 2.0]),
        (lambda o: per_step(o, 0.5), [2.0, 1.0, 0.5, 0.25, 0.125, 0.0625]),
        (per_step, [2.0 * 0.9997**t for t in range(6)]),
        (lambda o: to_horizon(o, 4), [2.0, 1 + math.sqrt(0.5), 1.0, 1 - math.sqrt(0.5), 0, 0]),
        (lambda o: to_horizon(o, 4, shape="linear"), [2.0, 1.5, 1.0, 0.5, 0.0, 0.0]),
        (lambda o: to_horizon(o, 4, shape="linear", floor=0.5), [2.0, 1.75, 1.5, 1.25, 1.0, 1.0]),
        (lambda o: to_horizon(o, 2, floor=0.1), [2.0, 1.1, 0.2, 0.2, 0.2, 0.2]),
        (lambda o: to_horizon(o, 1, floor=1.0), [2.0] * 6),
    ],
)
def test_rates_by_hand(
    make: Callable[[Parameter], Optimizer],
    choice: Callable[[Optimizer], LRScheduler],
    expected: list[float],
) -> None:
    optimizer = make(parameter())
    assert rates(optimizer, choice(optimizer), 6) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("make", ANY)
def test_plateau_by_hand(make: Callable[[Parameter], Optimizer]) -> None:
    optimizer = make(parameter())
    scheduler = on_plateau(optimizer, factor=0.5, patience=1)
    found = []
    for loss in (3.0, 2.0, 2.0, 2.0, 2.0, 1.9999, 1.0):
        optimizer.step()
        scheduler.step(loss)
        found.append(optimizer.param_groups[0]["lr"])
    # the fourth loss is the second without improvement, the sixth improves by less than 0.01 %
    assert found == [2.0, 2.0, 2.0, 1.0, 1.0, 0.5, 0.5]


def test_every_group_decays_from_its_own_step() -> None:
    groups = [{"params": [parameter()], "lr": 1.0}, {"params": [parameter()], "lr": 4.0}]
    optimizer = GradientDirection(groups, decay=0.0)
    scheduler = to_horizon(optimizer, 2, shape="linear")
    optimizer.step()
    scheduler.step()
    assert optimizer.step_lengths == (0.5, 2.0)


def test_computed_step_is_what_decays() -> None:
    optimizer = GradientDirection([Parameter(torch.ones(100))], decay=0.0)
    scheduler = to_horizon(optimizer, 2)
    optimizer.step()
    scheduler.step()
    assert optimizer.step_lengths == pytest.approx((0.007,))


def test_decay_of_the_optimizer_and_of_the_scheduler_multiply() -> None:
    p = parameter()
    optimizer = GradientDirection([p], 1.0, decay=0.5)
    scheduler = to_horizon(optimizer, 4, shape="linear")
    for expected in (1.0, 0.75 * 0.5, 0.5 * 0.25, 0.25 * 0.125, 0.0):
        before = p.item()
        optimizer.step()
        scheduler.step()
        assert before - p.item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("choice", [no_decay, per_step])
def test_own_decay_is_not_contradicted_nor_counted_twice(
    choice: Callable[[Optimizer], LRScheduler],
) -> None:
    with pytest.raises(ValueError, match=r"decays by itself \(decay 0.0003\); make it with decay"):
        choice(GradientDirection([parameter()], 1.0))
    choice(GradientDirection([parameter()], 1.0, decay_threshold=1.0))


@pytest.mark.parametrize(
    ("choice", "named"),
    [
        (lambda o: per_step(o, 1.0), "decay: 1.0"),
        (lambda o: per_step(o, -0.1), "decay: -0.1"),
        (lambda o: per_step(o, math.nan), "decay: nan"),
        (lambda o: to_horizon(o, 0), "steps: 0"),
        (lambda o: to_horizon(o, 5, shape="square"), "shape: square"),
        (lambda o: to_horizon(o, 5, floor=-0.1), "floor: -0.1"),
        (lambda o: to_horizon(o, 5, floor=1.1), "floor: 1.1"),
        (lambda o: to_horizon(o, 5, floor=math.nan), "floor: nan"),
        (lambda o: on_plateau(o, factor=0.0, patience=1), "factor: 0.0"),
        (lambda o: on_plateau(o, factor=1.0, patience=1), "factor: 1.0"),
        (lambda o: on_plateau(o, factor=0.5, patience=-1), "patience: -1"),
    ],
)
def test_bad_arguments_are_named(choice: Callable[[Optimizer], Any], named: str) -> None:
    optimizer = SGD([parameter()], 1.0)
    with pytest.raises(ValueError, match=named):
        choice(optimizer)
    assert "initial_lr" not in optimizer.param_groups[0]  # no scheduler was made


# --- torch's own schedulers: the optimizer moves by lr * decay_factor, whatever writes lr


def warm_up_then_cosine(optimizer: Optimizer) -> SequentialLR:
    return SequentialLR(
        optimizer,
        [LinearLR(optimizer, 0.1, total_iters=2), CosineAnnealingLR(optimizer, 4)],
        milestones=[2],
    )


SCHEDULERS: list[Callable[[Optimizer], LRScheduler]] = [
    lambda o: LambdaLR(o, lambda t: 1.0 / (1.0 + t)),
    lambda o: StepLR(o, 2, 0.1),
    lambda o: ExponentialLR(o, 0.5),
    lambda o: ConstantLR(o, 0.5, total_iters=3),
    lambda o: CosineAnnealingLR(o, 5, eta_min=0.01),
    lambda o: OneCycleLR(o, max_lr=1.0, total_steps=8, cycle_momentum=False),
    lambda o: CyclicLR(o, 0.1, 1.0, step_size_up=2, cycle_momentum=False),
    warm_up_then_cosine,
    lambda o: to_horizon(o, 6),
]


@pytest.mark.parametrize("schedule", SCHEDULERS)
def test_schedule_is_that_of_sgd_times_the_decay(
    schedule: Callable[[Optimizer], LRScheduler],
) -> None:
    rival = SGD([parameter()], 1.0)
    expected = rates(rival, schedule(rival), 7)
    p = parameter()
    optimizer = GradientDirection([p], 1.0, decay=0.1)
    scheduler = schedule(optimizer)
    for t, lr in enumerate(expected):
        before = p.item()
        assert optimizer.step_lengths == pytest.approx((lr * 0.9**t,), rel=1e-12)
        optimizer.step()
        scheduler.step()
        assert before - p.item() == pytest.approx(lr * 0.9**t, rel=1e-12, abs=1e-15)
    assert optimizer.param_groups[0]["initial_step"] == 1.0


@pytest.mark.parametrize("schedule", SCHEDULERS)
@pytest.mark.parametrize("average", [0.0, 0.9])
def test_saved_and_loaded_the_schedule_goes_on(
    schedule: Callable[[Optimizer], LRScheduler], average: float
) -> None:
    def made() -> tuple[Parameter, GradientDirection, LRScheduler]:
        p = parameter()
        optimizer = GradientDirection([p], 1.0, decay=0.1, average=average)
        return p, optimizer, schedule(optimizer)

    p, optimizer, scheduler = made()
    rates(optimizer, scheduler, 3)
    saved = pickle.loads(pickle.dumps((p.item(), optimizer.state_dict(), scheduler.state_dict())))
    expected = rates(optimizer, scheduler, 3)

    q, resumed, resumed_scheduler = made()
    q.data.fill_(saved[0])
    resumed.load_state_dict(saved[1])
    resumed_scheduler.load_state_dict(saved[2])
    assert rates(resumed, resumed_scheduler, 3) == expected
    assert q.item() == p.item()
    assert resumed.step_lengths == optimizer.step_lengths


def test_plateau_saved_and_loaded_goes_on() -> None:
    def made() -> tuple[GradientDirection, ReduceLROnPlateau]:
        optimizer = GradientDirection([parameter()], 1.0, decay=0.1)
        return optimizer, on_plateau(optimizer, factor=0.5, patience=1)

    optimizer, scheduler = made()
    for loss in (1.0, 1.0):
        optimizer.step()
        scheduler.step(loss)
    resumed, resumed_scheduler = made()
    resumed.load_state_dict(optimizer.state_dict())
    resumed_scheduler.load_state_dict(scheduler.state_dict())
    resumed.step()
    resumed_scheduler.step(1.0)  # the second without improvement: it was saved that one had been
    assert resumed.step_lengths == pytest.approx((0.5 * 0.9**3,))


def test_one_cycle_that_wants_a_momentum_is_refused_by_torch() -> None:
    optimizer = GradientDirection([parameter()], 1.0)
    with pytest.raises(ValueError, match="must support momentum"):
        OneCycleLR(optimizer, max_lr=1.0, total_steps=4)
