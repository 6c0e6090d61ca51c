"""Why a network camera gives no video: asked of it once more, in plain words of its protocol.

FFmpeg, which reads the video, tells only that it failed. This asks the camera to describe its
video (RTSP's DESCRIBE, RFC 2326; HTTP's GET), with user and password, and reads the answer's first
line. What the camera says is never shown: only what it means.
"""

import base64
import contextlib
import hashlib
import re
import socket
import ssl
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass

from faceaccess.core.errors import KnownError

ASK_TIMEOUT = 2.0  # seconds for each step
_LONGEST_ANSWER = 16_384  # bytes that are looked at
_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


@dataclass(frozen=True)
class _Camera:
    scheme: str
    host: str
    port: int
    user: str | None
    password: str
    uri: str  # without user and password

    @property
    def is_rtsp(self) -> bool:
        return self.scheme.startswith("rtsp")


def trouble(address: str, what: str, *, timeout: float = ASK_TIMEOUT) -> KnownError:
    """Return why the camera at an address gives no video.

    Args:
        address: rtsp(s):// or http(s)://, with user and password where it asks for them.
        what: what to call the camera in a sentence; without a password.
        timeout: seconds for connecting and for the answer.
    """
    camera = _camera(address)
    try:
        with _connected(camera, timeout) as connection:
            answer = _ask(connection, camera, "")
            if _status(answer) == 401 and camera.user is not None:
                secret = _authorization(camera, answer)
                if secret:
                    with _connected(camera, timeout) as again:
                        answer = _ask(again, camera, secret)
    except ssl.SSLError:
        return KnownError(
            f"{what} does not speak TLS.", f"Give the address as {camera.scheme[:-1]}://..."
        )
    except TimeoutError:
        return KnownError(f"{what} does not answer.", "Check address, cable and network.")
    except OSError as error:
        reason = error.strerror or "no connection"
        return KnownError(f"{what} cannot be reached: {reason}.", "Check address and network.")
    return _meaning(camera, what, _status(answer))


def _camera(address: str) -> _Camera:
    parts = urllib.parse.urlsplit(address)
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    place = shown if parts.port is None else f"{shown}:{parts.port}"
    scheme = parts.scheme.lower()
    return _Camera(
        scheme=scheme,
        host=host,
        port=parts.port or _PORTS[scheme],
        user=None if parts.username is None else urllib.parse.unquote(parts.username),
        password=urllib.parse.unquote(parts.password or ""),
        uri=urllib.parse.urlunsplit((parts.scheme, place, parts.path, parts.query, "")),
    )


@contextlib.contextmanager
def _connected(camera: _Camera, timeout: float) -> Iterator[socket.socket]:
    with socket.create_connection((camera.host, camera.port), timeout) as plain:
        plain.settimeout(timeout)
        if not camera.scheme.endswith("s"):
            yield plain
            return
        # As FFmpeg does: a camera's certificate is its own and proves nothing.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(plain, server_hostname=camera.host) as secure:
            yield secure


def _ask(connection: socket.socket, camera: _Camera, authorization: str) -> bytes:
    """Ask for the video's description; return the answer's head, as far as it came."""
    if camera.is_rtsp:
        lines = [f"DESCRIBE {camera.uri} RTSP/1.0", "CSeq: 1", "Accept: application/sdp"]
    else:
        path = urllib.parse.urlsplit(camera.uri)
        target = (path.path or "/") + (f"?{path.query}" if path.query else "")
        lines = [f"GET {target} HTTP/1.1", f"Host: {path.netloc}", "Connection: close"]
    if authorization:
        lines.append(f"Authorization: {authorization}")
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace"))
    answer = b""
    while b"\r\n\r\n" not in answer and len(answer) < _LONGEST_ANSWER:
        part = connection.recv(4096)
        if not part:
            break
        answer += part
    return answer


def _status(answer: bytes) -> int | None:
    """Return the number of an answer's first line, or None if that is no such line."""
    found = re.match(rb"(?:RTSP|HTTP)/1\.[01] (\d{3})\b", answer)
    return int(found[1]) if found else None


def _authorization(camera: _Camera, answer: bytes) -> str:
    """Return the header that answers a challenge (Basic, or Digest by RFC 2069), or ""."""
    assert camera.user is not None
    text = answer.decode("latin-1")
    digest = re.search(r"WWW-Authenticate:\s*Digest\s+([^\r\n]*)", text, re.IGNORECASE)
    if digest:
        told = dict(re.findall(r'(\w+)="?([^",\r\n]*)"?', digest[1]))
        method = "DESCRIBE" if camera.is_rtsp else "GET"
        if camera.is_rtsp and "nonce" in told and "realm" in told:
            secret = _md5(f"{camera.user}:{told['realm']}:{camera.password}")
            response = _md5(f"{secret}:{told['nonce']}:" + _md5(f"{method}:{camera.uri}"))
            return (
                f'Digest username="{camera.user}", realm="{told["realm"]}", '
                f'nonce="{told["nonce"]}", uri="{camera.uri}", response="{response}"'
            )
    if re.search(r"WWW-Authenticate:\s*Basic", text, re.IGNORECASE):
        pair = f"{camera.user}:{camera.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"
    return ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()  # as the protocol has it


def _meaning(camera: _Camera, what: str, status: int | None) -> KnownError:
    if status is None:
        kind = "RTSP" if camera.is_rtsp else "HTTP"
        return KnownError(
            f"{what} answers, but not as a camera does ({kind}).",
            "Check port and kind of address: rtsp:// is mostly on port 554.",
        )
    if status in (401, 403):
        text = "asks for a user and password" if camera.user is None else "refuses the password"
        return KnownError(
            f"{what} {text}.", "Give it as rtsp://user:password@host/path, as the camera has it."
        )
    if status in (404, 454):
        return KnownError(
            f"{what} has no video under that path.", "Look up the path of its stream."
        )
    if 200 <= status < 300:
        return KnownError(
            f"{what} answers, but sends no video that can be read.",
            "Set the camera to H.264, and see that not too many viewers are connected.",
        )
    return KnownError(f"{what} refuses the video (its answer was {status}).", "Look at its log.")
