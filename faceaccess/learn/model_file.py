"""The file of a trained model: one safetensors file that carries everything a network needs.

Weights are tensors by torch's names; the rest is one JSON text in the file's metadata, with a
SHA-256 over both. Loading reads numbers and text and executes nothing. Importing this module does
not import torch; loading does.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.whole_file import whole_file
from faceaccess.learn.choices import NETWORKS
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.labelled_pictures import MAX_CLASS_NAME
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.learn.stop_rules import EpochFigures
from faceaccess.learn.trained_network import TrainedNetwork

VERSION = 1
"""Version of the format that is written, and the only one that is read."""
MAX_FILE_BYTES = 256 * 1024 * 1024
"""Largest model file that is read: twice what the largest network needs."""
MAX_HEADER_BYTES = 64 * 1024 * 1024
"""Largest description in a model file that is read."""
MAX_HISTORY = 20_000
"""Most epochs whose figures are written; of a longer run every n-th and the last."""

_FORMAT = "faceaccess picture model"
_KEY = "faceaccess"
_LENGTH_BYTES = 8  # a safetensors file begins with the length of its header, little-endian
_HEX_DIGITS = frozenset("0123456789abcdef")

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Model:
    """What a model file carries.

    Attributes:
        network: the layers, as `learn.networks` reads them; never a name, whose layers a later
            version may choose anew.
        weights: the network's state by torch's names, float32, finite.
        classes: names, in the order of the network's answers.
        preprocessing: how a picture becomes what the network takes.
        hyperparameters: of the training.
        fingerprint: of the training pictures.
        history: figures of the epochs.
        stopped_by: why the training ended.
        seconds: of training.
        accuracy: on the test pictures, 0 to 1; None without any.
        loss: training loss of the epoch whose weights these are.
        skipped_steps: steps that the optimizer left out because the gradient was not finite.
    """

    network: str
    weights: Weights
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    hyperparameters: Hyperparameters
    fingerprint: str
    history: tuple[EpochFigures, ...]
    stopped_by: str
    seconds: float
    accuracy: float | None
    loss: float
    skipped_steps: int


def save_model(path: Path, trained: TrainedNetwork) -> None:
    """Write a model file; one that is at `path` already is replaced, or stays as it was.

    Raises:
        KnownError: if the folder is missing or may not be written to, or the disk is full.
        BugError: if a weight is not a finite float32.
    """
    from safetensors.numpy import save

    for name, values in trained.weights.items():
        if values.dtype != np.float32 or not np.isfinite(values).all():
            raise BugError(f"the weights {name} are not finite float32 numbers")
    weights = {name: np.ascontiguousarray(values) for name, values in trained.weights.items()}
    content = _content(trained)
    described = {
        "format": _FORMAT,
        "version": VERSION,
        "sha256": _checksum(content, weights),
        "content": content,
    }
    data = save(weights, {_KEY: json.dumps(described)})
    with whole_file(path) as out:
        out.write(data)


def load_model(path: Path) -> Model:
    """Read a model file.

    Raises:
        KnownError: if the file is missing, not readable, none of ours, of another version, cut off
            or damaged, or if its weights do not fit its network.
    """
    data = _read(path)
    content, weights = _parse(path, data)
    try:
        model = _model(content, weights)
        _check_weights(model)
    except KnownError as error:
        raise _damaged(path, error.text.rstrip(".")) from error
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise _damaged(path, "its description is not understood") from error
    return model


# --- writing


def _content(trained: TrainedNetwork) -> dict[str, Any]:
    chosen = trained.hyperparameters
    every = max(1, math.ceil(len(trained.history) / MAX_HISTORY))
    history = trained.history[::-1][::every][::-1]
    return {
        "network": NETWORKS.get(chosen.network, chosen.network),
        "classes": list(trained.classes),
        "preprocessing": trained.preprocessing.as_json(),
        "hyperparameters": chosen.as_json(),
        "fingerprint": trained.fingerprint,
        "history": [figures.as_json() for figures in history],
        "stopped_by": trained.stopped_by,
        "seconds": trained.seconds,
        "accuracy": trained.accuracy,
        "loss": trained.loss,
        "skipped_steps": trained.skipped_steps,
    }


def _checksum(content: object, weights: Weights) -> str:
    """Return the SHA-256 over the description and every weight."""
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
    for name in sorted(weights):
        values = weights[name]
        digest.update(f"\n{json.dumps(name)} {values.shape}\n".encode())
        digest.update(np.ascontiguousarray(values, "<f4").tobytes())
    return digest.hexdigest()


# --- reading


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise KnownError(f"{path} is a folder, not a model file.", "Name the file in it.")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise KnownError(f"There is no model file {path}.", "Check the path.") from None
    except OSError as error:
        raise KnownError(
            f"The model file {path} cannot be read: {error.strerror or error}.", "Check its rights."
        ) from error
    if len(data) > MAX_FILE_BYTES:
        raise KnownError(
            f"{path} has more than {MAX_FILE_BYTES // 2**20} MB and is no model of faceaccess.",
            "Name a file that `faceaccess train` wrote.",
        )
    return data


def _parse(path: Path, data: bytes) -> tuple[dict[str, Any], Weights]:
    """Return the description and the weights, after the checksum was found right."""
    length = int.from_bytes(data[:_LENGTH_BYTES], "little")
    header = data[_LENGTH_BYTES : _LENGTH_BYTES + min(length, MAX_HEADER_BYTES)]
    try:
        described = json.loads(json.loads(header)["__metadata__"][_KEY])
        if described["format"] != _FORMAT:
            raise _foreign(path)
        version, content = described["version"], described["content"]
    except (ValueError, KeyError, TypeError, RecursionError):
        # The mark stands near the start of a file of ours, whatever was done to the rest.
        if _FORMAT.encode() in data[:1024]:
            raise _damaged(path, "its description cannot be read") from None
        raise _foreign(path) from None
    if version != VERSION:
        raise KnownError(
            f"The model file {path} is of version {version!r}; this program reads {VERSION}.",
            "Update faceaccess, or train the model again.",
        )
    weights = _tensors(path, data)
    try:
        whole = described["sha256"] == _checksum(content, weights)
    except (KeyError, RecursionError):
        whole = False
    if not whole or not isinstance(content, dict):
        raise _damaged(path, "its checksum is wrong")
    return content, weights


def _tensors(path: Path, data: bytes) -> Weights:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        weights = load(data)
    except (SafetensorError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise _damaged(path, "its weights cannot be read") from error
    if any(values.dtype != np.float32 for values in weights.values()):
        raise _damaged(path, "its weights are not float32 numbers")
    return weights


def _model(content: dict[str, Any], weights: Weights) -> Model:
    """Check every field; raises what `load_model` catches."""
    classes = content["classes"]
    named = isinstance(classes, list) and all(
        isinstance(name, str) and 0 < len(name) <= MAX_CLASS_NAME for name in classes
    )
    if not named or len(set(classes)) != len(classes):
        raise KnownError("its classes are not names that differ")
    fingerprint = str(content["fingerprint"])
    if len(fingerprint) != 64 or not _HEX_DIGITS.issuperset(fingerprint):
        raise KnownError("its fingerprint is none")
    network, stopped_by = content["network"], content["stopped_by"]
    if not isinstance(network, str) or not isinstance(stopped_by, str):
        raise KnownError("its network is not described")
    seconds, accuracy = float(content["seconds"]), content["accuracy"]
    if not (0.0 <= seconds < math.inf and (accuracy is None or 0.0 <= accuracy <= 1.0)):
        raise KnownError("its figures are not possible")
    return Model(
        network=network,
        weights=weights,
        classes=tuple(classes),
        preprocessing=Preprocessing.from_json(content["preprocessing"]),
        hyperparameters=Hyperparameters.from_json(content["hyperparameters"]),
        fingerprint=fingerprint,
        history=tuple(EpochFigures.from_json(one) for one in content["history"]),
        stopped_by=stopped_by,
        seconds=seconds,
        accuracy=None if accuracy is None else float(accuracy),
        loss=float(content["loss"]),
        skipped_steps=int(content["skipped_steps"]),
    )


def _check_weights(model: Model) -> None:
    """Make sure that the weights are those of the network that is described.

    Raises:
        KnownError: if a name, a shape or a number is not.
    """
    from faceaccess.learn.networks import build_network

    network = build_network(
        model.network,
        channels=model.preprocessing.channels,
        size=model.preprocessing.size,
        classes=len(model.classes),
    )
    expected = {name: tuple(values.shape) for name, values in network.state_dict().items()}
    found = {name: values.shape for name, values in model.weights.items()}
    if expected != found:
        raise KnownError("its weights are not those of its network")
    if not all(np.isfinite(values).all() for values in model.weights.values()):
        raise KnownError("its weights are not finite")


def _foreign(path: Path) -> KnownError:
    return KnownError(
        f"{path} is not a model file of faceaccess.", "Name a file that `faceaccess train` wrote."
    )


def _damaged(path: Path, why: str) -> KnownError:
    return KnownError(
        f"The model file {path} is damaged or cut off: {why}.",
        "Copy it anew, or train the model again.",
    )
