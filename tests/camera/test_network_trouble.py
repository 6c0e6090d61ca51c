"""What a camera that gives no video is told to be: garbage, silence, refusals."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from faceaccess.camera.device import NetworkCamera
from faceaccess.camera.network_trouble import trouble
from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import KnownError

WHAT = "The camera at rtsp://127.0.0.1/door"


@contextlib.contextmanager
def answering(*answers: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A port that answers each visitor with the next of some bytes, the last one for ever."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            number = 0
            with contextlib.suppress(OSError):
                while True:
                    visitor, _ = server.accept()
                    with visitor, contextlib.suppress(OSError):
                        visitor.settimeout(5)
                        asked.append(visitor.recv(4096))
                        if not asked[-1]:
                            return
                        visitor.sendall(answers[min(number, len(answers) - 1)])
                        number += 1

        thread = threading.Thread(target=serve)
        thread.start()
        port = server.getsockname()[1]
        try:
            yield port, asked
        finally:
            socket.create_connection(("127.0.0.1", port)).close()  # the last visitor says nothing
            thread.join()


@pytest.mark.parametrize(
    "answer",
    [b"", b"Hello, I am a printer.\r\n\r\n", bytes(range(256)) * 100, b"RTSP/1.0 yes\r\n\r\n"],
)
def test_garbage_and_text_are_no_camera(answer: bytes) -> None:
    with answering(answer) as (port, _):
        error = trouble(f"rtsp://127.0.0.1:{port}/door", WHAT)
    assert error.text == f"{WHAT} answers, but not as a camera does (RTSP)."


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        (b"RTSP/1.0 404 Not Found\r\n\r\n", "has no video under that path"),
        (b"RTSP/1.0 454 Session Not Found\r\n\r\n", "has no video under that path"),
        (b"RTSP/1.0 503 Service Unavailable\r\n\r\n", r"refuses the video \(its answer was 503\)"),
        (b"RTSP/1.0 200 OK\r\n\r\n", "sends no video that can be read"),
        (b"RTSP/1.0 401 Unauthorized\r\n\r\n", "asks for a user and password"),
        (b"RTSP/1.0 403 Forbidden\r\n\r\n", "asks for a user and password"),
    ],
)
def test_what_an_answer_means(answer: bytes, meant: str) -> None:
    with answering(answer) as (port, _), pytest.raises(KnownError, match=meant):
        raise trouble(f"rtsp://127.0.0.1:{port}/door", WHAT)


def test_digest_is_answered_as_the_protocol_has_it() -> None:
    challenge = (
        b'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="cam", nonce="abc"\r\n\r\n'
    )
    with answering(challenge, b"RTSP/1.0 404 Not Found\r\n\r\n") as (port, asked):
        address = f"rtsp://u:p@127.0.0.1:{port}/door"
        error = trouble(address, WHAT)
    assert "has no video" in str(error)
    assert b"Authorization" not in asked[0]
    uri = f"rtsp://127.0.0.1:{port}/door"
    import hashlib

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    expected = md5(f"{md5('u:cam:p')}:abc:{md5(f'DESCRIBE:{uri}')}")
    assert f'response="{expected}"'.encode() in asked[1]
    assert b"u:p@" not in asked[0] + asked[1]


def test_basic_is_answered_too_and_a_wrong_password_is_told() -> None:
    challenge = b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="cam"\r\n\r\n'
    with answering(challenge) as (port, asked):
        error = trouble(f"http://u:secret@127.0.0.1:{port}/v?x=1", WHAT)
    assert error.text == f"{WHAT} refuses the password."
    assert asked[1].startswith(b"GET /v?x=1 HTTP/1.1\r\n")
    assert b"Authorization: Basic dTpzZWNyZXQ=" in asked[1]


def test_silence_and_a_closed_port_are_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        error = trouble(f"rtsp://127.0.0.1:{port}/", WHAT, timeout=0.2)
        assert error.text == f"{WHAT} does not answer."
    error = trouble(f"rtsp://127.0.0.1:{port}/", WHAT)
    assert error.text == f"{WHAT} cannot be reached: Connection refused."


def test_an_answer_without_end_is_cut() -> None:
    with answering(b"RTSP/1.0 200 OK\r\n" + b"X-Long: y\r\n" * 200_000) as (port, _):
        error = trouble(f"rtsp://127.0.0.1:{port}/door", WHAT)
    assert "sends no video" in str(error)


def test_a_camera_that_answers_text_cannot_be_opened(capfd: pytest.CaptureFixture[str]) -> None:
    with answering(b"220 ftp ready\r\n\r\n") as (port, _):
        camera = NetworkCamera(f"rtsp://127.0.0.1:{port}/x", SystemClock(), name="Gate")
        with pytest.raises(KnownError, match="not as a camera does"):
            camera.open()
    assert capfd.readouterr().err == ""
