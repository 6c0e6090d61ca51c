"""CIFAR-10 as tensors: decoded once from the folder of class folders, then read from a copy."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torchvision.datasets import ImageFolder
from torchvision.transforms.functional import pil_to_tensor

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
HELD_OUT = 5_000
HELD_OUT_SEED = 20_211_024
"""Which training pictures validate is drawn once, for all seeds of all runs."""


@dataclass(frozen=True)
class Part:
    """Pictures as float32 (n, 3, 32, 32) in [-1, 1], labels as int64 (n,)."""

    pictures: Tensor
    labels: Tensor


def decoded() -> dict[str, Tensor]:
    """Return uint8 pictures and labels of both parts, from the copy in the temporary folder."""
    copy = Path(tempfile.gettempdir()) / "bench-cifar10-decoded.pt"
    if not copy.exists():
        told = subprocess.run(
            [sys.executable, DATA / "unpack.py", "cifar10"],
            check=True,
            capture_output=True,
            text=True,
        )
        root = Path(told.stdout.strip().splitlines()[-1])
        made = {}
        for part in ("train", "test"):
            folder = ImageFolder(str(root / part))
            made[part] = torch.stack([pil_to_tensor(folder.loader(p)) for p, _ in folder.samples])
            made[f"{part} labels"] = torch.tensor(folder.targets)
        written = copy.with_suffix(f".{os.getpid()}")
        torch.save(made, written)
        written.replace(copy)
    return torch.load(copy, weights_only=True)


def scaled(pictures: Tensor, reading: str = "") -> Tensor:
    """Return float32 in [-1, 1], or as another reading of the source has it."""
    x = pictures.float()
    if "gray" in reading:
        x = torch.tensordot(x, torch.tensor([0.299, 0.587, 0.114]), ([1], [0])).unsqueeze(1)
    if "unit interval" in reading:
        return (x / 255.0).contiguous()
    return (x / 127.5 - 1.0).contiguous()


def cifar10(protocol: str, reading: str = "") -> tuple[Part, Part]:
    """Return what trains and what is evaluated.

    `test`: 50,000 train, the 10,000 test pictures evaluate. `validation`: 45,000 of the training
    pictures train, the other 5,000 evaluate, and no test picture is read.
    """
    raw = decoded()
    if protocol == "test":
        return (
            Part(scaled(raw["train"], reading), raw["train labels"]),
            Part(scaled(raw["test"], reading), raw["test labels"]),
        )
    mixed = torch.randperm(
        len(raw["train"]), generator=torch.Generator().manual_seed(HELD_OUT_SEED)
    )
    parts = [
        Part(scaled(raw["train"][which], reading), raw["train labels"][which])
        for which in (mixed[HELD_OUT:], mixed[:HELD_OUT])
    ]
    return parts[0], parts[1]
