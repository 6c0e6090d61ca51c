"""The optimizer does what its docstring says: steps computed by hand, and properties."""

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import Parameter

from faceaccess.optim.gradient_direction import GradientDirection

OPTIONS: list[dict[str, Any]] = [
    {},
    {"decay": 0.1},
    {"average": 0.9},
    {"average": 0.9, "look_ahead": True, "decay": 0.01},
    {"foreach": False},
    {"foreach": False, "average": 0.8, "look_ahead": True},
]


def parameter(*values: float, gradient: list[float] | None = None, **kind: Any) -> Parameter:
    p = Parameter(torch.tensor(values, **kind))
    if gradient is not None:
        p.grad = torch.tensor(gradient, **kind)
    return p


def quadratic() -> tuple[list[Parameter], Callable[[], Tensor]]:
    generator = torch.Generator().manual_seed(3)
    params = [Parameter(torch.randn(shape, generator=generator)) for shape in [(3, 2), (4,), ()]]
    weights = [torch.rand(p.shape, generator=generator) + 0.5 for p in params]
    return params, lambda: sum((w * p**2).sum() for w, p in zip(weights, params, strict=True))


def run_steps(optimizer: GradientDirection, loss: Callable[[], Tensor], steps: int) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()


# --- steps computed by hand


@pytest.mark.parametrize("foreach", [True, False])
def test_one_norm_over_all_tensors_and_groups(foreach: bool) -> None:
    a = parameter(1.0, 1.0, gradient=[3.0, 0.0])
    b = parameter(1.0, gradient=[4.0])
    optimizer = GradientDirection([{"params": [a]}, {"params": [b]}], 0.5, foreach=foreach)
    optimizer.step()
    # |g| = 5 over both groups; 0.5 * 3/5 and 0.5 * 4/5
    assert a.tolist() == pytest.approx([0.7, 1.0])
    assert b.tolist() == pytest.approx([0.6])
    assert optimizer.gradient_norm == pytest.approx(5.0)


def test_initial_step_is_computed_from_the_number_of_parameters() -> None:
    params = [Parameter(torch.zeros(62_000)), Parameter(torch.zeros(6))]
    groups = [{"params": params[:1]}, {"params": params[1:]}]
    optimizer = GradientDirection(groups)
    assert optimizer.step_lengths == pytest.approx([0.34862, 0.34862], abs=1e-5)
    assert optimizer.param_groups[1]["initial_step"] == 0.0014 * math.sqrt(62_006)


def test_frozen_parameters_do_not_count_in_the_initial_step() -> None:
    frozen = Parameter(torch.zeros(1_000_000), requires_grad=False)
    optimizer = GradientDirection([Parameter(torch.zeros(100)), frozen])
    assert optimizer.step_lengths == pytest.approx([0.014])


def test_decay_once_a_step() -> None:
    p = parameter(0.0, gradient=[-2.0])
    optimizer = GradientDirection([p], 1.0, decay=0.5)
    for expected in (1.0, 1.5, 1.75):
        optimizer.step()
        assert p.item() == pytest.approx(expected)
    assert optimizer.step_lengths == (0.125,)


@pytest.mark.parametrize(
    ("threshold", "after"), [(0.0, 0.5), (0.99, 0.5), (1.0, 1.0), (math.inf, 1.0)]
)
def test_step_decays_only_if_the_initial_step_exceeds_the_threshold(
    threshold: float, after: float
) -> None:
    p = parameter(0.0, gradient=[1.0])
    optimizer = GradientDirection([p], 1.0, decay=0.5, decay_threshold=threshold)
    optimizer.step()
    assert optimizer.step_lengths == (after,)


def test_threshold_looks_at_the_initial_step_not_the_decayed_one() -> None:
    p = parameter(0.0, gradient=[1.0])
    optimizer = GradientDirection([p], 1.0, decay=0.5, decay_threshold=0.9)
    optimizer.step()
    optimizer.step()
    assert optimizer.step_lengths == (0.25,)


def test_average_of_unit_directions_by_hand() -> None:
    p = parameter(0.0, 0.0)
    optimizer = GradientDirection([p], 1.0, decay=0.0, average=0.9)
    p.grad = torch.tensor([10.0, 0.0])
    optimizer.step()  # m = (0.1, 0)
    p.grad = torch.tensor([0.0, 0.2])
    optimizer.step()  # m = (0.09, 0.1)
    assert p.tolist() == pytest.approx([-0.19, -0.1])


