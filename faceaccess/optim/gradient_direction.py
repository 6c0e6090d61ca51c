r"""Training by the direction of the gradient alone.

The method (image classification by a neural network, patent application of Shandong University,
2021). Let :math:`x` be *all* parameters as one vector, :math:`num` their number, :math:`g(x)` the
gradient of the loss and :math:`|g|` its Euclidean norm over everything:

.. math::
    a_0     &= 0.0014 \sqrt{num}                  && \text{computed, not tuned} \\
    u_t     &= g(x_t) / |g(x_t)|                  && \text{the direction, of length 1} \\
    x_{t+1} &= x_t - a_t u_t                      && \text{the step, of length exactly } a_t \\
    a_{t+1} &= a_t (1 - \beta)                    && \text{if } a_0 > threshold,
                                                     \text{ else } a_{t+1} = a_t

Our own additions, both off unless asked for: a moving average of the *unit* directions, from
:math:`m_0 = 0` with the coefficient :math:`c` (0.9 was tried), and with it a look-ahead:

.. math::
    m_{t+1} &= c\, m_t + (1 - c)\, u_t \\
    x_{t+1} &= x_t - a_t m_{t+1}                        && \text{average} \\
    x_{t+1} &= x_t - a_t (c\, m_{t+1} + (1 - c)\, u_t)  && \text{average with look-ahead}

The average is not brought back to length 1: :math:`|m| \le 1`, so a step is shorter than
:math:`a_t` while directions disagree. That is the one place where the step shrinks by itself.
"""

import inspect
import math
from collections.abc import Callable
from typing import Any, overload

import torch
from torch import Tensor
from torch.optim.optimizer import Optimizer, ParamsT

STEP_PER_ROOT_PARAMETER = 0.0014
"""a0 / sqrt(number of parameters), from the source."""

_LEAST_SAFE_NORM = 1e-12
"""Below it the squares in a float32 norm may underflow; the gradient is then scaled first."""
_BLOCK = 1024
"""Elements whose norm is taken at once."""

# The bookkeeping that every group carries; part of `state_dict`, set by the optimizer itself.
_FRESH = {"decay_factor": 1.0, "steps": 0, "skipped_zero": 0, "skipped_non_finite": 0}
_OPTIONS = {
    "decay": 0.0003,
    "decay_threshold": 0.0,
    "average": 0.0,
    "look_ahead": False,
    "foreach": True,
}

# torch gives its many-tensors-at-once operations no public names.
_norms = torch._foreach_norm  # noqa: SLF001 # no public name
_add = torch._foreach_add_
_mul = torch._foreach_mul_

_add_param_group = inspect.unwrap(torch.optim.Optimizer.add_param_group)
"""torch's own method without its wrapper, whose first call imports torch's compiler; that
takes a second, holds the lock of the interpreter 0.2 s long, and costs 150 MB for nothing."""


