r"""Averaged weights: what is evaluated is the mean of where training has been, not its last point.

Let :math:`x_t` be the parameters after update :math:`t = 1, 2, \dots` Two averages are offered:

.. math::
    \text{exponential:} \quad \bar x_t &= \bar x_{t-1} + (1 - \rho_t)(x_t - \bar x_{t-1}),
        \qquad \rho_t = \min\Bigl(\rho, \frac{t - 1}{t + 9}\Bigr) \\
    \text{tail:} \quad \bar x_t &= \bar x_{t-1} + \frac{1}{t - s}\,(x_t - \bar x_{t-1}),
        \qquad t > s

The factor :math:`\rho_t` grows from 0, so that the random start is forgotten at once. The tail
average is the plain mean of every update after the first :math:`s` (Polyak and Ruppert).

It works beside any torch optimizer: training goes on from :math:`x_t` and never sees the average.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

_lerp = torch._foreach_lerp_  # torch gives it no public name


class WeightAverage:
    """Keeps an average of tensors that change in place; `update` after each optimizer step.

    The averages have the tensors' type, but float32 for half-precision ones, in which a difference
    of 0.2 % would be rounded away. A tensor that becomes infinite or NaN spoils its average: stop
    training there, and take the average of before.

    Args:
        tensors: floating-point parameters, and buffers that belong to them (the running
            statistics of a batch norm, for example). They are only read, but for `applied`.
        decay: rho of the exponential average, 0 < decay < 1; None for the tail average.
        start: s of the tail average, >= 0: updates that do not count; 0 with an exponential one.
            Until then the average is the tensors' present value.

    Raises:
        ValueError: for no tensor, one that is sparse or not of a floating-point type, or an option
            out of its range.
    """

    def __init__(
        self, tensors: Iterable[Tensor], *, decay: float | None = 0.998, start: int = 0
    ) -> None:
        self._tensors = list(tensors)
        if not self._tensors:
            raise ValueError("no tensor to average")
        for number, tensor in enumerate(self._tensors):
            if not tensor.is_floating_point() or tensor.layout is not torch.strided:
                kind = f"type {tensor.dtype}, layout {tensor.layout}"
                raise ValueError(f"cannot average tensor {number} of {kind}")
        _check_options(decay, start)
        self._decay, self._start = decay, start
        self._averages = [_wide(t).detach().clone() for t in self._tensors]
        self._updates = 0
        self._is_applied = False

    @property
    def updates(self) -> int:
        """Calls of `update`."""
        return self._updates

    @torch.no_grad()
    def update(self) -> None:
        """Take the tensors' present values into the average.

        Raises:
            RuntimeError: inside `applied`, where the tensors hold the average itself.
        """
        if self._is_applied:
            raise RuntimeError("update inside applied(), where the tensors hold the average")
        self._updates += 1
        _lerp(self._averages, [_wide(t) for t in self._tensors], self._weight())

    def _weight(self) -> float:
        t = self._updates
        if self._decay is not None:
            return 1.0 - min(self._decay, (t - 1) / (t + 9))
        return 1.0 / max(1, t - self._start)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the tensors hold the average inside the block; their own values are put back.

        For evaluation and saving only: what the block changes in the tensors is lost.
        """
        own = [t.detach().clone() for t in self._tensors]
        was_applied, self._is_applied = self._is_applied, True
        try:
            self._put(self._averages)
            yield
        finally:
            self._put(own)
            self._is_applied = was_applied

    @torch.no_grad()
    def _put(self, values: list[Tensor]) -> None:
        for tensor, value in zip(self._tensors, values, strict=True):
            tensor.copy_(value)

    def state_dict(self) -> dict[str, Any]:
        """Return copies of the averages and the number of updates; not the options."""
        return {"updates": self._updates, "averages": [a.clone() for a in self._averages]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state, with the options that this average was made with.

        Raises:
            ValueError: if it belongs to tensors of other number or shape; nothing has changed then.
        """
        averages = state["averages"]
        if [a.shape for a in averages] != [a.shape for a in self._averages]:
            raise ValueError("the saved average belongs to other tensors")
        with torch.no_grad():
            for mine, saved in zip(self._averages, averages, strict=True):
                mine.copy_(saved)
        self._updates = int(state["updates"])


def _check_options(decay: object, start: object) -> None:
    if decay is not None and not (isinstance(decay, int | float) and 0.0 < decay < 1.0):
        raise ValueError(f"invalid decay: {decay} (must be > 0 and < 1, or None)")
    if not isinstance(start, int) or start < 0 or (start > 0 and decay is not None):
        raise ValueError(f"invalid start: {start} (must be a whole number >= 0; 0 with a decay)")


def _wide(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor
