"""Embedders that the user brings: what is taken, what is refused, and what is kept of them."""

import hashlib
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from tiny_onnx import tiny_embedder

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.home import DataHome
from faceaccess.vision import brought, onnx_trial
from faceaccess.vision.alignment import SFACE_POINTS
from faceaccess.vision.brought import (
    bring,
    brought_embedder,
    brought_embedders,
    build_brought,
    calibrated,
    forget,
    load,
)
from faceaccess.vision.embedders import Preparation
from faceaccess.vision.onnx_trial import OnnxFacts, UnfitError, check_graph, tried
from faceaccess.vision.protocols import Embedder
from faceaccess.vision.thresholds import measured_threshold
from faceaccess.vision.weights import package_file

PLAIN = Preparation(SFACE_POINTS, 112, False)


@pytest.fixture
def home(tmp_path: Path) -> DataHome:
    return DataHome(tmp_path / "home")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_embedder().SerializeToString())
    return path


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are tried without the child process, for speed; the child has tests of its own."""

    def here(file: Path, shown: Path, preparation: Preparation) -> OnnxFacts:
        try:
            return tried(file.read_bytes(), preparation)
        except UnfitError as error:
            raise onnx_trial._unfit(shown, str(error)) from error

    monkeypatch.setattr(brought, "try_file", here)


def test_a_file_is_tried_by_a_child_copied_and_noted(home: DataHome, file: Path) -> None:
    one = bring(home, file, "tiny-net", order="bgr", mean=[1.5], scale=0.25)
    data = file.read_bytes()
    assert one.sha256 == hashlib.sha256(data).hexdigest()
    assert (one.dimension, one.bytes, one.thresholds) == (32, len(data), {})
    assert (one.order, one.mean, one.scale) == ("bgr", (1.5, 1.5, 1.5), 0.25)
    assert one.milliseconds > 0
    file.unlink()
    assert load(home, one) == data
    (noted,) = brought_embedders(home)
    assert noted.model == one.model
    assert noted.space(colour=False) == EmbeddingSpace(one.model, "5pt-112-gray", 32)
    assert one.model.startswith("tiny-net-")
    assert "bgr, (value - 1.5/1.5/1.5) x 0.25" in one.input


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.usefixtures("in_this_process")
def test_vectors_are_those_of_the_network(home: DataHome, file: Path, *, colour: bool) -> None:
    bring(home, file, "tiny", order="bgr", mean=[10, 20, 30], scale=0.5)
    embedder = build_brought(home, "tiny", colour=colour)
    shape = (112, 112, 3) if colour else (112, 112)
    crop = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    (found,) = embedder.embed([crop])
    planes = crop.transpose(2, 0, 1) if colour else np.stack([crop] * 3)  # blue, green, red
    fed = (planes - np.array([30.0, 20.0, 10.0])[:, None, None]) * 0.5
    pooled = fed.reshape(3, 8, 14, 8, 14).mean(axis=(2, 4)).reshape(-1)
    weight = np.random.default_rng(0).normal(0, 0.1, (32, 192))
    expected = weight @ pooled
    assert found == pytest.approx(expected / np.linalg.norm(expected), abs=1e-4)


@pytest.mark.usefixtures("in_this_process")
def test_the_same_network_fed_otherwise_is_another_space(home: DataHome, file: Path) -> None:
    models = {
        bring(home, file, f"net-{i}", **how).model.split("-")[-1]  # type: ignore[arg-type]  # below
        for i, how in enumerate([{}, {"order": "bgr"}, {"mean": [0.0]}, {"scale": 1.0}])
    }
    assert len(models) == 4


@pytest.mark.usefixtures("in_this_process")
def test_bringing_twice_changes_nothing_and_names_stand_for_one_file(
    home: DataHome, file: Path, tmp_path: Path
) -> None:
    first = bring(home, file, "tiny")
    assert bring(home, file, "tiny") == first
    other = tmp_path / "other.onnx"
    other.write_bytes(tiny_embedder(seed=1).SerializeToString())
    with pytest.raises(KnownError, match="stands for another file"):
        bring(home, other, "tiny")
    with pytest.raises(KnownError, match="stands for another file"):
        bring(home, file, "tiny", scale=1.0)
    assert brought_embedders(home) == [first]


NOT_ONE = np.full((32, 192), np.nan)
GRAPHS: dict[str, tuple[Callable[[], onnx.ModelProto], str]] = {
    "a vector of not-a-number": (lambda: tiny_embedder(weight=NOT_ONE), "not finite"),
    "one vector for all": (
        lambda: tiny_embedder(weight=np.zeros((32, 192)), bias=np.arange(32)),
        "same vector for every picture",
    ),
    "zeros": (lambda: tiny_embedder(weight=np.zeros((32, 192))), "vector of zeros"),
    "few numbers": (lambda: tiny_embedder(4), "4 numbers a face"),
    "many numbers": (lambda: tiny_embedder(4097), "4097 numbers a face"),
    "another size": (lambda: tiny_embedder(shape=(1, 3, 160, 160)), "1 x 3 x 160 x 160"),
    "channels last": (lambda: tiny_embedder(shape=(1, 112, 112, 3)), "1 x 112 x 112 x 3"),
    "a batch of eight": (lambda: tiny_embedder(shape=(8, 3, 112, 112)), "8 x 3 x 112 x 112"),
    "bytes": (lambda: tiny_embedder(kind=TensorProto.UINT8), "floating-point"),
    "foreign operators": (
        lambda: tiny_embedder(after="Gelu", domain="com.example"),
        "com.example",
    ),
    "an unknown operator": (lambda: tiny_embedder(after="NoSuchThing"), "cannot be run"),
}


@pytest.mark.parametrize("what", list(GRAPHS))
@pytest.mark.usefixtures("in_this_process")
def test_networks_of_another_kind_are_refused(home: DataHome, tmp_path: Path, what: str) -> None:
    make, told = GRAPHS[what]
    path = tmp_path / "bad.onnx"
    path.write_bytes(make().SerializeToString())
    with pytest.raises(KnownError, match=told) as raised:
        bring(home, path, "bad", mean=[0.0], scale=1.0)
    assert str(raised.value).startswith(str(path))
    assert brought_embedders(home) == []
    assert [p for p in home.brought_models.iterdir() if p.suffix == ".onnx"] == []


def test_an_open_batch_size_is_taken() -> None:
    model = tiny_embedder(shape=("batch", 3, 112, 112))
    assert tried(model.SerializeToString(), PLAIN).dimension == 32


def test_two_outputs_are_refused() -> None:
    model = tiny_embedder()
    model.graph.output.append(helper.make_tensor_value_info("flat", TensorProto.FLOAT, None))
    with pytest.raises(UnfitError, match="1 inputs and gives 2 outputs"):
        check_graph(model.SerializeToString())


@pytest.mark.parametrize("inside", ["weights", "a node's tensor", "a node's graph"])
def test_weights_in_another_file_are_refused_and_never_read(inside: str) -> None:
    model = tiny_embedder()
    outside = TensorProto(data_type=TensorProto.FLOAT, dims=[1], name="outside")
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="/etc/passwd")
    if inside == "weights":
        model.graph.initializer.append(outside)
    elif inside == "a node's tensor":
        model.graph.node.append(helper.make_node("Constant", [], ["c"], value=outside))
    else:
        branch = helper.make_graph([], "branch", [], [], [outside])
        model.graph.node.append(
            helper.make_node("If", ["flat"], ["d"], then_branch=branch, else_branch=branch)
        )
    with pytest.raises(UnfitError, match="weights in another file"):
        check_graph(model.SerializeToString())


@pytest.mark.parametrize("data", [b"x", b"\x00" * 1000, b"\x08\x07", b"PK\x03\x04" * 50])
def test_what_is_no_onnx_is_refused(data: bytes) -> None:
    with pytest.raises(UnfitError, match="not an ONNX file"):
        check_graph(data)


def test_noise_and_broken_off_files_are_refused(file: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8).tobytes()
    whole = file.read_bytes()
    for data in (noise, whole[: len(whole) // 2]):
        with pytest.raises(UnfitError):
            tried(data, PLAIN)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"name": "Big Name"}, "cannot be the name"),
        ({"name": "a" * 32}, "cannot be the name"),
        ({"name": "../x"}, "cannot be the name"),
        ({"name": "sface"}, "belongs to the program"),
        ({"name": "brought"}, "belongs to the program"),
        ({"order": "grb"}, "colour order"),
        ({"mean": [1.0, 2.0]}, "one number or three"),
        ({"mean": [math.nan]}, "one number or three"),
        ({"mean": [1e9]}, "one number or three"),
        ({"scale": 0.0}, "scale"),
        ({"scale": math.inf}, "scale"),
        ({"scale": math.nan}, "scale"),
    ],
)
def test_odd_descriptions_are_refused(
    home: DataHome, file: Path, how: dict[str, object], told: str
) -> None:
    with pytest.raises(KnownError, match=told):
        bring(home, file, **{"name": "tiny", **how})  # type: ignore[arg-type]  # odd on purpose
    assert not home.brought_models.exists()


def test_odd_paths_and_sizes_are_refused(
    home: DataHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    for path, told in ((tmp_path, "folder"), (tmp_path / "no", "cannot be read"), (empty, "empty")):
        with pytest.raises(KnownError, match=told):
            bring(home, path, "tiny")
    monkeypatch.setattr(brought, "MOST_BYTES", 2**20)
    large = tmp_path / "large"
    large.write_bytes(bytes(2**20 + 1))
    with pytest.raises(KnownError, match="larger than 1 MB"):
        bring(home, large, "tiny")


def test_a_child_that_dies_or_hangs_is_told(
    home: DataHome, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(onnx_trial.sys, "executable", "/no/such/python")
        with pytest.raises(KnownError, match="cannot be started"):
            bring(home, file, "tiny")
    for code, told in (
        ("import os; os.kill(os.getpid(), 11)", "to an end with signal 11"),
        ("print('{}')", "to an end"),
        ("raise SystemExit(3)", r"\(3\)"),
    ):
        shell = home.root.parent / "python"
        shell.write_text(f'#!/bin/sh\nexec {onnx_trial.sys.executable} -c "{code}"\n')
        shell.chmod(0o700)
        with monkeypatch.context() as patch:
            patch.setattr(onnx_trial.sys, "executable", str(shell))
            with pytest.raises(KnownError, match=told):
                bring(home, file, "tiny")
    with monkeypatch.context() as patch:
        patch.setattr(onnx_trial, "SECONDS", 0.01)
        with pytest.raises(KnownError, match=r"within 0\.01 seconds"):
            bring(home, file, "tiny")
    assert brought_embedders(home) == []


def test_a_child_has_bounded_memory(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_room(_data: bytes, _way: Preparation) -> OnnxFacts:
        raise MemoryError

    monkeypatch.setattr(onnx_trial, "_bound", lambda: None)  # not on the process of the tests
    monkeypatch.setattr(onnx_trial, "tried", no_room)
    assert onnx_trial.main([str(file), "rgb", "0", "0", "0", "1"]) == 1
    assert "6 GB of memory" in capsys.readouterr().out


@pytest.mark.usefixtures("in_this_process")
def test_a_copy_that_changed_or_is_gone_is_not_loaded(home: DataHome, file: Path) -> None:
    one = bring(home, file, "tiny")
    copy = one.file(home)
    copy.write_bytes(copy.read_bytes() + b" ")
    with pytest.raises(KnownError, match="has changed"):
        build_brought(home, "tiny", colour=False)
    copy.unlink()
    with pytest.raises(KnownError, match="cannot be read"):
        build_brought(home, "tiny", colour=False)
    with pytest.raises(KnownError, match="there is: tiny"):
        build_brought(home, "other", colour=False)


@pytest.mark.usefixtures("in_this_process")
def test_thresholds_are_noted_by_preprocessing(home: DataHome, file: Path) -> None:
    one = bring(home, file, "tiny")
    space = one.space(colour=False)
    with pytest.raises(KnownError, match="No threshold was measured"):
        measured_threshold(space, home)
    calibrated(home, "tiny", "5pt-112-gray", 0.4375)
    assert measured_threshold(space, home) == 0.4375
    assert build_brought(home, "tiny", colour=False).threshold == 0.4375
    assert build_brought(home, "tiny", colour=True).threshold is None
    assert measured_threshold(EmbeddingSpace("sface", "5pt-112-gray", 128), home) == 0.50


@pytest.mark.usefixtures("in_this_process")
def test_forgetting_deletes_a_copy_that_no_other_name_needs(home: DataHome, file: Path) -> None:
    one, two = bring(home, file, "one"), bring(home, file, "two", scale=1.0)
    forget(home, "one")
    assert [x.name for x in brought_embedders(home)] == ["two"]
    assert load(home, two)
    forget(home, "two")
    assert not one.file(home).exists()
    with pytest.raises(KnownError, match="there is: none"):
        forget(home, "two")


@pytest.mark.usefixtures("in_this_process")
def test_a_damaged_list_is_told_and_not_overwritten(home: DataHome, file: Path) -> None:
    bring(home, file, "tiny")
    path = home.brought_models / "brought.toml"
    for text in ("[[embedder]", "[[embedder]]\nname = 3\n", path.read_text().replace("sha", "x")):
        path.write_text(text)
        for act in (
            lambda: brought_embedders(home),
            lambda: bring(home, file, "other"),
            lambda: brought_embedder(home, "tiny"),
        ):
            with pytest.raises(KnownError, match="cannot be read"):
                act()
        assert path.read_text() == text


def test_sface_itself_can_be_brought(home: DataHome, sface: Embedder) -> None:
    one = bring(home, package_file("sface"), "own-sface", mean=[0.0], scale=1.0)
    assert one.dimension == 128
    ours = build_brought(home, "own-sface", colour=False)
    crops = onnx_trial.test_pictures()[:2]
    assert np.abs(ours.embed(crops) - sface.embed(crops)).max() < 2e-5


def test_a_brought_network_that_fails_at_a_face_is_no_fault_of_the_program(
    home: DataHome, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brought, "try_file", lambda *_: OnnxFacts(32, 1.0))
    file.write_bytes(tiny_embedder(weight=NOT_ONE).SerializeToString())
    bring(home, file, "blind")
    embedder = build_brought(home, "blind", colour=False)
    with pytest.raises(KnownError, match="The embedder blind"):
        embedder.embed([np.zeros((112, 112), np.uint8)])
    with pytest.raises(BugError):
        embedder.embed([np.zeros((9, 9), np.uint8)])
