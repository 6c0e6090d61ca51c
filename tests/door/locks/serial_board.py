"""A relay board at the other end of a pty: the four-byte protocol, and ways to misbehave."""

import os
import pty
import select
import threading
import tty
from collections.abc import Callable
from types import TracebackType
from typing import Self


class SerialBoard:
    """Answers on a thread of its own until it is left. `faults` are taken from the front, one a
    command: bytes that it answers instead ("" for silence); an empty list means that it behaves.
    """

    def __init__(self, *, mute: bool = False) -> None:
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        self._slave = slave  # kept open, so that the master does not end with each client
        self.mute = mute
        self.on = dict.fromkeys(range(1, 17), False)
        self.commands: list[bytes] = []
        self.faults: list[bytes] = []
        self._changed = threading.Condition()
        self._wake, self._woken = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="serial board")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.write(self._woken, b"x")
        self._thread.join()
        for handle in (self._wake, self._woken, self.master, self._slave):
            os.close(handle)

    def wait_for(self, condition: Callable[[], bool], within: float = 20.0) -> bool:
        """Whether the condition came true, looked at after every command."""
        with self._changed:
            return self._changed.wait_for(condition, within)

    def _serve(self) -> None:
        waiting = b""
        while True:
            ready, _, _ = select.select([self.master, self._wake], [], [])
            if self._wake in ready:
                return
            waiting += os.read(self.master, 64)
            while len(waiting) >= 4:
                command, waiting = waiting[:4], waiting[4:]
                with self._changed:
                    answer = self._carry_out(command)
                    if answer and not self.mute:
                        os.write(self.master, answer)
                    self._changed.notify_all()

    def _carry_out(self, command: bytes) -> bytes:
        self.commands.append(command)
        start, channel, operation, check = command
        if start != 0xA0 or check != (start + channel + operation) % 256:
            return b""
        if self.faults:
            return self.faults.pop(0)
        if operation in (0, 2):
            self.on[channel] = False
        elif operation in (1, 3):
            self.on[channel] = True
        if operation in (0, 1):
            return b""
        state = int(self.on[channel])
        return bytes([0xA0, channel, state, (0xA0 + channel + state) % 256])
