"""The cameras of this computer, with their names where the system tells them."""

import sys
from dataclasses import dataclass
from pathlib import Path

_SYSFS = Path("/sys/class/video4linux")


@dataclass(frozen=True)
class CameraInfo:
    """A camera that the system knows.

    Attributes:
        address: what `open_source` takes: its number.
        name: as its maker called it, or "Camera 0".
    """

    address: str
    name: str


def list_cameras() -> list[CameraInfo]:
    """Return the cameras by number; empty where there is none. Opens no camera."""
    system: str = sys.platform  # a plain text: mypy would look at one system only
    if system == "linux":
        return _by_sysfs(_SYSFS)
    return _by_system()


def _by_sysfs(root: Path) -> list[CameraInfo]:
    """Return what Linux lists; costs nothing, and does not load OpenCV.

    A camera has several device files (picture, metadata); its first one, `index` 0, gives pictures.
    """
    found = []
    for folder in root.glob("video*"):
        number = folder.name.removeprefix("video")
        if number.isdecimal() and _line(folder / "index") in ("0", ""):
            found.append((int(number), _line(folder / "name") or f"Camera {number}"))
    return [CameraInfo(str(number), name) for number, name in sorted(found)]


def _line(path: Path) -> str:
    """Return a file's text, or "" where the system does not tell it."""
    try:
        return path.read_text("utf-8", errors="replace").strip()
    except OSError:
        return ""


def _by_system() -> list[CameraInfo]:
    from cv2_enumerate_cameras import enumerate_cameras

    from faceaccess.camera.device import BACKENDS

    # Numbers mean something only to the backend that `Webcam` tries first.
    backend = BACKENDS[sys.platform][0] if sys.platform in BACKENDS else 0
    found = sorted((int(one.index), str(one.name or "")) for one in enumerate_cameras(backend))
    return [CameraInfo(str(number), name or f"Camera {number}") for number, name in found]
