"""The model file: what is written is read, and nothing else is."""

import hashlib
import json
import math
import os
import pickle
import struct
import tempfile
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save
from trained_networks import CLASSES, NETWORK, figures, trained_network, weights_of

from faceaccess.core.errors import BugError, KnownError
from faceaccess.learn import model_file
from faceaccess.learn.choices import FACE_CNN
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.model_file import MAX_HISTORY, Model, load_model, save_model
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.learn.trained_network import TrainedNetwork


@cache
def written() -> bytes:
    """Return the bytes of a whole model file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        save_model(path, trained_network())
        return path.read_bytes()


def same(model: Model, trained: TrainedNetwork) -> None:
    """Assert that every field but the network's text is equal, weights bit for bit."""
    assert model.weights.keys() == trained.weights.keys()
    for name, values in trained.weights.items():
        assert model.weights[name].tobytes() == values.tobytes()
        assert model.weights[name].shape == values.shape
    for field in fields(TrainedNetwork):
        if field.name != "weights":
            assert getattr(model, field.name) == getattr(trained, field.name), field.name


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "faces.model"
    trained = trained_network(accuracy=None, skipped_steps=3)
    save_model(path, trained)
    model = load_model(path)
    same(model, trained)
    assert model.network == NETWORK
    assert list(tmp_path.iterdir()) == [path]


def test_a_named_network_is_written_with_its_layers(tmp_path: Path) -> None:
    preprocessing = Preprocessing(16, colour=True)
    trained = trained_network(
        weights=weights_of("face", preprocessing, 2),
        hyperparameters=Hyperparameters(network="face"),
        preprocessing=preprocessing,
        classes=("a", "b"),
    )
    save_model(tmp_path / "m", trained)
    model = load_model(tmp_path / "m")
    assert model.network == FACE_CNN
    same(model, trained)


def test_the_file_is_plain_safetensors_and_the_same_each_time(tmp_path: Path) -> None:
    tensors = load(written())
    assert tensors.keys() == trained_network().weights.keys()
    save_model(tmp_path / "m", trained_network())
    assert (tmp_path / "m").read_bytes() == written()


def test_figures_that_are_no_numbers_are_kept(tmp_path: Path) -> None:
    save_model(tmp_path / "m", trained_network(loss=math.nan, stopped_by="diverged"))
    model = load_model(tmp_path / "m")
    assert math.isnan(model.loss)
    assert model.stopped_by == "diverged"


def test_a_very_long_history_is_thinned_and_keeps_its_end(tmp_path: Path) -> None:
    epochs = 2 * MAX_HISTORY + 1
    save_model(
        tmp_path / "m", trained_network(history=tuple(figures(i) for i in range(1, epochs + 1)))
    )
    history = load_model(tmp_path / "m").history
    assert MAX_HISTORY / 2 < len(history) <= MAX_HISTORY
    assert history[-1].epoch == epochs
    assert {b.epoch - a.epoch for a, b in pairwise(history)} == {3}


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weights_that_are_not_finite_are_never_written(tmp_path: Path, value: float) -> None:
    trained = trained_network()
    next(iter(trained.weights.values())).reshape(-1)[0] = value
    with pytest.raises(BugError, match="finite"):
        save_model(tmp_path / "m", trained)
    assert list(tmp_path.iterdir()) == []


# --- damage


