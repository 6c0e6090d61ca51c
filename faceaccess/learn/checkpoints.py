"""Checkpoints: the state of a training in one file that is whole or absent, and executes nothing.

The file is of the safetensors format: tensors by number, and in its metadata one JSON text with the
rest and a SHA-256 over both. A state is a tree of dictionaries, lists, tuples, numbers, texts, None
and tensors, as torch's `state_dict` gives; all of it comes back bit by bit.
"""

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.whole_file import whole_file

VERSION = 1
"""Version of the format that is written, and the only one that is read."""

_FORMAT = "faceaccess checkpoint"
_ANEW = "Start the training anew."


def save_checkpoint(path: Path, about: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Write a checkpoint in place of the one at `path`, which stays whole whatever happens.

    Args:
        path: the file.
        about: what the training is, plain JSON values; `load_checkpoint` gives it back.
        state: the tree described above.

    Raises:
        KnownError: if the folder cannot be written to or the disk is full; it names the file.
        BugError: if `state` holds something else.
    """
    tensors: dict[str, Tensor] = {}
    record = json.dumps([about, _packed(state, tensors)])
    metadata = {
        "format": _FORMAT,
        "version": str(VERSION),
        "record": record,
        "sha256": _checksum(record, tensors),
    }
    data = save(tensors, metadata)
    try:
        with whole_file(path) as out:
            out.write(data)
    except KnownError as error:
        raise KnownError(
            f"No checkpoint of the training could be written: {error.text}",
            "Make room or choose another place, then go on from the last checkpoint, if there is "
            "one.",
        ) from error


def load_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return `about` and `state` of a checkpoint.

    Raises:
        KnownError: if there is none, it cannot be read, is damaged or cut off, was not written by
            this program or by another version of it.
    """
    try:
        # Opened first for errors that name the reason; safetensors' own say less.
        with path.open("rb"):
            pass
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            _check_kind(path, metadata)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 # no dict
    except FileNotFoundError:
        raise KnownError(f"There is no checkpoint {path} to go on from.", _ANEW) from None
    except OSError as error:
        raise KnownError(
            f"The checkpoint {path} cannot be read: {error.strerror or error}.", "Check its rights."
        ) from error
    except SafetensorError as error:
        raise KnownError(
            f"{path} is not a checkpoint of faceaccess, or is cut off.", _ANEW
        ) from error
    record = metadata.get("record", "")
    if metadata.get("sha256") != _checksum(record, tensors):
        raise KnownError(f"The checkpoint {path} is damaged.", _ANEW)
    about, packed = json.loads(record)
    return about, _unpacked(packed, tensors)


def clear_leftovers(path: Path) -> None:
    """Remove what killed processes have left of checkpoints that they were writing to `path`."""
    if os.name != "posix":  # elsewhere signal 0, by which we ask for a process, would end it
        return
    name = re.compile(rf"\.{re.escape(path.name)}\.(\d+)\.part")
    with contextlib.suppress(OSError):
        for part in path.parent.iterdir():
            found = name.fullmatch(part.name)
            if found is not None and not _is_running(int(found[1])):
                part.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _check_kind(path: Path, metadata: Mapping[str, str]) -> None:
    if metadata.get("format") != _FORMAT:
        raise KnownError(f"{path} is not a checkpoint of faceaccess.", _ANEW)
    if metadata.get("version") != str(VERSION):
        raise KnownError(
            f"The checkpoint {path} is of version {metadata.get('version')}; this program reads "
            f"{VERSION}.",
            "Go on with the version of faceaccess that wrote it, or start the training anew.",
        )


def _checksum(record: str, tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(record.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"\n{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


# A tree as JSON: plain values and lists as they are, the rest as {kind: content}.


def _packed(value: Any, tensors: dict[str, Tensor]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().contiguous()
        return {"tensor": name}
    if isinstance(value, list):
        return [_packed(one, tensors) for one in value]
    if isinstance(value, tuple):
        return {"tuple": [_packed(one, tensors) for one in value]}
    if isinstance(value, Mapping):
        # Pairs: torch's states have whole numbers for keys, which JSON would make texts of.
        return {"pairs": [[key, _packed(one, tensors)] for key, one in value.items()]}
    raise BugError(f"a checkpoint cannot hold a {type(value).__name__}")


def _unpacked(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_unpacked(one, tensors) for one in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "tuple":
        return tuple(_unpacked(one, tensors) for one in content)
    return {key: _unpacked(one, tensors) for key, one in content}
