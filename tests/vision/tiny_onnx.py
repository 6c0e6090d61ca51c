"""Small ONNX networks written by the tests themselves."""

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def tiny_embedder(
    dimension: int = 32,
    *,
    seed: int = 0,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    shape: Sequence[int | str] = (1, 3, 112, 112),
    kind: int = TensorProto.FLOAT,
    after: str = "",
    domain: str = "",
) -> onnx.ModelProto:
    """Return means of 14 x 14 pixels, flattened, times a random matrix: (1, dimension).

    Args:
        dimension: of the vectors.
        seed: of the matrix.
        weight: (dimension, 192) instead of the random matrix.
        bias: (dimension,), or zeros.
        shape: that the input declares.
        kind: of number that the input declares.
        after: an operator that the output goes through, or "".
        domain: of that operator.
    """
    if weight is None:
        weight = np.random.default_rng(seed).normal(0, 0.1, (dimension, 192))
    if bias is None:
        bias = np.zeros(len(weight))
    nodes = [
        helper.make_node(
            "AveragePool", ["face"], ["pooled"], kernel_shape=[14, 14], strides=[14, 14]
        ),
        helper.make_node("Flatten", ["pooled"], ["flat"], axis=1),
        helper.make_node(
            "Gemm", ["flat", "weight", "bias"], ["made" if after else "vector"], transB=1
        ),
    ]
    if after:
        nodes.append(helper.make_node(after, ["made"], ["vector"], domain=domain))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("face", kind, list(shape))],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, len(weight)])],
        [
            numpy_helper.from_array(weight.astype(np.float32), "weight"),
            numpy_helper.from_array(bias.astype(np.float32), "bias"),
        ],
    )
    opsets = [helper.make_opsetid("", 13)]
    if domain:
        opsets.append(helper.make_opsetid(domain, 1))
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)
