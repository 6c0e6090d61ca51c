r"""The descent of the head's rows: softmax cross-entropy over scaled cosines with a margin.

For samples :math:`x_i` of class :math:`y_i` and unit rows :math:`w_k`, with the scale :math:`s`
and the margin :math:`m`:

.. math::
    z_{ik} = s\, (w_k \cdot x_i - m\, [y_i = k]), \qquad
    L = \frac1n \sum_i \Bigl(\log \sum_k e^{z_{ik}} - z_{i y_i}\Bigr), \qquad
    \frac{\partial L}{\partial w_k} = \frac{s}{n} \sum_i (p_{ik} - [y_i = k])\, x_i

A sample is part of its own mean, so at the start its cosine to its own row is some 0.2 greater
than a new picture's would be; without the margin the loss of imprinted rows is about 1e-6 and its
gradient is rounding. The margin (additive, as in CosFace) asks for what a new picture will need.

The gradient's part along each row is taken away (a row has a direction only), `GradientDirection`
steps in what remains, and the rows are brought back to length 1.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from faceaccess.core.progress import Job, Progress
from faceaccess.optim.gradient_direction import GradientDirection

LOGITS_AT_ONCE = 1 << 20
"""Logits of one piece of work: 4 MiB, some ten milliseconds on one core."""
PIECES_A_YIELD = 4
"""Pieces of work between two yields."""
MARGIN = 0.5
"""Cosine by which a sample's own row must beat the others; chosen on one half of the people and
confirmed on the other (docs/adr/head-margin.md)."""
AVERAGE = 0.9
"""Moving average of the unit directions: as low a loss as without, rows nearer to their means."""
LOSS_GOAL = 0.01
"""Mean cross-entropy at which there is nothing left to win; few people start near it."""
GRADIENT_GOAL = 1e-5
"""Gradient norm below which its direction is rounding."""
PATIENCE = 5
"""Steps without a lower loss after which training has stalled."""


@dataclass(frozen=True, eq=False)
class Descent:
    """Where the descent came to.

    Attributes:
        rows: (moving, dimension) float32 of length 1, those of the lowest loss seen.
        losses: mean cross-entropy at the start and after each step.
        stopped_by: "steps", "loss", "gradient" or "stalled".
    """

    rows: NDArray[np.float32]
    losses: tuple[float, ...]
    stopped_by: str


def descend(
    rows: NDArray[np.float32],
    moving: NDArray[np.intp],
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    *,
    scale: float,
    steps: int,
    threads: int | None = 1,
) -> Job[Descent]:
    """Move some rows down the cross-entropy of all, with memory for `LOGITS_AT_ONCE` logits.

    Args:
        rows: (people, dimension) all rows, length 1; not changed.
        moving: (m,) sorted indices of the rows to train; the others only count in the softmax.
        vectors: (samples, dimension) of length 1.
        labels: (samples,) index into `rows`.
        scale: factor on the cosines.
        steps: most steps.
        threads: torch threads between two yields, or None to leave them.
    """
    with _torch_threads(threads):
        loss = _Loss(rows, moving, vectors, labels, scale)
        weight = torch.nn.Parameter(torch.from_numpy(rows[moving]))
        optimizer = GradientDirection([weight], average=AVERAGE)
    losses: list[float] = []
    best = rows[moving]
    stopped_by = "steps"
    for step in range(steps + 1):
        loss.begin()
        for piece in range(loss.pieces):
            if piece and piece % PIECES_A_YIELD == 0:
                yield Progress("Training", step, steps)
            with _torch_threads(threads):
                loss.add(piece, weight.detach())
        with _torch_threads(threads):
            gradient = _tangent(loss.gradient, weight.detach())
            gradient_norm = float(gradient.norm())
        if not losses or loss.value < min(losses):
            best = weight.detach().numpy().copy()
        losses.append(loss.value)
        yield Progress(
            "Training",
            step,
            steps,
            figures={
                "step": step,
                "loss": loss.value,
                "step_length": optimizer.step_lengths[0],
                "gradient_norm": gradient_norm,
            },
        )
        reason = _reason_to_stop(losses, gradient_norm)
        if reason is not None:
            stopped_by = reason
            break
        if step < steps:
            with _torch_threads(threads):
                weight.grad = gradient
                optimizer.step()
                with torch.no_grad():
                    weight.div_(weight.norm(dim=1, keepdim=True))
    return Descent(best, tuple(losses), stopped_by)


def _reason_to_stop(losses: list[float], gradient_norm: float) -> str | None:
    if losses[-1] <= LOSS_GOAL:
        return "loss"
    if gradient_norm <= GRADIENT_GOAL:
        return "gradient"
    if len(losses) - 1 - losses.index(min(losses)) >= PATIENCE:
        return "stalled"
    return None


class _Loss:
    """Cross-entropy and its gradient, gathered piece by piece."""

    def __init__(
        self,
        rows: NDArray[np.float32],
        moving: NDArray[np.intp],
        vectors: NDArray[np.float32],
        labels: NDArray[np.int64],
        scale: float,
    ) -> None:
        self._x = torch.from_numpy(vectors)
        self._scale = scale
        self._size = max(1, LOGITS_AT_ONCE // len(moving))
        self.pieces = -(-len(vectors) // self._size)
        # A sample's column among the moving rows; -1 where its own class stands still.
        column = np.full(len(rows), -1, np.int64)
        column[moving] = np.arange(len(moving))
        self._column = torch.from_numpy(column[labels])
        own = np.einsum("ij,ij->i", vectors, rows[labels])
        self._own_still = torch.from_numpy((scale * (own - MARGIN)).astype(np.float32))
        self._rest = self._log_sum_exp_of_still(rows, moving, labels)
        self.gradient = torch.zeros(len(moving), rows.shape[1])
        self._sum = 0.0

    def _log_sum_exp_of_still(
        self, rows: NDArray[np.float32], moving: NDArray[np.intp], labels: NDArray[np.int64]
    ) -> Tensor:
        """Return log sum exp of each sample's logits for the rows that stand still; -inf for none.

        They stay the same through the whole descent, so the steps need only the moving ones.
        """
        still = np.delete(np.arange(len(rows)), moving)
        rest = torch.full((len(labels),), -torch.inf)
        size = max(1, LOGITS_AT_ONCE // len(labels))
        for start in range(0, len(still), size):
            block = still[start : start + size]
            logits = torch.mm(self._x, torch.from_numpy(rows[block]).T).mul_(self._scale)
            mine = np.flatnonzero(np.isin(labels, block))
            at = torch.from_numpy(np.searchsorted(block, labels[mine]))
            logits[torch.from_numpy(mine), at] -= self._scale * MARGIN
            rest = torch.logaddexp(rest, logits.logsumexp(dim=1))
        return rest

    @property
    def value(self) -> float:
        """The mean cross-entropy of the samples added since `begin`."""
        return self._sum / len(self._x)

    def begin(self) -> None:
        """Start a new evaluation."""
        self.gradient = torch.zeros_like(self.gradient)
        self._sum = 0.0

    def add(self, piece: int, weight: Tensor) -> None:
        """Add one piece of the samples at the rows `weight`."""
        part = slice(piece * self._size, (piece + 1) * self._size)
        x, column, rest = self._x[part], self._column[part], self._rest[part]
        logits = torch.mm(x, weight.T).mul_(self._scale)
        here = column >= 0
        which = torch.nonzero(here).squeeze(1)
        own = self._own_still[part].clone()
        logits[which, column[which]] -= self._scale * MARGIN
        own[which] = logits[which, column[which]]
        top = torch.maximum(logits.amax(dim=1), rest)
        shares = logits.sub_(top[:, None]).exp_()
        total = shares.sum(dim=1) + (rest - top).exp()
        self._sum += float((total.log() + top - own).double().sum())
        shares /= total[:, None]
        shares[which, column[which]] -= 1.0
        self.gradient.addmm_(shares.T, x, alpha=self._scale / len(self._x))


def _tangent(gradient: Tensor, rows: Tensor) -> Tensor:
    return gradient - (gradient * rows).sum(dim=1, keepdim=True) * rows


@contextmanager
def _torch_threads(threads: int | None) -> Iterator[None]:
    """Let torch use so many threads inside the block; the former number is put back."""
    before = torch.get_num_threads()
    if threads is None or threads == before:
        yield
        return
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
