"""The Euclidean norm over many tensors: right to about 1e-6, whatever their number, size and range.

Two things are in the way. torch sums the squares of a float32 tensor in a few running sums: at 20
million equal elements its norm is wrong by 1 %. Here norms are taken of blocks, then of the blocks'
norms. And where tensors are small, calls cost more than arithmetic: those are copied into one
buffer that is kept between steps, so that a handful of calls serves them all.
"""

import math
from functools import cache

import torch
from torch import Tensor

_LEAST_SAFE_NORM = 1e-12
"""Below it the squares in a float32 norm may underflow; the gradients are then scaled first."""
_BLOCK = 1024
"""Elements whose norm is taken at once."""
_BUFFER = 262_144
"""Elements that the buffer holds at most (1 MB); tensors that it has no room for stay outside."""
_LARGE = 65_536
"""A tensor of more elements stays outside: to copy it would cost more than a call."""

_copy = torch._foreach_copy_  # torch gives it no public name

_HALF = (torch.float16, torch.bfloat16)


class TotalNorm:
    """The norm over all gradients of a step; keeps its buffers between the steps."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[torch.device, torch.dtype], _Kind] = {}

    def __call__(self, gradients: list[Tensor]) -> tuple[float, float]:
        """Return the norm over all tensors as `norm * scale`.

        `scale` is 1 except where squares would overflow or underflow; then it is the greatest
        absolute value, and `norm` is that of the gradients divided by it. A zero gradient gives
        norm 0, one with an infinite or NaN element a norm that is not finite.
        """
        norm = math.hypot(*self._norms(gradients, 2.0))
        if math.isfinite(norm) and norm > _LEAST_SAFE_NORM:
            return norm, 1.0
        greatest = self._norms(gradients, math.inf)
        if not all(math.isfinite(n) for n in greatest):
            return math.inf, 1.0
        scale = max(greatest, default=0.0)
        if scale == 0.0:
            return 0.0, 1.0
        return math.hypot(*self._norms(scaled(gradients, scale), 2.0)), scale

    def _norms(self, gradients: list[Tensor], order: float) -> list[float]:
        by_kind: dict[tuple[torch.device, torch.dtype], list[Tensor]] = {}
        for g in gradients:
            by_kind.setdefault((g.device, g.dtype), []).append(g)
        found = []
        for kind, tensors in by_kind.items():
            shapes = [t.shape for t in tensors]
            known = self._kinds.get(kind)
            if known is None or known.shapes != shapes:
                known = self._kinds[kind] = _Kind(tensors)
            found.append(known.norm(tensors, order))
        return found


class _Kind:
    """Tensors of one device and dtype, and the buffer for those that are small."""

    def __init__(self, tensors: list[Tensor]) -> None:
        self.shapes = [t.shape for t in tensors]
        self._small: list[int] = []
        self._large: list[int] = []
        used = 0
        for i, t in enumerate(tensors):
            fits = t.numel() <= _LARGE and used + t.numel() <= _BUFFER
            (self._small if fits else self._large).append(i)
            used += t.numel() if fits else 0
        # Whole blocks, at least one; where no tensor is copied to there are zeros.
        blocks = max(1, -(-used // _BLOCK))
        buffer = torch.zeros(
            blocks * _BLOCK, dtype=_wide(tensors[0].dtype), device=tensors[0].device
        )
        sizes = [tensors[i].numel() for i in self._small]
        places = buffer[:used].split_with_sizes(sizes)
        self._places = [p.view(self.shapes[i]) for p, i in zip(places, self._small, strict=True)]
        self._rows = buffer.view(-1, _BLOCK)

    def norm(self, tensors: list[Tensor], order: float) -> float:
        parts = []
        if self._small:
            _copy(self._places, [tensors[i] for i in self._small])
            parts.append(torch.linalg.vector_norm(self._rows, order, dim=1))
        large = [tensors[i] for i in self._large]
        parts += [_shortened(t.to(_wide(t.dtype)), order) for t in large]
        together = parts[0] if len(parts) == 1 else _shortened(torch.cat(parts), order)
        return float(torch.linalg.vector_norm(together, order))


def scaled(gradients: list[Tensor], scale: float) -> list[Tensor]:
    """Return gradients / scale; half precision as float32, so that a/|g| fits the range."""
    if scale == 1.0 and not any(g.dtype in _HALF for g in gradients):
        return gradients
    wide = [g.to(_wide(g.dtype)) for g in gradients]
    return wide if scale == 1.0 else [g / scale for g in wide]


def _wide(dtype: torch.dtype) -> torch.dtype:
    return torch.float64 if dtype == torch.float64 else torch.float32


def _shortened(tensor: Tensor, order: float) -> Tensor:
    """Return a vector of the same norm in at most `_BLOCK` elements."""
    tensor = tensor.reshape(-1)
    while (number := tensor.numel()) > _BLOCK:
        block = _block(number)
        norms = torch.linalg.vector_norm(tensor.unfold(0, block, block), order, dim=1)
        rest = number % block
        tensor = torch.cat([norms, tensor[-rest:]]) if rest else norms
    return tensor


@cache
def _block(number: int) -> int:
    """Return the length of blocks for a vector: one that leaves no rest, if there is a good one."""
    lengths = range(_BLOCK, _BLOCK // 4, -1)
    return next((length for length in lengths if number % length == 0), _BLOCK)
