"""A file that is whole or absent, whatever breaks its writing off."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faceaccess.core.errors import KnownError
from faceaccess.core.whole_file import whole_file


def write(path: Path, data: bytes) -> None:
    with whole_file(path) as out:
        out.write(data)


def test_a_new_file_and_a_replaced_one(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write(path, b"old")
    write(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), KnownError("x")])
def test_an_error_in_the_block_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a"
    write(path, b"old")

    def break_off() -> None:
        with whole_file(path) as out:
            out.write(b"half")
            raise error

    with pytest.raises(type(error)):
        break_off()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace"])
def test_a_full_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "a"
    write(path, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(call, full)
    with pytest.raises(KnownError, match=r"a cannot be written: No space left on device\."):
        write(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_in_the_block_is_told_too(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="No space left"), whole_file(tmp_path / "a"):
        Path("/dev/full").write_bytes(b"x")
    assert list(tmp_path.iterdir()) == []


def test_places_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").write_bytes(b"")
    for path in (tmp_path / "missing" / "a", tmp_path / "folder", tmp_path / ("x" * 300)):
        with pytest.raises(KnownError, match="cannot be written"):
            write(path, b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_a_killed_process_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write(path, b"old")
    program = (
        "import os, signal, sys, pathlib\n"
        "from faceaccess.core.whole_file import whole_file\n"
        "with whole_file(pathlib.Path(sys.argv[1])) as out:\n"
        "    out.write(b'half' * 100_000)\n"
        "    out.flush()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, path], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    assert all(p.name.startswith(".") for p in tmp_path.iterdir() if p != path)
    write(path, b"new")
    assert path.read_bytes() == b"new"


def test_the_file_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr("os.fsync", lambda handle: (calls.append("sync"), sync(handle)))
    monkeypatch.setattr(
        "pathlib.Path.replace", lambda a, b: (calls.append("rename"), replace(a, b))
    )
    write(tmp_path / "a", b"x")
    assert calls == ["sync", "rename", "sync"]
