"""A checkpoint comes back bit by bit, or is refused by name; a full disk costs nothing."""

import errno
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from faceaccess.core.errors import BugError, KnownError
from faceaccess.learn import checkpoints
from faceaccess.learn.checkpoints import clear_leftovers, load_checkpoint, save_checkpoint

ABOUT = {"training": "abc", "hyperparameters": {"batch": 3}}


def state() -> dict[str, Any]:
    return {
        "numbers": [1, -2.5, 0.1 + 0.2, 5e-324, 2**70, float("inf"), True, None, "text"],
        "pair": (0.9, 0.999),
        "by number": {0: {"step": torch.tensor(7.0)}, 1: {}},
        "tensors": [
            torch.tensor([[1.5, -0.0], [float("nan"), 3e-45]]),
            torch.tensor([], dtype=torch.int64),
            torch.tensor([1, 2, 3], dtype=torch.uint8),
            torch.arange(6, dtype=torch.float64).reshape(2, 3).T,
            torch.tensor(True),
        ],
        "empty": {},
    }


def assert_equal(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    if isinstance(expected, torch.Tensor):
        assert found.dtype == expected.dtype
        assert found.shape == expected.shape
        assert found.contiguous().numpy().tobytes() == expected.contiguous().numpy().tobytes()
    elif isinstance(expected, dict):
        assert list(found) == list(expected)
        for key in expected:
            assert_equal(found[key], expected[key])
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_equal(one, other)
    else:
        assert found == expected


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "training.checkpoint"
    save_checkpoint(path, ABOUT, state())
    return path


def test_everything_comes_back_bit_by_bit(file: Path) -> None:
    about, found = load_checkpoint(file)
    assert about == ABOUT
    assert_equal(found, state())


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.lists(st.floats(width=32, allow_nan=False), max_size=4).map(torch.tensor)
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(0, 5), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=40, deadline=None)
@given(tree=trees)
def test_any_tree_comes_back(tree: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("trees") / "checkpoint"
    save_checkpoint(path, {}, {"tree": tree})
    assert_equal(load_checkpoint(path)[1], {"tree": tree})


def test_other_things_are_our_fault(tmp_path: Path) -> None:
    with pytest.raises(BugError, match="set"):
        save_checkpoint(tmp_path / "checkpoint", {}, {"a": {1, 2}})
    assert list(tmp_path.iterdir()) == []


# --- what is refused


def test_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match=r"There is no checkpoint .*nothing.checkpoint"):
        load_checkpoint(tmp_path / "nothing.checkpoint")


def test_cut_anywhere(file: Path) -> None:
    whole = file.read_bytes()
    for length in [*range(0, len(whole), 37), len(whole) - 1]:
        file.write_bytes(whole[:length])
        with pytest.raises(KnownError, match=r"training\.checkpoint"):
            load_checkpoint(file)
    file.write_bytes(whole + b"\0")
    with pytest.raises(KnownError, match=r"training\.checkpoint"):
        load_checkpoint(file)


def test_damaged_anywhere(file: Path) -> None:
    whole = file.read_bytes()
    for place in range(0, len(whole), 13):
        damaged = bytearray(whole)
        damaged[place] ^= 0x04
        file.write_bytes(damaged)
        with pytest.raises(KnownError, match=r"training\.checkpoint"):
            load_checkpoint(file)


class Trap:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("kind", ["text", "pickle", "torch", "weights", "folder"])
def test_foreign_files(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "foreign"
    if kind == "text":
        path.write_text("nothing of the kind" * 100)
    elif kind == "pickle":
        path.write_bytes(pickle.dumps(Trap(tmp_path / "executed")))
    elif kind == "torch":
        torch.save({"weights": torch.zeros(3)}, path)
    elif kind == "weights":
        save_file({"x": np.zeros(3, np.float32)}, path, {"format": "pt"})
    else:
        path.mkdir()
    with pytest.raises(KnownError, match="foreign"):
        load_checkpoint(path)
    assert not (tmp_path / "executed").exists()


def test_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "newer"
    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "VERSION", 2)
        save_checkpoint(path, ABOUT, state())
    with pytest.raises(KnownError, match="version 2"):
        load_checkpoint(path)


# --- writing


@pytest.mark.parametrize("where", ["write", "fsync", "rename", "open"])
def test_a_full_disk_leaves_the_last_checkpoint(
    file: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    class Full:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        write = full

    before = file.read_bytes()
    with monkeypatch.context() as patched:
        if where == "write":
            patched.setattr(Path, "open", lambda *_, **__: Full())
        elif where == "fsync":
            patched.setattr(os, "fsync", full)
        elif where == "rename":
            patched.setattr(Path, "replace", full)
        else:
            patched.setattr(Path, "open", full)
        with pytest.raises(KnownError, match=r"training\.checkpoint.*No space left") as caught:
            save_checkpoint(file, ABOUT, {"other": torch.ones(1000)})
    assert "last checkpoint" in caught.value.remedy
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert_equal(load_checkpoint(file)[1], state())


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="nowhere"):
        save_checkpoint(tmp_path / "nowhere" / "checkpoint", ABOUT, state())


def test_leftovers_of_dead_processes_go(file: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead = file.with_name(f".{file.name}.{ended.pid}.part")
    mine = file.with_name(f".{file.name}.{os.getpid()}.part")
    other = file.with_name(f".another.{ended.pid}.part")
    for path in (dead, mine, other):
        path.write_bytes(b"half")
    clear_leftovers(file)
    assert sorted(path.name for path in file.parent.iterdir()) == sorted(
        [file.name, mine.name, other.name]
    )


def test_the_record_is_readable_by_others(file: Path) -> None:
    """The file is plain safetensors with JSON: nothing that only this program could read."""
    from safetensors import safe_open

    with safe_open(file, framework="numpy") as opened:
        about, _ = json.loads(opened.metadata()["record"])
    assert about == ABOUT
