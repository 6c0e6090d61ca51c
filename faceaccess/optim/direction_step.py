"""One step along the direction as a function of tensors; the mathematics: `gradient_direction`."""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

_PIECE = 524_288
"""Elements that a CPU moves at once, so that what is read twice is still in the cache; without it
the average with look-ahead takes a third longer at 10 million parameters."""

_LEAST_SCALE = 1e-3
"""So that m / scale stays within the range even of float16: no element of m is greater than 1."""

# torch gives its many-tensors-at-once operations no public names.
_add = torch._foreach_add_
_mul = torch._foreach_mul_

_Piece = tuple[list[Tensor], list[Tensor], list[Tensor]]


def move_along_direction(
    params: list[Tensor],
    grads: list[Tensor],
    averages: list[Tensor],
    *,
    norm: float,
    step: float,
    average: float,
    look_ahead: bool,
    average_scale: float = 1.0,
) -> float:
    """Change `params` (and `averages`) in place by one step; every other argument is only read.

    The average is kept as m / scale: to shrink it by c then changes one number and costs no pass
    through the memory. When the scale becomes small it is multiplied in and is 1 again.

    Args:
        params: the tensors to move.
        grads: one gradient each, of the same shape.
        averages: the moving averages m of the unit directions, divided by `average_scale`; not
            used where `average` is 0.
        norm: |g| over these and all other gradients of the step, > 0.
        step: a(t).
        average: c.
        look_ahead: whether to step along c m + (1 - c) u instead of m.
        average_scale: what m is divided by in `averages` before the step.

    Returns:
        What m is divided by after it.
    """
    if average == 0.0:
        _add(params, grads, alpha=-step / norm)
        return average_scale
    shrunk = average_scale * average
    scale = 1.0 if shrunk < _LEAST_SCALE else shrunk
    pieces: Iterable[_Piece] = [(params, grads, averages)]
    if params[0].is_cpu:
        pieces = _pieces(params, grads, averages)
    for p, g, m in pieces:
        if shrunk != scale:
            _mul(m, shrunk)
        _add(m, g, alpha=(1.0 - average) / (norm * scale))
        _add(p, m, alpha=-step * scale * (average if look_ahead else 1.0))
        if look_ahead:
            _add(p, g, alpha=-step * (1.0 - average) / norm)
    return scale


def _pieces(params: list[Tensor], grads: list[Tensor], averages: list[Tensor]) -> Iterator[_Piece]:
    """Yield the same elements in parts of about `_PIECE`, a large tensor in parts of its own."""
    if sum([p.numel() for p in params]) <= _PIECE:
        yield params, grads, averages
        return
    together: _Piece = ([], [], [])
    for tensors in zip(params, grads, averages, strict=True):
        if tensors[0].numel() > _PIECE and all(t.is_contiguous() for t in tensors):
            flat = [torch.split(t.view(-1), _PIECE) for t in tensors]
            yield from (([p], [g], [m]) for p, g, m in zip(*flat, strict=True))
            continue
        for part, tensor in zip(together, tensors, strict=True):
            part.append(tensor)
        if sum(p.numel() for p in together[0]) >= _PIECE:
            yield together
            together = ([], [], [])
    if together[0]:
        yield together
