"""Networks about liveness, written by the tests themselves."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def network(
    *,
    numbers: int = 3,
    shape: tuple[int, ...] = (1, 3, 40, 40),
    gain: float = 0.1,
    bias: float = 0,
    softmax: bool = False,
) -> bytes:
    """Return a network whose number for life is `gain` times the mean of what it sees."""
    weight = np.zeros((numbers, 3), np.float32)
    weight[min(1, numbers - 1)] = gain / 3
    tensors = {"weight": weight, "bias": np.full(numbers, bias, np.float32)}
    nodes = [
        helper.make_node("GlobalAveragePool", ["face"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "weight", "bias"], ["said"], transB=1),
    ]
    if softmax:
        nodes[-1].output[0] = "numbers"
        nodes.append(helper.make_node("Softmax", ["numbers"], ["said"], axis=1))
    graph = helper.make_graph(
        nodes,
        "voice",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info("said", TensorProto.FLOAT, [1, numbers])],
        [numpy_helper.from_array(values, name) for name, values in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString())
