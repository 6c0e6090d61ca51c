"""Running the command line in this process and as a real one."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from faceaccess.cli.root import faceaccess


@dataclass(frozen=True)
class Ran:
    """What a run of the command line gave."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Standard output as JSON objects; every line has to be one."""
        objects = [json.loads(line) for line in self.stdout.splitlines()]
        assert all(isinstance(one, dict) for one in objects), self.stdout
        return objects

    @property
    def line(self) -> dict[str, Any]:
        """The only JSON object of standard output."""
        (only,) = self.lines
        return only

    def refused(self, *words: str) -> "Ran":
        """Assert a known error: exit 1, a sentence with these words, no traceback."""
        assert self.exit_code == 1, self
        assert "Traceback" not in self.stdout + self.stderr
        for word in words:
            assert word in self.stderr + self.stdout, self
        return self


@pytest.fixture
def run(home: Path) -> Callable[..., Ran]:
    """Run a command in this process on the data folder `home`."""

    def runner(*arguments: str | Path) -> Ran:
        done = CliRunner().invoke(faceaccess, [str(one) for one in arguments])
        return Ran(done.exit_code, done.stdout, done.stderr)

    return runner


@pytest.fixture
def process(home: Path) -> Callable[..., Ran]:
    """Run a command as a process of its own, as a user would."""

    def runner(*arguments: str | Path, **variables: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "faceaccess", *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "FACEACCESS_HOME": str(home), **variables},
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return runner