def read(folder: Path, data: bytes) -> Model:
    path = folder / "model"
    path.write_bytes(data)
    return load_model(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def equal_or_known_error(folder: Path, data: bytes) -> None:
    """Whatever else is raised fails the test, and so does anything that is read but differs."""
    try:
        model = read(folder, data)
    except KnownError as refused:
        error = refused
    else:
        same(model, trained_network())
        return
    assert str(folder / "model") in error.text
    assert error.remedy


@given(st.integers(0, len(written()) - 1), st.integers(1, 255))
def test_a_flipped_byte_anywhere(folder: Path, place: int, flip: int) -> None:
    data = bytearray(written())
    data[place] ^= flip
    equal_or_known_error(folder, bytes(data))


def test_every_flipped_byte_of_the_weights_is_found(folder: Path) -> None:
    whole = written()
    start = 8 + struct.unpack("<Q", whole[:8])[0]
    for place in range(start, len(whole)):
        data = bytearray(whole)
        data[place] ^= 1
        with pytest.raises(KnownError, match="damaged or cut off: its checksum is wrong"):
            read(folder, bytes(data))


@given(st.integers(0, len(written()) - 1))
def test_a_file_that_is_cut_anywhere(folder: Path, length: int) -> None:
    with pytest.raises(KnownError):
        read(folder, written()[:length])


def test_a_cut_file_is_called_cut(folder: Path) -> None:
    for length in (200, 1500, len(written()) - 1):
        with pytest.raises(KnownError, match="is damaged or cut off"):
            read(folder, written()[:length])


@given(st.integers(0, len(written())), st.binary(min_size=1, max_size=40), st.booleans())
def test_bytes_that_were_put_in_or_replaced(
    folder: Path, place: int, more: bytes, replaced: bool
) -> None:
    rest = written()[place + len(more) * replaced :]
    equal_or_known_error(folder, written()[:place] + more + rest)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_refused(folder: Path, data: bytes, header: bool) -> None:
    whole = struct.pack("<Q", len(data)) + data if header else data
    with pytest.raises(KnownError, match="is not a model file of faceaccess"):
        read(folder, whole)


# --- foreign files


def described(content: object = None, **changed: Any) -> dict[str, str]:
    """Return the metadata of a file like ours; `content` with a right checksum."""
    weights = trained_network().weights
    record = json.loads(json.loads(written()[8 : 8 + _header()])["__metadata__"]["faceaccess"])
    if content is not None:
        record |= {"content": content, "sha256": model_file._checksum(content, weights)}
    return {"faceaccess": json.dumps(record | changed)}


def _header() -> int:
    return int(struct.unpack("<Q", written()[:8])[0])


def content(**changed: Any) -> dict[str, Any]:
    record = json.loads(json.loads(written()[8 : 8 + _header()])["__metadata__"]["faceaccess"])
    return record["content"] | changed


def test_the_helpers_make_a_file_that_is_read(folder: Path) -> None:
    same(
        read(folder, save(dict(trained_network().weights), described(content()))), trained_network()
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 a zip, as torch.save writes",
        pickle.dumps({"weights": [1.0]}),
        save({"w": np.zeros(3, np.float32)}),
        save({"w": np.zeros(3, np.float32)}, {"format": "pt"}),
        save({"w": np.zeros(3, np.float32)}, {"faceaccess": "{}"}),
        save({"w": np.zeros(3, np.float32)}, {"faceaccess": "[" * 100_000}),
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 2) + b"{}",
    ],
)
def test_foreign_files(folder: Path, data: bytes) -> None:
    with pytest.raises(KnownError, match="is not a model file of faceaccess"):
        read(folder, data)


def test_loading_executes_nothing(folder: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
            return os.system, (f"touch {folder / 'executed'}",)

    data = pickle.dumps(Evil())
    for whole in (data, struct.pack("<Q", len(data)) + data):
        with pytest.raises(KnownError):
            read(folder, whole)
    assert not (folder / "executed").exists()


@pytest.mark.parametrize("version", [0, 2, "1", None, [1]])
def test_other_versions_are_refused_by_name(folder: Path, version: object) -> None:
    data = save(dict(trained_network().weights), described(version=version))
    with pytest.raises(KnownError, match=r"is of version .*; this program reads 1\. Update"):
        read(folder, data)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"classes": []}, "classes"),
        ({"classes": ["a", "a", "b"]}, "names that differ"),
        ({"classes": ["a", "", "b"]}, "names that differ"),
        ({"classes": "abc"}, "names that differ"),
        ({"classes": ["a", "b"]}, "its weights are not those of its network"),
        ({"classes": ["x" * 300, "b", "c"]}, "names that differ"),
        ({"fingerprint": "x" * 64}, "fingerprint"),
        ({"fingerprint": None}, "fingerprint"),
        ({"network": 5}, "network"),
        ({"network": "conv 9999x9999 | classes"}, "does not fit"),
        ({"network": "fc 999999 | fc 999999 | classes"}, "parameters, more than"),
        ({"network": "fc 4 | relu | classes"}, "its weights are not those of its network"),
        ({"network": "fc (x for x in ()) | classes"}, "is not known"),
        ({"stopped_by": None}, "network"),
        ({"seconds": -1}, "figures"),
        ({"seconds": math.inf}, "figures"),
        ({"seconds": 10**400}, "not understood"),
        ({"seconds": [1]}, "not understood"),
        ({"accuracy": 1.5}, "figures"),
        ({"accuracy": math.nan}, "figures"),
        ({"accuracy": "0.5"}, "not understood"),
        ({"loss": None}, "not understood"),
        ({"history": 5}, "not understood"),
        ({"history": [5]}, "figures of an epoch"),
        ({"history": [{"epoch": 1}]}, "figures of an epoch"),
        ({"preprocessing": {"size": 0, "colour": False}}, "picture size of 0"),
        ({"preprocessing": {"size": 8, "colour": False}}, "not those of its network"),
        ({"preprocessing": None}, "preprocessing"),
        ({"hyperparameters": {"batch": 0}}, "Batch|batch"),
        ({"hyperparameters": {"surprise": 0}}, "surprise"),
        ({"hyperparameters": 3}, "not understood"),
        ({"skipped_steps": {}}, "not understood"),
    ],
)
def test_contents_that_do_not_fit(folder: Path, changed: dict[str, Any], says: str) -> None:
    data = save(dict(trained_network().weights), described(content(**changed)))
    with pytest.raises(KnownError, match=f"is damaged or cut off: .*({says})"):
        read(folder, data)


