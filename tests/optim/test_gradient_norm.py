"""The norm over all gradients: right whatever their number, size, range and kind."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from faceaccess.optim.norm import TotalNorm, scaled


def in_float64(tensors: list[Tensor]) -> float:
    return math.sqrt(math.fsum(float(t.double().square().sum()) for t in tensors))


def test_by_hand() -> None:
    norm = TotalNorm()
    assert norm([]) == (0.0, 1.0)
    assert norm([torch.tensor([3.0]), torch.tensor([4.0])]) == (5.0, 1.0)
    assert norm([torch.tensor([3.0]), torch.tensor([4.0], dtype=torch.float64)]) == (5.0, 1.0)
    assert norm([torch.tensor(3.0), torch.zeros(0), torch.tensor([[4.0]])]) == (5.0, 1.0)
    assert norm([torch.zeros(0)]) == (0.0, 1.0)


def test_squares_that_overflow_are_scaled() -> None:
    norm, scale = TotalNorm()([torch.tensor([3e38, 0.0]), torch.tensor([3e38])])
    assert norm * scale == pytest.approx(math.sqrt(2) * 3e38)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("size", [1, 5000, 300_000])
def test_one_element_that_is_not_finite_is_noticed(bad: float, size: int) -> None:
    gradient = torch.ones(size)
    gradient[-1] = bad
    assert not math.isfinite(TotalNorm()([torch.tensor([1.0]), gradient])[0])


@pytest.mark.parametrize("value", [0.1, 0.3, 0.9, 1e-3])
@pytest.mark.parametrize("size", [1023, 1025, 62_006, 65_536, 65_537, 3_000_001])
def test_equal_elements_are_added_up_exactly(value: float, size: int) -> None:
    gradient = torch.full((size,), value)
    assert TotalNorm()([gradient])[0] == pytest.approx(in_float64([gradient]), rel=3e-6)


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.sampled_from([0, 1, 7, 1024, 3000, 70_000]), min_size=1, max_size=8),
    half=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_norm_is_that_in_float64(sizes: list[int], half: bool, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    tensors = [torch.randn(size, generator=generator) for size in sizes]
    if half:
        tensors[0] = tensors[0].to(torch.float16)
    norm, scale = TotalNorm()(tensors)
    assert norm * scale == pytest.approx(in_float64(tensors), rel=2e-6)


def test_more_small_tensors_than_the_buffer_holds() -> None:
    generator = torch.Generator().manual_seed(1)
    tensors = [torch.randn(60_000, generator=generator) for _ in range(9)]
    norm = TotalNorm()
    assert norm(tensors)[0] == pytest.approx(in_float64(tensors), rel=1e-6)
    (kind,) = norm._kinds.values()
    assert kind._rows.numel() <= 262_144


@pytest.mark.parametrize("size", [40, 400])
def test_tensors_that_are_not_contiguous(size: int) -> None:
    tensors = [torch.randn(size, 300).T, torch.randn(4, 3, size, size)[:, :, ::2]]
    assert TotalNorm()(tensors)[0] == pytest.approx(in_float64(tensors), rel=1e-6)


def test_the_buffer_keeps_nothing_of_the_step_before() -> None:
    """Steps with other shapes, fewer tensors, other kinds: each norm is that of its own tensors."""
    norm = TotalNorm()
    for tensors in (
        [torch.full((2000,), 9.0), torch.full((3,), 9.0)],
        [torch.ones(3)],
        [torch.ones(3), torch.ones(1)],
        [torch.ones(4, dtype=torch.float64)],
        [torch.ones(2), torch.ones(2, dtype=torch.float64)],
        [torch.ones(2, 2)],
    ):
        assert norm(tensors)[0] == pytest.approx(in_float64(tensors), rel=1e-6)


def test_tensors_are_only_read() -> None:
    tensors = [torch.tensor([3e38, 1.0]), torch.ones(70_000)]
    kept = [t.clone() for t in tensors]
    norm, scale = TotalNorm()(tensors)
    scaled(tensors, scale)
    assert scale > 1.0
    assert math.isfinite(norm)
    assert all(torch.equal(t, k) for t, k in zip(tensors, kept, strict=True))


def test_scaled_leaves_full_precision_alone_and_widens_half() -> None:
    full, half = torch.ones(2), torch.ones(2, dtype=torch.bfloat16)
    assert scaled([full], 1.0)[0] is full
    assert [t.dtype for t in scaled([full, half], 1.0)] == [torch.float32, torch.float32]
    assert scaled([full, half], 4.0)[1].tolist() == [0.25, 0.25]
