"""What systemd is told, through a real datagram socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from faceaccess.core.clock import ManualClock
from faceaccess.pipeline.service_manager import ServiceManager


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    path = str(tmp_path / "n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        listener.setblocking(False)
        yield listener, path


def heard(listener: socket.socket) -> list[str]:
    told = []
    while True:
        try:
            told.append(listener.recv(4096).decode())
        except BlockingIOError:
            return told


def test_ready_alive_and_stopping_are_told(listening: tuple[socket.socket, str]) -> None:
    listener, path = listening
    clock = ManualClock()
    manager = ServiceManager(clock, {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "30000000"})
    manager.ready("Front: watching 0")
    manager.alive()
    manager.alive()  # not due again
    assert heard(listener) == ["READY=1\nSTATUS=Front: watching 0", "WATCHDOG=1"]
    clock.advance(9.9)
    manager.alive()
    assert heard(listener) == []
    clock.advance(0.2)
    manager.alive()
    manager.stopping()
    assert heard(listener) == ["WATCHDOG=1", "STOPPING=1"]


def test_an_abstract_socket_is_told_too() -> None:
    name = f"faceaccess-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name)
        listener.setblocking(False)
        ServiceManager(ManualClock(), {"NOTIFY_SOCKET": "@" + name}).stopping()
        assert heard(listener) == ["STOPPING=1"]


@pytest.mark.parametrize("more", [{}, {"WATCHDOG_USEC": "x"}, {"WATCHDOG_USEC": "-5"}])
def test_no_watchdog_no_sign(listening: tuple[socket.socket, str], more: dict[str, str]) -> None:
    listener, path = listening
    ServiceManager(ManualClock(), {"NOTIFY_SOCKET": path, **more}).alive()
    assert heard(listener) == []


def test_another_process_watchdog_is_not_ours(listening: tuple[socket.socket, str]) -> None:
    listener, path = listening
    given = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}
    ServiceManager(ManualClock(), given).alive()
    assert heard(listener) == []


def test_without_a_manager_or_with_a_dead_one_nothing_happens(tmp_path: Path) -> None:
    ServiceManager(ManualClock(), {}).ready("x")
    ServiceManager(ManualClock(), {"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("x")
    ServiceManager(ManualClock(), {"NOTIFY_SOCKET": "vsock:2:1"}).ready("x")
