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

from faceaccess.optim.direction_step import move_along_direction
from faceaccess.optim.group_checks import (
    check_options,
    check_parameters,
    check_step,
    parameter_name,
)
from faceaccess.optim.norm import TotalNorm, scaled

STEP_PER_ROOT_PARAMETER = 0.0014
"""a0 / sqrt(number of parameters), from the source."""

# The bookkeeping that every group carries; part of `state_dict`, set by the optimizer itself.
_FRESH = {
    "decay_factor": 1.0,
    "average_scale": 1.0,
    "steps": 0,
    "skipped_zero": 0,
    "skipped_non_finite": 0,
}
_OPTIONS = {
    "decay": 0.0003,
    "decay_threshold": 0.0,
    "average": 0.0,
    "look_ahead": False,
    "foreach": True,
}

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
    * A gradient that is zero (or None) everywhere has no direction: the step is skipped whole (no
      move, no decay, averages untouched) and `skipped_zero` counts it.
    * A gradient with an infinite or NaN element is skipped in the same way and `skipped_non_finite`
      counts it. Elements whose squares overflow or underflow are no such case: they are scaled
      before the norm is taken.
    * `p.grad` is read only.

    Not offered: sparse gradients, complex gradients and parameters (refused by name), `maximize`,
    `capturable`, `differentiable`, `lr` as a tensor.

    State: `direction_average` of a parameter is m divided by its group's `average_scale`.

    Args:
        params: tensors, named tensors, or groups; a group may set `lr` (or `initial_step`, the same
            thing) and every option below.
        initial_step: a0 > 0 in units of the parameters, or None to compute it.
        decay: beta, 0 <= beta < 1, applied once a step.
        decay_threshold: >= 0; the step decays only in groups whose a0 is greater.
        average: c, 0 <= c < 1; 0 is the rule of the source.
        look_ahead: step along the average and once more along the present direction; needs
            `average` > 0.
        foreach: move all tensors at once instead of one by one; the results are the same.

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
            check_step("initial_step", initial_step)
        defaults = {
            "lr": initial_step,
            "decay": decay,
            "decay_threshold": decay_threshold,
            "average": average,
            "look_ahead": look_ahead,
            "foreach": foreach,
            **_FRESH,
        }
        check_options(defaults)
        self._total_norm = TotalNorm()
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
            check_step("lr", group["lr"])
        check_options({**self.defaults, **group})
        group.update(_FRESH)
        _add_param_group(self, group)
        try:
            check_parameters(group, len(self.param_groups) - 1)
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
        self._total_norm = TotalNorm()
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
            RuntimeError: if a gradient is sparse or complex, before anything has moved; it names
                the parameter.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        if torch.compiler.is_compiling():
            # The norm decides on the host whether to step, and the numbers of every step are new:
            # traced, it would be compiled again and again.
            torch.compiler.disable(self._step)()  # type: ignore[no-untyped-call] # torch's
        else:
            self._step()
        return loss

    def _step(self) -> None:
        moving = [self._moving(number) for number in range(len(self.param_groups))]
        norm, scale = self._total_norm([g for _, gradients in moving for g in gradients])
        self.gradient_norm = norm * scale
        if norm == 0.0 or not math.isfinite(norm):
            reason = "skipped_zero" if norm == 0.0 else "skipped_non_finite"
            for group in self.param_groups:
                group[reason] += 1
            return
        for group, (params, gradients) in zip(self.param_groups, moving, strict=True):
            if params:
                self._move(group, params, scaled(gradients, scale), norm)
            group["steps"] += 1
            if group["initial_step"] > group["decay_threshold"]:
                group["decay_factor"] *= 1.0 - group["decay"]

    def _moving(self, number: int) -> tuple[list[Tensor], list[Tensor]]:
        """Return the parameters of a group that have a gradient, and their gradients."""
        group = self.param_groups[number]
        params, gradients = [], []
        for i, p in enumerate(group["params"]):
            g = p.grad
            if g is None:
                continue
            if g.layout is not torch.strided or g.is_complex():
                kind = "complex" if g.layout is torch.strided else "sparse"
                name = parameter_name(group, number, i)
                raise RuntimeError(f"GradientDirection does not support {kind} gradients: {name}")
            params.append(p)
            gradients.append(g)
        return params, gradients

    def _move(
        self, group: dict[str, Any], params: list[Tensor], gradients: list[Tensor], norm: float
    ) -> None:
        averages = self._averages(params) if group["average"] > 0.0 else []
        before = after = group["average_scale"]
        together = [(params, gradients, averages)]
        if not group["foreach"]:
            together = [
                ([p], [g], averages[i : i + 1])
                for i, (p, g) in enumerate(zip(params, gradients, strict=True))
            ]
        for some in together:
            after = move_along_direction(
                *some,
                norm=norm,
                step=group["lr"] * group["decay_factor"],
                average=group["average"],
                look_ahead=group["look_ahead"],
                average_scale=before,
            )
        group["average_scale"] = after
        if len(params) < len(group["params"]):
            for p in group["params"]:  # who stays keeps its m, although the divisor has changed
                if p.grad is None and "direction_average" in self.state.get(p, {}):
                    self.state[p]["direction_average"] *= before / after

    def _averages(self, params: list[Tensor]) -> list[Tensor]:
        found = []
        for p in params:
            state = self.state[p]
            if "direction_average" not in state:
                state["direction_average"] = torch.zeros_like(
                    p, memory_format=torch.preserve_format
                )
            found.append(state["direction_average"])
        return found
