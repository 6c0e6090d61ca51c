"""Averaged weights: computed by hand, put back whatever happens, saved bit by bit."""

import math
import pickle
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import Parameter

from faceaccess.optim import GradientDirection, WeightAverage


def averages_of(values: list[float], **options: Any) -> list[float]:
    """Return the average after each of the values."""
    p = Parameter(torch.tensor(100.0, dtype=torch.float64))
    average = WeightAverage([p], **options)
    found = []
    for value in values:
        p.data.fill_(value)
        average.update()
        with average.applied():
            found.append(p.item())
        assert p.item() == value
    return found


# --- values


def test_exponential_average_by_hand() -> None:
    """Its factor is 0, 1/11, 2/12, 3/13: the start of 100 counts for nothing."""
    first, second = 1.0, 2.0 + (1.0 - 2.0) / 11
    third = 5.0 + (second - 5.0) * 2 / 12
    fourth = 5.0 + (third - 5.0) * 3 / 13
    assert averages_of([1.0, 2.0, 5.0, 5.0]) == pytest.approx([first, second, third, fourth])


def test_exponential_average_warms_up_to_its_factor() -> None:
    values = [0.0] * 20 + [1.0]
    # after 20 updates the factor would be 20 / 30, but is held at 0.5
    assert averages_of(values, decay=0.5)[-1] == pytest.approx(0.5)
    assert averages_of(values, decay=0.9)[-1] == pytest.approx(1 - 20 / 30)


def test_tail_average_is_the_plain_mean_of_the_tail() -> None:
    values = [3.0, 1.0, 4.0, 1.0, 5.0]
    expected = [3.0, 2.0, 8 / 3, 9 / 4, 14 / 5]
    assert averages_of(values, decay=None) == pytest.approx(expected)


def test_tail_average_follows_the_tensors_until_it_starts() -> None:
    values = [3.0, 1.0, 4.0, 1.0, 5.0]
    expected = [3.0, 1.0, 4.0, 5 / 2, 10 / 3]
    assert averages_of(values, decay=None, start=2) == pytest.approx(expected)


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.floats(-10, 10), min_size=1, max_size=30),
    options=st.sampled_from([{}, {"decay": 0.3}, {"decay": None}, {"decay": None, "start": 4}]),
)
def test_average_lies_among_the_values(values: list[float], options: dict[str, Any]) -> None:
    for t, average in enumerate(averages_of(values, **options), 1):
        assert min(values[:t]) - 1e-12 <= average <= max(values[:t]) + 1e-12


def test_before_any_update_the_average_is_the_start() -> None:
    p = Parameter(torch.tensor([1.0, 2.0]))
    average = WeightAverage([p])
    p.data.fill_(7.0)
    with average.applied():
        assert p.tolist() == [1.0, 2.0]
    assert p.tolist() == [7.0, 7.0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_averaged_in_float32(dtype: torch.dtype) -> None:
    p = Parameter(torch.zeros(1, dtype=dtype))
    average = WeightAverage([p], decay=None)
    for value in [1.0] + [0.0] * 999 + [1.0] * 1000:
        p.data.fill_(value)
        average.update()
    assert average.state_dict()["averages"][0].item() == pytest.approx(1001 / 2000, rel=1e-5)
    with average.applied():
        assert p.dtype == dtype
        assert p.item() == pytest.approx(0.5, rel=1e-2)


def test_training_never_sees_the_average() -> None:
    results = []
    for averaged in (False, True):
        p = Parameter(torch.tensor([3.0, -2.0]))
        optimizer = GradientDirection([p], 0.1, average=0.9)
        average = WeightAverage([p])
        for _ in range(5):
            optimizer.zero_grad()
            p.square().sum().backward()
            optimizer.step()
            if averaged:
                average.update()
                with average.applied():
                    pass
        results.append(p.detach())
    assert torch.equal(*results)


def test_tensors_whose_storage_is_replaced_are_followed() -> None:
    """As `Module.to` does it: the parameter stays, its data are others."""
    p = Parameter(torch.tensor([1.0]))
    average = WeightAverage([p], decay=None)
    p.data = torch.tensor([5.0])
    average.update()
    with average.applied():
        assert p.item() == 5.0


# --- put back


def test_own_values_are_put_back_after_an_exception() -> None:
    p, q = Parameter(torch.tensor([1.0])), torch.tensor([2.0])
    average = WeightAverage([p, q])
    p.data.fill_(10.0)
    q.fill_(20.0)
    with average.applied():
        assert (p.item(), q.item()) == (1.0, 2.0)
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), average.applied():
            raise error
    assert (p.item(), q.item()) == (10.0, 20.0)
    average.update()  # and it goes on
    assert average.updates == 1


