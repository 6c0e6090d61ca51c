"""Whether an ONNX file that somebody brings can be an embedder; found out in a process of its own.

    python -m faceaccess.vision.onnx_trial FILE ORDER MEAN_RED MEAN_GREEN MEAN_BLUE SCALE

A file from elsewhere may be anything: nothing of it is read by the program itself before a child
process, with bounded memory and time, has read it, run it on drawn test pictures, and said as one
line of JSON what it is. What brings the child down does not bring the program down.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.vision.alignment import SFACE_POINTS, SFACE_SIDE
from faceaccess.vision.embedders import ChannelOrder, Preparation, prepared
from faceaccess.vision.engines.opencv_engine import OpenCvEngine
from faceaccess.vision.protocols import Engine

LEAST_DIMENSION, MOST_DIMENSION = 16, 4096
MOST_MILLISECONDS = 2000.0
"""A face that takes longer would hold up the door."""
SECONDS = 120
"""How long the child may take, of the clock and of the processor."""
MEMORY = 6 * 2**30
"""Bytes of address space that the child may take."""
PICTURES = 12
"""Drawn test pictures that the network is run on."""
ALIKE = 0.9999
"""Least cosine between two test pictures from which a network counts as blind: they show different
things, and embedders seen were far below (SFace: 0.67 at most)."""


@dataclass(frozen=True)
class OnnxFacts:
    """What was found of a network.

    Attributes:
        dimension: length of its vectors.
        milliseconds: median time of one face.
    """

    dimension: int
    milliseconds: float


class UnfitError(ValueError):
    """Why a file cannot be an embedder, as the end of a sentence that begins with its name."""


def try_file(file: Path, shown: Path, preparation: Preparation) -> OnnxFacts:
    """Read and run a network in a child process.

    Args:
        file: the network.
        shown: what errors call it.
        preparation: how it wants to be fed.

    Raises:
        KnownError: if it is no network of this kind, or the child died of it.
    """
    words = [preparation.order, *map(repr, preparation.mean), repr(preparation.scale)]
    command = [sys.executable, "-m", "faceaccess.vision.onnx_trial", str(file), *words]
    try:
        done = subprocess.run(  # noqa: S603 - our own module; the words are a path and numbers
            command, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _unfit(shown, f"is not read and run within {SECONDS} seconds") from error
    except OSError as error:
        raise KnownError(
            f"The process that tries {shown} cannot be started: {error.strerror or error}.",
            "Close other programs and try again.",
        ) from error
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    try:
        found = json.loads(lines[-1])
        if done.returncode == 0:
            return OnnxFacts(int(found["dimension"]), float(found["milliseconds"]))
        raise _unfit(shown, str(found["unfit"]))
    except (IndexError, ValueError, KeyError, TypeError) as error:
        how = f"with signal {-done.returncode}" if done.returncode < 0 else f"({done.returncode})"
        raise _unfit(shown, f"brought the process that tried it to an end {how}") from error


def _unfit(shown: Path, why: str) -> KnownError:
    return KnownError(
        f"{shown} {why}.",
        "Bring an ONNX file of an embedder of aligned faces, 112 x 112 pixels, whose weights are "
        "in the file.",
    )


def tried(onnx_file: bytes, preparation: Preparation) -> OnnxFacts:
    """Read and run a network in this process.

    Raises:
        UnfitError: if it is no network of this kind.
    """
    check_graph(onnx_file)
    try:
        engine = OpenCvEngine(onnx_file, "that was brought")
    except KnownError as error:
        why = error.__cause__.err if isinstance(error.__cause__, cv2.error) else error
        raise UnfitError(f"cannot be run by OpenCV: {str(why).strip()}") from error
    vectors, milliseconds = _run(engine, preparation)
    dimension = vectors.shape[1]
    if not LEAST_DIMENSION <= dimension <= MOST_DIMENSION:
        raise UnfitError(
            f"gives {dimension} numbers a face, not {LEAST_DIMENSION} to {MOST_DIMENSION}"
        )
    if not np.isfinite(vectors).all():
        raise UnfitError("gives numbers that are none (not finite) for a face")
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    if not (lengths > 0).all():
        raise UnfitError("gives a vector of zeros for a face")
    unit = vectors / lengths
    if float(unit[0] @ unit[-1]) < ALIKE:
        raise UnfitError("gives another vector for the same picture a second time")
    if float((unit[:-1] @ unit[:-1].T).min()) > ALIKE:
        raise UnfitError("gives the same vector for every picture")
    if milliseconds > MOST_MILLISECONDS:
        raise UnfitError(f"takes {milliseconds / 1000:.1f} seconds a face: too slow for a door")
    return OnnxFacts(dimension, round(milliseconds, 3))


def _run(engine: Engine, preparation: Preparation) -> tuple[NDArray[np.float32], float]:
    """Return (pictures + 1, dimension): the last row is the first picture's again."""
    rows, seconds = [], []
    pictures = test_pictures()
    for picture in [*pictures, pictures[0]]:
        batch = prepared([picture], preparation)
        began = time.perf_counter()
        try:
            row = engine.run(batch)
        except cv2.error as error:
            raise UnfitError(f"cannot be run by OpenCV: {str(error.err).strip()}") from error
        seconds.append(time.perf_counter() - began)
        if row.ndim != 2 or len(row) != 1:
            shape = " x ".join(map(str, row.shape))
            raise UnfitError(f"gives numbers of shape {shape} for one face, not one row of them")
        rows.append(row)
    return np.concatenate(rows), 1000 * statistics.median(seconds)


