"""The optimizer beside the rest of torch: compiled, mixed precision, accumulation, clipping."""

import copy
import logging
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch.nn.functional import cross_entropy

from faceaccess.optim import GradientDirection

OPTIONS: list[dict[str, Any]] = [{}, {"average": 0.9, "look_ahead": True, "decay": 0.01}]


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3))


def batch(seed: int, size: int = 12) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    pictures = torch.randn(size, 5, generator=generator)
    return pictures, torch.randint(0, 3, (size,), generator=generator)


def trained(
    model: nn.Module,
    optimizer: GradientDirection,
    *,
    forward: Callable[[Tensor], Tensor] | None = None,
    step: Callable[[], Any] | None = None,
    steps: int = 5,
) -> Tensor:
    """Take some steps and return all parameters as one vector."""
    for t in range(steps):
        optimizer.zero_grad()
        pictures, labels = batch(t)
        cross_entropy((forward or model)(pictures), labels).backward()
        (step or optimizer.step)()
    return vector(model)


def vector(model: nn.Module) -> Tensor:
    return torch.cat([p.detach().reshape(-1) for p in model.parameters()])


# --- torch.compile ("aot_eager" traces all that "inductor" does, but needs no C++ compiler)


@pytest.mark.parametrize("options", OPTIONS)
def test_compiled_model_with_the_optimizer_outside(options: dict[str, Any]) -> None:
    plain, compiled = network(), network()
    expected = trained(plain, GradientDirection(plain.parameters(), **options))
    forward = torch.compile(compiled, backend="aot_eager")
    found = trained(compiled, GradientDirection(compiled.parameters(), **options), forward=forward)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("options", OPTIONS)
