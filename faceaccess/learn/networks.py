"""Convolutional networks from one short description, and their random starts.

A description is a list of layers from the picture to the answer, for example

    conv 6x5 | relu | pool 2 | conv 16x5 | relu | pool 2 | fc 120 | relu | fc 84 | relu | classes

| layer | is |
|---|---|
| `conv FxK` | convolution, F filters of K x K pixels |
| `conv FxK pad P stride S` | with P pixels of zero around, S pixels a step; or one of them |
| `relu` | max(0, x) |
| `pool K` | the maximum of every K x K block; pixels that fill no block are left out |
| `mean pool K` | the mean of every K x K block |
| `norm G` | group normalisation (Wu and He, 2018), G groups; a scale and an offset a channel |
| `mean` | the mean over all pixels of a channel |
| `fc N` | fully connected, N outputs; flattens what comes in |
| `classes` | fully connected, one logit a class; the last layer, and only there |

Every layer has learned weights or none at all: there is no batch normalisation, whose running
statistics make a picture's answer depend on the batches before it, and no dropout, which draws from
torch's global generator. So a network is a function of its parameters and the picture alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import init

from faceaccess.core.errors import KnownError
from faceaccess.learn.choices import INITIALISERS, NETWORKS

NEAR_ZERO = 0.02
"""Standard deviation of the weights that start near zero."""
MOST_PARAMETERS = 25_000_000
"""100 MB; training holds up to five times as much."""
MOST_VALUES = 4_000_000
"""Numbers that one layer may give for one picture: 16 MB, and that for each picture of a batch."""

_NOWHERE = "meta"
"""torch's device for tensors that have a size and take no memory."""
_GRAMMAR = (
    "conv FxK [pad P] [stride S], relu, pool K, mean pool K, norm G, mean, fc N, and classes "
    "as the last"
)


def build_network(description: str, *, channels: int, size: int, classes: int) -> nn.Sequential:
    """Return a network for float pictures (n, channels, size, size) that gives (n, classes) logits.

    It starts as `initialise` would start it from the seed 0. torch's global generator is not used.

    Args:
        description: a name in `choices.NETWORKS`, or layers as in the module's docstring.
        channels: of the pictures, >= 1.
        size: height and width of the pictures, in pixels, >= 1.
        classes: logits, >= 2.

    Raises:
        KnownError: for a description that is no network or does not fit the pictures; it names the
            layer and the size there.
    """
    if classes < 2:
        raise KnownError(
            f"A network cannot tell {classes} class{'' if classes == 1 else 'es'} apart.",
            "Give pictures of at least two classes.",
        )
    text = NETWORKS.get(description, description)
    layers = [" ".join(part.split()) for part in text.split("|")]
    if "classes" in layers[:-1] or layers[-1] != "classes":
        raise KnownError(
            f'The network "{text}" does not end with its one layer "classes".',
            f"Give {' or '.join(NETWORKS)}, or layers with | between them: {_GRAMMAR}.",
        )
    modules: list[nn.Module] = []
    here = _Size(channels, size)
    parameters = 0
    for number, layer in enumerate(layers, start=1):
        made, here = _made(layer, number, here, classes)
        parameters += sum(p.numel() for module in made for p in module.parameters())
        _check_small(layer, number, parameters, here)
        modules += [_with_memory(module) for module in made]
    network = nn.Sequential(*modules)
    initialise(network, "torch", torch.Generator().manual_seed(0))
    return network


def _with_memory(module: nn.Module) -> nn.Module:
    """Give parameters of a size alone their memory, whatever stands in it.

    torch's own `to_empty` would import 500 modules and take 40 MB for it.
    """
    for name, parameter in list(module.named_parameters(recurse=False)):
        setattr(module, name, nn.Parameter(torch.empty(parameter.shape)))
    return module


def initialise(network: nn.Module, how: str, generator: torch.Generator) -> None:
    """Give every weight a random start, in the order of the layers.

    "torch": as torch does by default, uniform within +-1 / sqrt(inputs of a unit), weights and
    offsets: bit for bit what the layers would have drawn from torch's global generator in the same
    state. "near zero", as in the source of the method: weights normal with mean 0 and standard
    deviation `NEAR_ZERO`, offsets 0. A normalisation always starts with scale 1 and offset 0.

    Args:
        network: of convolutions, fully connected layers and group normalisations.
        how: one of `choices.INITIALISERS`.
        generator: a CPU generator; nothing else is drawn from.

    Raises:
        KnownError: for another `how`.
    """
    if how not in INITIALISERS:
        raise KnownError(
            f'There is no start "{how}" for weights.', f"Choose one of: {', '.join(INITIALISERS)}."
        )
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            _start(module, how, generator)
        elif isinstance(module, nn.GroupNorm):
            module.reset_parameters()


