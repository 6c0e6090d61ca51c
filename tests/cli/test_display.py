"""Whether a window can be opened is asked before Qt would end the process."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from faceaccess.cli.display import has_display


@pytest.fixture
def socket_at(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "wayland-7"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        yield path


def test_nothing_named_is_no_display() -> None:
    assert not has_display({}, "linux")


def test_a_desktop_system_always_has_one() -> None:
    assert has_display({}, "darwin")
    assert has_display({}, "win32")


def test_a_wayland_socket_that_answers_is_a_display(socket_at: Path) -> None:
    named = {"WAYLAND_DISPLAY": socket_at.name, "XDG_RUNTIME_DIR": str(socket_at.parent)}
    assert has_display(named, "linux")
    assert has_display({"WAYLAND_DISPLAY": str(socket_at)}, "linux")


def test_a_left_over_name_without_a_server_is_no_display(tmp_path: Path) -> None:
    assert not has_display(
        {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(tmp_path)}, "linux"
    )
    assert not has_display({"DISPLAY": ":4711"}, "linux")
    assert not has_display({"DISPLAY": "nonsense"}, "linux")
    assert not has_display({"DISPLAY": "127.0.0.1:59000"}, "linux")


def test_an_x_server_over_the_network_is_a_display() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        number = listening.getsockname()[1] - 6000
        assert has_display({"DISPLAY": f"127.0.0.1:{number}.0"}, "linux")


def test_drawing_into_memory_needs_no_display_but_x_does() -> None:
    assert has_display({"QT_QPA_PLATFORM": "offscreen"}, "linux")
    assert not has_display({"QT_QPA_PLATFORM": "xcb"}, "linux")