def test_look_ahead_by_hand() -> None:
    p = parameter(0.0, 0.0)
    optimizer = GradientDirection([p], 1.0, decay=0.0, average=0.9, look_ahead=True)
    p.grad = torch.tensor([10.0, 0.0])
    optimizer.step()  # m = (0.1, 0); 0.9 m + 0.1 u = (0.19, 0)
    p.grad = torch.tensor([0.0, 0.2])
    optimizer.step()  # m = (0.09, 0.1); 0.9 m + 0.1 u = (0.081, 0.19)
    assert p.tolist() == pytest.approx([-0.271, -0.19])


def test_groups_with_steps_of_their_own() -> None:
    a = parameter(0.0, gradient=[3.0])
    b = parameter(0.0, gradient=[4.0])
    groups = [{"params": [a], "lr": 1.0}, {"params": [b], "initial_step": 10.0, "decay": 0.5}]
    optimizer = GradientDirection(groups, decay=0.1)
    optimizer.step()
    assert a.item() == pytest.approx(-0.6)
    assert b.item() == pytest.approx(-8.0)
    assert optimizer.step_lengths == pytest.approx((0.9, 5.0))


# --- properties

finite = st.floats(-100, 100, width=32).map(lambda x: 0.0 if abs(x) < 1e-3 else x)


