"""One step as a function of tensors: what it changes, its pieces, and the average's divisor."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import Parameter

from faceaccess.optim import GradientDirection, direction_step
from faceaccess.optim.direction_step import move_along_direction

Tensors = list[Tensor]
WAYS: list[dict[str, Any]] = [
    {"average": 0.0, "look_ahead": False},
    {"average": 0.5, "look_ahead": False},
    {"average": 0.5, "look_ahead": True},
]


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_move_changes_only_parameters_and_averages(average: float) -> None:
    p, g, m = torch.ones(3), torch.tensor([2.0, 0.0, 0.0]), torch.zeros(3)
    scale = move_along_direction(
        [p], [g], [m], norm=2.0, step=1.0, average=average, look_ahead=False
    )
    assert g.tolist() == [2.0, 0.0, 0.0]
    assert (scale * m).tolist() == pytest.approx([0.1 if average else 0.0, 0.0, 0.0])
    assert p.tolist() == pytest.approx([0.9 if average else 0.0, 1.0, 1.0])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("average_scale", [1.0, 0.25, 0.0015])
def test_divisor_of_the_average_changes_no_step(way: dict[str, Any], average_scale: float) -> None:
    m = torch.tensor([0.5, -0.25], dtype=torch.float64)
    g = torch.tensor([3.0, 4.0], dtype=torch.float64)
    found = []
    for scale in (1.0, average_scale):
        p, divided = torch.zeros(2, dtype=torch.float64), m / scale
        after = move_along_direction(
            [p], [g], [divided], norm=5.0, step=1.0, average_scale=scale, **way
        )
        found.append((p.tolist(), (divided * after).tolist()))
        assert after > 1e-3
    assert found[1][0] == pytest.approx(found[0][0], rel=1e-12)
    assert found[1][1] == pytest.approx(found[0][1], rel=1e-12)
    if way["average"]:
        assert found[1][1] == pytest.approx([0.25 + 0.3, -0.125 + 0.4])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "made",
    [
        torch.randn,
        lambda n: torch.randn(n, 3).T,  # not contiguous: moved whole
    ],
)
def test_pieces_are_the_same_step(
    way: dict[str, Any], made: Callable[[int], Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    sizes = [3, 40, 100, 7, 8, 33, 1, 250]
    start = [[made(n) for n in sizes] for _ in range(3)]
    results = []
    for piece in (10**9, 32):
        monkeypatch.setattr(direction_step, "_PIECE", piece)
        params, grads, averages = [[t.clone() for t in part] for part in start]
        move_along_direction(params, grads, averages, norm=3.0, step=0.1, **way)
        results.append([*params, *averages])
    for whole, pieces in zip(*results, strict=True):
        assert torch.equal(whole, pieces)


@pytest.mark.parametrize("way", WAYS[1:])
def test_large_tensors_move_as_small_ones_do(way: dict[str, Any]) -> None:
    """A tensor of more than one piece beside its parts as parameters of their own."""
    generator = torch.Generator().manual_seed(2)
    start = torch.randn(600_000, generator=generator)
    large = Parameter(start.clone())
    parts = [Parameter(part.clone()) for part in start.split(1000)]
    optimizers = [GradientDirection([large], 0.1, **way), GradientDirection(parts, 0.1, **way)]
    for _ in range(3):
        large.grad = torch.randn(600_000, generator=generator)
        for part, gradient in zip(parts, large.grad.split(1000), strict=True):
            part.grad = gradient
        for optimizer in optimizers:
            optimizer.step()
    joined = torch.cat([part.detach() for part in parts])
    torch.testing.assert_close(large.detach(), joined, rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("average", [0.9, 0.5, 1e-6])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_average_of_many_steps_in_one_direction_is_that_direction(
    average: float, dtype: torch.dtype
) -> None:
    p = Parameter(torch.zeros(2, dtype=dtype))
    optimizer = GradientDirection([p], 1.0, decay=0.0, average=average)
    for _ in range(300):
        p.grad = torch.tensor([3.0, 4.0], dtype=dtype)
        optimizer.step()
        assert 1e-3 <= optimizer.param_groups[0]["average_scale"] <= 1.0
    m = optimizer.state[p]["direction_average"] * optimizer.param_groups[0]["average_scale"]
    assert m.tolist() == pytest.approx([0.6, 0.8], rel=1e-5 if dtype == torch.float32 else 1e-2)


def test_average_of_a_parameter_without_gradient_waits() -> None:
    """a moves in every step, b in the first and the last: b's m is that of two directions."""
    a, b = (Parameter(torch.zeros(1, dtype=torch.float64)) for _ in range(2))
    optimizer = GradientDirection([a, b], 1.0, decay=0.0, average=0.5)
    for t in range(30):
        a.grad = torch.ones_like(a)
        b.grad = torch.ones_like(b) if t in (0, 29) else None
        optimizer.step()
    u = 0.5**0.5
    assert b.item() == pytest.approx(-(0.5 * u) - (0.25 * u + 0.5 * u))
    m = optimizer.state[b]["direction_average"] * optimizer.param_groups[0]["average_scale"]
    assert m.item() == pytest.approx(0.75 * u)


def test_parameter_that_never_had_a_gradient_has_no_state() -> None:
    a, b = (Parameter(torch.zeros(1)) for _ in range(2))
    optimizer = GradientDirection([a, b], 1.0, average=0.5)
    a.grad = torch.ones(1)
    optimizer.step()
    assert list(optimizer.state) == [a]