def test_pictures() -> list[Image]:
    """Return drawn grayscale pictures of 112 x 112, as a face's crop might be, each another."""
    chance = np.random.default_rng(0)
    found = []
    for _ in range(PICTURES):
        blur = cv2.GaussianBlur(
            chance.integers(0, 256, (SFACE_SIDE, SFACE_SIDE)).astype(np.float32), (0, 0), 5
        )
        picture = np.clip((blur - blur.mean()) * 8 + chance.uniform(80, 170), 0, 255)
        for x, y in SFACE_POINTS + chance.normal(0, 3, (5, 2)):
            cv2.circle(picture, (int(x), int(y)), int(chance.integers(3, 9)), 30.0, -1)
        found.append(picture.astype(np.uint8))
    return found


def check_graph(onnx_file: bytes) -> None:
    """Make sure that a file is an ONNX network, whole, of one picture of 112 x 112 in three planes.

    Raises:
        UnfitError: if not.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # no stubs

    try:
        model = onnx.load_from_string(onnx_file)
    except DecodeError as error:
        raise UnfitError("is not an ONNX file") from error
    if not (model.ir_version and model.opset_import and len(model.graph.node)):
        raise UnfitError("is not an ONNX file")
    domains = {one.domain for one in model.opset_import} - {"", "ai.onnx", "ai.onnx.ml"}
    if domains:
        raise UnfitError(f"needs operators that are not ONNX's own ({', '.join(sorted(domains))})")
    if any(t.data_location == onnx.TensorProto.EXTERNAL for t in _tensors(model.graph)):
        raise UnfitError("keeps its weights in another file; save it with its weights inside")
    kept = {tensor.name for tensor in model.graph.initializer}
    # Some files still declare inputs for weights that were folded away; nothing reads those.
    read = set(_read_names(model.graph))
    inputs = [one for one in model.graph.input if one.name in read - kept]
    if len(inputs) != 1 or len(model.graph.output) != 1:
        raise UnfitError(
            f"takes {len(inputs)} inputs and gives {len(model.graph.output)} outputs, "
            "not one of each"
        )
    kind = inputs[0].type.tensor_type
    # 0 stands for a size that the file leaves open.
    shape = [size.dim_value for size in kind.shape.dim]
    if kind.elem_type != onnx.TensorProto.FLOAT:
        raise UnfitError("does not take 32-bit floating-point numbers")
    if shape not in ([n, 3, SFACE_SIDE, SFACE_SIDE] for n in (0, 1)):
        told = " x ".join("?" if size == 0 else str(size) for size in shape) or "unknown shape"
        raise UnfitError(f"takes pictures as {told}, not as 1 x 3 x {SFACE_SIDE} x {SFACE_SIDE}")


def _tensors(graph: Any) -> Iterator[Any]:
    """Yield every tensor that a graph holds, those of its nodes' own graphs too."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield attribute.t
            yield from attribute.tensors
            for inner in (attribute.g, *attribute.graphs):
                if len(inner.node) or len(inner.initializer):
                    yield from _tensors(inner)


def _read_names(graph: Any) -> Iterator[str]:
    """Yield the names that a graph's nodes read, those of its nodes' own graphs too."""
    for node in graph.node:
        yield from node.input
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                if len(inner.node):
                    yield from _read_names(inner)


def _bound() -> None:
    """Bound this process's memory and time, where the system can."""
    try:
        import resource
    except ImportError:  # Windows; the parent's clock still bounds the time
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def main(words: Sequence[str]) -> int:
    """Try the file that the words name; print one line of JSON, return the exit code."""
    file, order, *numbers = words
    red, green, blue, scale = map(float, numbers)
    wanted: ChannelOrder = "bgr" if order == "bgr" else "rgb"
    preparation = Preparation(SFACE_POINTS, SFACE_SIDE, False, (red, green, blue), scale, wanted)
    _bound()
    try:
        said = asdict(tried(Path(file).read_bytes(), preparation))
    except UnfitError as error:
        said = {"unfit": str(error)}
    except MemoryError:
        said = {"unfit": f"needs more than {MEMORY // 2**30} GB of memory"}
    sys.stdout.write(json.dumps(said) + "\n")
    return 1 if "unfit" in said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
