"""Running the command line in this process and as a real one."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from faceaccess.app import build
from faceaccess.camera.drawn_people import DEMO_THRESHOLD, STAFF, DrawnPerson, Pose, render
from faceaccess.cli.root import faceaccess
from faceaccess.core import progress
from faceaccess.core.actors import Actor
from faceaccess.core.frames import Image
from faceaccess.core.people import PersonDetails
from faceaccess.images.codec import encode_jpeg, encode_png
from faceaccess.pipeline.results import Picture


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


class Photos:
    """Pictures of drawn people as files; the same call gives the same file.

    Args:
        folder: where they are written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, person: DrawnPerson, number: int = 1) -> Path:
        """A good picture of a person; other numbers are other poses and noise."""
        path = self.folder / f"{person.name.replace(' ', '-')}-{number}.jpg"
        if not path.exists():
            turn = (0.0, -12.0, 12.0, -6.0, 6.0)[number % 5]
            image = render(person, pose=Pose(turn=turn), seed=number)
            path.write_bytes(encode_jpeg(image))
        return path

    def several(self, person: DrawnPerson, count: int = 3) -> list[Path]:
        """Different good pictures of a person."""
        return [self.of(person, number) for number in range(1, count + 1)]

    def save(self, name: str, image: Image) -> Path:
        """Write pixels (height, width, 3) blue-green-red, without loss."""
        path = self.folder / name
        path.write_bytes(encode_png(image))
        return path


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Photos:
    """Pictures of the drawn staff and strangers."""
    return Photos(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="session")
def enrolled_home(tmp_path_factory: pytest.TempPathFactory, photos: Photos) -> Path:
    """A data folder with three of the drawn staff; never used itself, only copied."""
    folder = tmp_path_factory.mktemp("enrolled") / "home"
    app = build(folder)
    try:
        app.settings.set(Actor("tests", "test"), "threshold", str(DEMO_THRESHOLD))
        for number, person in enumerate(STAFF[:3], start=1):
            details = PersonDetails(person.name, staff_number=f"10{number}")
            pictures = [Picture(str(path), path) for path in photos.several(person)]
            progress.run(app.enrolment.add(Actor("tests", "test"), details, pictures))
    finally:
        app.close()
    return folder


@pytest.fixture
def enrolled(
    home: Path, enrolled_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The data folder `home` with three of the drawn staff (numbers 101, 102, 103) enrolled."""
    shutil.copytree(enrolled_home, home)
    # Keys of its own: a person who is removed here is removed from every copy with these keys.
    shutil.copytree(os.environ["FACEACCESS_KEYS"], tmp_path / "keys")
    monkeypatch.setenv("FACEACCESS_KEYS", str(tmp_path / "keys"))
    return home
