"""A network of the user's that tells living faces from pictures: one more voice, which can refuse.

What is understood is an ONNX file of the usual kind:

- input: one picture, 1 x 3 x side x side (32 to 512), 32-bit floats, blue-green-red, 0 to 255;
- shown is the face's box made `CROP_SCALE` times as wide and as high about its middle, at most as
  large as the picture and moved into it, resized to side x side;
- output: 1 x 2 or 1 x 3 numbers; the one at `LIVE_INDEX` speaks for a living face, the others for
  attacks. They become shares by softmax, unless the network ends with one.
"""

import hashlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Box, Image

CROP_SCALE = 2.7
"""How much larger than the face's box the part of the picture is that the network sees."""
LIVE_INDEX = 1
"""Which of the numbers speaks for a living face."""
LEAST_SIDE, MOST_SIDE = 32, 512
"""Bounds of the input's side, pixels."""
MOST_BYTES = 200 * 2**20
"""Largest file that is taken."""
_REMEDY = (
    "Set liveness_voice to the whole path of an ONNX file as `docs/adr/liveness-challenge.md` "
    "describes it and liveness_voice_sha256 to its SHA-256, or liveness_voice to nothing."
)


class LivenessNetwork:
    """A network, loaded and tried.

    Args:
        file: whole path of the ONNX file.
        sha256: of the file, 64 hexadecimal digits.

    Raises:
        KnownError: if the file cannot be read, is another one, or is no such network.
    """

    def __init__(self, file: str, sha256: str) -> None:
        self.file = file
        data = _bytes(file)
        found = hashlib.sha256(data).hexdigest()
        if found != sha256.strip().lower():
            told = sha256.strip() or "none"
            raise KnownError(
                f"The liveness network {file} was not loaded: its SHA-256 is {found}, and "
                f"liveness_voice_sha256 is {told}.",
                _REMEDY,
            )
        self._side, self._gives_shares = _side(data, file)
        try:
            self._net = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
        except cv2.error as error:
            raise self._unfit(f"cannot be run by OpenCV: {str(error.err).strip()}") from error
        self.share_alive(np.full((64, 64, 3), 128, np.uint8), (16.0, 16.0, 32.0, 32.0))

    def share_alive(self, image: Image, box: Box) -> float:
        """Return how surely a face is alive, 0 to 1.

        Args:
            image: (height, width, 3) uint8, blue-green-red.
            box: of the face, x, y, width, height in pixels.

        Raises:
            KnownError: if the network gives anything but 2 or 3 finite numbers.
        """
        part = cv2.resize(seen_part(image, box), (self._side, self._side))
        blob = np.ascontiguousarray(part.transpose(2, 0, 1)[None], np.float32)
        try:
            self._net.setInput(blob)
            out = np.asarray(self._net.forward(), np.float64)
        except cv2.error as error:
            raise self._unfit(f"cannot be run by OpenCV: {str(error.err).strip()}") from error
        if out.size not in (2, 3) or out.shape[-1] != out.size:
            shape = " x ".join(map(str, out.shape))
            raise self._unfit(f"gives numbers of shape {shape}, not 1 x 2 or 1 x 3")
        if not np.isfinite(out).all():
            raise self._unfit("gives numbers that are none (not finite)")
        shares = out.ravel() if self._gives_shares else _softmax(out.ravel())
        return float(shares[LIVE_INDEX])

    def _unfit(self, why: str) -> KnownError:
        return KnownError(f"The liveness network {self.file} {why}.", _REMEDY)


def seen_part(image: Image, box: Box) -> Image:
    """Return the part of a picture that a network is shown for a face."""
    height, width = image.shape[:2]
    x, y, w, h = box
    w, h = max(w, 1.0), max(h, 1.0)
    scale = min(CROP_SCALE, width / w, height / h)
    across, down = max(1, int(w * scale)), max(1, int(h * scale))
    left = round(min(max(0.0, x + w / 2 - across / 2), width - across))
    top = round(min(max(0.0, y + h / 2 - down / 2), height - down))
    return image[top : top + down, left : left + across]


def _softmax(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(numbers - numbers.max())
    return np.asarray(powers / powers.sum(), np.float64)


def _bytes(file: str) -> bytes:
    path = Path(file)
    if not path.is_absolute():
        raise KnownError(f"The liveness network {file} is no whole path.", _REMEDY)
    try:
        with path.open("rb") as source:
            data = source.read(MOST_BYTES + 1)
    except OSError as error:
        raise KnownError(
            f"The liveness network {file} cannot be read: {error.strerror or error}.", _REMEDY
        ) from error
    if len(data) > MOST_BYTES:
        raise KnownError(
            f"The liveness network {file} is larger than {MOST_BYTES // 2**20} MB.", _REMEDY
        )
    return data


def _side(data: bytes, file: str) -> tuple[int, bool]:
    """Return the side of the pictures that a network takes, and whether it ends with a softmax."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # no stubs

    def unfit(why: str) -> KnownError:
        return KnownError(f"The liveness network {file} {why}.", _REMEDY)

    try:
        graph = onnx.load_from_string(data).graph
    except DecodeError as error:
        raise unfit("is not an ONNX file") from error
    kept = {tensor.name for tensor in graph.initializer}
    inputs = [one for one in graph.input if one.name not in kept]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise unfit(f"takes {len(inputs)} inputs and gives {len(graph.output)} outputs, not one")
    kind = inputs[0].type.tensor_type
    shape = [size.dim_value for size in kind.shape.dim]
    told = " x ".join("?" if size == 0 else str(size) for size in shape) or "unknown shape"
    if kind.elem_type != onnx.TensorProto.FLOAT:
        raise unfit("does not take 32-bit floating-point numbers")
    if len(shape) != 4 or shape[0] > 1 or shape[1] != 3 or shape[2] != shape[3]:
        raise unfit(f"takes pictures as {told}, not as 1 x 3 x side x side")
    if not LEAST_SIDE <= shape[2] <= MOST_SIDE:
        raise unfit(f"takes pictures as {told}: a side is {LEAST_SIDE} to {MOST_SIDE} pixels")
    last = [node for node in graph.node if graph.output[0].name in node.output]
    return int(shape[2]), [node.op_type for node in last] == ["Softmax"]
