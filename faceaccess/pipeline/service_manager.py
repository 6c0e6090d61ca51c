"""Tells systemd that the door is ready and alive (sd_notify), without its library.

The protocol is a datagram of `NAME=value` lines to the socket that `NOTIFY_SOCKET` names
(https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html). Where systemd did not
start the process, nothing is sent.
"""

import logging
import os
import socket

from faceaccess.core.clock import Clock

_log = logging.getLogger(__name__)


class ServiceManager:
    """The service manager that started this process, if one did.

    Args:
        clock: tells when the watchdog waits for a sign.
        variables: the environment; the process's own if not given.
    """

    def __init__(self, clock: Clock, variables: dict[str, str] | None = None) -> None:
        variables = dict(os.environ) if variables is None else variables
        self._clock = clock
        self._address = _address(variables.get("NOTIFY_SOCKET", ""))
        self._every = _watchdog_seconds(variables) / 3
        self._last = -self._every

    def ready(self, status: str) -> None:
        """Say that the door works, in one line for people."""
        self._send(f"READY=1\nSTATUS={status}")

    def alive(self) -> None:
        """Give the watchdog its sign, where it is due; cheap, meant to be called often."""
        now = self._clock.monotonic()
        if self._every > 0 and now - self._last >= self._every:
            self._last = now
            self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the door ends in order."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto(text.encode(), self._address)
        except OSError as error:  # a manager that does not listen must not stop the door
            _log.warning("the service manager cannot be told: %s", error)


def _address(told: str) -> str:
    if told.startswith("@"):
        return "\0" + told[1:]  # an abstract socket
    return told if told.startswith("/") else ""


def _watchdog_seconds(variables: dict[str, str]) -> float:
    told = variables.get("WATCHDOG_USEC", "")
    mine = variables.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(told) / 1e6 if told.isascii() and told.isdigit() and mine else 0.0
