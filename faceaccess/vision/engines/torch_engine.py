"""Runs a torch module."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


class TorchEngine:
    """A module on the CPU, in inference mode, with its memory laid out channels last.

    Of what torch offers, this was within 8 % of the fastest at a batch of one; tracing is
    deprecated there, and compiling needs a compiler on the machine
    (docs/adr/embedders-and-weights.md).

    One thread: a second one saves 5 ms of 13 on a quiet machine of two cores, but waits for a core
    on a busy one (medians of 77 to 240 ms were seen beside a training). A door must not depend on
    what else runs. The number is torch's own, for the whole process.

    Args:
        module: takes and gives one float32 tensor; it is switched to evaluation and frozen.
    """

    def __init__(self, module: nn.Module) -> None:
        torch.set_num_threads(1)
        self._module = module.eval().requires_grad_(False)
        self._module = self._module.to(memory_format=torch.channels_last)

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the module's output for (n, channels, height, width) float32."""
        with torch.inference_mode():
            tensor = torch.from_numpy(np.ascontiguousarray(batch, dtype=np.float32))
            output = self._module(tensor.contiguous(memory_format=torch.channels_last))
        result: NDArray[np.float32] = output.numpy()
        return result
