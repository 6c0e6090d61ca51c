"""The optimizers that a training can use, by name.

The two directions compute their initial step from the number of parameters; the others are set as
in the source of the method (`docs/method.md`), with which they are compared. What is recommended
was chosen on a part of CIFAR-10's training pictures, with averaged weights.
"""

import math
from collections.abc import Callable, Iterable

import torch
from torch.nn import Parameter

from faceaccess.core.errors import KnownError
from faceaccess.learn.choices import OPTIMIZERS
from faceaccess.optim.gradient_direction import STEP_PER_ROOT_PARAMETER, GradientDirection

RIVAL_STEP = 0.001
"""Learning rate of Adam, RMSprop, momentum and SGD in the source's comparison."""

RECOMMENDED_SHARE = 0.7
"""Share of the source's initial step that "direction" starts with."""

_Maker = Callable[[list[Parameter], float | None], torch.optim.Optimizer]


def _direction(params: list[Parameter], step: float | None) -> torch.optim.Optimizer:
    if step is None:
        number = sum(p.numel() for p in params if p.requires_grad)
        step = RECOMMENDED_SHARE * STEP_PER_ROOT_PARAMETER * math.sqrt(number)
    return GradientDirection(params, step, decay=0.00015, average=0.9, look_ahead=True)


def _adam(params: list[Parameter], step: float | None) -> torch.optim.Optimizer:
    return torch.optim.Adam(params, _rate(step), betas=(0.9, 0.999), foreach=True)


def _rmsprop(params: list[Parameter], step: float | None) -> torch.optim.Optimizer:
    return torch.optim.RMSprop(params, _rate(step), alpha=0.9, foreach=True)


def _momentum(params: list[Parameter], step: float | None) -> torch.optim.Optimizer:
    return torch.optim.SGD(params, _rate(step), momentum=0.9, foreach=True)


def _sgd(params: list[Parameter], step: float | None) -> torch.optim.Optimizer:
    return torch.optim.SGD(params, _rate(step), foreach=True)


# torch's own would step tensor by tensor on a CPU; foreach is as fast as ours, and fair to them.
_MAKERS: dict[str, _Maker] = {
    "direction": _direction,
    "direction-as-written": GradientDirection,
    "adam": _adam,
    "rmsprop": _rmsprop,
    "momentum": _momentum,
    "sgd": _sgd,
}


def make_optimizer(
    name: str, params: Iterable[Parameter], *, initial_step: float | None = None
) -> torch.optim.Optimizer:
    """Return a new optimizer.

    Args:
        name: one of `choices.OPTIMIZERS`.
        params: at least one parameter that requires a gradient.
        initial_step: a0 of a direction, the learning rate of any other; finite and > 0. None for
            the optimizer's own: 0.0014 * sqrt(number of parameters), `RECOMMENDED_SHARE` of that
            for "direction", or `RIVAL_STEP`.

    Raises:
        KnownError: for a name that is not in the table, or a step that is 0, negative or not
            finite; it names what was given.
    """
    check_optimizer(name, initial_step)
    return _MAKERS[name](list(params), initial_step)


def check_optimizer(name: str, initial_step: float | None) -> None:
    """Refuse a name or a step that `make_optimizer` would refuse, before there is a network.

    Raises:
        KnownError: as in `make_optimizer`.
    """
    if name not in OPTIMIZERS:
        raise KnownError(
            f'There is no optimizer "{name}".', f"Choose one of: {', '.join(OPTIMIZERS)}."
        )
    if initial_step is not None and not (math.isfinite(initial_step) and initial_step > 0.0):
        raise KnownError(
            f"An initial step of {initial_step:g} is not possible.",
            "Give a finite number above 0, or none, so that the optimizer uses its own.",
        )


def step_lengths(optimizer: torch.optim.Optimizer) -> float:
    """Return a(t) of a direction's coming step, or the learning rate of any other optimizer.

    That of the first parameter group; `make_optimizer` makes one group only.
    """
    if isinstance(optimizer, GradientDirection):
        return optimizer.step_lengths[0]
    return float(optimizer.param_groups[0]["lr"])


def _rate(step: float | None) -> float:
    return RIVAL_STEP if step is None else step