def test_own_values_are_put_back_if_the_average_cannot_be_applied() -> None:
    p, q = Parameter(torch.tensor([1.0])), Parameter(torch.tensor([2.0, 3.0]))
    average = WeightAverage([p, q])
    p.data.fill_(10.0)
    q.data = torch.zeros(5)  # the average of two elements does not fit
    with pytest.raises(RuntimeError, match="size"), average.applied():
        raise AssertionError("not reached")
    assert p.item() == 10.0
    assert q.tolist() == [0.0] * 5


def test_applied_twice_puts_back_in_turn() -> None:
    p = Parameter(torch.tensor([1.0]))
    average = WeightAverage([p])
    p.data.fill_(2.0)
    with average.applied():
        with average.applied():
            assert p.item() == 1.0
        assert p.item() == 1.0
        with pytest.raises(RuntimeError, match="inside applied"):
            average.update()
    assert p.item() == 2.0


def test_applied_parameters_still_train_afterwards() -> None:
    p = Parameter(torch.tensor([1.0]))
    average = WeightAverage([p])
    with average.applied(), torch.no_grad():
        p.square().sum()
    p.square().sum().backward()
    assert p.grad is not None
    assert p.grad.tolist() == [2.0]


# --- saved and loaded


@pytest.mark.parametrize("options", [{}, {"decay": 0.9}, {"decay": None, "start": 3}])
def test_saved_and_loaded_the_average_goes_on_bit_by_bit(options: dict[str, Any]) -> None:
    generator = torch.Generator().manual_seed(1)
    path = [torch.randn(3, generator=generator) for _ in range(10)]
    p = Parameter(torch.zeros(3))
    average = WeightAverage([p], **options)
    for value in path[:5]:
        p.data.copy_(value)
        average.update()
    saved = pickle.loads(pickle.dumps(average.state_dict()))

    q = Parameter(torch.ones(3))
    resumed = WeightAverage([q], **options)
    resumed.load_state_dict(saved)
    for value in path[5:]:
        for tensor, one in ((p, average), (q, resumed)):
            tensor.data.copy_(value)
            one.update()
    assert resumed.updates == average.updates == 10
    for a, b in zip(
        average.state_dict()["averages"], resumed.state_dict()["averages"], strict=True
    ):
        assert torch.equal(a, b)


def test_saved_state_is_a_copy() -> None:
    p = Parameter(torch.tensor([1.0]))
    average = WeightAverage([p], decay=None)
    average.update()
    saved = average.state_dict()
    p.data.fill_(3.0)
    average.update()
    assert saved["averages"][0].tolist() == [1.0]
    assert saved["updates"] == 1


# --- what is refused


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"decay": 0.0}, "decay: 0.0"),
        ({"decay": 1.0}, "decay: 1.0"),
        ({"decay": -0.5}, "decay: -0.5"),
        ({"decay": math.nan}, "decay: nan"),
        ({"decay": "0.9"}, "decay: 0.9"),
        ({"decay": None, "start": -1}, "start: -1"),
        ({"decay": None, "start": 1.5}, "start: 1.5"),
        ({"decay": 0.9, "start": 5}, "start: 5"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        WeightAverage([Parameter(torch.zeros(1))], **options)


def test_tensors_that_have_no_average_are_named() -> None:
    p = Parameter(torch.zeros(1))
    with pytest.raises(ValueError, match="no tensor"):
        WeightAverage([])
    for bad, named in (
        (torch.zeros(1, dtype=torch.int64), "tensor 1 of type torch.int64"),
        (torch.zeros(1, dtype=torch.complex64), "tensor 1 of type torch.complex64"),
        (torch.zeros(2).to_sparse(), "tensor 1 of type torch.float32, layout torch.sparse_coo"),
    ):
        with pytest.raises(ValueError, match=named):
            WeightAverage([p, bad])


def test_state_of_other_tensors_is_refused_and_changes_nothing() -> None:
    p = Parameter(torch.tensor([1.0, 2.0]))
    average = WeightAverage([p])
    for others in ([torch.zeros(3)], [torch.zeros(2), torch.zeros(2)], [torch.zeros(2, 1)]):
        with pytest.raises(ValueError, match="other tensors"):
            average.load_state_dict(WeightAverage(others).state_dict())
    with average.applied():
        assert p.tolist() == [1.0, 2.0]
