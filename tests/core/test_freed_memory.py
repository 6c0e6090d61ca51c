"""Freed arrays go back to the system when asked."""

import subprocess
import sys

import pytest

PROGRAM = """
from pathlib import Path
import numpy as np
from faceaccess.core.freed_memory import give_back_freed_memory

def in_use():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

piece = 100 * 1024  # bytes, below what glibc maps by itself
arrays = [np.ones(piece // 8) for _ in range(400)]
last = np.ones(piece // 8)  # holds the end of the heap
del arrays
before = in_use()
assert give_back_freed_memory()
print(before - in_use() > 300 * piece)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's own")
def test_what_is_freed_goes_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True"


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    from faceaccess.core import freed_memory

    monkeypatch.setattr(freed_memory.sys, "platform", "darwin")
    assert not freed_memory.give_back_freed_memory()
