"""The written-out loss and gradient agree with autograd, whole or in pieces."""

import numpy as np
import pytest
import torch

from faceaccess.core.progress import Progress, run
from faceaccess.learn import cosine_softmax
from faceaccess.learn.cosine_softmax import MARGIN, _Loss, descend


@pytest.fixture
def problem() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    rows = rng.standard_normal((7, 6)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    labels = np.array([0, 1, 2, 3, 4, 5, 6, 0, 3, 3, 6])
    vectors = rows[labels] + 0.4 * rng.standard_normal((11, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return rows, vectors, labels


def by_autograd(
    rows: np.ndarray, vectors: np.ndarray, labels: np.ndarray, scale: float
) -> tuple[float, np.ndarray]:
    weight = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
    cosines = torch.tensor(vectors, dtype=torch.float64) @ weight.T
    cosines = cosines - MARGIN * torch.nn.functional.one_hot(torch.tensor(labels), len(rows))
    loss = torch.nn.functional.cross_entropy(scale * cosines, torch.tensor(labels))
    loss.backward()
    assert weight.grad is not None
    return loss.item(), weight.grad.numpy()


@pytest.mark.parametrize("pieces", [1, 2, 11])
@pytest.mark.parametrize("moving", [[0, 1, 2, 3, 4, 5, 6], [1, 3, 6], [4]])
@pytest.mark.parametrize("scale", [1.0, 32.0])
def test_loss_and_gradient_agree_with_autograd(
    problem: tuple[np.ndarray, ...],
    pieces: int,
    moving: list[int],
    scale: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, vectors, labels = problem
    size = -(-len(vectors) // pieces)
    monkeypatch.setattr(cosine_softmax, "LOGITS_AT_ONCE", size * len(moving))
    loss = _Loss(rows, np.array(moving), vectors, labels, scale)
    assert loss.pieces == pieces
    for _ in range(2):  # a second evaluation starts afresh
        loss.begin()
        for piece in range(loss.pieces):
            loss.add(piece, torch.from_numpy(rows[moving]))
    value, gradient = by_autograd(rows, vectors, labels, scale)
    assert loss.value == pytest.approx(value, rel=1e-5)
    np.testing.assert_allclose(loss.gradient.numpy(), gradient[moving], rtol=1e-4, atol=1e-5)


def test_first_step_by_hand(problem: tuple[np.ndarray, ...]) -> None:
    """From x0 along the tangent direction by 0.1 a0 (average 0.9), then back to length 1."""
    rows, vectors, labels = problem
    _, g = by_autograd(rows, vectors, labels, 32.0)
    g -= (g * rows).sum(axis=1, keepdims=True) * rows
    expected = rows - 0.1 * 0.0014 * np.sqrt(rows.size) * g / np.linalg.norm(g)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    found = run(descend(rows, np.arange(7), vectors, labels, scale=32.0, steps=1))
    assert found.losses[1] < found.losses[0]
    np.testing.assert_allclose(found.rows, expected, atol=1e-6)
    assert found.stopped_by == "steps"


def by_a_plain_loop(
    problem: tuple[np.ndarray, ...], moving: list[int], steps: int
) -> tuple[np.ndarray, list[float], list[float]]:
    """Descend without the trainer; return the best rows, the losses and the gradient norms."""
    rows, vectors, labels = problem
    loss = _Loss(rows, np.array(moving), vectors, labels, 32.0)
    weight = torch.nn.Parameter(torch.from_numpy(rows[moving]))
    optimizer = cosine_softmax.GradientDirection([weight], average=cosine_softmax.AVERAGE)
    losses: list[float] = []
    norms: list[float] = []
    best = rows[moving]
    for step in range(steps + 1):
        loss.begin()
        for piece in range(loss.pieces):
            loss.add(piece, weight.detach())
        weight.grad = cosine_softmax._tangent(loss.gradient, weight.detach())
        if not losses or loss.value < min(losses):
            best = weight.detach().numpy().copy()
        losses.append(loss.value)
        norms.append(float(weight.grad.norm()))
        if step < steps:
            optimizer.step()
            with torch.no_grad():
                weight.div_(weight.norm(dim=1, keepdim=True))
    return best, losses, norms


@pytest.mark.parametrize("moving", [[0, 1, 2, 3, 4, 5, 6], [1, 3, 6]])
@pytest.mark.parametrize("logits_at_once", [1 << 20, 2 * 7])
def test_the_trainer_adds_and_takes_nothing(
    problem: tuple[np.ndarray, ...],
    moving: list[int],
    logits_at_once: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Bit by bit what the loop written out gives."""
    monkeypatch.setattr(cosine_softmax, "LOGITS_AT_ONCE", logits_at_once)
    monkeypatch.setattr(cosine_softmax, "PATIENCE", 100)
    monkeypatch.setattr(cosine_softmax, "LOSS_GOAL", 0.0)
    seen: list[Progress] = []
    rows, vectors, labels = problem
    job = descend(rows, np.array(moving), vectors, labels, scale=32.0, steps=40, threads=None)
    found = run(job, seen.append)
    best, losses, norms = by_a_plain_loop(problem, moving, 40)
    assert list(found.losses) == losses
    assert np.array_equal(found.rows, best)
    told = [p.figures for p in seen if p.figures]
    assert [figures["gradient_norm"] for figures in told] == norms
    assert [figures["step"] for figures in told] == list(range(41))


def test_rows_given_are_not_changed(problem: tuple[np.ndarray, ...]) -> None:
    rows, vectors, labels = problem
    kept = rows.copy()
    run(descend(rows, np.arange(7), vectors, labels, scale=32.0, steps=3))
    assert np.array_equal(rows, kept)


def test_stalled_descent_gives_the_best_rows_back(
    problem: tuple[np.ndarray, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, vectors, labels = problem

    class TooFar(cosine_softmax.GradientDirection):
        def __init__(self, params, **options):  # type: ignore[no-untyped-def]  # a fault put in
            super().__init__(params, 3.0)

    monkeypatch.setattr(cosine_softmax, "GradientDirection", TooFar)
    found = run(descend(rows, np.arange(7), vectors, labels, scale=32.0, steps=100))
    assert found.stopped_by == "stalled"
    best = found.losses.index(min(found.losses))
    assert len(found.losses) == best + 1 + cosine_softmax.PATIENCE
    value, _ = by_autograd(found.rows, vectors, labels, 32.0)
    assert value == pytest.approx(min(found.losses), rel=1e-4)
