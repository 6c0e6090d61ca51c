"""What is chosen before a training, as one validated value; importing it does not import torch."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from faceaccess.core.errors import KnownError
from faceaccess.learn.choices import INITIALISERS, LOSSES, OPTIMIZERS

MOST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Hyperparameters:
    """The choices of a training; every default is what `train` uses.

    Attributes:
        network: a name in `choices.NETWORKS`, or a description as `learn.networks` reads it.
        loss: one of `choices.LOSSES`.
        optimizer: one of `choices.OPTIMIZERS`.
        initial_step: a0 of a direction, or the learning rate of another; None for its own.
        batch: samples a training step, >= 1; the last step of an epoch takes what is left.
        epochs: passes over the training pictures at most, >= 1.
        seed: >= 0, of the first weights, the order of the pictures and the augmentation.
        initialiser: one of `choices.INITIALISERS`.
        shift: pixels by which a training picture is moved at random at most, >= 0.
        mirror: whether training pictures are mirrored at random.
        averaged_weights: whether an exponential average of the weights is evaluated and kept.
        until_loss: training loss of an epoch at which to stop, >= 0.
        until_accuracy: accuracy on the test pictures at which to stop, above 0 and <= 1.
        until_seconds: seconds of work after which to stop, > 0.
        patience: epochs without a better accuracy (without test pictures: a lower loss) after
            which to stop, >= 1; the weights of the best epoch are kept then, else of the last.

    Raises:
        KnownError: for a value that is not possible; it names the value.
    """

    network: str = "face"
    loss: str = "cross-entropy"
    optimizer: str = "direction"
    initial_step: float | None = None
    batch: int = 32
    epochs: int = 40
    seed: int = 0
    initialiser: str = "torch"
    shift: int = 2
    mirror: bool = True
    averaged_weights: bool = True
    until_loss: float | None = None
    until_accuracy: float | None = None
    until_seconds: float | None = None
    patience: int | None = None

    def __post_init__(self) -> None:
        _check_types(self)
        _check_name("loss", self.loss, LOSSES)
        _check_name("optimizer", self.optimizer, OPTIMIZERS)
        _check_name("start for weights", self.initialiser, INITIALISERS)
        _check_range(self.initial_step, "an initial step", "a finite number above 0", least=0.0)
        _check_whole(self.batch, "a batch", least=1)
        _check_whole(self.epochs, "epochs", least=1)
        _check_whole(self.seed, "a seed", least=0)
        _check_whole(self.shift, "a shift in pixels", least=0)
        _check_whole(self.patience, "epochs of patience", least=1)
        if self.until_loss != 0.0:
            _check_range(self.until_loss, "a loss to stop at", "a finite number, 0 or above")
        _check_range(
            self.until_accuracy, "an accuracy to stop at", "a number above 0, at most 1", most=1.0
        )
        _check_range(self.until_seconds, "a time limit in seconds", "a finite number above 0")

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Hyperparameters":
        """Return the value of `as_json`.

        Raises:
            KnownError: if a field is not known or its value not possible.
        """
        unknown = sorted(set(record) - {field.name for field in fields(cls)})
        if unknown:
            raise KnownError(f'A hyperparameter "{unknown[0]}" is not known.')
        return cls(**record)


_KINDS = {
    "str": ("a text", (str,)),
    "bool": ("true or false", (bool,)),
    "int": ("a whole number", (int,)),
    "float": ("a number", (int, float)),
}


def _check_types(chosen: Hyperparameters) -> None:
    for field in fields(chosen):
        value = getattr(chosen, field.name)
        kind, _, optional = str(field.type).removeprefix("<class '").partition(" | ")
        told, types = _KINDS[kind.removesuffix("'>")]
        if value is None and optional:
            continue
        strange = isinstance(value, bool) and bool not in types
        # A whole number may be longer than any float.
        strange |= "float" in kind and isinstance(value, int) and abs(value) > MOST_SEED
        if strange or not isinstance(value, types):
            raise KnownError(f'The hyperparameter "{field.name}" is {value!r}, not {told}.')


def _check_name(what: str, name: str, known: Mapping[str, str] | tuple[str, ...]) -> None:
    if name not in known:
        raise KnownError(f'There is no {what} "{name}".', f"Choose one of: {', '.join(known)}.")


def _check_whole(value: int | None, what: str, *, least: int) -> None:
    if value is not None and not least <= value <= MOST_SEED:
        raise KnownError(
            f"{what[0].upper()}{what[1:]}: {value} is not possible.",
            f"Give a whole number, {least} or above.",
        )


def _check_range(
    value: float | None, what: str, allowed: str, *, least: float = 0.0, most: float = math.inf
) -> None:
    if value is not None and not (math.isfinite(value) and least < value <= most):
        raise KnownError(
            f"{what[0].upper()}{what[1:]} of {value:g} is not possible.", f"Give {allowed}."
        )
