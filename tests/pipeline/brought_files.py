"""An ONNX embedder, written by the tests themselves, that is a poor one."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def blind_network() -> bytes:
    """Return means of 14 x 14 pixels times a random matrix, plus a constant that outweighs them:
    all faces look much alike to it.
    """
    chance = np.random.default_rng(0)
    weight = chance.normal(0, 0.05, (32, 192)).astype(np.float32)
    bias = chance.normal(0, 3.0, 32).astype(np.float32)
    nodes = [
        helper.make_node(
            "AveragePool", ["face"], ["pooled"], kernel_shape=[14, 14], strides=[14, 14]
        ),
        helper.make_node("Flatten", ["pooled"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "weight", "bias"], ["vector"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "blind",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, [1, 3, 112, 112])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, 32])],
        [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString())
