"""`faceaccess classify`: labels for pictures, errors beside them, and models that are none."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from labelled_folders import CLASSES, PLENTY, labelled_folder, picture

from faceaccess.core.clock import SystemClock
from faceaccess.core.progress import run as run_job
from faceaccess.images.codec import encode_png
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.pipeline.picture_training import PictureTraining

from .conftest import Ran

Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that tells dark, light and middle apart; never written to."""
    folder = tmp_path_factory.mktemp("model")
    use = PictureTraining(SystemClock())
    pictures = run_job(
        use.prepare(labelled_folder(folder / "pictures"), preprocessing=Preprocessing(size=8))
    )
    run_job(use.train(pictures, folder / "three.model", PLENTY))
    return folder / "three.model"


@pytest.fixture
def shown(tmp_path: Path) -> dict[str, Path]:
    """A new picture of each class."""
    files = {}
    for name, grey in CLASSES.items():
        files[name] = tmp_path / f"new {name}.png"
        files[name].write_bytes(encode_png(picture(grey, 99, side=31)))
    return files


def test_a_line_a_picture(run: Run, model: Path, shown: dict[str, Path], home: Path) -> None:
    done = run("classify", model, *shown.values(), "--json")
    assert done.exit_code == 0
    assert [line["picture"] for line in done.lines] == [str(path) for path in shown.values()]
    assert [line["label"] for line in done.lines] == list(shown)
    for line in done.lines:
        assert line.keys() == {"picture", "label", "probability", "top"}
        labels = [label for label, _ in line["top"]]
        shares = [share for _, share in line["top"]]
        assert sorted(labels) == sorted(CLASSES)
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1.0, abs=1e-4)
        assert (line["label"], line["probability"]) == (labels[0], shares[0])
    assert not home.exists()


def test_how_many_classes_are_told(run: Run, model: Path, shown: dict[str, Path]) -> None:
    assert len(run("classify", model, shown["dark"], "--json", "--top", "2").line["top"]) == 2
    assert run("classify", model, shown["dark"], "--top", "0").exit_code == 2


def test_people_get_a_line_a_picture(run: Run, model: Path, shown: dict[str, Path]) -> None:
    done = run("classify", model, shown["light"], "--top", "2")
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"{shown['light']}: light (")
    assert line.count("%") == 2


def test_a_picture_that_cannot_be_read_is_told_beside_the_others(
    run: Run, model: Path, shown: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "cut.png").write_bytes(shown["dark"].read_bytes()[:40])
    bad = [tmp_path / "cut.png", tmp_path / "missing.png", tmp_path]
    done = run("classify", model, *bad, shown["dark"], "--json")
    assert done.exit_code == 1
    assert [line.keys() for line in done.lines[:3]] == [{"picture", "error"}] * 3
    assert [line["picture"] for line in done.lines[:3]] == [str(path) for path in bad]
    assert done.lines[3]["label"] == "dark"
    told = run("classify", model, *bad, shown["dark"])
    assert told.exit_code == 1
    assert "cut.png" in told.stderr
    assert told.stdout.startswith(str(shown["dark"]))


def spoiled(kind: str, whole: bytes) -> bytes:
    """The bytes of a model file as they must be refused."""
    (length,) = struct.unpack("<Q", whole[:8])
    header = json.loads(whole[8 : 8 + length])
    described = json.loads(header["__metadata__"]["faceaccess"])

    def with_description(description: dict[str, object]) -> bytes:
        header["__metadata__"]["faceaccess"] = json.dumps(description)
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + whole[8 + length :]

    return {
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "text": b"This is a letter.\n" * 50,
        "one bit": whole[:-10] + bytes([whole[-10] ^ 1]) + whole[-9:],
        "newer": with_description({**described, "version": 99}),
        "foreign": with_description({**described, "format": "a song"}),
    }[kind]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("cut", "cut off"),
        ("empty", "spoiled.model"),
        ("text", "not a model file"),
        ("one bit", "damaged"),
        ("newer", "version 99"),
        ("foreign", "not a model file"),
    ],
)
def test_a_file_that_is_no_model_of_this_version_is_refused(
    run: Run, model: Path, shown: dict[str, Path], tmp_path: Path, kind: str, word: str
) -> None:
    path = tmp_path / "spoiled.model"
    path.write_bytes(spoiled(kind, model.read_bytes()))
    run("classify", path, shown["dark"]).refused("spoiled.model", word)
    assert set(run("classify", path, shown["dark"], "--json").line) == {"error", "remedy"}


def test_a_model_that_is_missing_or_a_folder(
    run: Run, shown: dict[str, Path], tmp_path: Path
) -> None:
    run("classify", tmp_path / "missing.model", shown["dark"]).refused("missing.model")
    run("classify", tmp_path, shown["dark"]).refused(str(tmp_path))


def test_wrong_usage(run: Run, model: Path, home: Path) -> None:
    for arguments in ((), (model,)):
        assert run("classify", *arguments).exit_code == 2
    assert not home.exists()
