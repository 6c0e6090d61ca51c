"""Runs a torch module."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


class TorchEngine:
    """A module on the CPU, in inference mode, with its memory laid out channels last.

    Of what torch offers, this was within 5 % of the fastest at a batch of one (docs/adr/0006);
    tracing is deprecated there, and compiling needs a compiler on the machine.

    Args:
        module: takes and gives one float32 tensor; it is switched to evaluation and frozen.
    """

    def __init__(self, module: nn.Module) -> None:
        self._module = module.eval().requires_grad_(False)
        self._module = self._module.to(memory_format=torch.channels_last)

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the module's output for (n, channels, height, width) float32."""
        with torch.inference_mode():
            tensor = torch.from_numpy(np.ascontiguousarray(batch, dtype=np.float32))
            output = self._module(tensor.contiguous(memory_format=torch.channels_last))
        result: NDArray[np.float32] = output.numpy()
        return result
