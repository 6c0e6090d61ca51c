"""A network of the user's about liveness: files written by the tests, whole and broken."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from voice_files import network

from faceaccess.core.errors import KnownError
from faceaccess.vision.liveness.voice import CROP_SCALE, LivenessNetwork, seen_part

BOX = (20.0, 20.0, 20.0, 20.0)


def loaded(folder: Path, data: bytes) -> LivenessNetwork:
    file = folder / "voice.onnx"
    file.write_bytes(data)
    return LivenessNetwork(str(file), hashlib.sha256(data).hexdigest().upper())


def grey(level: int) -> np.ndarray:
    return np.full((90, 120, 3), level, np.uint8)


def test_numbers_become_the_share_that_speaks_for_life(tmp_path: Path) -> None:
    voice = loaded(tmp_path, network())
    for level in (0, 10, 40):
        expected = np.exp(0.1 * level) / (np.exp(0.1 * level) + 2)
        assert voice.share_alive(grey(level), BOX) == pytest.approx(expected, abs=1e-4)
    ended = loaded(tmp_path, network(softmax=True))
    assert ended.share_alive(grey(10), BOX) == pytest.approx(np.exp(1) / (np.exp(1) + 2), abs=1e-4)
    two = loaded(tmp_path, network(numbers=2))
    assert two.share_alive(grey(0), BOX) == pytest.approx(0.5)


def test_what_is_shown_is_the_box_made_larger_and_moved_into_the_picture() -> None:
    rows, columns = np.mgrid[0:90, 0:120]
    image = np.dstack([rows, columns, rows]).astype(np.uint8)
    part = seen_part(image, (50.0, 35.0, 20.0, 20.0))
    assert part.shape[:2] == (54, 54) == (int(20 * CROP_SCALE), int(20 * CROP_SCALE))
    assert (part[0, 0, 0], part[0, 0, 1]) == (18, 33)
    corner = seen_part(image, (-5.0, -5.0, 20.0, 20.0))
    assert (corner.shape[:2], corner[0, 0, 0], corner[0, 0, 1]) == ((54, 54), 0, 0)
    large = seen_part(image, (10.0, 5.0, 60.0, 80.0))
    assert large.shape[:2] == (90, 67)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "SHA-256|not an ONNX file|takes 0 inputs"),
        (b"GIF89a" * 50, "not an ONNX file"),
        (network(shape=(1, 1, 40, 40)), "takes pictures as 1 x 1 x 40 x 40"),
        (network(shape=(1, 3, 40, 50)), "takes pictures as 1 x 3 x 40 x 50"),
        (network(shape=(1, 3, 16, 16)), "a side is 32 to 512"),
        (network(shape=(1, 3, 4000, 4000)), "a side is 32 to 512"),
        (network(shape=(2, 3, 40, 40)), "takes pictures as 2 x 3"),
        (network(numbers=5), "gives numbers of shape 1 x 5"),
        (network(numbers=1), "gives numbers of shape 1 x 1"),
        (network(bias=float("nan")), "not finite"),
        (network()[:-200], "not an ONNX file|cannot be run|takes"),
    ],
)
def test_a_file_that_is_no_such_network_is_told_and_not_used(
    tmp_path: Path, data: bytes, told: str
) -> None:
    with pytest.raises(KnownError, match=told):
        loaded(tmp_path, data)


def test_another_file_than_the_one_noted_is_not_loaded(tmp_path: Path) -> None:
    file = tmp_path / "voice.onnx"
    file.write_bytes(network())
    with pytest.raises(KnownError, match=r"its SHA-256 is [0-9a-f]{64}, and .* is 0000"):
        LivenessNetwork(str(file), "0000")
    with pytest.raises(KnownError, match="is none"):
        LivenessNetwork(str(file), "")


@pytest.mark.parametrize("name", ["missing.onnx", "."])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(KnownError, match="cannot be read"):
        LivenessNetwork(str(tmp_path / name), "00")


def test_a_path_that_depends_on_the_folder_is_refused() -> None:
    with pytest.raises(KnownError, match="no whole path"):
        LivenessNetwork("voice.onnx", "00")
