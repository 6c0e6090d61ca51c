"""A real network camera, H.264 over RTSP: Debian's GStreamer in a process of its own."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import trustme
from camera_fakes import WAIT
from rtsp_camera import RtspCamera, is_there, number_in, numbered, write_film

from faceaccess.camera.device import NetworkCamera
from faceaccess.camera.reader import CameraReader
from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame, Image

pytestmark = pytest.mark.skipif(
    not is_there(), reason="script/bootstrap --tests installs GStreamer"
)

SIZE = (320, 240)
COUNT = 250  # ten seconds


def doorway(number: int) -> Image:
    """Return a picture with detail in which something moves."""
    columns = np.arange(SIZE[0], dtype=np.int64)
    image = np.empty((SIZE[1], SIZE[0], 3), np.uint8)
    image[:] = (80 + 60 * (columns // 40 % 2))[None, :, None]
    image[120:160, number % 280 : number % 280 + 40] = 200
    return image


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "door.raw"
    assert write_film(path, (doorway(number) for number in range(COUNT))) == COUNT
    return path


@pytest.fixture
def server(film: Path) -> Iterator[RtspCamera]:
    with RtspCamera(film, SIZE, COUNT) as camera:
        yield camera


def opened(address: str, **timeouts: float) -> NetworkCamera:
    camera = NetworkCamera(address, SystemClock(), name="Gate", **timeouts)
    camera.open()
    return camera


def next_of(camera: NetworkCamera) -> Frame:
    frame = camera.read()
    assert frame is not None
    return frame


def until_it_fails(camera: NetworkCamera) -> None:
    for _ in range(10_000):
        camera.read()


def test_frames_come_in_order_are_fresh_and_none_was_in_a_buffer(server: RtspCamera) -> None:
    camera = opened(server.address)
    try:
        first = next_of(camera)
        # Opening takes more than a second, and the pictures of that time are left out.
        assert server.age(first.image) < 1.0
        frames = [next_of(camera) for _ in range(10)]
        assert server.age(frames[-1].image) < 1.0
    finally:
        camera.close()
    assert frames[0].image.shape == (240, 320, 3)
    moments = [frame.moment for frame in frames]
    assert moments == sorted(set(moments))
    assert [frame.number for frame in frames] == list(range(1, 11))


def test_pictures_that_were_held_up_are_not_shown(server: RtspCamera) -> None:
    camera = opened(server.address)
    held = threading.Event()
    try:
        for _ in range(5):
            next_of(camera)
        server.halt()
        held.wait(2.0)  # what is taken meanwhile comes at once, 2 s late at first
        server.go_on()
        ages = [server.age(next_of(camera).image) for _ in range(20)]
    finally:
        camera.close()
    # Before the halt some pictures may have been on their way; after it the oldest is 0.5 s late.
    assert max(ages[5:]) < 1.5


def test_a_camera_that_is_killed_and_started_again_comes_back(server: RtspCamera) -> None:
    camera = NetworkCamera(server.address, SystemClock(), name="Gate")
    reader = CameraReader(camera, SystemClock(), retry_seconds=0.2)
    place = reader.subscribe()
    reader.start()
    try:
        assert place.next(WAIT) is not None
        server.kill()
        for _ in range(500):
            if place.state.kind == "lost":
                break
            place.next(0.02)
        assert place.state.kind == "lost"
        server.start()
        # A picture from just before the end may still come; the ones after it are new.
        ages = [
            server.age(frame.image)
            for frame in (place.next(WAIT) for _ in range(10))
            if frame is not None
        ]
        assert place.state.kind == "running"
        assert min(ages) < 2.0
    finally:
        reader.stop()


def test_a_camera_that_ends_its_video_is_told(film: Path) -> None:
    short = film.with_name("short.raw")
    write_film(short, (doorway(number) for number in range(50)))
    with RtspCamera(short, SIZE, 50, 25, "--once") as server:
        camera = opened(server.address)
        with pytest.raises(KnownError, match="gives no more pictures"):
            until_it_fails(camera)
        camera.close()


def test_noise_in_place_of_video_ends_by_its_time_out_and_the_camera_can_be_opened_again(
    film: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with RtspCamera(film, SIZE, COUNT, 25, "--spoiled") as server:
        camera = opened(server.address, read_timeout=0.5)
        assert camera.read() is not None
        with pytest.raises(KnownError):
            until_it_fails(camera)
        camera.close()
    assert capfd.readouterr().err == ""


def test_large_pictures_are_scaled_down(tmp_path: Path) -> None:
    large, count = (1920, 1080), 30
    film = tmp_path / "large.raw"
    write_film(film, (np.full((1080, 1920, 3), 90, np.uint8) for _ in range(count)))
    with RtspCamera(film, large, count, 30) as server:
        camera = opened(server.address)
        frame = next_of(camera)
        camera.close()
        assert frame.image.shape == (720, 1280, 3)
        assert abs(int(frame.image[400, 640, 1]) - 90) <= 2


def test_a_password_is_asked_for_and_a_wrong_one_is_told(film: Path) -> None:
    secret = ("--user", "door", "--password", "open sesame")
    with RtspCamera(film, SIZE, COUNT, 25, *secret) as server:
        right = server.address.replace("127", "door:open%20sesame@127", 1)
        camera = opened(right)
        assert camera.read() is not None
        assert "sesame" not in camera.address
        camera.close()
        for address, meant in (
            (right.replace("sesame", "barley"), "refuses the password"),
            (server.address, "asks for a user and password"),
            (right.replace("/door", "/window"), "has no video under that path"),
        ):
            with pytest.raises(KnownError, match=meant) as caught:
                opened(address)
            assert "sesame" not in f"{caught.value}{caught.value.remedy}"
            assert "barley" not in f"{caught.value}{caught.value.remedy}"


def test_a_wrong_path_is_told(server: RtspCamera) -> None:
    with pytest.raises(KnownError, match="has no video under that path"):
        opened(server.address + "way")


def test_video_over_tls(film: Path, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    issued = trustme.CA().issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(str(key))
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    secure = ("--certificate", str(certificate), "--key", str(key))
    with RtspCamera(film, SIZE, COUNT, 25, *secure) as server:
        camera = opened(server.address.replace("rtsp:", "rtsps:"))
        assert camera.read() is not None
        camera.close()
        with pytest.raises(KnownError):
            opened(server.address)


def test_a_camera_without_tls_is_told(server: RtspCamera) -> None:
    with pytest.raises(KnownError, match="does not speak TLS"):
        opened(server.address.replace("rtsp:", "rtsps:"), open_timeout=1.0)


def test_numbers_can_be_read_back_out_of_a_picture() -> None:
    assert [number_in(numbered(doorway(0), n)) for n in (0, 1, 513, 1023)] == [0, 1, 513, 1023]
