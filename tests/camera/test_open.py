from pathlib import Path

import pytest

from faceaccess.camera.device import NetworkCamera, Webcam, without_password
from faceaccess.camera.drawn import DrawnPeopleSource
from faceaccess.camera.open import open_source
from faceaccess.camera.recordings import Pictures, VideoFile
from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0", Webcam),
        (" 12 ", Webcam),
        ("/dev/video0", Webcam),
        ("rtsp://10.0.0.5/stream", NetworkCamera),
        ("RTSP://10.0.0.5:8554/stream", NetworkCamera),
        ("http://camera.example:8080/video.mjpg", NetworkCamera),
        ("demo:", DrawnPeopleSource),
        ("demo:?seed=3", DrawnPeopleSource),
    ],
)
def test_an_address_means_a_kind_of_source(address: str, kind: type) -> None:
    source = open_source(address, ManualClock())
    assert type(source) is kind
    assert source.live


def test_files_and_folders(tmp_path: Path) -> None:
    video, picture = tmp_path / "a.mp4", tmp_path / "a.JPG"
    video.write_bytes(b"x")
    picture.write_bytes(b"x")
    for path, kind in ((video, VideoFile), (picture, Pictures), (tmp_path, Pictures)):
        source = open_source(str(path), ManualClock())
        assert type(source) is kind
        assert source.address == str(path)
        assert not source.live


@pytest.mark.parametrize(
    "address",
    [
        "",
        "   ",
        "nowhere.mp4",
        "99999999999999999999",
        "x" * 5000,
        "a\0b",
        "ftp://host/video",
        "rtsp://",
        "rtsp:///path",
        "http://host:notaport/",
        "http://host:99999/",
        "http://[::1/",
        "demo:?seed=-1",
        "demo:?seed=1.5",
        "demo:?fps=0",
        "demo:?fps=61",
        "demo:?who=nobody",
        "demo:?colour=red",
        "demo:?seed",
    ],
)
def test_nonsense_is_refused_in_one_sentence_with_a_remedy(address: str) -> None:
    with pytest.raises(KnownError) as caught:
        open_source(address, ManualClock())
    assert caught.value.remedy
    assert len(caught.value.text) < 400


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://root:pa%40ss@10.0.0.5:554/axis", "rtsp://10.0.0.5:554/axis"),
        ("rtsp://root:p@ss@host/axis", "rtsp://host/axis"),
        ("http://host/v.cgi?user=a&pwd=secret", "http://host/v.cgi?..."),
        ("http://host/video", "http://host/video"),
        ("http://u:secret@[::1/", "http://..."),
    ],
)
def test_a_password_is_never_shown(address: str, shown: str) -> None:
    assert without_password(address) == shown


def test_a_wrong_address_is_refused_without_telling_its_password() -> None:
    for address in ("ftp://u:secret@host/v", "http://u:secret@host:notaport/"):
        with pytest.raises(KnownError) as caught:
            open_source(address, ManualClock())
        assert "secret" not in str(caught.value)