class GradientDirection(Optimizer):
    r"""Steps of a known length along the normalised gradient (mathematics: the module's docstring).

    One norm is taken over the gradients of *all* parameter groups, so the loss may be multiplied by
    any positive number without changing a single step. The length of a step is

        a(t) = lr * decay_factor,    decay_factor = (1 - decay) ** (steps taken)

    where `lr` is the group's initial step. torch's schedulers write `lr` and the optimizer writes
    `decay_factor`, so neither undoes the other. If groups have different steps, each moves its part
    of the direction by its own a(t).

    **Near the optimum the step does not shrink by itself.** A gradient however small still moves
    the parameters by a(t), so the iterates circle the optimum at about that distance. What makes
    training settle is the decay and the caller's own stop rule (steps, loss, accuracy or
    `gradient_norm`); there is none in here.

    What counts and what moves:

    * `num` counts the parameters that require a gradient when the optimizer is made. A group that
      is added later and names no step gets 0.0014 * sqrt(all parameters by then); the groups that
      are there keep theirs.
    * A parameter whose gradient is None takes no part in the norm and is not moved, nor its
      average.
    * A gradient that is zero everywhere has no direction: the step is skipped whole (no move, no
      decay, averages untouched) and `skipped_zero` counts it.
    * A gradient with an infinite or NaN element is skipped in the same way and `skipped_non_finite`
      counts it. Elements whose squares overflow or underflow are no such case: they are scaled
      before the norm is taken.
    * `p.grad` is read only.

    Not offered: sparse gradients and complex parameters (refused), `maximize`, `capturable`,
    `differentiable`, `lr` as a tensor.

    Args:
        params: tensors, named tensors, or groups; a group may set `lr` (or `initial_step`, the same
            thing) and every option below.
        initial_step: a0 > 0 in units of the parameters, or None to compute it.
        decay: beta, 0 <= beta < 1, applied once a step.
        decay_threshold: >= 0; the step decays only in groups whose a0 is greater.
        average: c, 0 <= c < 1; 0 is the rule of the source.
        look_ahead: step along the average and once more along the present direction; needs
            `average` > 0.
        foreach: update all tensors of a kind at once instead of one by one; the results are the
            same.

    Attributes:
        gradient_norm: |g| at the latest call of `step`, None before; not part of `state_dict`.

    Raises:
        ValueError: for any hyperparameter out of its range, a complex or sparse parameter, or a
            step to be computed without a parameter that requires a gradient.
    """

    gradient_norm: float | None = None

    def __init__(
        self,
        params: ParamsT,
        initial_step: float | None = None,
        *,
        decay: float = 0.0003,
        decay_threshold: float = 0.0,
        average: float = 0.0,
        look_ahead: bool = False,
        foreach: bool = True,
    ) -> None:
        if initial_step is not None:
            _check_step("initial_step", initial_step)
        defaults = {
            "lr": initial_step,
            "decay": decay,
            "decay_threshold": decay_threshold,
            "average": average,
            "look_ahead": look_ahead,
            "foreach": foreach,
            **_FRESH,
        }
        _check_options(defaults)
        self._all_groups_known = False
        super().__init__(params, defaults)
        self._all_groups_known = True
        self._compute_missing_steps()

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters to train from now on, with a step and a decay of their own.

        Raises:
            ValueError: as the class does, or if a parameter is in a group already.
        """
        group = dict(param_group)
        given = group.pop("initial_step", None)
        if given is not None and group.setdefault("lr", given) != given:
            raise ValueError(f"initial_step {given} and lr {group['lr']} are the same thing")
        if group.get("lr") is not None:
            _check_step("lr", group["lr"])
        _check_options({**self.defaults, **group})
        group.update(_FRESH)
        _add_param_group(self, group)
        try:
            _check_parameters(group)
            if self._all_groups_known:
                self._compute_missing_steps()
        except ValueError:
            self.param_groups.pop()
            raise

    def _compute_missing_steps(self) -> None:
        every = [p for group in self.param_groups for p in group["params"]]
        num = sum(p.numel() for p in every if p.requires_grad)
        for group in self.param_groups:
            if group["lr"] is None:
                if num == 0:
                    raise ValueError("initial_step None cannot be computed from 0 parameters")
                group["lr"] = STEP_PER_ROOT_PARAMETER * math.sqrt(num)
            group.setdefault("initial_step", group["lr"])

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take a saved state; options that it does not know yet get their defaults."""
        super().__setstate__(state)
        self._all_groups_known = True
        for group in self.param_groups:
            for key, value in {**_OPTIONS, **_FRESH}.items():
                group.setdefault(key, value)
            group.setdefault("initial_step", group["lr"])

    @property
    def step_lengths(self) -> tuple[float, ...]:
        """a(t) of the coming step, one a group."""
        return tuple(group["lr"] * group["decay_factor"] for group in self.param_groups)

    @property
    def skipped_zero(self) -> int:
        """Calls of `step` that did nothing because the gradient was zero everywhere."""
        return max(int(group["skipped_zero"]) for group in self.param_groups)

    @property
    def skipped_non_finite(self) -> int:
        """Calls of `step` that did nothing because the gradient was infinite or NaN somewhere."""
        return max(int(group["skipped_non_finite"]) for group in self.param_groups)

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Take one step.

        Args:
            closure: computes the loss and the gradients anew; called once, with gradients enabled.

        Returns:
            What the closure returned, or None.

        Raises:
            RuntimeError: if a gradient is sparse.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        moving = [[p for p in group["params"] if p.grad is not None] for group in self.param_groups]
        gradients = [[p.grad for p in params] for params in moving]
        self._refuse_sparse(moving)
        norm, scale = total_norm([g for part in gradients for g in part])
        self.gradient_norm = norm * scale
        if norm == 0.0 or not math.isfinite(norm):
            reason = "skipped_zero" if norm == 0.0 else "skipped_non_finite"
            for group in self.param_groups:
                group[reason] += 1
            return loss
        for group, params, grads in zip(self.param_groups, moving, gradients, strict=True):
            self._move(group, params, grads, norm, scale)
            group["steps"] += 1
            if group["initial_step"] > group["decay_threshold"]:
                group["decay_factor"] *= 1.0 - group["decay"]
        return loss

    def _move(
        self,
        group: dict[str, Any],
        params: list[Tensor],
        grads: list[Tensor],
        norm: float,
        scale: float,
    ) -> None:
        averages = []
        if group["average"] > 0.0:
            for p in params:
                if "direction_average" not in self.state[p]:
                    self.state[p]["direction_average"] = torch.zeros_like(
                        p, memory_format=torch.preserve_format
                    )
                averages.append(self.state[p]["direction_average"])
        move = move_along_direction if group["foreach"] else _move_one_by_one
        move(
            params,
            [_scaled(g, scale) for g in grads],
            averages,
            norm=norm,
            step=group["lr"] * group["decay_factor"],
            average=group["average"],
            look_ahead=group["look_ahead"],
        )

    def _refuse_sparse(self, moving: list[list[Tensor]]) -> None:
        for part in moving:
            for p in part:
                if p.grad is not None and p.grad.layout != torch.strided:
                    raise RuntimeError(
                        "GradientDirection does not support sparse gradients; got "
                        f"{p.grad.layout} for a parameter of shape {tuple(p.shape)}"
                    )