@settings(max_examples=50, deadline=None)
@given(gradient=st.lists(finite, min_size=1, max_size=20), step=st.floats(1e-3, 10))
def test_length_of_a_step_is_exactly_the_step(gradient: list[float], step: float) -> None:
    p = Parameter(torch.zeros(len(gradient), dtype=torch.float64))
    p.grad = torch.tensor(gradient, dtype=torch.float64)
    optimizer = GradientDirection([p], step)
    optimizer.step()
    moved = float(p.detach().norm())
    assert moved == pytest.approx(step if any(gradient) else 0.0, rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(scale=st.floats(1e-6, 1e6), options=st.sampled_from(OPTIONS))
def test_scale_of_the_loss_does_not_matter(scale: float, options: dict[str, Any]) -> None:
    plain, loss = quadratic()
    run_steps(GradientDirection(plain, 0.1, **options), loss, 4)
    scaled, loss_of_scaled = quadratic()
    optimizer = GradientDirection(scaled, 0.1, **options)
    run_steps(optimizer, lambda: scale * loss_of_scaled(), 4)
    for p, q in zip(plain, scaled, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("options", OPTIONS)
def test_foreach_and_one_by_one_agree_bitwise(options: dict[str, Any]) -> None:
    results = []
    for foreach in (True, False):
        params, loss = quadratic()
        run_steps(GradientDirection(params, 0.1, **{**options, "foreach": foreach}), loss, 5)
        results.append(params)
    for p, q in zip(*results, strict=True):
        assert torch.equal(p, q)


@pytest.mark.parametrize("options", OPTIONS)
def test_gradient_is_only_read(options: dict[str, Any]) -> None:
    params, loss = quadratic()
    optimizer = GradientDirection(params, 0.1, **options)
    loss().backward()
    kept = [(p.grad, p.grad.clone()) for p in params if p.grad is not None]
    optimizer.step()
    optimizer.step()
    for p, (same, copied) in zip(params, kept, strict=True):
        assert p.grad is same
        assert torch.equal(same, copied)


# --- gradients that are missing, zero, not finite, huge or tiny


def test_parameter_without_gradient_stays() -> None:
    a = parameter(1.0, gradient=[2.0])
    b = parameter(1.0)
    GradientDirection([a, b], 0.5, average=0.5).step()
    assert a.item() == 0.75
    assert b.item() == 1.0


@pytest.mark.parametrize("average", [0.0, 0.9])
@pytest.mark.parametrize(
    ("bad", "zero", "non_finite"),
    [([0.0, 0.0], 1, 0), ([math.nan, 1.0], 0, 1), ([math.inf, 1.0], 0, 1), ([-math.inf, 0], 0, 1)],
)
def test_gradient_without_direction_is_skipped_whole(
    bad: list[float], zero: int, non_finite: int, average: float
) -> None:
    p = parameter(1.0, 2.0, gradient=[1.0, 0.0])
    other = parameter(1.0, gradient=[0.0])
    optimizer = GradientDirection([p, other], 0.5, decay=0.1, average=average)
    optimizer.step()
    before, state = p.tolist(), copy.deepcopy(optimizer.state_dict()["state"])
    p.grad = torch.tensor(bad)
    optimizer.step()
    assert p.tolist() == before
    assert other.item() == 1.0
    assert optimizer.step_lengths == (0.45,)
    assert (optimizer.skipped_zero, optimizer.skipped_non_finite) == (zero, non_finite)
    after = optimizer.state_dict()["state"]
    for key, kept in state.items():
        assert torch.equal(kept["direction_average"], after[key]["direction_average"])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [0.9, 1e-3, 1e3])
@pytest.mark.parametrize("average", [0.0, 0.9])
def test_squares_that_overflow_or_underflow(
    dtype: torch.dtype, size: float, average: float
) -> None:
    limits = torch.finfo(dtype)
    for extreme in (limits.max * min(size, 1 / size, 1.0), limits.tiny * max(size, 1 / size)):
        p = parameter(0.0, 0.0, gradient=[extreme, extreme], dtype=dtype)
        q = parameter(0.0, gradient=[0.0], dtype=dtype)
        optimizer = GradientDirection([p, q], 1.0, average=average)
        optimizer.step()
        assert p.tolist() == pytest.approx([-math.sqrt(0.5) * (1 - average)] * 2, rel=1e-5)
        assert optimizer.skipped_non_finite == optimizer.skipped_zero == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("average", [0.0, 0.5])
def test_half_precision(dtype: torch.dtype, average: float) -> None:
    for extreme in (1e-6, 1.0, 6e4):
        p = parameter(0.0, 0.0, gradient=[extreme, -extreme], dtype=dtype)
        GradientDirection([p], 1.0, average=average).step()
        expected = math.sqrt(0.5) * (1 - average)
        assert p.tolist() == pytest.approx([-expected, expected], rel=1e-2)


# --- the rest of an optimizer


def test_closure_is_called_once_with_gradients_enabled() -> None:
    p = parameter(2.0)
    optimizer = GradientDirection([p], 0.5)
    calls = []

    def closure() -> float:
        calls.append(torch.is_grad_enabled())
        optimizer.zero_grad()
        loss = (p**2).sum()
        loss.backward()
        return loss.item()

    with torch.no_grad():
        assert optimizer.step(closure) == 4.0
    assert calls == [True]
    assert p.item() == 1.5


@pytest.mark.parametrize("options", OPTIONS)
def test_saved_and_loaded_the_next_steps_are_identical(options: dict[str, Any]) -> None:
    params, loss = quadratic()
    optimizer = GradientDirection(params, 0.1, **options)
    run_steps(optimizer, loss, 3)
    saved = pickle.loads(pickle.dumps(optimizer.state_dict()))
    kept = [p.detach().clone() for p in params]
    run_steps(optimizer, loss, 3)

    others, loss_of_others = quadratic()
    for p, value in zip(others, kept, strict=True):
        p.data.copy_(value)
    resumed = GradientDirection(others, 7.0)
    resumed.load_state_dict(saved)
    run_steps(resumed, loss_of_others, 3)
    for p, q in zip(params, others, strict=True):
        assert torch.equal(p, q)
    assert resumed.step_lengths == optimizer.step_lengths


def test_pickled_whole() -> None:
    params, loss = quadratic()
    optimizer = GradientDirection(params, 0.1, average=0.5)
    run_steps(optimizer, loss, 2)
    again = pickle.loads(pickle.dumps(optimizer))
    assert again.step_lengths == optimizer.step_lengths
    assert again.gradient_norm is None
    for p in again.param_groups[0]["params"]:
        p.grad = torch.ones_like(p)
    again.step()
    assert again.param_groups[0]["steps"] == 3


def test_an_old_state_without_the_newer_options_loads() -> None:
    p = parameter(0.0, gradient=[1.0])
    optimizer = GradientDirection([p], 0.5, average=0.9)
    state = optimizer.state_dict()
    state["param_groups"] = [{"lr": 0.25, "params": [0]}]
    optimizer.load_state_dict(state)
    optimizer.step()
    assert p.item() == -0.25
    assert optimizer.step_lengths == pytest.approx((0.25 * 0.9997,))


def test_added_group_gets_the_step_of_all_parameters_by_then() -> None:
    optimizer = GradientDirection([Parameter(torch.zeros(100))])
    optimizer.add_param_group({"params": [Parameter(torch.zeros(300))]})
    optimizer.add_param_group({"params": [Parameter(torch.zeros(1))], "initial_step": 0.5})
    assert optimizer.step_lengths == pytest.approx((0.014, 0.028, 0.5))


def test_added_group_joins_the_norm_and_starts_its_own_decay() -> None:
    a, b = parameter(0.0, gradient=[3.0]), parameter(0.0, gradient=[4.0])
    optimizer = GradientDirection([a], 1.0, decay=0.5)
    optimizer.step()
    optimizer.add_param_group({"params": [b]})
    optimizer.step()
    assert a.item() == pytest.approx(-1.0 - 0.5 * 0.6)
    assert b.item() == pytest.approx(-0.8)


# --- what is refused


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"initial_step": 0.0}, "initial_step: 0.0"),
        ({"initial_step": -1.0}, "initial_step: -1.0"),
        ({"initial_step": math.nan}, "initial_step: nan"),
        ({"initial_step": math.inf}, "initial_step: inf"),
        ({"initial_step": torch.tensor(0.1)}, "initial_step: 0.1"),
        ({"initial_step": "0.1"}, "initial_step: 0.1"),
        ({"decay": -0.1}, "decay: -0.1"),
        ({"decay": 1.0}, "decay: 1.0"),
        ({"decay": math.nan}, "decay: nan"),
        ({"decay_threshold": -1.0}, "decay_threshold: -1.0"),
        ({"decay_threshold": math.nan}, "decay_threshold: nan"),
        ({"average": 1.0}, "average: 1.0"),
        ({"average": -0.5}, "average: -0.5"),
        ({"look_ahead": True}, "look_ahead: True"),
        ({"average": 0.9, "look_ahead": 2}, "look_ahead: 2"),
        ({"foreach": None}, "foreach: None"),
    ],
)
def test_bad_hyperparameters_are_named(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        GradientDirection([parameter(1.0)], **options)
    in_group = {"lr" if k == "initial_step" else k: v for k, v in options.items()}
    with pytest.raises(ValueError, match=named.replace("initial_step", "lr")):
        GradientDirection([{"params": [parameter(1.0)], **in_group}])


def test_refused_group_leaves_the_optimizer_as_it_was() -> None:
    p = parameter(0.0, gradient=[1.0])
    optimizer = GradientDirection([p], 0.5)
    for group in (
        {"params": [Parameter(torch.zeros(1, dtype=torch.complex64))]},
        {"params": [parameter(1.0)], "lr": 1.0, "initial_step": 2.0},
        {"params": [p]},
    ):
        with pytest.raises(ValueError, match=r"complex|same thing|more than one"):
            optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1
    optimizer.step()
    assert p.item() == -0.5


def test_complex_parameters_are_refused_by_name() -> None:
    p = Parameter(torch.zeros(2, dtype=torch.complex64))
    with pytest.raises(ValueError, match="complex parameters: phase"):
        GradientDirection([("phase", p)])


def test_sparse_gradients_are_refused_before_anything_moves() -> None:
    a = parameter(1.0, gradient=[1.0])
    table = torch.nn.Embedding(4, 2, sparse=True)
    table(torch.tensor([1])).sum().backward()
    optimizer = GradientDirection([a, *table.parameters()], 0.5)
    with pytest.raises(RuntimeError, match="sparse gradients"):
        optimizer.step()
    assert a.item() == 1.0


def test_no_step_can_be_computed_without_parameters_that_train() -> None:
    with pytest.raises(ValueError, match="0 parameters"):
        GradientDirection([Parameter(torch.zeros(3), requires_grad=False)])
    with pytest.raises(ValueError, match="empty parameter list"):
        GradientDirection([])


@pytest.mark.parametrize("option", ["capturable", "differentiable", "maximize"])
def test_options_that_are_not_offered_are_unknown(option: str) -> None:
    with pytest.raises(TypeError, match=option):
        GradientDirection([parameter(1.0)], **{option: True})
