"""Poor ONNX embedders, written by the tests themselves."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def poor_network(constant: float = 0.0) -> bytes:
    """Return an embedder that sees nothing but the grain of a picture: a Laplacian at 64 places of
    each plane, times a random matrix. One person's pictures are as unlike as two people's.

    Args:
        constant: spread of a constant vector that is added; a great one makes all faces alike.
    """
    chance = np.random.default_rng(0)
    edges = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float32)
    tensors = {
        "edges": np.broadcast_to(edges, (3, 1, 3, 3)).copy(),
        "weight": chance.normal(0, 1.0, (32, 192)).astype(np.float32),
        "bias": chance.normal(0, constant, 32).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["face", "edges"], ["grain"], group=3, strides=[14, 14]),
        helper.make_node("Flatten", ["grain"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "weight", "bias"], ["vector"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "poor",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, [1, 3, 112, 112])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, 32])],
        [numpy_helper.from_array(values, name) for name, values in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString())