def test_a_missing_field_is_damage(folder: Path) -> None:
    for name in content():
        less = {key: value for key, value in content().items() if key != name}
        data = save(dict(trained_network().weights), described(less))
        with pytest.raises(KnownError, match="is damaged"):
            read(folder, data)


@pytest.mark.parametrize("whole", [[], "text", 5, None])
def test_a_content_that_is_no_record_is_damage(folder: Path, whole: object) -> None:
    record = {"format": "faceaccess picture model", "version": 1, "content": whole}
    record["sha256"] = model_file._checksum(whole, trained_network().weights)
    data = save(dict(trained_network().weights), {"faceaccess": json.dumps(record)})
    with pytest.raises(KnownError, match="is damaged"):
        read(folder, data)


def with_weights(**weights: np.ndarray) -> bytes:
    record = json.loads(described()["faceaccess"])
    record["sha256"] = model_file._checksum(record["content"], weights)
    return save(weights, {"faceaccess": json.dumps(record)})


def test_weights_of_another_kind(folder: Path) -> None:
    whole = dict(trained_network().weights)
    name = next(iter(whole))
    for changed in (
        {name: whole[name].astype(np.float64)},
        {name: whole[name].astype(np.float16)},
        {name: whole[name].astype(np.int32)},
        {name: whole[name].reshape(-1)},
        {name: np.full_like(whole[name], np.nan)},
        {name: np.full_like(whole[name], -np.inf)},
        {"more": whole[name]},
    ):
        with pytest.raises(KnownError, match="damaged or cut off: its weights"):
            read(folder, with_weights(**(whole | changed)))
    del whole[name]
    with pytest.raises(KnownError, match="its weights are not those of its network"):
        read(folder, with_weights(**whole))


# --- places


def test_places_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="There is no model file"):
        load_model(tmp_path / "none")
    with pytest.raises(KnownError, match="is a folder, not a model file"):
        load_model(tmp_path)
    with pytest.raises(KnownError, match="cannot be read: "):
        load_model(tmp_path / ("x" * 300))


def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "MAX_FILE_BYTES", 2**20)
    (tmp_path / "m").write_bytes(written() + bytes(2**20))
    with pytest.raises(KnownError, match="more than 1 MB"):
        load_model(tmp_path / "m")


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m"
    save_model(path, trained_network())

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(KnownError, match="cannot be written: No space left on device"):
        save_model(path, trained_network(seconds=99.0))
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == [path]
    same(load_model(path), trained_network())
    with pytest.raises(KnownError, match="cannot be written: No such file"):
        save_model(tmp_path / "missing" / "m", trained_network())


def test_the_order_of_the_names_does_not_change_the_checksum() -> None:
    weights = dict(trained_network().weights)
    backwards = dict(reversed(weights.items()))
    one = model_file._checksum({"a": 1, "b": [CLASSES]}, weights)
    assert model_file._checksum({"b": [CLASSES], "a": 1}, backwards) == one
    assert len(one) == len(hashlib.sha256().hexdigest())
