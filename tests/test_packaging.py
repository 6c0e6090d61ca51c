"""A wheel built from the checkout carries everything and works away from it."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
CARRIED = ("pyproject.toml", "README.md", "faceaccess", "assets", "models")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel; built from a copy, so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("packaging")
    source = folder / "source"
    source.mkdir()
    for name in CARRIED:
        if (PROJECT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(PROJECT / name, source / name, ignore=ignored)
        else:
            shutil.copy(PROJECT / name, source / name)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--wheel-dir", str(folder), str(source)),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    (built,) = folder.glob("faceaccess-*.whl")
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def files_under(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part == "__pycache__" or part.startswith(".") for part in path.parts[-3:])
    }


def test_every_module_is_in_the_wheel(contents: set[str]) -> None:
    modules = {name for name in files_under(PROJECT / "faceaccess") if name.endswith(".py")}
    assert {f"faceaccess/{name}" for name in modules} <= contents


@pytest.mark.parametrize("name", ["assets", "models"])
def test_every_shipped_file_is_in_the_wheel(contents: set[str], name: str) -> None:
    shipped = files_under(PROJECT / name)
    assert shipped
    assert {f"faceaccess/{name}/{file}" for file in shipped} <= contents


def test_nothing_else_is_in_the_wheel(contents: set[str]) -> None:
    tops = {name.split("/", 1)[0] for name in contents}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"faceaccess"}


def test_the_command_is_declared(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        text = archive.read(points).decode()
    assert "faceaccess = faceaccess.__main__:main" in text


def test_the_unpacked_wheel_works_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    asked = (
        "from faceaccess.core.resources import resource_folder as r; import faceaccess;"
        "print(faceaccess.__file__); print(r('assets')); print(r('models') / 'manifest.toml')"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(installed),
        "FACEACCESS_HOME": str(tmp_path / "home"),
    }

    def ran(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            check=True,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
        )
        return done.stdout

    paths = [Path(line) for line in ran("-c", asked).splitlines()]
    assert all(path.is_relative_to(installed) and path.exists() for path in paths), paths
    assert "faceaccess, version" in ran("-m", "faceaccess", "--version")
    assert ran("-m", "faceaccess", "people", "list", "--json") == ""
