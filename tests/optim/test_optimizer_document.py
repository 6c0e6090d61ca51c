"""docs/optimizer.md: its examples run, its options and defaults are those of the code."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from faceaccess import optim
from faceaccess.optim import GradientDirection

DOCUMENT = Path(__file__).parents[2] / "docs" / "optimizer.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def test_examples_run_one_after_the_other_and_learn() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 7
    known: dict[str, Any] = {}
    accuracies, steps, lengths = [], [], []
    for block in blocks:
        exec(compile(block, str(DOCUMENT), "exec"), known)
        accuracies.append(known["accuracy"])
        steps.append(known["optimizer"].param_groups[0]["steps"])
        lengths.append(known["optimizer"].step_lengths[0])
    computed = 0.0014 * 162**0.5
    assert accuracies[0] > 0.95
    assert lengths[0] == pytest.approx(computed * 0.9997**480)
    assert steps[1] < 500  # the stop rule ended it
    assert lengths[2] == pytest.approx(0.1 * computed)  # the floor of the horizon
    assert accuracies[3] > 0.95  # of the averaged weights
    assert steps[3] == 300
    assert lengths[4] == pytest.approx(0.7 * computed)  # the recommendation
    assert steps[4:] == [0, 1, 2]  # then weight decay and autocast, a step each


def test_every_option_stands_in_the_table_with_its_default() -> None:
    options = list(inspect.signature(GradientDirection).parameters.values())[1:]
    assert options
    for option in options:
        assert f"| `{option.name}` | {option.default} |" in TEXT
    signature = ", ".join(
        ["params", "initial_step=None", "*", *(f"{o.name}={o.default}" for o in options[1:])]
    )
    assert f"GradientDirection({signature})" in " ".join(TEXT.split())


def test_everything_public_is_described() -> None:
    for name in optim.__all__:
        assert name in TEXT
    described = [
        name
        for name, value in vars(GradientDirection).items()
        if isinstance(value, property) or name == "gradient_norm"
    ]
    assert len(described) == 4
    for name in described:
        assert f"`{name}`" in TEXT


def test_every_key_of_the_state_is_described() -> None:
    import torch

    p = torch.nn.Parameter(torch.ones(2))
    p.grad = torch.ones(2)
    optimizer = GradientDirection([p], average=0.5)
    optimizer.step()
    saved = optimizer.state_dict()
    for key in [*saved["param_groups"][0], *saved["state"][0]]:
        assert key == "params" or f"`{key}`" in TEXT