def total_norm(gradients: list[Tensor]) -> tuple[float, float]:
    """Return the Euclidean norm over all tensors as `norm * scale`.

    `scale` is 1 except where squares would overflow or underflow; then it is the greatest absolute
    value, and `norm` is that of the gradients divided by it. A zero gradient gives norm 0, one
    with an infinite or NaN element a norm that is not finite.
    """
    norm = math.hypot(*_each_norm(gradients, 2.0))
    if math.isfinite(norm) and norm > _LEAST_SAFE_NORM:
        return norm, 1.0
    each = _each_norm(gradients, math.inf)
    if not all(math.isfinite(n) for n in each):
        return math.inf, 1.0
    greatest = max(each, default=0.0)
    if greatest == 0.0:
        return 0.0, 1.0
    return math.hypot(*_each_norm([_scaled(g, greatest) for g in gradients], 2.0)), greatest


def move_along_direction(
    params: list[Tensor],
    grads: list[Tensor],
    averages: list[Tensor],
    *,
    norm: float,
    step: float,
    average: float,
    look_ahead: bool,
) -> None:
    """Change `params` (and `averages`) in place by one step; every other argument is only read.

    Args:
        params: the tensors to move.
        grads: one gradient each, of the same shape.
        averages: the moving averages m of the unit directions; not used where `average` is 0.
        norm: |g| over these and all other gradients of the step, > 0.
        step: a(t).
        average: c.
        look_ahead: whether to step along c m + (1 - c) u instead of m.
    """
    if not params:
        return
    if average == 0.0:
        _add(params, grads, alpha=-step / norm)
        return
    _mul(averages, average)
    _add(averages, grads, alpha=(1.0 - average) / norm)
    if look_ahead:
        _add(params, averages, alpha=-step * average)
        _add(params, grads, alpha=-step * (1.0 - average) / norm)
    else:
        _add(params, averages, alpha=-step)


