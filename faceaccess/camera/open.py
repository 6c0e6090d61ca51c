"""From an address, as people type it, to a source of frames."""

import re
from pathlib import Path

from faceaccess.camera.protocol import CameraSource
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError

_KINDS = (
    "Give a camera's number, /dev/video0, an rtsp:// or http:// address, a video file, a folder of "
    "pictures, or demo: for drawn people"
)


def open_source(
    address: str, clock: Clock, *, name: str = "Camera", as_fast_as_it_goes: bool = False
) -> CameraSource:
    """Return the source that an address means; it is not opened yet.

    Args:
        address: a camera's number ("0"), a device path ("/dev/video0"), an rtsp(s):// or http(s)://
            address, a video file, a picture, a folder of pictures, or "demo:" (grammar: see
            `faceaccess.camera.drawn`).
        clock: keeps the speed of recordings and gives the frames' times.
        name: the camera's name as people call it; in every frame.
        as_fast_as_it_goes: recordings and drawn people do not wait for their moment, and their
            frames' moments are positions in the recording. Cameras do not care.

    Raises:
        KnownError: if the address means nothing, or the file or folder is not there.
    """
    text = address.strip()
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):", text)  # two letters or more: C:\ is a drive
    if scheme and scheme[1].lower() == "demo":
        from faceaccess.camera.drawn import DrawnPeopleSource

        return DrawnPeopleSource(text, clock, name=name, as_fast_as_it_goes=as_fast_as_it_goes)
    if re.fullmatch(r"\d{1,3}", text) or text.startswith("/dev/"):
        from faceaccess.camera.device import Webcam

        return Webcam(int(text) if text.isdecimal() else text, clock, name=name)
    if scheme and text[scheme.end() :].startswith("//"):
        return _network(text, scheme[1].lower(), clock, name)
    return _recording(text, clock, name, as_fast_as_it_goes=as_fast_as_it_goes)


def _network(text: str, scheme: str, clock: Clock, name: str) -> CameraSource:
    from urllib.parse import urlsplit

    from faceaccess.camera.device import NETWORK_SCHEMES, NetworkCamera, without_password

    shown = without_password(text)
    if scheme not in NETWORK_SCHEMES:
        raise KnownError(f"A camera's address cannot begin with {scheme}://.", f"{_KINDS}.")
    try:
        parts = urlsplit(text)
        good = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number, half a bracket
        good = False
    if not good:
        raise KnownError(
            f"{shown} is not a camera's address: host or port is wrong.",
            "Give it as rtsp://user:password@host:port/path.",
        )
    return NetworkCamera(text, clock, name=name)


def _recording(text: str, clock: Clock, name: str, *, as_fast_as_it_goes: bool) -> CameraSource:
    if not text or "\0" in text:
        raise KnownError("No camera is given.", f"{_KINDS}.")
    from faceaccess.camera.recordings import Pictures, VideoFile
    from faceaccess.images.codec import PICTURE_SUFFIXES

    path = Path(text)
    try:
        folder, file = path.is_dir(), path.is_file()
    except OSError:  # a name too long for the file system
        folder = file = False
    if folder or (file and path.suffix.lower() in PICTURE_SUFFIXES):
        return Pictures(path, clock, name=name, as_fast_as_it_goes=as_fast_as_it_goes)
    if file:
        return VideoFile(path, clock, name=name, as_fast_as_it_goes=as_fast_as_it_goes)
    short = text if len(text) <= 200 else text[:200] + "..."
    raise KnownError(f"There is no camera, file or folder {short!r}.", f"{_KINDS}.")
