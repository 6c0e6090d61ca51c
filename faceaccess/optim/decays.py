r"""The four ways a step length is let down, as torch schedulers for any torch optimizer.

Let :math:`a_0` be the `lr` an optimizer was made with and :math:`t` the calls of the scheduler's
`step` so far:

.. math::
    \text{none:}         \quad a_t &= a_0 \\
    \text{per step:}     \quad a_t &= a_0 (1 - \beta)^t \\
    \text{to a horizon:} \quad a_t &= a_0 (f + (1 - f)\, s(\min(t / T, 1))),
        \qquad s(z) = \tfrac12 (1 + \cos \pi z) \text{ or } 1 - z \\
    \text{on a plateau:} \quad a_t &= a_{t-1} \cdot \text{factor}
        \text{ when the loss has not improved for a while, else } a_{t-1}

`GradientDirection` decays per step by itself unless it is made with `decay=0.0`. Its own factor
and the scheduler's multiply; where the two would contradict each other (`no_decay`) or count twice
(`per_step`), that is refused.
"""

import math
from collections.abc import Callable
from typing import Literal

from torch.optim import Optimizer
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR, ReduceLROnPlateau

from faceaccess.optim.gradient_direction import GradientDirection

_SHAPES: dict[str, Callable[[float], float]] = {
    "cosine": lambda z: 0.5 * (1.0 + math.cos(math.pi * z)),
    "linear": lambda z: 1.0 - z,
}


def no_decay(optimizer: Optimizer) -> LambdaLR:
    """Leave the step as it is.

    Raises:
        ValueError: if the optimizer decays by itself.
    """
    _refuse_own_decay(optimizer, "no_decay")
    return LambdaLR(optimizer, lambda _: 1.0)


def per_step(optimizer: Optimizer, decay: float = 0.0003) -> ExponentialLR:
    """Multiply the step by 1 - `decay` at every call.

    Args:
        optimizer: any that does not decay by itself.
        decay: beta, 0 <= decay < 1; the default is that of the source.

    Raises:
        ValueError: for a decay out of its range, or if the optimizer decays by itself.
    """
    if not 0.0 <= decay < 1.0:
        raise ValueError(f"invalid decay: {decay} (must be >= 0 and < 1)")
    _refuse_own_decay(optimizer, "per_step")
    return ExponentialLR(optimizer, 1.0 - decay)


def to_horizon(
    optimizer: Optimizer,
    steps: int,
    *,
    shape: Literal["cosine", "linear"] = "cosine",
    floor: float = 0.0,
) -> LambdaLR:
    """Let the step down to `floor` times its start within `steps` calls; it stays there after them.

    Args:
        optimizer: any; its own decay, if it has one, multiplies.
        steps: T >= 1, calls of the scheduler's `step`: one an optimizer step, or one an epoch.
        shape: along half a cosine, or a straight line.
        floor: f, 0 <= f <= 1.

    Raises:
        ValueError: for an argument out of its range.
    """
    if steps < 1:
        raise ValueError(f"invalid steps: {steps} (must be >= 1)")
    if shape not in _SHAPES:
        raise ValueError(f"invalid shape: {shape} (must be one of {', '.join(_SHAPES)})")
    if not 0.0 <= floor <= 1.0:
        raise ValueError(f"invalid floor: {floor} (must be >= 0 and <= 1)")
    fall = _SHAPES[shape]
    return LambdaLR(optimizer, lambda t: floor + (1.0 - floor) * fall(min(t / steps, 1.0)))


def on_plateau(optimizer: Optimizer, *, factor: float, patience: int) -> ReduceLROnPlateau:
    """Multiply the step by `factor` when the loss given to `step` has not improved for a while.

    Args:
        optimizer: any; its own decay, if it has one, multiplies.
        factor: 0 < factor < 1.
        patience: >= 0: calls without improvement (by 0.01 % or more) that are borne; the next one
            lowers the step and the count begins anew.

    Raises:
        ValueError: for an argument out of its range.
    """
    if not 0.0 < factor < 1.0:
        raise ValueError(f"invalid factor: {factor} (must be > 0 and < 1)")
    if patience < 0:
        raise ValueError(f"invalid patience: {patience} (must be >= 0)")
    return ReduceLROnPlateau(optimizer, mode="min", factor=factor, patience=patience)


def _refuse_own_decay(optimizer: Optimizer, choice: str) -> None:
    if not isinstance(optimizer, GradientDirection):
        return
    for group in optimizer.param_groups:
        if group["decay"] > 0.0 and group["initial_step"] > group["decay_threshold"]:
            raise ValueError(
                f"{choice}: the optimizer decays by itself (decay {group['decay']}); "
                "make it with decay=0.0"
            )
