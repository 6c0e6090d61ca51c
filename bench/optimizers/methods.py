"""The optimizers compared, by name: how each is made, at which learning rate or initial step."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import modern
import torch
from torch.nn import Module
from torch.optim import Optimizer

from faceaccess.optim import GradientDirection

Maker = Callable[[Module, float | None], Optimizer]


@dataclass(frozen=True)
class Method:
    """`make(network, rate)`; `rate` is the one stated in the source, or the documented default."""

    name: str
    rate: float | None  # None: a0 computed by GradientDirection
    make: Maker


def a0(network: Module) -> float:
    return GradientDirection(network.parameters()).param_groups[0]["lr"]


def direction(network: Module, rate: float | None, *, step: float = 1.0, **options) -> Optimizer:
    """Make a GradientDirection whose initial step is `rate`, or `step` times the computed one."""
    if rate is None and step != 1.0:
        rate = step * a0(network)
    return GradientDirection(network.parameters(), rate, **options)


def from_torch(kind: str, network: Module, rate: float | None, **options) -> Optimizer:
    return getattr(torch.optim, kind)(network.parameters(), lr=rate, foreach=True, **options)


LOOK_AHEAD = {"average": 0.9, "look_ahead": True}


def candidate(name: str) -> Method:
    """Read a candidate's name, such as `la step 1.4 decay 0.0002 average 0.8`."""
    options: dict[str, float] = {"step": 1.0, "decay": 0.0003, "average": 0.9}
    words = name.split()[1:]
    options.update(zip(words[::2], map(float, words[1::2]), strict=True))
    return Method(name, None, partial(direction, look_ahead=True, **options))


RECOMMENDED = "la step 0.7 decay 0.00015"
RIVALS = ("adam", "rmsprop", "momentum", "sgd")
MODERN = ("prodigy", "schedule-free", "lion", "muon", "signum")
METHODS = {
    m.name: m
    for m in (
        Method("as written", None, partial(direction, decay=0.0003)),
        Method("average", None, partial(direction, average=0.9)),
        Method("look-ahead", None, partial(direction, **LOOK_AHEAD)),
        Method("adam", 0.001, partial(from_torch, "Adam")),
        Method("rmsprop", 0.001, partial(from_torch, "RMSprop", alpha=0.9)),
        Method("momentum", 0.001, partial(from_torch, "SGD", momentum=0.9)),
        Method("sgd", 0.001, partial(from_torch, "SGD")),
        Method("prodigy", 1.0, modern.prodigy),
        Method("schedule-free", 0.0025, modern.schedule_free),
        Method("lion", 0.0001, modern.lion),
        Method("muon", 0.02, modern.muon),
        Method("signum", 0.001, modern.signum),
    )
}


def method(name: str) -> Method:
    return METHODS[name] if name in METHODS else candidate(name)
