"""Each loss and its gradient against values computed by hand."""

import math

import pytest
import torch

from faceaccess.core.errors import KnownError
from faceaccess.learn.choices import LOSSES
from faceaccess.learn.losses import loss_function

# Two samples, three classes. Softmax of the first: e^0, e^(ln 2), e^(ln 5) over their sum 8; of
# the second: 1, 1, 2 over 4.
LOGITS = [[0.0, math.log(2.0), math.log(5.0)], [0.0, 0.0, math.log(2.0)]]
LABELS = [1, 2]


def value_and_gradient(
    name: str, logits: list[list[float]], labels: list[int]
) -> tuple[float, list[list[float]]]:
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    loss = loss_function(name)(z, torch.tensor(labels))
    assert loss.shape == ()
    loss.backward()
    assert z.grad is not None
    return loss.item(), z.grad.tolist()


@pytest.mark.parametrize("name", ["cross-entropy", "log-likelihood"])
def test_cross_entropy_and_log_likelihood_by_hand(name: str) -> None:
    value, gradient = value_and_gradient(name, LOGITS, LABELS)
    # -(log 2/8 + log 2/4) / 2
    assert value == pytest.approx((math.log(4.0) + math.log(2.0)) / 2)
    # (p - [k = y]) / 2
    assert gradient[0] == pytest.approx([1 / 16, (2 / 8 - 1) / 2, 5 / 16])
    assert gradient[1] == pytest.approx([1 / 8, 1 / 8, (2 / 4 - 1) / 2])


def test_hinge_by_hand() -> None:
    # First sample, class 1 is right with 2: class 0 keeps its margin (1 - 2 + 0.5 < 0), class 2
    # does not: 1 - 2 + 1.75 = 0.75. Second, class 2 with -1: 1 + 1 + 0 = 2 and 1 + 1 - 4 < 0.
    value, gradient = value_and_gradient("hinge", [[0.5, 2.0, 1.75], [0.0, -4.0, -1.0]], LABELS)
    assert value == pytest.approx((0.75 + 2.0) / (2 * 3))
    assert gradient[0] == pytest.approx([0.0, -1 / 6, 1 / 6])
    assert gradient[1] == pytest.approx([1 / 6, 0.0, -1 / 6])


def test_hinge_counts_every_class_that_comes_too_near() -> None:
    value, gradient = value_and_gradient("hinge", [[0.0, 0.0, 0.0, 0.0]], [3])
    assert value == pytest.approx(3 / 4)
    assert gradient[0] == pytest.approx([1 / 4, 1 / 4, 1 / 4, -3 / 4])


def test_hinge_is_zero_and_flat_where_all_margins_are_kept() -> None:
    value, gradient = value_and_gradient("hinge", [[3.0, 1.5, -2.0]], [0])
    assert value == 0.0
    assert gradient == [[0.0, 0.0, 0.0]]


@pytest.mark.parametrize("name", ["cross-entropy", "log-likelihood"])
def test_great_logits_do_not_overflow(name: str) -> None:
    z = torch.tensor([[1e4, -1e4], [-1e4, 1e4]], requires_grad=True)  # float32: e^1e4 is infinite
    loss = loss_function(name)(z, torch.tensor([0, 0]))
    loss.backward()
    assert loss.item() == pytest.approx(1e4)
    assert z.grad is not None
    assert z.grad.tolist() == [[0.0, 0.0], [-0.5, 0.5]]


@pytest.mark.parametrize("name", LOSSES)
def test_the_batch_is_a_mean(name: str) -> None:
    once = value_and_gradient(name, LOGITS, LABELS)[0]
    twice = value_and_gradient(name, LOGITS * 2, LABELS * 2)[0]
    assert once == pytest.approx(twice)


def test_an_unknown_loss_is_named() -> None:
    with pytest.raises(KnownError, match='no loss "mse"') as caught:
        loss_function("mse")
    assert "cross-entropy, log-likelihood, hinge" in caught.value.remedy


def test_every_loss_that_can_be_chosen_is_there() -> None:
    for name in LOSSES:
        assert loss_function(name)(torch.zeros(1, 2), torch.tensor([0])).item() > 0.0
