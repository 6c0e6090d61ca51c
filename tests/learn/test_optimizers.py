"""Optimizers by name: what each is set to, and what is refused."""

import math

import pytest
import torch
from torch.nn import Parameter

from faceaccess.core.errors import KnownError
from faceaccess.learn.choices import OPTIMIZERS
from faceaccess.learn.optimizers import check_optimizer, make_optimizer, step_lengths
from faceaccess.optim.gradient_direction import GradientDirection

RIVALS = ["adam", "rmsprop", "momentum", "sgd"]


def parameters() -> list[Parameter]:
    """Two tensors of 100 numbers, with gradients."""
    generator = torch.Generator().manual_seed(1)
    made = [Parameter(torch.randn(60, generator=generator)), Parameter(torch.ones(4, 10))]
    for p in made:
        p.grad = torch.randn(p.shape, generator=generator)
    return made


def moved(optimizer: torch.optim.Optimizer, steps: int = 1) -> torch.Tensor:
    params = optimizer.param_groups[0]["params"]
    before = [p.detach().clone() for p in params]
    for _ in range(steps):
        optimizer.step()
    return torch.cat([(p - b).detach().flatten() for p, b in zip(params, before, strict=True)])


def gradient(params: list[Parameter]) -> torch.Tensor:
    return torch.cat([p.grad.flatten() for p in params if p.grad is not None])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_that_can_be_chosen_moves_all_downhill(name: str) -> None:
    params = parameters()
    step = moved(make_optimizer(name, iter(params)))
    assert (step * gradient(params)).sum().item() < 0.0
    assert (step != 0.0).all()


def test_the_direction_as_written_is_the_rule_of_the_source() -> None:
    params = parameters()
    optimizer = make_optimizer("direction-as-written", params)
    a0 = 0.0014 * math.sqrt(100)
    assert step_lengths(optimizer) == pytest.approx(a0)
    g = gradient(params)
    torch.testing.assert_close(moved(optimizer), -a0 * g / g.norm())
    assert step_lengths(optimizer) == pytest.approx(a0 * (1 - 0.0003))


def test_the_recommended_direction_averages_and_looks_ahead() -> None:
    params = parameters()
    optimizer = make_optimizer("direction", params)
    assert isinstance(optimizer, GradientDirection)
    u = gradient(params) / gradient(params).norm()
    # m = 0.1 u after one step, 0.19 u after two of the same gradient; steps of 0.9 m + 0.1 u
    a0 = 0.7 * 0.0014 * 10
    torch.testing.assert_close(moved(optimizer), -a0 * 0.19 * u)
    a1 = step_lengths(optimizer)
    assert a1 == pytest.approx(a0 * (1 - 0.00015))
    torch.testing.assert_close(moved(optimizer), -a1 * (0.9 * 0.19 + 0.1) * u)


def test_the_rivals_are_set_as_in_the_source() -> None:
    for name in RIVALS:
        assert step_lengths(make_optimizer(name, parameters())) == 0.001
    # One step by each rule's definition, and a second one that shows its memory.
    params = parameters()
    g = gradient(params)
    torch.testing.assert_close(moved(make_optimizer("sgd", params), 2), -0.002 * g)
    params = parameters()
    torch.testing.assert_close(moved(make_optimizer("momentum", params), 2), -0.001 * 2.9 * g)
    params = parameters()
    # mean square: 0.1 g^2, then 0.19 g^2
    expected = -0.001 * g / g.abs() * (0.1**-0.5 + 0.19**-0.5)
    torch.testing.assert_close(
        moved(make_optimizer("rmsprop", params), 2), expected, rtol=1e-4, atol=0.0
    )
    params = parameters()
    # Both averages are corrected for their start: steps of 0.001 while the gradient is the same.
    torch.testing.assert_close(
        moved(make_optimizer("adam", params), 2), -0.002 * g.sign(), rtol=1e-4, atol=0.0
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_given_step_takes_the_place_of_the_own(name: str) -> None:
    assert step_lengths(make_optimizer(name, parameters(), initial_step=0.25)) == 0.25
    assert step_lengths(make_optimizer(name, parameters(), initial_step=1)) == 1.0


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(
    ("step", "told"),
    [(0.0, "0"), (-0.5, "-0.5"), (math.inf, "inf"), (-math.inf, "-inf"), (math.nan, "nan")],
)
def test_a_step_that_is_not_possible_is_named(name: str, step: float, told: str) -> None:
    with pytest.raises(KnownError, match=f"An initial step of {told} is not possible") as caught:
        make_optimizer(name, parameters(), initial_step=step)
    assert caught.value.remedy


def test_an_unknown_optimizer_is_named() -> None:
    with pytest.raises(KnownError, match='no optimizer "lion"') as caught:
        check_optimizer("lion", None)
    assert "direction, direction-as-written, adam" in caught.value.remedy
