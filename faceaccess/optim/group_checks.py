"""What a parameter group may hold; all else is refused by a ValueError that names it."""

import math
from typing import Any

import torch
from torch import Tensor


def check_step(name: str, value: object) -> None:
    """Refuse an initial step that is no finite number above 0."""
    if isinstance(value, Tensor):
        raise ValueError(f"invalid {name}: {value} (a tensor; give a float)")  # noqa: TRY004 # torch's convention for hyperparameters
    if not (isinstance(value, int | float) and math.isfinite(value) and value > 0.0):
        raise ValueError(f"invalid {name}: {value} (must be finite and > 0)")


def check_options(options: dict[str, Any]) -> None:
    """Refuse an option that is out of its range, or has no effect beside the others."""
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


def check_parameters(group: dict[str, Any], number: int) -> None:
    """Refuse complex and sparse parameters in group `number`."""
    for i, p in enumerate(group["params"]):
        if p.is_complex() or p.layout is not torch.strided:
            kind = "complex" if p.is_complex() else "sparse"
            name = parameter_name(group, number, i)
            raise ValueError(f"GradientDirection does not support {kind} parameters: {name}")


def parameter_name(group: dict[str, Any], number: int, i: int) -> str:
    """Return the name of parameter `i` of group `number`, or its number where it has no name."""
    if "param_names" in group:
        return str(group["param_names"][i])
    return f"number {i} of group {number}"
