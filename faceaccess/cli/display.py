"""Whether a window can be opened here. `python -m faceaccess.cli.display` answers by its exit code.

Qt ends the whole process when it cannot reach the display, so it is asked beforehand.
"""

import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

_X_DISPLAY = re.compile(r"^(?:unix)?(?P<host>[^:/]*):(?P<number>\d+)(?:\.\d+)?$")


def has_display(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Return whether a window can be opened.

    Args:
        environment: the environment variables.
        platform: as `sys.platform`; only Linux and other Unix systems have to be asked.
    """
    if platform in {"win32", "darwin"}:
        return True
    chosen = environment.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if chosen and chosen not in {"xcb", "wayland", "wayland-egl"}:
        return True  # drawn into memory (tests) or onto a bare screen: its user knows
    return _wayland_answers(environment) or _x_answers(environment.get("DISPLAY", ""))


def _wayland_answers(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY", "")
    if not name:
        return False
    return _answers_unix(str(Path(environment.get("XDG_RUNTIME_DIR", "/")) / name))


def _x_answers(display: str) -> bool:
    if not display:
        return False
    found = _X_DISPLAY.match(display)
    if found is None:
        return Path(display).exists()  # a socket's path, as on some systems
    number = int(found["number"])
    if found["host"]:
        return _answers(socket.AF_INET, (found["host"], 6000 + number))
    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - where the X protocol puts it
    return _answers_unix(path) or _answers_unix("\0" + path)


def _answers_unix(path: str) -> bool:
    return _answers(socket.AF_UNIX, path)


def _answers(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(address)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(0 if has_display() else 1)
