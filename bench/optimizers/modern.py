"""Today's parameter-free and direction methods, at the defaults that their package documents.

From pytorch-optimizer (`pip install --no-deps pytorch_optimizer==4.1.0`), no dependency of the
project.
"""

from torch.nn import Module
from torch.optim import Optimizer


def prodigy(network: Module, rate: float | None) -> Optimizer:
    from pytorch_optimizer import Prodigy

    return Prodigy(network.parameters(), lr=rate, foreach=True)


def schedule_free(network: Module, rate: float | None) -> Optimizer:
    from pytorch_optimizer import ScheduleFreeAdamW

    optimizer = ScheduleFreeAdamW(network.parameters(), lr=rate, foreach=True)
    optimizer.train()
    return optimizer


def lion(network: Module, rate: float | None) -> Optimizer:
    from pytorch_optimizer import Lion

    return Lion(network.parameters(), lr=rate, foreach=True)


def signum(network: Module, rate: float | None) -> Optimizer:
    from pytorch_optimizer import SignSGD

    return SignSGD(network.parameters(), lr=rate, foreach=True)


def muon(network: Module, rate: float | None) -> Optimizer:
    """Make Muon as its documentation advises: hidden matrices by Muon, the rest by AdamW.

    The rest are the biases and the classifier, the last linear layer.
    """
    from pytorch_optimizer import Muon

    *hidden, last = [p for p in network.parameters() if p.ndim > 1]
    rest = [p for p in network.parameters() if p.ndim <= 1] + [last]
    groups = [{"params": hidden, "use_muon": True}, {"params": rest, "use_muon": False}]
    return Muon(groups, lr=rate, foreach=True)
