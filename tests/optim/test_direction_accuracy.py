"""1,000 steps in float32, each from the same parameters and gradient as the rule in float64."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import Parameter

from faceaccess.optim import GradientDirection

SHAPES = [(16, 3, 5, 5), (16,), (40, 70), (3,), ()]
STEPS = 1000


class RuleInFloat64:
    """The formulas of the module's docstring on one vector, and nothing else."""

    def __init__(
        self,
        number: int,
        *,
        decay: float = 0.0003,
        decay_threshold: float = 0.0,
        average: float = 0.0,
        look_ahead: bool = False,
    ) -> None:
        self.step = 0.0014 * math.sqrt(number)
        self.decay = decay if self.step > decay_threshold else 0.0
        self.c, self.look_ahead = average, look_ahead
        self.m = torch.zeros(number, dtype=torch.float64)

    def update(self, gradient: Tensor) -> Tensor:
        """Return x(t+1) - x(t)."""
        u = gradient / gradient.norm()
        direction = u
        if self.c > 0.0:
            self.m = self.c * self.m + (1.0 - self.c) * u
            direction = self.c * self.m + (1.0 - self.c) * u if self.look_ahead else self.m
        moved = -self.step * direction
        self.step *= 1.0 - self.decay
        return moved


def as_vector(tensors: list[Tensor]) -> Tensor:
    return torch.cat([t.detach().double().reshape(-1) for t in tensors])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"decay": 0.002},
        {"decay_threshold": 1.0},
        {"average": 0.9},
        {"average": 0.001},
        {"average": 0.9, "look_ahead": True},
        {"average": 0.99, "look_ahead": True},
    ],
)
def test_each_of_1000_steps_is_that_of_the_rule(options: dict[str, Any]) -> None:
    generator = torch.Generator().manual_seed(5)
    params = [Parameter(0.05 * torch.randn(shape, generator=generator)) for shape in SHAPES]
    optimizer = GradientDirection(params, **options)
    rule = RuleInFloat64(sum(p.numel() for p in params), **options)
    of_update, of_step, of_parameters = 0.0, 0.0, 0.0
    for _ in range(STEPS):
        size = 10.0 ** float(8.0 * torch.randn((), generator=generator))
        for p in params:
            p.grad = size * torch.randn(p.shape, generator=generator)
        before, step = as_vector(params), rule.step
        update = rule.update(as_vector([p.grad for p in params if p.grad is not None]))
        optimizer.step()
        apart = float((as_vector(params) - before - update).norm())
        of_update = max(of_update, apart / float(update.norm()))
        of_step = max(of_step, apart / step)
        of_parameters = max(of_parameters, apart / float((before + update).norm()))
    assert of_parameters < 1e-6
    assert of_step < 1e-5
    # The first steps along an average of 0.99 have 2 % of the length; there the rounding of the
    # float32 parameters to which they are added is all that is seen.
    assert of_update < (1e-5 if options.get("average", 0.0) < 0.99 else 1e-4)
    assert rule.step == pytest.approx(optimizer.step_lengths[0], rel=1e-12)


def test_the_rule_of_this_test_is_told_from_a_wrong_one() -> None:
    """A relative difference of 2e-5 in the step would be seen."""
    params = [Parameter(torch.ones(100))]
    params[0].grad = torch.ones(100)
    optimizer = GradientDirection(params, 0.014 * (1 + 2e-5))
    update = RuleInFloat64(100).update(torch.ones(100, dtype=torch.float64))
    optimizer.step()
    moved = as_vector(params) - 1.0
    assert float((moved - update).norm() / update.norm()) > 1e-5
