"""Starts, stops and reads the network camera of `rtsp_server.py`; for tests and benches."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import numpy as np

from faceaccess.core.frames import Image

SYSTEM_PYTHON = "/usr/bin/python3"
PACKAGES = (
    "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly"
)
_SERVER = Path(__file__).with_name("rtsp_server.py")
_BITS, _CELL = 10, 32


def is_there() -> bool:
    """Return whether this machine has what the server needs: see `script/bootstrap --tests`."""
    asked = "import gi; gi.require_version('GstRtspServer', '1.0')"
    done = subprocess.run([SYSTEM_PYTHON, "-c", asked], capture_output=True, check=False)
    return done.returncode == 0


def numbered(image: Image, number: int) -> Image:
    """Return a picture with its number written into the cells of its upper edge.

    Args:
        image: (height, width, 3), at least 320 wide.
        number: 0 to 1023.
    """
    image = image.copy()
    for bit in range(_BITS):
        image[:_CELL, bit * _CELL : (bit + 1) * _CELL] = 255 if number >> bit & 1 else 0
    return image


def number_in(image: Image, cell: float = _CELL) -> int:
    """Read the number in a picture whose cells are so many pixels wide by now."""
    row = round(cell / 2)
    return sum(
        int(image[row, round((bit + 0.5) * cell)].mean() > 127) << bit for bit in range(_BITS)
    )


def write_film(path: Path, images: Iterable[Image]) -> int:
    """Write pictures as the server reads them, and return how many; each gets its number."""
    count = 0
    with path.open("wb") as file:
        for image in images:
            file.write(numbered(image, count).tobytes())
            count += 1
    return count


class RtspCamera:
    """A network camera as a process of its own, on the loopback interface.

    Args:
        film: made by `write_film`.
        size: width and height of its pictures, in pixels.
        count: how many pictures it has.
        fps: pictures a second.
        more: further arguments of the server.
    """

    def __init__(
        self, film: Path, size: tuple[int, int], count: int, fps: int = 25, *more: str
    ) -> None:
        self._film, self._size, self._count, self._fps = film, size, count, fps
        self._more = more
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.began = 0.0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def address(self) -> str:
        """The address, without user and password."""
        return f"rtsp://127.0.0.1:{self.port}/door"

    def start(self) -> float:
        """Start it, on the same port as before; return the moment in which it listened."""
        width, height = self._size
        self._process = subprocess.Popen(
            [
                *(SYSTEM_PYTHON, str(_SERVER), str(self._film), str(width), str(height)),
                *(str(self._fps), "--port", str(self.port), *self._more),
            ],
            stdout=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.kill()
            raise RuntimeError("the RTSP server did not start; its errors stand above")
        told = json.loads(line)
        self.port, self.began = int(told["port"]), float(told["began"])
        return time.monotonic()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def halt(self) -> None:
        """Let it stand still; connections stay."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on after `halt`: it sends what it owes at once."""
        self._signal(signal.SIGCONT)

    def age(self, image: Image) -> float:
        """Return how many seconds ago a picture was taken, modulo the film's length."""
        due = (time.monotonic() - self.began) * self._fps
        number = number_in(image, _CELL * image.shape[1] / self._size[0])
        return float(np.mod(due - number, self._count) / self._fps)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