def _start(module: nn.Conv2d | nn.Linear, how: str, generator: torch.Generator) -> None:
    assert module.bias is not None  # ours all have one
    if how == "near zero":
        init.normal_(module.weight, 0.0, NEAR_ZERO, generator=generator)
        init.zeros_(module.bias)
        return
    # torch's reset_parameters of both kinds; a = sqrt(5) makes the bound 1 / sqrt(inputs).
    init.kaiming_uniform_(module.weight, a=5**0.5, generator=generator)
    bound = module.weight[0].numel() ** -0.5
    init.uniform_(module.bias, -bound, bound, generator=generator)


def _check_small(layer: str, number: int, parameters: int, after: "_Size") -> None:
    if parameters > MOST_PARAMETERS:
        what = f"brings it to {parameters:,} parameters, more than {MOST_PARAMETERS:,}"
    elif after.values > MOST_VALUES:
        what = f"gives {after} for one picture, more than {MOST_VALUES:,} numbers"
    else:
        return
    raise KnownError(
        f'Layer {number} of the network, "{layer}", {what}.',
        "Describe a smaller network, or take smaller pictures.",
    )


# --- the layers


@dataclass(frozen=True)
class _Size:
    """What flows at one point of the network; `side` is 0 once it is flat."""

    channels: int
    side: int

    @property
    def values(self) -> int:
        return self.channels * max(1, self.side**2)

    def __str__(self) -> str:
        if self.side:
            return f"{self.channels} x {self.side} x {self.side}"
        return f"{self.channels} numbers"


class _MisfitError(Exception):
    """The layer cannot follow on what comes in."""


_Numbers = dict[str, int]
_Layers = tuple[list[nn.Module], _Size]


def _conv(n: _Numbers, here: _Size) -> _Layers:
    pad, stride = n.get("pad", 0), n.get("stride", 1)
    if min(n["filters"], n["kernel"], stride) < 1 or pad >= n["kernel"]:
        raise _MisfitError
    side = _fitting((here.side + 2 * pad - n["kernel"]) // stride + 1, here)
    conv = nn.Conv2d(here.channels, n["filters"], n["kernel"], stride, pad, device=_NOWHERE)
    return [conv], _Size(n["filters"], side)


def _relu(_: _Numbers, here: _Size) -> _Layers:
    return [nn.ReLU()], here


def _pool(n: _Numbers, here: _Size) -> _Layers:
    return [nn.MaxPool2d(n["kernel"])], _pooled(n, here)


def _mean_pool(n: _Numbers, here: _Size) -> _Layers:
    return [nn.AvgPool2d(n["kernel"])], _pooled(n, here)


def _norm(n: _Numbers, here: _Size) -> _Layers:
    if n["groups"] < 1 or here.channels % n["groups"]:
        raise _MisfitError
    return [nn.GroupNorm(n["groups"], here.channels, device=_NOWHERE)], here


def _mean(_: _Numbers, here: _Size) -> _Layers:
    _fitting(here.side, here)
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten()], _Size(here.channels, 0)


def _fc(n: _Numbers, here: _Size) -> _Layers:
    if n["outputs"] < 1:
        raise _MisfitError
    flat: list[nn.Module] = [nn.Flatten()] if here.side else []
    linear = nn.Linear(here.values, n["outputs"], device=_NOWHERE)
    return [*flat, linear], _Size(n["outputs"], 0)


_KINDS: tuple[tuple[str, Callable[[_Numbers, _Size], _Layers]], ...] = (
    (r"conv (?P<filters>N)x(?P<kernel>N)( pad (?P<pad>N))?( stride (?P<stride>N))?", _conv),
    (r"relu", _relu),
    (r"pool (?P<kernel>N)", _pool),
    (r"mean pool (?P<kernel>N)", _mean_pool),
    (r"norm (?P<groups>N)", _norm),
    (r"mean", _mean),
    (r"fc (?P<outputs>N)", _fc),
)


def _made(layer: str, number: int, here: _Size, classes: int) -> _Layers:
    if layer == "classes":
        return _fc({"outputs": classes}, here)
    for pattern, make in _KINDS:
        found = re.fullmatch(pattern.replace("N)", r"\d{1,6})"), layer)
        if found is None:
            continue
        numbers = {k: int(v) for k, v in found.groupdict().items() if v is not None}
        try:
            return make(numbers, here)
        except _MisfitError:
            raise KnownError(
                f'Layer {number} of the network, "{layer}", does not fit what it gets, {here}.',
                "Change the layers before it, or take larger pictures.",
            ) from None
    raise KnownError(
        f'Layer {number} of the network, "{layer}", is not known.', f"Layers are: {_GRAMMAR}."
    )


def _pooled(n: _Numbers, here: _Size) -> _Size:
    if n["kernel"] < 1:
        raise _MisfitError
    return _Size(here.channels, _fitting(here.side // n["kernel"], here))


def _fitting(side: int, here: _Size) -> int:
    if side < 1 or not here.side:
        raise _MisfitError
    return side
