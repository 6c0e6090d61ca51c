"""Embedders that the user brings: ONNX files of the usual kind, kept in the data folder by hash.

The usual kind takes one aligned face of 112 x 112 pixels in three planes and gives one row of
numbers (ArcFace, CosFace, AdaFace, MobileFaceNet and their like). The file is tried in a process of
its own (`onnx_trial`), copied into the data folder, and from then on loaded only while its SHA-256
is the one noted. `brought.toml` beside the copies says how each is fed and what was measured.
"""

import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.home import DataHome
from faceaccess.core.whole_file import whole_file
from faceaccess.vision.alignment import SFACE_POINTS, SFACE_SIDE
from faceaccess.vision.embedders import ChannelOrder, CropEmbedder, Preparation
from faceaccess.vision.onnx_trial import try_file
from faceaccess.vision.protocols import Engine
from faceaccess.vision.weights import manifest

MOST_BYTES = 600 * 2**20
"""Largest file that is taken; a network of 100 layers has 250 MB."""
MOST_BROUGHT = 20
"""Files that are kept at most."""
LARGEST_NUMBER = 1e4
"""Bound of the numbers in an input description."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_LIST = "brought.toml"


@dataclass(frozen=True)
class BroughtEmbedder:
    """A file that was brought, and how it is fed.

    Attributes:
        name: what people call it.
        sha256: of the file, 64 hexadecimal digits.
        bytes: its size.
        dimension: length of its vectors, found by running it.
        milliseconds: time of one face, median, when it was tried.
        order: of the planes that it takes.
        mean: subtracted from red, green and blue, 0 to 255.
        scale: factor after that.
        thresholds: by preprocessing, those calibrated on this site's people and strangers.
    """

    name: str
    sha256: str
    bytes: int
    dimension: int
    milliseconds: float
    order: ChannelOrder
    mean: tuple[float, float, float]
    scale: float
    thresholds: dict[str, float] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """Its name in an embedding space: vectors of other files, or fed otherwise, never meet."""
        told = f"{self.sha256} {self.order} {self.mean!r} {self.scale!r}"
        return f"{self.name}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"

    @property
    def input(self) -> str:
        """What it takes, in words."""
        mean = "/".join(f"{value:g}" for value in self.mean)
        return f"112 x 112, {self.order}, (value - {mean}) x {self.scale:.6g}, five points"

    def preparation(self, *, colour: bool) -> Preparation:
        """Return how its crops are cut and fed."""
        return Preparation(SFACE_POINTS, SFACE_SIDE, colour, self.mean, self.scale, self.order)

    def space(self, *, colour: bool) -> EmbeddingSpace:
        """Return the space of its vectors."""
        return EmbeddingSpace(self.model, self.preparation(colour=colour).name, self.dimension)

    def file(self, home: DataHome) -> Path:
        """Return where its copy is."""
        return home.brought_models / f"{self.sha256}.onnx"


def bring(
    home: DataHome,
    file: Path,
    name: str,
    *,
    order: str = "rgb",
    mean: Sequence[float] = (127.5, 127.5, 127.5),
    scale: float = 1 / 127.5,
) -> BroughtEmbedder:
    """Try a file, copy it into the data folder and note it. It does not serve by that.

    Args:
        home: the data folder.
        file: an ONNX network with its weights inside.
        name: small letters, digits and hyphens, to be used by people and in the embedding space.
        order: of the planes that it takes: "rgb" or "bgr".
        mean: subtracted from red, green and blue, which are 0 to 255; one number stands for three.
        scale: factor after that.

    Raises:
        KnownError: if the file is no such network, the name is taken by another file or cannot be
            one, a number is out of bounds, or the copy cannot be written.
    """
    preparation = _description(order, mean, scale)
    _check_name(name)
    known = brought_embedders(home)
    data = _bounded(file)
    found = BroughtEmbedder(
        name,
        hashlib.sha256(data).hexdigest(),
        len(data),
        0,
        0.0,
        preparation.order,
        preparation.mean,
        preparation.scale,
    )
    for one in known:
        if one.name == name and one.model == found.model:
            load(home, one)  # the copy is still whole
            return one
        if one.name == name:
            raise KnownError(
                f"The name {name} stands for another file, or the same one fed otherwise.",
                f"Choose another name, or give it up: `faceaccess models forget {name}`.",
            )
    if len(known) >= MOST_BROUGHT:
        raise KnownError(
            f"{MOST_BROUGHT} files were brought; more are not kept.",
            "Give one up: `faceaccess models forget NAME`.",
        )
    copy = found.file(home)
    existed = copy.exists()
    _make_folder(home)
    with whole_file(copy) as out:
        out.write(data)
    try:
        facts = try_file(copy, file, preparation)
        found = replace(found, dimension=facts.dimension, milliseconds=facts.milliseconds)
        _write(home, [*known, found])
    except BaseException:
        if not existed:
            copy.unlink(missing_ok=True)
        raise
    return found


def brought_embedders(home: DataHome) -> list[BroughtEmbedder]:
    """Return what was brought, in the order of bringing.

    Raises:
        KnownError: if the list cannot be read.
    """
    path = home.brought_models / _LIST
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    try:
        return [_read(entry) for entry in tomllib.loads(text).get("embedder", ())]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(path, error) from error


def brought_embedder(home: DataHome, name: str) -> BroughtEmbedder:
    """Return one of them.

    Raises:
        KnownError: if nothing of that name was brought, or the list cannot be read.
    """
    known = brought_embedders(home)
    for one in known:
        if one.name == name:
            return one
    names = ", ".join(one.name for one in known) or "none"
    raise KnownError(
        f"No embedder called {name!r} was brought; there is: {names}.",
        "Bring its file: `faceaccess models bring FILE --name NAME`.",
    )


def calibrated(home: DataHome, name: str, preprocessing: str, threshold: float) -> BroughtEmbedder:
    """Note the threshold that was found on this site's people and strangers.

    Raises:
        KnownError: as `brought_embedder`, and if the list cannot be written.
    """
    one = brought_embedder(home, name)
    changed = replace(one, thresholds={**one.thresholds, preprocessing: threshold})
    _write(home, [changed if x.name == name else x for x in brought_embedders(home)])
    return changed


def forget(home: DataHome, name: str) -> BroughtEmbedder:
    """Delete the copy of a file and what was noted of it; who asks makes sure that nobody needs it.

    Raises:
        KnownError: as `brought_embedder`, and if the folder cannot be written to.
    """
    one = brought_embedder(home, name)
    rest = [x for x in brought_embedders(home) if x.name != name]
    _write(home, rest)
    if all(x.sha256 != one.sha256 for x in rest):
        try:
            one.file(home).unlink(missing_ok=True)
        except OSError as error:
            raise KnownError(
                f"{one.file(home)} cannot be deleted: {error.strerror or error}.",
                "Delete it yourself; it is not used any more.",
            ) from error
    return one


def load(home: DataHome, one: BroughtEmbedder) -> bytes:
    """Return the verified bytes of a file.

    Raises:
        KnownError: if it is gone or is not the file that was brought.
    """
    path = one.file(home)
    remedy = (
        f"Bring the file again: `faceaccess models forget {one.name}`, then "
        f"`faceaccess models bring FILE --name {one.name}`."
    )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise KnownError(
            f"The weights file {path} of {one.name} cannot be read: {error.strerror or error}.",
            remedy,
        ) from error
    found = hashlib.sha256(data).hexdigest()
    if found != one.sha256:
        raise KnownError(
            f"The weights file {path} of {one.name} has changed since it was brought: its SHA-256 "
            f"is {found}, not {one.sha256}. It was not loaded.",
            remedy,
        )
    return data


def build_brought(home: DataHome, name: str, *, colour: bool) -> CropEmbedder:
    """Load an embedder that was brought, to be run by OpenCV: torch does not read ONNX.

    Raises:
        KnownError: if it was not brought, is gone or has changed, or OpenCV cannot read it.
    """
    from faceaccess.vision.engines.opencv_engine import OpenCvEngine

    one = brought_embedder(home, name)
    way = one.preparation(colour=colour)
    engine = _Answering(OpenCvEngine(load(home, one), one.name), one)
    return CropEmbedder(one.model, one.dimension, way, engine, one.thresholds.get(way.name))


class _Answering:
    """An engine whose network is not ours: what it does not answer is told, not a bug."""

    def __init__(self, engine: Engine, one: BroughtEmbedder) -> None:
        self._engine, self._one = engine, one

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            vectors = self._engine.run(batch)
        except cv2.error as error:
            raise self._no_answer(str(error.err).strip()) from error
        if vectors.shape != (len(batch), self._one.dimension):
            raise self._no_answer(f"numbers of shape {vectors.shape}")
        lengths = np.linalg.norm(vectors, axis=1)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            raise self._no_answer("a vector without direction")
        return vectors

    def _no_answer(self, what: str) -> KnownError:
        return KnownError(
            f"The embedder {self._one.name} gave no usable answer for a face: {what}.",
            "Go back to the program's own: `faceaccess models use sface`.",
        )


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise KnownError(
            f"{name!r} cannot be the name of an embedder.",
            "Use up to 31 small letters, digits and hyphens, such as arcface-r50.",
        )
    if name in {model.name for model in manifest()} or name == "brought":
        raise KnownError(f"The name {name} belongs to the program.", "Choose another name.")


def _description(order: str, mean: Sequence[float], scale: float) -> Preparation:
    if order not in ("rgb", "bgr"):
        raise KnownError(f"There is no colour order {order!r}.", "Known are: rgb, bgr.")
    three = tuple(float(value) for value in mean) * (3 if len(mean) == 1 else 1)
    if len(three) != 3 or not all(abs(value) <= LARGEST_NUMBER for value in three):
        raise KnownError(
            f"The mean {', '.join(f'{value:g}' for value in mean)} is not one number or three "
            "between -10000 and 10000.",
            "Give what is subtracted from red, green and blue, such as 127.5.",
        )
    if not 1e-6 <= abs(scale) <= LARGEST_NUMBER:
        raise KnownError(
            f"The scale {scale:g} is not a number from 0.000001 to 10000.",
            "Give the factor after the subtraction, such as 0.0078125.",
        )
    red, green, blue = three
    chosen: ChannelOrder = "bgr" if order == "bgr" else "rgb"
    return Preparation(SFACE_POINTS, SFACE_SIDE, False, (red, green, blue), float(scale), chosen)


def _bounded(file: Path) -> bytes:
    """Read a file of at most `MOST_BYTES`, however long it claims to be."""
    if file.is_dir():
        raise KnownError(f"{file} is a folder, not a weights file.", "Name the file in it.")
    try:
        with file.open("rb") as source:
            data = source.read(MOST_BYTES + 1)
    except OSError as error:
        raise KnownError(
            f"The file {file} cannot be read: {error.strerror or error}.", "Check the path."
        ) from error
    if not data:
        raise KnownError(f"The file {file} is empty.", "Copy it anew.")
    if len(data) > MOST_BYTES:
        raise KnownError(
            f"The file {file} is larger than {MOST_BYTES // 2**20} MB.",
            "Bring a smaller network: this one would be too slow for a door.",
        )
    return data


def _make_folder(home: DataHome) -> None:
    try:
        home.brought_models.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise KnownError(
            f"{home.brought_models} cannot be made: {error.strerror or error}.",
            "Check that the data folder may be written to and has room.",
        ) from error


def _read(entry: dict[str, Any]) -> BroughtEmbedder:
    red, green, blue = map(float, entry["mean"])
    order: ChannelOrder = "bgr" if entry["order"] == "bgr" else "rgb"
    if not _NAME.fullmatch(entry["name"]) or not re.fullmatch("[0-9a-f]{64}", entry["sha256"]):
        raise ValueError(f"{entry['name']!r}, {entry['sha256']!r}")
    return BroughtEmbedder(
        name=entry["name"],
        sha256=entry["sha256"],
        bytes=int(entry["bytes"]),
        dimension=int(entry["dimension"]),
        milliseconds=float(entry["milliseconds"]),
        order=order,
        mean=(red, green, blue),
        scale=float(entry["scale"]),
        thresholds={str(k): float(v) for k, v in entry.get("thresholds", {}).items()},
    )


def _write(home: DataHome, embedders: Sequence[BroughtEmbedder]) -> None:
    lines = ["# Embedders that this installation's user brought; see `faceaccess models`.", ""]
    for one in embedders:
        # Names and hashes need no escaping (`_check_name`); numbers are written in full.
        lines += [
            "[[embedder]]",
            f'name = "{one.name}"',
            f'sha256 = "{one.sha256}"',
            f"bytes = {one.bytes}",
            f"dimension = {one.dimension}",
            f"milliseconds = {one.milliseconds!r}",
            f'order = "{one.order}"',
            f"mean = [{', '.join(map(repr, one.mean))}]",
            f"scale = {one.scale!r}",
            "[embedder.thresholds]",
            *(f'"{name}" = {value!r}' for name, value in sorted(one.thresholds.items())),
            "",
        ]
    _make_folder(home)
    with whole_file(home.brought_models / _LIST) as out:
        out.write("\n".join(lines).encode())


def _unreadable(path: Path, error: Exception) -> KnownError:
    return KnownError(
        f"The list of brought embedders {path} cannot be read: {error}.",
        "Mend it, or put back a backup of the data folder.",
    )