def _move_one_by_one(
    params: list[Tensor],
    grads: list[Tensor],
    averages: list[Tensor],
    *,
    norm: float,
    step: float,
    average: float,
    look_ahead: bool,
) -> None:
    for i, (p, g) in enumerate(zip(params, grads, strict=True)):
        move_along_direction(
            [p],
            [g],
            averages[i : i + 1],
            norm=norm,
            step=step,
            average=average,
            look_ahead=look_ahead,
        )


def _scaled(gradient: Tensor, scale: float) -> Tensor:
    """Return gradient / scale; a half-precision one as float32, so that a/|g| fits its range."""
    if gradient.dtype in (torch.float16, torch.bfloat16):
        gradient = gradient.float()
    return gradient if scale == 1.0 else gradient / scale


def _each_norm(gradients: list[Tensor], order: float) -> list[float]:
    kinds: dict[tuple[torch.device, torch.dtype], list[Tensor]] = {}
    for g in gradients:
        kinds.setdefault((g.device, g.dtype), []).append(g)
    found: list[float] = []
    for (_, dtype), tensors in kinds.items():
        wide = torch.float64 if dtype == torch.float64 else torch.float32
        short = [_shortened(g.to(wide), order) for g in tensors]
        found.extend(torch.stack(list(_norms(short, order))).tolist())
    return found


def _shortened(gradient: Tensor, order: float) -> Tensor:
    """Return a vector of the same norm in at most `_BLOCK` elements.

    torch sums the squares of a float32 tensor one after another: at 20 million equal elements its
    norm is wrong by 1 %. The norm of the norms of blocks takes the same time and is right to 1e-6.
    """
    while gradient.numel() > _BLOCK:
        flat = gradient.reshape(-1)
        whole = flat.numel() // _BLOCK * _BLOCK
        blocks = torch.linalg.vector_norm(flat[:whole].view(-1, _BLOCK), order, dim=1)
        gradient = torch.cat([blocks, flat[whole:]])
    return gradient


def _check_step(name: str, value: object) -> None:
    if isinstance(value, Tensor):
        raise ValueError(f"invalid {name}: {value} (a tensor; give a float)")  # noqa: TRY004 # torch's convention for hyperparameters
    if not (isinstance(value, int | float) and math.isfinite(value) and value > 0.0):
        raise ValueError(f"invalid {name}: {value} (must be finite and > 0)")


def _check_options(options: dict[str, Any]) -> None:
    for name in ("decay", "average"):
        if not (isinstance(options[name], int | float) and 0.0 <= options[name] < 1.0):
            raise ValueError(f"invalid {name}: {options[name]} (must be >= 0 and < 1)")
    threshold = options["decay_threshold"]
    # An infinite threshold is a fair way to say "never decay".
    if not (isinstance(threshold, int | float) and threshold >= 0.0):
        raise ValueError(f"invalid decay_threshold: {threshold} (must be >= 0)")
    for name in ("look_ahead", "foreach"):
        if not isinstance(options[name], bool):
            raise ValueError(f"invalid {name}: {options[name]} (must be True or False)")  # noqa: TRY004 # torch's convention for hyperparameters
    if options["look_ahead"] and options["average"] == 0.0:
        raise ValueError("invalid look_ahead: True has no effect with average 0.0")


def _check_parameters(group: dict[str, Any]) -> None:
    for i, p in enumerate(group["params"]):
        name = group["param_names"][i] if "param_names" in group else f"number {i}"
        if p.is_complex():
            raise ValueError(f"GradientDirection does not support complex parameters: {name}")
        if p.layout != torch.strided:
            raise ValueError(f"GradientDirection does not support sparse parameters: {name}")
