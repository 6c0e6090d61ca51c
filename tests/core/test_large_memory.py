"""Freed arrays are the system's again."""

import subprocess
import sys

import pytest

PROGRAM = """
from pathlib import Path
import numpy as np
from faceaccess.core.large_memory import LARGE, give_back_large_memory

def in_use():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

assert give_back_large_memory()
arrays = [np.ones(LARGE // 8 + number, np.float64) for number in range(6)]
full = in_use()
del arrays[:5]
print(full - in_use() > 4 * LARGE)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's own setting")
def test_what_is_freed_goes_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True"


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    from faceaccess.core import large_memory

    monkeypatch.setattr(large_memory.sys, "platform", "darwin")
    assert not large_memory.give_back_large_memory()
