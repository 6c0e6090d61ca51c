import contextlib
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from camera_fakes import WAIT

from faceaccess.camera import device
from faceaccess.camera.device import NetworkCamera, Webcam
from faceaccess.camera.reader import CameraReader
from faceaccess.core.clock import ManualClock, SystemClock
from faceaccess.core.errors import KnownError


class CameraServer:
    """A network camera on this computer: motion JPEG over HTTP, until it is told to hang up."""

    def __init__(self) -> None:
        self.hang_up = threading.Event()
        self.fall_silent = threading.Event()
        self.visitors = 0
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.visitors += 1
                if "Basic dTpzZWNyZXQ=" not in self.headers.get("Authorization", ""):
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                with contextlib.suppress(OSError):  # the visitor left
                    server.stream(self)

            def log_message(self, *args: object) -> None:
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = False
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://u:secret@127.0.0.1:{self._http.server_port}/video"

    def stream(self, visitor: http.server.BaseHTTPRequestHandler) -> None:
        level = 0
        while not self.hang_up.is_set():
            level = (level + 20) % 256
            data = cv2.imencode(".jpg", np.full((48, 64, 3), level, np.uint8))[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            if not self.fall_silent.is_set():
                visitor.wfile.write(head.encode() + data + b"\r\n")
            self.hang_up.wait(0.02)

    def close(self) -> None:
        self.hang_up.set()
        self._http.shutdown()
        self._http.server_close()  # waits for the visitors' threads
        self._thread.join(WAIT)


def drain(camera: NetworkCamera) -> None:
    """Read until the camera fails, or for 10,000 frames."""
    for _ in range(10_000):
        camera.read()


@pytest.fixture
def server() -> Iterator[CameraServer]:
    server = CameraServer()
    yield server
    server.close()


def test_a_network_camera_gives_frames_and_hides_its_password(
    server: CameraServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    clock = SystemClock()
    camera = NetworkCamera(server.address, clock, name="Gate")
    assert "secret" not in camera.address
    began, time = clock.monotonic(), clock.now()
    camera.open()
    try:
        frames = [camera.read() for _ in range(5)]
    finally:
        camera.close()
    assert [frame.number for frame in frames if frame] == [0, 1, 2, 3, 4]
    first = frames[0]
    assert first is not None
    assert first.image.shape == (48, 64, 3)
    assert first.image.dtype == np.uint8
    assert first.camera == "Gate"
    assert began < first.moment < clock.monotonic()
    assert time < first.time < clock.now()
    moments = [frame.moment for frame in frames if frame]
    assert moments == sorted(set(moments))
    assert "secret" not in caplog.text
    assert capfd.readouterr().err == ""


def test_a_camera_that_hangs_up_is_an_error_and_a_new_opening_works(server: CameraServer) -> None:
    camera = NetworkCamera(server.address, SystemClock(), name="Gate")
    camera.open()
    server.hang_up.set()
    with pytest.raises(KnownError, match="gives no more pictures"):
        drain(camera)
    server.hang_up.clear()
    camera.open()
    assert camera.read() is not None
    camera.close()
    assert server.visitors >= 2


def test_a_camera_that_falls_silent_ends_by_its_time_out(server: CameraServer) -> None:
    camera = NetworkCamera(server.address, SystemClock(), name="Gate", read_timeout=0.4)
    camera.open()
    server.fall_silent.set()
    with pytest.raises(KnownError, match="gives no more pictures"):
        drain(camera)
    camera.close()


def test_the_reader_finds_a_camera_again_that_hung_up(server: CameraServer) -> None:
    camera = NetworkCamera(server.address, SystemClock(), name="Gate")
    reader = CameraReader(camera, SystemClock(), retry_seconds=0.1)
    place = reader.subscribe()
    reader.start()
    try:
        assert place.next(WAIT) is not None
        server.hang_up.set()
        for _ in range(500):
            if place.state.kind == "lost":
                break
            place.next(0.02)
        assert place.state.kind == "lost"
        place.next(0)  # what came just before the end
        server.hang_up.clear()
        assert place.next(WAIT) is not None
        assert place.state.kind == "running"
    finally:
        reader.stop()


def test_a_wrong_password_and_a_refused_port_are_told(
    server: CameraServer, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for address, meant in (
        (server.address.replace("secret", "wrong"), "refuses the password"),
        (server.address.replace("u:secret@", ""), "asks for a user and password"),
        (f"http://u:wrong@127.0.0.1:{port}/", "cannot be reached: Connection refused"),
    ):
        camera = NetworkCamera(address, ManualClock(), name="Gate")
        with pytest.raises(KnownError, match=meant) as caught:
            camera.open()
        assert "wrong" not in str(caught.value)
        assert f"{camera.address}" in str(caught.value)
    assert capfd.readouterr().err == ""


def test_a_camera_that_takes_connections_but_never_answers_ends_by_its_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        camera = NetworkCamera(address, ManualClock(), name="Gate", open_timeout=0.4)
        with pytest.raises(KnownError, match="does not answer"):
            camera.open()


def test_a_camera_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device.sys, "platform", "linux")
    for address in (97, "/dev/video97"):
        with pytest.raises(KnownError, match="There is no camera"):
            Webcam(address, ManualClock(), name="Door").open()


def test_a_device_that_is_busy_or_no_camera(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "video0"
    file.write_bytes(b"not a device")
    with pytest.raises(KnownError, match="busy, or it is no camera"):
        Webcam(str(file), ManualClock(), name="Door").open()
    assert capfd.readouterr().err == ""


def test_a_device_that_this_account_may_not_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "video0"
    file.write_bytes(b"")
    monkeypatch.setattr(device.os, "access", lambda *_: False)
    with pytest.raises(KnownError, match="may not be used by this account"):
        Webcam(str(file), ManualClock(), name="Door").open()


class SilentCapture:
    """A device that opens but gives no picture, as a camera in use elsewhere does."""

    opened = True
    released = 0

    def __init__(self, *args: object) -> None:
        pass

    def set(self, name: int, value: float) -> None:
        pass

    def read(self) -> None:
        return None

    def release(self) -> None:
        SilentCapture.released += 1


def test_a_device_that_opens_without_a_picture_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "video0"
    file.write_bytes(b"")
    monkeypatch.setattr(device, "Capture", SilentCapture)
    before = SilentCapture.released
    with pytest.raises(KnownError, match="opens but gives no picture"):
        Webcam(str(file), ManualClock(), name="Door").open()
    assert SilentCapture.released == before + 1


class TimedCapture:
    """A stream of 30 pictures a second that tells when each was taken; moves the clock."""

    opened = True

    def __init__(self, clock: ManualClock, *, large: bool) -> None:
        self._clock = clock
        self.is_large = large
        self.grabbed = 0
        self.made: list[int] = []

    def read(self) -> np.ndarray | None:
        return self.retrieve() if self.grab() else None

    def grab(self) -> bool:
        self._clock.advance(1 / 30)
        self.grabbed += 1
        return True

    def get(self, _: int) -> float:
        return self.grabbed * 1000 / 30

    def retrieve(self, *, quickly: bool = False) -> np.ndarray:
        assert quickly or not self.made
        self.made.append(self.grabbed)
        return np.zeros((48, 64, 3), np.uint8)

    def release(self) -> None:
        pass


@pytest.mark.parametrize(("large", "step"), [(False, 1), (True, 2)])
def test_of_large_pictures_only_every_second_is_made(
    monkeypatch: pytest.MonkeyPatch, large: bool, step: int
) -> None:
    clock = ManualClock()
    capture = TimedCapture(clock, large=large)
    monkeypatch.setattr(device, "Capture", lambda *_: capture)
    camera = NetworkCamera("rtsp://host/door", clock, name="Gate")
    camera.open()
    frames = [camera.read() for _ in range(20)]
    assert np.diff(capture.made[1:]).tolist() == [step] * 19
    moments = [frame.moment for frame in frames if frame]
    assert np.diff(moments) == pytest.approx(np.full(19, step / 30), abs=0.001)
