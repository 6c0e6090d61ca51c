r"""The losses of the method, each the mean over the samples of a batch.

For logits :math:`z_{ik}` of sample :math:`i` and class :math:`k`, the right class :math:`y_i`,
:math:`n` samples and :math:`K` classes:

.. math::
    p_{ik} &= e^{z_{ik}} / \sum_j e^{z_{ij}} \\
    \text{cross-entropy} &= -\frac1n \sum_i \log p_{i y_i}
        & \partial / \partial z_{ik} &= \tfrac1n (p_{ik} - [k = y_i]) \\
    \text{log-likelihood} &= -\frac1n \sum_i \ell_{i y_i}, \quad \ell_{ik} = \log p_{ik}
        & &\text{the same} \\
    \text{hinge} &= \frac1{nK} \sum_i \sum_{k \ne y_i} \max(0, 1 - z_{i y_i} + z_{ik})
        & \partial / \partial z_{ik} &= \tfrac1{nK} \begin{cases}
            [1 - z_{i y_i} + z_{ik} > 0] & k \ne y_i \\
            -\sum_{j \ne y_i} [1 - z_{i y_i} + z_{ij} > 0] & k = y_i \end{cases}

The source of the method names all three. The negative log-likelihood of a softmax *is* its
cross-entropy: the two names differ in rounding alone, and both are here because a reader of the
source looks for both. The hinge is that of Weston and Watkins (1999), as torch defines it, with the
mean over the classes; where every margin is kept it is 0 and so is its gradient, and training
stands still for that batch.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from faceaccess.core.errors import KnownError
from faceaccess.learn.choices import LOSSES

Loss = Callable[[Tensor, Tensor], Tensor]
"""(logits (n, K) float, labels (n,) int64 in 0..K-1) -> the mean loss, a scalar tensor."""


def _cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.cross_entropy(logits, labels)


def _log_likelihood(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.nll_loss(torch.log_softmax(logits, dim=1), labels)


def _hinge(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.multi_margin_loss(logits, labels)


_LOSSES: dict[str, Loss] = {
    "cross-entropy": _cross_entropy,
    "log-likelihood": _log_likelihood,
    "hinge": _hinge,
}


def loss_function(name: str) -> Loss:
    """Return the loss of a name: (logits (n, K) float, labels (n,) int64) -> mean, a scalar.

    Raises:
        KnownError: for a name that is not in `choices.LOSSES`.
    """
    if name not in _LOSSES:
        raise KnownError(f'There is no loss "{name}".', f"Choose one of: {', '.join(LOSSES)}.")
    return _LOSSES[name]