def test_compiled_step_is_the_same_step(
    options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    plain, compiled = network(), network()
    a, b = (GradientDirection(m.parameters(), **options) for m in (plain, compiled))
    expected = trained(plain, a, steps=12)
    calls: list[float] = []

    def step() -> None:
        b.step()
        calls.append(b.step_lengths[0])

    with caplog.at_level(logging.WARNING):
        found = trained(compiled, b, step=torch.compile(step, backend="aot_eager"), steps=12)
    assert torch.equal(found, expected)
    assert b.gradient_norm == a.gradient_norm
    assert b.step_lengths == a.step_lengths == (calls[-1],)
    assert b.param_groups[0]["steps"] == 12
    # The numbers of every step are new; none of them may make it compile anew.
    assert not [r for r in caplog.records if "recompile_limit" in r.getMessage()]


# --- mixed precision


def test_autocast_with_a_scaler_steps_as_without() -> None:
    """The scale of the loss is no part of the direction, unscaled or not."""
    found = []
    for unscaled in (None, False, True):
        model = network()
        optimizer = GradientDirection(model.parameters(), average=0.9)
        scaler = torch.amp.GradScaler("cpu", enabled=unscaled is not None)
        for t in range(5):
            optimizer.zero_grad()
            pictures, labels = batch(t)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = cross_entropy(model(pictures), labels)
            scaler.scale(loss).backward()
            if unscaled:
                scaler.unscale_(optimizer)
            scaler.step(optimizer)
            scaler.update()
        assert optimizer.param_groups[0]["steps"] == 5
        found.append(vector(model))
    # Not bit by bit: scaled by 65,536, fewer of bfloat16's backward values vanish.
    torch.testing.assert_close(found[1], found[0], rtol=1e-3, atol=1e-4)
    assert torch.equal(found[2], found[1])


def test_scaler_skips_an_overflow_and_the_next_step_is_the_first() -> None:
    p = Parameter(torch.zeros(2))
    optimizer = GradientDirection([p], 1.0, decay=0.5, average=0.5)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**120)
    for factor in (1e10, 1e10, 1.0):
        optimizer.zero_grad()
        scaler.scale((factor * p * torch.tensor([3.0, 4.0])).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
    # 1e10 * 2**120 overflows twice; the scale is halved each time, and 2**118 serves.
    assert scaler.get_scale() == 2.0**118
    assert p.tolist() == pytest.approx([-0.3, -0.4])
    assert optimizer.step_lengths == (0.5,)
    assert optimizer.skipped_non_finite == 0  # the scaler did not even call it


def test_overflow_without_a_scaler_is_skipped_and_counted() -> None:
    p = Parameter(torch.zeros(2))
    optimizer = GradientDirection([p], 1.0)
    (1e30 * (1e30 * p)).sum().backward()
    optimizer.step()
    assert p.tolist() == [0.0, 0.0]
    assert optimizer.skipped_non_finite == 1


# --- accumulation, clipping, weight decay: what docs/optimizer.md says of them


@pytest.mark.parametrize("options", OPTIONS)
def test_accumulated_gradients_step_as_one_batch_whether_summed_or_averaged(
    options: dict[str, Any],
) -> None:
    results = []
    for way in ("whole", "sum", "mean"):
        model = network()
        optimizer = GradientDirection(model.parameters(), **options)
        for t in range(5):
            optimizer.zero_grad()
            pictures, labels = batch(t)
            parts = 1 if way == "whole" else 3
            for some, of_them in zip(pictures.chunk(parts), labels.chunk(parts), strict=True):
                loss = cross_entropy(model(some), of_them)
                (loss / parts if way == "mean" else loss).backward()
            optimizer.step()
        results.append(vector(model))
    torch.testing.assert_close(results[1], results[0], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(results[2], results[0], rtol=1e-5, atol=1e-6)


def test_clipping_by_norm_changes_nothing_and_by_value_the_direction() -> None:
    moved = {}
    for clip in ("none", "norm", "value"):
        p = Parameter(torch.zeros(2))
        p.grad = torch.tensor([3.0, 4.0])
        if clip == "norm":
            nn.utils.clip_grad_norm_([p], 0.01)
        elif clip == "value":
            nn.utils.clip_grad_value_([p], 1.0)
        GradientDirection([p], 1.0).step()
        moved[clip] = p.tolist()
    assert moved["none"] == pytest.approx([-0.6, -0.8])
    assert moved["norm"] == pytest.approx([-0.6, -0.8])
    assert moved["value"] == pytest.approx([-math.sqrt(0.5)] * 2)


def test_weight_decay_in_the_loss_turns_the_step_and_beside_it_shrinks_the_weights() -> None:
    in_loss = Parameter(torch.tensor([1.0, 0.0]))
    in_loss.grad = torch.tensor([0.0, 1.0]) + 1.0 * in_loss.detach()  # of g + lambda x
    GradientDirection([in_loss], 0.1).step()
    half = math.sqrt(0.5)
    assert in_loss.tolist() == pytest.approx([1.0 - 0.1 * half, -0.1 * half])

    beside = Parameter(torch.tensor([1.0, 0.0]))
    beside.grad = torch.tensor([0.0, 1.0])
    optimizer = GradientDirection([beside], 0.1)
    with torch.no_grad():
        beside.mul_(1.0 - 0.01)
    optimizer.step()
    assert beside.tolist() == pytest.approx([0.99, -0.1])


def test_weight_decay_beside_the_step_settles_at_the_length_that_the_document_gives() -> None:
    """Where the gradient is at right angles to x, |x| goes to a / sqrt(2 lambda)."""
    step, shrink = 0.1, 0.005
    p = Parameter(torch.randn(50, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    optimizer = GradientDirection([p], step, decay=0.0)
    generator = torch.Generator().manual_seed(1)
    for _ in range(1500):
        g = torch.randn(50, generator=generator, dtype=torch.float64)
        x = p.detach()
        p.grad = g - x * (g @ x) / (x @ x)
        with torch.no_grad():
            p.mul_(1.0 - shrink)
        optimizer.step()
    assert float(p.detach().norm()) == pytest.approx(step / math.sqrt(2 * shrink), rel=0.01)


# --- gradients that are refused, by name


@pytest.mark.parametrize("named", [True, False])
def test_sparse_gradient_is_refused_by_name_before_anything_moves(named: bool) -> None:
    dense, table = Parameter(torch.ones(1)), nn.Embedding(4, 2, sparse=True)
    dense.grad = torch.ones(1)
    table(torch.tensor([1])).sum().backward()
    groups: list[dict[str, Any]] = [{"params": [dense]}, {"params": [table.weight]}]
    if named:
        groups = [
            {"params": [("scale", dense)]},
            {"params": [(f"table.{n}", p) for n, p in table.named_parameters()]},
        ]
    optimizer = GradientDirection(groups, 0.5, average=0.9)
    before = copy.deepcopy(optimizer.state_dict())
    name = "table.weight" if named else "number 0 of group 1"
    with pytest.raises(RuntimeError, match=f"sparse gradients: {name}"):
        optimizer.step()
    assert dense.item() == 1.0
    assert optimizer.state_dict() == before


def test_complex_gradient_of_a_real_parameter_is_refused_by_name() -> None:
    """torch allows one where it is told to; everywhere else only complex parameters have one."""
    a, p = Parameter(torch.ones(1)), Parameter(torch.ones(2))
    a.grad = torch.ones(1)
    with pytest.raises(RuntimeError, match="assign a gradient"):
        p.grad = torch.ones(2, dtype=torch.complex64)
    p.grad_dtype = None
    p.grad = torch.ones(2, dtype=torch.complex64)
    with pytest.raises(RuntimeError, match="complex gradients: phase"):
        GradientDirection([("scale", a), ("phase", p)], 0.5).step()
    assert a.item() == 1.0


def test_parameters_that_cannot_be_moved_are_refused_by_name() -> None:
    good, bad = Parameter(torch.ones(1)), Parameter(torch.ones(1, dtype=torch.complex64))
    with pytest.raises(ValueError, match="complex parameters: phase"):
        GradientDirection([("scale", good), ("phase", bad)])
    with pytest.raises(ValueError, match="complex parameters: number 0 of group 1"):
        GradientDirection([{"params": [good]}, {"params": [bad]}])
    sparse = torch.eye(2).to_sparse().requires_grad_()
    with pytest.raises(ValueError, match="sparse parameters: number 1 of group 0"):
        GradientDirection([good, sparse])
