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

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from faceaccess.core.clock import SystemClock
from faceaccess.core.progress import Job
from faceaccess.learn.computing import Stopwatch, computing
from faceaccess.learn.stop_rules import (
    AnyOf,
    GradientReached,
    Iterations,
    LossReached,
    NoImprovement,
)
from faceaccess.learn.trainer import Evaluation, Pieces, Trainer
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

_REASONS = {"epochs": "steps", "no improvement": "stalled"}
"""The head's own words: its epoch is a step."""


@dataclass(frozen=True, eq=False)
class Descent:
    """Where the descent came to.

    Attributes:
        rows: (moving, dimension) float32 of length 1, those of the lowest loss seen.
        losses: mean cross-entropy at the start and after each step.
        stopped_by: "steps", "loss", "gradient", "stalled" or, for a loss that is not finite,
            "diverged".
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
    return computing(
        _descend(rows, moving, vectors, labels, scale=scale, steps=steps), threads=threads
    )


def _descend(
    rows: NDArray[np.float32],
    moving: NDArray[np.intp],
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    *,
    scale: float,
    steps: int,
) -> Job[Descent]:
    task = _Rows(rows[moving], _Loss(rows, moving, vectors, labels, scale))
    rules = AnyOf(
        LossReached(LOSS_GOAL),
        GradientReached(GRADIENT_GOAL),
        NoImprovement(PATIENCE),
        Iterations(steps),
    )
    optimizer = GradientDirection([task.weight], average=AVERAGE)
    trainer = Trainer(task, optimizer, rules, watch=Stopwatch(SystemClock()), keep_best=True)
    outcome = yield from trainer.train()
    losses = tuple(figures.loss for figures in outcome.history)
    return Descent(task.kept, losses, _REASONS.get(outcome.stopped_by, outcome.stopped_by))


class _Rows:
    """The rows as a task: an epoch is one step over all samples.

    The loss is measured with its gradient, so each measurement serves the step that follows.
    """

    steps = 1
    measured_at_start = True

    def __init__(self, start: NDArray[np.float32], loss: "_Loss") -> None:
        self.weight = torch.nn.Parameter(torch.from_numpy(start.copy()))
        self.kept = start
        self._loss = loss

    def evaluate(self) -> Pieces[Evaluation]:
        loss, weight = self._loss, self.weight.detach()
        loss.begin()
        for piece in range(loss.pieces):
            if piece and piece % PIECES_A_YIELD == 0:
                yield
            loss.add(piece, weight)
        self.weight.grad = _tangent(loss.gradient, weight)
        return Evaluation(loss=loss.value, gradient_norm=float(self.weight.grad.norm()))

    def gradients(self, epoch: int, step: int) -> Pieces[tuple[float, int]]:
        del epoch, step
        yield from ()  # all is done in `evaluate`
        return self._loss.value, self._loss.samples

    def constrain(self) -> None:
        with torch.no_grad():
            self.weight.div_(self.weight.norm(dim=1, keepdim=True))

    def keep(self) -> None:
        self.kept = self.weight.detach().numpy().copy()


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
        # A sample's column among the moving rows; -1 where its own class stands still. Of each
        # piece: which samples have one, and which it is.
        column = np.full(len(rows), -1, np.int64)
        column[moving] = np.arange(len(moving))
        self._own_moving = [
            _present(torch.from_numpy(column[labels[start : start + self._size]]))
            for start in range(0, len(vectors), self._size)
        ]
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
    def samples(self) -> int:
        """How many samples there are."""
        return len(self._x)

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
        x, rest = self._x[part], self._rest[part]
        which, column = self._own_moving[piece]
        logits = torch.mm(x, weight.T).mul_(self._scale)
        own = self._own_still[part].clone()
        logits[which, column] -= self._scale * MARGIN
        own[which] = logits[which, column]
        top = torch.maximum(logits.amax(dim=1), rest)
        shares = logits.sub_(top[:, None]).exp_()
        total = shares.sum(dim=1) + (rest - top).exp()
        self._sum += float((total.log() + top - own).double().sum())
        shares /= total[:, None]
        shares[which, column] -= 1.0
        self.gradient.addmm_(shares.T, x, alpha=self._scale / len(self._x))


def _present(column: Tensor) -> tuple[Tensor, Tensor]:
    """Return where `column` is not -1, and what it is there."""
    which = torch.nonzero(column >= 0).squeeze(1)
    return which, column[which]


def _tangent(gradient: Tensor, rows: Tensor) -> Tensor:
    return gradient - (gradient * rows).sum(dim=1, keepdim=True) * rows
